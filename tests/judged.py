"""Judged questions, made by hand."""

from __future__ import annotations

from dataclasses import replace

from alliance_qa.domain import Reason
from alliance_qa.measuring.judgement import Judged, Kind, LabelledQuestion, Quote, Ranking, Response

SIGNED = "The treaty was signed on January 19, 1960."
IN_FORCE = "It entered into force on June 23, 1960."
STATED = LabelledQuestion("a", Kind.WHEN, "When?", True, (), ("January 19, 1960",), (SIGNED,), ("t.md",))
COMPARED = replace(
    STATED, kind=Kind.COMPARISON, answers=("January 19, 1960", "June 23, 1960"), evidence=(SIGNED, IN_FORCE)
)
NEAR = LabelledQuestion("n", Kind.NEAR_MISS, "Who paid?", False, reason=Reason.RELATED_BUT_NOT_STATED)
FAR = LabelledQuestion("f", Kind.OFF_TOPIC, "How many moons?", False, reason=Reason.NOTHING_RELEVANT)


def quoted(text: str, document: str = "t.md", *, stands: bool = True) -> Quote:
    return Quote(text, document, "Treaties", stands)


def answered(question: LabelledQuestion, confidence: float, *texts: str, ranking: Ranking | None = None) -> Judged:
    return Judged(question, Response(None, confidence, tuple(map(quoted, texts))), ranking, 10.0)


def refused(
    question: LabelledQuestion, confidence: float, *texts: str, reason: Reason = Reason.NOTHING_RELEVANT
) -> Judged:
    return Judged(question, Response(reason, confidence, tuple(map(quoted, texts))), None, 20.0)


def ranked(*gains: int, relevant: tuple[int, ...] = (1,)) -> Ranking:
    return Ranking(gains, relevant)


def whole() -> list[Judged]:
    """Return seven questions: five that are answerable, a near miss that is answered and an off-topic refusal."""
    other = replace(STATED, id="z", standalone="When exactly?", kind=Kind.FOLLOW_UP)
    written = answered(other, 0.8, SIGNED, ranking=ranked(1))
    return [
        answered(STATED, 0.9, SIGNED, IN_FORCE, ranking=ranked(1, 0)),
        answered(COMPARED, 0.7, SIGNED, ranking=ranked(0, 1, relevant=(1, 1))),
        refused(STATED, 0.2, SIGNED, reason=Reason.RELATED_BUT_NOT_STATED),
        replace(answered(other, 0.6, IN_FORCE, ranking=ranked(0, 0)), written_out=written),
        Judged(STATED, fault="the index does not hold t.md"),
        answered(NEAR, 0.5, SIGNED),
        refused(FAR, 0.1),
    ]

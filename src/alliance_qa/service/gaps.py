"""What the collection lacks: refused questions, grouped by meaning."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import numpy as np

from alliance_qa.domain import Reason, Span
from alliance_qa.index.generation import Generation
from alliance_qa.ports import Vectors
from alliance_qa.service.messages import Message
from alliance_qa.service.query_log import Refused

MOST_QUESTIONS = 2_000  # whose distances to one another are worked out: under a second, 16 MB

# The mean cosine distance from which on two groups stay apart. tests/service/test_gaps.py has 98 refused questions
# written in 42 groups. Of the pairs that one meaning joins, 0.36 finds 79 %, with 97 % of the pairs it makes
# right (F1 0.87); 0.30 has F1 0.84, 0.40 0.86, 0.45 0.80, 0.50 0.70. Average linkage was taken because
# sentence-transformers' community detection has F1 0.82 at its best on the same questions, at a cosine of 0.70.
_APART = 0.36
_LOOKED_AT = 20  # passages


@dataclass(frozen=True, slots=True)
class Question:
    """A refused question, whoever asked it, with all its spellings of the same words."""

    text: str  # as it was asked last
    count: int  # how often it was refused
    reasons: Mapping[str, int]  # how often for which reason, the most frequent first
    last: datetime  # when it was refused last
    at: tuple[datetime, ...] = field(default=(), compare=False)  # when it was refused, the latest first
    sent: tuple[Message, ...] = ()  # to the keeper, by whoever asked it


@dataclass(frozen=True, slots=True)
class Gap:
    """Refused questions of about one meaning."""

    label: str  # the question nearest to the centre of all
    count: int  # how often one of them was refused
    reasons: Mapping[str, int]  # how often for which reason, the most frequent first
    questions: tuple[Question, ...]  # the most frequent first, then the latest
    last: datetime  # when one of them was refused last
    vector: Vectors = field(default_factory=lambda: np.zeros(0, np.float32), compare=False)  # of the label

    @property
    def sent(self) -> tuple[Message, ...]:
        """What of it visitors sent to the keeper."""
        return tuple(message for question in self.questions for message in question.sent)

    def daily(self, days: int, today: date) -> tuple[int, ...]:
        """Return how often one of them was refused on each of the `days` days (of UTC) that end with `today`."""
        counts = Counter(at.astimezone(UTC).date() for question in self.questions for at in question.at)
        return tuple(counts[today - timedelta(days=back)] for back in reversed(range(days)))


@dataclass(frozen=True, slots=True)
class Near:
    """A document that comes near to a gap, and its nearest passage."""

    document_id: str
    span: Span
    score: float  # the cosine of the passage's vector and the label's


def nearest(gap: Gap, generation: Generation, most: int = 3) -> tuple[Near, ...]:
    """Return the documents that come nearest to what is lacking, the nearest first; none to what no model can read."""
    if set(gap.reasons) == {Reason.LANGUAGE_NOT_COVERED} or not gap.vector.any():
        return ()
    scores, rows = generation.dense.search(gap.vector, _LOOKED_AT, None)
    found: dict[str, Near] = {}
    for score, passage in zip(scores.tolist(), generation.corpus.passages(rows.tolist()), strict=True):
        found.setdefault(passage.document_id, Near(passage.document_id, passage.span, score))
    return tuple(found.values())[:most]


def distinct(refused: Iterable[Refused], sent: Iterable[Message] = ()) -> tuple[Question, ...]:
    """Return the questions of different words, the latest first, at most `MOST_QUESTIONS`.

    Case, width, punctuation and white space make no difference.

    Args:
        refused: What the log of questions keeps.
        sent: What visitors sent to the keeper; one that the log has forgotten counts as refused when it was sent.
    """
    refused, letters = list(refused), {message.answer_id: message for message in sent}
    kept = {each.answer_id for each in refused}
    refused += [Refused(m.question, m.reason, m.at, id_) for id_, m in letters.items() if id_ not in kept]
    found: dict[str, list[Refused]] = {}
    for each in sorted(refused, key=lambda each: each.at, reverse=True):
        words = _words(each.question)
        if words in found or len(found) < MOST_QUESTIONS:
            found.setdefault(words, []).append(each)
    return tuple(
        Question(
            same[0].question,
            len(same),
            _ranked(Counter(each.reason for each in same)),
            same[0].at,
            tuple(each.at for each in same),
            tuple(letters[each.answer_id] for each in same if each.answer_id in letters),
        )
        for same in found.values()
    )


def group(questions: Sequence[Question], vectors: Vectors) -> tuple[Gap, ...]:
    """Group questions by meaning: the gap that was met most often first, then the latest.

    Questions refused for their language alone are one gap: the model cannot compare them.

    Args:
        questions: Of different words.
        vectors: A unit vector for each, shape (len(questions), dimension), float32.
    """
    foreign = [row for row, question in enumerate(questions) if set(question.reasons) == {Reason.LANGUAGE_NOT_COVERED}]
    known = sorted(set(range(len(questions))) - set(foreign))
    groups: dict[int, list[int]] = {-1: foreign} if foreign else {}
    for row, label in zip(known, _labels(vectors[known]), strict=True):
        groups.setdefault(label, []).append(row)
    gaps = [_gap([questions[row] for row in rows], vectors[rows]) for rows in groups.values()]
    return tuple(sorted(gaps, key=lambda gap: (gap.count, gap.last), reverse=True))


def _labels(vectors: Vectors) -> list[int]:
    """Return the number of each vector's group."""
    if len(vectors) < 2:
        return [0] * len(vectors)
    from scipy.cluster.hierarchy import fcluster, linkage  # scikit-learn takes three times as long to import

    # A vector of zeros, which no model could read, is apart from all others.
    distances = (1 - vectors @ vectors.T)[np.triu_indices(len(vectors), 1)]
    merged = linkage(distances.clip(0), "average")
    return [int(label) for label in fcluster(merged, np.nextafter(_APART, 0), "distance")]


def _gap(questions: Sequence[Question], vectors: Vectors) -> Gap:
    counts = np.array([question.count for question in questions])
    nearest = int(np.argmax(vectors @ (counts @ vectors)))
    reasons: Counter[str] = Counter()
    for question in questions:
        reasons.update(question.reasons)
    return Gap(
        label=questions[nearest].text,
        count=int(counts.sum()),
        reasons=_ranked(reasons),
        questions=tuple(sorted(questions, key=lambda question: (question.count, question.last), reverse=True)),
        last=max(question.last for question in questions),
        vector=vectors[nearest],
    )


def _ranked(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _words(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.findall(r"\w+", folded)) or folded.strip()

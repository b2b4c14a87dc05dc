"""What the collection lacks: refused questions of about one meaning, as JSON and for a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import date, datetime

from pydantic import Field

from alliance_qa.domain import Reason
from alliance_qa.index.generation import Generation
from alliance_qa.service import gaps
from alliance_qa.service.gaps import Gap, Near
from alliance_qa.web.urls import Place, citation_url
from alliance_qa.web.wire.fields import Out

_COLUMNS = ("gap", "gap_asked", "gap_label", "question", "asked", "reasons", "last_asked", "sent", "reply_to")
_WITH_DOCUMENTS = 200  # gaps; each search takes a millisecond or two
# What a spreadsheet takes for the beginning of a formula.
_FORMULAS = tuple("=+-@\t\r\n＝＋－＠")


class RefusedOut(Out):
    """A refused question; spellings of the same words are one."""

    question: str
    count: int
    reasons: dict[str, int]
    last: datetime


class SentOut(Out):
    """A question that a visitor sent to the keeper."""

    answer_id: str = Field(description="names it, for `DELETE /v1/messages/{answer_id}`")
    question: str
    at: datetime
    reply_to: str | None = Field(description="an address of e-mail, where the visitor gave one")


class NearOut(Out):
    """A document that comes near to what is lacking."""

    document_id: str
    title: str
    score: float = Field(description="cosine of its nearest passage, 1 is the same")
    url: str = Field(description="with that passage lit")


class GapOut(Out):
    """Refused questions of about one meaning."""

    label: str = Field(description="the question nearest to the centre of all")
    count: int
    reasons: dict[str, int]
    questions: tuple[RefusedOut, ...] = Field(description="the most frequent first")
    last: datetime
    sent: tuple[SentOut, ...] = Field(description="what of it visitors sent to the keeper")
    daily: tuple[int, ...] = Field(description="how often it was met on each day of the range, oldest first")
    documents: tuple[NearOut, ...] = Field(description="the nearest documents, of the first 200 gaps")


class GapsOut(Out):
    """What the collection lacks, the most often met first."""

    gaps: tuple[GapOut, ...]


def gaps_out(found: Sequence[Gap], days: int, today: date, generation: Generation) -> GapsOut:
    """Return the JSON of the gaps of the `days` days that end with `today`, beside the documents of a generation."""
    near = [gaps.nearest(gap, generation) for gap in found[:_WITH_DOCUMENTS]] + [()] * len(found[_WITH_DOCUMENTS:])
    return GapsOut(
        gaps=tuple(
            _gap(gap, gap.daily(days, today), tuple(_near(each, generation) for each in documents))
            for gap, documents in zip(found, near, strict=True)
        )
    )


def _near(found: Near, generation: Generation) -> NearOut:
    place = Place(found.document_id, found.span)
    return NearOut(
        document_id=found.document_id,
        title=generation.corpus.facts[found.document_id].title.value,
        score=round(found.score, 4),
        url=citation_url([place], 0, generation.version),
    )


def _gap(gap: Gap, daily: tuple[int, ...], documents: tuple[NearOut, ...]) -> GapOut:
    return GapOut(
        label=gap.label,
        count=gap.count,
        reasons=dict(gap.reasons),
        questions=tuple(
            RefusedOut(question=each.text, count=each.count, reasons=dict(each.reasons), last=each.last)
            for each in gap.questions
        ),
        last=gap.last,
        sent=tuple(SentOut(answer_id=m.answer_id, question=m.question, at=m.at, reply_to=m.reply_to) for m in gap.sent),
        daily=daily,
        documents=documents,
    )


def gaps_jsonl(found: Sequence[Gap]) -> str:
    """Return the questions as `alliance-qa evaluate` reads them: one JSON object a line, each one to be refused."""
    lines = []
    for number, gap in enumerate(found, start=1):
        for place, each in enumerate(gap.questions, start=1):
            reason = next(iter(each.reasons))
            line: dict[str, object] = {
                "id": f"gap-{number}-{place}",
                "kind": "near_miss" if reason == Reason.RELATED_BUT_NOT_STATED else "off_topic",
                "text": each.text,
                "history": [],
                "answers": [],
                "evidence": [],
                "documents": [],
                "answerable": False,
                "reason": reason,
                "standalone": None,
            }
            lines.append(json.dumps(line, ensure_ascii=False) + "\n")
    return "".join(lines)


def gaps_csv(found: Sequence[Gap]) -> str:
    """Return the gaps as RFC 4180 has it, a line for each question under the names of the columns."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for number, gap in enumerate(found, start=1):
        for each in gap.questions:
            reasons = "; ".join(f"{reason} {count}" for reason, count in each.reasons.items())
            row = (
                number,
                gap.count,
                gap.label,
                each.text,
                each.count,
                reasons,
                each.last.isoformat(timespec="seconds"),
                len(each.sent),
                " ".join(message.reply_to for message in each.sent if message.reply_to),
            )
            writer.writerow([_plain(str(cell)) for cell in row])
    return out.getvalue()


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULAS) else cell

"""What the collection lacks: refused questions of about one meaning, as JSON and for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime

from pydantic import Field

from alliance_qa.service.gaps import Gap
from alliance_qa.web.wire.fields import Out

_COLUMNS = ("gap", "gap_asked", "gap_label", "question", "asked", "reasons", "last_asked")
# What a spreadsheet takes for the beginning of a formula.
_FORMULAS = tuple("=+-@\t\r\n＝＋－＠")


class RefusedOut(Out):
    """A refused question; spellings of the same words are one."""

    question: str
    count: int
    reasons: dict[str, int]
    last: datetime


class GapOut(Out):
    """Refused questions of about one meaning."""

    label: str = Field(description="the question nearest to the centre of all")
    count: int
    reasons: dict[str, int]
    questions: tuple[RefusedOut, ...] = Field(description="the most frequent first")
    last: datetime


class GapsOut(Out):
    """What the collection lacks, the most often met first."""

    gaps: tuple[GapOut, ...]


def gaps_out(found: Sequence[Gap]) -> GapsOut:
    """Return the JSON of the gaps."""
    return GapsOut(gaps=tuple(_gap(gap) for gap in found))


def _gap(gap: Gap) -> GapOut:
    return GapOut(
        label=gap.label,
        count=gap.count,
        reasons=dict(gap.reasons),
        questions=tuple(
            RefusedOut(question=each.text, count=each.count, reasons=dict(each.reasons), last=each.last)
            for each in gap.questions
        ),
        last=gap.last,
    )


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
            )
            writer.writerow([_plain(str(cell)) for cell in row])
    return out.getvalue()


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULAS) else cell

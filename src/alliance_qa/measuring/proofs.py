"""How often the proof of worded sentences is wrong: on sentences planted by hand, per kind of fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from alliance_qa.errors import QuestionError
from alliance_qa.measuring.metrics import wilson
from alliance_qa.wording.proof import Quoted, Verdict


class Kind(StrEnum):
    """What a planted sentence is."""

    SUPPORTED = "supported"
    NUMBER = "number"
    DATE = "date"
    NAME = "name"
    NEGATION = "negation"
    MODAL = "modal"
    BOUND = "bound"
    EXCEPTION = "exception"  # a condition or an exception is left out
    ROLE = "role"  # who does what to whom is swapped
    MERGED = "merged"  # parts of two quotes are put together
    INVENTED = "invented"  # a relation that no quote states


RULE_KINDS = (Kind.NUMBER, Kind.DATE, Kind.NAME, Kind.NEGATION, Kind.MODAL, Kind.BOUND, Kind.EXCEPTION)
RELATIONS = (Kind.ROLE, Kind.MERGED, Kind.INVENTED)


@dataclass(frozen=True, slots=True)
class Planted:
    """A sentence and what it was worded from."""

    kind: Kind
    sentence: str
    quotes: tuple[Quoted, ...]
    question: str
    part: str  # "tuning" or "held-out"
    source: str


@dataclass(frozen=True, slots=True)
class Row:
    """How many of some planted sentences were judged wrongly."""

    name: str
    wrong: int  # false rejects of supported ones, false accepts of others
    of: int

    @property
    def share(self) -> float:
        """In [0, 1]."""
        return self.wrong / self.of

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the share."""
        return wilson(self.wrong, self.of)


def read(path: Path) -> list[Planted]:
    """Return the planted sentences of a file; see `benchmarks/proofs.yaml` for its form.

    Raises:
        QuestionError: There is no such file, or it is of another form.
    """
    try:
        entries = yaml.safe_load(path.read_text("utf-8"))
        return [planted for entry in entries for planted in _of(entry)]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise QuestionError(
            f"{path} holds no planted sentences ({type(error).__name__}); see docs/wording.md"
        ) from error


def _of(entry: dict[str, Any]) -> Iterator[Planted]:
    about = tuple(map(Quoted, entry["quotes"])), entry.get("question", ""), entry["part"], entry["source"]
    for kind in Kind:
        for sentence in entry.get(kind, ()):
            yield Planted(kind, sentence, *about)


def score(planted: Sequence[Planted], prove: Callable[[Planted], Verdict]) -> tuple[list[Row], list[Planted]]:
    """Return a row for each kind, then for rule kinds and for relations together; and what was judged wrongly."""
    wrong = [entry for entry in planted if prove(entry).proved != (entry.kind is Kind.SUPPORTED)]
    groups = [(kind.value, (kind,)) for kind in Kind] + [("rule kinds", RULE_KINDS), ("relations", RELATIONS)]
    rows = [
        Row(name, sum(entry.kind in kinds for entry in wrong), sum(entry.kind in kinds for entry in planted))
        for name, kinds in groups
    ]
    return [row for row in rows if row.of], wrong

"""What the figures must keep, as the command line is told it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from alliance_qa.measuring.figures import Evaluation, Measure
from alliance_qa.measuring.judgement import Kind


@dataclass(frozen=True, slots=True)
class Limit:
    """What a figure must keep."""

    measure: Measure
    bound: float
    is_most: bool  # else the least that it may be
    kind: Kind | None = None  # None: of all questions

    @property
    def name(self) -> str:
        """The name it was set with."""
        return f"{self.measure}.{self.kind}" if self.kind else str(self.measure)


def failure(limit: Limit, evaluation: Evaluation) -> str | None:
    """Return how a limit is not kept, in one line; None when it is.

    A limit on what this set cannot measure is not kept.
    """
    of = evaluation.by_kind.get(limit.kind, {}) if limit.kind else evaluation.total
    figure = of.get(limit.measure)
    if figure is None:
        return f"{limit.name} cannot be measured on these questions"
    if limit.is_most and figure.value > limit.bound:
        return f"{limit.name} is {figure.value:.4g}, over {limit.bound:g}"
    if not limit.is_most and figure.value < limit.bound:
        return f"{limit.name} is {figure.value:.4g}, under {limit.bound:g}"
    return None


def read_limit(text: str, *, is_most: bool) -> Limit:
    """Return the limit that NAME=VALUE, or NAME.KIND=VALUE, sets.

    Raises:
        ValueError: It has another form, or names no measure or kind; the message lists them.
    """
    name, _, value = text.partition("=")
    measure, dot, kind = name.partition(".")
    if measure not in list(Measure):
        raise ValueError(f"{measure!r} is no measure; the measures are {', '.join(Measure)}")
    if dot and kind not in list(Kind):
        raise ValueError(f"{kind!r} is no kind of question; the kinds are {', '.join(Kind)}")
    try:
        bound = float(value)
    except ValueError:
        bound = math.nan
    if not math.isfinite(bound):
        raise ValueError(f"{text!r} sets no number; write {name}=0.9, for one")
    return Limit(Measure(measure), bound, is_most, Kind(kind) if dot else None)

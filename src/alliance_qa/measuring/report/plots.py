"""Where the marks of each plot lie, in the units of its drawing; plots.svg draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from alliance_qa.measuring.figures import Evaluation, Figure, Group
from alliance_qa.measuring.metrics import Bin, Point, wilson


@dataclass(frozen=True, slots=True)
class Tick:
    """A quarter of both axes."""

    x: float
    x_label: str
    y: float
    y_label: str


@dataclass(frozen=True, slots=True)
class Frame:
    """The axes of a plot: x runs from 0 to 1, y from 0 to `most`."""

    most: float = 1.0

    left: ClassVar = 44
    right: ClassVar = 408
    top: ClassVar = 30
    bottom: ClassVar = 240

    def x(self, value: float) -> float:
        """Return where a value lies from left to right."""
        return self.left + (self.right - self.left) * value

    def y(self, value: float) -> float:
        """Return where a value lies from top to bottom."""
        return self.top + (self.bottom - self.top) * (1 - value / self.most)

    @property
    def ticks(self) -> tuple[Tick, ...]:
        """The quarters of the axes, from 0."""
        shares = [step / 4 for step in range(5)]
        return tuple(
            Tick(self.x(share), f"{share:g}", self.y(self.most * share), f"{self.most * share:.3g}") for share in shares
        )


@dataclass(frozen=True, slots=True)
class Curve:
    """Risk against coverage."""

    frame: Frame
    points: tuple[tuple[float, float], ...]
    now: tuple[float, float] | None  # where the service stands
    is_right: bool  # whether that is in the right half, where its label goes to the left


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar, and the whisker of its interval where it has one."""

    x: float
    y: float
    width: float
    height: float
    low: float = 0.0
    high: float = 0.0

    @property
    def middle(self) -> float:
        """Where the whisker stands."""
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class Row:
    """The histogram of a group; one stands above the other."""

    group: Group
    count: int
    top: float
    bottom: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """A share and its interval on a line from 0 to 100."""

    left: float
    width: float
    dot: float


def curve(evaluation: Evaluation, now: Point | None) -> Curve:
    """Return the curve of risk and coverage; `now` is where the service stands."""
    worst = max(point.risk for point in evaluation.curve)
    frame = Frame(most=min(1.0, max(0.25, 0.25 * -(-worst // 0.25))))  # up to the next quarter
    points = tuple((frame.x(point.coverage), frame.y(point.risk)) for point in evaluation.curve)
    if now is None:
        return Curve(frame, points, None, False)
    return Curve(frame, points, (frame.x(now.coverage), frame.y(now.risk)), now.coverage > 0.5)


def reliability(bins: Sequence[Bin]) -> tuple[Bar, ...]:
    """Return a bar for each bin that holds questions."""
    frame, bars = Frame(), []
    for bin_ in bins:
        if bin_.count:
            left, top = frame.x(bin_.low) + 3, frame.y(bin_.right)
            low, high = wilson(round(bin_.right * bin_.count), bin_.count)
            width, height = frame.x(bin_.high) - 3 - left, max(1.5, frame.bottom - top)
            bars.append(Bar(left, top, width, height, frame.y(low), frame.y(high)))
    return tuple(bars)


def histograms(evaluation: Evaluation) -> tuple[Row, ...]:
    """Return a histogram for each group that holds questions, each drawn to its own height."""
    height, gap, frame = 66, 30, Frame()
    rows: list[Row] = []
    for group in Group:
        counts = evaluation.histograms[group]
        if not sum(counts):
            continue
        top = 24 + len(rows) * (height + gap)
        width = frame.x(1 / len(counts)) - frame.left
        bars = [
            Bar(frame.left + width * column + 1, top + height - tall, width - 2, tall)
            for column, tall in enumerate(height * count / max(counts) for count in counts)
            if tall
        ]
        rows.append(Row(group, sum(counts), top, top + height, tuple(bars)))
    return tuple(rows)


def range_of(figure: Figure) -> Range:
    """Return where a share and its interval lie; without one it is the share."""
    low, high = (figure.value if end is None else end for end in (figure.low, figure.high))
    return Range(100 * low, 100 * (high - low), 100 * figure.value)

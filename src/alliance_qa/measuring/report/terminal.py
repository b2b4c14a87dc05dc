"""An evaluation, and a calibration, as a terminal shows them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from alliance_qa.measuring.calibration import Calibration
from alliance_qa.measuring.figures import Evaluation
from alliance_qa.measuring.report.names import COLUMNS, interval, kinds, name, shown
from alliance_qa.measuring.session import About


def evaluation_text(evaluation: Evaluation, about: About) -> str:
    """Return a table of the kinds, one of all figures, and what cannot be judged."""
    of_kinds = [["kind", "questions", *map(name, COLUMNS)]]
    for kind, count, figures in kinds(evaluation):
        of_kinds.append([kind, str(count), *(shown(measure, figures) for measure in COLUMNS)])
    of_all = [["measure", "value", "95 % interval", "of"]]
    for measure, figure in evaluation.total.items():
        of_all.append([str(measure), shown(measure, evaluation.total), interval(figure), str(figure.count)])
    unjudged = [f"{j.question.id} cannot be judged: {j.fault}" for j in evaluation.judged if j.fault]
    heading = f"{about.questions}, generation {about.index_version}, {about.model}"
    heading += f", helped by {about.language_model}" if about.language_model else ""
    return "\n".join([heading, "", *_aligned(of_kinds), "", *_aligned(of_all), *([""] * bool(unjudged)), *unjudged])


def calibration_text(found: Calibration, *, most_false: float) -> str:
    """Return a table of what a calibration changes, and the operating point.

    Args:
        found: The calibration.
        most_false: The largest share of the unanswerable questions that was allowed to be answered.
    """
    outcomes = {"before": found.before, "fitted": found.fitted, "held out": found.held_out}
    rows = [["", *outcomes]]
    rows.append(["false answers", *(_of(o.false_answers, o.unanswerable) for o in outcomes.values())])
    rows.append(["over-refusals", *(_of(o.over_refusals, o.answerable) for o in outcomes.values())])
    rows.append(["right of the answers", *(_of(o.right, o.answers) for o in outcomes.values())])
    rows.append(["confidence of the answers", *(f"{o.confidence:.2f}" for o in outcomes.values())])
    rows.append(["calibration error", *(f"{o.calibration_error:.3f}" for o in outcomes.values())])
    held, point = found.held_out, found.point
    lines = [
        *_aligned(rows),
        "",
        "held out: each fifth of the questions at a point fitted to the others; expect this of new questions",
        f"with 95 % confidence at most {held.most_false:.1%} of new unanswerable questions like these are answered",
    ]
    if held.most_false > most_false:
        lines.append(
            f"{held.unanswerable} unanswerable questions cannot certify the {most_false:.1%} that you allow; "
            f"at least {_needed(most_false)} of them can"
            if most_false
            else "no number of questions certifies none"
        )
    if found.certain:
        lines.append(f"{found.certain} of the questions no threshold changes; they are not fitted to")
    lines.append(
        f"operating point: threshold {point.threshold:.3f}, slope {point.slope:.2f}, intercept {point.intercept:.2f}, "
        f"fitted to {point.questions} questions"
    )
    return "\n".join(lines)


def _needed(most_false: float) -> int:
    """Return how many unanswerable questions, all refused, certify a share with 95 % confidence."""
    return math.ceil(math.log(0.05) / math.log1p(-most_false))


def _of(count: int, whole: int) -> str:
    return f"{count} of {whole} ({count / whole:.2f})" if whole else "none"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) if at == 0 else cell.rjust(width) for at, (cell, width) in enumerate(line)).rstrip()
        for line in (list(zip(row, widths, strict=True)) for row in rows)
    ]

"""An evaluation to read: on a terminal, as JSON, and as a page that needs nothing but itself; and a calibration."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from html import escape
from typing import Any

from alliance_qa.measuring.calibration import Calibration
from alliance_qa.measuring.figures import Evaluation, Figure, Figures, Group, Measure
from alliance_qa.measuring.judgement import Judged, LabelledQuestion, Quote
from alliance_qa.measuring.metrics import COLUMNS, Point, wilson
from alliance_qa.measuring.session import About

_WORST = 10
_WANTED = 5  # shown of what would have answered
_COVERAGES = 10
_MILLISECONDS = frozenset({Measure.MS_P50, Measure.MS_P95, Measure.MS_P99})
_COLUMNS = (Measure.RIGHT, Measure.ANSWERED, Measure.ANSWER_PARTS, Measure.HIT_AT_1, Measure.HIT_AT_5)
_HEADLINES = (
    Measure.ANSWER_RIGHT,
    Measure.OVER_REFUSALS,
    Measure.FALSE_ANSWERS,
    Measure.HIT_AT_1,
    Measure.AUROC_ANSWERABLE,
    Measure.MS_P95,
)
_NAMES = {
    Measure.ANSWER_PARTS: "parts",
    Measure.AUROC_ANSWERABLE: "AUROC of answerable",
    Measure.AUROC_RIGHT: "AUROC of right",
    Measure.MRR_AT_10: "MRR at 10",
    Measure.NDCG_AT_10: "nDCG at 10",
    Measure.MS_P50: "ms, median",
    Measure.MS_P95: "ms, 95th percentile",
    Measure.MS_P99: "ms, 99th percentile",
}


def text(evaluation: Evaluation, about: About) -> str:
    """Return what a terminal shows: a table of the kinds, one of all figures, and what cannot be judged."""
    kinds = [["kind", "questions", *(_name(measure) for measure in _COLUMNS)]]
    for kind, figures in evaluation.by_kind.items():
        kinds.append([_words(kind), str(_count(evaluation, kind)), *(_value(figures, m) for m in _COLUMNS)])
    kinds.append(["all", str(len(evaluation.judged)), *(_value(evaluation.total, m) for m in _COLUMNS)])
    all_figures = [["measure", "value", "95 % interval", "of"]]
    for measure, figure in evaluation.total.items():
        all_figures.append([str(measure), _shown(measure, figure), _interval(figure), str(figure.count)])
    unjudged = [f"{j.question.id} cannot be judged: {j.fault}" for j in evaluation.judged if j.fault]
    heading = f"{about.questions}, generation {about.index_version}, {about.model}"
    return "\n".join([heading, "", *_aligned(kinds), "", *_aligned(all_figures), *([""] * bool(unjudged)), *unjudged])


def data(evaluation: Evaluation, about: About) -> dict[str, Any]:
    """Return what `--json` prints."""
    return {
        **asdict(about),
        "total": _figures_data(evaluation.total),
        "by_kind": {str(kind): _figures_data(figures) for kind, figures in evaluation.by_kind.items()},
        "risk_coverage": [_rounded(asdict(point)) for point in evaluation.curve],
        "reliability": [_rounded(asdict(bin_)) for bin_ in evaluation.bins],
        "histograms": {str(group): list(counts) for group, counts in evaluation.histograms.items()},
        "judged": [_judged_data(judged) for judged in evaluation.judged],
    }


def page(evaluation: Evaluation, about: About) -> str:
    """Return the report as one HTML page that loads nothing. All text of questions and documents is escaped."""
    sections = [_headlines(evaluation.total), _kinds(evaluation)]
    if evaluation.curve:
        sections += [_risk_coverage(evaluation), _reliability(evaluation), _histograms(evaluation)]
    sections.append(_all_figures(evaluation.total))
    if evaluation.curve:
        sections += [_worst_answers(evaluation), _worst_refusals(evaluation)]
    sections.append(_unjudged(evaluation))
    return _PAGE.format(
        title=_t(f"Evaluation: {about.questions}"),
        style=_STYLE,
        name=_t(about.questions),
        about=" · ".join(
            _t(part)
            for part in (
                f"{len(evaluation.judged)} questions",
                f"index generation {about.index_version}",
                about.model,
                f"alliance-qa {about.version}",
                about.day,
            )
        ),
        sections="\n".join(sections),
    )


def calibration_text(found: Calibration, *, most_false: float) -> str:
    """Return what a terminal shows of a calibration: a table of what it changes, and the operating point.

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
    low, high = wilson(held.false_answers, held.unanswerable)
    lines = [
        *_aligned(rows),
        "",
        "held out: each fifth of the questions at a point fitted to the others; expect this of new questions",
        f"of new unanswerable questions like these, {low:.2f} to {high:.2f} would be answered (95 % interval)",
    ]
    if held.false_answers > most_false * held.unanswerable:
        lines.append(f"that may be more than the {most_false:g} that you allow; more unanswerable questions help")
    if found.certain:
        lines.append(f"{found.certain} of the questions no threshold changes; they are not fitted to")
    lines.append(
        f"operating point: threshold {point.threshold:.3f}, slope {point.slope:.2f}, intercept {point.intercept:.2f}, "
        f"fitted to {point.questions} questions"
    )
    return "\n".join(lines)


def _of(count: int, whole: int) -> str:
    return f"{count} of {whole} ({count / whole:.2f})" if whole else "none"


def _count(evaluation: Evaluation, kind: object) -> int:
    return sum(judged.question.kind is kind for judged in evaluation.judged)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _name(measure: Measure) -> str:
    return _NAMES.get(measure, _words(measure))


def _shown(measure: Measure, figure: Figure) -> str:
    if measure is Measure.UNJUDGED:
        return f"{figure.value:.0f}"
    return f"{figure.value:.1f}" if measure in _MILLISECONDS else f"{figure.value:.2f}"


def _value(figures: Figures, measure: Measure) -> str:
    return _shown(measure, figures[measure]) if measure in figures else "–"


def _interval(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return ""
    return f"{figure.low:.2f} to {figure.high:.2f}"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) if at == 0 else cell.rjust(width) for at, (cell, width) in enumerate(line)).rstrip()
        for line in (list(zip(row, widths, strict=True)) for row in rows)
    ]


def _figures_data(figures: Figures) -> dict[str, Any]:
    return {str(measure): _rounded(asdict(figure)) for measure, figure in figures.items()}


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in values.items()}


def _judged_data(judged: Judged) -> dict[str, Any]:
    response, ranking = judged.response, judged.ranking
    rank = next((rank for rank, gain in enumerate(ranking.gains, 1) if gain), None) if ranking else None
    return _rounded(
        {
            "id": judged.question.id,
            "kind": str(judged.question.kind),
            "answerable": judged.question.answerable,
            "answered": judged.answered if response else None,
            "right": judged.right if response else None,
            "parts": judged.parts if response else None,
            "confidence": response.confidence if response else None,
            "reason": str(response.reason) if response and response.reason else None,
            "rank": rank,
            "milliseconds": judged.milliseconds,
            "fault": judged.fault,
        }
    )


# ---- the page


def _t(value: str) -> str:
    """Return text for HTML, without control characters and marks that turn the direction of what follows."""
    return escape(
        "".join(c for c in value if unicodedata.category(c) not in ("Cc", "Cf", "Cs") or c in "\n\t\u200c\u200d")
    )


def _table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], *, kind: str = "") -> str:
    """Return a table; the first cell of a row names it. Cells are HTML."""
    heads = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    lines = "".join(
        f'<tr><th scope="row">{row[0]}</th>{"".join(f"<td>{cell}</td>" for cell in row[1:])}</tr>\n' for row in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{caption}">'
        f'<table class="{kind}"><caption>{caption}</caption>\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{lines}</tbody></table></div>"
    )


def _section(title: str, content: str, *, lead: str = "") -> str:
    said = f'<p class="lead">{lead}</p>\n' if lead else ""
    return f"<section>\n<h2>{title}</h2>\n{said}{content}\n</section>"


def _beside(plot: str, caption: str, table: str) -> str:
    return (
        f'<div class="beside"><figure>{plot}<figcaption>{caption}</figcaption></figure>\n'
        f'<div class="numbers">{table}</div></div>'
    )


def _headlines(total: Figures) -> str:
    tiles = []
    for measure in _HEADLINES:
        if measure in total:
            figure = total[measure]
            interval = _interval(figure) or f"of {figure.count}"
            tiles.append(
                f'<li><span class="what">{_t(_name(measure))}</span>'
                f'<span class="value">{_shown(measure, figure)}</span>'
                f'<span class="interval">{interval}</span>'
                f"<span class='meaning'>{_t(measure.meaning)}</span></li>"
            )
    return f'<ul class="tiles">\n{"".join(tiles)}\n</ul>'


def _kinds(evaluation: Evaluation) -> str:
    def row(name: str, count: int, figures: Figures) -> list[str]:
        return [_t(name), str(count), *(_cell(figures.get(measure)) for measure in _COLUMNS)]

    rows = [row(_words(k), _count(evaluation, k), f) for k, f in evaluation.by_kind.items()]
    rows.append(row("all", len(evaluation.judged), evaluation.total))
    table = _table(
        "Shares of each kind, with 95 % intervals", ["kind", "questions", *map(_name, _COLUMNS)], rows, kind="kinds"
    )
    lead = (
        "Right: answered with all that is needed, or refused where nothing answers. Parts: the mean share of what "
        "is needed that answerable questions got."
    )
    return _section("Kinds of questions", table, lead=lead)


def _cell(figure: Figure | None) -> str:
    if figure is None:
        return '<span class="none">–</span>'
    low, high = (figure.value if end is None else end for end in (figure.low, figure.high))
    left, width = 100 * low, 100 * (high - low)
    return (
        f'<span class="share">{figure.value:.2f}</span>'
        f'<svg class="range" viewBox="0 0 100 12" preserveAspectRatio="none" role="img" '
        f'aria-label="{_interval(figure)}"><rect class="track" x="0" y="5" width="100" height="2"/>'
        f'<rect class="spread" x="{left:.1f}" y="3.5" width="{width:.1f}" height="5" rx="1"/>'
        f'<rect class="dot" x="{100 * figure.value - 1.25:.1f}" y="0.5" width="2.5" height="11"/></svg>'
    )


class _Frame:
    """The axes of a plot: x and y run from 0, x to 1."""

    left, top, width, height = 44, 30, 364, 210

    def __init__(self, *, most: float = 1.0) -> None:
        self.most = most

    def x(self, value: float) -> float:
        return self.left + self.width * value

    def y(self, value: float) -> float:
        return self.top + self.height * (1 - value / self.most)

    def drawn(self, label: str, x_name: str, y_name: str, marks: str) -> str:
        """Return the plot with its marks."""
        right, bottom = self.left + self.width, self.top + self.height
        grid = []
        for step in range(5):
            share = step / 4
            y = self.y(self.most * share)
            grid.append(f'<line class="grid" x1="{self.left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>')
            grid.append(f'<text x="{self.left - 6}" y="{y + 4:.1f}" text-anchor="end">{self.most * share:.3g}</text>')
            grid.append(f'<text x="{self.x(share):.1f}" y="{bottom + 17}" text-anchor="middle">{share:g}</text>')
        return (
            f'<svg class="plot" viewBox="0 0 420 280" role="img" aria-label="{_t(label)}">{"".join(grid)}{marks}'
            f'<text class="axis" x="{(self.left + right) / 2}" y="{bottom + 38}" text-anchor="middle">'
            f'{_t(x_name)}</text><text class="axis" x="0" y="12">{_t(y_name)}</text></svg>'
        )


def _risk_coverage(evaluation: Evaluation) -> str:
    curve = evaluation.curve
    frame = _Frame(most=min(1.0, max(0.25, 0.25 * -(-max(point.risk for point in curve) // 0.25))))
    line = " ".join(f"{frame.x(point.coverage):.1f},{frame.y(point.risk):.1f}" for point in curve)
    now, marks = _now(evaluation), f'<polyline class="line" points="{line}"/>'
    if now:
        x, y = frame.x(now.coverage), frame.y(now.risk)
        side, shift = ("end", -10) if now.coverage > 0.5 else ("start", 10)
        marks += f'<circle class="now" cx="{x:.1f}" cy="{y:.1f}" r="5"/>'
        marks += (
            f'<text class="label" x="{x + shift:.1f}" y="{y - 8:.1f}" text-anchor="{side}">as it answers now</text>'
        )
    steps = [next(p for p in curve if p.coverage >= (n + 1) / _COVERAGES - 1e-9) for n in range(_COVERAGES)]
    rows = [[f"{p.coverage:.2f}", f"{p.risk:.2f}", f"{p.confidence:.2f}"] for p in dict.fromkeys(steps)]
    if now:
        rows.append(["now", f"{now.risk:.2f}", f"{now.confidence:.2f}"])
    area = evaluation.total[Measure.RISK_COVERAGE_AREA].value
    plot = frame.drawn(
        f"Risk against coverage; the area below is {area:.2f}",
        "coverage: share answered",
        "risk: share of them wrong",
        marks,
    )
    caption = (
        f"Area below the curve {area:.2f}; lower is better. "
        "A question that nothing answers is wrong once it is answered."
    )
    table = _table("Risk at coverage", ["coverage", "risk", "confidence from"], rows, kind="small")
    lead = (
        "If the most confident questions were answered first: the share of wrong answers (risk) as more questions "
        "are answered (coverage). Refused questions are judged by what would have been cited."
    )
    return _section("Risk and coverage", _beside(plot, caption, table), lead=lead)


def _now(evaluation: Evaluation) -> Point | None:
    """Return where the service stands: what it answered, and how much of that is wrong."""
    scored = [judged for judged in evaluation.judged if judged.response]
    answered = [judged for judged in scored if judged.answered]
    if not answered:
        return None
    least = min(judged.response.confidence for judged in answered if judged.response)
    wrong = sum(not judged.quotes_answer for judged in answered)
    return Point(least, len(answered) / len(scored), wrong / len(answered))


def _reliability(evaluation: Evaluation) -> str:
    frame = _Frame()
    marks, rows = [], []
    for bin_ in evaluation.bins:
        name = f"{bin_.low:.1f} to {bin_.high:.1f}"
        if not bin_.count:
            rows.append([name, "0", "–", "–"])
            continue
        left, right, top = frame.x(bin_.low) + 3, frame.x(bin_.high) - 3, frame.y(bin_.right)
        low, high = wilson(round(bin_.right * bin_.count), bin_.count)
        middle = (left + right) / 2
        marks.append(
            f'<rect class="bar" x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" '
            f'height="{max(1.5, frame.y(0) - top):.1f}"/>'
            f'<line class="whisker" x1="{middle:.1f}" x2="{middle:.1f}" '
            f'y1="{frame.y(low):.1f}" y2="{frame.y(high):.1f}"/>'
        )
        rows.append([name, str(bin_.count), f"{bin_.confidence:.2f}", f"{bin_.right:.2f}"])
    marks.append(f'<line class="ideal" x1="{frame.x(0)}" y1="{frame.y(0)}" x2="{frame.x(1)}" y2="{frame.y(1)}"/>')
    error = evaluation.total[Measure.CALIBRATION_ERROR].value
    plot = frame.drawn(
        f"Share right against confidence; calibration error {error:.2f}", "confidence", "share right", "".join(marks)
    )
    caption = (
        f"Expected calibration error {error:.2f}. Bars on the dashed line would be ideal; whiskers are 95 % intervals."
    )
    table = _table("Reliability of confidence", ["confidence", "questions", "mean", "right"], rows, kind="small")
    lead = (
        "How often the quotes answer, at each confidence. Refused questions are judged by what would have been cited."
    )
    return _section("Reliability of confidence", _beside(plot, caption, table), lead=lead)


def _histograms(evaluation: Evaluation) -> str:
    left, width, height, gap = 44, 364, 66, 30
    groups = [group for group in Group if sum(evaluation.histograms[group])]
    marks = []
    for at, group in enumerate(groups):
        counts = evaluation.histograms[group]
        top = 24 + at * (height + gap)
        bottom = top + height
        marks.append(f'<text class="label" x="{left}" y="{top - 7}">{_words(group)} ({sum(counts)})</text>')
        marks.append(f'<line class="grid" x1="{left}" x2="{left + width}" y1="{bottom}" y2="{bottom}"/>')
        for column, count in enumerate(counts):
            if count:
                tall = height * count / max(counts)
                x = left + width * column / COLUMNS + 1
                marks.append(
                    f'<rect class="bar {group}" x="{x:.1f}" y="{bottom - tall:.1f}" '
                    f'width="{width / COLUMNS - 2:.1f}" height="{tall:.1f}"/>'
                )
    bottom = 24 + len(groups) * (height + gap) - gap
    marks += [
        f'<text x="{left + width * step / 4}" y="{bottom + 17}" text-anchor="middle">{step / 4:g}</text>'
        for step in range(5)
    ]
    marks.append(f'<text class="axis" x="{left + width / 2}" y="{bottom + 36}" text-anchor="middle">confidence</text>')
    plot = (
        f'<svg class="plot" viewBox="0 0 420 {bottom + 44}" role="img" '
        f'aria-label="Questions by confidence, for each group">{"".join(marks)}</svg>'
    )
    rows = [
        [f"{column / 10:.1f} to {(column + 1) / 10:.1f}"]
        + [str(sum(evaluation.histograms[group][2 * column : 2 * column + 2])) for group in groups]
        for column in range(COLUMNS // 2)
    ]
    table = _table("Questions by confidence", ["confidence", *(_words(group) for group in groups)], rows, kind="small")
    caption = "The less the groups overlap, the better confidence tells them apart. Each is drawn to its own height."
    return _section("Confidence of each group", _beside(plot, caption, table))


def _all_figures(total: Figures) -> str:
    rows = [
        [f"<code>{measure}</code>", _shown(measure, figure), _interval(figure), str(figure.count), _t(measure.meaning)]
        for measure, figure in total.items()
    ]
    table = _table("All questions", ["name", "value", "95 % interval", "of", "meaning"], rows, kind="figures")
    lead = "Intervals of shares are Wilson's; of all else they come from questions drawn again a thousand times."
    return _section("All figures", table, lead=lead)


def _worst_answers(evaluation: Evaluation) -> str:
    wrong = [judged for judged in evaluation.judged if judged.response and judged.answered and not judged.right]
    return _section("Most confident wrong answers", _cards(wrong, "cited"), lead=_first(wrong, "wrong answers"))


def _worst_refusals(evaluation: Evaluation) -> str:
    refused = [j for j in evaluation.judged if j.response and j.question.answerable and not j.answered]
    lead = _first(refused, "answerable questions that were refused")
    return _section("Most confident refusals of answerable questions", _cards(refused, "would have cited"), lead=lead)


def _first(judged: Sequence[Judged], what: str) -> str:
    return f"{min(_WORST, len(judged))} of {len(judged)} {what}, the most confident first."


def _cards(judged: Sequence[Judged], verb: str) -> str:
    worst = sorted(judged, key=lambda entry: (-_confidence(entry), entry.question.id))[:_WORST]
    cards = "".join(_card(entry, verb) for entry in worst)
    return f'<ol class="cards">\n{cards}</ol>' if cards else '<p class="none">None.</p>'


def _card(entry: Judged, verb: str) -> str:
    question, wanted = entry.question, _wanted(entry.question)
    before = "".join(f'<p class="before">{_t(turn.role)}: {_t(turn.content)}</p>\n' for turn in question.history)
    quotes = [_quote(quote) for quote in (entry.response.quotes if entry.response else ())]
    parts = [f"<bdi>{_t(part)}</bdi>" for part in wanted[:_WANTED]]
    more = f"and {len(wanted) - _WANTED} more" if len(wanted) > _WANTED else ""
    nothing = f"nothing; {_words(question.reason)}" if question.reason else "nothing"
    needs = "wanted, all of" if question.kind.needs_all else "wanted"
    return (
        f'<li class="card"><p class="tags"><span>{_t(question.id)}</span><span>{_words(question.kind)}</span>'
        f"<span>confidence {_confidence(entry):.2f}</span></p>\n{before}<h3><bdi>{_t(question.text)}</bdi></h3>\n"
        f"<dl><dt>{verb}</dt><dd>{_list(quotes, '' if quotes else 'nothing')}</dd>\n"
        f"<dt>{needs}</dt><dd>{_list(parts, more if wanted else nothing)}</dd></dl></li>\n"
    )


def _list(entries: Sequence[str], last: str) -> str:
    """Return a list; `last` is none of its entries, but said in its place or after them."""
    said = "".join(f"<li>{entry}</li>" for entry in entries)
    return f"<ul>{said}" + (f'<li class="none">{last}</li></ul>' if last else "</ul>")


def _confidence(entry: Judged) -> float:
    return entry.response.confidence if entry.response else 0.0


def _wanted(question: LabelledQuestion) -> tuple[str, ...]:
    """Return the parts of a list or a comparison, else the sentences each of which answers."""
    return question.answers if question.kind.needs_all else question.evidence or question.answers


def _quote(quote: Quote) -> str:
    return f"<bdi>{_t(quote.text)}</bdi> <cite>{_t(quote.title)}</cite>"


def _unjudged(evaluation: Evaluation) -> str:
    rows = [[_t(j.question.id), _t(j.question.text), _t(j.fault)] for j in evaluation.judged if j.fault]
    if not rows:
        return ""
    table = _table("Questions that no figure counts", ["id", "question", "why"], rows, kind="figures")
    return _section("What cannot be judged", table, lead="The questions and the index do not belong together here.")


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<header>
<p class="eyebrow">Alliance QA evaluation</p>
<h1>{name}</h1>
<p class="about">{about}</p>
</header>
{sections}
</main>
</body>
</html>
"""

_STYLE = """
:root {
  color-scheme: light dark;
  --ground: #fbfaf7; --raised: #ffffff; --ink: #1c2230; --quiet: #5b6373; --rule: #e2dfd6;
  --accent: #1f5fa8; --soft: #a9c4e4; --warm: #b4511f; --cool: #4d7d6b;
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171d; --raised: #1c2028; --ink: #e6e8ec; --quiet: #9aa3b2; --rule: #2f3540;
    --accent: #7db2ee; --soft: #35547a; --warm: #e99562; --cool: #86bfa8;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); }
main { max-width: 70rem; margin: auto; padding: 3rem 1.25rem 5rem; }
h1, h2, h3 { line-height: 1.25; text-wrap: balance; }
h1 { margin: 0; font: 600 2.1rem/1.2 Georgia, "Times New Roman", serif; overflow-wrap: anywhere; }
h2 { margin: 0 0 .35rem; font: 600 1.3rem/1.3 Georgia, "Times New Roman", serif; }
h3 { margin: .35rem 0 .75rem; font-size: 1.05rem; overflow-wrap: anywhere; }
section { margin-top: 3.25rem; }
.eyebrow { margin: 0 0 .25rem; color: var(--accent); font-weight: 600; font-size: .9rem; }
.about, .lead, .none, figcaption, .meaning, .interval, .before { color: var(--quiet); }
.about { margin: .5rem 0 0; }
.lead { margin: 0 0 1.25rem; max-width: 46rem; }
.tiles { list-style: none; margin: 2.25rem 0 0; padding: 0; display: grid; gap: 1px; background: var(--rule);
  border: 1px solid var(--rule); border-radius: .5rem; overflow: hidden; grid-template-columns: repeat(3, 1fr); }
.tiles li { background: var(--raised); padding: 1rem 1.15rem; display: grid; align-content: start; }
.what { font-weight: 600; font-size: .9rem; }
.value { font: 600 2rem/1.3 Georgia, "Times New Roman", serif; font-variant-numeric: lining-nums tabular-nums; }
.interval { font-size: .85rem; font-variant-numeric: tabular-nums; }
.meaning { font-size: .85rem; line-height: 1.4; margin-top: .35rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--quiet); font-size: .85rem; padding-bottom: .4rem; }
th, td { padding: .38rem .75rem .38rem 0; border-bottom: 1px solid var(--rule);
  text-align: right; vertical-align: middle; }
th:first-child { text-align: left; }
thead th { color: var(--quiet); font-weight: 600; font-size: .82rem; vertical-align: bottom; }
tbody th { font-weight: 500; }
.kinds tbody tr:last-child > * { font-weight: 700; border-bottom: 0; border-top: 2px solid var(--quiet); }
.kinds td { white-space: nowrap; }
.small th, .small td { padding-block: .22rem; }
.figures td:last-child, .figures th:last-child { text-align: left; padding-left: .75rem; }
.figures td { white-space: nowrap; }
.figures td:last-child { white-space: normal; min-width: 16rem; overflow-wrap: anywhere; }
code { font: .88em ui-monospace, "SFMono-Regular", Menlo, monospace; }
.share { display: inline-block; min-width: 2.4rem; }
.range { width: 5.2rem; height: .75rem; margin-left: .5rem; vertical-align: -.08em; }
.track { fill: var(--rule); } .spread { fill: var(--soft); } .dot { fill: var(--accent); }
.beside { display: grid; grid-template-columns: minmax(0, 1.25fr) minmax(0, 1fr); gap: 2.5rem; align-items: start; }
figure { margin: 0; }
figcaption { font-size: .85rem; margin-top: .5rem; }
.plot { width: 100%; height: auto; display: block; overflow: visible; }
.plot text { fill: var(--quiet); font-size: 11px; }
.plot .axis { font-size: 12px; } .plot .label { fill: var(--ink); font-size: 12px; font-weight: 600; }
.grid { stroke: var(--rule); } .ideal { stroke: var(--ink); opacity: .7; stroke-dasharray: 4 4; }
.line { fill: none; stroke: var(--accent); stroke-width: 2; stroke-linejoin: round; }
.now { fill: var(--warm); stroke: var(--ground); stroke-width: 2; }
.bar { fill: var(--soft); } .bar.answerable { fill: var(--accent); }
.bar.near_miss { fill: var(--warm); } .bar.off_topic { fill: var(--cool); }
.whisker { stroke: var(--accent); stroke-width: 2; }
.cards { list-style: none; margin: 0; padding: 0; display: grid; gap: 1rem;
  grid-template-columns: repeat(2, minmax(0, 1fr)); }
.card { background: var(--raised); border: 1px solid var(--rule); border-radius: .5rem; padding: 1rem 1.15rem; }
.tags { margin: 0; display: flex; flex-wrap: wrap; gap: .25rem .9rem; font-size: .85rem; color: var(--quiet); }
.before { margin: .35rem 0 0; font-size: .88rem; overflow-wrap: anywhere; }
dl { margin: 0; font-size: .92rem; }
dt { color: var(--quiet); font-size: .85rem; font-weight: 600; }
dd { margin: 0 0 .6rem; overflow-wrap: anywhere; }
dd ul { margin: 0; padding-left: 1.1rem; }
cite { color: var(--quiet); font-size: .88em; }
@media (max-width: 52rem) {
  .tiles { grid-template-columns: repeat(2, 1fr); }
  .beside, .cards { grid-template-columns: minmax(0, 1fr); }
}
@media print { .card, figure, tr { break-inside: avoid; } main { padding: 0; } }
"""

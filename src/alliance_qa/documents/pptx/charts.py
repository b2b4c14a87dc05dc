"""The figures of a chart as a table: a row for each category, a column for each series."""

from __future__ import annotations

from alliance_qa.documents.docx.content import Cell, Content, Paragraph, Piece, Row, Table
from alliance_qa.documents.docx.names import Element
from alliance_qa.documents.sheets import formats
from alliance_qa.domain import BlockKind

_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_MOST_POINTS = 1_000  # of a series; a chart of more shows a curve, no figures


def chart(root: Element) -> Content:
    """Return a chart's title as a caption and its figures, in their formats, as a table; () where it has no figures."""
    series = list(root.iter(f"{_C}ser"))
    columns = [_points(one, "val") or _points(one, "yVal") for one in series]
    categories: dict[int, str] = {}
    for one in series:
        categories = categories or _points(one, "cat") or _points(one, "xVal")
    places = sorted(set(categories).union(*columns))[:_MOST_POINTS] if series else []
    if not places:
        return ()
    title = root.find(f"{_C}chart/{_C}title")
    said = "" if title is None else "".join(text.text or "" for text in title.iter("{*}t"))
    names = ["".join(text.text or "" for text in one.iterfind(f"{_C}tx//{_C}v")) for one in series]
    rows = [_row(["", *names], is_head=True)]
    rows += [_row([categories.get(at, ""), *(column.get(at, "") for column in columns)]) for at in places]
    caption = (Paragraph((Piece(said),), BlockKind.CAPTION),) if said.strip() else ()
    return (*caption, Table(tuple(rows)))


def _points(series: Element, kind: str) -> dict[int, str]:
    found = {}
    for cache in series.iterfind(f"{_C}{kind}/*/*"):
        code = cache.findtext(f"{_C}formatCode") or formats.GENERAL
        for point in cache.iterfind(f"{_C}pt"):
            value = point.findtext(f"{_C}v") or ""
            is_number = cache.tag == f"{_C}numCache"
            found[int(point.get("idx", "0"))] = _shown(value, point.get("formatCode", code)) if is_number else value
    return found


def _shown(value: str, code: str) -> str:
    try:
        return formats.shown(float(value), code)
    except ValueError:
        return value


def _row(texts: list[str], *, is_head: bool = False) -> Row:
    return Row(tuple(Cell((Paragraph((Piece(text),)),), at) for at, text in enumerate(texts)), is_head)

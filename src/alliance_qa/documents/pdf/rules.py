"""The lines that a page draws across and down: those of tables, and the edges of what is filled."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias

import pypdfium2
import pypdfium2.raw as pdfium

from alliance_qa.documents.pdf import views
from alliance_qa.documents.pdf.views import Box, View

_MOST_SEGMENTS = 5_000  # of the drawing on a page; a map has more, and no table
_STROKE = 2.0  # points: what is no higher, and wider, is a line
_MARGINS = (0.5, 12.0)  # points: the least and the most between the sides of a cell and its words
_TOUCHING = 0.5  # points between edges that are one

_Colour: TypeAlias = tuple[int, ...] | None  # None where a pattern fills


class _Fill(NamedTuple):
    """A rectangle that is filled; `is_inside_cell`: as part of a cell's shading, not as the whole."""

    box: Box
    colour: _Colour
    is_inside_cell: bool


def drawn(page: pypdfium2.PdfPage, view: View) -> tuple[list[Box], list[Box]]:
    """Return the lines that a page draws across or down, edges among them, and the lines across that stand alone."""
    found: list[Box] = []
    strokes: list[Box] = []
    fills: list[_Fill] = []
    left = _MOST_SEGMENTS
    filled, stroked, matrix = ctypes.c_int(), ctypes.c_int(), pdfium.FS_MATRIX()
    for index in range(pdfium.FPDFPage_CountObjects(page)):
        drawing = pdfium.FPDFPage_GetObject(page, index)
        if pdfium.FPDFPageObj_GetType(drawing) != pdfium.FPDF_PAGEOBJ_PATH:
            continue
        pdfium.FPDFPath_GetDrawMode(drawing, filled, stroked)
        if not filled.value and not stroked.value:
            continue
        count = pdfium.FPDFPath_CountSegments(drawing)
        left -= count
        if left < 0:
            return [], []
        pdfium.FPDFPageObj_GetMatrix(drawing, matrix)
        placed = (matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f)
        paths = _paths(drawing, count)
        for path in paths:
            points = [views.seen(view, *views.seen(placed, *point)) for point in path]
            whole = views.box(*points)
            if len(paths) == 1 and not stroked.value and _is_rectangle(points):
                colour = _colour(drawing)
                fills.append(_Fill(whole, colour, _is_inside_cell(whole, colour, fills)))
                if fills[-1].is_inside_cell:
                    continue
            edges = [views.box(*edge) for edge in pairwise(points)]
            found += [
                box for box in edges if min(box.right - box.left, box.top - box.bottom) < 1 and box[:2] != box[2:]
            ]
            if whole.top - whole.bottom < _STROKE < whole.right - whole.left:
                strokes.append(whole)
    return found, strokes


def _paths(drawing: Any, count: int) -> list[list[tuple[float, float]]]:
    """Return the points of each stroke of a path; a closed one comes back to its first."""
    paths: list[list[tuple[float, float]]] = []
    x, y = ctypes.c_float(), ctypes.c_float()
    for index in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(drawing, index)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        if kind == pdfium.FPDF_SEGMENT_LINETO and paths:
            paths[-1].append((x.value, y.value))
        else:  # a curve is no edge of a table
            paths.append([(x.value, y.value)])
        if pdfium.FPDFPathSegment_GetClose(segment):
            paths[-1].append(paths[-1][0])
    return paths


def _is_rectangle(points: Sequence[tuple[float, float]]) -> bool:
    return len(set(points)) == 4 and all(len(set(places)) == 2 for places in zip(*points, strict=True))


def _colour(drawing: Any) -> _Colour:
    channels = tuple(ctypes.c_uint() for _ in range(4))
    is_told = pdfium.FPDFPageObj_GetFillColor(drawing, *channels)
    return tuple(channel.value for channel in channels) if is_told else None


def _is_inside_cell(box: Box, colour: _Colour, fills: Sequence[_Fill]) -> bool:
    """Tell whether a rectangle is the shading of a line of a cell, which Word fills over that of the cell.

    Nobody sees that: what it lies on has its colour, and reaches a cell's margin farther on both sides. What is
    filled behind words of such a line, as high as it and in any colour, is no cell either.
    """
    held = (
        under
        for under in reversed(fills)
        if under.box.left <= box.left and box.right <= under.box.right
        if under.box.bottom - _TOUCHING < box.bottom and box.top < under.box.top + _TOUCHING
    )
    under = next(held, None)
    if under is None:
        return False
    is_high = under.box.top - under.box.bottom < box.top - box.bottom + _TOUCHING
    if under.is_inside_cell and is_high and box.right - box.left > _STROKE:
        return True
    least, most = _MARGINS
    margins = (box.left - under.box.left, under.box.right - box.right)
    return colour is not None and colour == under.colour and all(least < margin < most for margin in margins)

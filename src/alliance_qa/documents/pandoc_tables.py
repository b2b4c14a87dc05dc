"""Pandoc's tables that CommonMark has no word for, made pipe tables: grids, and columns below dashed lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby, pairwise

_FENCE = re.compile(r" {0,3}(?:`{3,}|~{3,})")
_EDGE = re.compile(r" {0,3}\+(?:[-=:]+\+)+[ \t]*")
_DASHES = re.compile(r" {0,3}-{2,}(?: +-{2,})* *")
_MOST_LINES = 2_000  # of one table


def as_pipes(markup: str) -> str:
    """Return Markdown with its grid, simple and multiline tables written with pipes.

    A cell's lines are joined; a cell over several columns of a grid stands in the first. Code stays as it is.
    """
    if "--" not in markup:
        return markup
    lines = markup.split("\n")
    found: list[str] = []
    at, fence = 0, ""
    while at < len(lines):
        line = lines[at]
        if opened := _FENCE.match(line):
            mark = opened[0].strip()
            fence = "" if fence and mark.startswith(fence) else fence or mark
        end, rows = (at, []) if fence else _table(lines, at)
        if rows:
            found += ["", *rows, ""]
        else:
            end = at + 1
            found.append(line)
        at = end
    return "\n".join(found)


def _table(lines: Sequence[str], at: int) -> tuple[int, list[str]]:
    """Return the end of the table that begins at a line, and its rows with pipes; no rows where none begins."""
    if _EDGE.fullmatch(lines[at]):
        return _grid(lines, at)
    if _DASHES.fullmatch(lines[at]) and (at == 0 or not lines[at - 1].strip()):
        return _below(lines, at, head=None)
    is_head = lines[at].strip() and (at == 0 or not lines[at - 1].strip())
    if is_head and at + 1 < len(lines) and _DASHES.fullmatch(lines[at + 1]) and " -" in lines[at + 1].strip():
        return _below(lines, at + 1, head=lines[at])
    return at, []


def _grid(lines: Sequence[str], at: int) -> tuple[int, list[str]]:
    end = at
    while end < min(len(lines), at + _MOST_LINES) and lines[end].lstrip()[:1] in ("+", "|"):
        end += 1
    edges = [n for n in range(at, end) if _EDGE.fullmatch(lines[n])]
    if len(edges) < 2:
        return at, []
    bars = sorted({n for edge in edges for n, char in enumerate(lines[edge]) if char == "+"})
    rows = []
    for above, below in pairwise(edges):
        cells = [[line[left + 1 : right] for line in lines[above + 1 : below]] for left, right in pairwise(bars)]
        rows.append([" ".join(" ".join(cell).split()) for cell in cells])
    has_head = any("=" in lines[edge] for edge in edges[1:-1])
    return end, _piped(rows, has_head=has_head)


def _below(lines: Sequence[str], at: int, *, head: str | None) -> tuple[int, list[str]]:
    """Read a table whose columns stand below dashes: with a head above them, or between two lines of dashes."""
    end, heads = at + 1, [head] if head is not None else []
    is_multiline = head is None and " -" not in lines[at].strip()
    if is_multiline:  # a whole line, the head, the dashes of the columns, rows parted by blank lines, a whole line
        while end < len(lines) and not _DASHES.fullmatch(lines[end]) and lines[end].strip():
            heads.append(lines[end])
            end += 1
        if end == len(lines) or " -" not in lines[end].strip() or not _DASHES.fullmatch(lines[end]):
            return at, []
        end += 1
    columns = [found.span() for found in re.finditer("-+", lines[end - 1])]
    body: list[str] = []
    while end < min(len(lines), at + _MOST_LINES) and not _DASHES.fullmatch(lines[end]):
        if not lines[end].strip() and head is not None:
            break
        body.append(lines[end])
        end += 1
    if head is None and (end == len(lines) or not _DASHES.fullmatch(lines[end])):
        return at, []
    is_parted = any(not line.strip() for line in body)
    groups = [list(group) for blank, group in groupby(body, key=lambda line: not line.strip()) if not blank]
    texts = groups if is_parted else [[line] for line in body]
    rows = [_cells(text, columns) for text in ([heads] if heads else []) + texts]
    is_table = len(columns) > 1 and bool(texts) and all(any(row) for row in rows)
    return (end + (head is None), _piped(rows, has_head=bool(heads))) if is_table else (at, [])


def _cells(text: Sequence[str], columns: Sequence[tuple[int, int]]) -> list[str]:
    """Return what stands below each run of dashes, up to where the next one begins."""
    starts = [0, *(left for left, _ in columns[1:])]
    ends = [*starts[1:], max(map(len, text), default=0)]
    found = []
    for left, right in zip(starts, ends, strict=True):
        found.append(" ".join(" ".join(line[left:right] for line in text).split()))
    return found


def _piped(rows: Sequence[Sequence[str]], *, has_head: bool) -> list[str]:
    written = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    edge = "|" + "---|" * max(map(len, rows))
    return [written[0], edge, *written[1:]] if has_head else ["|" + "   |" * max(map(len, rows)), edge, *written]

"""The cells of a sheet as blocks: tables with their heads, titles above them, notes; what is hidden is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from alliance_qa.documents.extract import Extract, LeftOut, Omission, RawBlock, Stated
from alliance_qa.domain import BlockKind
from alliance_qa.errors import DocumentError, Failure

MOST_ROWS = 50_000
_LONGEST_TITLE = 120  # characters
_LONGEST_HEAD = 60  # characters of a cell above a column
_YEAR = re.compile(r"(?:FY ?)?(?:19|20)\d\d(?:[/–-]\d{2,4})?")
# Names that programs give to sheets.
_DEFAULT_NAME = re.compile(
    r"(?:sheet|worksheet|table|tabelle|feuil|feuille|hoja|foglio|folha|planilha|blad|ark|arkusz|лист|シート|工作表)"
    r"[ _]?\d*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as the sheet shows it."""

    text: str  # one line
    is_figure: bool = False  # a number, a date or a truth value, not typed as text
    is_bold: bool = False


@dataclass(frozen=True, slots=True)
class Area:
    """Cells that lie together; rows and columns count from 1, the last ones belong to it."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as its file holds it: cells by row and column from 1, those without text left out."""

    name: str  # "" where the file is one table, as CSV
    rows: Mapping[int, Mapping[int, Cell]]
    merged: Sequence[Area] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    head_rows: frozenset[int] = frozenset()  # that the file itself says head a table
    is_hidden: bool = False
    notes: Sequence[str] = ()  # text boxes
    left_out: Sequence[LeftOut] = ()  # comments and the like

    @property
    def has_own_name(self) -> bool:
        """Whether somebody named it."""
        return bool(self.name) and not _DEFAULT_NAME.fullmatch(self.name.strip())


@dataclass(slots=True)
class _Rows:
    """The rows that are shown, with merged cells in each row and column that they cover."""

    cells: dict[int, dict[int, Cell]]
    single: set[int] = field(default_factory=set)  # rows that one cell spans
    grouped: set[int] = field(default_factory=set)  # rows in which a cell spans some columns


def column_letters(column: int) -> str:
    """Return how spreadsheets call a column, counted from 1: "A", "Z", "AA"."""
    letters = ""
    while column > 0:
        column, at = divmod(column - 1, 26)
        letters = chr(ord("A") + at) + letters
    return letters


def check_size(rows: int) -> None:
    """Raise DocumentError where a file has more rows than are read."""
    if rows > MOST_ROWS:
        raise DocumentError(f"has more than {MOST_ROWS:,} rows; split it", Failure.TOO_LARGE)


def extract(sheets: Sequence[Sheet], stated: Iterable[Stated]) -> Extract:
    """Return the text of a workbook, sheet by sheet, and the facts that it states.

    Raises:
        DocumentError: It has too many rows, or shows no text.
    """
    check_size(sum(len(sheet.rows) for sheet in sheets))
    found = [block for sheet in sheets for block in blocks(sheet)]
    if not found:
        raise DocumentError("has no text that it shows; remove it or put a file with text in its place", Failure.EMPTY)
    shown = [sheet for sheet in sheets if not sheet.is_hidden]
    omitted = tuple(entry for sheet in sheets for entry in left_out(sheet))
    return Extract(tuple(found), tuple(stated), omitted, has_title_line=len(shown) == 1 and shown[0].has_own_name)


def blocks(sheet: Sheet) -> list[RawBlock]:
    """Return the text of a sheet in reading order; nothing of a hidden one.

    Each row is a block with the sheet and its cells as locator. Blank rows part tables. A row that heads a
    table has level 1: one that the file calls so, that is set in bold above others, or words above columns of
    figures. A line above a table is a title where it is bold or spans columns, else a paragraph.
    """
    if sheet.is_hidden:
        return []
    rows = _shown(sheet)
    found: list[RawBlock] = []
    for region in _regions(sorted(rows.cells), sheet.hidden_rows):
        found.extend(_region(sheet, rows, region))
    if not found and not sheet.notes:
        return []
    where = f"sheet {sheet.name}" if sheet.name else ""
    head = [RawBlock(sheet.name, BlockKind.HEADING, 1, locator=where)] if sheet.has_own_name else []
    return [*head, *found, *(RawBlock(note, locator=where) for note in sheet.notes)]


def left_out(sheet: Sheet) -> Iterator[LeftOut]:
    """Yield what a sheet holds and does not show, each with its place: hidden sheets, rows and columns."""
    where = f"sheet {sheet.name}" if sheet.name else "the table"
    if sheet.is_hidden:
        told = "; ".join(_line(cells) for _, cells in sorted(sheet.rows.items()))
        yield LeftOut(Omission.HIDDEN, f"{where}: {told}")
        return
    for row, cells in sorted(sheet.rows.items()):
        if row in sheet.hidden_rows:
            yield LeftOut(Omission.HIDDEN, f"{where}, row {row}: {_line(cells)}")
    for column in sorted(sheet.hidden_columns):
        texts = [cells[column].text for row, cells in sorted(sheet.rows.items()) if column in cells]
        if texts:
            yield LeftOut(Omission.HIDDEN, f"{where}, column {column_letters(column)}: {'; '.join(texts)}")
    yield from sheet.left_out


def _line(cells: Mapping[int, Cell]) -> str:
    return " | ".join(cell.text for _, cell in sorted(cells.items()))


def _shown(sheet: Sheet) -> _Rows:
    rows = {
        row: {column: cell for column, cell in cells.items() if column not in sheet.hidden_columns}
        for row, cells in sheet.rows.items()
        if row not in sheet.hidden_rows
    }
    found = _Rows({row: cells for row, cells in rows.items() if cells})
    last = max(sheet.rows, default=0)
    for area in sheet.merged:
        source = sheet.rows.get(area.top, {}).get(area.left)
        if source is None:
            continue
        width = max((max(cells) for cells in sheet.rows.values() if cells), default=0)
        columns = range(area.left, min(area.right, max(width, area.left)) + 1)
        shown = [column for column in columns if column not in sheet.hidden_columns]
        for row in range(area.top, min(area.bottom, last) + 1):
            if row in sheet.hidden_rows or not shown:
                continue
            others = set(found.cells.get(row, {})) - set(shown)
            if not others and row == area.top:
                found.cells[row] = {shown[0]: source}
                found.single.add(row)
            elif others:  # a row that the cell fills alone shows nothing new
                found.cells[row] |= dict.fromkeys(shown, source)
                if len(shown) > 1:
                    found.grouped.add(row)
    return found


def _regions(rows: Sequence[int], hidden: frozenset[int]) -> Iterator[list[int]]:
    """Yield the rows that follow each other without a blank one; hidden ones are none."""
    region: list[int] = []
    for row in rows:
        if region and not hidden.issuperset(range(region[-1] + 1, row)):
            yield region
            region = []
        region.append(row)
    if region:
        yield region


def _region(sheet: Sheet, rows: _Rows, region: Sequence[int]) -> Iterator[RawBlock]:
    wide = [row for row in region if len(rows.cells[row]) > 1]
    if not wide:
        for row in region:
            yield _alone(sheet, rows, row, is_above=False)
        return
    left = min(column for row in wide for column in rows.cells[row])
    # What stands alone below another column than the first is an entry of that column.
    wide = [row for row in region if len(rows.cells[row]) > 1 or (row > wide[0] and left not in rows.cells[row])]
    first, last = wide[0], wide[-1]
    columns = sorted({column for row in wide for column in rows.cells[row]})
    for row in (row for row in region if row < first):
        yield _alone(sheet, rows, row, is_above=True)
    body = [row for row in region if first <= row <= last]
    heads = _heads(sheet, rows, [row for row in body if len(rows.cells[row]) > 1])
    for at, row in enumerate(body):
        cells = rows.cells[row]
        texts = [cells[column].text if column in cells else "" for column in columns]
        is_across = at and list(cells) == [left]
        line = cells[left].text if is_across else " | ".join(texts)
        yield RawBlock(line, BlockKind.ROW, int(row in heads), locator=_locator(sheet, row, cells))
    for row in (row for row in region if row > last):
        yield _alone(sheet, rows, row, is_above=False)


def _alone(sheet: Sheet, rows: _Rows, row: int, *, is_above: bool) -> RawBlock:
    cells = rows.cells[row]
    (cell,) = cells.values()
    is_title = is_above and (cell.is_bold or row in rows.single) and len(cell.text) <= _LONGEST_TITLE
    is_title = is_title and not re.search(r"[.。;:]$", cell.text)
    kind, level = (BlockKind.HEADING, 2) if is_title else (BlockKind.PARAGRAPH, 0)
    return RawBlock(cell.text, kind, level, locator=_locator(sheet, row, cells))


def _locator(sheet: Sheet, row: int, cells: Mapping[int, Cell]) -> str:
    if not sheet.name:
        return f"row {row}"
    first, last = column_letters(min(cells)), column_letters(max(cells))
    place = f"{first}{row}" if first == last else f"{first}{row}:{last}{row}"
    return f"sheet {sheet.name}, row {row} ({place})"


def _heads(sheet: Sheet, rows: _Rows, table: Sequence[int]) -> set[int]:
    """Return the rows that head a table; `table` holds those with several cells."""
    first, *others = table
    if not others:
        return set()
    if first in sheet.head_rows or _is_head(sheet, rows, first, others):
        # A cell above several columns stands above the words of each.
        if (
            first in rows.grouped
            and len(others) > 1
            and not any(cell.is_figure for cell in rows.cells[others[0]].values())
        ):
            return {first, others[0]}
        return {first}
    return {first, others[0]} if others[0] in sheet.head_rows and len(others) > 1 else set()


def _is_head(sheet: Sheet, rows: _Rows, first: int, others: Sequence[int]) -> bool:
    head = rows.cells[first]
    texts = [cell.text for cell in head.values()]
    words = [cell for cell in head.values() if not cell.is_figure]
    if not words or any(cell.is_figure and not _YEAR.fullmatch(cell.text) for cell in head.values()):
        return False
    if any(len(text) > _LONGEST_HEAD for text in texts):
        return False
    if all(cell.is_bold for cell in words) and not all(_is_bold(rows.cells[row]) for row in others):
        return True
    if first in rows.grouped or len(set(texts)) == len(texts):
        below = {column: [rows.cells[row].get(column) for row in others] for column in head}
        if any(_is_above_figures(head[column], cells) for column, cells in below.items()):
            return True
        # Words above words: the first line of a file that is one table, or a table that is no list of pairs.
        width = max(len(rows.cells[row]) for row in others)
        is_full = len(head) >= width
        has_marks = any(re.search(r"[:：]$|\d", text) for text in texts)
        return is_full and not has_marks and (len(head) > 2 or (not sheet.name and len(head) > 1))
    return False


def _is_bold(cells: Mapping[int, Cell]) -> bool:
    return all(cell.is_bold for cell in cells.values())


def _is_above_figures(head: Cell, below: Sequence[Cell | None]) -> bool:
    filled = [cell for cell in below if cell is not None]
    if not filled or not all(cell.is_figure for cell in filled):
        return False
    # Years above other years are a column of years.
    return not head.is_figure or not any(_YEAR.fullmatch(cell.text) for cell in filled)

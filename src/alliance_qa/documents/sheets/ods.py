"""Reads OpenDocument spreadsheets (.ods): each row as its sheet shows it, with the facts that the file states.

Read with lxml, a row at a time: odfpy 1.4 is of 2020 and, as odfdo 3.27, holds the whole tree in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from alliance_qa.documents.characters import one_line
from alliance_qa.documents.docx import blocks, lines, marks
from alliance_qa.documents.docx.content import paragraphs
from alliance_qa.documents.docx.package import Package, opened
from alliance_qa.documents.extract import Extract, LeftOut, Omission
from alliance_qa.documents.odt import container
from alliance_qa.documents.odt.body import Body
from alliance_qa.documents.odt.names import Element, name, number, value
from alliance_qa.documents.odt.styles import styles
from alliance_qa.documents.sheets import grid
from alliance_qa.documents.sheets.grid import Area, Cell, Sheet
from alliance_qa.errors import DocumentError, Failure

_NO_NOTES = marks.Notes(frozenset(), frozenset(), are_words_own=False)
_WIDEST = 16_384  # columns
_LONGEST = 1_048_576  # rows, of the programs that write such files
_MOST_CELLS = 2_000_000  # a cell may stand for many
_DRAWING = etree.QName(name("draw:frame")).namespace
_P = name("text:p")
_TABLE, _ROW = name("table:table"), name("table:table-row")
_CELLS = (name("table:table-cell"), name("table:covered-table-cell"))
_PARTS = (_TABLE, _ROW, *map(name, ("table:table-column", "table:table-source", "table:shapes")))
_FIGURES = ("float", "percentage", "currency", "date", "time", "boolean")
_RANGE = re.compile(r"(?:.*\.)?\$?[A-Z]+\$?(\d+)(?::.*)?", re.DOTALL)


def read(data: bytes) -> Extract:
    """Return the rows of a spreadsheet, sheet by sheet, as its program showed them last; see `xlsx.read`.

    A date in the short form of the writer's own system, of which nobody knows the order, is in ISO 8601.

    Raises:
        DocumentError: The file is no spreadsheet, damaged, encrypted, unpacks to too much, has too many rows or
            cells, or shows no text.
    """
    with opened(data, ".ods") as parts:
        container.check_readable(parts)
        if not parts.has("content.xml"):
            raise container.other(parts, "", "spreadsheet")
        book = _Book(parts)
        book.read()
        return grid.extract([book.sheet(table) for table in book.tables], tuple(container.stated(parts)))


@dataclass(frozen=True, slots=True)
class _Look:
    """How a cell is written."""

    is_bold: bool
    is_struck: bool
    is_iso: bool  # a date in it is written in ISO 8601


@dataclass(slots=True)
class _Table:
    """A sheet as it is read."""

    name: str
    style: str
    rows: dict[int, dict[int, Cell]] = field(default_factory=dict)
    merged: list[Area] = field(default_factory=list)
    hidden_rows: list[range] = field(default_factory=list)
    hidden_columns: list[range] = field(default_factory=list)
    column_styles: list[tuple[range, str]] = field(default_factory=list)
    head_rows: set[int] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    is_linked: bool = False  # a copy of another file's sheet, kept for formulas
    row: int = 0  # the last one read


@dataclass(slots=True)
class _Book:
    """Reads content.xml from its beginning to its end."""

    parts: Package
    tables: list[_Table] = field(default_factory=list)
    _styles: list[Element] = field(default_factory=list)
    _body: Body | None = None
    _iso_styles: frozenset[str] = frozenset()  # of dates as the writer's system writes them
    _running: Mapping[str, list[str]] = field(default_factory=dict)  # by the name of the page's style
    _looks: dict[str, _Look] = field(default_factory=dict)
    _cells: int = 0

    def read(self) -> None:
        groups: list[bool] = []  # whether the groups of rows around are folded
        heads = 0
        table: _Table | None = None
        above = ""
        events = etree.iterparse(
            self.parts.stream("content.xml"), events=("start", "end"), resolve_entities=False, no_network=True
        )
        for event, element in events:
            tag = element.tag
            if event == "start":
                if above == name("office:body") and tag != name("office:spreadsheet"):
                    raise container.other(self.parts, tag, "spreadsheet")
                above = tag
                if tag == _TABLE and table is None:
                    table = _Table(one_line(value(element, "table:name")), value(element, "table:style-name"))
                elif tag == name("table:table-row-group"):
                    groups.append(value(element, "table:display", "true") == "false")
                heads += tag == name("table:table-header-rows")
                continue
            heads -= tag == name("table:table-header-rows")
            if tag in (name("office:automatic-styles"), name("office:font-face-decls")):
                self._styles.append(element)
            elif tag == name("table:table-row-group"):
                groups.pop()
            elif tag == name("table:database-range"):
                self._heads(element)
            elif table is None or tag not in _PARTS or _is_nested(element):
                continue
            elif tag == name("table:table-column"):
                _column(table, element)
            elif tag == name("table:table-source"):
                table.is_linked = table.name.startswith("'")
            elif tag == name("table:shapes"):
                table.notes += _notes(self.body, element)
            elif tag == _ROW:
                self._row(table, element, is_folded=any(groups), is_head=heads > 0)
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
            elif tag == _TABLE:
                self.tables.append(table)
                table = None

    @property
    def body(self) -> Body:
        if self._body is None:
            known_styles = self.parts.xml("styles.xml")
            known = styles(*self._styles, known_styles)
            self._body = Body(known, lambda address: container.object_root(self.parts, address))
            roots = [*self._styles, *([] if known_styles is None else [known_styles])]
            self._iso_styles = frozenset(
                value(entry, "style:name")
                for root in roots
                for entry in root.iter(name("number:date-style"))
                if value(entry, "number:automatic-order") == "true"
            )
            self._running = {} if known_styles is None else _running(known_styles)
        return self._body

    def sheet(self, table: _Table) -> Sheet:
        """Return a sheet as its file holds it."""
        master = self.body.styles.setting("table", table.style, "style:master-page-name")
        is_hidden = self.body.styles.setting("table", table.style, "table:display") == "false"
        last_row = max(table.rows, default=0)
        return Sheet(
            table.name,
            table.rows,
            table.merged,
            frozenset(row for rows in table.hidden_rows for row in rows[: max(last_row - rows.start + 1, 0)]),
            frozenset(column for columns in table.hidden_columns for column in columns),
            frozenset(table.head_rows),
            is_hidden or table.is_linked,
            table.notes,
            [*table.left_out, *(LeftOut(Omission.RUNNING_LINE, line) for line in self._running.get(master, []))],
        )

    def _heads(self, area: Element) -> None:
        """Note the first row of a range that filters or names a table."""
        address = value(area, "table:target-range-address")
        place = _RANGE.fullmatch(address.partition(":")[0])
        named = address.partition(":")[0].rpartition(".")[0].strip("$'")
        if place and value(area, "table:contains-header", "true") == "true":
            for table in self.tables:
                if table.name == named:
                    table.head_rows.add(int(place[1]))

    def _row(self, table: _Table, row: Element, *, is_folded: bool, is_head: bool) -> None:
        first = table.row + 1
        repeated = max(number(row, "table:number-rows-repeated", 1), 1)
        table.row += repeated
        rows = range(first, first + repeated)
        if is_folded or value(row, "table:visibility", "visible") != "visible":
            table.hidden_rows.append(rows)
        cells = dict(self._row_cells(table, row, first))
        if not cells:
            return
        if table.row > _LONGEST:
            raise DocumentError(f"has a row below {_LONGEST:,} others; split it", Failure.TOO_LARGE)
        self._cells += len(cells) * repeated
        grid.check_size(len(table.rows) + repeated)
        if self._cells > _MOST_CELLS:
            raise DocumentError(f"has more than {_MOST_CELLS:,} cells with text; split it", Failure.TOO_LARGE)
        for at in rows:
            table.rows[at] = cells
            if is_head:
                table.head_rows.add(at)

    def _row_cells(self, table: _Table, row: Element, at: int) -> Iterator[tuple[int, Cell]]:
        column = 1
        of_row = value(row, "table:default-cell-style-name")
        for element in row.iterchildren(*_CELLS):
            repeated = max(number(element, "table:number-columns-repeated", 1), 1)
            columns = range(column, min(column + repeated, _WIDEST + 1))
            is_filled = bool(len(element)) or bool(_held(element)) or bool(value(element, "table:formula"))
            if element.tag == _CELLS[0] and is_filled:
                of_column = next((style for known, style in table.column_styles if column in known), "")
                style = value(element, "table:style-name") or of_row or of_column
                cell = self._cell(table, element, style, f"sheet {table.name}, {grid.column_letters(column)}{at}")
                area = _area(element, at, column)
                if area:
                    table.merged.append(area)
                if cell.text:
                    yield from ((place, cell) for place in columns)
            column += repeated

    def _cell(self, table: _Table, element: Element, style: str, where: str) -> Cell:
        line = _plain(element)
        if line is None:
            line = self._written(table, element, where)
        held = _held(element)
        if not line and element.find(_P) is None:
            line = held  # written by a program that shows nothing itself
            if not line and (formula := value(element, "table:formula")):
                why = f"{where}: {formula.partition(':')[2]} (never worked out; open the file and save it)"
                table.left_out.append(LeftOut(Omission.CODE, why))
        elif held and not line:
            table.left_out.append(LeftOut(Omission.HIDDEN, f"{where}: {held}"))
        look = self._look(style)
        if line and look.is_iso and value(element, "office:value-type") == "date":
            line = held
        if line and look.is_struck:
            table.left_out.append(LeftOut(Omission.STRUCK_OUT, f"{where}: {line}"))
            line = ""
        return Cell(line, _is_figure(element), look.is_bold)

    def _written(self, table: _Table, element: Element, where: str) -> str:
        """Return the text of a cell in one line, and note what of it is none."""
        body = self.body
        place = where.rpartition(", ")[2]
        for remark in element.iterchildren(name("office:annotation")):
            if said := lines.cell_text(body.content(remark)):
                table.left_out.append(LeftOut(Omission.COMMENT, f"{place}: {said}"))
        drawn = [child for child in element if etree.QName(child).namespace == _DRAWING]
        table.notes += _notes(body, drawn)
        content = blocks.settled(body.content([child for child in element if child not in drawn]), _NO_NOTES)
        table.left_out += [LeftOut(part.why, f"{where}: {part.text}") for part in lines.left_out(paragraphs(content))]
        return lines.cell_text(content)

    def _look(self, style: str) -> _Look:
        if style not in self._looks:
            known = self.body.styles
            letters = known.letters("table-cell", style)
            is_iso = known.setting("table-cell", style, "style:data-style-name") in self._iso_styles
            self._looks[style] = _Look(bool(letters.is_bold), bool(letters.is_struck), is_iso)
        return self._looks[style]


def _is_nested(element: Element) -> bool:
    """Whether a row or a table lies in a cell, a shape or a tracked change."""
    inside = (*_CELLS, name("table:shapes"), name("table:tracked-changes"))
    return any(True for _ in element.iterancestors(*inside))


def _column(table: _Table, column: Element) -> None:
    start = table.column_styles[-1][0].stop if table.column_styles else 1
    columns = range(start, min(start + max(number(column, "table:number-columns-repeated", 1), 1), _WIDEST + 1))
    table.column_styles.append((columns, value(column, "table:default-cell-style-name")))
    if value(column, "table:visibility", "visible") != "visible":
        table.hidden_columns.append(columns)


def _area(cell: Element, row: int, column: int) -> Area | None:
    across, down = (number(cell, f"table:number-{kind}-spanned", 1) for kind in ("columns", "rows"))
    if across < 2 and down < 2:
        return None
    return Area(row, column, row + max(down, 1) - 1, min(column + max(across, 1) - 1, _WIDEST))


def _plain(element: Element) -> str | None:
    """Return the text of a cell with one paragraph and nothing else, as most are; None for others."""
    if len(element) == 1 and element[0].tag == _P and not len(element[0]):
        return one_line(element[0].text or "")
    return None


def _is_figure(cell: Element) -> bool:
    return value(cell, "office:value-type") in _FIGURES


def _held(cell: Element) -> str:
    """Return the value that a cell holds, as it stands in the file."""
    kind = value(cell, "office:value-type")
    kinds = {"date": "date-value", "time": "time-value", "boolean": "boolean-value", "string": "string-value"}
    said = one_line(value(cell, f"office:{kinds.get(kind, 'value')}"))
    return said.upper() if kind == "boolean" else said.removesuffix("T00:00:00") if kind == "date" else said


def _notes(body: Body, shapes: Iterable[Element]) -> Iterator[str]:
    """Yield the paragraphs of text boxes."""
    for paragraph in paragraphs(blocks.settled(body.content(shapes), _NO_NOTES)):
        if line := lines.text(paragraph):
            yield line


def _running(root: Element) -> dict[str, list[str]]:
    """Return what pages show above and below their text, by the name of their style; fields are left out."""
    found: dict[str, list[str]] = {}
    for master in root.iter(name("style:master-page")):
        said: dict[str, None] = {}
        for part in master:
            is_shown = value(part, "style:display", "true") == "true"
            if is_shown and str(part.tag).rpartition("}")[2].startswith(("header", "footer")):
                for paragraph in part.iter(name("text:p")):
                    if line := one_line("".join(_words(paragraph))):
                        said[line] = None
        found[value(master, "style:name")] = list(said)
    return found


def _words(element: Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag == name("text:span"):
            yield from _words(child)
        yield child.tail or ""

"""Reads workbooks of Excel 97 to 2003 (.xls) with xlrd: each row as its sheet shows it."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, TypeAlias

import olefile
import xlrd
from xlrd.compdoc import CompDocError

from alliance_qa.documents.characters import one_line
from alliance_qa.documents.docx.properties import authors
from alliance_qa.documents.extract import Extract, LeftOut, Omission, Stated
from alliance_qa.documents.sheets import formats, grid
from alliance_qa.documents.sheets.grid import Area, Cell, Sheet
from alliance_qa.domain import Provenance
from alliance_qa.errors import DocumentError, Failure

_Book: TypeAlias = Any  # xlrd comes without types
_Sheet: TypeAlias = Any
_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_EMPTY, _TEXT, _NUMBER, _DATE, _TRUTH, _ERROR, _BLANK = range(7)
_DAMAGED = "is no Excel workbook that can be read; save it again as .xlsx"
# What xlrd raises on a file that is not as it should be.
_FAULTS = (
    *(xlrd.XLRDError, CompDocError, AssertionError, AttributeError, LookupError, TypeError, ValueError),
    *(OverflowError, EOFError, UnicodeError, struct.error),
)
_MOST_COLUMNS = 256


def read(data: bytes) -> Extract:
    """Return the rows of an old workbook, sheet by sheet, as its program shows them; see `xlsx.read`.

    Raises:
        DocumentError: The file is no such workbook, damaged, encrypted, has too many rows, or shows no text.
    """
    _check_kind(data)
    try:
        book = xlrd.open_workbook(file_contents=data, formatting_info=True, logfile=_Nowhere(), on_demand=True)
        sheets = [_sheet(book, at) for at in range(book.nsheets)]
    except xlrd.XLRDError as error:
        if "encrypted" in str(error):
            raise DocumentError("is encrypted; save it without a password", Failure.ENCRYPTED) from error
        raise DocumentError(_DAMAGED) from error
    except _FAULTS as error:
        if isinstance(error, DocumentError):
            raise
        raise DocumentError(_DAMAGED) from error
    return grid.extract(sheets, _stated(data))


class _Nowhere:
    """Where xlrd may write its warnings."""

    def write(self, _: str) -> int:
        return 0

    def flush(self) -> None:
        return


def _check_kind(data: bytes) -> None:
    if data.startswith(b"PK\x03\x04"):
        raise DocumentError("is a newer workbook; name it .xlsx")
    if data[:1024].lstrip().lower().startswith((b"<html", b"<!doctype", b"<table", b"<?xml")):
        raise DocumentError("is a web page or XML that is named .xls; open it in Excel and save it as .xlsx")
    if not data.startswith((_OLE, b"\t\x08", b"\t\x04", b"\t\x02", b"\t\x00")):
        raise DocumentError("is damaged or no .xls file; save or download it again")
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise DocumentError("is encrypted; save it without a password", Failure.ENCRYPTED)


def _stated(data: bytes) -> tuple[Stated, ...]:
    """Return title and author among the properties of the file, which olefile reads; none where they are damaged."""
    if not data.startswith(_OLE):
        return ()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with olefile.OleFileIO(data) as container:
                about = container.get_metadata()
        except (OSError, *_FAULTS):
            return ()
    # The code page of its texts is a signed number, 65001 among them.
    encoding = {-535: "utf-8", 65001: "utf-8"}.get(about.codepage or 0, f"cp{about.codepage or 1252}")
    values = {"title": about.title, "author": about.author}
    found = {name: one_line((value or b"").rstrip(b"\0").decode(encoding, "replace")) for name, value in values.items()}
    found["author"] = authors(found["author"])
    return tuple(
        Stated(name, value, Provenance.FILE_METADATA, f'property "{name}"') for name, value in found.items() if value
    )


def _sheet(book: _Book, at: int) -> Sheet:
    held = book.sheet_by_index(at)
    left: list[LeftOut] = []
    rows = {}
    for row in range(held.nrows):
        if cells := dict(_cells(book, held, row, left)):
            rows[row + 1] = cells
            grid.check_size(len(rows))
    for (row, column), note in sorted(held.cell_note_map.items()):
        if text := one_line(note.text):
            left.append(LeftOut(Omission.COMMENT, f"{grid.column_letters(column + 1)}{row + 1}: {text}"))
    sheet = Sheet(
        held.name,
        rows,
        [Area(top + 1, first + 1, bottom, last) for top, bottom, first, last in held.merged_cells],
        frozenset(row + 1 for row, about in held.rowinfo_map.items() if about.hidden or about.height == 0),
        frozenset(column + 1 for column, about in held.colinfo_map.items() if column < _MOST_COLUMNS and about.hidden),
        is_hidden=held.visibility != 0,
        left_out=left,
    )
    book.unload_sheet(at)
    return sheet


def _cells(book: _Book, sheet: _Sheet, row: int, left: list[LeftOut]) -> Iterator[tuple[int, Cell]]:
    for column in range(sheet.row_len(row)):
        kind = sheet.cell_type(row, column)
        if kind in (_EMPTY, _BLANK):
            continue
        value = sheet.cell_value(row, column)
        style = book.xf_list[sheet.cell_xf_index(row, column)]
        font = book.font_list[style.font_index]
        code = book.format_map[style.format_key].format_str
        code = formats.BUILT_IN.get(style.format_key, code) if style.format_key < 50 else code
        where = f"sheet {sheet.name}, {grid.column_letters(column + 1)}{row + 1}"
        text = _shown(kind, value, code, from_1904=book.datemode == 1)
        if kind == _TEXT:
            text = one_line(_unstruck(book, sheet, row, column, text, where, left))
        if value != "" and not text:
            left.append(LeftOut(Omission.HIDDEN, f"{where}: {formats.general(value) if kind == _NUMBER else value}"))
        elif text and font.struck_out:
            left.append(LeftOut(Omission.STRUCK_OUT, f"{where}: {text}"))
        elif text:
            yield column + 1, Cell(text, kind in (_NUMBER, _DATE, _TRUTH), font.weight >= 600)


def _shown(kind: int, value: Any, code: str, *, from_1904: bool) -> str:
    if kind in (_NUMBER, _DATE):
        return formats.shown(float(value), code, from_1904=from_1904)
    if kind == _TRUTH:
        return "TRUE" if value else "FALSE"
    if kind == _ERROR:
        return str(xlrd.error_text_from_code.get(value, "#N/A"))
    return formats.text_shown(str(value), code)


def _unstruck(book: _Book, sheet: _Sheet, row: int, column: int, text: str, where: str, left: list[LeftOut]) -> str:
    """Return a text without the parts of it that are struck out."""
    runs = sheet.rich_text_runlist_map.get((row, column), [])
    held = str(sheet.cell_value(row, column))
    if held != text or not any(book.font_list[font].struck_out for _, font in runs):
        return text
    places = [(0, book.xf_list[sheet.cell_xf_index(row, column)].font_index), *runs, (len(held), 0)]
    kept = []
    for (start, font), (end, _) in pairwise(places):
        part = held[start:end]
        if not book.font_list[font].struck_out:
            kept.append(part)
        elif part.strip():
            left.append(LeftOut(Omission.STRUCK_OUT, f"{where}: {one_line(part)}"))
    return "".join(kept)

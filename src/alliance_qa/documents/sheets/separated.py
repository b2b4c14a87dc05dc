"""Reads tables as text: values separated by commas, semicolons or tabs (.csv, .tsv)."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator

from alliance_qa.documents import encoding
from alliance_qa.documents.characters import one_line
from alliance_qa.documents.extract import Extract
from alliance_qa.documents.sheets import grid
from alliance_qa.documents.sheets.grid import Cell, Sheet
from alliance_qa.errors import DocumentError, Failure

_SEPARATORS = ",;\t|"
_SAMPLE = 200  # rows that tell the separator
_LONGEST_FIELD = 1 << 20  # characters
_FIGURE = re.compile(r"[-+−(]?\W{0,3}\d[\d.,  '’]*\W{0,4}|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ]\d\d:\d\d\S*)?")


def read_csv(data: bytes) -> Extract:
    """Return each row of a CSV file as a block, after RFC 4180; of commas, semicolons, tabs and bars what fits.

    A line "sep=;" above the rows says which. The characters are UTF-8, UTF-16 with a byte order mark, or what the
    bytes look like.

    Raises:
        DocumentError: The bytes are no text, a quoted field does not end, or there are too many rows.
    """
    text = _text(data)
    declared = re.match(r"sep=(.)\r?\n", text)
    if declared:
        return _read(text[declared.end() :], declared[1], skipped=1)
    return _read(text, _separator(text))


def read_tsv(data: bytes) -> Extract:
    """Return each row of a file of values separated by tabs as a block; see `read_csv`."""
    return _read(_text(data), "\t")


def _text(data: bytes) -> str:
    try:
        return encoding.decode(data)
    except DocumentError:
        raise DocumentError("is no text in any encoding; save it as UTF-8", Failure.ENCODING) from None


def _read(text: str, separator: str, *, skipped: int = 0) -> Extract:
    rows: dict[int, dict[int, Cell]] = {}
    try:
        for number, fields in enumerate(_rows(text, separator), start=1 + skipped):
            grid.check_size(len(rows))
            texts = [one_line(each) for each in fields]
            cells = {column: _cell(line) for column, line in enumerate(texts, start=1) if line}
            if cells:
                rows[number] = cells
    except csv.Error as error:
        raise DocumentError(f"is no table that can be read ({error}); save it again as CSV") from error
    found = grid.blocks(Sheet("", rows))
    if not found:
        raise DocumentError("has no text; remove it or put a file with text in its place", Failure.EMPTY)
    return Extract(tuple(found), has_title_line=False)


def _rows(text: str, separator: str) -> Iterator[list[str]]:
    csv.field_size_limit(_LONGEST_FIELD)
    return csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=separator, strict=True)


def _cell(text: str) -> Cell:
    return Cell(text, is_figure=bool(_FIGURE.fullmatch(text)))


def _separator(text: str) -> str:
    """Return what parts the fields: what gives most rows the same number of them, at least two."""
    sample = "".join(text.splitlines(keepends=True)[: 2 * _SAMPLE])

    def agreement(separator: str) -> tuple[int, int]:
        counts: Counter[int] = Counter()
        try:
            for fields, _ in zip(_rows(sample, separator), range(_SAMPLE), strict=False):
                counts[len(fields)] += len(fields) > 1
        except csv.Error:  # cut in a quoted field
            pass
        width, rows = max(counts.items(), key=lambda entry: (entry[1], entry[0]), default=(0, 0))
        return rows, width

    return max(_SEPARATORS, key=agreement)

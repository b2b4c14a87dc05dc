"""How many rows of the tables in PDF files are read as they stand.

Takes folders of PDF files with `NAME-str.xml` beside each, as the table competition of ICDAR 2013 published them
(Göbel, Hassan, Oro, Orsi, "ICDAR 2013 Table Competition", 2013).
"""

from __future__ import annotations

import re
import sys
import time
import unicodedata
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from alliance_qa.documents import pdf
from alliance_qa.domain import BlockKind

Cells = tuple[str, ...]


def main(folders: list[Path]) -> None:
    """Print the share of rows of which each cell is right, and how many of our rows lie outside of all tables."""
    for folder in folders:
        right = wanted = outside = read = 0
        spent = 0.0
        for file in sorted(folder.glob("*.pdf")):
            stem = file.stem.removesuffix("a")
            expected = [
                row for table in sorted(folder.glob(f"{stem}*-str.xml")) for row in _rows(table) if len(row) > 1
            ]
            begun = time.process_time()
            blocks = pdf.read(file.read_bytes()).blocks
            spent += time.process_time() - begun
            ours = [_cells(block.text.split(" | ")) for block in blocks if block.kind is BlockKind.ROW]
            said = "".join(cell for row in expected for cell in row)
            right += (Counter(expected) & Counter(ours)).total()
            wanted += len(expected)
            read += len(ours)
            outside += sum(not any(cell in said for cell in row) for row in ours)
        print(f"{folder.name}: {right} of {wanted} rows right ({right / wanted:.3f});", end=" ")
        print(f"{outside} of {read} rows outside of tables; {spent:.1f} s")


def _rows(file: Path) -> Iterator[Cells]:
    """Yield the rows of the tables of a file; a cell stands in each row and column that it covers."""
    for region in ET.parse(file).getroot().iter("region"):
        cells: dict[tuple[int, int], str] = {}
        for cell in region.iter("cell"):
            row, column = int(cell.get("start-row", 0)), int(cell.get("start-col", 0))
            for at in range(row, int(cell.get("end-row", row)) + 1):
                for across in range(column, int(cell.get("end-col", column)) + 1):
                    cells[at, across] = cell.findtext("content", "")
        for _, places in groupby(sorted(cells), key=lambda place: place[0]):
            yield _cells([cells[place] for place in places])


def _cells(row: list[str]) -> Cells:
    """Return the cells that say something, letters and digits alone; what is said again beside itself once."""
    folded = (re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", cell).casefold()) for cell in row)
    return tuple(cell for cell, _ in groupby(filter(None, folded)))


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])

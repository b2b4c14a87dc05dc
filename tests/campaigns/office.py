"""Office files made by other programs, and damaged ones: `PYTHONPATH=tests:tests/documents python -m campaigns.office`.

LibreOffice and pandoc, where they are installed, write our own files anew in every format that we read; what a file
shows must come out of each, and of the books, mails, captions and archives of `carried_files`. Then bytes of every kind
of file are changed: a named failure or a reading, nothing else.
"""

from __future__ import annotations

import argparse
import io
import random
import re
import shutil
import subprocess
import sys
import time
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import book_files
import office_files
import openpyxl
from word_cases import CASES

from alliance_qa import documents
from alliance_qa.documents import characters, members
from alliance_qa.domain import Document
from alliance_qa.errors import DocumentError
from campaigns import carried_files
from campaigns.carried_files import Carried

# Kinds of cases of Word that LibreOffice 7.4 itself writes otherwise: it writes numbers in words and with legal
# numbering as plain ones, drops a prompt's and a removed row's mark, and reads no damaged files.
_WRITTEN_OTHERWISE = frozenset(
    {
        "roman articles with decimal sections",
        "no blank behind the number, and words alone",
        "notes of law in words and two digits",
        "a level that does not start anew",
        "a list by the style of another",
        "hidden text and the prompt of a form",
        "a removed row",
        "bytes before the start",
    }
)
_FACTS = ("title", "author")
_MARKDOWN = """---
title: Ports of the north
author: Ann Lee
---

# Fees

Orvik asks 940 crowns.[^1] Energy is $E = mc^2$.

- Two piers.
- One dock.

1. Ask the council.
2. Pay.

| Port | Fee |
|------|-----|
| Orvik | 940 |
| Skagby | 950 |

[^1]: Set in May.
"""
_SHOWN = {
    "Fees", "Orvik asks 940 crowns. Energy is E = mc².", "Two piers.", "One dock.", "Port | Fee",
    "Orvik | 940", "Skagby | 950",
}  # fmt: skip
_CODES = (
    *("0", "0.00", "#,##0", "#,##0.00", "0%", "0.00%", "0.00E+00", "0.0%", "000", '0" pcs"', "#,##0;(#,##0)"),
    *('"kr" #,##0.00', "#,##0.0,", "# ?/?", "# ??/??", "000-0000", "0.0##", '0;-0;"none"'),
)
_DATES = (
    "yyyy-mm-dd",
    "d mmm yyyy",
    "d mmmm yyyy",
    "dddd, mmmm d, yyyy",
    "mmm-yy",
    "d/m/yy h:mm",
    "h:mm AM/PM",
    "[h]:mm",
    "mm:ss",
)
_NUMBERS = (0, 1, -1, 0.125, 12.345, 940, -1234.5, 1234567.891, 0.00042, 99.995)
_DAYS = (44266, 44266.75, 45000.123)


@dataclass(slots=True)
class _Kind:
    """What was tried of one format, as one program writes it."""

    tried: int = 0
    right: int = 0
    facts: int = 0
    facts_right: int = 0
    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def main() -> int:
    """Run the campaign; the exit code is 1 where something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flips", type=int, default=300, help="damaged files of each kind")
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    print(f"seed {given.seed}")
    found: dict[tuple[str, str], _Kind] = {}
    with TemporaryDirectory() as folder:
        for program, path, expected, facts in _written(Path(folder)):
            kind = found.setdefault((path.suffix, program), _Kind())
            _judge(kind, path, expected, facts)
        (carried := Path(folder) / "carried").mkdir()
        for file in carried_files.written(carried):
            _judge_carried(found.setdefault((file.path.suffix, file.program), _Kind()), file)
    print("| format | made by | files | text right | facts right | ms a file, median |\n|---|---|---|---|---|---|")
    for (suffix, program), kind in sorted(found.items()):
        milliseconds = f"{1000 * median(kind.seconds):.0f}"
        stated = f"{kind.facts_right} of {kind.facts}"
        print(f"| `{suffix}` | {program} | {kind.tried} | {kind.right} | {stated} | {milliseconds} |")
    wrong = [line for kind in found.values() for line in kind.wrong]
    wrong += [f"damaged {line}" for line in _damaged(given.flips, given.seed)]
    print("\n".join(wrong))
    return bool(wrong)


def _judge(kind: _Kind, path: Path, expected: Callable[[list[str]], bool], facts: dict[str, str]) -> None:
    kind.tried += 1
    started = time.process_time()
    try:
        document = documents.read(path.read_bytes(), path.name)
    except DocumentError as error:
        kind.wrong.append(f"{path.name}: {error}")
        return
    kind.seconds.append(time.process_time() - started)
    texts = [block.span.of(document.text) for block in document.blocks if block.kind != "metadata"]
    if expected(texts):
        kind.right += 1
    else:
        kind.wrong.append(f"{path.parent.name}/{path.name}: {texts}"[:500])
    for name, value in facts.items():
        fact = getattr(document.facts, name)
        kind.facts += 1
        kind.facts_right += fact is not None and fact.value == value


def _judge_carried(kind: _Kind, file: Carried) -> None:
    """Judge a file by all documents in it: right is what each shows, that and no more, and that there are no others."""
    kind.tried += 1
    data, started, wrong = file.path.read_bytes(), time.process_time(), []
    name = file.path.name
    try:
        read = _read_all(data, name)
    except DocumentError as error:
        kind.wrong.append(f"{name}: {error}")
        return
    kind.seconds.append(time.process_time() - started)
    shown = {
        at: [block.span.of(document.text) for block in document.blocks if block.kind != "metadata"]
        for at, document in read.items()
    }
    for at in shown.keys() | file.texts.keys():
        if at not in shown or at not in file.texts or not _same(file.texts[at])(shown[at]):
            wrong.append(f"{name}/{at}: {shown.get(at)}"[:500])
    kind.right += not wrong
    kind.wrong += wrong
    for document in read.values() if file.facts else ():
        for fact, value in file.facts.items():
            kind.facts += 1
            stated = getattr(document.facts, fact)
            kind.facts_right += stated is not None and stated.value == value


def _read_all(data: bytes, name: str) -> dict[str, Document]:
    """Return the documents in a file, by path within; "" is the file itself."""
    opened = members.Opened(data, name)
    paths = [each.path for each in members.find(data, name, documents.SUFFIXES) if not each.failure]
    return {at: documents.read(opened.read(at) if at else data, f"{name}/{at}" if at else name) for at in paths}


_File = tuple[str, Path, Callable[[list[str]], bool], dict[str, str]]


def _written(folder: Path) -> Iterator[_File]:
    own = folder / "own"
    own.mkdir()
    made = {
        "fees.xlsx": office_files.fees_xlsx(),
        "old.xls": office_files.fees_xls(),
        "slides.pptx": office_files.slides_pptx(),
    }
    made |= {"rules.odt": office_files.text_odt(), "rules.rtf": office_files.TEXT_RTF, "formats.xlsx": _formats()}
    shown: dict[str, list[str]] = {}
    for name, data in made.items():
        (own / name).write_bytes(data)
        document = documents.read(data, name)
        shown[name] = [block.span.of(document.text) for block in document.blocks if block.kind != "metadata"]
    fees = {"title": "Fees of the ports", "author": "Ann Lee"}
    if office := shutil.which("soffice"):

        def convert(suffix: str, files: Sequence[Path], option: str = "") -> Path:
            to = folder / f"to-{suffix}"
            profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
            command: list[str | Path] = [office, profile, "--headless", "--convert-to", suffix + option, "--outdir", to]
            subprocess.run([*command, *files], check=True, capture_output=True, timeout=900)
            return to

        # LibreOffice works the sum out, which openpyxl does not.
        summed = [
            line.replace("Total", "Total | | 2175.5 |") if line == "Total" else line for line in shown["fees.xlsx"]
        ]
        for suffix in ("xlsx", "xls"):
            to = convert(suffix, [own / "fees.xlsx", own / "old.xls"])
            yield "LibreOffice", to / f"fees.{suffix}", summed.__eq__, fees
            yield "LibreOffice", to / f"old.{suffix}", shown["old.xls"].__eq__, {}
        to = convert("ods", [own / "fees.xlsx", own / "old.xls"])
        yield "LibreOffice", to / "fees.ods", summed.__eq__, fees
        # It shows a truth value of an old workbook as a number.
        truths = [line.replace("TRUE", "1") for line in shown["old.xls"]]
        yield "LibreOffice", to / "old.ods", truths.__eq__, {}
        to = convert("odp", [own / "slides.pptx"])
        # It drops the formula.
        plain = [line.replace("E = mc²", "").strip() for line in shown["slides.pptx"]]
        yield "LibreOffice", to / "slides.odp", plain.__eq__, {}
        to = convert("pptx", [own / "slides.pptx"])
        without = [line for line in shown["slides.pptx"] if "mc²" not in line and "1905" not in line]
        yield "LibreOffice", to / "slides.pptx", lambda texts: set(without) <= set(texts), {}
        to = convert("csv", [own / "formats.xlsx"], ":Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true")
        yield "LibreOffice, formats as shown", to / "formats.csv", _same(shown["formats.xlsx"]), {}
        to = convert("ods", [own / "formats.xlsx"])
        yield "LibreOffice, formats as shown", to / "formats.ods", _same(shown["formats.xlsx"]), {}
        cases = [case for case in CASES if case.name not in _WRITTEN_OTHERWISE]
        for at, case in enumerate(cases):
            (own / f"{at:03}.docx").write_bytes(case.data)
        words = sorted(own.glob("*.docx"))
        for suffix in ("odt", "rtf"):
            to = convert(suffix, words)
            for at, case in enumerate(cases):
                if (path := to / f"{at:03}.{suffix}").exists():
                    yield "LibreOffice", path, _same(case.lines), {}
    if pandoc := shutil.which("pandoc"):
        (own / "ports.md").write_text(_MARKDOWN, "utf-8")
        for suffix in ("odt", "rtf", "pptx"):
            path = folder / f"ports.{suffix}"
            subprocess.run([pandoc, "-s", own / "ports.md", "-o", path], check=True, timeout=300)
            facts = {"title": "Ports of the north", "author": "Ann Lee"}
            yield "pandoc", path, _shows(_SHOWN), facts


def _same(lines: Sequence[str]) -> Callable[[list[str]], bool]:
    def flat(texts: Sequence[str]) -> list[str]:
        # How a formula is spaced is no part of what it says; a row may end in empty cells.
        plain = (unicodedata.normalize("NFKC", text.translate(characters.TO_FLAT)) for text in texts)
        return ["".join(text.split()).rstrip("|").replace("‐", "-") for text in plain]

    return lambda texts: flat(texts) == flat(lines)


def _shows(wanted: set[str]) -> Callable[[list[str]], bool]:
    return lambda texts: wanted <= {" ".join(text.split()) for text in texts}


def _formats() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for codes, numbers in ((_CODES, _NUMBERS), (_DATES, _DAYS)):
        for code in codes:
            sheet.append([f"Format {code.replace('|', '')}", *numbers])
            for column in range(2, len(numbers) + 2):
                sheet.cell(sheet.max_row, column).number_format = code
    return office_files.saved(book)


def _damaged(flips: int, seed: int) -> Iterator[str]:
    """Yield what a damaged file made of its reader that is no DocumentError."""
    whole = {"a.xlsx": office_files.fees_xlsx(), "a.xls": office_files.fees_xls(), "a.pptx": office_files.slides_pptx()}
    whole |= {"a.odt": office_files.text_odt(), "a.rtf": office_files.TEXT_RTF, "a.csv": b'port,fee\n"Orvik",1\n' * 9}
    whole |= {"a.ods": office_files.fees_ods(), "a.odp": office_files.slides_odp()}
    whole |= {"a.epub": book_files.epub(), **carried_files.small()}
    for path, data in whole.items():
        for number in range(flips):
            chance = random.Random(f"{seed} {path} {number}")
            changed = _within(data, chance) if data.startswith(b"PK") and number % 2 else _flipped(data, chance)
            try:
                _read_all(changed, path)
            except DocumentError:
                pass
            except Exception as error:
                yield f"{path} {number}: {error!r}"


def _flipped(data: bytes, chance: random.Random) -> bytes:
    held = bytearray(data)
    for _ in range(chance.choice((1, 3, 30))):
        held[chance.randrange(len(held))] = chance.randrange(256)
    return bytes(held[: chance.choice((len(held), chance.randrange(1, len(held))))])


def _within(data: bytes, chance: random.Random) -> bytes:
    """Return a zip in which one entry is damaged and packed well, with numbers and names changed besides."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice(sorted(entries))
    text = entries[name]
    if chance.random() < 0.5:
        text = re.sub(rb'"\d+"', lambda found: chance.choice((found[0], b'"-1"', b'"99999999"', b'"x"', b'""')), text)
    else:
        text = _flipped(text, chance) if text else text
    return office_files.packed({**entries, name: text})


if __name__ == "__main__":
    sys.exit(main())

"""Malformed files of many classes, and good ones between them: `python -m tests.campaigns.malformed --help`.

Every malformed file must end in a named failure, within the limits, and every good one must be read.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import socket
import sys
import threading
import time
import zipfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import docx
from docx.oxml.ns import nsdecls
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from alliance_qa import documents
from alliance_qa.documents import reading
from alliance_qa.documents.extract import FileReading
from alliance_qa.documents.limits import Limits
from alliance_qa.errors import DocumentError, Failure

# --- good files --------------------------------------------------------------------------

_TICKS = os.sysconf("SC_CLK_TCK")  # of which the system counts time
_SUFFIXES = (".txt", ".md", ".html", ".docx", ".pdf")
_SYLLABLES = "bel dor fen gal hur jas kel lom mer nor pol quin ras sov tam ulk ver wex yor zan".split()
_MONTHS = "January February March April May June July August September October November December".split()


def good(folder: Path, count: int, seed: int) -> dict[str, str]:
    """Write `count` files that can be read, of all types in turn, each with one sentence that no other has.

    Returns:
        For each relative path the question that this sentence answers.
    """
    folder.mkdir(parents=True, exist_ok=True)
    questions = {}
    for index in range(count):
        chance = random.Random(f"{seed} good {index}")
        name = _name(index)
        path = f"good-{index:05}{_SUFFIXES[index % len(_SUFFIXES)]}"
        title, paragraphs = f"The {name} Accord", _paragraphs(name, chance)
        (folder / path).write_bytes(_good(path, title, paragraphs))
        questions[path] = f"When was the {name} Accord signed?"
    return questions


def _name(index: int) -> str:
    """Return a made-up name that no other index has."""
    digits = [index // len(_SYLLABLES) ** power % len(_SYLLABLES) for power in range(3)]
    return "".join(_SYLLABLES[digit] for digit in digits).capitalize()


def _paragraphs(name: str, chance: random.Random) -> list[str]:
    day = f"{chance.choice(_MONTHS)} {chance.randint(1, 28)}, {chance.randint(1951, 2024)}"
    return [
        f"The two governments of {name} wrote down what each expects of the other.",
        f"The {name} Accord was signed on {day}.",
        f"The accord has {chance.randint(3, 40)} articles, and the ministers of {name} review it every year.",
    ]


def _good(path: str, title: str, paragraphs: list[str]) -> bytes:
    match Path(path).suffix:
        case ".txt":
            return "\n\n".join([title, *paragraphs]).encode()
        case ".md":
            return "\n\n".join([f"# {title}", *paragraphs]).encode()
        case ".html":
            body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
            return f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>".encode()
        case ".docx":
            return _docx([title, *paragraphs])
        case _:
            return _pdf([title, *paragraphs])


def _docx(paragraphs: list[str]) -> bytes:
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    file = io.BytesIO()
    document.save(file)
    return _repacked(file.getvalue(), {})


def _pdf(lines: list[str], encrypt: StandardEncryption | None = None) -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(612, 792), encrypt=encrypt, invariant=1)
    for index, line in enumerate(lines):
        canvas.drawString(72, 700 - 40 * index, line)
    canvas.save()
    return file.getvalue()


# --- malformed files: text, Markdown, HTML -----------------------------------------------

_Bytes = Callable[[random.Random], bytes]


def _sentences(chance: random.Random) -> bytes:
    return " ".join(_paragraphs(_name(chance.randrange(8000)), chance)).encode()


def _not_utf8(chance: random.Random) -> bytes:
    # Letters of UTF-8 say that it is no older encoding.
    text = _sentences(chance) + " Ōshima – “Ōsaka”.".encode()
    at = chance.randrange(len(text) - 24)
    return text[:at] + bytes([chance.choice((0xC0, 0xC1, 0xF5, 0xFF))]) + text[at:]


def _front_matter(matter: str) -> _Bytes:
    return lambda chance: f"---\n{matter}\n---\n".encode() + _sentences(chance)


# --- malformed files: Word ---------------------------------------------------------------

_W = nsdecls("w")
_OLE = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(504)
_BODY = "<w:p><w:r><w:t>The treaty has &x; articles.</w:t></w:r></w:p>"
_MAIN = "word/document.xml"


def _repacked(data: bytes, parts: Mapping[str, bytes | None]) -> bytes:
    """Return a zip with parts put in or, for None, taken out; the same at any time of day."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        contents = {name: old.read(name) for name in old.namelist()} | dict(parts)
        for name, content in contents.items():
            if content is not None:
                new.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _plain_docx(chance: random.Random) -> bytes:
    return _docx(_paragraphs(_name(chance.randrange(8000)), chance))


def _main_part(xml: str) -> _Bytes:
    return lambda chance: _repacked(_plain_docx(chance), {_MAIN: xml.encode()})


def _document(body: str, dtd: str = "") -> str:
    return f"{dtd}<w:document {_W}><w:body>{body}</w:body></w:document>"


def _laughs() -> str:
    entities = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    dtd = f'<!DOCTYPE d [<!ENTITY a0 "ha">{entities}]>'
    return _document('<w:p w:rsidR="&a11;"><w:r><w:t>Words.</w:t></w:r></w:p>', dtd)


def _encrypted_zip(chance: random.Random) -> bytes:
    data = bytearray(_plain_docx(chance))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + flags] |= 1
            at = data.find(mark, at + 1)
    return bytes(data)


def _zeros(chance: random.Random) -> bytes:
    """300 entries of a mebibyte each, none of which looks large."""
    return _repacked(_plain_docx(chance), {f"word/media/{i}.bin": bytes(1 << 20) for i in range(300)})


def _empty_paragraphs(chance: random.Random) -> bytes:
    """Less than the 256 MiB that are refused unread, and more as a tree than memory holds."""
    return _repacked(_plain_docx(chance), {_MAIN: _document("<w:p/>" * 12_000_000).encode()})


# --- malformed files: PDF ----------------------------------------------------------------


def _stream(content: str, entries: str = "") -> str:
    return f"<< {entries} /Length {len(content)} >>\nstream\n{content}\nendstream"


def _objects() -> dict[int, str]:
    resources = "/Resources << /Font << /F 5 0 R >> /XObject << /X 10 0 R >> >>"
    return {
        1: "<< /Type /Catalog /Pages 2 0 R >>",
        2: "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R {resources} >>",
        4: _stream("BT /F 10 Tf 72 600 Td (The treaty has ten articles.) Tj ET"),
        5: "<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>",
    }


def _assembled(changes: Mapping[int, str]) -> bytes:
    body, table = b"%PDF-1.7\n", ""
    objects = _objects() | dict(changes)
    for number, content in objects.items():
        table += f"{number} 1\n{len(body):010} 00000 n \n"
        body += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    trailer = f"trailer\n<< /Size {max(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    return body + f"xref\n0 1\n0000000000 65535 f \n{table}{trailer}".encode()


def _pages(kids: str, count: int = 1) -> _Bytes:
    return lambda chance: _assembled({2: f"<< /Type /Pages /Kids [{kids}] /Count {count} >>"})


def _forms(chance: random.Random) -> bytes:
    """Twenty forms, each of which draws the next one ten times."""

    def form(content: str, inner: int) -> str:
        resources = f"/Resources << /Font << /F 5 0 R >> /XObject << /X {inner} 0 R >> >>"
        return _stream(content, f"/Type /XObject /Subtype /Form /BBox [0 0 612 792] {resources}")

    forms = {number: form("/X Do " * 10, number + 1) for number in range(10, 30)}
    return _assembled({4: _stream("/X Do"), **forms, 30: form("BT /F 10 Tf (The treaty) Tj ET", 31)})


def _unmapped(chance: random.Random) -> bytes:
    to_unicode = _stream(
        "/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <ff>"
        " endcodespacerange 1 beginbfrange <20> <7e> <E000> endbfrange endcmap"
    )
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /ToUnicode 7 0 R >>"
    return _assembled({5: font, 7: to_unicode})


def _inflated(chance: random.Random) -> bytes:
    """A page of 480 MB, packed into half a megabyte."""
    packer = zlib.compressobj(9)
    drawn = b"BT /F 10 Tf 72 600 Td (The treaty) Tj ET\n" * 25_000
    packed = b"".join([*(packer.compress(drawn) for _ in range(450)), packer.flush()])
    return _assembled({4: _stream(packed.decode("latin-1"), "/Filter /FlateDecode")})


# --- the classes -------------------------------------------------------------------------

_OF_BYTES: dict[str, tuple[str, _Bytes]] = {
    "text that is not UTF-8": (".txt", _not_utf8),
    "UTF-16 of odd length": (".txt", lambda chance: b"\xff\xfe" + _sentences(chance)[:11]),
    "no bytes": (".txt", lambda chance: b""),
    "no letter": (".txt", lambda chance: "— … —\n".encode() * chance.randint(1, 99)),
    "zeros": (".txt", lambda chance: bytes(chance.randint(1, 9999))),
    "captions without end": (".txt", lambda chance: b"Photo by Jane Doe/AP\n\n" * 40_000),
    "front matter that is no YAML": (".md", _front_matter("title: [unclosed")),
    "front matter nested too deeply": (".md", _front_matter("a: " + "[" * 3000 + "]" * 3000)),
    "quotes nested too deeply": (".md", lambda chance: b">" * chance.randint(20_000, 40_000) + b" words"),
    "brackets nested too deeply": (".md", lambda chance: b"[" * 100_000 + b"words"),
    "elements nested too deeply": (".html", lambda chance: b"<div>" * chance.randint(20_000, 99_000) + b"words"),
    "a page of control characters": (".html", lambda chance: b"<meta charset=utf-8><p>" + bytes(range(1, 9)) * 99),
    "a page of scripts": (".html", lambda chance: b"<script>let words = 1</script>"),
    "Word cut short": (".docx", lambda chance: _plain_docx(chance)[: chance.randint(50, 9000)]),
    "Word that is no zip": (".docx", _sentences),
    "old Word": (".docx", lambda chance: _OLE),
    "encrypted Word": (".docx", lambda chance: _OLE + "EncryptedPackage".encode("utf-16-le")),
    "an encrypted zip": (".docx", _encrypted_zip),
    "Word without its main part": (".docx", lambda chance: _repacked(_plain_docx(chance), {_MAIN: None})),
    "Word with broken XML": (".docx", _main_part("<w:document")),
    "Word without text": (".docx", lambda chance: _docx([])),
    "Word with an external entity": (
        ".docx",
        _main_part(_document(_BODY, '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]>')),
    ),
    "Word with entities that multiply": (".docx", _main_part(_laughs())),
    "Word nested too deeply": (
        ".docx",
        _main_part(_document("<w:sdt><w:sdtContent>" * 3000 + "</w:sdtContent></w:sdt>" * 3000)),
    ),
    "a zip of zeros": (".docx", _zeros),
    "Word larger than memory": (".docx", _empty_paragraphs),
    "PDF cut short": (".pdf", lambda chance: _pdf([str(chance.random())])[: -chance.randint(40, 400)]),
    "PDF that is none": (".pdf", _sentences),
    "nonsense between good ends": (".pdf", lambda chance: b"%PDF-1.7\n" + _sentences(chance) + b"\n%%EOF\n"),
    "encrypted PDF": (".pdf", lambda chance: _pdf(["The treaty."], StandardEncryption("open"))),
    "pages in a circle": (".pdf", _pages("2 0 R")),
    "a page that is missing": (".pdf", _pages("3 0 R 99 0 R", 2)),
    "pages without end": (".pdf", _pages("3 0 R " * 6000, 6000)),
    "a scan": (".pdf", lambda chance: _assembled({4: _stream("100 100 300 300 re f")})),
    "fonts without letters": (".pdf", _unmapped),
    "forms that multiply": (".pdf", _forms),
    "a page larger than memory": (".pdf", _inflated),
}


def _fifo(place: Path) -> None:
    os.mkfifo(place)


def _socket(place: Path) -> None:
    # The path of a socket is short; bound in its folder, wherever that lies.
    here = Path.cwd()
    os.chdir(place.parent)
    try:
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(place.name)
    finally:
        os.chdir(here)


def _sparse(place: Path) -> None:
    with place.open("wb") as file:
        file.truncate(64 * 2**20 + 1)


_OF_PLACE: dict[str, tuple[str, Callable[[Path], object]]] = {
    "a hidden file": (".{}.txt", lambda place: place.write_text("Words.")),
    "a file of no type": ("{}.xlsx", lambda place: place.write_text("Words.")),
    "a file without suffix": ("{}", lambda place: place.write_text("Words.")),
    "a name with control characters": ("{}\x1b[2J\n.txt", lambda place: place.write_text("Words.")),
    "a name that is not UTF-8": ("{}\udcff.txt", lambda place: place.write_text("Words.")),
    "a link to nowhere": ("{}.txt", lambda place: place.symlink_to("nowhere.txt")),
    "a link out of the folder": ("{}.txt", lambda place: place.symlink_to("/etc/hostname")),
    "a link to itself": ("{}.txt", lambda place: place.symlink_to(place.name)),
    "a link to a folder": ("{}.md", lambda place: place.symlink_to(".")),
    "a pipe": ("{}.txt", _fifo),
    "a socket": ("{}.txt", _socket),
    "more than 64 MiB": ("{}.txt", _sparse),
}
CLASSES = (*_OF_BYTES, *_OF_PLACE)
_COSTLY = frozenset({"a zip of zeros", "Word larger than memory", "a page larger than memory"})  # to make: kept


def malformed(folder: Path, count: int, seed: int) -> dict[str, str]:
    """Write `count` files that cannot be indexed, of all classes in turn, in an order of the seed's.

    Returns:
        The class of each by its relative path, written as `documents.files` reports it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    order = random.Random(seed)
    kept: dict[str, bytes] = {}
    written: dict[str, str] = {}
    names: list[str] = []
    while len(names) < count:
        names.extend(order.sample(CLASSES, len(CLASSES)))
    for index, name in enumerate(names[:count]):
        chance = random.Random(f"{seed} malformed {index}")
        stem = f"bad-{index:05}"
        if name in _OF_PLACE:
            pattern, make = _OF_PLACE[name]
            path = pattern.format(stem)
            make(folder / path)
        else:
            suffix, content = _OF_BYTES[name]
            path = stem + suffix
            data = kept.get(name) or content(chance)
            if name in _COSTLY:
                kept[name] = data
            (folder / path).write_bytes(data)
        escaped = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in path)
        written[escaped] = name
    return written


# --- the campaign ------------------------------------------------------------------------


@dataclass
class _Tally:
    """What became of the files of one class."""

    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0  # of the processor
    bytes: int = 0  # of the largest file
    memory_bytes: int = 0


class _Measure:
    """Notes how much time of the processor each reading took and how much memory its process had, from outside."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.memory_bytes: dict[str, int] = defaultdict(int)
        self._read = reading.Worker._read

    def __enter__(self) -> _Measure:
        def measured(worker: reading.Worker, file: reading.SourceFile, data: bytes) -> FileReading | DocumentError:
            process = worker._process or worker._start()
            done = threading.Event()
            watch = threading.Thread(target=self._watch, args=(process.pid, file.path, done))
            watch.start()
            try:
                return self._read(worker, file, data)
            finally:
                done.set()
                watch.join()

        reading.Worker._read = measured  # type: ignore[method-assign,assignment]
        return self

    def __exit__(self, *_: object) -> None:
        reading.Worker._read = self._read  # type: ignore[method-assign]

    def _watch(self, process: int, path: str, done: threading.Event) -> None:
        before = None
        while True:
            is_last = done.wait(0.01)
            try:
                status = Path(f"/proc/{process}/status").read_text()
                user, system = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()[11:13]
            except OSError:
                return
            used = (int(user) + int(system)) / _TICKS
            before = used if before is None else before
            self.seconds[path] = max(self.seconds[path], used - before)
            for line in status.splitlines():
                if line.startswith("VmHWM:"):
                    self.memory_bytes[path] = max(self.memory_bytes[path], int(line.split()[1]) * 1024)
            if is_last:
                return


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=500, help="malformed files")
    parser.add_argument("--good", type=int, default=200, help="good files")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ask", action="store_true", help="build an index over them and ask for each good one")
    parser.add_argument("--seconds", type=float, default=10.0, help="limit of processor time for each small file")
    parser.add_argument("--memory-mb", type=int, default=512, help="limit of memory for each file")
    given = parser.parse_args()
    print(f"seed {given.seed}")
    limits = Limits(given.seconds, given.memory_mb << 20)
    with TemporaryDirectory() as home:
        folder = Path(home) / "documents"
        questions = good(folder, given.good, given.seed)
        classes = dict.fromkeys(questions, "good") | malformed(folder, given.count, given.seed)
        if given.ask:
            return _ask(folder, questions, classes)
        return _report(folder, classes, limits)


def _ask(folder: Path, questions: Mapping[str, str], classes: Mapping[str, str]) -> int:
    """Build an index over everything with the real model, and ask for each good file."""
    from alliance_qa.building.rebuild import rebuild
    from alliance_qa.service.service import Service, load_embedder
    from alliance_qa.settings import load

    started = time.monotonic()
    settings = load(documents=folder, index=folder.parent / "index")
    embedder = load_embedder(settings)
    manifest, _ = rebuild(settings, embedder)
    named = {state.path: state for state in manifest.sources}
    unnamed = [path for path, name in classes.items() if name != "good" and not named[path].reason]
    service = Service(settings, embedder)
    missed = []
    for path, question in questions.items():
        answer = service.ask(service.generation, question)
        if [citation.document_id for citation in answer.citations][:1] != [path]:
            missed.append(path)
    print(
        f"{len(questions) - len(missed)} of {len(questions)} good files answer their own question, "
        f"{len(classes) - len(questions) - len(unnamed)} of {len(classes) - len(questions)} malformed ones are named "
        f"with a reason; {time.monotonic() - started:.1f} s"
    )
    for path in missed + unnamed:
        print(f"wrong: {path}", file=sys.stderr)
    return 1 if missed or unnamed else 0


def _report(folder: Path, classes: Mapping[str, str], limits: Limits) -> int:
    started = time.monotonic()
    listing = documents.files(folder)
    sources, faults = reading.digests(folder, listing.files)
    outcomes: dict[str, str] = {skipped.path: skipped.failure for skipped in listing.skipped}
    reasons = {skipped.path: skipped.reason for skipped in listing.skipped}
    with _Measure() as measure:
        read = [(source.path, result) for source, result in reading.read_all(folder, sources, limits)]
    for path, result in [*faults, *read]:
        outcomes[path] = result.failure if isinstance(result, DocumentError) else "read"
        reasons[path] = str(result) if isinstance(result, DocumentError) else ""
    tallies: dict[str, _Tally] = defaultdict(_Tally)
    sizes = {source.path: (folder / source.path).stat().st_size for source in sources}
    for path, name in classes.items():
        tally = tallies[name]
        tally.outcomes[outcomes.get(path, "missing")] += 1
        tally.seconds = max(tally.seconds, measure.seconds.get(path, 0.0))
        tally.bytes = max(tally.bytes, sizes.get(path, 0))
        tally.memory_bytes = max(tally.memory_bytes, measure.memory_bytes.get(path, 0))
    print(f"{'class':40} {'files':>5}  {'most s':>6} {'most MiB':>8}  outcome")
    for name, tally in sorted(tallies.items()):
        shown = ", ".join(f"{outcome} {count}" for outcome, count in tally.outcomes.most_common())
        megabytes = tally.memory_bytes >> 20
        print(f"{name:40} {tally.outcomes.total():>5}  {tally.seconds:>6.2f} {megabytes:>8}  {shown}")
    print(f"{len(classes)} files in {time.monotonic() - started:.1f} s")
    wrong = _wrong(classes, outcomes, reasons, tallies, limits)
    for line in wrong:
        print(f"wrong: {line}", file=sys.stderr)
    return 1 if wrong else 0


def _wrong(
    classes: Mapping[str, str],
    outcomes: Mapping[str, str],
    reasons: Mapping[str, str],
    tallies: Mapping[str, _Tally],
    limits: Limits,
) -> list[str]:
    """Return what is not as it must be, a line each."""
    found = [f"{path!r} is in no folder that was written" for path in set(outcomes) - set(classes)]
    for path, name in classes.items():
        outcome = outcomes.get(path, "missing")
        if (name == "good") != (outcome == "read"):
            found.append(f"{path} ({name}) is {outcome}: {reasons.get(path)}")
        elif name != "good" and (outcome not in set(Failure) or not reasons[path] or "\n" in reasons[path]):
            found.append(f"{path} ({name}) has no reason in one line: {reasons[path]!r}")
    for name, tally in tallies.items():
        if tally.seconds > limits.processor_seconds(tally.bytes) + 1.5:  # the system counts whole seconds
            found.append(f"{name} took {tally.seconds:.2f} s")
        if tally.memory_bytes > limits.memory_bytes:
            found.append(f"{name} took {tally.memory_bytes >> 20} MiB")
    return found


if __name__ == "__main__":
    sys.exit(main())

"""Files in which others lie: an archive (.zip), a mailbox (.mbox), a mail with what is attached to it (.eml).

Each file inside is a document of its own. Its path goes on behind that of the file it lies in,
"archive.zip/inside/file.md", as if that were a folder; its SHA-256 is that file's.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from alliance_qa.documents import archive
from alliance_qa.documents.listing import LARGEST_BYTES, printable
from alliance_qa.errors import DocumentError, Failure

HOLDING = frozenset((".zip", ".mbox", ".eml"))
"""Suffixes of files in which others may lie. A mail is a document besides."""

MOST_LEVELS = 3  # of files in files
MOST_MEMBERS = 10_000  # of one file, at all levels
_MOST_UNPACKED_BYTES = archive.MAX_UNPACKED_BYTES  # at all levels
# The line before each mail: "From ann@example.org Mon May  3 10:00:00 2021"; no line of prose ends so.
_MAIL = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\n]*\d:\d\d[^\n]*\d{4}[^\n]*\n")
_RAISED = re.compile(rb"^>(>*From )", re.MULTILINE)
_UTF8_NAME = 0x800  # among the flags of an entry


@dataclass(frozen=True, slots=True)
class Member:
    """A file that lies in another one."""

    path: str  # within the outermost; "" for that itself, where it is a document too
    failure: Failure | None = None  # why it is no document
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Box:
    """A file in which others lie, opened."""

    faults: Mapping[str, tuple[Failure, str]]  # by name: why what lies there is not read
    open: Mapping[str, Callable[[], bytes]]  # by name; raises DocumentError


def holds_others(path: str) -> bool:
    """Whether other files may lie in a file of this name."""
    return PurePosixPath(path).suffix.lower() in HOLDING


def find(data: bytes, path: str, suffixes: Collection[str]) -> list[Member]:
    """Return all that lies in a file, at every level, and why some of it is no document.

    Args:
        data: Of the file.
        path: Its path; the suffix says how others lie in it.
        suffixes: Of files that are read.

    Raises:
        DocumentError: The file itself cannot be opened, or holds more than 10,000 files.
    """
    found: list[Member] = []
    left = [_MOST_UNPACKED_BYTES]

    def look(data: bytes, within: str, name: str, level: int) -> None:
        if len(found) > MOST_MEMBERS:
            raise DocumentError(f"holds more than {MOST_MEMBERS:,} files; split it", Failure.TOO_LARGE)
        if PurePosixPath(name).suffix.lower() == ".eml":
            found.append(Member(within))
        if not holds_others(name):
            found.append(Member(within))
            return
        box = _opened(data, name)
        found.extend(Member(_below(within, each), *fault) for each, fault in box.faults.items())
        for each, read in box.open.items():
            fault = _fault(each, suffixes) or _too_deep(each, level)
            inner = _below(within, each)
            if fault is None and holds_others(each):
                try:
                    content = read()
                    left[0] -= len(content)
                    if left[0] < 0:
                        raise DocumentError("lies in a file that unpacks to too much; split that", Failure.TOO_LARGE)
                    look(content, inner, each, level + 1)
                except DocumentError as error:
                    fault = (error.failure, str(error))
            elif fault is None:
                look(b"", inner, each, level + 1)
            if fault is not None:
                found.append(Member(inner, *fault))

    look(data, "", path, 1)
    return found


class Opened:
    """A file of the collection and what was opened in it last, so that its members are read one after the other."""

    def __init__(self, data: bytes, path: str) -> None:
        self._data, self._path = data, path
        self._boxes: dict[str, _Box] = {}  # by path within, from the outermost

    @property
    def size_bytes(self) -> int:
        """How large the file is."""
        return len(self._data)

    def read(self, inner: str) -> bytes:
        """Return the bytes of a member.

        Raises:
            DocumentError: There is none of that path, or it cannot be unpacked.
        """
        self._boxes = {at: box for at, box in self._boxes.items() if not at or inner.startswith(f"{at}/")}
        within, data, name = "", self._data, self._path
        for _ in range(MOST_LEVELS + 1):
            box = self._boxes.get(within)
            if box is None:
                # Where this one is opened already, its bytes are not needed again.
                box = self._boxes[within] = _opened(data, name)
            rest = inner.removeprefix(within).removeprefix("/")
            if rest in box.open:
                return box.open[rest]()
            name = next((each for each in box.open if holds_others(each) and rest.startswith(f"{each}/")), "")
            if not name:
                break
            within = _below(within, name)
            data = b"" if within in self._boxes else box.open[name]()
        raise DocumentError("lies no longer in its file", Failure.CHANGED)


def _opened(data: bytes, name: str) -> _Box:
    match PurePosixPath(name).suffix.lower():
        case ".zip":
            return _zip(data)
        case ".mbox":
            return _mbox(data)
        case _:
            from alliance_qa.documents import mail

            return _Box({}, {each.name: _given(each.data) for each in mail.attachments(data)})


def _zip(data: bytes) -> _Box:
    opened = archive.opened(data)
    faults: dict[str, tuple[Failure, str]] = {}
    found: dict[str, Callable[[], bytes]] = {}
    for entry in opened.infolist():
        if entry.is_dir():
            continue
        name = _entry_name(entry)
        parts = name.split("/")
        if ".." in parts or "" in parts or ":" in parts[0]:
            faults[printable(name)] = (Failure.NAME, "has a path that leads out of its archive")
        elif printable(name) != name:
            faults[printable(name)] = (Failure.NAME, "has a name that is not valid text; rename it")
        elif name in found:
            faults[f"{name} (again)"] = (Failure.DUPLICATE, "has the name of another file in its archive")
        elif any(part.startswith(".") or part == "__MACOSX" for part in parts):
            faults[name] = (Failure.HIDDEN, "is hidden")
        elif entry.file_size > LARGEST_BYTES:
            faults[name] = (Failure.TOO_LARGE, f"is larger than {LARGEST_BYTES >> 20} MiB; split it")
        else:
            found[name] = _entry(opened, entry)
    if not faults and not found:
        raise DocumentError("holds no file; remove it", Failure.EMPTY)
    return _Box(faults, found)


def _entry(opened: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Callable[[], bytes]:
    return lambda: archive.unpacked(opened, entry)


def _given(data: bytes) -> Callable[[], bytes]:
    return lambda: data


def _entry_name(entry: zipfile.ZipInfo) -> str:
    name = entry.filename
    if not entry.flag_bits & _UTF8_NAME:  # zipfile takes it for code page 437; most packers write UTF-8
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = entry.filename
    return name.replace("\\", "/").removeprefix("./")


def _mbox(data: bytes) -> _Box:
    """Return the mails of a mailbox as files, numbered from "00001.eml" in the order of the mailbox."""
    starts = list(_MAIL.finditer(data))
    if not starts or starts[0].start():
        raise DocumentError('is no mailbox: it does not begin with "From "; export the mails as .mbox or .eml')
    ends = [*(found.start() for found in starts[1:]), len(data)]
    places = [(found.end(), end) for found, end in zip(starts, ends, strict=True)]
    return _Box({}, {f"{number:05}.eml": _slice(data, *place) for number, place in enumerate(places, 1)})


def _slice(data: bytes, start: int, end: int) -> Callable[[], bytes]:
    return lambda: _RAISED.sub(rb"\1", data[start:end])


def _fault(name: str, suffixes: Collection[str]) -> tuple[Failure, str] | None:
    if PurePosixPath(name).suffix.lower() in suffixes:
        return None
    return Failure.TYPE, f"has a suffix that is not read ({', '.join(sorted(suffixes))} are)"


def _too_deep(name: str, level: int) -> tuple[Failure, str] | None:
    """Return the fault of a file that lies, or in which others would lie, at a level that is not opened."""
    is_box = holds_others(name) and not name.lower().endswith(".eml")
    if level > MOST_LEVELS or (level == MOST_LEVELS and is_box):
        return Failure.TOO_LARGE, f"lies deeper than {MOST_LEVELS} files in each other; unpack it"
    return None


def _below(within: str, name: str) -> str:
    return f"{within}/{name}" if within else name


def inner_paths(states: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield for each path that goes on behind a file's the file and the rest, "" for the file itself."""
    for path in states:
        parts = path.split("/")
        for count in range(1, len(parts) + 1):
            if holds_others(parts[count - 1]):
                yield "/".join(parts[:count]), "/".join(parts[count:])

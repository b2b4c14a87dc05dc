"""Pages drawn in a process of their own: what is drawn, and every way in which nothing is."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from office_files import packed
from pdf_files import Put, assembled, one_sentence, stream, written
from PIL import Image

from alliance_qa.documents import printing
from alliance_qa.documents.limits import Limits
from alliance_qa.documents.opening import chunks
from alliance_qa.documents.pdf import drawn
from alliance_qa.documents.printing import CHANGED, NOT_DRAWN, draw
from alliance_qa.errors import NotPrintedError

LIMITS = Limits(seconds=5, memory_bytes=256 << 20)
DATA = written([Put(72, 700, ["The treaty has ten articles."])], [Put(72, 700, ["It stands."], size=40)])


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def pictured(folder: Path, data: bytes, page: int = 1, scale: float = 1, limits: Limits = LIMITS) -> Image.Image:
    (folder / "file.pdf").write_bytes(data)
    picture = Image.open(io.BytesIO(draw(folder, "file.pdf", sha256(data), page, scale, limits)))
    picture.load()  # its checksums are right
    return picture


def why_not(folder: Path, data: bytes, page: int = 1, limits: Limits = LIMITS) -> str:
    with pytest.raises(NotPrintedError) as caught:
        pictured(folder, data, page, limits=limits)
    return str(caught.value)


def test_a_page_is_drawn_in_its_size_dark_where_its_letters_are(tmp_path: Path) -> None:
    picture = pictured(tmp_path, DATA, page=2, scale=2).convert("L")
    assert picture.size == (1224, 1584)
    box = picture.point(lambda value: 255 * (value < 128)).getbbox()
    assert box is not None
    left, top, right, bottom = box
    assert (140 <= left < 150, 120 < top < 190, right < 520, bottom < 210) == (True, True, True, True)


def test_a_page_is_drawn_turned_and_cropped_as_a_viewer_shows_it(tmp_path: Path) -> None:
    assert pictured(tmp_path, assembled(one_sentence(page="/Rotate 90 /CropBox [0 300 612 792]"))).size == (492, 612)


def test_colour_is_kept_and_a_page_without_one_is_grey(tmp_path: Path) -> None:
    coloured = one_sentence()
    coloured[4] = stream("1 0 0 rg 100 100 200 200 re f")
    picture = pictured(tmp_path, assembled(coloured))
    assert (picture.mode, picture.getpixel((200, 600))) == ("RGB", (255, 0, 0))
    assert pictured(tmp_path, DATA).mode == "L"


@pytest.mark.parametrize(("width", "channels", "stride"), [(3, 3, 12), (3, 3, 10), (4, 3, 12), (5, 1, 8)])
def test_rows_are_taken_without_what_pads_them(width: int, channels: int, stride: int) -> None:
    rows = [bytes((40 * y + 7 * x) % 256 for x in range(width * channels)) for y in range(2)]
    data = b"".join(row + b"\xff" * (stride - len(row)) for row in rows)
    picture = Image.open(io.BytesIO(drawn.png(data, width, 2, stride, channels))) if channels == 3 else None
    if picture is not None:
        assert picture.convert("RGB").tobytes() == b"".join(rows)


def test_a_large_page_is_drawn_smaller(tmp_path: Path) -> None:
    objects = one_sentence()
    objects[3] = objects[3].replace("[0 0 612 792]", "[0 0 14400 14400]")
    width, height = pictured(tmp_path, assembled(objects), scale=4).size
    assert width == height
    assert 0.9 * printing.MOST_PIXELS < width * height <= printing.MOST_PIXELS + width + height


def test_a_file_that_is_another_one_now_is_not_drawn(tmp_path: Path) -> None:
    (tmp_path / "file.pdf").write_bytes(DATA + b"\n")
    with pytest.raises(NotPrintedError, match=CHANGED):
        draw(tmp_path, "file.pdf", sha256(DATA), 1, 1, LIMITS)
    (tmp_path / "file.pdf").unlink()
    with pytest.raises(NotPrintedError, match=CHANGED):
        draw(tmp_path, "file.pdf", sha256(DATA), 1, 1, LIMITS)


def test_nothing_outside_the_folder_is_drawn(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (tmp_path / "file.pdf").write_bytes(DATA)
    (folder / "link.pdf").symlink_to(tmp_path / "file.pdf")
    os.mkfifo(folder / "pipe.pdf")
    for path in ("link.pdf", "../file.pdf", str(tmp_path / "file.pdf"), "pipe.pdf"):
        assert not printing.is_unchanged(folder, path, sha256(DATA)), path
        with pytest.raises(NotPrintedError, match=CHANGED):
            draw(folder, path, sha256(DATA), 1, 1, LIMITS)


def test_a_file_that_lies_in_another_one_is_drawn(tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["From"] = "ann@example.org"
    mail.add_attachment(b"before the header " + DATA, maintype="application", subtype="pdf", filename="treaty.pdf")
    data = packed({"one.pdf": assembled(one_sentence()), "mail.eml": mail.as_bytes(), "not.pdf": b"nothing"})
    (tmp_path / "box.zip").write_bytes(data)
    alone = pictured(tmp_path, DATA, page=2)
    for path, size in (("box.zip/one.pdf", (612, 792)), ("box.zip/mail.eml/treaty.pdf", alone.size)):
        assert printing.is_unchanged(tmp_path, path, sha256(data))
        page = 1 + (path != "box.zip/one.pdf")
        picture = Image.open(io.BytesIO(draw(tmp_path, path, sha256(data), page, 1, LIMITS)))
        assert picture.size == size
    assert picture.tobytes() == alone.tobytes()
    for path in ("box.zip/not.pdf", "box.zip/two.pdf", "box.zip/../box.zip"):
        with pytest.raises(NotPrintedError):
            draw(tmp_path, path, sha256(data), 1, 1, LIMITS)
    (tmp_path / "box.zip").write_bytes(data + b"\n")
    assert not printing.is_unchanged(tmp_path, "box.zip/one.pdf", sha256(data))
    with pytest.raises(NotPrintedError, match=CHANGED):
        draw(tmp_path, "box.zip/one.pdf", sha256(data), 1, 1, LIMITS)


@pytest.mark.parametrize("page", [0, 3, 100_000])
def test_a_page_that_is_not_there_is_not_drawn(tmp_path: Path, page: int) -> None:
    assert why_not(tmp_path, DATA, page) == NOT_DRAWN


def test_a_damaged_file_is_not_drawn(tmp_path: Path) -> None:
    assert why_not(tmp_path, b"%PDF-1.7\nnothing\nstartxref\n0\n%%EOF") == NOT_DRAWN


def test_what_takes_too_long_is_ended(tmp_path: Path) -> None:
    objects = one_sentence()
    objects[4] = stream("0 0 m 600 700 l 600 0 l f " * 300_000)
    began = time.monotonic()
    assert why_not(tmp_path, assembled(objects), limits=Limits(0.5, LIMITS.memory_bytes)) == NOT_DRAWN
    assert time.monotonic() - began < 60


def test_what_takes_too_much_memory_is_ended(tmp_path: Path) -> None:
    assert why_not(tmp_path, DATA, limits=Limits(5, 8 << 20)) == NOT_DRAWN


@pytest.mark.parametrize(
    "program", ["print('x' * 10**8)", "import sys; sys.exit(1)", "import time; time.sleep(60)", ""]
)
def test_a_program_that_was_taken_over_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    (tmp_path / "program.py").write_text(program)
    monkeypatch.setattr(printing, "_PROGRAM", tmp_path / "program.py")
    assert why_not(tmp_path, DATA, limits=Limits(1, LIMITS.memory_bytes)) == NOT_DRAWN


def test_no_process_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []

    class Noted(subprocess.Popen[bytes]):
        def __init__(self, *arguments: object, **named: object) -> None:
            super().__init__(*arguments, **named)  # type: ignore[call-overload]
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    (tmp_path / "program.py").write_text("import os, time; os.close(1); time.sleep(60)")
    monkeypatch.setattr(printing, "_PROGRAM", tmp_path / "program.py")
    assert why_not(tmp_path, DATA, limits=Limits(2, LIMITS.memory_bytes)) == NOT_DRAWN
    assert [process.returncode for process in started] == [-9]


def test_a_file_is_read_again_only_where_it_may_be_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, reads = tmp_path / "a.pdf", list[str]()

    def noted(folder: Path, path: str) -> Iterator[bytes]:
        reads.append(path)
        return chunks(folder, path)

    monkeypatch.setattr(printing, "chunks", noted)
    file.write_bytes(b"one")
    assert [printing.is_unchanged(tmp_path, "a.pdf", sha256(b"one")) for _ in range(3)] == [True] * 3
    assert reads == ["a.pdf"]
    before = file.stat()
    file.write_bytes(b"two")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))  # as old as before, and as long
    assert not printing.is_unchanged(tmp_path, "a.pdf", sha256(b"one"))

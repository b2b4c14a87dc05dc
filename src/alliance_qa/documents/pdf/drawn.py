"""A program that draws one page of a PDF file: `python -P drawn.py PAGE SCALE PIXELS SECONDS BYTES < FILE > PNG`.

It imports nothing of ours: it starts in a tenth of the time. It gets the bytes of a file and opens none. PAGE
counts from 1; SCALE is in pixels a point, less where the page would have more than PIXELS; SECONDS are those
of the processor, BYTES of memory. Its exit status is 0 exactly when the picture is whole.

With two arguments more, PATH and INNER, the bytes are those of the file PATH, in which the PDF file lies as INNER;
only then our modules open it.
"""

from __future__ import annotations

import ctypes
import math
import signal
import struct
import sys
import zlib

import pypdfium2

try:
    import resource
except ImportError:  # no such limits on this system
    resource = None  # type: ignore[assignment]

_PR_SET_PDEATHSIG = 1  # of <sys/prctl.h>
_GREY, _RGB = 0, 2  # colour types of PNG


def main() -> None:
    """Draw what the arguments say."""
    page, scale, pixels = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    seconds, memory_bytes = float(sys.argv[4]), int(sys.argv[5])
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if resource is not None:
        for name, value in (("CORE", 0), ("FSIZE", 0), ("CPU", math.ceil(seconds)), ("DATA", memory_bytes)):
            kind = getattr(resource, f"RLIMIT_{name}", None)
            if kind is not None:
                most = resource.getrlimit(kind)[1]
                value = value if most == resource.RLIM_INFINITY else min(value, most)
                resource.setrlimit(kind, (value, value))
    data = sys.stdin.buffer.read()
    if sys.argv[6:]:
        data = member(data, *sys.argv[6:])
    sys.stdout.buffer.write(drawn(data, page, scale, pixels))


def member(data: bytes, path: str, inner: str) -> bytes:
    """Return a PDF file that lies in another one."""
    from alliance_qa.documents import members, wholeness

    return wholeness.trimmed(members.Opened(data, path).read(inner))


def drawn(data: bytes, page: int, scale: float, pixels: int) -> bytes:
    """Return the picture of a page as a viewer shows it, turned and cropped, with what its form is filled in with."""
    document = pypdfium2.PdfDocument(data)
    document.init_forms()
    sheet = document[page - 1]
    width, height = sheet.get_size()
    scale = min(scale, math.sqrt(pixels / (math.ceil(width) * math.ceil(height))))
    bitmap = sheet.render(scale=scale, rev_byteorder=True)
    return png(bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride, bitmap.n_channels)


def png(pixels: bytes, width: int, height: int, stride: int, channels: int) -> bytes:
    """Return pixels as a PNG file, without a colour where the page has none.

    Source: W3C, Portable Network Graphics (third edition), 2025.
    """
    kind, size = _RGB, channels
    if channels == 3 and pixels[0::3] == pixels[1::3] == pixels[2::3] and stride % 3 == 0:
        kind, pixels, stride, size = _GREY, pixels[0::3], stride // 3, 1
    # Each row after its filter: none.
    rows = b"".join(b"\0" + pixels[at * stride : at * stride + width * size] for at in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(part)) + name + part + struct.pack(">I", zlib.crc32(name + part)) for name, part in parts
    )


if __name__ == "__main__":
    main()

"""Files in which others lie, made for the tests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

MAIL = b"From: Ann Lee <ann@example.org>\nSubject: Fees\n\nThe fee is 940 crowns.\n>From then on it holds.\n"
BOX = b"".join(b"From ann@example.org Mon May  3 10:00:00 2021\n" + MAIL + b"\n" for _ in range(2))


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return an archive of files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return file.getvalue()

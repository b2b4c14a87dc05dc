"""Tesseract, which reads text from pictures: a program of the system that may be there or not."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache

_NAME = "tesseract"


def is_installed() -> bool:
    """Whether pictures can be read here."""
    return shutil.which(_NAME) is not None


def run(picture: bytes, *options: str) -> str:
    """Return what the program says of a picture, "" where it fails.

    Args:
        picture: A file of a type that it knows; both ways are pipes, and nothing is written.
        options: Of the command line.
    """
    return _said("stdin", "stdout", *options, given=picture)


@cache
def languages() -> str:
    """Return all languages that are installed, as the program takes them; English first."""
    listed = _said("--list-langs").split("\n")[1:]
    named = [name for name in listed if name and name != "osd" and "/" not in name]
    return "+".join(sorted(named, key=lambda name: name != "eng")) or "eng"


@cache
def version() -> str:
    """Return the name and version of the program and its languages, "" where there is none."""
    return f"{_said('--version').split(chr(10))[0]}, {languages()}" if is_installed() else ""


def _said(*options: str, given: bytes = b"") -> str:
    done = subprocess.run(  # noqa: S603
        [shutil.which(_NAME) or _NAME, *options],
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"OMP_THREAD_LIMIT": "1"},  # several threads take a multiple of the processor's time
        check=False,
    )
    return done.stdout.decode("utf-8", "replace")

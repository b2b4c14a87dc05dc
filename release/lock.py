"""Writes each requirements file again with the SHA-256 of every file that PyPI has of it: `make hashes`.

`requirements.txt` becomes `requirements.lock`, which is what `make` and the Dockerfile install. Run it whenever a pin
changes; `tests/test_supply_chain.py` compares both. torch is in none: each index has builds of its own of the same
version, so there is no SHA-256 that holds everywhere.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCKED = ("requirements.txt", "requirements-test.txt", "release/tools.txt")


def main() -> None:
    """Write the locks."""
    for name in LOCKED:
        source = ROOT / name
        command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--no-deps", "--generate-hashes"]
        command += ["--no-annotate", "--no-header", "--universal", "--python-version", "3.11", "--no-config"]
        command += ["--output-file", str(source.with_suffix(".lock"))]
        subprocess.run([*command, str(source)], check=True)  # noqa: S603


if __name__ == "__main__":
    main()

"""The command line as a terminal has it."""

from __future__ import annotations

import unicodedata

from click.testing import CliRunner, Result

from alliance_qa.cli import main


def run(*arguments: str) -> Result:
    """Run a command in this process; what it does not foresee is raised."""
    return CliRunner().invoke(main, arguments, prog_name="alliance-qa", catch_exceptions=False)


def is_tame(text: str) -> bool:
    """Whether no character of the text steers a terminal."""
    return not any(unicodedata.category(c) in ("Cc", "Cf", "Cs") and c != "\n" for c in text)

"""Names of people and bodies, by their form alone."""

from __future__ import annotations

from collections.abc import Sequence

from alliance_qa.text.terms import plain_words, words


def is_called(name: str, wanted: str) -> bool:
    """Whether a name, or a list of names, is one that a part of it asks for.

    Every word of the part begins a word of the name, in the same order; words of the name may be left out.
    Case, accents and an article before it do not count, and a country goes by each of its names: "horn" and
    "Jeffrey Hornung" ask for "Jeffrey W. Hornung", "ornung" and "Hornung Jeffrey" do not. Who is one person
    and who another is not told: in "Jane Doe, John Roe" both are called "Jane Roe".
    """
    return any(_begin(split(wanted), split(name)) for split in (plain_words, words))


def _begin(wanted: Sequence[str], held: Sequence[str]) -> bool:
    wanted = wanted[1:] if len(wanted) > 1 and wanted[0] == "the" else wanted
    rest = iter(held)
    return all(any(word.startswith(part) for word in rest) for part in wanted)

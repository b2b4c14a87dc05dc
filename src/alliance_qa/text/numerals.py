"""Numbers that tell one of several apart, however they are written: "Article 5", "Article V", "Pillar two"."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

ROMAN = {
    tens + ones: 10 * len(tens) + digit
    for tens in ("", "X", "XX", "XXX")
    for digit, ones in enumerate(("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"))
    if tens + ones
}
"""1 to 39."""

CARDINALS = {
    word: number
    for number, word in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), start=1)
}

_NUMBERED = re.compile(
    rf"\b([^\W\d_]{{2,}})\s+(\d{{1,2}}|[IVX]+|[ivx]+|{'|'.join(CARDINALS)})(?!\w|[.]\w)", re.IGNORECASE
)


def value(numeral: str) -> int | None:
    """Return the number that digits, a Roman numeral or a word stand for; None for what is none."""
    if numeral.isdecimal():
        return int(numeral)
    return ROMAN.get(numeral.upper()) or CARDINALS.get(numeral.lower())


def _asked(question: str) -> Iterator[re.Match[str]]:
    """Yield what a question numbers. A lone "I" is a pronoun: "How may I cite this?"."""
    return (found for found in _NUMBERED.finditer(question) if found[2] not in ("I", "i") and value(found[2]))


def numbered(text: str) -> list[str]:
    """Return what a text numbers, each once, as a word and its number in digits: ["article 5"]."""
    return list(dict.fromkeys(f"{match[1]} {value(match[2])}" for match in _asked(text)))


def spelled(question: str, texts: Sequence[str]) -> str:
    """Return a question with the number behind a word written as texts write it behind that word.

    "Does article 5 hold?" asked of what says "Article V" is "Does article V hold?". A number that stands there as it
    is typed stays, and so does one that stands nowhere.
    """
    written: dict[tuple[str, int | None], Counter[str]] = {}
    for text in texts:
        for found in _NUMBERED.finditer(text):
            written.setdefault((found[1].casefold(), value(found[2])), Counter())[found[2]] += 1
    for match in reversed([*_asked(question)]):
        forms = written.get((match[1].casefold(), value(match[2])), Counter())
        if forms and match[2].casefold() not in map(str.casefold, forms):
            question = question[: match.start(2)] + forms.most_common(1)[0][0] + question[match.end(2) :]
    return question

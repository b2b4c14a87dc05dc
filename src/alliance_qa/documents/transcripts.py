"""Plain transcripts: lines that say who speaks, or when, before what is said."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from alliance_qa.documents import characters, turns
from alliance_qa.documents.turns import Utterance

_TIME = r"[\[(]?(?P<time>(?:\d{1,2}:)?\d{1,2}:\d{2})(?:[.,]\d{1,3})?[\])]?"
_NAME = r"(?P<name>[^\W\d_][\w.’'& -]{0,40}?)(?: \([^)\d]{1,40}\))?"
# What stands before what is said, in the order in which they are tried. A name alone needs its colon.
_FORMS = (
    re.compile(rf"\s*{_TIME}\s*[-–—]?\s*{_NAME}\s*:\s*(?P<said>.*)"),  # "[00:01:12] Ann Smith: …"
    re.compile(rf"\s*{_NAME}\s*[-–—,]?\s+{_TIME}\s*:?\s*(?P<said>)"),  # "Ann Smith (00:01:12):" above it
    re.compile(rf"\s*{_TIME}\s+(?P<said>\S.*)"),  # "00:01:12 …"
    re.compile(rf"\s*{_TIME}\s*(?P<said>)"),  # "00:01:12" above it
    re.compile(rf"\s*(?:>>+\s*)?{_NAME}\s*:\s+(?P<said>\S.*)"),  # "ANN SMITH: …"
)
_LONGEST_NAME = 5  # words
_FEWEST_TURNS = 4
_SHARE = 0.5  # of the paragraphs that must open with a speaker or a time


@dataclass(frozen=True, slots=True)
class Transcript:
    """A text from its first turn on, and the lines above it."""

    above: tuple[str, ...]
    said: tuple[Utterance, ...]


@dataclass(frozen=True, slots=True)
class _Opening:
    """A line with which a turn begins."""

    seconds: float | None
    name: str  # "" where the speaker stays the same
    said: str


def find(lines: Sequence[str]) -> Transcript | None:
    """Return what is said in a transcript; None for any other text.

    In one, half of all paragraphs open with a time or with a name, and the names come back: two at least
    open several turns each, or the turns have times.
    """
    known = _speakers(lines)
    openings = {at: opening for at, line in enumerate(lines) if (opening := _opening(line, known))}
    if len(openings) < _FEWEST_TURNS:
        return None
    first = min(openings)
    paragraphs = [at for at in range(first, len(lines)) if lines[at].strip() and (not at or not lines[at - 1].strip())]
    begun = sum(at in openings for at in paragraphs)
    is_timed = sum(opening.seconds is not None for opening in openings.values()) * 2 > len(openings)
    if begun < _SHARE * len(paragraphs) or not (is_timed or len(known) > 1):
        return None
    return Transcript(tuple(lines[:first]), tuple(_said(lines, openings, first)))


def _speakers(lines: Sequence[str]) -> frozenset[str]:
    """Return the names that open several lines; one with a time needs to be there once."""
    times: Counter[str] = Counter()
    for line in lines:
        found = _matched(line)
        if found and (name := found.groupdict().get("name")) and _is_name(name):
            times[name] += 2 if found.groupdict().get("time") else 1
    return frozenset(name for name, count in times.items() if count > 1)


def _opening(line: str, known: frozenset[str]) -> _Opening | None:
    found = _matched(line)
    if found is None:
        return None
    parts = found.groupdict()
    name = parts.get("name") or ""
    if name and name not in known:
        return None
    return _Opening(_seconds(parts.get("time")), name, characters.one_line(parts["said"]))


def _matched(line: str) -> re.Match[str] | None:
    if turns.is_marked(line.strip()):
        return None
    return next((found for form in _FORMS if (found := form.fullmatch(line))), None)


def _is_name(name: str) -> bool:
    words = name.split()
    return len(words) <= _LONGEST_NAME and words[0][0].isupper() | characters.is_wide(words[0][0])


def _seconds(time: str | None) -> float | None:
    if time is None:
        return None
    seconds = 0
    for part in time.split(":"):
        seconds = seconds * 60 + int(part)
    return float(seconds)


def _said(lines: Sequence[str], openings: dict[int, _Opening], first: int) -> Iterator[Utterance]:
    speaker, seconds = "", None
    for at in range(first, len(lines)):
        opening = openings.get(at)
        if opening is None:
            text = characters.one_line(lines[at])
        else:
            text, seconds = opening.said, opening.seconds
            speaker = opening.name or speaker
        if text:
            yield Utterance(text, seconds, speaker)

"""What stands in the lines of a plain text beside what it says: running lines, numbers of lines, marks of notes."""

from __future__ import annotations

import re
from bisect import bisect
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from alliance_qa.documents import raised
from alliance_qa.documents.extract import LeftOut, Omission

PAGE_BREAK = "\ufdd3"
"""A line of its own where a page ends. A Unicode noncharacter: no text shows it."""

_PAGE = re.compile(
    r"\s*+[-–—\[(|]*+\s*+(?P<word>page|pg\.?|p\.|seite)?\s*+(?P<number>\d{1,4})(?:\s*+(?P<of>of|/|von)\s*+\d{1,4})?"
    r"\s*+[-–—\])|]*+\s*+",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    r"\s*(?:(?P<left>\d{1,4})\s{3,}(?P<after>\S.*?)|(?P<before>\S.*?)\s{3,}(?i:page )?(?P<right>\d{1,4}))\s*"
)
_SET_APART = re.compile(r"\s{20}\s*\S|.*\S\s{3,}\S")
_NEAR = 2  # lines of text between the edge of a page and a header or footer
_SENTENCE_END = re.compile(r"[.!?…:;。！？][\"'”’」』)\]]*$")
_LINE_NUMBER = re.compile(r"\s*(?P<number>\d{1,4})(?:\s+(?=\S)|\s*$)")
_FEWEST_NUMBERED = 6
_NOTES_HEAD = re.compile(r"\s*(?:(?:end|foot)?notes?|references|sources|[_=*-]{3,}[_=*\s-]*)\s*:?\s*", re.IGNORECASE)
_NOTE = re.compile(r"\s*(?:\[(?P<bracketed>\d{1,3})\]|(?P<plain>\d{1,3})[.):]?)\s+(?=\S)")
_REMARK = re.compile(r"\s*\[(?P<letter>[a-z]{1,2})\](?=\S)")


def part(lines: Sequence[str]) -> tuple[list[str], list[LeftOut]]:
    """Return the lines that are text, and what else the lines of a file hold.

    A page's header and footer go, so that a paragraph runs on over the page, and so do numbers of pages and of
    lines. Marks of notes go where the notes stand at the end, which stay, each parted from the others by a blank
    line; and remarks of reviewers as Google writes them, "[a]" with "[a]…" at the end.
    """
    left_out: list[LeftOut] = []
    kept = _without_running(lines, left_out)
    kept = _without_numbers(kept, left_out)
    kept = _without_remarks(kept, left_out)
    return _without_marks(kept, left_out), left_out


def _without_running(lines: Sequence[str], left_out: list[LeftOut]) -> list[str]:
    running = set(_page_numbers(lines))
    edges = running | {at for at, line in enumerate(lines) if line == PAGE_BREAK}
    shown = [at for at, line in enumerate(lines) if line.strip() and at not in edges]
    near = _near(edges, shown)
    alike: dict[str, list[int]] = defaultdict(list)
    for at in shown:
        alike[" ".join(lines[at].split())].append(at)
    for found in alike.values():
        beside = [at for at in found if at in near] if edges else []
        alone = [at for at in found if _is_alone(lines, at) and _SET_APART.match(lines[at])]
        for places in (beside, alone):
            if len(places) > 1:
                running.update(places)
    left_out.extend(LeftOut(Omission.RUNNING_LINE, " ".join(lines[at].split())) for at in sorted(running))
    return list(_mended(lines, running | edges))


def _page_numbers(lines: Sequence[str]) -> Iterator[int]:
    """Yield the lines that number pages: "Page 3 of 12", and those whose numbers count on from line to line."""
    counted: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for at, line in enumerate(lines):
        if not _is_alone(lines, at):
            continue
        if page := _PAGE.fullmatch(line):
            if page["word"] and page["of"]:
                yield at
            counted[f"{page['word'] or page['of'] or ''} "].append((at, int(page["number"])))
        elif beside := _BESIDE.fullmatch(line):
            text = " ".join((beside["after"] or beside["before"]).split())
            counted[text].append((at, int(beside["left"] or beside["right"])))
    for text, found in counted.items():
        steps = {after - before for (_, before), (_, after) in pairwise(found)}
        places = [at for at, _ in found]
        if len(found) < (3 if text == " " else 2) or steps not in ({1}, {2}):
            continue
        # A bare number may open a part; a page's is set apart or stands within a sentence.
        if text != " " or all(lines[at].startswith(" " * 8) for at in places) or _part_a_sentence(lines, places):
            yield from places


def _part_a_sentence(lines: Sequence[str], places: Sequence[int]) -> bool:
    return len(list(_mended(lines, set(places)))) < len(list(_mended(lines, set()))) - len(places)


def _is_alone(lines: Sequence[str], at: int) -> bool:
    """Whether a line has a blank one, a page's end or the file's end on at least one side."""
    beside = [lines[other] if 0 <= other < len(lines) else "" for other in (at - 1, at + 1)]
    return bool(lines[at].strip()) and any(not line.strip() or line == PAGE_BREAK for line in beside)


def _near(edges: set[int], shown: Sequence[int]) -> set[int]:
    """Return the lines of text that stand near the edge of a page; the file's beginning and end are edges."""
    places = [0, *(bisect(shown, edge) for edge in edges), len(shown)]
    return {at for place in places for at in shown[max(0, place - _NEAR) : place + _NEAR]}


def _mended(lines: Sequence[str], gone: set[int]) -> Iterator[str]:
    """Yield the lines that stay, without the blank ones that a page's end puts into a sentence."""
    blank: list[str] = []
    is_broken = False
    before = ""
    for at, line in enumerate(lines):
        if at in gone or not line.strip():
            is_broken = is_broken or at in gone
            blank.append("")
            continue
        first = line.lstrip()[0]
        goes_on = before and not _SENTENCE_END.search(before.rstrip()) and first.islower()
        if not (is_broken and goes_on):
            yield from blank
        blank, is_broken, before = [], False, line
        yield line


def _without_numbers(lines: Sequence[str], left_out: list[LeftOut]) -> list[str]:
    """Leave out numbers at the beginnings of lines that count the lines, as in a bill or a transcript."""
    found = {at: number for at, line in enumerate(lines) if (number := _LINE_NUMBER.match(line))}
    if not found:
        return list(lines)
    numbers = [int(number["number"]) for number in found.values()]
    step = 5 if numbers[0] % 5 == 0 and numbers[0] else 1
    counting = sum(after == before + step or after in (1, step) for before, after in pairwise(numbers))
    within = [line for line in lines[min(found) : max(found) + 1] if line.strip()]
    texts = [_LINE_NUMBER.sub("", line, count=1).lstrip() for line in within]
    going_on = sum(text[:1].islower() for text in texts)
    # A list and a table count their rows, too, but none of them goes on in the next one.
    is_list = counting < 0.9 * (len(numbers) - 1) or going_on < 0.2 * len(texts)
    is_outside = step == 1 or all(_LINE_NUMBER.match(line) or line.startswith("   ") for line in within)
    if is_list or not is_outside or len(numbers) * step < max(_FEWEST_NUMBERED, 0.8 * len(within)):
        return list(lines)
    left_out.append(LeftOut(Omission.LINE_NUMBER, " ".join(number["number"] for number in found.values())))
    return [" " * found[at].end() + line[found[at].end() :] if at in found else line for at, line in enumerate(lines)]


def _without_remarks(lines: Sequence[str], left_out: list[LeftOut]) -> list[str]:
    """Leave out what reviewers wrote beside a document of Google's: "word[a]", and "[a]The remark" at the end."""
    first = len(lines)
    while first and (not lines[first - 1].strip() or _REMARK.match(lines[first - 1])):
        first -= 1
    remarks = [line for line in lines[first:] if line.strip()]
    letters = [remark["letter"] for remark in map(_REMARK.match, remarks) if remark]
    text = "\n".join(lines[:first])
    if not letters or letters[0] != "a" or any(f"[{letter}]" not in text for letter in letters):
        return list(lines)
    left_out.extend(LeftOut(Omission.COMMENT, remark.strip()) for remark in remarks)
    return re.sub(rf"\[(?:{'|'.join(letters)})\]", "", text).split("\n")


def _without_marks(lines: Sequence[str], left_out: list[LeftOut]) -> list[str]:
    """Leave out the marks of notes: digits that are raised, and those of notes that stand at the end."""

    def lifted(found: re.Match[str]) -> str:
        read = raised.as_read(found.string[max(0, found.start() - 40) : found.start()], found[0])
        if read is None:
            left_out.append(LeftOut(Omission.NOTE_MARK, found[0]))
        return read or ""

    lines = [raised.WRITTEN.sub(lifted, line) for line in lines]
    notes = _notes(lines)
    if not notes:
        return lines
    text = "\n".join(lines[: notes[0]])
    pieces, end = [], 0
    for number in range(1, len(notes) + 1):
        mark = _mark(number).search(text, end)
        if mark is None:
            return lines
        pieces.append(text[end : mark.start()])
        end = mark.end()
    left_out.extend(LeftOut(Omission.NOTE_MARK, str(number)) for number in range(1, len(notes) + 1))
    body = "".join([*pieces, text[end:]]).split("\n")
    parted = [["", line] if at in notes else [line] for at, line in enumerate(lines[notes[0] :], notes[0])]
    return [*body, *(line for pair in parted for line in pair)]


def _notes(lines: Sequence[str]) -> list[int]:
    """Return the lines at which the notes 1, 2, 3 … begin at the end; one note only below a heading or a rule."""
    notes: list[int] = []
    for at, line in enumerate(lines):
        found = _NOTE.match(line)
        number = int(found["bracketed"] or found["plain"]) if found else 0
        if number == 1:
            notes = [at]
        elif notes and number == len(notes) + 1:
            notes.append(at)
    above = next((line for line in reversed(lines[: notes[0]]) if line.strip()), "") if notes else ""
    return notes if len(notes) > 1 or _NOTES_HEAD.fullmatch(above) else []


def _mark(number: int) -> re.Pattern[str]:
    """Return a pattern for the mark of a note: "treaty12", "1960.12 It", "so.”12", "[12]"; never "F16" or "12.5"."""
    return re.compile(
        rf"[ \t]?\[{number}\]"
        rf"|(?:(?<=[a-zß-ÿ])|(?<=[a-z%)\]”\"’'][.,;:!?])|(?<=[”\"’)\]])){number}(?![\w%]|[.,]\d)"
        rf"|(?<=\d[.!?]){number}(?=\s+[A-Z“\"]|\s*(?:\n|$))"
    )

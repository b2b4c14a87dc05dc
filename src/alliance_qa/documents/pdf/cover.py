"""What the first page of a PDF file states: its largest lines are the title, authors and a date stand beside it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from alliance_qa.documents import bylines, head, spelling
from alliance_qa.documents.extract import Stated
from alliance_qa.documents.pdf.fragments import Fragment, Page, rows
from alliance_qa.domain import Provenance
from alliance_qa.text.people import ADDRESSES

WHERE = "cover page"
_LONGEST_TITLE = 200  # characters
_MOST_LINES = 16  # below the title
_FEWEST_WORDS = 12  # of the text, to tell names from its words
_PROSE = 70  # characters: a line as long is one of text
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_OPENS_TEXT = re.compile(
    r"(?:(?:\d|i|1\.0)\.?\s+)?(?:abstract|(?:executive )?summary|introduction|(?:table of )?contents"
    r"|key (?:points|findings)|foreword|preface|background|overview|acknowledge?ments?)\b.{0,12}",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(?:\d{1,2}(?:\.\d+)+|\d{1,2}\.|[IVX]+\.)\s")  # a section's heading
_MARKS = re.compile(r"[*†‡§¶‖∗]+|(?<=[^\W\d])\d+(?:,\d+)*(?=$|[\s,;])")
# "Working Paper 17, November 2022": what a date of issue follows.
_ISSUE = re.compile(
    r".*\b(?:no\.?|nr\.?|vol(?:ume|\.)?|issue|number|paper|report|brief|memo|series|review|edition|version|draft)\b.*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Cover:
    """The short lines of a first page: `title`, then those above and those below it, up to where the text begins."""

    title: str
    above: Sequence[str]
    below: Sequence[str]


def stated(pages: Sequence[Page]) -> tuple[Stated, ...]:
    """Return title, authors and date that the first page with text shows, as far as it does; the first is the title.

    A name or names that stand alone in their line, without "By", are likely the author's: a guess.
    """
    first = next((page for page in pages if page.fragments), None)
    cover = _cover(first, pages[:6]) if first else None
    if cover is None:
        return ()
    small = {
        word for page in pages[:40] for each in page.fragments for word in _WORD.findall(each.text) if word.islower()
    }
    names, is_weak = _authors(cover, small)
    facts = [("title", cover.title, False), ("author", ", ".join(names), is_weak), ("published", _date(cover), False)]
    return tuple(Stated(name, value, Provenance.TEXT, WHERE, weak) for name, value, weak in facts if value)


def _cover(page: Page, pages: Sequence[Page]) -> _Cover | None:
    sizes: Counter[float] = Counter()
    for each in (each for other in pages for each in other.fragments):
        sizes[each.size] += len(each.text)
    body = sizes.most_common(1)[0][0]
    falling = [each for row in rows(each for each in page.fragments if each.is_upright) for each in row]
    for size in sorted({each.size for each in falling if each.size >= 1.12 * body}, reverse=True):
        lines = _title_lines(falling, size)
        title = spelling.join([each.text for each in lines], frozenset())
        # Several words beside each other head a table.
        if _is_title(title) and max(Counter(each.baseline for each in lines).values()) < 3:
            above = [each for each in falling if each.baseline > lines[0].baseline]
            # A heading in the middle of a page is no title: text stands above it.
            if any(len(each.text) >= _PROSE and each.size <= 1.1 * body for each in above[1:]):
                return None
            below = [each.text for each in falling if each.baseline < lines[-1].baseline and each not in lines]
            return _Cover(title, [each.text for each in above], list(_short(below)))
    return None


def _title_lines(falling: Sequence[Fragment], size: float) -> list[Fragment]:
    """Return the first lines in letters of this size that follow one another, and what a colon announces."""
    lines: list[Fragment] = []
    for each in falling:
        if abs(each.size - size) < 0.6:
            if lines and lines[-1].baseline - each.baseline > 2.4 * size:
                break
            lines.append(each)
    if lines[-1].text.endswith((":", "–", "—")):
        lines += [each for each in falling if each.baseline < lines[-1].baseline and each not in lines][:1]
    return lines


def _is_title(title: str) -> bool:
    """Tell whether the largest lines are no logo, number, kind of text or date, which may be as large."""
    words = _WORD.findall(title)
    is_word = len(words) == 1 and len(words[0]) > 3 and (len(words[0]) > 6 or not words[0].isupper())
    is_said = (len(words) > 1 or is_word) and len(title) <= _LONGEST_TITLE
    return is_said and not _NUMBERED.match(title) and not head.is_about_the_text(title)


def _short(lines: Sequence[str]) -> Iterator[str]:
    """Yield the lines up to where the text begins."""
    for line in lines[:_MOST_LINES]:
        if _OPENS_TEXT.fullmatch(line) or (len(line) >= _PROSE and not head.authors_of(line)):
            return
        yield line


def _authors(cover: _Cover, small: set[str]) -> tuple[list[str], bool]:
    """Return the authors, and whether they are a guess."""
    title = {word.casefold() for word in _WORD.findall(cover.title)}

    def people(line: str) -> tuple[tuple[str, ...], bool]:
        if _MARKS.match(line):  # what a mark of the names leads to
            return (), False
        line = " ".join(_MARKS.sub("", line).split()).strip(" ,;")
        by_line = head.authors_of(line)
        is_said = bool(by_line) and by_line != bylines.people(line)
        names = by_line or _capitals(line) or bylines.people(line.partition(", ")[0])
        # "Hard Power" is no name where the text speaks of power.
        is_subject = 2 * sum(name.split()[-1].lower() in small | title for name in names) > len(names)
        # What would be said of an author is none: "Senior Fellow, Harbour Institute".
        is_role = bool(bylines.introduced(f"Jane Doe is a {line} there"))
        if not names or head.is_label(line) or ((is_subject or is_role) and not is_said):
            return (), False
        is_sure = is_said or len(names) > 1 or line.split()[0] in ADDRESSES
        is_word = len(small) < _FEWEST_WORDS or any(word.lower() in small for name in names for word in name.split())
        return ((), False) if is_word and not is_sure else (names, is_sure)

    for lines in (cover.below, [line for line in cover.above if _WORD.search(line)]):
        found = [(names, sure) for names, sure in map(people, lines) if names]
        if found:
            names = list(dict.fromkeys(name for each, _ in found for name in each))
            return names, len(names) < 2 and not found[0][1]
    return [], False


def _capitals(line: str) -> tuple[str, ...]:
    """Return the names of a line in capitals, as names are written."""
    names = bylines.people(line, capitals=True) if re.sub(r"\band\b", "", line).isupper() else ()
    return tuple(re.sub(r"[^\W\d_]{2,}", lambda word: word[0].capitalize(), name) for name in names)


def _date(cover: _Cover) -> str:
    lines = [*cover.below, *reversed(cover.above)]
    found = [date for line in lines if len(line) < _PROSE and (date := head.date_of(line) or _issued(line))]
    return max(found, key=lambda date: (len(date) > 4, -found.index(date)), default="")


def _issued(line: str) -> str | None:
    """Return the date that ends a line about an issue: "Working Paper 17, November 2022"."""
    for comma in re.finditer(r"[,;:(/]\s*|\s+(?=[^\W\d]+ \d{4}\)?$)", line):
        before, rest = line[: comma.start()], line[comma.end() :].rstrip(")")
        if _ISSUE.fullmatch(before) and (found := head.date_of(rest)):
            return found
    return None

"""The fragments of a page: stretches of one line without a gap as wide as that between columns."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from statistics import median

from alliance_qa.documents import raised
from alliance_qa.documents.extract import LeftOut, Omission
from alliance_qa.documents.ink import Ink, Paper
from alliance_qa.documents.pdf import inks, underlines
from alliance_qa.documents.pdf.letters import COLUMN_GAP, Letter, Sheet
from alliance_qa.documents.pdf.views import Box

# U+0002 and U+FFFE are what PDFium makes of the hyphen at the end of a line.
_SPELLED = str.maketrans({"\x02": "-", "\ufffe": "-", "\u200b": None, "\ufeff": None})
# Accents that TeX draws over a letter, and the same as part of one.
_ACCENTS = dict(
    zip("´`¨ˆ˜¸ˇ˚˝˘˙¯", "\u0301\u0300\u0308\u0302\u0303\u0327\u030c\u030a\u030b\u0306\u0307\u0304", strict=True)
)
_LEAST_SPACED = 5  # letters parted by blanks inside a line that make a word: "A B C D" does not


@dataclass(frozen=True, slots=True)
class Fragment:
    """A stretch of a line.

    `row` is 0 for a row of a table put together, 1 for one that heads it, else None. `parts` are the places
    and words of the stretches that wider gaps than between words part it into, where there are several.
    It is `is_mixed` where bold letters stand beside others, neither of them a few.
    `ink` is where the letters of the text stand.
    """

    text: str
    page: int
    left: float
    right: float
    baseline: float
    size: float
    is_bold: bool
    is_upright: bool
    is_mixed: bool = False
    row: int | None = None
    parts: tuple[tuple[float, float, str], ...] = ()
    ink: tuple[Ink, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Page:
    """The fragments of a page, the lines drawn on it, and what of it is no text; the same of what is `turned`."""

    height: float
    fragments: Sequence[Fragment]
    rules: Sequence[Box] = ()
    left_out: Sequence[LeftOut] = ()
    turned: Sequence[Page] = ()


def page(sheet: Sheet, *, has_ink: bool = True) -> Page:
    """Return the fragments that a page shows, in the order of the file; a form's fields come last.

    Args:
        sheet: What the page holds.
        has_ink: Whether to keep where the letters stand.
    """
    left_out = [LeftOut(Omission.COMMENT, " ".join(comment.split())) for comment in sheet.comments]
    rules = underlines.without(sheet)
    upright = sorted({rule for rule in rules if rule.right - rule.left < rule.top - rule.bottom})
    runs = (run for line in _whole(sheet.lines) for run in _runs(line, upright) if not all(map(_is_blank, run)))
    paper = Paper(sheet.number, sheet.width, sheet.height, sheet.turn) if has_ink else None
    found = [_fragment(run, sheet, left_out, paper) for run in runs]
    # Printers' marks stand beside the page: nobody sees them.
    seen = [f for f in found if f.right >= 0 and f.left <= sheet.width and 0 <= f.baseline <= sheet.height]
    size = Counter(each.size for each in seen).most_common(1)[0][0] if seen else 10.0
    seen += [each for box, value in sheet.filled for each in _field(box, value, size, sheet.number, paper)]
    turned = [page(each, has_ink=has_ink) for each in sheet.turned]
    left_out += [each for part in turned for each in part.left_out]
    return Page(sheet.height, [fragment for fragment in seen if fragment.text], rules, left_out, turned)


def rows(fragments: Iterable[Fragment]) -> list[list[Fragment]]:
    """Group fragments by baseline, top row first, each from left to right."""
    found: list[list[Fragment]] = []
    for fragment in sorted(fragments, key=lambda each: -each.baseline):
        last = found[-1][0] if found else None
        if last and last.baseline - fragment.baseline <= 0.4 * max(last.size, fragment.size):
            found[-1].append(fragment)
        else:
            found.append([fragment])
    return [sorted(row, key=lambda each: each.left) for row in found]


def _is_blank(letter: Letter) -> bool:
    return letter.char.isspace()


def _field(box: Box, value: str, size: float, number: int, paper: Paper | None) -> Iterator[Fragment]:
    """Yield the lines of a form's field where they are seen: about in the middle of a low box, else from its top."""
    lines = value.splitlines()
    top = (box.bottom + box.top) / 2 - 0.35 * size if len(lines) == 1 else box.top - size
    for at, line in enumerate(lines):
        text = " ".join(unicodedata.normalize("NFC", line).split())
        base = top - 1.2 * size * at
        ink = inks.filled(text, box, paper, base - 0.25 * size, base + 0.85 * size) if paper else ()
        yield Fragment(text, number, box.left, box.right, base, size, is_bold=False, is_upright=True, ink=ink)


def _whole(lines: Iterable[list[Letter]]) -> Iterator[list[Letter]]:
    """Yield the lines, those made one that PDFium parts at raised or lowered letters."""
    whole: list[Letter] = []
    for line in filter(None, lines):
        last = next((letter for letter in reversed(whole) if not letter.char.isspace()), None)
        if last and _goes_on(last, line[0]):
            is_apart = line[0].left - last.right > 0.12 * line[0].face.size and whole[-1] is last
            whole += [last._replace(char=" ", left=last.right), *line] if is_apart else line
            continue
        if whole:
            yield whole
        whole = list(line)
    yield whole


def _goes_on(before: Letter, after: Letter) -> bool:
    sizes = sorted((before.face.size, after.face.size))
    height = abs(before.baseline - after.baseline)
    return (
        before.face.is_upright
        and after.face.is_upright
        and -0.3 * sizes[1] < after.left - before.right < 0.45 * sizes[1]
        and height < 0.6 * sizes[1]
        and (sizes[0] <= 0.8 * sizes[1] or 0.15 * sizes[1] < height)
    )


def _runs(line: Sequence[Letter], upright: Sequence[Box]) -> Iterator[Sequence[Letter]]:
    start = 0
    for end, (before, after) in enumerate(pairwise(line), start=1):
        if _breaks(before, after) or (upright and _is_between(before, after, upright)):
            yield line[start:end]
            start = end
    yield line[start:]


def _breaks(before: Letter, after: Letter) -> bool:
    if before.face is not after.face:
        if before.face.is_upright != after.face.is_upright:
            return True
        size = max(before.face.size, after.face.size)
    else:
        size = after.face.size
    if not after.face.is_upright:
        return False
    return (
        not -size < after.left - before.right < COLUMN_GAP * size or abs(after.baseline - before.baseline) > 0.6 * size
    )


def _is_between(before: Letter, after: Letter, upright: Sequence[Box]) -> bool:
    """Tell whether a line is drawn between two letters: they stand in two cells."""
    if after.left - before.right < 1:
        return False
    first = bisect_left(upright, before.right - 1, key=lambda rule: rule.left)
    last = bisect_right(upright, after.left + 1, key=lambda rule: rule.left)
    return any(rule.bottom <= after.baseline <= rule.top for rule in upright[first:last])


def _fragment(run: Sequence[Letter], sheet: Sheet, left_out: list[LeftOut], paper: Paper | None) -> Fragment:
    inked = [letter for letter in run if not letter.char.isspace()]
    faces = Counter(letter.face for letter in inked)
    bold = sum(count for face, count in faces.items() if face.is_bold)
    sizes: Counter[float] = Counter()
    for face, count in faces.items():
        sizes[face.size] += count
    size = max(sizes, key=lambda each: (sizes[each], each))
    baseline = median(letter.baseline for letter in inked if letter.face.size == size)
    if sheet.strokes or sheet.struck:
        run = _current(run, sheet, left_out)
    text = "".join(letter.char for letter in run)
    if len(faces) > 1 or not text.isascii():
        text = _said(run, size, baseline, left_out)
        if not text.isascii():
            text = unicodedata.normalize("NFC", text.translate(_SPELLED))
    text = " ".join(text.translate(_SPELLED).split())
    if text.count(" ") > 1 and re.search(r"(?:^| )[^\W\d_] [^\W\d_] [^\W\d_](?: |$)", text):
        text = _closed_up(text, inked)
    return Fragment(
        text=text,
        page=sheet.number,
        left=min(letter.left for letter in inked),
        right=max(letter.right for letter in inked),
        baseline=baseline,
        size=size,
        is_bold=2 * bold > len(inked),
        is_mixed=len(inked) < 5 * bold < 4 * len(inked),
        is_upright=inked[0].face.is_upright,
        parts=_parts(run, size) if len(faces) == 1 else (),
        ink=inks.of(run, text, paper, size) if paper else (),
    )


def _parts(run: Sequence[Letter], size: float) -> tuple[tuple[float, float, str], ...]:
    # A blank that is a letter fills its place: what is left open lies between two strings of the file.
    ends = [end for end, (a, b) in enumerate(pairwise(run), start=1) if b.left - a.right > 0.25 * size]
    if not ends:
        return ()
    found = []
    for start, end in pairwise([0, *ends, len(run)]):
        text = " ".join("".join(letter.char for letter in run[start:end]).translate(_SPELLED).split())
        if text:
            found.append((run[start].left, run[end - 1].right, text))
    return tuple(found)


def _current(run: Sequence[Letter], sheet: Sheet, left_out: list[LeftOut]) -> Sequence[Letter]:
    """Return the letters that no line strikes out."""
    struck = {letter for box in sheet.strokes for letter in _struck(run, box, is_drawn=True)}
    struck |= {letter for box in sheet.struck for letter in _struck(run, box, is_drawn=False)}
    if not struck:
        return run
    for is_out, letters in groupby(run, key=struck.__contains__):
        text = "".join(letter.char for letter in letters).strip()
        if is_out and text:
            left_out.append(LeftOut(Omission.STRUCK_OUT, text))
    return [letter for letter in run if letter not in struck]


def _struck(run: Sequence[Letter], box: Box, *, is_drawn: bool) -> list[Letter]:
    """Return the letters that a line strikes out: it begins and ends with words of theirs, at half their height."""
    size = run[0].face.size
    height = box.bottom - run[0].baseline
    if box.right < run[0].left or box.left > run[-1].right or (is_drawn and not 0.1 * size < height < 0.45 * size):
        return []
    if not is_drawn:  # what a reviewer marked, as high as the line
        height = run[0].baseline + 0.3 * size
        return [each for each in run if box.left <= _middle(each) <= box.right and box.bottom <= height <= box.top]
    hit = [letter for letter in run if box.left <= _middle(letter) <= box.right]
    ends = (box.left > hit[0].left - 0.35 * size and box.right < hit[-1].right + 0.35 * size) if hit else False
    return hit if ends and len(hit) > 1 else []


def _middle(letter: Letter) -> float:
    return (letter.left + letter.right) / 2


def _said(run: Sequence[Letter], size: float, baseline: float, left_out: list[LeftOut]) -> str:
    """Return the letters of a run but marks of notes: "the treaty.12" would hide the end of a sentence."""

    def is_raised(letter: Letter) -> bool:
        is_high = letter.face.size <= 0.8 * size and letter.baseline > baseline + 0.15 * size
        return is_high or (letter.char in raised.SUPERSCRIPTS and letter.face.is_upright)

    groups = [(high, list(letters)) for high, letters in groupby(run, key=is_raised)]
    said = ""
    for at, (high, letters) in enumerate(groups):
        text = _accented(letters)
        if not high:
            # A mark may leave a blank before a stop.
            said = (said.rstrip() if at and text[:1] in tuple(".,;:!?)”") else said) + text
            continue
        # A blank behind a mark is often as small and high as the mark.
        after = " " if text[-1:].isspace() else groups[at + 1][1][0].char if at + 1 < len(groups) else ""
        read = raised.as_read(said, text, after)
        if read is None:
            left_out.append(LeftOut(Omission.NOTE_MARK, text.strip()))
            said += text[len(text.rstrip()) :]
        elif not said.strip() and not after.isspace():
            said += f"{text} "  # the number of the note that begins here
        else:
            said += read
    return said


def _accented(letters: Sequence[Letter]) -> str:
    """Return letters with the accents that stand over them."""
    said: list[str] = []
    pending = ""
    for at, letter in enumerate(letters):
        accent = _ACCENTS.get(letter.char)
        if accent and at + 1 < len(letters) and _stands_over(letter, letters[at + 1]):
            pending = accent
        elif accent and said and _stands_over(letter, letters[at - 1]):
            said[-1] += accent
        else:
            said.append(letter.char + pending)
            pending = ""
    return "".join(said)


def _stands_over(accent: Letter, letter: Letter) -> bool:
    middle = (accent.left + accent.right) / 2
    return letter.char.isalpha() and letter.left <= middle <= letter.right


def _closed_up(text: str, inked: Sequence[Letter]) -> str:
    """Return the text with words whose letters are set apart ("A I M S") as words, by the widths of the gaps."""
    words = text.split()
    if sum(map(len, words)) != len(inked):
        return text
    closed: list[str] = []
    at = 0
    is_all = all(len(word) == 1 for word in words)
    for is_letter, group in groupby(words, key=lambda word: len(word) == 1 and word.isalpha()):
        run = list(group)
        letters = inked[at : at + sum(map(len, run))]
        at += len(letters)
        if not is_letter or len(run) < (3 if is_all else _LEAST_SPACED):
            closed += run
            continue
        gaps = [after.left - before.right for before, after in pairwise(letters)]
        usual = median(gaps) + 0.15 * letters[0].face.size
        word = letters[0].char
        for gap, letter in zip(gaps, letters[1:], strict=True):
            if gap > usual:
                closed.append(word)
                word = ""
            word += letter.char
        closed.append(word)
    return " ".join(closed)

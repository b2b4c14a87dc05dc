"""Who says what, and when: the turns of captions and transcripts, and the questions of an interview.

What is said becomes a block for each sentence, so that a quote has the time at which its sentence begins. The
speaker is the heading above, as is a question that is marked by "Q:": a heading is read with what stands
under it, and is never quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from alliance_qa.documents import characters
from alliance_qa.documents.extract import RawBlock
from alliance_qa.domain import BlockKind, Span
from alliance_qa.text.sentences import split_sentences

SPEAKER_LEVEL, QUESTION_LEVEL = 11, 12
"""Levels of headings below all that files have, so that neither is taken for a title."""

_LONGEST_SENTENCE = 300  # characters; what a machine writes down has no stops
_LONGEST_QUESTION = 2  # paragraphs that follow the one marked by "Q:"
_QUESTION = re.compile(r"(?:Q|Question)\s?\d{0,3}\s?[:.]\s+(?=\S)")
_ANSWER = re.compile(r"(?:A|Answer)\s?\d{0,3}\s?[:.]\s+(?=\S)")
_INNER_ANSWER = re.compile(r"(?<=[?.!…\"”’)])\s+(?=(?:A|Answer)\s?\d{0,3}:\s+\S)")


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something that is said in one go."""

    text: str  # one line
    seconds: float | None = None  # from the beginning; None where no time is given
    speaker: str = ""  # "" where it is not told


def blocks(said: Sequence[Utterance]) -> Iterator[RawBlock]:
    """Yield a heading for each speaker who begins, and a paragraph for each sentence, whole over several captions."""
    for speaker, turn in groupby(said, key=lambda each: each.speaker):
        if speaker:
            yield RawBlock(speaker, BlockKind.HEADING, SPEAKER_LEVEL)
        yield from _sentences([each for each in turn if each.text], speaker)


def clock(seconds: float) -> str:
    """Return a time as "00:01:12", fractions cut off."""
    whole = int(seconds)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"


def with_questions(given: Sequence[RawBlock]) -> list[RawBlock]:
    """Return the blocks of a file, the questions of an interview as headings.

    A question opens with "Q:" or "Question 3:", and is one where the file has answers marked alike, or several
    questions. Up to two paragraphs behind it belong to it where the one after them opens with "A:".
    """
    parted = [part for block in given for part in _parted(block)]
    asks = [_opens(block, _QUESTION) for block in parted]
    answers = [_opens(block, _ANSWER) for block in parted]
    if not any(asks) or (not any(answers) and sum(asks) == 1):
        return list(given)
    found, last = list(parted), -1
    for at, asked in enumerate(asks):
        if not asked:
            continue
        last = at
        for behind in range(at + 1, min(at + 2 + _LONGEST_QUESTION, len(parted))):
            if answers[behind]:
                last = behind - 1
                break
            if asks[behind] or parted[behind].kind is not BlockKind.PARAGRAPH:
                break
        for number in range(at, last + 1):
            found[number] = replace(parted[number], kind=BlockKind.HEADING, level=QUESTION_LEVEL)
    return found


def is_marked(line: str) -> bool:
    """Whether a line opens with the mark of a question or of an answer."""
    return bool(_QUESTION.match(line) or _ANSWER.match(line))


def _opens(block: RawBlock, mark: re.Pattern[str]) -> bool:
    return block.kind in (BlockKind.PARAGRAPH, BlockKind.ITEM) and bool(mark.match(block.text))


def _parted(block: RawBlock) -> list[RawBlock]:
    """Part a paragraph that has both, "Q: … ? A: …", at its answer."""
    if not _opens(block, _QUESTION):
        return [block]
    return [replace(block, text=text) for text in _INNER_ANSWER.split(block.text, maxsplit=1)]


def _sentences(turn: Sequence[Utterance], speaker: str) -> Iterator[RawBlock]:
    if not turn:
        return
    text, starts = turn[0].text, [0]
    for each in turn[1:]:
        text = characters.join([text, each.text])
        starts.append(len(text) - len(each.text))
    for sentence in split_sentences(text):
        for piece in _pieces(sentence, starts):
            begun = max(at for at, start in enumerate(starts) if start <= piece.start)
            seconds = turn[begun].seconds
            told = [f"time {clock(seconds)}"] if seconds is not None else []
            yield RawBlock(piece.of(text).strip(), locator=", ".join([*told, *filter(None, [speaker])]))


def _pieces(sentence: Span, starts: Sequence[int]) -> Iterator[Span]:
    """Cut a sentence that never ends where captions begin."""
    start = sentence.start
    for border in starts:
        if sentence.end - start <= _LONGEST_SENTENCE:
            break
        if start < border < sentence.end and border - start > _LONGEST_SENTENCE / 2:
            yield Span(start, border)
            start = border
    yield Span(start, sentence.end)

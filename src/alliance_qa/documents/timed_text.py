"""Reads captions, WebVTT (.vtt) and SubRip (.srt): what is said, by whom and when."""

from __future__ import annotations

import html
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence

import webvtt
from webvtt.errors import MalformedCaptionError, MalformedFileError

from alliance_qa.documents import characters, encoding, turns
from alliance_qa.documents.extract import Extract, LeftOut, Omission, Stated
from alliance_qa.documents.turns import Utterance
from alliance_qa.domain import Provenance
from alliance_qa.errors import DocumentError, Failure

# webvtt-py 0.6.0 knows one voice a cue and keeps the entities.
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?[ \t]+([^>]+)>")
_TAG = re.compile(r"</?(?:[a-zA-Z][^>]*|\d[\d:.]*)>|\{\\[^}]*\}")  # those of SubRip's players, too: {\an8}
_NAME = re.compile(r"(?:>>+\s*|[-–—]\s*)?([^\W\d_][\w.’'& -]{0,40}?)(?: \([^)]{1,30}\))?:\s+(?=\S)")
_NEXT_SPEAKER = re.compile(r">>+\s*|[-–—]\s+")
_SOUND = re.compile(r"[\s♪♫*-]*(?:\[[^\]]*\]|\([^)]*\)|[♪♫#].*[♪♫#]|[♪♫]+)[\s♪♫.]*")
_LANGUAGE = re.compile(r"Language:\s*(\S+)", re.IGNORECASE)


def read_vtt(data: bytes) -> Extract:
    """Return what WebVTT captions say.

    Raises:
        DocumentError: They are damaged, or no WebVTT.
    """
    text = _decoded(data)
    if not text.startswith("WEBVTT"):
        raise DocumentError('is no WebVTT file: it does not begin with "WEBVTT"; export the captions again')
    return _read(text, "vtt")


def read_srt(data: bytes) -> Extract:
    """Return what SubRip captions say.

    Raises:
        DocumentError: They are damaged, or no SubRip.
    """
    text = _decoded(data)
    if text.startswith("WEBVTT"):
        raise DocumentError("is a WebVTT file; name it .vtt")
    return _read(text, "srt")


def _decoded(data: bytes) -> str:
    # Captions of players are often in the code page of their country.
    return encoding.decode(data).lstrip("\ufeff \r\n\t")


def _read(text: str, kind: str) -> Extract:
    try:
        found = webvtt.from_buffer(io.StringIO(text), format=kind)
    except (MalformedFileError, MalformedCaptionError, ValueError) as error:
        raise DocumentError("holds no captions that can be read; export them again") from error
    left_out = [LeftOut(Omission.COMMENT, note) for note in _notes(found)]
    said = list(_utterances(found.captions, left_out))
    if not said:
        raise DocumentError("holds no captions; export them again", Failure.EMPTY)
    return Extract(tuple(turns.blocks(said)), tuple(_stated(found, said)), tuple(left_out), spoken_from=0)


def _notes(found: webvtt.WebVTT) -> Iterator[str]:
    yield from (*found.header_comments, *found.footer_comments)
    for caption in found.captions:
        yield from caption.comments


def _stated(found: webvtt.WebVTT, said: Sequence[Utterance]) -> Iterator[Stated]:
    where = "the line WEBVTT"
    if title := found.header_text.strip(" -–—:\t"):
        yield Stated("title", title, Provenance.FILE_METADATA, where)
    for line in found.metadata:
        if language := _LANGUAGE.fullmatch(line):
            yield Stated("language", language[1], Provenance.FILE_METADATA, line)
    if speakers := dict.fromkeys(each.speaker for each in said if each.speaker):
        yield Stated("speakers", ", ".join(speakers), Provenance.FILE_METADATA, "the captions")


def _utterances(captions: Sequence[webvtt.Caption], left_out: list[LeftOut]) -> Iterator[Utterance]:
    names = _names(captions)
    before: list[str] = []  # the lines of the caption before: rolling captions show them again
    speaker = ""
    for caption in captions:
        lines = [line for line in caption.raw_text.split("\n") if _plain(line)]
        shown = [_plain(line) for line in lines]
        again = _rolled(before, shown)
        left_out.extend(LeftOut(Omission.REPEATED, line) for line in shown[:again])
        before = shown or before
        is_voiced = bool(_VOICE.search(caption.raw_text))
        for given, line in _voices(lines[again:]):
            text = _plain(line)
            if _SOUND.fullmatch(text):
                left_out.append(LeftOut(Omission.SOUND, text))
                continue
            named = _NAME.match(text)
            if is_voiced:
                speaker = given or speaker
            elif named and named[1] in names:
                speaker, text = named[1], text[named.end() :]
            elif (change := _NEXT_SPEAKER.match(text)) and names:
                speaker, text = "", text[change.end() :]
            yield Utterance(_NEXT_SPEAKER.sub("", text, count=1), _seconds(caption), speaker)


def _names(captions: Sequence[webvtt.Caption]) -> frozenset[str]:
    """Return the names that stand before what is said, each twice at least or marked as a change of speaker."""
    found: Counter[str] = Counter()
    for caption in captions:
        for line in map(_plain, caption.raw_text.split("\n")):
            if named := _NAME.match(line):
                found[named[1]] += 1 + (line[0] in ">-–—")
    return frozenset(name for name, times in found.items() if times > 1 and not turns.is_marked(f"{name}: x"))


def _voices(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield who speaks and what, for each line and each voice in it; "" goes on with the voice before."""
    for line in lines:
        first, *rest = _VOICE.split(line)
        if _plain(first):
            yield "", first
        yield from ((_plain(name), text) for name, text in zip(rest[::2], rest[1::2], strict=True) if _plain(text))


def _rolled(before: Sequence[str], lines: Sequence[str]) -> int:
    """Return how many lines a caption has in common with the end of the one before."""
    for count in range(min(len(before), len(lines)), 0, -1):
        if list(before[-count:]) == list(lines[:count]):
            return count
    return 0


def _plain(line: str) -> str:
    return characters.one_line(html.unescape(_TAG.sub("", line)))


def _seconds(caption: webvtt.Caption) -> float:
    return float(caption.start_time.in_milliseconds()) / 1000

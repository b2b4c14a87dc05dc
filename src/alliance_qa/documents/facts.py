"""The facts about a document as a whole, each with the line that states it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from alliance_qa.documents import bylines, captions, dates, head
from alliance_qa.documents.extract import Stated
from alliance_qa.domain import Block, BlockKind, Fact, Facts, Provenance, Span
from alliance_qa.text.sentences import split_sentences

_HEAD_BLOCKS = 10  # as in `furniture`
_NOTE_BLOCKS = 6  # the notes on the authors close the text
_LONGEST_TITLE = 200  # characters
_WHOLE_BLOCK = 160  # characters; of a longer block only the sentence is cited
# What word processors and printers write into a file's title by themselves.
_NO_TITLE = re.compile(
    r".|(?:untitled|document|title|no title|無題)[\s\d-]*|microsoft (?:word|powerpoint)\b.*"
    r"|.*\.(?:docx?|pdf|rtf|odt|txt|html?|md|indd|qxd)",
    re.IGNORECASE,
)
_CALLED = re.compile(r"(?:title|titel|titre|título|titolo|題名|タイトル)\s*[:：]\s*(\S.{0,198})", re.IGNORECASE)
_WORK = (
    r"(?:commentary|article|op-ed|essay|piece|post|column|story|interview|analysis|report|paper|review|excerpt"
    r"|text|speech)"
)
# "The report published in Tokyo says" is about another report: without "originally" it takes "This … was".
_APPEARED = re.compile(
    rf"(?:(?:This|The)(?: above| following)? {_WORK}(?: was| is| has been)? (?:originally|first)"
    r" (?:appeared|published|posted|printed|ran)"
    rf"|This {_WORK} (?:appeared|ran|(?:was|is|has been) (?:published|posted|printed)))"
    r" (?:on|in|by|at) (?P<publisher>.+)",
    re.IGNORECASE,
)
_APPEARED_END = re.compile(
    r"(?:\s+on\s+|,\s+|\s+in\s+|\s+\()"
    r"(?P<date>[^,()]*?\d{4}(?:-\d\d)*|\w+ \d{1,2}(?:st|nd|rd|th)?, \d{4})(?:\b.*|$)"
    r"|\s+(?:and (?:is|was|has)|under|with (?:the )?permission|as part)\b.*|,\s.*|\.$",
    re.IGNORECASE,
)
_APPEARED_JAPANESE = re.compile(
    r"(?:この|本)(?:記事|論考|論評|コラム|寄稿|文章)は.*?[「『](?P<publisher>[^」』]{1,60})[」』].*掲載"
)
_DATED = re.compile(r"(?P<date>\d{4}-\d\d-\d\d)(?:[-_ ]++(?P<name>.+))?\.(?:md|markdown)", re.IGNORECASE)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8})*")
_NAMED_LANGUAGE = re.compile(r"[^()]+\(([\w-]+)\)")  # "English (en)"


def find(
    text: str, blocks: Sequence[Block], stated: Sequence[Stated], path: str, *, has_title_line: bool = True
) -> Facts:
    """Return what is known about a document.

    What the file states comes first, then what its text says, then what is likely and not said (`Stated.weak`);
    a title may come from the file name. The names of programs and accounts are no author. A value that is no
    date, address or language is passed over for the next source, never guessed at.

    Args:
        text: The document's text.
        blocks: The text's blocks; the first len(stated) of them state one fact each, in order.
        stated: The facts the file states outside its text, the most trusted first.
        path: The file's path, for the last resort.
        has_title_line: Whether the first line may be the title.
    """
    lines = list(zip(stated, blocks, strict=False))
    body = blocks[len(stated) :]

    def stated_fact(name: str, accept: Callable[[str], str | None], *, weak: bool = False) -> Fact | None:
        for entry, block in lines:
            is_asked = entry.name == name and entry.weak is weak
            value = accept(" ".join(entry.value.split())) if is_asked else None
            if value:
                return Fact(value, entry.provenance, block.span, entry.where, entry.weak)
        return None

    return Facts(
        title=stated_fact("title", _title)
        or _title_line(text, body)
        or stated_fact("title", _title, weak=True)
        or (_first_line(text, body) if has_title_line else None)
        or _file_name(path),
        author=stated_fact("author", _author)
        or _byline(text, body)
        or _notes(text, body)
        or stated_fact("author", _author, weak=True),
        published=stated_fact("published", dates.read)
        or _date_line(text, body)
        or _appeared_on(text, body)
        or stated_fact("published", dates.read, weak=True)
        or _dated_name(path),
        publisher=stated_fact("publisher", _publisher)
        or _publisher_line(text, body)
        or _appeared_in(text, body)
        or stated_fact("publisher", _publisher, weak=True),
        source_url=stated_fact("source_url", _address) or stated_fact("source_url", _address, weak=True),
        language=stated_fact("language", _tag) or stated_fact("language", _tag, weak=True),
    )


def _title(value: str) -> str | None:
    return None if _NO_TITLE.fullmatch(value) else value


def _author(value: str) -> str | None:
    value = re.sub(r"^by\s+", "", value, flags=re.IGNORECASE)
    if bylines.is_nobody(value):
        return None
    somebody = [name for name in value.split(", ") if not bylines.is_nobody(name)]
    return ", ".join(somebody) or None


def _publisher(value: str) -> str | None:
    return value if re.search(r"\w", value) else None


def _address(value: str) -> str | None:
    """Return an http or https address that names a host and hides no password, else None."""
    try:
        address = urlsplit(value)
        host = address.hostname
    except ValueError:
        return None
    if address.scheme.lower() not in ("http", "https") or not host or "@" in address.netloc or re.search(r"\s", value):
        return None
    return value


def _tag(value: str) -> str | None:
    named = _NAMED_LANGUAGE.fullmatch(value.strip())
    tag = (named[1] if named else value.strip()).replace("_", "-").lower()
    return tag if _LANGUAGE.fullmatch(tag) else None


def _first_line(text: str, body: Sequence[Block]) -> Fact | None:
    """Return the heading that opens the text, or its first line where that reads as a title."""
    opening = [block for block in body[:_HEAD_BLOCKS] if block.kind not in (BlockKind.METADATA, BlockKind.CAPTION)]
    first = next(iter(opening), None)
    top = next((block for block in opening if block.kind is BlockKind.HEADING and block.level == 1), None)
    for block in (first, top):
        if block and _reads_as_title(block, block.span.of(text)):
            return Fact(block.span.of(text), Provenance.TEXT, block.span)
    return None


def _title_line(text: str, body: Sequence[Block]) -> Fact | None:
    """Return what a line of the head calls the title: "Title: The Harbour"."""
    for block in body[:_HEAD_BLOCKS]:
        called = _CALLED.fullmatch(block.span.of(text))
        if called and (title := _title(called[1])):
            return Fact(title, Provenance.TEXT, block.span)
    return None


def _reads_as_title(block: Block, line: str) -> bool:
    if block.kind is BlockKind.HEADING:
        return len(line) <= _LONGEST_TITLE
    is_sentence = re.search(r"(?:[.。;:,]|…)[\"'”’」]*$", line) and not re.search(r"(?:\b[A-Z]\.)+[\"'”’]*$", line)
    return (
        block.kind is BlockKind.PARAGRAPH
        and len(line) <= _LONGEST_TITLE
        and not is_sentence
        and not captions.is_credit(line)
    )


def _dated_name(path: str) -> Fact | None:
    """Return the day that Jekyll and Obsidian keep in the name of a Markdown file."""
    name = _DATED.fullmatch(PurePosixPath(path).name)
    found = dates.read(name["date"]) if name else None
    return Fact(found, Provenance.FILE_NAME, where="file name") if found else None


def _file_name(path: str) -> Fact:
    name = PurePosixPath(path)
    dated = _DATED.fullmatch(name.name)
    # Notion ends the name of an exported page with 32 hexadecimal digits.
    stem = re.sub(r"\s[0-9a-f]{32}$", "", (dated and dated["name"]) or name.stem)
    words = " ".join(re.sub(r"[-_\s]+", " ", stem).split()) or name.name
    return Fact(words[:1].upper() + words[1:], Provenance.FILE_NAME)


def _byline(text: str, body: Sequence[Block]) -> Fact | None:
    for block, line in _head_lines(text, body):
        authors = head.authors_of(line)
        if authors:
            return Fact(", ".join(authors), Provenance.TEXT, block.span)
    return None


def _notes(text: str, body: Sequence[Block]) -> Fact | None:
    """Return everybody whom the notes at the end introduce, citing from the first note to the last."""
    closing = [block for block in body if block.kind in (BlockKind.PARAGRAPH, BlockKind.ITEM)][-_NOTE_BLOCKS:]
    authors: list[str] = []
    spans: list[Span] = []
    for block in closing:
        for sentence in _sentences(text, block):
            introduced = bylines.introduced(sentence.of(text))
            if introduced:
                authors.extend(introduced)
                spans.append(sentence)
    if not spans:
        return None
    return Fact(", ".join(dict.fromkeys(authors)), Provenance.TEXT, Span(spans[0].start, spans[-1].end))


def _date_line(text: str, body: Sequence[Block]) -> Fact | None:
    for block, line in _head_lines(text, body):
        found = head.date_of(line)
        if found:
            return Fact(found, Provenance.TEXT, block.span)
    return None


def _publisher_line(text: str, body: Sequence[Block]) -> Fact | None:
    for block, line in _head_lines(text, body):
        found = head.publisher_of(line)
        if found:
            return Fact(found, Provenance.TEXT, block.span)
    return None


def _head_lines(text: str, body: Sequence[Block]) -> Iterator[tuple[Block, str]]:
    for block in body[:_HEAD_BLOCKS]:
        if block.kind is BlockKind.METADATA:
            yield block, block.span.of(text)


def _appeared_in(text: str, body: Sequence[Block]) -> Fact | None:
    for publisher, _, span in _appearances(text, body):
        return Fact(publisher, Provenance.TEXT, span)
    return None


def _appeared_on(text: str, body: Sequence[Block]) -> Fact | None:
    for _, published, span in _appearances(text, body):
        if published:
            return Fact(published, Provenance.TEXT, span)
    return None


def _appearances(text: str, body: Sequence[Block]) -> Iterator[tuple[str, str | None, Span]]:
    """Yield publisher, date and place of each sentence like "This article first appeared in X on DATE."."""
    for block in body:
        if block.kind not in (BlockKind.PARAGRAPH, BlockKind.FOOTER):
            continue
        for span in _sentences(text, block):
            sentence = span.of(text).strip("()[]*_")
            if japanese := _APPEARED_JAPANESE.match(sentence):
                yield japanese["publisher"], None, span
                continue
            appeared = _APPEARED.match(sentence)
            if not appeared:
                continue
            end = _APPEARED_END.search(appeared["publisher"])
            publisher = appeared["publisher"][: end.start()] if end else appeared["publisher"]
            publisher = re.sub(r"^the\s+", "", publisher).strip(" \"'“”‘’.")
            if publisher and not publisher[0].islower() and not publisher[0].isdigit() and len(publisher) <= 80:
                yield publisher, dates.read(end["date"]) if end and end["date"] else None, span


def _sentences(text: str, block: Block) -> list[Span]:
    """Return the sentences of a block, or the block itself where it is one short line."""
    line = block.span.of(text)
    spans = [Span(block.span.start + s.start, block.span.start + s.end) for s in split_sentences(line)]
    return [block.span] if len(spans) == 1 and len(line) <= _WHOLE_BLOCK else spans

"""What a saved page holds besides its text: share lines, pull quotes, captions, labels, footers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from alliance_qa.documents import bylines, captions, contents, head, repeats
from alliance_qa.documents.extract import LeftOut, Omission, RawBlock
from alliance_qa.domain import BlockKind
from alliance_qa.text.sentences import split_sentences

_NETWORK = (
    r"(?:twitter|x|facebook|linkedin|whatsapp|reddit|telegram|line|bluesky|threads|e-?mail|pinterest|mastodon"
    r"|wechat|weibo|hatena)"
)
_TEXT = r"(?:article|post|page|story|commentary|report|essay|piece|publication|interview|speech)"
_SHARE = re.compile(
    rf"(?:(?:share|post|tweet|send|save|print|e-?mail|cite|bookmark|download|listen to)"
    rf"(?: (?:this|the))? {_TEXT}"
    rf"|(?:share|post|send)(?: this)?(?: {_TEXT})?(?: (?:on|via|to|with|by) (?:{_NETWORK}|friends?))+"
    rf"|(?:share (?:on|via) {_NETWORK}\s*){{2,8}}"
    r"|share(?: this| options| link)?|tweet(?: this)?|(?:follow|like|find) us(?: on .{1,30})?"
    r"|copy(?: the)? (?:link|url)(?: to clipboard)?|link copied|download(?: the)?(?: full)? pdf"
    r"|printer-friendly(?: version)?"
    r"|(?:subscribe|sign up)(?: now| today)?(?: (?:to|for) (?:our|the|my) [^.]{0,40}"
    r"(?:newsletters?|updates?|mailing list|podcasts?|feed))(?: now| today)?"
    r"|related (?:articles?|content|stories|posts|reading|topics|links|commentary)|read (?:more|next|also)"
    r"|more stories|back to top|skip to (?:main )?content|advertisement|sponsored content"
    r"|(?:(?:twitter|x|facebook|line)で)?(?:シェア|共有|ツイート|ポスト)(?:する)?|印刷(?:する)?"
    r"|メールで(?:送る|共有)|(?:リンク|url)をコピー|関連記事|関連リンク|この記事をシェア(?:する)?)",
    re.IGNORECASE,
)
# Words that are share buttons only where they stand alone in a paragraph.
_BUTTON = re.compile(
    r"print|e-?mail|save|bookmark|subscribe|sign up|cite|share|post|twitter|facebook|linkedin|whatsapp"
    r"|reddit|top",
    re.IGNORECASE,
)

_SITE = (
    r"(?:commentary|article|report|publication|essay|post|story|piece|page|speech|transcript|series|site|website"
    r"|publisher|blog|newsletter|organi[sz]ation|magazine|journal|photos?|photographs?)"
)
_FOOTER_HEADING = re.compile(
    rf"more about (?:this|the) {_SITE}"
    rf"|about (?:the|this|our) (?:authors?|writers?|contributors?|editors?|speakers?|{_SITE})"
    r"|about us|disclaimers?|copyright(?: notice| and licen[cs]e)?|terms of (?:use|service)|licen[cs]e"
    r"|legal notice|(?:著者|筆者|執筆者)(?:について|紹介|プロフィール)|(?:この|本)(?:サイト|記事)について"
    r"|著作権(?:について)?|免責事項",
    re.IGNORECASE,
)
_LEGAL = re.compile(
    r"(?:©|\(c\)\s*\d{4}|copyright\b\s*(?:©|\(c\)|\d{4})).*|.*\ball rights reserved\.?"
    r"|(?:(?:terms of (?:use|service)|privacy(?: policy)?|cookie policy|cookies|legal notice|contact us"
    r"|accessibility|site ?map)[\s|·•.]*)+"
    rf"|(?:this|the) (?:above |original )?{_SITE} (?:is|was|has been)"
    r" (?:licen[cs]ed|made available|re-?published)\b.*"
    r"|re(?:published|printed)\b.*\bpermission\b.*|.*(?:無断転載|無断複写).*(?:禁じ|禁止|お断り).*",
    re.IGNORECASE,
)
_LONGEST_LEGAL = 300  # characters
_FOOTER_CHARS = 600  # what may follow a footer heading even in a short document
_FOOTER_SHARE = 0.25  # and in a long one, as a share of all characters

_NO_FOOTER = (BlockKind.METADATA, BlockKind.CAPTION)

_HEAD_BLOCKS = 10  # title, kicker, deck, date, byline, and a picture with its three lines
_SENTENCE = re.compile(r".{40}[.!?][\"”’)]*$|.{15}。$")
_WORD = re.compile(r"[A-Za-z][A-Za-z-]{2,14}")


def clear(blocks: Sequence[RawBlock]) -> tuple[RawBlock, ...]:
    """Return the blocks of a page's text: furniture removed, or marked as what it is.

    Removed are share lines and repeats (see `repeats`, `captions`, `contents`). Captions, the lines about the text
    at its head, and footers stay and carry their kind. Every other block is as it was, in its order.
    """
    return part(blocks)[0]


def part(blocks: Sequence[RawBlock]) -> tuple[tuple[RawBlock, ...], tuple[LeftOut, ...]]:
    """Return the blocks that `clear` does, and what it removes."""
    kept = _without_share_lines(blocks)
    text = contents.without(repeats.remove(_with_footers(captions.mark(_with_head(kept)))))
    removed = [LeftOut(Omission.FURNITURE, block.text) for block in _missing(blocks, kept)]
    removed += [LeftOut(Omission.REPEATED, block.text) for block in _missing(kept, text)]
    return text, tuple(removed)


def _missing(blocks: Sequence[RawBlock], kept: Sequence[RawBlock]) -> Iterator[RawBlock]:
    """Yield the blocks that are not among those kept, which may have another kind and are in the same order."""
    rest = iter(kept)
    following = next(rest, None)
    for block in blocks:
        if following is not None and following.text == block.text:
            following = next(rest, None)
        else:
            yield block


def is_share_line(line: str) -> bool:
    """Whether the whole line is a button or link of the page: "Share on Twitter", "Print | Email"."""
    parts = [part.strip(" .:!→»>") for part in re.split(r"[|·•]", line)]
    return all(_SHARE.fullmatch(part) or _BUTTON.fullmatch(part) for part in parts if part) and any(parts)


def _without_share_lines(blocks: Sequence[RawBlock]) -> list[RawBlock]:
    kept: list[RawBlock] = []
    for kind, group in groupby(blocks, key=lambda block: block.kind):
        run = list(group)
        if kind is BlockKind.PARAGRAPH:
            kept.extend(block for block in run if not is_share_line(block.text))
        elif kind is BlockKind.HEADING:
            kept.extend(block for block in run if not is_share_line(block.text) or _BUTTON.fullmatch(block.text))
        elif kind is not BlockKind.ITEM or not all(is_share_line(block.text) for block in run):
            # A list of buttons goes as a whole; one entry "Email" in a list of words is a word.
            kept.extend(run)
    return kept


def _with_head(blocks: Sequence[RawBlock]) -> list[RawBlock]:
    """Mark the date line, byline and label above the text."""
    marked = list(blocks)
    in_text = False
    for at, block in enumerate(blocks[:_HEAD_BLOCKS]):
        if block.kind not in (BlockKind.PARAGRAPH, BlockKind.HEADING):
            continue
        # Below the first paragraph "Analysis" heads a section.
        if head.is_about_the_text(block.text) and not (in_text and head.is_label(block.text)):
            marked[at] = replace(block, kind=BlockKind.METADATA, level=0)
        in_text = in_text or bool(_SENTENCE.search(block.text))
    return _with_neighbours(marked)


def _with_neighbours(blocks: list[RawBlock]) -> list[RawBlock]:
    """Mark one word, or names alone, beside a line about the text; the first other line may be the title."""
    marked = list(blocks)
    after_title = False
    for at, block in enumerate(blocks[:_HEAD_BLOCKS]):
        beside = {near.kind for near in blocks[max(at - 1, 0) : at] + blocks[at + 1 : at + 2]}
        is_open = after_title and block.kind is BlockKind.PARAGRAPH and BlockKind.METADATA in beside
        if is_open and (_WORD.fullmatch(block.text) or _are_names(block.text, blocks)):
            marked[at] = replace(block, kind=BlockKind.METADATA)
        after_title = after_title or block.kind in (BlockKind.HEADING, BlockKind.PARAGRAPH)
    return marked


def _are_names(line: str, blocks: Sequence[RawBlock]) -> bool:
    """Whether a line is nothing but names: no "Hard Power" where the text speaks of power."""
    words = {word for block in blocks for word in re.findall(r"\w+", block.text) if word.islower()}
    people = head.authors_of(line)
    return bool(people) and not any(name.split()[-1].lower() in words for name in people)


def _with_footers(blocks: Sequence[RawBlock]) -> list[RawBlock]:
    """Mark what stands under a footer heading in the last part of the text, and legal lines there."""
    marked = list(blocks)
    total = sum(len(block.text) for block in blocks)
    limit = max(_FOOTER_CHARS, _FOOTER_SHARE * total)
    after = total
    opener: RawBlock | None = None
    for at, block in enumerate(blocks):
        after -= len(block.text)
        is_last_part = at > 1 and after <= limit
        if is_last_part and _is_footer_heading(block):
            opener = block
        elif opener and block.kind is BlockKind.HEADING:
            opener = None
        is_footer = opener is not None or (is_last_part and _is_legal(block.text))
        if is_footer and block.kind not in _NO_FOOTER and not _introduces_author(block):
            marked[at] = replace(block, kind=BlockKind.FOOTER, level=0)
    return marked


def _is_footer_heading(block: RawBlock) -> bool:
    return block.kind in (BlockKind.HEADING, BlockKind.PARAGRAPH) and bool(
        _FOOTER_HEADING.fullmatch(block.text.strip(" :"))
    )


def _introduces_author(block: RawBlock) -> bool:
    return any(bylines.introduced(sentence.of(block.text)) for sentence in split_sentences(block.text))


def _is_legal(text: str) -> bool:
    return len(text) <= _LONGEST_LEGAL and bool(_LEGAL.fullmatch(text))

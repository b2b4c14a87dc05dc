"""The short lines above a text: its date, its byline, the label of its kind."""

from __future__ import annotations

import re

from alliance_qa.documents import bylines, dates

_LABELS = frozenset(
    (
        "analysis|announcement|article|blog|blog post|brief|briefing|column|commentary|conference report"
        "|editorial|essay|event|expert insights|explainer|fact sheet|feature|for immediate release|in brief"
        "|insight|insights|interview|issue brief|joint statement|letter|media release|memorandum|news"
        "|news release|newsletter|op-ed|opinion|perspective|perspectives|podcast|policy brief|press release"
        "|press statement|publication|q&a|remarks|report|research|research brief|review|speech|statement"
        "|testimony|transcript|white paper|working paper"
        "|社説|論説|論評|論考|解説|寄稿|オピニオン|コラム|演説|スピーチ|談話|報道発表|プレスリリース|ニュース|お知らせ|レポート"
    ).split("|")
)
_SEPARATOR = re.compile(
    r"\s*[|·•‧／]\s*|\s+[—–-]\s+|\s*—\s*|\s*[.;,]\s+(?=(?:last\s+)?(?:updated|modified)|published by\s)",
    re.IGNORECASE,
)
_PUBLISHED = re.compile(
    r"(?:(?:first |originally )?(?:published|posted|issued|released)(?: on)?|(?:publication |release )?date"
    r"|公開日|掲載日|発表日|発行日|投稿日|配信日)\s*[:：]?\s*",
    re.IGNORECASE,
)
_PUBLISHED_BY = re.compile(
    r"(?:(?:first |originally )?published by)\s+(?P<publisher>[^\d\W](?:[^.]|\.(?=\S)){1,60}?)"
    r"(?:,? (?:on )?(?P<date>[^,]*\d{4}|\w+ \d{1,2}, \d{4}))?\.?",
    re.IGNORECASE,
)
_UPDATED = re.compile(
    r"(?:(?:last )?(?:updated|modified|revised|reviewed|changed)(?: on)?"
    r"|更新日|最終更新日?|改訂日)\s*[:：]?\s*",
    re.IGNORECASE,
)
_PLACE_WORD = r"[^\W\d_][\w.'’-]*"
_PLACE = re.compile(rf"{_PLACE_WORD}(?: {_PLACE_WORD}){{0,3}}(?:, {_PLACE_WORD}(?: {_PLACE_WORD})?)?")
_BYLINE = re.compile(
    r"(?:(?:written |story |text |created )?by:?|authors?:|文|著者|執筆者?|筆者)\s*(?:[:：・＝=／]\s*|(?<=[\w:])\s+)",
    re.IGNORECASE,
)
# "By Alliance QA project": a body signs as a few words that begin with a capital.
_BODY = re.compile(r"(?:the )?[A-Z][\w&’'-]*(?: [\w&’'-]+){1,5}")
_READING_TIME = re.compile(
    r"(?:reading time:?\s*)?\d{1,3}[\s-]*(?:min(?:ute)?s?\.?)(?:\s+read)?|\d+分で読めます?", re.IGNORECASE
)
_JAPANESE_NAME = re.compile(
    r"[\u3005\u3041-\u30ff\u4e00-\u9fff]{1,6}[\s\u3000]?[\u3005\u3041-\u30ff\u4e00-\u9fff]{1,8}"
)
_LANGUAGE = re.compile(r"language:\s*[^\d\W]+(?:\s\([a-z]{2,3}(?:-\w+)?\))?\.?", re.IGNORECASE)
_LONGEST_LINE = 120  # characters; two authors, their titles and a date fit


def date_of(line: str) -> str | None:
    """Return the date of publication that a line of its own states, in ISO 8601.

    A place before it ("Tokyo, April 10, 2024") and parts beside it ("… | 5 min read") do not disturb.
    A date of the last update is none of publication.
    """
    for part in _parts(line):
        if not _UPDATED.match(part):
            found = _date(part)
            if found:
                return found
    return None


def authors_of(line: str) -> tuple[str, ...]:
    """Return the names after "By" in a byline, or those that make up the whole line; else ()."""
    for part in _parts(line):
        found = _byline(part)
        if found:
            return found
    return bylines.people(line) if len(line) <= _LONGEST_LINE else ()


def publisher_of(line: str) -> str | None:
    """Return who is named after "Published by" in a line of its own."""
    return next((by["publisher"] for by in map(_PUBLISHED_BY.fullmatch, _parts(line)) if by), None)


def is_label(line: str) -> bool:
    """Whether the line names the kind of the text and nothing else: "Commentary", "Press release"."""
    return line.strip(" :").casefold() in _LABELS


def is_about_the_text(line: str) -> bool:
    """Whether every part of a line is a date, a byline, a label, a place beside a date, or a reading time."""
    parts = _parts(line)
    known = [bool(_date(part) or _is_update(part) or _byline(part) or _PUBLISHED_BY.fullmatch(part)) for part in parts]
    beside = [is_label(part) or bool(_READING_TIME.fullmatch(part) or _LANGUAGE.fullmatch(part)) for part in parts]
    places = [bool(_PLACE.fullmatch(part)) and part[0].isupper() for part in parts]
    if not parts or not any(known):
        return bool(parts) and all(beside)
    return all(any(claims) for claims in zip(known, beside, places, strict=True))


def _parts(line: str) -> list[str]:
    if len(line) > _LONGEST_LINE:
        return []
    if dates.read(line):
        return [line]
    return [part for part in (part.strip(" ,;") for part in _SEPARATOR.split(line)) if part]


def _date(part: str) -> str | None:
    published_by = _PUBLISHED_BY.fullmatch(part)
    if published_by:
        return dates.read(published_by["date"]) if published_by["date"] else None
    prefix = _PUBLISHED.match(part)
    stated = part[prefix.end() :] if prefix else part
    found = dates.read(stated.rstrip("."))
    if found:
        return found
    for comma in re.finditer(r",\s+", part):
        place = part[: comma.start()]
        if _PLACE.fullmatch(place) and place[0].isupper() and not re.search(r"\d", place):
            found = dates.read(part[comma.end() :])
            if found and len(found) > 4:
                return found
    return None


def _is_update(part: str) -> bool:
    prefix = _UPDATED.match(part)
    return bool(prefix and dates.read(part[prefix.end() :].rstrip(".")))


def _byline(part: str) -> tuple[str, ...]:
    by = _BYLINE.match(part)
    if not by:
        return ()
    rest = part[by.end() :].strip()
    if _JAPANESE_NAME.fullmatch(rest) and not by.group()[0].isascii():
        return (rest,)
    # "By Jane Doe, Staff Writer": the names end where a comma begins something else.
    pieces = rest.split(", ")
    for count in range(len(pieces), 0, -1):
        found = bylines.people(", ".join(pieces[:count]), capitals=True)
        if found:
            return found
    if bylines.is_nobody(rest):
        return ()
    return (rest,) if _BODY.fullmatch(rest) and by.group().strip(" :").casefold() in ("by", "written by") else ()

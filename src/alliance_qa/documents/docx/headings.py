"""The headings that a document writes without a style: bold lines of their own above text."""

from __future__ import annotations

import re
from dataclasses import replace

from alliance_qa.documents import head
from alliance_qa.documents.docx import lines
from alliance_qa.documents.docx.content import Content, Paragraph
from alliance_qa.domain import BlockKind

_LONGEST = 100  # characters
_NO_HEADING = re.compile(r"[^\W\d]+:\s.*|.*[.,;:]|(?:figure|fig\.|table|map|chart|box|photo)\s*\d.*", re.IGNORECASE)


def told(content: Content) -> Content:
    """Return settled content in which a bold line above text that is not bold is a heading.

    It is of the level of a heading with a style that follows, else of the next below the one before. Lines
    about the text, labels ("Date: …"), captions and names are none, nor is anything where most of the text is bold.
    """
    texts = [lines.text(node) if isinstance(node, Paragraph) else "" for node in content]
    bold = sum(
        len(text) for node, text in zip(content, texts, strict=True) if isinstance(node, Paragraph) and node.is_bold
    )
    if not bold or 2 * bold > sum(map(len, texts)):
        return content
    found = list(content)
    is_above, following = False, 0  # whether text or a heading follows, and the level of a heading with a style
    for at in range(len(content) - 1, -1, -1):
        node = content[at]
        if not isinstance(node, Paragraph):
            is_above, following = False, 0
        elif node.kind is BlockKind.HEADING:
            is_above, following = True, node.level
        elif texts[at]:
            is_line = node.kind is BlockKind.PARAGRAPH and node.is_bold
            if is_line and is_above and _reads_as_heading(texts[at]):
                found[at] = replace(node, kind=BlockKind.HEADING, level=following)
            else:
                is_above, following = not is_line, 0
    level = 0
    for at, node in enumerate(found):
        if isinstance(node, Paragraph) and node.kind is BlockKind.HEADING:
            if node is content[at]:
                level = node.level
            elif not node.level:
                found[at] = replace(node, level=level + 1)
    return tuple(found)


def _reads_as_heading(text: str) -> bool:
    is_line = len(text) <= _LONGEST and sum(map(str.isalpha, text)) > 2
    return is_line and not (_NO_HEADING.fullmatch(text) or head.is_about_the_text(text) or head.authors_of(text))

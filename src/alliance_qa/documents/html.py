"""Reads saved web pages: the text that a browser shows in the main part, and the facts that the page states."""

from __future__ import annotations

import re

from alliance_qa.documents import characters, encoding, main_part, page_facts, visible
from alliance_qa.documents.extract import Extract, LeftOut, Omission
from alliance_qa.errors import DocumentError


def read(data: bytes) -> Extract:
    """Return the main text of a web page as blocks, and the facts it states about itself.

    Headings, lists, tables and captions keep their kind. Where no main text is found, everything that
    a browser would show is the text. Nothing is loaded from the network and nothing runs.

    Raises:
        DocumentError: The bytes are no text, or elements are nested too deeply.
    """
    # We parse UTF-8 ourselves; an XML declaration would speak of the bytes that were.
    markup = re.sub(r"\A\s*<\?xml[^>]*\?>", "", visible.without_marks(characters.clean(encoding.decode(data))))
    tree = visible.parse(markup)
    if tree is None:
        return Extract(())
    stated = page_facts.find(tree)
    try:
        page = visible.read(tree)
        kept = main_part.choose(tree, page.shown)
    except RecursionError:
        raise DocumentError("elements are nested too deeply; save the page as plain text") from None
    if not any(kept):
        kept = [True] * len(kept)
    blocks = [each.block for each in page.shown]
    around = (
        LeftOut(Omission.FURNITURE, block.text) for block, is_text in zip(blocks, kept, strict=True) if not is_text
    )
    text = (block for block, is_text in zip(blocks, kept, strict=True) if is_text)
    return Extract(tuple(text), stated, (*page.left_out, *around))

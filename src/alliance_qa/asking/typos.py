"""A word typed wrong: what the collection calls it."""

from __future__ import annotations

import re

from alliance_qa.ports import Embedder, LexicalIndex
from alliance_qa.text.terms import STOP_WORDS, plain_words, terms

_SHORTEST = 5  # letters; a shorter word is within one edit of too many others
_LONG = 10  # letters; such a word may have two edits
_WORD = re.compile(r"(?<![\w'’-])[^\W\d_]+(?![\w'’-])")


def corrected(question: str, lexical: LexicalIndex, embedder: Embedder) -> str:
    """Return a question with the words that were typed wrong as the collection spells them.

    Typed wrong is what neither the collection nor the model knows as a word, where the collection has one that is an
    edit away (two for a long word) and begins alike. What is no word to anybody stays: it may be a name.

    Args:
        question: What is asked.
        lexical: The words of the collection.
        embedder: A word is known to it when it is a single token.
    """
    words = [*_WORD.finditer(question)]
    meanings = {word: _meant(word, lexical) for word in dict.fromkeys(match.group() for match in words)}
    found = [(match, meant) for match in words if (meant := meanings[match.group()])]
    if not found:
        return question
    pieces, end = [], 0
    tokens = embedder.token_starts([match.group().lower() for match, _ in found])
    for (match, meant), starts in zip(found, tokens, strict=True):
        if len(starts) > 1:
            pieces += [question[end : match.start()], meant]
            end = match.end()
    return "".join([*pieces, question[end:]])


def _meant(word: str, lexical: LexicalIndex) -> str | None:
    """Return the word of the collection that may be meant; None where it has this one, or none like it."""
    if len(word) < _SHORTEST or word.lower() in STOP_WORDS:
        return None
    folded = "".join(plain_words(word))
    near = lexical.words_like(folded, 2 if len(folded) >= _LONG else 1)
    if 0 in near.values() or lexical.holds(terms(word)):
        return None
    # A word more or less at its end is another form of it: "liken" is no "like" typed wrong.
    near = {other: edits for other, edits in near.items() if not (other.startswith(folded) or folded.startswith(other))}
    if not near:
        return None
    # Of several, the one of most passages.
    rarity = {other: min(lexical.weights(terms(other)).values(), default=0.0) for other in near}
    meant = min(near, key=lambda other: (near[other], rarity[other], other))
    return meant.capitalize() if word[0].isupper() else meant

"""Small talk: what greets, thanks, takes leave or is about whom one talks to, and asks nothing of the documents."""

from __future__ import annotations

from functools import cache

from alliance_qa.asking import catalogue
from alliance_qa.asking.intents import Intent, classify, prototypes
from alliance_qa.asking.query import analyse
from alliance_qa.ports import Embedder, LexicalIndex, Vectors
from alliance_qa.text.sentences import split_sentences
from alliance_qa.text.terms import terms, words

_LANGUAGE = "en"  # of the prototypes


def is_small_talk(text: str, vector: Vectors, embedder: Embedder, lexical: LexicalIndex) -> bool:
    """Return whether a text is small talk in every sentence.

    "Thank you, you are great. Why?" asks something. So does what names anything that small talk does not ("can you
    help me with the SOFA?"), and a single word that the collection holds, be it as common as "host".

    Args:
        text: What was typed.
        vector: Its embedding, shape (dimension,), unit length; zeros where the model cannot read it.
        embedder: What made it.
        lexical: The words of the collection.
    """
    if not vector.any():  # the model cannot read it
        return False
    if not _has_letters(text) or classify(vector, embedder) is not Intent.SMALL_TALK:
        return False
    if catalogue.parse(text) is not None:  # "Which documents do you have?"
        return False
    foreign = [term for term in terms(text) if term not in _own_terms()]
    if set(foreign) & set(analyse(text, vector).names):
        return False
    if len(words(text)) == 1 and foreign and lexical.holds(foreign):
        return False
    sentences = [sentence for span in split_sentences(text, _LANGUAGE) if _has_letters(sentence := span.of(text))]
    if len(sentences) < 2:
        return True
    return all(classify(each, embedder) is Intent.SMALL_TALK for each in embedder.embed_questions(sentences))


@cache
def _own_terms() -> frozenset[str]:
    """Return the terms that small talk is made of."""
    return frozenset(term for question in prototypes()[Intent.SMALL_TALK] for term in terms(question))


def _has_letters(text: str) -> bool:
    return any(character.isalpha() for character in text)

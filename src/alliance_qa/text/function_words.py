"""The English words that join others, refer to them or ask, and name nothing: closed classes, all folded.

`terms.STOP_WORDS` is another list on purpose: what an index leaves out is written into it, and comes from
Lucene. "us" and "i" are in none: "US" and "Article I" are names.
"""

from __future__ import annotations

ARTICLES = frozenset("a an the".split())
DEMONSTRATIVES = frozenset("this that these those".split())
POSSESSIVES = frozenset("his her hers its their theirs our your".split())
PERSONAL = POSSESSIVES | frozenset("he him she it they them we you".split())
QUESTION_WORDS = frozenset("what who whom whose when where why how which".split())
BE = frozenset("is are was were be been being".split())
AUXILIARIES = BE | frozenset("do does did has have had can could will would shall should may might must".split())
PREPOSITIONS = frozenset(
    "of in on at by for from to with about under after before during since until against into between through over "
    "as like than among within without around per".split()
)
CONJUNCTIONS = frozenset("and but or nor while because if so whether".split())

FUNCTION_WORDS = (
    ARTICLES | DEMONSTRATIVES | PERSONAL | QUESTION_WORDS | AUXILIARIES | PREPOSITIONS | CONJUNCTIONS
) | frozenset("not then there".split())
"""All of them, with what stands for a clause."""

OPENING_WORDS = frozenset(
    word.capitalize()
    for word in (FUNCTION_WORDS - {"may"})
    | frozenset(
        "one two three four five six first second third all another both each either many most neither other some also "
        "despite former here however later unlike".split()
    )
)
"""What has its capital from opening a sentence, and begins no name."""

"""Whether quotes say what a sentence says: by rules first, which only refuse, then by the embedding model.

What passes all rules and keeps the words and their order is a near-copy, and proved. Anything else is a paraphrase,
and a fitted rule decides over what the embedder makes of it. Whatever goes wrong refuses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alliance_qa.ports import Embedder
from alliance_qa.wording import support
from alliance_qa.wording.alignment import Alignment, align, is_same, sentences
from alliance_qa.wording.claims import Token, tokens
from alliance_qa.wording.rules import RULES, Check


@dataclass(frozen=True, slots=True)
class Quoted:
    """What a sentence was worded from, and how its source goes on where that restricts it: "But …"."""

    text: str
    goes_on: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a proof."""

    ran: tuple[Check, ...]
    failed: Check | None = None
    why: str = ""  # what of the sentence failed, for the model that is asked again

    @property
    def proved(self) -> bool:
        """Whether the quotes say what the sentence says."""
        return self.failed is None


def prove(sentence: str, quotes: Sequence[Quoted], *, question: str = "", embedder: Embedder) -> Verdict:
    """Say whether quotes say what a sentence says; a question may lend it names and numbers, which proves nothing."""
    verdict, found = _judged(sentence, quotes, question, embedder)
    if found is None or support.is_supported(found):
        return verdict
    return Verdict(verdict.ran, Check.SUPPORT, "the quotes do not clearly say it")


def measured(sentence: str, quotes: Sequence[Quoted], *, question: str = "", embedder: Embedder) -> list[float] | None:
    """Return the measures of a paraphrase that passes all rules; None for what rules alone decide."""
    return _judged(sentence, quotes, question, embedder)[1]


def _judged(
    sentence: str, quotes: Sequence[Quoted], question: str, embedder: Embedder
) -> tuple[Verdict, list[float] | None]:
    said = tokens(sentence)
    sources = [source for quote in quotes for text in (quote.text, quote.goes_on) for source in sentences(text)]
    if not sources or not any(token.is_content for token in said):
        return Verdict((), Check.ONE_QUOTE, "it says nothing that a quote says"), None
    lent = frozenset(token.stem for token in tokens(question) if token.is_content)
    alignments = align(said, sources, lent)
    ran: list[Check] = []
    for check, rule in RULES:
        ran.append(check)
        if (why := rule(said, alignments)) is not None:
            return Verdict(tuple(ran), check, why), None
    for quote in quotes:
        if quote.goes_on and not _goes_on(said, quote, alignments):
            return Verdict(tuple(ran), Check.CONDITIONS, f'the source goes on: "{quote.goes_on}"'), None
    is_quote = any(sentence == quote.text for quote in quotes)
    if is_quote or support.is_near_copy(alignments):
        return Verdict(tuple(ran)), None
    texts = [quote.text for quote in quotes]
    return Verdict((*ran, Check.SUPPORT)), support.measures(sentence, said, alignments, texts, embedder)


def _goes_on(said: tuple[Token, ...], quote: Quoted, alignments: Sequence[Alignment]) -> bool:
    """Whether a sentence that draws on a quote also tells how its source restricts it."""
    own = sentences(quote.text)
    if not any(alignment.source in own for alignment in alignments):
        return True
    restricts = [token for token in tokens(quote.goes_on) if token.is_content]
    told = [token for token in restricts if any(other.is_content and is_same(token, other) for other in said)]
    return 2 * len(told) >= len(restricts)

"""What the models of the house make of a paraphrase that breaks no rule."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from alliance_qa.domain import Span
from alliance_qa.ports import Embedder, PassageInput, Reader
from alliance_qa.wording.alignment import Alignment
from alliance_qa.wording.claims import Mark, Token, tokens


def is_near_copy(alignments: Sequence[Alignment]) -> bool:
    """Whether every word of content stands in its quote, in its order, and nothing bound is left out."""
    return not any(a.novel or _inverted(a) or _dropped(a) > 0 or _left_out(a) > MOST_LEFT_OUT for a in alignments)


MOST_LEFT_OUT = 0.5
"""Of a quote's sentence in a near-copy."""


def _left_out(alignment: Alignment) -> float:
    content = [at for at, token in enumerate(alignment.source) if token.is_content]
    return 1 - len(set(alignment.places.values())) / max(1, len(content))


def _inverted(alignment: Alignment) -> float:
    places = list(alignment.places.values())
    pairs = list(itertools.pairwise(places))
    return sum(a >= b for a, b in pairs) / max(1, len(pairs))


def _dropped(alignment: Alignment) -> float:
    """Return the share of a quote's content that a clause leaves out where that may change the claim: beside marks."""
    if not any(token.mark not in (None, Mark.ABOUT) for token in alignment.source):
        return 0.0
    used = set(alignment.places.values())
    if not used:
        return 1.0
    content = [at for at, token in enumerate(alignment.source) if token.is_content and min(used) <= at]
    return 1 - len(used & set(content)) / max(1, len(content))


MEASURES = ("new words", "unlikeness", "dropped", "left out", "cosine", "not found")


def measures(
    sentence: str,
    said: tuple[Token, ...],
    alignments: Sequence[Alignment],
    quotes: Sequence[str],
    embedder: Embedder,
    reader: Reader | None,
    *,
    whole: bool = True,
) -> list[float]:
    """Return what is measured of a paraphrase, shape (measures,), each in [0, 1], the lower the better but cosine.

    Unless the `whole` is wanted, the last, which takes the reader several times, is only measured where it decides.
    """
    content = [place for place, token in enumerate(said) if token.is_content]
    novel = [place for a in alignments for place in a.novel]
    quote = " ".join(quotes)
    unlike, cosine = _likeness(sentence, said, novel, quote, embedder)
    first = [
        len(novel) / len(content),
        unlike,
        max(map(_dropped, alignments)),
        max(map(_left_out, alignments)),
        cosine,
    ]
    if not whole and is_supported([*first, 0.0]) == is_supported([*first, 1.0]):
        return [*first, 0.0]
    return [*first, _masked(sentence, said, quote, reader)]


def _likeness(
    sentence: str, said: tuple[Token, ...], novel: Sequence[int], quote: str, embedder: Embedder
) -> tuple[float, float]:
    """Return how unlike the unlikeliest new word is to every word of the quote, and the cosine of the two texts."""
    held = [token for token in tokens(quote) if token.is_content]
    first = PassageInput("", sentence, tuple(Span(said[at].start, said[at].end) for at in novel) or (Span(0, 1),))
    second = PassageInput("", quote, tuple(Span(token.start, token.end) for token in held) or (Span(0, 1),))
    one, other = embedder.embed_passages([first, second])
    cosine = float(one.passage @ other.passage)
    if not novel:
        return 0.0, cosine
    return 1 - float((one.sentences @ other.sentences.T).max(axis=1).min()), cosine


def _masked(sentence: str, said: tuple[Token, ...], quote: str, reader: Reader | None) -> float:
    """Return the share of names and numbers of a sentence that the reader does not find when they are asked for."""
    if reader is None:
        return 1.0
    asked = missed = 0
    for start, end in _phrases(said):
        question = f"{sentence[:start]}what{sentence[end:]}".rstrip(".") + "?"
        (reading,) = reader.read(question, [PassageInput("", quote, (Span(0, len(quote)),))])
        found = reading.span.of(quote) if reading.span else ""
        wanted = {token.stem for token in tokens(sentence[start:end]) if token.is_content}
        asked += 1
        missed += not wanted & {token.stem for token in tokens(found) if token.is_content}
        if asked == 4:
            break
    return missed / asked if asked else 0.0


def _phrases(said: tuple[Token, ...]) -> list[tuple[int, int]]:
    """Return the places of the names in a sentence, each as a whole."""
    found: list[tuple[int, int]] = []
    for at, token in enumerate(said):
        is_name = token.is_name or (at <= 1 and token.is_content and token.text[:1].isupper())
        if is_name and token.value is None and not token.stem.startswith("#"):
            if found and found[-1][1] + 1 == token.start:
                found[-1] = (found[-1][0], token.end)
            else:
                found.append((token.start, token.end))
    return found


# Fitted by `benchmarks/proofs.py` to the part "tuning" of `benchmarks/proofs.yaml`; in the order of `MEASURES`.
WEIGHTS = np.array([-1.04, -3.44, 0.25, -2.58, 1.44, -0.56])
BIAS = 1.56
"""Log odds that a paraphrase is supported are WEIGHTS · measures + BIAS."""
THRESHOLD = 0.18
"""From these log odds on a paraphrase is shown."""


def is_supported(measured: Sequence[float]) -> bool:
    """Whether a paraphrase of these measures is shown."""
    return float(np.dot(WEIGHTS, measured)) + BIAS >= THRESHOLD

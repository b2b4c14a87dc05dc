"""What the embedding model makes of a paraphrase that breaks no rule."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from alliance_qa.domain import Span
from alliance_qa.ports import Embedder, PassageInput
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


MEASURES = ("new words", "unlikeness", "dropped", "left out", "cosine")


def measures(
    sentence: str, said: tuple[Token, ...], alignments: Sequence[Alignment], quotes: Sequence[str], embedder: Embedder
) -> list[float]:
    """Return what is measured of a paraphrase, shape (measures,), each in [0, 1], the lower the better but cosine."""
    content = [place for place, token in enumerate(said) if token.is_content]
    novel = [place for a in alignments for place in a.novel]
    unlike, cosine = _likeness(sentence, said, novel, " ".join(quotes), embedder)
    return [
        len(novel) / len(content),
        unlike,
        max(map(_dropped, alignments)),
        max(map(_left_out, alignments)),
        cosine,
    ]


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


# Fitted by `benchmarks/proofs.py` to two parts of `benchmarks/proofs.yaml`; in the order of `MEASURES`. Whether the
# reader finds each name that it is asked for was a measure, too; without it as much is judged rightly.
WEIGHTS = np.array([-1.04, -4.20, 0.07, -1.95, 2.00])
BIAS = 0.89
"""Log odds that a paraphrase is supported are WEIGHTS · measures + BIAS."""
THRESHOLD = -0.20
"""From these log odds on a paraphrase is shown."""


def is_supported(measured: Sequence[float]) -> bool:
    """Whether a paraphrase of these measures is shown."""
    return float(np.dot(WEIGHTS, measured)) + BIAS >= THRESHOLD

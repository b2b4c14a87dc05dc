"""What a question is after: a fact, an overview, a comparison, or nothing but talk."""

from __future__ import annotations

import threading
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from weakref import WeakKeyDictionary

import numpy as np

from alliance_qa.ports import Embedder, Vectors

# Chosen on tests/asking/intents.jsonl, together with the kernel. A fit to the prototypes and not the mean cosine of
# the nearest ones: a question's cosines are mostly its subject's, and the fit finds what those of one intent share
# besides. There the mean of three (floor 0.35) is right for 0.89 of small talk, 0.73 of overviews, 0.50 of
# comparisons and 0.86 of content; the fit for 0.90, 0.84, 0.90 and 0.96.
_PENALTY = 1.0  # of the squared weights; from 0.3 to 2 each of the four changes by at most 0.04
_MARGIN = 0.1  # by which an intent must beat CONTENT, of scores that are about 0 and 1
_FLOOR = 0.4  # which its score must exceed; far from all prototypes each intent has 0.25


class Intent(StrEnum):
    """What a question is after."""

    SMALL_TALK = "small_talk"  # a greeting, thanks, a farewell, or about whom one talks to
    OVERVIEW = "overview"  # of a document or a subject: a summary, its main points, what it argues
    COMPARISON = "comparison"  # how two or more things differ
    CONTENT = "content"  # anything else


_INTENTS = tuple(Intent)


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """How near a question must be to which prototypes to have an intent, for one embedder."""

    prototypes: Vectors  # shape (prototypes, dimension), unit length
    weights: Vectors  # shape (prototypes, intents)

    def scores(self, vector: Vectors) -> Vectors:
        """Return the score of each intent, in the order of `Intent`: about 1 where a question has it, else about 0."""
        return np.asarray(_likeness(self.prototypes @ vector) @ self.weights + 1 / len(_INTENTS))


_fits: WeakKeyDictionary[Embedder, _Fit] = WeakKeyDictionary()
_fitting = threading.Lock()


def classify(vector: Vectors, embedder: Embedder) -> Intent:
    """Return what a question is after; CONTENT unless another intent is clearly likelier.

    The first call for an embedder embeds the prototypes, some 350 short questions. Safe to use from several threads.

    Args:
        vector: The question's embedding, shape (dimension,), unit length.
        embedder: What made it.
    """
    with _fitting:
        if embedder not in _fits:
            _fits[embedder] = _fit(embedder)
        fit = _fits[embedder]
    scores = dict(zip(_INTENTS, fit.scores(vector), strict=True))
    likeliest = max(_INTENTS, key=lambda intent: scores[intent])
    is_clear = scores[likeliest] > max(_FLOOR, scores[Intent.CONTENT] + _MARGIN)
    return likeliest if is_clear else Intent.CONTENT


@cache
def prototypes() -> Mapping[Intent, tuple[str, ...]]:
    """Return the questions that stand for each intent, of many subjects; `intents.toml` has them."""
    text = resources.files(__package__).joinpath("intents.toml").read_text(encoding="utf-8")
    kinds = tomllib.loads(text)
    return {intent: tuple(question for kind in kinds[intent].values() for question in kind) for intent in _INTENTS}


def _fit(embedder: Embedder) -> _Fit:
    """Fit to the prototypes, each intent weighing the same.

    Source: kernel ridge regression, Saunders, Gammerman, Vovk, Ridge regression learning algorithm in dual
    variables, 1998; as a classifier, Rifkin, Yeo, Poggio, Regularized least-squares classification, 2003.
    """
    found = prototypes()
    vectors = embedder.embed_questions([question for intent in _INTENTS for question in found[intent]])
    counts = [len(found[intent]) for intent in _INTENTS]
    targets = np.repeat(np.eye(len(_INTENTS)), counts, axis=0) - 1 / len(_INTENTS)
    penalties = np.repeat([_PENALTY * len(_INTENTS) * count / sum(counts) for count in counts], counts)
    weights = np.linalg.solve(_likeness(vectors @ vectors.T) + np.diag(penalties), targets)
    return _Fit(vectors, weights)


def _likeness(cosines: Vectors) -> Vectors:
    """Return the Gaussian kernel, exp(-distance² / 2), of unit vectors with these cosines."""
    return np.asarray(np.exp(np.asarray(cosines, dtype=np.float64) - 1))

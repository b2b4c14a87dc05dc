"""What the reader makes of the encoder's states: what answers, where it stands, and what is asked for.

The same as `ReaderNetwork` in training/network.py, which has the sources of each head, in numpy; a test compares them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from alliance_qa.domain import Span
from alliance_qa.models.encoder import Tokens
from alliance_qa.ports import Vectors

CLS, SEP = 101, 102
NEAR = 31
"""Tokens around one, within which others that the question has are counted."""

_LONGEST_SPAN = 60  # tokens
_OUTSIDE = -1e4  # logit of a token that is none of the passage

KINDS = (
    "person", "date", "quantity", "place", "reason", "definition", "list", "yes_no", "manner", "other",
    "overview", "comparison", "compound",
)  # fmt: skip
"""What a question may ask for, in the order of the logits."""


class Around(NamedTuple):
    """The tokens around what is read."""

    question: Sequence[int]  # before the question
    passage: Sequence[int]  # before the passage's context
    end: int  # behind either


AROUND = Around([CLS], [], SEP)
"""Those of the default model."""


class Row(NamedTuple):
    """A question and a passage, in tokens."""

    ids: Sequence[int]
    second: int  # where the second part begins
    passage: int  # where in it the passage does; it ends before the last token
    sentences: Sequence[int]  # of each token of the passage, which sentence it stands in, from 0


class Batch(NamedTuple):
    """Rows of one length, each array of shape (rows, tokens)."""

    ids: Tokens
    kinds: Tokens  # 0 for the question's, 1 for the passage's
    mask: Tokens  # 1 where a token stands, 0 where padding does
    sentences: Tokens  # which sentence of the passage a token stands in, from 0; -1 outside of the passage


class Logits(NamedTuple):
    """What the heads say about rows."""

    start: Vectors  # of the short answer, shape (rows, tokens)
    end: Vectors  # likewise
    answered: Vectors  # whether the passage answers, shape (rows,)
    sentences: Vectors  # whether a sentence is part of the answer, shape (rows, sentences)
    kinds: Vectors  # what is asked for, shape (rows, len(KINDS))


def collate(rows: Sequence[Row]) -> Batch:
    """Pad rows to the longest."""
    ids, kinds, mask = (np.zeros((len(rows), max(len(row.ids) for row in rows)), np.int64) for _ in range(3))
    sentences = np.full_like(ids, -1)
    for i, row in enumerate(rows):
        size = len(row.ids)
        ids[i, :size] = row.ids
        kinds[i, row.second : size] = 1
        mask[i, :size] = 1
        sentences[i, row.passage : row.passage + len(row.sentences)] = row.sentences
    return Batch(ids, kinds, mask, sentences)


def sentence_of(offsets: Sequence[tuple[int, int]], sentences: Sequence[Span]) -> list[int]:
    """Return which sentence each token stands in, from 0, by where it begins.

    Args:
        offsets: Where each token begins and ends in a text, in order.
        sentences: Of that text, in order.
    """
    places, at = [], 0
    for start, _ in offsets:
        while at + 1 < len(sentences) and start >= sentences[at + 1].start:
            at += 1
        places.append(at)
    return places


def marks(batch: Batch, telling: NDArray[np.bool_]) -> tuple[Vectors, Vectors]:
    """Mark the tokens of passages that stand in their questions too.

    Args:
        batch: Questions and passages.
        telling: Whether a token's presence in both says anything, shape (words of the vocabulary,).

    Returns:
        Of each token whether it does, and how many near it do, in fifths of `NEAR`, shape (rows, tokens, 2); of each
        row the share of the question's tokens that its passage holds, shape (rows,).
    """
    tells = telling[batch.ids] & (batch.mask == 1)
    asked, said = tells & (batch.kinds == 0), tells & (batch.kinds == 1)
    marked = np.zeros((*batch.ids.shape, 2), np.float32)
    covered = np.zeros(len(batch.ids), np.float32)
    for i, ids in enumerate(batch.ids):
        marked[i, :, 0] = said[i] & np.isin(ids, ids[asked[i]])
        marked[i, :, 1] = np.convolve(marked[i, :, 0], np.full(NEAR, 5 / NEAR), "full")[NEAR // 2 : -(NEAR // 2)]
        covered[i] = np.isin(ids[asked[i]], ids[said[i]]).sum() / max(asked[i].sum(), 1)
    return marked, covered


def logits(
    states: Vectors,
    borders: Vectors,
    batch: Batch,
    marked: Vectors,
    covered: Vectors,
    weights: Mapping[str, Vectors],
) -> Logits:
    """Return what the heads say.

    Args:
        states: The encoder's, shape (rows, tokens, size).
        borders: Likewise, the logits of the short answer's first and last token, shape (rows, tokens, 2).
        batch: What it read.
        marked: As `marks` returns them.
        covered: Likewise.
        weights: Of the heads, by their names in `ReaderNetwork`.
    """
    first = states[:, 0]
    borders = np.where((batch.sentences < 0)[..., None], np.float32(_OUTSIDE), borders)
    there = np.einsum("btk,bth->bkh", softmax(borders, axis=1), states).reshape(len(states), -1)
    overlap = np.stack([covered, marked[..., 1].max(1)], axis=1)
    question = ((batch.kinds == 0) & (batch.mask == 1))[..., None]
    asks = (states * question).sum(1) / question.sum(1)
    return Logits(
        borders[..., 0],
        borders[..., 1],
        head(np.concatenate([first, there, overlap], axis=1), weights, "answered")[:, 0],
        head(_pooled(states, batch.sentences), weights, "parts")[..., 0],
        head(np.concatenate([first, asks], axis=1), weights, "kinds"),
    )


def head(given: Vectors, weights: Mapping[str, Vectors], name: str) -> Vectors:
    """Return what one of the heads, of two layers, makes of states, shape (..., outputs)."""
    inner = given @ weights[f"{name}.0.weight"].T + weights[f"{name}.0.bias"]
    bent = 0.5 * inner * (1 + _erf(inner / math.sqrt(2)))  # GELU (Hendrycks and Gimpel 2016)
    return np.asarray(bent @ weights[f"{name}.2.weight"].T + weights[f"{name}.2.bias"], np.float32)


def _erf(x: Vectors) -> Vectors:
    """Return the error function to 1.5e-7: formula 7.1.26 of Abramowitz and Stegun, Handbook, 1964."""
    t = 1 / (1 + 0.3275911 * np.abs(x))
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    return np.asarray(np.copysign(1 - series * np.exp(-x * x), x))


def softmax(values: Vectors, axis: int) -> Vectors:
    """Return the probabilities that logits stand for, along an axis."""
    odds = np.exp(values - values.max(axis, keepdims=True))
    return np.asarray(odds / odds.sum(axis, keepdims=True))


def _pooled(states: Vectors, sentences: Tokens) -> Vectors:
    """Return the mean, the maximum and the first state for each sentence, shape (rows, sentences, 3 * size)."""
    rows, _, size = states.shape
    pooled = np.zeros((rows, max(int(sentences.max()) + 1, 1), 3 * size), np.float32)
    for i in range(rows):
        for at in range(int(sentences[i].max()) + 1):
            inside = states[i, sentences[i] == at]
            if len(inside):
                pooled[i, at, : 2 * size] = np.concatenate([inside.mean(0), inside.max(0)])
    pooled[:, :, 2 * size :] = states[:, None, 0]
    return pooled


def best_span(start: Vectors, end: Vectors) -> tuple[int, int, float]:
    """Return the first and last token of the likeliest span of at most 60, and its probability.

    Args:
        start: Logits of the passage's tokens, shape (tokens,).
        end: Likewise.
    """
    shares = softmax(start, 0)[:, None] * softmax(end, 0)
    allowed = np.tri(len(end), dtype=np.bool_).T & ~np.tri(len(end), k=-_LONGEST_SPAN, dtype=np.bool_).T
    first, last = divmod(int(np.where(allowed, shares, -1).argmax()), len(end))
    return first, last, float(shares[first, last])

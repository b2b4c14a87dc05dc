"""BERT as ONNX Runtime runs it: tokens into their states. The embedding model and the reader are one each."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from alliance_qa.ports import Vectors

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

EMBEDDER, READER, LOWER, UPPER = (
    Path(__file__).parent / "weights" / f"{name}.onnx" for name in ("embedder", "reader", "lower", "upper")
)
"""Graphs without weights, written by training/encoder_graph.py."""

Tokens = NDArray[np.int64]

_EMBEDDINGS = {
    "words": "word_embeddings.weight",
    "places": "position_embeddings.weight",
    "kinds": "token_type_embeddings.weight",
    "norm.weight": "LayerNorm.weight",
    "norm.bias": "LayerNorm.bias",
}


class Encoder:
    """A BERT of six layers with some weights. Safe to use from several threads."""

    def __init__(self, graph: Path, weights: Mapping[str, Vectors]) -> None:
        """Open a graph with weights.

        Args:
            graph: `EMBEDDER` or `READER`.
            weights: As float32, by the names that transformers' `BertModel` gives them; the reader's also
                `marks.weight`, shape (size, 2), what a token's marks add before the third layer, and those of
                `borders`.

        Raises:
            KeyError: A weight is missing.
            OSError: The graph is missing.
            RuntimeError: The graph is damaged, or a weight has another shape.
        """
        self._weights = _named(weights)  # ONNX Runtime reads them where they are
        self._session = _session(graph, self._weights)

    def run(self, ids: Tokens, kinds: Tokens, mask: Tokens, marked: Vectors | None = None) -> tuple[Vectors, ...]:
        """Return the states of the last layer, shape (rows, tokens, size), and the reader's borders.

        The borders are the logits of the short answer's first and last token, shape (rows, tokens, 2).

        Args:
            ids: Tokens, shape (rows, tokens).
            kinds: 0 for those of the first part, 1 for those of the second, same shape.
            mask: 1 where a token stands, 0 where padding does, same shape.
            marked: The reader's two marks for each token, shape (rows, tokens, 2).
        """
        given: dict[str, NDArray[Any]] = {"ids": ids, "of_kind": kinds, "mask": mask.astype(np.int32)}
        if marked is not None:
            given["marked"] = marked
        return tuple(self._session.run(None, given))


class Halves:
    """A BERT of twelve layers, which works in two halves. Safe to use from several threads."""

    def __init__(self, weights: Mapping[str, Vectors], words: Callable[[Tokens], Vectors]) -> None:
        """Open it; see `Encoder`.

        Args:
            weights: All but the embeddings of its words.
            words: Returns these of some words, shape (words, size).
        """
        self._weights, self._words = _named(weights), words
        upper = {name: weight for name, weight in self._weights.items() if _layer(name) >= 6}
        self._lower = _session(LOWER, {name: w for name, w in self._weights.items() if name not in upper})
        self._upper = _session(UPPER, upper)

    def lower(self, ids: Tokens, mask: Tokens) -> Vectors:
        """Return the states of the sixth layer, shape (rows, tokens, size).

        Args:
            ids: Tokens, shape (rows, tokens).
            mask: 1 where a token stands, 0 where padding does, same shape.
        """
        found, places = np.unique(ids, return_inverse=True)
        given = {
            "ids": places.reshape(ids.shape),
            "of_kind": np.zeros_like(ids),
            "words": self._words(found),
            "mask": mask.astype(np.int32),
        }
        return np.asarray(self._lower.run(None, given)[0])

    def upper(self, states: Vectors, mask: Tokens) -> Vectors:
        """Return the states of the last layer, of those of the sixth."""
        return np.asarray(self._upper.run(None, {"given": states, "mask": mask.astype(np.int32)})[0])


def _layer(name: str) -> int:
    """Return which layer a weight belongs to, -1 for none."""
    return int(name.split(".")[1]) if name.startswith("layer.") else -1


def _session(graph: Path, weights: Mapping[str, Vectors]) -> InferenceSession:
    from onnxruntime import InferenceSession, OrtValue, SessionOptions

    written, options = graph.read_bytes(), SessionOptions()
    if (threads := os.environ.get("OMP_NUM_THREADS", "")).isdigit():  # how much of the machine this process may have
        options.intra_op_num_threads = int(threads)
    # Threads that spin while they wait take the cores from whatever else the machine does.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_external_initializers(list(weights), [OrtValue.ortvalue_from_numpy(w) for w in weights.values()])
    try:
        return InferenceSession(written, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's own are bare exceptions
        raise RuntimeError(f"{graph.name} cannot be run with these weights: {error}") from error


def _named(weights: Mapping[str, Vectors]) -> dict[str, Vectors]:
    """Return weights by their names in the graph, in one piece each; matrices take states from the left."""
    named = {
        ours: weights[f"embeddings.{theirs}"]
        for ours, theirs in _EMBEDDINGS.items()
        if f"embeddings.{theirs}" in weights
    }
    layers = sorted({int(name.split(".")[2]) for name in weights if name.startswith("encoder.layer.")})
    for layer in (f"layer.{at}" for at in layers):
        of = f"encoder.{layer}"
        asked = [f"{of}.attention.self.{part}" for part in ("query", "key", "value")]
        named[f"{layer}.asked"] = np.concatenate([weights[f"{name}.weight"].T for name in asked], axis=1)
        named[f"{layer}.asked.bias"] = np.concatenate([weights[f"{name}.bias"] for name in asked])
        for ours, theirs in (
            ("seen", "attention.output.dense"),
            ("wide", "intermediate.dense"),
            ("narrow", "output.dense"),
        ):
            named[f"{layer}.{ours}"] = weights[f"{of}.{theirs}.weight"].T
            named[f"{layer}.{ours}.bias"] = weights[f"{of}.{theirs}.bias"]
        for ours, theirs in (("first", "attention.output.LayerNorm"), ("second", "output.LayerNorm")):
            for part in ("weight", "bias"):
                named[f"{layer}.{ours}.{part}"] = weights[f"{of}.{theirs}.{part}"]
    if "marks.weight" in weights:
        named["marks"] = weights["marks.weight"].T
        for part in ("borders.0", "borders.2"):
            named |= {part: weights[f"{part}.weight"].T, f"{part}.bias": weights[f"{part}.bias"]}
    return {name: np.ascontiguousarray(weight, np.float32) for name, weight in named.items()}

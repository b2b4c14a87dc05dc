"""BERT as ONNX Runtime runs it: tokens into their states. The embedding model and the reader are both one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alliance_qa.ports import Vectors

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

GRAPH = Path(__file__).parent / "weights" / "encoder.onnx"
"""Written by training/encoder_graph.py, without weights."""

Tokens = NDArray[np.int64]


class Encoder:
    """A BERT of six layers with some weights. Safe to use from several threads."""

    def __init__(self, weights: Mapping[str, Vectors]) -> None:
        """Open the graph with weights.

        Args:
            weights: By the names that transformers' `BertModel` gives them, as float32; and `marks.weight`, shape
                (size, 2), what a token's marks add before the third layer.

        Raises:
            KeyError: A weight is missing.
            RuntimeError: One has another shape.
        """
        self._weights = _named(weights)  # ONNX Runtime reads them where they are
        self._session = _session(self._weights)

    def states(self, ids: Tokens, kinds: Tokens, mask: Tokens, marked: Vectors | None = None) -> Vectors:
        """Return the states of the last layer, shape (rows, tokens, size).

        Args:
            ids: Tokens, shape (rows, tokens).
            kinds: 0 for those of the first part, 1 for those of the second, same shape.
            mask: 1 where a token stands, 0 where padding does, same shape.
            marked: Two marks for each token, shape (rows, tokens, 2); None for zeros.
        """
        marks = np.zeros((*ids.shape, 2), np.float32) if marked is None else marked
        given = {"ids": ids, "of_kind": kinds, "mask": mask.astype(np.int32), "marked": marks}
        return np.asarray(self._session.run(["states"], given)[0])


def _session(weights: Mapping[str, Vectors]) -> InferenceSession:
    from onnxruntime import InferenceSession, OrtValue, SessionOptions

    options = SessionOptions()
    # Threads that spin while they wait take the cores from whatever else the machine does.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_external_initializers(list(weights), [OrtValue.ortvalue_from_numpy(w) for w in weights.values()])
    return InferenceSession(_graph(), options, providers=["CPUExecutionProvider"])


@cache
def _graph() -> bytes:
    return GRAPH.read_bytes()


def _named(weights: Mapping[str, Vectors]) -> dict[str, Vectors]:
    """Return weights by their names in the graph, in one piece each; matrices take states from the left."""
    named = {
        "words": weights["embeddings.word_embeddings.weight"],
        "places": weights["embeddings.position_embeddings.weight"],
        "kinds": weights["embeddings.token_type_embeddings.weight"],
        "marks": weights["marks.weight"].T,
        "norm.weight": weights["embeddings.LayerNorm.weight"],
        "norm.bias": weights["embeddings.LayerNorm.bias"],
    }
    layers = len({name.split(".")[2] for name in weights if name.startswith("encoder.layer.")})
    for layer in (f"layer.{at}" for at in range(layers)):
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
    return {name: np.ascontiguousarray(weight, np.float32) for name, weight in named.items()}

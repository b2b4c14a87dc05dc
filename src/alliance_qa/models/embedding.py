"""Text into vectors: the embedder of questions and passages."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from concurrent.futures import Future
from functools import cached_property
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np

from alliance_qa import budget, checksums
from alliance_qa.domain import Span
from alliance_qa.models import default, multilingual, networks
from alliance_qa.models.networks import Cut
from alliance_qa.models.thread import ModelThread
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


class ModelEmbedder:
    """An Embedder around any model.

    Safe to use from several threads. One thread does all the work: a pool for every thread that calls
    would fight for the cores. Questions that wait while it is busy are embedded together, which takes
    little longer than one.
    """

    def __init__(self, model: str = default.NAME, *, question_prompt: str = "", passage_prompt: str = "") -> None:
        """Load a model.

        Args:
            model: The default model's name, `multilingual.NAME`, a folder, or a name that the local
                Hugging Face cache or hub knows. Code that a model brings is never run.
            question_prompt: Stands before every question; without it what the model's own files say does.
            passage_prompt: Stands before every passage, likewise.

        Raises:
            ModelError: It cannot be loaded, has no fast tokenizer, or is the default
                model with other weights than published.
        """
        self.name = model
        self._network = networks.load(model)
        own = self._network.prompts
        self._question_prompt, self._passage_prompt = question_prompt or own[0], passage_prompt or own[1]
        self._asked: SimpleQueue[tuple[str, Future[tuple[Vectors, float]]]] = SimpleQueue()
        self._thread = ModelThread("model")
        self.dimension, self.max_tokens = self._network.dimension, self._network.max_tokens
        source = _source(model) or [model, self._network.commit]
        self.fingerprint = _fingerprint(source, question_prompt, passage_prompt)

    def token_starts(self, texts: Sequence[str]) -> list[list[int]]:
        # Where questions are embedded, too: a tokenizer in use by another thread refuses to be set up anew.
        cut = self._thread.run(self._network.cut, texts) if texts else []
        return [[start for start, end in entry.offsets if end > start] for entry in cut]

    def unknown_shares(self, texts: Sequence[str]) -> list[float]:
        if not texts or self._network.unknown is None:
            return [0.0] * len(texts)
        cut = self._thread.run(self._network.cut, texts)
        return [_unknown_share(text, entry, self._network.unknown) for text, entry in zip(texts, cut, strict=True)]

    def embed_question(self, question: str) -> Vectors:
        return np.asarray(self.embed_questions([question])[0])

    def embed_questions(self, questions: Sequence[str]) -> Vectors:
        budget.spend()
        vectors: list[Future[tuple[Vectors, float]]] = [Future() for _ in questions]
        for asked in zip(questions, vectors, strict=True):
            self._asked.put(asked)
        for _ in questions:
            self._thread.submit(self._embed_asked)
        found = [self._thread.result(vector) for vector in vectors]
        budget.spend(sum(seconds for _, seconds in found))
        return np.stack([vector for vector, _ in found]) if found else np.empty((0, self.dimension), np.float32)

    def _embed_asked(self) -> None:
        """Embed the questions that wait. Each asked for a call of this; the first serves them all."""
        waiting: list[tuple[str, Future[tuple[Vectors, float]]]] = []
        while len(waiting) < _BATCH and not self._asked.empty():
            question, future = self._asked.get()
            if future.set_running_or_notify_cancel():  # else nobody waits for it any more
                waiting.append((question, future))
        if not waiting:
            return
        started = time.thread_time()
        try:
            found = self._network.vectors([self._question_prompt + question for question, _ in waiting])
            vectors = self._centred(found, 0)
        except Exception as error:
            for _, future in waiting:
                future.set_exception(error)
        else:
            seconds = (time.thread_time() - started) / len(waiting)
            for (_, future), vector in zip(waiting, vectors, strict=True):
                future.set_result((np.asarray(vector, dtype=np.float32), seconds))

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
            batch = self._thread.submit(self._embed_batch, [inputs[row] for row in rows]).result()
            found.update(zip(rows, batch, strict=True))
        return [found[row] for row in range(len(inputs))]

    def _embed_batch(self, inputs: list[PassageInput]) -> list[Embedding]:
        fronts = [self._passage_prompt + (f"{entry.context}\n" if entry.context else "") for entry in inputs]
        made = self._network.encode([front + entry.text for front, entry in zip(fronts, inputs, strict=True)])
        vectors, embeddings = self._centred(made.vectors, 1), []
        for row, (front, entry) in enumerate(zip(fronts, inputs, strict=True)):
            offsets = np.array(made.offsets[row])
            sentences = [
                _mean(made.states[row], offsets, len(front), sentence, made.vectors[row])
                for sentence in entry.sentences
            ]
            embeddings.append(Embedding(vectors[row], self._centred(unit(np.stack(sentences)), 1)))
        return embeddings

    def _centred(self, vectors: Vectors, which: int) -> Vectors:
        """Return vectors, shape (texts, dimension), without what all the model's vectors have in common."""
        centres = self._network.centres
        return vectors if centres is None else unit(vectors - centres[which])


class LazyEmbedder:
    """An Embedder that loads its model when it is first needed. Its fingerprint needs the files only."""

    def __init__(self, model: str = default.NAME, *, question_prompt: str = "", passage_prompt: str = "") -> None:
        """Prepare; see `ModelEmbedder`, whose errors come with the first use."""
        self.name = model
        self._prompts = question_prompt, passage_prompt

    @cached_property
    def _embedder(self) -> ModelEmbedder:
        question_prompt, passage_prompt = self._prompts
        return ModelEmbedder(self.name, question_prompt=question_prompt, passage_prompt=passage_prompt)

    @cached_property
    def fingerprint(self) -> str:
        source = _source(self.name)
        return _fingerprint(source, *self._prompts) if source else self._embedder.fingerprint

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
    digest.update(json.dumps([question_prompt, passage_prompt]).encode())  # its own are among its files
    return digest.hexdigest()


def _mean(states: Vectors, offsets: Any, shift: int, sentence: Span, fallback: Vectors) -> Vectors:
    starts, ends = offsets[:, 0] - shift, offsets[:, 1] - shift
    inside = (starts >= sentence.start) & (ends <= sentence.end) & (ends > starts)
    return np.asarray(states[: len(offsets)][inside].mean(axis=0)) if inside.any() else fallback


def _unknown_share(text: str, cut: Cut, unknown: int) -> float:
    unread = sum(_letters(text[start:end]) for id_, (start, end) in zip(*cut, strict=True) if id_ == unknown)
    return min(1.0, unread / max(1, _letters(text)))


def _letters(text: str) -> int:
    return sum(c.isalnum() for c in text)


def _source(model: str) -> Path | list[str | None] | None:
    """Return what says which model it is: its folder, or its name and version; None for one that must be loaded."""
    if model == multilingual.NAME:
        return [model, multilingual.FILE_SHA256, "centred"]
    folder = default.folder() if model == default.NAME else Path(model)
    return folder if folder.is_dir() else None

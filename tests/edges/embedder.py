"""An Embedder without a model: words are hashed, so texts that share words are near each other."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from alliance_qa.ports import Embedding, PassageInput, Vectors


class WordEmbedder:
    """The same text gives the same vector; shared words give a higher cosine."""

    name = "words"
    fingerprint = "0" * 64
    dimension = 64
    max_tokens = 254
    fault: Exception | None = None  # raised instead of embedding a question
    unknown = ""  # the letters that it does not know

    def token_starts(self, texts: Sequence[str]) -> list[list[int]]:
        return [[match.start() for match in re.finditer(r"\S+", text)] for text in texts]

    def unknown_shares(self, texts: Sequence[str]) -> list[float]:
        return [sum(c in self.unknown for c in text) / max(1, sum(c.isalnum() for c in text)) for text in texts]

    def embed_question(self, question: str) -> Vectors:
        if self.fault is not None:
            raise self.fault
        return self._vector(question)

    def embed_questions(self, questions: Sequence[str]) -> Vectors:
        return np.stack([self.embed_question(question) for question in questions])

    def embed_passages(self, inputs: Sequence[PassageInput]) -> list[Embedding]:
        return [
            Embedding(
                self._vector(f"{entry.context} {entry.text}"),
                np.stack([self._vector(sentence.of(entry.text)) for sentence in entry.sentences]),
            )
            for entry in inputs
        ]

    def _vector(self, text: str) -> Vectors:
        vector = np.full(self.dimension, 0.01, np.float32)
        for word in re.findall(r"\w+", text.lower()):
            vector[hashlib.sha256(word.encode()).digest()[0] % self.dimension] += 1
        return np.asarray(vector / np.linalg.norm(vector), np.float32)

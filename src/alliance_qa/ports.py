"""The seams: what the use cases need of the outside libraries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from alliance_qa.domain import Document, Facts, LineKind, Passage, Span

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


def unit(vectors: Vectors) -> Vectors:
    """Return vectors, shape (…, dimension), at length 1; one of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)


SentenceSplitter = Callable[[str, str], Sequence[Span]]
"""(text, language tag) -> the sentences of the text in order, without white space around them."""


@dataclass(frozen=True, slots=True)
class PassageInput:
    """A passage as models see it: the context stands in front of the text."""

    context: str  # title and headings; may be empty
    text: str
    sentences: tuple[Span, ...]  # in `text`


@dataclass(frozen=True, slots=True)
class Embedding:
    """What a model makes of one passage."""

    passage: Vectors  # shape (dimension,), unit length
    sentences: Vectors  # shape (sentences, dimension), unit length, each seen in its passage


class Tokens(Protocol):
    """How a model cuts text."""

    @property
    def max_tokens(self) -> int:
        """How many tokens of context and text together the model reads; more are cut off."""

    def token_starts(self, texts: Sequence[str]) -> list[list[int]]:
        """Return, per text, the offset at which each of its tokens starts, in order."""


class Embedder(Tokens, Protocol):
    """Turns text into unit vectors whose dot product is their cosine."""

    @property
    def name(self) -> str:
        """The model's name, for people."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the same text could get another vector."""

    @property
    def dimension(self) -> int:
        """The length of every vector."""

    def unknown_shares(self, texts: Sequence[str]) -> list[float]:
        """Return, per text, the share of its letters and digits in tokens that the model does not know.

        In [0, 1]; 0 for a text without any, and for a model that has no unknown token.
        """

    def embed_question(self, question: str) -> Vectors:
        """Return a vector of shape (dimension,)."""

    def embed_questions(self, questions: Sequence[str]) -> Vectors:
        """Return a vector for each question, in their order: shape (len(questions), dimension)."""

    def embed_passages(self, inputs: Sequence[PassageInput]) -> list[Embedding]:
        """Return one embedding per input, in their order."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader makes of one passage."""

    answered: float  # log odds that the passage answers
    span: Span | None  # the likeliest short answer, in the passage's text; None for an empty text
    share: float  # probability of the span among all of the passage, in [0, 1]
    sentences: tuple[float, ...]  # log odds of each sentence that it is part of the answer
    asks_many: float  # probability that the question asks for several things: a list, a comparison, two questions
    truncated: bool = False  # the question was longer than what is read of one


UNREAD = -10.0
"""Log odds of a sentence that is not read."""


class Reader(Protocol):
    """Reads passages for the answer to a question."""

    def read(self, question: str, passages: Sequence[PassageInput]) -> list[Reading]:
        """Return one reading per passage, in their order."""


class DenseIndex(Protocol):
    """The passage vectors of one generation."""

    def __len__(self) -> int:
        """How many vectors are stored."""

    def search(self, query: Vectors, k: int, allowed: Mask | None) -> tuple[Vectors, Rows]:
        """Find the stored vectors nearest to a question.

        Args:
            query: One unit vector, shape (dimension,).
            k: How many to return, at least 1.
            allowed: Shape (len(self),); rows that are False are not considered. None allows all.

        Returns:
            Cosines, shape (n,), best first, and their rows, shape (n,); n is at most k.
            Equal cosines come lowest row first.
        """


class LexicalIndex(Protocol):
    """The passage terms of one generation."""

    def best(self, terms: Sequence[str], count: int, allowed: Mask | None) -> Rows:
        """Return the rows of the highest BM25 scores above 0, ascending.

        Args:
            terms: Of a question; one that is repeated counts each time.
            count: How many to return at most, at least 1. Of equal scores at the border the lowest rows are taken.
            allowed: Shape (passages,); rows that are False are not considered. None allows all.
        """

    def scores(self, terms: Sequence[str], rows: Rows) -> Vectors:
        """Return the BM25 scores of these rows, shape (len(rows),), 0.0 where no term occurs."""

    def holds(self, terms: Sequence[str]) -> bool:
        """Return whether any passage holds any of these terms."""

    def weights(self, terms: Sequence[str]) -> Mapping[str, float]:
        """Return the inverse document frequency of each term, above 0; an unseen term weighs most."""

    def words_like(self, word: str, edits: int) -> Mapping[str, int]:
        """Return the words of the passages within so many edits that begin alike, each with its edits.

        Words are case-folded and without accents; 0 edits is the word itself.
        """


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of one kind that hold some of the terms looked for, all of shape (lines,)."""

    documents: Rows  # which of `Corpus.ids` each belongs to, ascending
    held: Rows  # how many of the terms each holds, at least 1
    sizes: Rows  # how many different terms each has


class Corpus(Protocol):
    """The documents and passages of one generation, and the vectors of their sentences."""

    @property
    def facts(self) -> Mapping[str, Facts]:
        """What is known about each document, by id: far smaller than the documents."""

    @property
    def ids(self) -> Sequence[str]:
        """The ids of all documents, ordered by path."""

    def facts_of(self, document_ids: Sequence[str]) -> list[Facts]:
        """Return what is known about some documents, in the order asked for; for all of them see `facts`."""

    def lines(self, kind: LineKind, terms: Sequence[str]) -> Lines:
        """Return the lines of a kind that hold any of some terms, which differ."""

    def document(self, document_id: str) -> Document:
        """Return one document. Raises UnknownDocumentError."""

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """Return the passages of these rows, in the order asked for."""

    def sentence_vectors(self, rows: Sequence[int]) -> list[Vectors]:
        """Return the vectors of each passage's sentences, shape (sentences, dimension)."""

    def rows_of(self, document_ids: Sequence[str]) -> Rows:
        """Return the rows of all passages of these documents, ascending."""

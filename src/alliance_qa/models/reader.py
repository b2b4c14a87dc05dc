"""Whether and where a passage answers a question, by a network trained for it (see MODEL_CARD.md)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from alliance_qa.domain import Span
from alliance_qa.errors import ModelError
from alliance_qa.models import default, heads, multilingual
from alliance_qa.models.encoder import READER, Encoder, Halves
from alliance_qa.models.heads import (
    AROUND,
    KINDS,
    Around,
    Batch,
    Logits,
    Row,
    best_span,
    collate,
    sentence_of,
    softmax,
)
from alliance_qa.models.thread import ModelThread
from alliance_qa.ports import UNREAD, PassageInput, Reading, Vectors
from alliance_qa.text.language import is_latin
from alliance_qa.text.terms import STOP_WORDS

if TYPE_CHECKING:
    from tokenizers import Tokenizer

FOLDER = Path(__file__).parent / "weights"
"""Holds config.json and model.safetensors."""

MULTILINGUAL = FOLDER / "multilingual"
"""Likewise, of the reader that goes with multilingual-e5-small."""

_MANY = ("list", "overview", "comparison", "compound")
"""Kinds of questions that ask for several things."""


class ExtractiveReader:
    """A Reader around an `Encoder` and its heads. Safe to use from several threads: one does all the work.

    It is loaded when it is first used. Word embeddings and tokenizer are those of the
    embedding model that it was trained from.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        """Prepare to load a reader.

        Args:
            folder: Holds config.json and model.safetensors; `FOLDER` or `MULTILINGUAL`.
        """
        self._folder = folder
        self._thread = ModelThread("reader")

    def read(self, question: str, passages: Sequence[PassageInput]) -> list[Reading]:
        """Read passages for an answer; see `ports.Reader`.

        Raises:
            BudgetError: Whoever asks has used up the budget.
            ModelError: The reader's files are missing or damaged, or it hangs.
        """
        return self._thread.run(self._read, question, passages) if passages else []

    def _read(self, question: str, passages: Sequence[PassageInput]) -> list[Reading]:
        network = self._network
        encode = network.tokenizer.encode_batch
        config, around = network.config, network.around
        asked = encode([question], add_special_tokens=False)[0].ids
        truncated, asked = len(asked) > config["max_question"], asked[: config["max_question"]]
        contexts = encode([passage.context for passage in passages], add_special_tokens=False)
        texts = encode([passage.text for passage in passages], add_special_tokens=False)
        rows, offsets = [], []
        for passage, context, text in zip(passages, contexts, texts, strict=True):
            opening = [*around.question, *asked, around.end]
            front = [*opening, *around.passage, *context.ids[: config["max_context"]]]
            room = config["max_length"] - len(front) - 1
            ids, places = text.ids[:room], text.offsets[:room]
            sentences = sentence_of(places, passage.sentences)
            rows.append(Row([*front, *ids, around.end], len(opening), len(front), sentences))
            offsets.append(places)
        logits = network.run(collate(rows))
        many = softmax(logits.kinds, axis=-1)[:, [KINDS.index(kind) for kind in _MANY]].sum(-1)
        readings = []
        for i, (row, passage) in enumerate(zip(rows, passages, strict=True)):
            inside = slice(row.passage, row.passage + len(offsets[i]))
            span, share = None, 0.0
            if offsets[i]:
                first, last, share = best_span(logits.start[i, inside], logits.end[i, inside])
                span = Span(offsets[i][first][0], offsets[i][last][1])
            less = _less(config, question, passage.text)
            read = (logits.sentences[i, : max(row.sentences, default=-1) + 1] - less).tolist()
            unread = [UNREAD] * (len(passage.sentences) - len(read))
            answered = float(logits.answered[i]) - less
            readings.append(Reading(answered, span, share, (*read, *unread), float(many[i]), truncated))
        return readings

    @cached_property
    def _network(self) -> _Network:
        try:
            return _load(self._folder)
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            raise ModelError(
                f"the reader in {self._folder} cannot be loaded ({default.reason(error)}); "
                "reinstall, or set ALLIANCE_QA_READER=false"
            ) from error


class ReaderOfLanguages:
    """A Reader that lets the default one read what is in Latin letters, question and passage, and another the rest.

    The default one knows English better: of 200 questions of squad2-pairs it tells those that are answered with an
    area under the curve of 0.73, the multilingual one with 0.62 (2026-11-30).
    """

    def __init__(self) -> None:
        """Prepare to load both."""
        self._of_latin, self._of_others = ExtractiveReader(), ExtractiveReader(MULTILINGUAL)

    def read(self, question: str, passages: Sequence[PassageInput]) -> list[Reading]:
        """Read passages for an answer; see `ports.Reader`, and `ExtractiveReader` for errors."""
        latin = [is_latin(question + passage.text) for passage in passages]
        readings = {
            which: iter(
                reader.read(question, [passage for passage, of in zip(passages, latin, strict=True) if of is which])
            )
            for which, reader in ((True, self._of_latin), (False, self._of_others))
        }
        return [next(readings[which]) for which in latin]


class _Network(Protocol):
    """A reader as it is loaded."""

    config: dict[str, Any]
    tokenizer: Tokenizer
    around: Around

    def run(self, batch: Batch) -> Logits:
        """Read rows."""


class _Whole:
    """The reader of the default model: question and passage go through all layers together."""

    around = AROUND

    def __init__(self, config: dict[str, Any], weights: dict[str, Vectors]) -> None:
        self.config, self.tokenizer = config, default.tokenizer()
        bert = {name.removeprefix("bert."): weight for name, weight in weights.items()}
        self._encoder = Encoder(READER, bert | {default.WORDS: default.words()})
        self._heads = {name: weight for name, weight in weights.items() if not name.startswith(("bert.", "marks."))}
        self._telling = np.ones(len(default.words()), np.bool_)
        self._telling[config["common_tokens"]] = False

    def run(self, batch: Batch) -> Logits:
        marked, covered = heads.marks(batch, self._telling)
        states, borders = self._encoder.run(batch.ids, batch.kinds, batch.mask, marked)
        return heads.logits(states, borders, batch, marked, covered, self._heads)


class _Halved:
    """The reader of multilingual-e5-small: question and passage meet in the upper half of its layers.

    The lower half is the embedding model's own and sees each alone, as in DeFormer (Cao et al. 2020).
    """

    def __init__(self, config: dict[str, Any], weights: dict[str, Vectors]) -> None:
        self.config, self.tokenizer = config, multilingual.tokenizer()
        self.around = multilingual.around()
        upper = {name.removeprefix("bert."): weight for name, weight in weights.items() if name.startswith("bert.")}
        self._halves, self._weights = Halves(multilingual.tensors() | upper, multilingual.read().words), weights
        encoded = self.tokenizer.encode_batch(sorted(STOP_WORDS), add_special_tokens=False)
        self._common = {id_ for entry in encoded for id_ in entry.ids}

    def run(self, batch: Batch) -> Logits:
        states = np.zeros((*batch.ids.shape, self._weights["segments"].shape[1]), np.float32)
        for kind in (0, 1):
            inside = (batch.kinds == kind) & (batch.mask == 1)
            ids, mask = multilingual.padded([row[held].tolist() for row, held in zip(batch.ids, inside, strict=True)])
            lower = self._halves.lower(ids, mask)
            states[inside] = lower[mask == 1] + self._weights["segments"][kind]
        marked, covered = heads.marks(*self._folded(batch))
        marked *= (batch.kinds == 1)[..., None]  # of a question none is near one of the passage
        states = self._halves.upper(states + marked @ self._weights["marks.weight"].T, batch.mask)
        borders = heads.head(states, self._weights, "borders")
        return heads.logits(states, borders, batch, marked, covered, self._weights)

    def _folded(self, batch: Batch) -> tuple[Batch, NDArray[np.bool_]]:
        """Return a batch in which tokens of the same letters are one, and which of them say anything."""
        found, places = np.unique(batch.ids, return_inverse=True)
        letters = [multilingual.letters(self.tokenizer.id_to_token(id_) or "") for id_ in found.tolist()]
        words, same = np.unique(np.array(letters), return_inverse=True)
        telling = np.array([any(map(str.isalnum, word)) and word not in STOP_WORDS for word in words.tolist()])
        for at, id_ in enumerate(found.tolist()):
            if id_ in self._common or id_ in (multilingual.START, multilingual.END, multilingual.UNKNOWN):
                telling[same[at]] = False
        return batch._replace(ids=same[places].reshape(batch.ids.shape)), telling


def _less(config: dict[str, Any], question: str, text: str) -> float:
    """Return what log odds are lowered by, so that they mean the same of a reader in one language and across two."""
    less: dict[str, float] = config.get("less", {})
    return less.get("within" if is_latin(question) == is_latin(text) else "across", 0.0)


def _load(folder: Path) -> _Network:
    config = json.loads((folder / "config.json").read_text("utf-8"))
    own = default.verified(folder / "model.safetensors", config["sha256"], "the reader")
    weights = {name: weight.astype(np.float32) for name, weight in load_file(own).items()}
    return _Halved(config, weights) if config["base"] == multilingual.NAME else _Whole(config, weights)

"""Whether and where a passage answers a question, by a network trained for it (see MODEL_CARD.md)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from alliance_qa.domain import Span
from alliance_qa.errors import ModelError
from alliance_qa.models import default, heads
from alliance_qa.models.encoder import READER, Encoder
from alliance_qa.models.heads import CLS, KINDS, SEP, Batch, Logits, Row, best_span, collate, sentence_of, softmax
from alliance_qa.models.thread import ModelThread
from alliance_qa.ports import UNREAD, PassageInput, Reading, Vectors

if TYPE_CHECKING:
    from tokenizers import Tokenizer

FOLDER = Path(__file__).parent / "weights"
"""Holds config.json and model.safetensors."""

_MANY = ("list", "overview", "comparison", "compound")
"""Kinds of questions that ask for several things."""


class ExtractiveReader:
    """A Reader around an `Encoder` and its heads. Safe to use from several threads: one does all the work.

    It is loaded when it is first used. Word embeddings and tokenizer are those of the default
    embedding model, which it was trained from.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        """Prepare to load a reader.

        Args:
            folder: Holds config.json and model.safetensors.
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
        config = network.config
        asked = encode([question], add_special_tokens=False)[0].ids
        truncated, asked = len(asked) > config["max_question"], asked[: config["max_question"]]
        contexts = encode([passage.context for passage in passages], add_special_tokens=False)
        texts = encode([passage.text for passage in passages], add_special_tokens=False)
        rows, offsets = [], []
        for passage, context, text in zip(passages, contexts, texts, strict=True):
            front = [CLS, *asked, SEP, *context.ids[: config["max_context"]]]
            room = config["max_length"] - len(front) - 1
            ids, places = text.ids[:room], text.offsets[:room]
            rows.append(Row([*front, *ids, SEP], len(asked) + 2, len(front), sentence_of(places, passage.sentences)))
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
            read = logits.sentences[i, : max(row.sentences, default=-1) + 1].tolist()
            unread = [UNREAD] * (len(passage.sentences) - len(read))
            readings.append(
                Reading(float(logits.answered[i]), span, share, (*read, *unread), float(many[i]), truncated)
            )
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


@dataclass(frozen=True, slots=True, eq=False)
class _Network:
    """A reader as it is loaded."""

    config: dict[str, Any]
    tokenizer: Tokenizer
    encoder: Encoder
    of_heads: dict[str, Vectors]  # their weights
    telling: NDArray[np.bool_]  # of each token, whether its presence in question and passage says anything

    def run(self, batch: Batch) -> Logits:
        marked, covered = heads.marks(batch, self.telling)
        states, borders = self.encoder.run(batch.ids, batch.kinds, batch.mask, marked)
        return heads.logits(states, borders, batch, marked, covered, self.of_heads)


def _load(folder: Path) -> _Network:
    config = json.loads((folder / "config.json").read_text("utf-8"))
    own = default.verified(folder / "model.safetensors", config["sha256"], "the reader")
    weights = {name: weight.astype(np.float32) for name, weight in load_file(own).items()}
    weights[f"bert.{default.WORDS}"] = default.words()
    telling = np.ones(len(default.words()), np.bool_)
    telling[config["common_tokens"]] = False
    encoder = Encoder(READER, {name.removeprefix("bert."): weight for name, weight in weights.items()})
    own_heads = {name: weight for name, weight in weights.items() if not name.startswith(("bert.", "marks."))}
    return _Network(config, default.tokenizer(), encoder, own_heads, telling)

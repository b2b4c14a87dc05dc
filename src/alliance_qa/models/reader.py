"""Whether and where a passage answers a question, by a network trained for it (see MODEL_CARD.md)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alliance_qa.domain import Span
from alliance_qa.errors import ModelError
from alliance_qa.models import default
from alliance_qa.ports import UNREAD, PassageInput, Reading

if TYPE_CHECKING:
    from alliance_qa.models.network import ReaderNetwork

FOLDER = Path(__file__).parent / "weights"
"""Holds config.json and model.safetensors."""

_MANY = ("list", "overview", "comparison", "compound")
"""Kinds of questions that ask for several things."""


class ExtractiveReader:
    """A Reader around `ReaderNetwork`. Safe to use from several threads: one does all the work.

    It is loaded when it is first used. Word embeddings and tokenizer are those of the default
    embedding model, which it was trained from.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        """Prepare to load a reader.

        Args:
            folder: Holds config.json and model.safetensors.
        """
        self._folder = folder
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="reader")

    def read(self, question: str, passages: Sequence[PassageInput]) -> list[Reading]:
        """Read passages for an answer; see `ports.Reader`.

        Raises:
            ModelError: The reader's files are missing or damaged.
        """
        return self._worker.submit(self._read, question, passages).result() if passages else []

    def _read(self, question: str, passages: Sequence[PassageInput]) -> list[Reading]:
        import torch

        from alliance_qa.models.network import CLS, KINDS, SEP, Row, best_span, collate, sentence_of

        config, tokenizer, network = self._loaded
        whole = {"add_special_tokens": False, "truncation": False, "verbose": False}
        asked = tokenizer(question, **whole)["input_ids"][: config["max_question"]]
        contexts = tokenizer([passage.context for passage in passages], **whole)["input_ids"]
        texts = tokenizer([passage.text for passage in passages], return_offsets_mapping=True, **whole)
        rows, offsets = [], []
        for at, passage in enumerate(passages):
            front = [CLS, *asked, SEP, *contexts[at][: config["max_context"]]]
            room = config["max_length"] - len(front) - 1
            ids, places = texts["input_ids"][at][:room], texts["offset_mapping"][at][:room]
            rows.append(Row([*front, *ids, SEP], len(asked) + 2, len(front), sentence_of(places, passage.sentences)))
            offsets.append(places)
        with torch.inference_mode():
            logits = network(*collate(rows))
        many = logits.kinds.softmax(-1)[:, [KINDS.index(kind) for kind in _MANY]].sum(-1)
        readings = []
        for i, (row, passage) in enumerate(zip(rows, passages, strict=True)):
            inside = slice(row.passage, row.passage + len(offsets[i]))
            span, share = None, 0.0
            if offsets[i]:
                first, last, share = best_span(logits.start[i, inside], logits.end[i, inside])
                span = Span(offsets[i][first][0], offsets[i][last][1])
            read = logits.sentences[i, : max(row.sentences, default=-1) + 1].tolist()
            unread = [UNREAD] * (len(passage.sentences) - len(read))
            readings.append(Reading(float(logits.answered[i]), span, share, (*read, *unread), float(many[i])))
        return readings

    @cached_property
    def _loaded(self) -> tuple[dict[str, Any], Any, ReaderNetwork]:
        try:
            return self._load()
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise ModelError(
                f"the reader in {self._folder} cannot be loaded ({default.reason(error)}); "
                "reinstall, or set ALLIANCE_QA_READER=false"
            ) from error

    def _load(self) -> tuple[dict[str, Any], Any, ReaderNetwork]:
        import torch
        from safetensors.torch import load_file
        from transformers import AutoTokenizer, BertConfig

        from alliance_qa.models.network import ReaderNetwork

        config = json.loads((self._folder / "config.json").read_text("utf-8"))
        own = default.verified(self._folder / "model.safetensors", config["sha256"], "the reader")
        base = default.folder()
        network = ReaderNetwork(
            BertConfig.from_pretrained(base),
            hidden=config["hidden"],
            common=config["common_tokens"],
            matched_at=config["matched_at"],
        )
        words = "embeddings.word_embeddings.weight"
        weights = {name: w.float() for name, w in load_file(own).items()}
        weights[f"bert.{words}"] = load_file(default.weights())[words].float()
        network.load_state_dict(weights)
        dtype = torch.bfloat16 if _computes_in_bfloat16() else torch.float32
        return config, AutoTokenizer.from_pretrained(base), network.eval().to(dtype)


def _computes_in_bfloat16() -> bool:
    """Whether the processor multiplies in bfloat16, which is two to three times as fast where it does."""
    import torch

    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))

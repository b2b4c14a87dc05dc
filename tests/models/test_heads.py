"""The reader's encoder and heads say what the network says that was trained."""

from __future__ import annotations

import importlib
import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alliance_qa.domain import Span
from alliance_qa.models import default
from alliance_qa.models.encoder import EMBEDDER, Encoder
from alliance_qa.models.heads import Logits, Row, _erf, best_span, collate, sentence_of
from alliance_qa.models.reader import FOLDER, ExtractiveReader

pytestmark = pytest.mark.model

TRAINING = Path(__file__).resolve().parents[2] / "training"


@pytest.fixture(scope="module")
def trained() -> Any:
    """The network as it was trained, by PyTorch."""
    from safetensors.torch import load_file
    from transformers import BertConfig

    sys.path.insert(0, str(TRAINING))
    try:
        network_module = importlib.import_module("network")
    finally:
        sys.path.remove(str(TRAINING))
    config = json.loads((FOLDER / "config.json").read_text("utf-8"))
    network = network_module.ReaderNetwork(
        BertConfig.from_pretrained(default.folder()),
        hidden=config["hidden"],
        common=config["common_tokens"],
        matched_at=config["matched_at"],
    )
    weights = {name: weight.float() for name, weight in load_file(FOLDER / "model.safetensors").items()}
    words = "embeddings.word_embeddings.weight"
    network.load_state_dict(weights | {f"bert.{words}": load_file(default.weights())[words]})
    return network.eval()


def rows() -> list[Row]:
    """Questions and passages of several lengths: tokens drawn with a seed, some of them in both."""
    drawn = np.random.default_rng(5)
    made = []
    for length in (4, 60, 200):
        asked = drawn.integers(1_000, 9_000, 9).tolist()
        passage = [
            int(drawn.choice(asked)) if drawn.random() < 0.2 else int(drawn.integers(1_000, 9_000))
            for _ in range(length)
        ]
        sentences = [at // 25 for at in range(length)]
        made.append(Row([101, *asked, 102, 2_000, *passage, 102], len(asked) + 2, len(asked) + 3, sentences))
    return made


def test_the_logits_are_those_of_the_trained_network(trained: Any) -> None:
    import torch

    batch = collate(rows())
    with torch.inference_mode():
        expected = Logits(*(part.numpy() for part in trained(*(torch.from_numpy(part) for part in batch))))
    found = ExtractiveReader()._network.run(batch)
    for name in Logits._fields:
        assert getattr(found, name).shape == getattr(expected, name).shape
        assert np.abs(getattr(found, name) - getattr(expected, name)).max() < 2e-3, name


def test_the_error_function_is_that_of_the_standard_library() -> None:
    x = np.linspace(-5, 5, 401, dtype=np.float32)
    assert np.abs(_erf(x) - np.vectorize(math.erf)(x)).max() < 1e-6


def test_the_likeliest_span_is_found_among_all() -> None:
    start, end = np.array([0, 4, 0, 1], np.float32), np.array([5, 0, 2, 1], np.float32)
    first, last, share = best_span(start, end)
    assert (first, last) == (1, 2)  # the end at 0 lies before the start at 1
    odds = np.exp(start)[:, None] * np.exp(end) / np.exp(start).sum() / np.exp(end).sum()
    assert share == pytest.approx(odds[1, 2])


def test_a_span_has_at_most_60_tokens() -> None:
    start, end = np.zeros(80, np.float32), np.zeros(80, np.float32)
    start[0], end[59], end[60] = 9, 5, 9
    assert best_span(start, end)[:2] == (0, 59)


def test_a_token_stands_in_the_sentence_in_which_it_begins() -> None:
    assert sentence_of([(0, 2), (3, 5), (6, 9), (12, 14)], [Span(0, 5), Span(6, 10), Span(11, 14)]) == [0, 0, 1, 2]


@pytest.mark.parametrize(("said", "threads"), [("1", 1), ("3", 3), ("", 0), ("2,1", 0)])
def test_a_process_that_may_have_so_many_cores_takes_no_more(
    said: str, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", said)  # as the service does for its rebuilds
    encoder = Encoder(EMBEDDER, default.tensors())
    assert encoder._session.get_session_options().intra_op_num_threads == threads

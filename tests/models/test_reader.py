"""The trained reader as it is shipped: what it says of passages, and what it says when it is damaged."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from alliance_qa.errors import ModelError
from alliance_qa.models.reader import FOLDER, ExtractiveReader
from alliance_qa.ports import Reading

BRIDGE = "The bridge of Iwakuni was built in 1673 by Lord Hiroyoshi Kikkawa. It has five arches of wood."
MAPLES = "The gardener planted forty maples along the canal. They turn red in November."


@pytest.fixture(scope="module")
def reader() -> ExtractiveReader:
    return ExtractiveReader()


def test_the_passage_that_answers_is_told_from_one_that_does_not(reader: ExtractiveReader) -> None:
    right, wrong = reader.read("When was the bridge of Iwakuni built?", [("Bridges", BRIDGE), ("Gardens", MAPLES)])
    assert right.answered > 0 > wrong.answered
    assert right.span is not None
    assert right.span.of(BRIDGE) == "1673"


@pytest.mark.parametrize(
    ("question", "passage", "answer"),
    [
        ("How many maples did the gardener plant?", MAPLES, "forty"),
        ("Who built the bridge of Iwakuni?", BRIDGE, "Lord Hiroyoshi Kikkawa"),
    ],
)
def test_the_span_is_the_short_answer(reader: ExtractiveReader, question: str, passage: str, answer: str) -> None:
    (reading,) = reader.read(question, [("", passage)])
    assert reading.span is not None
    assert answer in reading.span.of(passage)
    assert 0 < reading.share <= 1


def test_the_order_and_number_of_passages_change_little(reader: ExtractiveReader) -> None:
    pairs = [("", BRIDGE), ("", MAPLES), ("", BRIDGE)]
    first, second, third = reader.read("When was the bridge built?", pairs)
    assert first == third
    (alone,) = reader.read("When was the bridge built?", pairs[1:2])
    assert alone.answered == pytest.approx(second.answered, abs=0.3)  # bfloat16 with other padding


def test_offsets_count_code_points_of_the_text_as_it_is(reader: ExtractiveReader) -> None:
    text = "錦帯橋 \U0001f309 — Ｔｈｅ bridge of Iwakuni was built in 1673 by Lord Kikkawa."
    (reading,) = reader.read("When was the bridge of Iwakuni built?", [("", text)])
    assert reading.span is not None
    assert reading.span.of(text) == "1673"


def test_a_passage_beyond_the_window_and_a_question_beyond_its_own_are_cut(reader: ExtractiveReader) -> None:
    text = f"{BRIDGE} " + "It rained. " * 500
    (reading,) = reader.read("When was the bridge of Iwakuni built? " + "Please. " * 300, [("Title " * 200, text)])
    assert reading.span is not None
    assert reading.span.end <= len(text)


@pytest.mark.parametrize(("question", "text"), [("", BRIDGE), ("Why?", ""), ("?", "…"), ("\x00", "\u200b")])
def test_hardly_any_words_are_no_error(reader: ExtractiveReader, question: str, text: str) -> None:
    (reading,) = reader.read(question, [("", text)])
    assert isinstance(reading, Reading)
    assert (reading.span is None) == (not text.strip("\u200b"))


def test_no_passages_make_no_readings(reader: ExtractiveReader) -> None:
    assert reader.read("When?", []) == []


def test_threads_get_what_one_gets(reader: ExtractiveReader) -> None:
    expected = reader.read("When was the bridge built?", [("", BRIDGE)])
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: reader.read("When was the bridge built?", [("", BRIDGE)]), range(24)))
    assert found == [expected] * 24


def test_the_weights_are_small_and_the_card_says_how_they_were_made() -> None:
    assert (FOLDER / "model.safetensors").stat().st_size < 50 * 2**20
    config = json.loads((FOLDER / "config.json").read_text("utf-8"))
    card = (FOLDER / "MODEL_CARD.md").read_text("utf-8")
    for name in config["training"]["data"]:
        assert name in card
    assert "training/train_reader.py" in card


@pytest.mark.parametrize("damage", ["config.json", "model.safetensors"])
def test_a_damaged_reader_is_named_with_what_to_do(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "reader"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    data = bytearray((folder / damage).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / damage).write_bytes(data[: 1_000 if damage == "config.json" else None])
    with pytest.raises(ModelError, match=r"reader in .*cannot be loaded .*ALLIANCE_QA_READER=false"):
        ExtractiveReader(folder).read("When?", [("", BRIDGE)])

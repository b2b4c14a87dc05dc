"""The trained reader as it is shipped: what it says of passages, and what it says when it is damaged."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from alliance_qa.errors import ModelError
from alliance_qa.models.encoder import READER
from alliance_qa.models.reader import FOLDER, ExtractiveReader
from alliance_qa.ports import PassageInput, Reading
from alliance_qa.text.sentences import split_sentences

BRIDGE = "The bridge of Iwakuni was built in 1673 by Lord Hiroyoshi Kikkawa. It has five arches of wood."
MAPLES = "The gardener planted forty maples along the canal. They turn red in November."


def seen(text: str, context: str = "") -> PassageInput:
    return PassageInput(context, text, tuple(split_sentences(text)))


@pytest.fixture(scope="module")
def reader() -> ExtractiveReader:
    return ExtractiveReader()


def test_the_passage_that_answers_is_told_from_one_that_does_not(reader: ExtractiveReader) -> None:
    right, wrong = reader.read(
        "When was the bridge of Iwakuni built?", [seen(BRIDGE, "Bridges"), seen(MAPLES, "Gardens")]
    )
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
    (reading,) = reader.read(question, [seen(passage)])
    assert reading.span is not None
    assert answer in reading.span.of(passage)
    assert 0 < reading.share <= 1


def test_the_sentence_that_answers_is_told_from_the_others(reader: ExtractiveReader) -> None:
    (built,) = reader.read("When was the bridge of Iwakuni built?", [seen(BRIDGE)])
    (arches,) = reader.read("How many arches does the bridge of Iwakuni have?", [seen(BRIDGE)])
    assert built.sentences[0] > 0 > built.sentences[1]
    assert arches.sentences[1] > arches.sentences[0]


def test_a_list_is_told_from_a_date(reader: ExtractiveReader) -> None:
    text = "The alliance has three members. They are Norway, Chad and Peru. It was founded in 1950 in Lima."
    (listed,) = reader.read("Which countries are the members?", [seen(text)])
    (dated,) = reader.read("When was it founded?", [seen(text)])
    assert listed.asks_many > 0.5 > dated.asks_many


def test_the_order_and_number_of_passages_change_little(reader: ExtractiveReader) -> None:
    pairs = [seen(BRIDGE), seen(MAPLES), seen(BRIDGE)]
    first, second, third = reader.read("When was the bridge built?", pairs)
    assert first.sentences == pytest.approx(third.sentences, abs=1e-3)
    assert first.span == third.span
    assert first.answered == pytest.approx(third.answered, abs=1e-3)
    (alone,) = reader.read("When was the bridge built?", pairs[1:2])
    assert alone.answered == pytest.approx(second.answered, abs=0.3)  # bfloat16 with other padding


def test_offsets_count_code_points_of_the_text_as_it_is(reader: ExtractiveReader) -> None:
    text = "錦帯橋 \U0001f309 — Ｔｈｅ bridge of Iwakuni was built in 1673 by Lord Kikkawa."
    (reading,) = reader.read("When was the bridge of Iwakuni built?", [seen(text)])
    assert reading.span is not None
    assert reading.span.of(text) == "1673"


def test_a_passage_beyond_the_window_and_a_question_beyond_its_own_are_cut(reader: ExtractiveReader) -> None:
    text = f"{BRIDGE} " + "It rained. " * 500
    (reading,) = reader.read("When was the bridge of Iwakuni built? " + "Please. " * 300, [seen(text, "Title " * 200)])
    assert reading.span is not None
    assert reading.span.end <= len(text)
    assert len(reading.sentences) == 502
    assert set(reading.sentences[400:]) == {-10.0}  # never read


@pytest.mark.parametrize(("question", "text"), [("", BRIDGE), ("Why?", ""), ("?", "…"), ("\x00", "\u200b")])
def test_hardly_any_words_are_no_error(reader: ExtractiveReader, question: str, text: str) -> None:
    (reading,) = reader.read(question, [seen(text)])
    assert isinstance(reading, Reading)
    assert (reading.span is None) == (not text.strip("\u200b"))


def test_no_passages_make_no_readings(reader: ExtractiveReader) -> None:
    assert reader.read("When?", []) == []


def test_threads_get_what_one_gets(reader: ExtractiveReader) -> None:
    expected = reader.read("When was the bridge built?", [seen(BRIDGE)])
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: reader.read("When was the bridge built?", [seen(BRIDGE)]), range(24)))
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
        ExtractiveReader(folder).read("When?", [seen(BRIDGE)])


def test_a_damaged_graph_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    graph = tmp_path / "reader.onnx"
    graph.write_bytes(READER.read_bytes()[:-1])
    monkeypatch.setattr("alliance_qa.models.reader.READER", graph)
    with pytest.raises(ModelError, match=r"cannot be loaded \(reader\.onnx cannot be run .*ALLIANCE_QA_READER=false"):
        ExtractiveReader().read("When?", [seen(BRIDGE)])


def test_a_question_that_is_longer_than_what_is_read_is_told(reader: ExtractiveReader) -> None:
    short, long = "When was the bridge built? " * 8, "When was the bridge built? " * 9  # of 6 tokens each; 48 are read
    assert [reader.read(question, [seen(BRIDGE)])[0].truncated for question in (short, long)] == [False, True]

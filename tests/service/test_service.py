"""The whole service with the real model: bringing an index up to date, and quotes that stand where they say."""

from __future__ import annotations

import os
import random
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from alliance_qa import documents
from alliance_qa.answering import proposals
from alliance_qa.answering.citations import stands
from alliance_qa.building import rebuild as rebuilding
from alliance_qa.building.rebuild import Progress, rebuild, recipe
from alliance_qa.domain import Answer, Filters
from alliance_qa.errors import (
    DocumentError,
    EngineError,
    IndexBusyError,
    IndexDamagedError,
    IndexMismatchError,
    IndexMissingError,
    UnknownDocumentError,
)
from alliance_qa.index import store
from alliance_qa.index.generation import Generation
from alliance_qa.index.manifest import Manifest
from alliance_qa.ports import Embedder
from alliance_qa.service import service
from alliance_qa.service.jobs import Job, JobState
from alliance_qa.service.service import Service
from alliance_qa.settings import Settings, load
from edges import keeper
from edges.embedder import WordEmbedder
from edges.server import settings_of
from small_collection import GARDENS, HARBOUR, LIGHTHOUSE, read_here

pytestmark = pytest.mark.model

SHIPPED = Path(__file__).parents[2] / "documents"
BRIDGE = "The Bridge of Iwakuni\n\nThe bridge of Iwakuni was built in 1673. Its five arches are made of wood.\n"
MAPLES = "How many maples did the gardener of Karuizawa plant?"
LIT = "When was the lighthouse of Ōshima lit for the first time?"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings but those that a test makes."""
    for name in [name for name in os.environ if name.upper().startswith("ALLIANCE_QA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHONPATH", keeper.PATH)  # for the processes that rebuild
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def reads_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read files in this process: those that read them elsewhere have tests of their own."""
    monkeypatch.setattr(rebuilding, "read_all", read_here)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings over three files of different types, a PDF that is none, and a file of no known type."""
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "a.md").write_bytes(LIGHTHOUSE)
    (folder / "b.txt").write_bytes(GARDENS)
    (folder / "c.html").write_bytes(HARBOUR)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing else")
    (folder / "notes.xyz").write_bytes(b"notes")
    return load(documents=folder, index=tmp_path / "index")


@pytest.fixture(scope="session")
def plain(shipped: Path, model: Embedder) -> Service:
    """A service over the documents that ship with the project, without the reader."""
    return Service(settings_of(shipped), model)


class OtherEmbedder(WordEmbedder):
    """Another model than that of the keeper."""

    fingerprint = "1" * 64


def keep(settings: Settings) -> Service:
    """Return a service without a model, that rebuilds without one too."""
    return Service(settings, WordEmbedder(), command=keeper.HERE)


def ask(opened: Service, question: str, filters: Filters = Filters()) -> Answer:
    return opened.ask(opened.generation, question, filters=filters)


def quotes(opened: Service, question: str) -> list[str]:
    return [citation.quote for citation in ask(opened, question).citations]


def paths(manifest: Manifest, *, indexed: bool) -> list[str]:
    return [state.path for state in manifest.sources if (state.document_id is not None) == indexed]


def finished(opened: Service) -> Job:
    """Wait for the rebuild that runs in the background."""
    end = time.monotonic() + 180
    while (job := opened.job) is None or job.state is JobState.RUNNING:
        assert time.monotonic() < end
        time.sleep(0.01)
    return job


# Bringing the index up to date


def test_a_first_rebuild_makes_an_index_that_answers(settings: Settings, model: Embedder) -> None:
    manifest, changed = rebuild(settings, model)
    assert (changed, manifest.version, manifest.documents, manifest.reused) == (True, "000001", 3, 0)
    opened = Service(settings, model)
    assert opened.generation.version == "000001"
    assert quotes(opened, MAPLES) == ["The gardener planted 40 maples."]
    assert quotes(opened, LIT) == ["The lighthouse was lit for the first time in 1903."]


def test_a_second_rebuild_changes_nothing(settings: Settings, model: Embedder) -> None:
    first, _ = rebuild(settings, model)
    assert rebuild(settings, model) == (first, False)
    assert sorted(path.name for path in (settings.index / "generations").iterdir()) == ["000001"]


def test_an_added_file_is_answered_from_and_the_others_are_reused(settings: Settings, model: Embedder) -> None:
    first, _ = rebuild(settings, model)
    (settings.documents / "d.txt").write_text(BRIDGE)
    second, changed = rebuild(settings, model)
    assert (changed, second.version, second.documents) == (True, "000002", 4)
    assert (second.reused, second.passages) == (first.passages, first.passages + 1)
    assert quotes(Service(settings, model), "When was the bridge of Iwakuni built?") == [
        "The bridge of Iwakuni was built in 1673."
    ]


def test_a_deleted_file_is_gone_from_documents_and_answers(settings: Settings, model: Embedder) -> None:
    rebuild(settings, model)
    (settings.documents / "b.txt").unlink()
    manifest, changed = rebuild(settings, model)
    opened = Service(settings, model)
    assert (changed, manifest.reused) == (True, manifest.passages)
    assert [document.path for document in opened.generation.corpus.documents()] == ["a.md", "c.html"]
    answer = ask(opened, MAPLES)
    assert "40 maples" not in answer.text
    assert not [ranked for ranked in answer.passages if "maples" in ranked.passage.text]


def test_a_changed_file_is_answered_from_anew(settings: Settings, model: Embedder) -> None:
    rebuild(settings, model)
    (settings.documents / "b.txt").write_bytes(GARDENS.replace(b"40", b"41"))
    manifest, changed = rebuild(settings, model)
    assert (changed, manifest.reused) == (True, manifest.passages - 1)
    assert quotes(Service(settings, model), MAPLES) == ["The gardener planted 41 maples."]


def test_a_renamed_file_keeps_its_vectors(settings: Settings, model: Embedder) -> None:
    rebuild(settings, model)
    (settings.documents / "b.txt").rename(settings.documents / "gardens.txt")
    manifest, changed = rebuild(settings, model)
    assert (changed, manifest.reused) == (True, manifest.passages)
    assert paths(manifest, indexed=True) == ["a.md", "c.html", "gardens.txt"]


def test_files_that_cannot_be_read_are_listed_while_the_rest_is_in(settings: Settings, model: Embedder) -> None:
    manifest, _ = rebuild(settings, model)
    assert paths(manifest, indexed=True) == ["a.md", "b.txt", "c.html"]
    broken, unknown = [state for state in manifest.sources if state.document_id is None]
    assert (broken.path, broken.passages, unknown.path, unknown.passages) == ("broken.pdf", 0, "notes.xyz", 0)
    assert broken.reason
    assert "PDF" in broken.reason
    assert "broken.pdf" not in broken.reason
    assert unknown.reason == f"has a suffix that is not read ({', '.join(sorted(documents.SUFFIXES))} are)"


def test_a_mended_file_is_taken_in(settings: Settings, model: Embedder) -> None:
    rebuild(settings, model)
    shutil.copy(SHIPPED / "nato-and-japan.pdf", settings.documents / "broken.pdf")
    manifest, changed = rebuild(settings, model)
    assert (changed, paths(manifest, indexed=False)) == (True, ["notes.xyz"])


def test_a_file_that_cannot_be_read_is_no_change_the_second_time(settings: Settings, model: Embedder) -> None:
    rebuild(settings, model)
    (settings.documents / "other.xyz").write_bytes(b"")
    assert rebuild(settings, model)[1]
    assert not rebuild(settings, model)[1]


def test_a_missing_documents_folder_is_refused_and_the_index_stays(settings: Settings, model: Embedder) -> None:
    rebuild(settings, model)
    shutil.rmtree(settings.documents)
    with pytest.raises(DocumentError) as caught:
        rebuild(settings, model)
    assert str(caught.value) == (
        f"documents folder {settings.documents} does not exist; make it or set ALLIANCE_QA_DOCUMENTS"
    )
    assert quotes(Service(settings, model), MAPLES) == ["The gardener planted 40 maples."]


def test_an_emptied_folder_is_an_index_that_refuses(settings: Settings, model: Embedder) -> None:
    rebuild(settings, model)
    for path in settings.documents.iterdir():
        path.unlink()
    manifest, changed = rebuild(settings, model)
    assert (changed, manifest.documents, manifest.passages, manifest.sources) == (True, 0, 0, ())
    answer = ask(Service(settings, model), MAPLES)
    assert (answer.answered, answer.text, answer.passages) == (False, "", ())


def test_a_full_rebuild_reuses_nothing(settings: Settings, model: Embedder) -> None:
    rebuild(settings, model)
    manifest, changed = rebuild(settings, model, full=True)
    assert (changed, manifest.version, manifest.reused) == (True, "000002", 0)


def test_a_damaged_index_is_built_anew(settings: Settings, model: Embedder) -> None:
    rebuild(settings, model)
    damaged = settings.index / "generations" / "000001" / "000001-1" / "vectors.npy"
    damaged.write_bytes(damaged.read_bytes()[:-1])
    with pytest.raises(IndexDamagedError, match=r"vectors\.npy is damaged"):
        Service(settings, model)
    manifest, changed = rebuild(settings, model)
    assert (changed, manifest.version, manifest.reused) == (True, "000002", 0)
    assert quotes(Service(settings, model), MAPLES) == ["The gardener planted 40 maples."]


def test_other_passages_are_refused_until_the_index_is_built_again(settings: Settings, model: Embedder) -> None:
    rebuild(settings, model)
    shorter = settings.model_copy(update={"passage_tokens": 16})
    with pytest.raises(IndexMismatchError, match=r"into 160 tokens; this service uses sentencex .* and 16;"):
        Service(shorter, model)
    assert rebuild(shorter, model)[1]
    assert quotes(Service(shorter, model), MAPLES) == ["The gardener planted 40 maples."]


def test_an_index_of_another_model_is_refused(settings: Settings, model: Embedder) -> None:
    rebuild(settings, WordEmbedder())
    with pytest.raises(IndexMismatchError, match=r"built by all-MiniLM-L6-v2 \(00000000\); this service uses"):
        Service(settings, model)


def test_a_service_without_an_index_tells_the_command(settings: Settings, model: Embedder) -> None:
    with pytest.raises(IndexMissingError, match='run "alliance-qa index" first'):
        Service(settings, model)


def test_passages_leave_room_for_their_context(settings: Settings, model: Embedder) -> None:
    sentences = [f"Ship number {n} entered the harbour of Yokosuka at dawn." for n in range(60)]
    (settings.documents / "ships.txt").write_text("Ships\n\n" + " ".join(sentences) + "\n")
    longest = {}
    for wanted in (16, 160, 206, 4096):
        chosen = settings.model_copy(update={"passage_tokens": wanted})
        manifest, _ = rebuild(chosen, model)
        assert manifest.recipe.passage_tokens == wanted
        corpus = store.open_generation(chosen.index, manifest).corpus
        texts = [passage.text for passage in corpus.passages(range(len(corpus)))]
        longest[wanted] = max(len(starts) for starts in model.token_starts(texts))
    assert longest[16] <= 16
    assert 130 < longest[160] <= 160
    assert 180 < longest[206] == longest[4096] <= 206


def test_another_version_reads_the_files_again_and_keeps_their_vectors(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebuild(settings, WordEmbedder())
    monkeypatch.setattr(rebuilding, "documents_version", lambda: "99.0")
    manifest, changed = rebuild(settings, WordEmbedder())
    assert (changed, manifest.version, manifest.recipe.documents_version) == (True, "000002", "99.0")
    assert manifest.reused == manifest.passages > 0


@pytest.mark.parametrize(("retained", "left"), [(0, ["000003"]), (1, ["000002", "000003"])])
def test_as_many_earlier_generations_stay_as_the_settings_say(
    settings: Settings, retained: int, left: list[str]
) -> None:
    for _ in range(3):
        rebuild(settings.model_copy(update={"retained_generations": retained}), WordEmbedder(), full=True)
    assert sorted(path.name for path in (settings.index / "generations").iterdir()) == left


def test_a_rebuild_tells_how_far_it_is(settings: Settings, model: Embedder) -> None:
    seen: list[Progress] = []
    manifest, _ = rebuild(settings, model, report=seen.append)
    n = manifest.passages
    assert seen == [
        *(Progress("reading", done, 4) for done in (1, 2, 3, 4)),
        Progress("embedding", 0, n),
        Progress("embedding", n, n),
    ]


# Rebuilding while answering


def test_a_rebuild_in_the_background_swaps_to_its_result(settings: Settings) -> None:
    rebuild(settings, WordEmbedder())
    opened = keep(settings)
    assert opened.job is None
    earlier = opened.generation
    (settings.documents / "b.txt").write_bytes(GARDENS.replace(b"40", b"41"))
    assert opened.start_rebuild() == Job(JobState.RUNNING)
    job = finished(opened)
    assert (job.state, job.version, job.error) == (JobState.DONE, "000002", None)
    assert texts_with(opened, opened.generation, "maples") == ["The gardener planted 41 maples."]
    assert texts_with(opened, earlier, "maples") == ["The gardener planted 40 maples."]


def test_a_rebuild_in_the_background_with_the_real_model_answers_anew(settings: Settings, model: Embedder) -> None:
    rebuild(settings, model)
    opened = Service(settings, model)
    earlier = opened.generation
    (settings.documents / "b.txt").write_bytes(GARDENS.replace(b"40", b"41"))
    opened.start_rebuild()
    assert finished(opened).version == "000002"
    assert quotes(opened, MAPLES) == ["The gardener planted 41 maples."]
    held = opened.ask(earlier, MAPLES)
    assert [citation.quote for citation in held.citations] == ["The gardener planted 40 maples."]


def texts_with(opened: Service, generation: Generation, word_of_it: str) -> list[str]:
    """Return the sentences of the nearest passage that hold a word."""
    passage = opened.search(generation, word_of_it, top_k=1)[0].passage
    text = generation.corpus.document(passage.document_id).text
    return [s.of(text) for s in passage.sentences if word_of_it in s.of(text)]


def test_only_one_rebuild_runs_at_a_time(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rebuild(settings, WordEmbedder())
    opened = keep(settings)
    (settings.documents / "d.txt").write_text(BRIDGE)
    held = tmp_path / "hold"
    held.touch()
    monkeypatch.setenv(keeper.HOLD, str(held))
    opened.start_rebuild()
    with pytest.raises(IndexBusyError) as caught:
        opened.start_rebuild()
    assert str(caught.value) == "a rebuild is running; GET /v1/index shows how far it is"
    held.unlink()
    assert finished(opened).version == "000002"
    opened.start_rebuild()
    assert finished(opened).version == "000002"


def test_a_service_that_ends_starts_no_rebuild(settings: Settings) -> None:
    rebuild(settings, WordEmbedder())
    opened = keep(settings)
    opened.close()
    with pytest.raises(IndexBusyError, match="the service is ending; start it again to rebuild"):
        opened.start_rebuild()
    assert opened.job is None


def test_examples_are_made_once_what_holds_the_candidates_is_back(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebuild(settings, WordEmbedder())
    opened = keep(settings.model_copy(update={"examples": ()}))
    asked: list[int] = []

    def examples(*_: object, **__: object) -> tuple[str, ...]:
        asked.append(1)
        if len(asked) < 3:
            raise EngineError("Milvus is away")
        return ("Who kept the lamp?",)

    monkeypatch.setattr(service, "_RETRY_SECONDS", 0.01)
    monkeypatch.setattr(proposals, "examples", examples)
    opened.start()
    end = time.monotonic() + 20
    while not opened.examples and time.monotonic() < end:
        time.sleep(0.01)
    assert opened.examples == ("Who kept the lamp?",)
    assert len(asked) == 3


def test_a_service_that_ends_while_it_makes_examples_tells_no_fault(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rebuild(settings, WordEmbedder())
    opened = keep(settings.model_copy(update={"examples": ()}))
    begun, asked = threading.Event(), []

    def examples(*_: object, is_wanted: Callable[[], bool], **__: object) -> tuple[str, ...]:
        begun.set()
        end = time.monotonic() + 20
        while is_wanted() and time.monotonic() < end:
            time.sleep(0.01)
        asked.append(is_wanted())
        raise RuntimeError("cannot schedule new futures after shutdown")

    monkeypatch.setattr(proposals, "examples", examples)
    opened.start()
    assert begun.wait(20)
    opened.close()
    assert asked == [False]
    assert "there are no example questions" not in caplog.text


def test_what_was_built_by_another_model_fails_and_is_not_taken_into_use(settings: Settings) -> None:
    rebuild(settings, OtherEmbedder())
    opened = Service(settings, OtherEmbedder(), command=keeper.HERE)
    (settings.documents / "d.txt").write_text(BRIDGE)
    opened.start_rebuild()
    job = finished(opened)
    assert (job.state, job.version, opened.generation.version) == (JobState.FAILED, None, "000001")
    assert job.error == opened.damage
    assert job.error is not None
    assert "; this service uses all-MiniLM-L6-v2 (11111111); " in job.error


def test_a_failed_rebuild_says_why_and_the_service_goes_on(settings: Settings) -> None:
    rebuild(settings, WordEmbedder())
    opened = keep(settings)
    shutil.rmtree(settings.documents)
    opened.start_rebuild()
    assert finished(opened) == Job(
        JobState.FAILED,
        error=f"documents folder {settings.documents} does not exist; make it or set ALLIANCE_QA_DOCUMENTS",
    )
    assert texts_with(opened, opened.generation, "maples") == ["The gardener planted 40 maples."]


def test_an_unforeseen_fault_of_a_rebuild_is_told_in_the_log_alone(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rebuild(settings, WordEmbedder())
    opened = keep(settings)
    (settings.documents / "d.txt").write_text(BRIDGE)
    (tmp_path / "fail").touch()
    monkeypatch.setenv(keeper.FAIL, str(tmp_path / "fail"))
    opened.start_rebuild()
    assert finished(opened) == Job(JobState.FAILED, error="the rebuild ended with exit code 1; see the log")
    assert "Traceback (most recent call last)" in caplog.text
    assert "of /home/keeper/secret" in caplog.text
    assert opened.generation.version == "000001"


def test_an_unknown_document_is_refused(settings: Settings, model: Embedder) -> None:
    rebuild(settings, model)
    with pytest.raises(UnknownDocumentError):
        ask(Service(settings, model), MAPLES, Filters(document="nothing"))


def test_a_question_of_one_document_is_answered_from_it_alone(settings: Settings, model: Embedder) -> None:
    rebuild(settings, model)
    opened = Service(settings, model)
    for document in opened.generation.corpus.documents():
        answer = ask(opened, MAPLES, Filters(document=document.id))
        assert {ranked.passage.document_id for ranked in answer.passages} == {document.id}
        assert answer.answered == (document.path == "b.txt")


# The documents that ship with the project


def test_every_sentence_of_every_passage_stands_in_its_document(plain: Service) -> None:
    corpus = plain.generation.corpus
    count = 0
    for passage in corpus.passages(range(len(corpus))):
        text = corpus.document(passage.document_id).text
        assert text[passage.span.start : passage.span.end] == passage.text
        end = passage.span.start
        for sentence in passage.sentences:
            assert end <= sentence.start < sentence.end <= passage.span.end
            words = text[sentence.start : sentence.end]
            assert passage.text[sentence.start - passage.span.start : sentence.end - passage.span.start] == words
            assert words == words.strip() != ""
            assert text[end : sentence.start].strip() == ""  # nothing of the passage lies outside its sentences
            end = sentence.end
            count += 1
        assert end == passage.span.end
    assert count == plain.generation.manifest.sentences > 500


def test_every_shipped_document_is_in(plain: Service) -> None:
    names = sorted(path.relative_to(SHIPPED).as_posix() for path in SHIPPED.rglob("*") if path.is_file())
    assert paths(plain.generation.manifest, indexed=True) == names
    assert [document.path for document in plain.generation.corpus.documents()] == names


def test_every_quote_of_200_answers_stands_where_it_says(plain: Service) -> None:
    corpus = plain.generation.corpus
    sentences = [
        sentence.of(corpus.document(passage.document_id).text)
        for passage in corpus.passages(range(len(corpus)))
        for sentence in passage.sentences
    ]
    asked = random.Random(500).sample(sorted(set(sentences)), 200)
    answered = quoted = 0
    for sentence in asked:
        answer = ask(plain, " ".join(sentence.split()[:8]) + "?")
        answered += answer.answered
        assert [marker for _, marker in answer.pieces] == [
            f"[{number}]" for number in range(1, len(answer.citations) + 1)
        ]
        at = 0
        for number, citation in enumerate(answer.citations, 1):
            document = corpus.document(citation.document_id)
            assert stands(document.text, citation.span.start, citation.span.end, citation.quote)
            assert document.text[citation.span.start : citation.span.end] == citation.quote
            assert citation.number == number
            marked = f"{' '.join(citation.quote.split())} [{number}]"
            assert answer.text[at : at + len(marked)] == marked
            at += len(marked) + 1
            quoted += 1
        assert at == (len(answer.text) + 1 if answer.citations else 0)
        for ranked in answer.passages:
            passage = ranked.passage
            assert passage.span.of(corpus.document(passage.document_id).text) == passage.text
    assert answered > 100
    assert quoted >= answered


def test_the_shipped_index_opens_again_as_it_was(plain: Service) -> None:
    generation, damage = store.open_sound(plain.settings.index, recipe(plain.settings, plain.embedder.fingerprint))
    assert damage is None
    assert generation.manifest == plain.generation.manifest
    assert generation.corpus.documents() == plain.generation.corpus.documents()


# With the reader


@pytest.fixture(scope="session")
def read(plain: Service) -> Service:
    """The service over the shipped documents, with the reader."""
    return Service(plain.settings, plain.embedder, service.load_reader(plain.settings))


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Which came into force first, the ANZUS Treaty or the Security Treaty of 1951?", ["April 29", "April 28"]),
        ("Was the North Atlantic Treaty signed before the first US security treaty with Japan?", ["1949", "1951"]),
    ],
)
def test_a_comparison_is_answered_by_a_sentence_for_each_side(read: Service, question: str, said: list[str]) -> None:
    answer = ask(read, question)
    assert [citation.number for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
    first, second = ([fact in citation.quote for citation in answer.citations] for fact in said)
    assert first[0]  # the sides stand in the order of the question
    assert any(second[1:])
    assert all(map(any, zip(first, second, strict=True)))


def test_a_comparison_with_a_side_that_is_not_stated_is_not_answered_by_parts(read: Service) -> None:
    answer = ask(read, "Which was built first, the Eiffel Tower or the Tower of London?")
    assert (answer.answered, answer.citations) == (False, ())


def test_the_reader_refuses_a_near_miss_that_similarity_answers(plain: Service, read: Service) -> None:
    question = "When was the Futenma air station finally closed?"
    assert (ask(plain, question).answered, ask(read, question).answered) == (True, False)


def test_what_the_reader_marks_is_highlighted_where_the_form_names_no_kind(read: Service) -> None:
    (citation, *_) = ask(read, "Which international prize did Prime Minister Sato receive?").citations
    text = read.generation.corpus.document(citation.document_id).text
    assert citation.highlight is not None
    assert citation.highlight.of(text) == "Nobel Peace Prize"


def test_passages_read_are_scored_from_0_to_1_best_first(read: Service) -> None:
    found = read.search(read.generation, "Who signed the ANZUS Treaty?", top_k=20, read=True)
    scores = [passage.score for passage in found]
    assert len(scores) == 20
    assert scores == sorted(scores, reverse=True)
    assert 0 <= scores[-1] < scores[0] <= 1


def test_a_search_reads_only_when_it_is_asked_to(read: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(read.reader), "read", lambda *_: 1 / 0)
    question = "Who signed the ANZUS Treaty?"
    assert len(read.search(read.generation, question, top_k=3)) == 3
    with pytest.raises(ZeroDivisionError):
        read.search(read.generation, question, top_k=3, read=True)

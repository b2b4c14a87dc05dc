"""What a build embeds, what it reuses, and what it says about every file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from alliance_qa import index, indexing
from alliance_qa.domain import Span
from alliance_qa.indexing import Build, Known
from alliance_qa.manifest import FileState
from alliance_qa.passages import context
from alliance_qa.ports import Embedding, EmbeddingInput
from edges.embedder import WordEmbedder
from small_collection import FILES, GARDENS, HARBOUR, LIGHTHOUSE, RECIPE, built, read


class CountingEmbedder(WordEmbedder):
    """Remembers the texts it was asked to embed."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def embed_passages(self, inputs: Sequence[EmbeddingInput]) -> list[Embedding]:
        self.texts += [entry.text for entry in inputs]
        return super().embed_passages(inputs)


def known_from(build: Build) -> Known:
    """Look vectors up in a build, as the service looks them up in the generation in use."""
    found: dict[bytes, Embedding] = {}
    first = 0
    for key, passage, vector in zip(build.keys, build.passages, build.vectors, strict=True):
        last = first + len(passage.sentences)
        found[key] = Embedding(vector, build.sentence_vectors[first:last])
        first = last
    return found.get


def vectors_of(build: Build, path: str) -> list[bytes]:
    ids = {document.path: document.id for document in build.documents}
    rows = [row for row, passage in enumerate(build.passages) if passage.document_id == ids[path]]
    return [build.vectors[row].tobytes() for row in rows]


def again(earlier: Build, files: dict[str, bytes]) -> tuple[Build, list[str]]:
    """Build after an earlier build; return the build and the texts that were embedded."""
    embedder = CountingEmbedder()
    return built(read(files), embedder=embedder, known=known_from(earlier)), embedder.texts


def test_every_passage_gets_the_vector_of_its_context_and_text() -> None:
    build = built(read())
    documents = {document.id: document for document in build.documents}
    embedder = WordEmbedder()
    expected = [
        embedder.embed_question(f"{context(documents[passage.document_id], passage)} {passage.text}")
        for passage in build.passages
    ]
    assert np.array_equal(build.vectors, np.stack(expected))


def test_every_sentence_gets_its_own_vector_in_reading_order() -> None:
    build = built(read())
    documents = {document.id: document for document in build.documents}
    sentences = [
        sentence.of(documents[passage.document_id].text) for passage in build.passages for sentence in passage.sentences
    ]
    assert len(sentences) > len(build.passages)
    assert np.array_equal(build.sentence_vectors, np.stack([WordEmbedder().embed_question(s) for s in sentences]))


def test_documents_are_ordered_by_path_whatever_order_they_come_in() -> None:
    forwards, backwards = built(read()), built(read()[::-1])
    assert [document.path for document in backwards.documents] == ["a.md", "b.txt", "c.html"]
    assert (forwards.passages, forwards.keys) == (backwards.passages, backwards.keys)
    assert np.array_equal(forwards.vectors, backwards.vectors)


def test_an_unchanged_collection_embeds_nothing_and_keeps_its_vectors() -> None:
    earlier = built(read())
    build, embedded = again(earlier, FILES)
    assert embedded == []
    assert build.vectors.tobytes() == earlier.vectors.tobytes()
    assert build.sentence_vectors.tobytes() == earlier.sentence_vectors.tobytes()
    assert (earlier.reused, build.reused) == (0, len(build.passages))


def test_vectors_go_with_a_file_to_its_new_name() -> None:
    earlier = built(read())
    build, embedded = again(earlier, {"moved/z.md": LIGHTHOUSE, "b.txt": GARDENS, "c.html": HARBOUR})
    assert embedded == []
    assert vectors_of(build, "moved/z.md") == vectors_of(earlier, "a.md")
    assert build.reused == len(build.passages)


def test_only_a_changed_passage_is_embedded() -> None:
    earlier = built(read())
    build, embedded = again(earlier, FILES | {"a.md": LIGHTHOUSE.replace(b"Nobody was hurt.", b"One man was hurt.")})
    assert embedded == ["Fire took the keeper's house in 1950. One man was hurt."]
    assert build.reused == len(build.passages) - 1
    assert vectors_of(build, "a.md")[0] == vectors_of(earlier, "a.md")[0]
    assert vectors_of(build, "a.md")[1] != vectors_of(earlier, "a.md")[1]
    assert vectors_of(build, "c.html") == vectors_of(earlier, "c.html")


def test_a_passage_under_another_heading_is_embedded_again() -> None:
    _, embedded = again(built(read()), FILES | {"a.md": LIGHTHOUSE.replace(b"## The fire", b"## The great fire")})
    assert embedded == ["Fire took the keeper's house in 1950. Nobody was hurt."]


def test_a_passage_cut_into_other_sentences_is_embedded_again() -> None:
    """Its text is the same, but the vectors of its sentences are not."""
    earlier = built(read({"b.txt": GARDENS}))
    embedder = CountingEmbedder()
    build = indexing.build(
        read({"b.txt": GARDENS}),
        {},
        recipe=RECIPE,
        embedder=embedder,
        split_sentences=lambda text, _: [Span(0, len(text))],
        known=known_from(earlier),
        progress=lambda done, total: None,
    )
    assert embedder.texts == [earlier.passages[0].text] == [build.passages[0].text]
    assert (build.reused, len(earlier.sentence_vectors), len(build.sentence_vectors)) == (0, 2, 1)


def test_another_model_makes_every_vector_again() -> None:
    earlier = built(read())
    embedder = CountingEmbedder()
    embedder.fingerprint = "1" * 64
    build = built(read(), embedder=embedder, known=known_from(earlier))
    assert sorted(embedder.texts) == sorted(passage.text for passage in earlier.passages)
    assert build.reused == 0
    assert not set(build.keys) & set(earlier.keys)


def test_equal_passages_are_embedded_once() -> None:
    embedder = CountingEmbedder()
    build = built(read({"a.txt": GARDENS, "b.txt": GARDENS, "c.md": LIGHTHOUSE}), embedder=embedder)
    assert embedder.texts.count("The gardener planted 40 maples. He watered them every evening.") == 1
    assert vectors_of(build, "a.txt") == vectors_of(build, "b.txt")
    assert len(build.keys) == len(set(build.keys)) + 1
    assert (build.reused, len(build.documents)) == (0, 3)


def test_progress_ends_when_every_passage_has_its_vector() -> None:
    seen: list[tuple[int, int]] = []
    build = built(read(), progress=lambda done, total: seen.append((done, total)))
    n = len(build.passages)
    assert seen == [(0, n), (n, n)]


def test_progress_counts_reused_passages_as_done() -> None:
    seen: list[tuple[int, int]] = []
    earlier = built(read({"a.md": LIGHTHOUSE}))
    build = built(read(), known=known_from(earlier), progress=lambda done, total: seen.append((done, total)))
    n = len(build.passages)
    assert seen == [(2, n), (n, n)]


def test_progress_grows_over_many_passages_and_never_passes_the_total() -> None:
    seen: list[tuple[int, int]] = []
    many = b"\n\n".join(b"Maple number %d stands in row %d of the long garden." % (n, n % 7) for n in range(3000))
    embedder = CountingEmbedder()
    build = built(read({"many.txt": many}), embedder=embedder, progress=lambda *step: seen.append(step))
    n = len(build.passages)
    assert n > 512
    assert [done for done, _ in seen] == [0, *range(512, n, 512), n]
    assert {total for _, total in seen} == {n}
    assert len(embedder.texts) == n


def test_vectors_stay_with_their_passages_however_they_are_batched() -> None:
    words = [b"A" + b" word" * (n % 30) + b" %d." % n for n in range(600)]
    build = built(read({"many.txt": b"\n\n".join(words)}), recipe=replace(RECIPE, passage_tokens=16))
    [document] = build.documents
    expected = [WordEmbedder().embed_question(f"{context(document, p)} {p.text}") for p in build.passages]
    assert np.array_equal(build.vectors, np.stack(expected))


def test_an_empty_collection_is_an_index_that_finds_nothing(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    build = built([], progress=lambda done, total: seen.append((done, total)))
    assert (build.vectors.shape, build.sentence_vectors.shape, seen[-1]) == ((0, 64), (0, 64), (0, 0))
    with index.lock(tmp_path):
        index.write(tmp_path, build)
    generation = index.open_current(tmp_path, RECIPE)
    try:
        cosines, rows = generation.dense.search(WordEmbedder().embed_question("Anything?"), 5, None)
        assert (cosines.tolist(), rows.tolist()) == ([], [])
        assert generation.lexical.scores(["anyth"]).tolist() == []
        assert generation.corpus.documents() == []
        assert (len(generation.corpus), generation.manifest.passages, generation.manifest.sentences) == (0, 0, 0)
    finally:
        generation.corpus.close()


def test_a_document_without_passages_is_a_document() -> None:
    build = built(read({"only.md": b"# Only a heading\n", "b.txt": GARDENS}))
    assert [(state.path, state.passages, state.reason) for state in build.sources] == [
        ("b.txt", 1, None),
        ("only.md", 0, None),
    ]
    assert len(build.vectors) == 1


def test_sources_list_every_file_and_why_it_is_not_in() -> None:
    failures = [FileState("a.pdf", "f" * 64, None, 0, "is not a PDF"), FileState("z.xyz", "", None, 0, "not read")]
    documents = read()
    build = built(documents, failures=failures)
    counts = [sum(p.document_id == document.id for p in build.passages) for document in documents]
    assert counts == [2, 1, 2]
    indexed = [
        FileState(document.path, document.sha256, document.id, count, None)
        for document, count in zip(documents, counts, strict=True)
    ]
    assert build.sources == (indexed[0], failures[0], indexed[1], indexed[2], failures[1])

"""How documents are grouped into segments, what is embedded for one, and what is reused."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import pytest

from alliance_qa.building.segments import Absorbable, Known, SplitDocument, group
from alliance_qa.domain import Passage, PassageKind, Span
from alliance_qa.index import store
from alliance_qa.index.part import Part
from alliance_qa.ports import Embedding, PassageInput
from alliance_qa.text import terms
from alliance_qa.text.passages import context
from edges.embedder import WordEmbedder
from small_collection import FILES, GARDENS, HARBOUR, LIGHTHOUSE, RECIPE, built, cut, read, write

pytestmark = pytest.mark.usefixtures("unsynced")


class CountingEmbedder(WordEmbedder):
    """Remembers the texts it was asked to embed."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def embed_passages(self, inputs: Sequence[PassageInput]) -> list[Embedding]:
        self.texts += [entry.text for entry in inputs]
        return super().embed_passages(inputs)


def known_from(part: Part) -> Known:
    """Look vectors up in a segment, as a rebuild looks them up in those in use."""
    found: dict[bytes, Embedding] = {}
    first = 0
    for key, passage, vector in zip(part.keys, part.passages, part.vectors, strict=True):
        last = first + len(passage.sentences)
        found[key] = Embedding(vector, part.sentence_vectors[first:last])
        first = last
    return lambda keys: {key: found[key] for key in keys if key in found}


def vectors_of(part: Part, path: str) -> list[bytes]:
    ids = {document.path: document.id for document in part.documents}
    rows = [row for row, passage in enumerate(part.passages) if passage.document_id == ids[path]]
    return [part.vectors[row].tobytes() for row in rows]


def again(earlier: Part, files: dict[str, bytes]) -> tuple[Part, list[str]]:
    """Build after an earlier build; return the segment and the texts that were embedded."""
    embedder = CountingEmbedder()
    return built(read(files), embedder=embedder, known=known_from(earlier)), embedder.texts


def test_every_passage_gets_the_vector_of_its_context_and_text() -> None:
    part = built(read())
    documents = {document.id: document for document in part.documents}
    embedder = WordEmbedder()
    expected = [
        embedder.embed_question(f"{context(documents[passage.document_id].facts, passage)} {passage.text}")
        for passage in part.passages
    ]
    assert np.array_equal(part.vectors, np.stack(expected))


def test_every_sentence_gets_its_own_vector_in_reading_order() -> None:
    part = built(read())
    documents = {document.id: document for document in part.documents}
    sentences = [
        sentence.of(documents[passage.document_id].text) for passage in part.passages for sentence in passage.sentences
    ]
    assert len(sentences) > len(part.passages)
    assert np.array_equal(part.sentence_vectors, np.stack([WordEmbedder().embed_question(s) for s in sentences]))


def test_documents_are_ordered_by_path_whatever_order_they_come_in() -> None:
    forwards, backwards = built(read()), built(read()[::-1])
    assert [document.path for document in backwards.documents] == ["a.md", "b.txt", "c.html"]
    assert (forwards.passages, forwards.keys) == (backwards.passages, backwards.keys)
    assert np.array_equal(forwards.vectors, backwards.vectors)


def test_an_unchanged_collection_embeds_nothing_and_keeps_its_vectors() -> None:
    earlier = built(read())
    part, embedded = again(earlier, FILES)
    assert embedded == []
    assert part.vectors.tobytes() == earlier.vectors.tobytes()
    assert part.sentence_vectors.tobytes() == earlier.sentence_vectors.tobytes()
    assert (earlier.reused, part.reused) == (0, len(part.passages))


def test_vectors_go_with_a_file_to_its_new_name() -> None:
    earlier = built(read())
    part, embedded = again(earlier, {"moved/z.md": LIGHTHOUSE, "b.txt": GARDENS, "c.html": HARBOUR})
    assert embedded == []
    assert vectors_of(part, "moved/z.md") == vectors_of(earlier, "a.md")
    assert part.reused == len(part.passages)


def test_only_a_changed_passage_is_embedded() -> None:
    earlier = built(read())
    part, embedded = again(earlier, FILES | {"a.md": LIGHTHOUSE.replace(b"Nobody was hurt.", b"One man was hurt.")})
    assert embedded == ["Fire took the keeper's house in 1950. One man was hurt."]
    assert part.reused == len(part.passages) - 1
    assert vectors_of(part, "a.md")[0] == vectors_of(earlier, "a.md")[0]
    assert vectors_of(part, "a.md")[1] != vectors_of(earlier, "a.md")[1]
    assert vectors_of(part, "c.html") == vectors_of(earlier, "c.html")


def test_a_passage_under_another_heading_is_embedded_again() -> None:
    _, embedded = again(built(read()), FILES | {"a.md": LIGHTHOUSE.replace(b"## The fire", b"## The great fire")})
    assert embedded == ["Fire took the keeper's house in 1950. Nobody was hurt."]


def test_a_passage_cut_into_other_sentences_is_embedded_again() -> None:
    """Its text is the same, but the vectors of its sentences are not."""
    earlier = built(read({"b.txt": GARDENS}))
    embedder = CountingEmbedder()
    part = built(
        read({"b.txt": GARDENS}),
        embedder=embedder,
        sentences=lambda text, _: [Span(0, len(text))],
        known=known_from(earlier),
    )
    assert embedder.texts == [earlier.passages[0].text] == [part.passages[0].text]
    assert (part.reused, len(earlier.sentence_vectors), len(part.sentence_vectors)) == (0, 2, 1)


def test_another_model_makes_every_vector_again() -> None:
    earlier = built(read())
    embedder = CountingEmbedder()
    embedder.fingerprint = "1" * 64
    part = built(read(), embedder=embedder, known=known_from(earlier))
    assert sorted(embedder.texts) == sorted(passage.text for passage in earlier.passages)
    assert part.reused == 0
    assert not set(part.keys) & set(earlier.keys)


def test_equal_passages_are_embedded_once() -> None:
    embedder = CountingEmbedder()
    part = built(read({"a.txt": GARDENS, "b.txt": GARDENS, "c.md": LIGHTHOUSE}), embedder=embedder)
    assert embedder.texts.count("The gardener planted 40 maples. He watered them every evening.") == 1
    assert vectors_of(part, "a.txt") == vectors_of(part, "b.txt")
    assert len(part.keys) == len(set(part.keys)) + 1
    assert (part.reused, len(part.documents)) == (0, 3)


def test_progress_ends_when_every_passage_has_its_vector() -> None:
    seen: list[tuple[int, int]] = []
    part = built(read(), progress=lambda done, total: seen.append((done, total)))
    n = len(part.passages)
    assert seen == [(0, n), (n, n)]


def test_progress_counts_reused_passages_as_done() -> None:
    seen: list[tuple[int, int]] = []
    earlier = built(read({"a.md": LIGHTHOUSE}))
    part = built(read(), known=known_from(earlier), progress=lambda done, total: seen.append((done, total)))
    n = len(part.passages)
    assert seen == [(2, n), (n, n)]


def test_progress_grows_over_many_passages_and_never_passes_the_total() -> None:
    seen: list[tuple[int, int]] = []
    many = b"\n\n".join(b"Maple number %d stands in row %d of the long garden." % (n, n % 7) for n in range(3000))
    embedder = CountingEmbedder()
    part = built(read({"many.txt": many}), embedder=embedder, progress=lambda *step: seen.append(step))
    n = len(part.passages)
    done = [done for done, _ in seen]
    assert done == sorted(set(done))
    assert (done[0], done[-1]) == (0, n)
    assert len(done) > 2
    assert {total for _, total in seen} == {n}
    assert len(embedder.texts) == n


def test_vectors_stay_with_their_passages_however_they_are_batched() -> None:
    words = [b"A" + b" word" * (n % 30) + b" %d." % n for n in range(600)]
    part = built(read({"many.txt": b"\n\n".join(words)}), passage_tokens=16)
    [document] = part.documents
    expected = [WordEmbedder().embed_question(f"{context(document.facts, p)} {p.text}") for p in part.passages]
    assert np.array_equal(part.vectors, np.stack(expected))


def test_every_passage_has_the_terms_of_its_context_and_text() -> None:
    part = built(read())
    documents = {document.id: document for document in part.documents}
    expected = [terms.terms(f"{context(documents[p.document_id].facts, p)}\n{p.text}") for p in part.passages]
    assert part.terms == tuple(map(tuple, expected))
    assert "lighthous" in part.terms[1]  # of the title alone


def test_an_empty_collection_is_an_index_that_finds_nothing(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    part = built([], progress=lambda done, total: seen.append((done, total)))
    assert (part.vectors.shape, part.sentence_vectors.shape, seen[-1]) == ((0, 64), (0, 64), (0, 0))
    for parts in ([], [part]):
        write(tmp_path, *parts)
        generation, damage = store.open_sound(tmp_path, RECIPE)
        cosines, rows = generation.dense.search(WordEmbedder().embed_question("Anything?"), 5, None)
        assert (cosines.tolist(), rows.tolist(), damage) == ([], [], None)
        assert generation.lexical.scores(["anyth"], np.arange(len(generation.corpus))).tolist() == []
        assert generation.corpus.documents() == []
        assert generation.corpus.vectors([]).shape == (0, 64)
        assert generation.corpus.rows_of(["nothing"]).tolist() == []
        assert (len(generation.corpus), generation.manifest.passages, generation.manifest.sentences) == (0, 0, 0)


def test_a_document_without_passages_is_a_document() -> None:
    part = built(read({"only.md": b"# Only a heading\n", "b.txt": GARDENS}))
    assert [document.path for document in part.documents] == ["b.txt", "only.md"]
    assert [passage.document_id for passage in part.passages] == [part.documents[0].id]
    assert len(part.vectors) == 1


# Groups


@lru_cache
def document(name: str, passages: int) -> SplitDocument:
    """Return a document of so many passages."""
    span = Span(0, 1)
    [source] = read({name: b"x"})
    passage = Passage(source.id, span, "x", (span,), (), PassageKind.TEXT, None)
    return SplitDocument(source, (passage,) * passages, (("x",),) * passages)


def stream(*sizes: int) -> Iterator[SplitDocument]:
    return (document(f"new-{number}.txt", size) for number, size in enumerate(sizes))


class InUse:
    """Segments in use, each of one document; remembers which were absorbed."""

    def __init__(self, *sizes: int) -> None:
        self.taken: list[int] = []
        self.absorbable = [Absorbable(size, partial(self._take, size)) for size in sizes]

    def _take(self, size: int) -> Iterator[SplitDocument]:
        self.taken.append(size)
        return iter([document(f"old-{size}.txt", size)])


def sizes(groups: Iterator[list[SplitDocument]]) -> list[list[int]]:
    return [[len(split.passages) for split in documents] for documents in groups]


@pytest.mark.parametrize(
    ("coming", "cut_into"),
    [
        ([4, 5, 1], [[4, 5, 1]]),  # exactly the most
        ([4, 5, 2], [[4, 5], [2]]),
        ([10, 1], [[10], [1]]),
        ([25], [[25]]),  # a document is never cut
        ([1, 25, 1], [[1], [25], [1]]),
        ([0, 10, 0, 0], [[0, 10, 0, 0]]),  # documents without passages take no room
        ([0], [[0]]),
        ([], []),
    ],
)
def test_a_segment_is_cut_before_it_holds_more_than_the_most(coming: list[int], cut_into: list[list[int]]) -> None:
    assert sizes(group(stream(*coming), [], most=10, small=2)) == cut_into


def test_nothing_new_absorbs_nothing() -> None:
    in_use = InUse(1, 1, 3)
    assert sizes(group(stream(), in_use.absorbable, most=10, small=5)) == []
    assert in_use.taken == []


@pytest.mark.parametrize(
    ("coming", "in_use", "cut_into", "left"),
    [
        ([1], [3, 2, 1], [[1, 1, 2, 3]], []),  # small ones, the smallest first
        ([1], [6], [[1]], [6]),  # 6 is neither small nor as small as what is new
        ([1], [5, 6], [[1, 5, 6]], []),  # but no larger than 1 and 5 together
        ([1], [5, 7], [[1, 5]], [7]),
        ([7], [7, 15], [[7, 7]], [15]),
        ([7], [7, 14, 29], [[7, 7, 14]], [29]),  # each as large as all that came before it
        ([20], [20, 41], [[20, 20]], [41]),
        ([30], [71], [[30]], [71]),  # 101 would be too many
        ([30], [30, 41], [[30, 30]], [41]),
        ([99], [1, 2], [[99, 1]], [2]),
        ([100], [1], [[100]], [1]),
        ([300], [1], [[300]], [1]),
        ([60, 60], [5, 70], [[60], [60, 5]], [70]),  # what is left at the end takes them in
        ([1], [0, 0], [[1, 0, 0]], []),
    ],
)
def test_what_is_left_takes_in_the_smallest_segments(
    coming: list[int], in_use: list[int], cut_into: list[list[int]], left: list[int]
) -> None:
    segments = InUse(*in_use)
    assert sizes(group(stream(*coming), segments.absorbable, most=100, small=5)) == cut_into
    assert sorted([*segments.taken, *left]) == sorted(in_use)


def test_no_segment_holds_more_than_the_most_unless_one_document_does() -> None:
    chance = random.Random(5)
    for _ in range(300):
        most, small = chance.randrange(1, 40), chance.randrange(0, 40)
        coming = [chance.randrange(0, 50) for _ in range(chance.randrange(0, 12))]
        in_use = InUse(*(chance.randrange(0, most + 1) for _ in range(chance.randrange(0, 8))))
        groups = sizes(group(stream(*coming), in_use.absorbable, most=most, small=small))
        assert all(sum(found) <= most or len([size for size in found if size]) == 1 for found in groups)
        assert all(groups)
        assert [size for found in groups for size in found] == [*coming, *in_use.taken]


def test_segments_stay_few_and_a_passage_is_seldom_written_again() -> None:
    """One document of one passage is added 2,000 times."""
    held: list[int] = []
    written = 0
    for _ in range(2_000):
        in_use = InUse(*held)
        [new] = sizes(group(stream(1), in_use.absorbable, most=64, small=4))
        for size in in_use.taken:
            held.remove(size)
        held.append(sum(new))
        written += sum(new)
        assert len(held) <= sum(held) // 32 + 7  # one per half of the most, and one per power of two below it
    assert sum(held) == 2_000
    assert written <= 2_000 * 7


def test_documents_are_grouped_while_they_are_read() -> None:
    """A collection never has to be in memory as a whole."""
    seen = 0

    def counted() -> Iterator[SplitDocument]:
        nonlocal seen
        for split in stream(4, 4, 4, 4, 4, 4):
            seen += 1
            yield split

    first = next(group(counted(), [], most=10, small=2))
    assert (len(first), seen) == (2, 3)


def test_grouping_keeps_the_order_of_the_documents() -> None:
    groups = group(iter(cut(read())), [], most=3, small=0)
    assert [[split.document.path for split in documents] for documents in groups] == [["a.md", "b.txt"], ["c.html"]]

"""A question into hits: the fusion by hand, and what filters let through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from alliance_qa.answering.retrieval import (
    CANDIDATES,
    DENSE_WEIGHT,
    READER_WEIGHT,
    Candidate,
    allowed_rows,
    closest,
    outdone,
    read,
    reranked,
    retrieve,
)
from alliance_qa.asking.query import analyse
from alliance_qa.domain import Document, Fact, Facts, Filters, Hit, LineKind, Passage, Provenance, Span
from alliance_qa.errors import UnknownDocumentError
from alliance_qa.index.lexical import best
from alliance_qa.ports import UNREAD, Lines, Mask, PassageInput, Reading, Rows, Vectors


def plane(cosine: float) -> list[float]:
    """Return a unit vector of the plane with this cosine to QUESTION."""
    return [cosine, float(np.sqrt(1 - cosine * cosine))]


QUESTION = np.array([1, 0], np.float32)


class Dense:
    """An exact index that ranks by (cosine, row)."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    def __len__(self) -> int:
        return len(self._vectors)

    def search(self, query: Vectors, k: int, allowed: Mask | None) -> tuple[Vectors, Rows]:
        cosines = self._vectors @ query
        rows = np.arange(len(self)) if allowed is None else np.flatnonzero(allowed)
        best = rows[np.lexsort((rows, -cosines[rows]))][:k]
        return cosines[best], best


class Lexical:
    """Each term adds 0.5 of its weight to a passage that holds it; an unseen term weighs 4."""

    def __init__(self, passages: Sequence[str], weights: Mapping[str, float]) -> None:
        self._passages, self._weights = [passage.split() for passage in passages], weights

    def best(self, terms: Sequence[str], count: int, allowed: Mask | None) -> Rows:
        scores = self.scores(terms, np.arange(len(self._passages)))
        return best(scores if allowed is None else np.where(allowed, scores, 0), count)

    def scores(self, terms: Sequence[str], rows: Rows) -> Vectors:
        weights = self.weights(terms)
        held = [sum(weights[t] * (t in self._passages[row]) / 2 for t in terms) for row in rows]
        return np.array(held, np.float32)

    def holds(self, terms: Sequence[str]) -> bool:
        return any(term in passage for term in terms for passage in self._passages)

    def words_like(self, word: str, edits: int) -> Mapping[str, int]:
        return {}

    def weights(self, terms: Sequence[str]) -> Mapping[str, float]:
        return {term: self._weights.get(term, 4.0) for term in terms}


class Shelf:
    """A corpus of vectors, and of documents that own consecutive rows."""

    def __init__(self, vectors: Vectors, owners: Sequence[str] = (), documents: Sequence[Document] = ()) -> None:
        self._vectors, self._owners, self._documents = vectors, owners, documents

    @property
    def facts(self) -> Mapping[str, Facts]:
        return {document.id: document.facts for document in self._documents}

    @property
    def ids(self) -> Sequence[str]:
        return list(self.facts)

    def facts_of(self, document_ids: Sequence[str]) -> list[Facts]:
        return [self.facts[id_] for id_ in document_ids]

    def lines(self, kind: LineKind, terms: Sequence[str]) -> Lines:
        raise NotImplementedError

    def document(self, document_id: str) -> Document:
        raise UnknownDocumentError(document_id)

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        return []

    def vectors(self, rows: Sequence[int]) -> Vectors:
        return self._vectors[list(rows)]

    def sentence_vectors(self, rows: Sequence[int]) -> list[Vectors]:
        return [self._vectors[[row]] for row in rows]

    def rows_of(self, document_ids: Sequence[str]) -> Rows:
        return np.array([row for row, owner in enumerate(self._owners) if owner in document_ids], np.int64)


def found(
    cosines: Sequence[float],
    passages: Sequence[str],
    question: str = "treaty bases",
    *,
    weights: Mapping[str, float] | None = None,
    allowed: Sequence[bool] | None = None,
    top_k: int = 10,
) -> list[Hit]:
    vectors = np.array([plane(cosine) for cosine in cosines], np.float32).reshape(-1, 2)
    return retrieve(
        analyse(question, QUESTION),
        dense=Dense(vectors),
        lexical=Lexical(passages, {"treati": 3.0, "base": 1.0} if weights is None else weights),
        corpus=Shelf(vectors),
        allowed=None if allowed is None else np.array(allowed, np.bool_),
        top_k=top_k,
    )


def test_the_score_is_the_weighted_sum_of_cosine_and_coverage() -> None:
    hits = found([0.6, 0.8, -0.5], ["treati base", "base", "treati"])
    # BM25 2.0, 0.5 and 1.5, divided by the weights' sum of 4.
    expected = [
        (0, 0.5 * 0.6 + 0.5 * 0.5, 0.6, 0.5),
        (1, 0.5 * 0.8 + 0.5 * 0.125, 0.8, 0.125),
        (2, 0.5 * 0.375, -0.5, 0.375),
    ]
    assert [(h.row, h.score, h.cosine, h.coverage) for h in hits] == [pytest.approx(hit) for hit in expected]
    assert DENSE_WEIGHT == 0.5


def test_a_passage_is_as_near_as_its_nearest_sentence() -> None:
    class Split(Shelf):
        def sentence_vectors(self, rows: Sequence[int]) -> list[Vectors]:
            of_row = {0: [[0.3, 0.2], plane(0.9), plane(-1.0)], 1: [plane(0.5)]}
            return [np.array(of_row[row], np.float32) for row in rows]

    vectors = np.array([plane(0.1), plane(0.5)], np.float32)
    hits = retrieve(
        analyse("treaty", QUESTION),
        dense=Dense(vectors),
        lexical=Lexical(["", ""], {"treati": 3.0}),
        corpus=Split(vectors),
        allowed=None,
        top_k=2,
    )
    assert [h.row for h in hits] == [0, 1]
    assert [h.cosine for h in hits] == pytest.approx([0.9, 0.5])


def test_a_term_that_the_question_repeats_counts_each_time() -> None:
    (hit,) = found([0.0], ["base"], "bases, bases, treaty")
    assert hit.coverage == pytest.approx((0.5 + 0.5) / (1 + 1 + 3))


def test_an_unseen_term_lowers_the_coverage() -> None:
    (hit,) = found([0.0], ["base"], "bases nato")
    assert hit.coverage == pytest.approx(0.5 / (1 + 4))


def test_a_question_without_terms_is_ranked_by_cosine() -> None:
    hits = found([0.2, 0.9], ["treati", "base"], "What is it?")
    assert [(h.row, h.coverage) for h in hits] == [(1, 0.0), (0, 0.0)]
    assert [h.score for h in hits] == pytest.approx([0.5 * 0.9, 0.5 * 0.2])


def test_equal_scores_come_lowest_row_first() -> None:
    assert [hit.row for hit in found([0.5] * 5, ["base"] * 5, top_k=3)] == [0, 1, 2]


def test_passages_against_the_question_tie_by_row() -> None:
    hits = found([-0.2, -0.1], ["", ""])
    assert [(hit.row, hit.score) for hit in hits] == [(0, 0.0), (1, 0.0)]


def test_a_passage_that_only_the_words_find_is_a_hit_with_its_cosine() -> None:
    cosines = [0.1] + [0.2] * (CANDIDATES + 20)
    (hit,) = found(cosines, ["treati base"] + [""] * (CANDIDATES + 20), top_k=1)
    assert (hit.row, hit.cosine, hit.coverage) == pytest.approx((0, 0.1, 0.5))


def test_a_passage_that_only_the_vectors_find_is_a_hit_with_its_coverage() -> None:
    passages = ["base", *["treati"] * (CANDIDATES + 20)]
    (hit,) = found([0.99] + [-0.9] * (CANDIDATES + 20), passages, top_k=1)
    assert (hit.row, hit.cosine, hit.coverage) == pytest.approx((0, 0.99, 0.125))


def test_of_equal_words_the_lowest_rows_are_candidates() -> None:
    """150 passages tie in words and the vectors propose none of them: the first 100 are looked at."""
    cosines = [0.0] * 100 + [0.4] * 50 + [0.5] * CANDIDATES
    hits = found(cosines, ["treati base"] * 150 + [""] * CANDIDATES, top_k=CANDIDATES)
    assert [hit.row for hit in hits] == list(range(100))


def test_more_words_come_before_equal_ones_at_the_border() -> None:
    cosines = [-0.5] * 150 + [0.0] * CANDIDATES
    passages = ["base"] * 149 + ["treati"] + [""] * CANDIDATES
    assert [hit.row for hit in found(cosines, passages, top_k=CANDIDATES)] == [149, *range(99)]


def test_more_than_the_candidates_can_be_asked_for() -> None:
    count = 3 * CANDIDATES
    assert [hit.row for hit in found([0.5] * count, [""] * count, top_k=count)] == list(range(count))


def test_filters_are_applied_before_ranking() -> None:
    """The only allowed passage is the worst of all, far behind the candidates."""
    count = 3 * CANDIDATES
    hits = found([0.9] * count + [-0.9], ["treati base"] * count + [""], allowed=[False] * count + [True], top_k=1)
    assert [(h.row, h.coverage) for h in hits] == [(count, 0.0)]


def test_a_passage_that_is_not_allowed_is_never_found() -> None:
    hits = found([0.1, 0.9, 0.5], ["base", "treati base", ""], allowed=[True, False, True])
    assert [hit.row for hit in hits] == [2, 0]


def test_nothing_allowed_finds_nothing() -> None:
    assert found([0.9, 0.8], ["base", "base"], allowed=[False, False]) == []


def test_an_empty_collection_finds_nothing() -> None:
    assert found([], []) == []


def candidate(row: int, score: float) -> Candidate:
    passage = Passage("a", Span(0, 1), "a", (Span(0, 1),))
    return Candidate(Hit(row, score, 0.0, 0.0), passage, "", np.zeros((1, 2), np.float32))


def test_a_reader_moves_passages_a_little() -> None:
    found = [candidate(0, 0.60), candidate(1, 0.58), candidate(2, 0.20), candidate(3, 0.19)]
    readings = [Reading(-4.0, None, 0.0, (), 0.0), Reading(4.0, None, 0.0, (), 0.0), Reading(-60.0, None, 0.0, (), 0.0)]
    again = reranked(found, dict(enumerate(readings)))
    # The logistic function of -2 and 2 is 0.1192 and 0.8808; the last one was not read.
    assert [c.hit.row for c in again] == [1, 0, 2, 3]
    expected = [0.9 * 0.58 + 0.08808, 0.9 * 0.60 + 0.01192, 0.9 * 0.20, 0.9 * 0.19]
    assert [c.hit.score for c in again] == pytest.approx(expected, abs=1e-5)
    assert [c.reading for c in again] == [readings[1], readings[0], readings[2], None]
    assert READER_WEIGHT == 0.1


def test_the_passage_with_the_nearest_sentence_is_weighed_however_few_terms_it_shares() -> None:
    cosines = [0.1, 0.2, 0.3, 0.4, 0.9, 0.88]
    found = [replace(candidate(row, 0), hit=Hit(row, 0.9 - row / 100, c, 0.0)) for row, c in enumerate(cosines)]
    assert [c.hit.row for c in closest(found, 3)] == [0, 1, 4]
    assert [c.hit.row for c in closest(found, 6)] == [0, 1, 2, 3, 4, 5]
    assert [c.hit.row for c in closest(found[:2], 5)] == [0, 1]
    assert closest([], 5) == []


def test_passages_far_behind_in_score_and_cosine_are_not_weighed() -> None:
    hits = [Hit(0, 0.9, 0.5, 0.0), Hit(1, 0.64, 0.1, 0.0), Hit(2, 0.62, 0.1, 0.0), Hit(3, 0.3, 0.48, 0.0)]
    found = [replace(candidate(hit.row, 0), hit=hit) for hit in hits]
    assert [c.hit.row for c in closest(found, 4)] == [
        0,
        1,
        3,
    ]  # 0.7 of the best score is 0.63


def test_a_passage_that_was_not_read_never_rises() -> None:
    again = reranked([candidate(0, 0.5), candidate(1, 0.5)], {0: Reading(-80.0, None, 0.0, (), 0.0)})
    assert [c.hit.row for c in again] == [0, 1]
    assert reranked([], {}) == []


def test_all_parts_of_a_score_stay_in_their_range_despite_rounding() -> None:
    vectors = np.array([[1.000001, 0], [-1.000001, 0]], np.float32)

    class Full(Lexical):
        def scores(self, terms: Sequence[str], rows: Rows) -> Vectors:
            return np.full(len(rows), 4.000001, np.float32)

    hits = retrieve(
        analyse("treaty bases", QUESTION),
        dense=Dense(vectors),
        lexical=Full(["", ""], {"treati": 3.0, "base": 1.0}),
        corpus=Shelf(vectors),
        allowed=None,
        top_k=2,
    )
    assert [(h.row, h.cosine, h.coverage) for h in hits] == [(0, 1.0, 1.0), (1, -1.0, 1.0)]
    assert [h.score for h in hits] == pytest.approx([1.0, 0.5])


def document(document_id: str = "a", *, author: str | None = None) -> Document:
    facts = Facts(Fact("T", Provenance.TEXT), Fact(author, Provenance.TEXT) if author else None)
    return Document(document_id, f"{document_id}.txt", "text/plain", "0" * 64, "", (), facts)


def test_open_filters_need_no_mask() -> None:
    assert allowed_rows(Filters(), Shelf(np.empty((0, 2), np.float32), ["a"], [document()]), 1) is None


def test_a_mask_holds_the_rows_of_the_documents_that_pass() -> None:
    documents = [document("a", author="Abe"), document("b", author="Biden"), document("c")]
    shelf = Shelf(np.empty((0, 2), np.float32), ["a", "b", "b", "c"], documents)
    mask = allowed_rows(Filters(author="biden"), shelf, 4)
    assert mask is not None
    assert mask.tolist() == [False, True, True, False]


def test_a_mask_of_no_documents_allows_nothing() -> None:
    mask = allowed_rows(Filters(document="b"), Shelf(np.empty((0, 2), np.float32), ["a"], [document("a")]), 1)
    assert mask is not None
    assert mask.tolist() == [False]


ROWS = ("Skagby | 2023 | 910", "Skagby | 2024 | 940", "Orvik | 2024 | 655")
TABLE = Passage(
    "a.md",
    Span(5, 63),
    "\n".join(ROWS),
    (Span(5, 24), Span(25, 44), Span(45, 63)),
    heads=("port", "year", "fee"),
)


def rows_found(row: int = 7) -> Candidate:
    return Candidate(Hit(row, 0.5, 0.5, 0.5), TABLE, "Fees", np.ones((3, 2), np.float32))


@pytest.mark.parametrize(
    ("question", "beaten"),
    [
        ("What was the fee of Skagby in 2024?", {(7, 0), (7, 2)}),
        ("What were the fees of Skagby?", {(7, 2)}),
        ("Which fees are there?", set()),
        ("What was the fee of Skagby in 2019?", {(7, 2)}),
    ],
)
def test_a_row_that_says_less_of_the_question_than_another_is_outdone(
    question: str, beaten: set[tuple[int, int]]
) -> None:
    assert outdone(analyse(question, QUESTION).terms, [rows_found()]) == beaten


def test_rows_of_other_tables_outdo_none() -> None:
    other = replace(rows_found(8), passage=replace(TABLE, document_id="b.md"))
    orvik = replace(rows_found(9), passage=replace(TABLE, span=Span(45, 63), text=ROWS[2], sentences=(Span(45, 63),)))
    wanted = analyse("What was the fee of Skagby in 2024?", QUESTION).terms
    assert outdone(wanted, [other, orvik]) == {(8, 0), (8, 2)}
    assert outdone(wanted, [rows_found(), orvik]) == {(7, 0), (7, 2), (9, 0)}


def test_a_reader_reads_the_rows_alone_that_are_not_outdone() -> None:
    seen: list[PassageInput] = []

    class Fixed:
        def read(self, question: str, passages: Sequence[PassageInput]) -> list[Reading]:
            seen.extend(passages)
            at = passages[0].text.index("940")
            return [Reading(1.0, Span(at, at + 3), 0.9, (2.0,), 0.0)]

    [reading] = read(analyse("What was the fee of Skagby in 2024?", QUESTION), [rows_found()], Fixed())
    assert seen == [PassageInput("Fees", "port is Skagby, year is 2024, fee is 940", (Span(0, 40),))]
    assert reading.span is not None and reading.span.of(TABLE.text) == "940"
    assert reading.sentences == (UNREAD, 2.0, UNREAD)


def test_each_passage_is_read_with_the_question_in_its_own_spelling_of_numbers() -> None:
    texts = ["Article V covers the isles.", "No number here.", "Article 5 is another."]
    candidates = [
        Candidate(
            Hit(row, 0.5, 0.5, 0.5),
            Passage("a.md", Span(0, len(text)), text, (Span(0, len(text)),)),
            "",
            np.ones((1, 2), np.float32),
        )
        for row, text in enumerate(texts)
    ]
    asked: list[tuple[str, list[str]]] = []

    class Fixed:
        def read(self, question: str, passages: Sequence[PassageInput]) -> list[Reading]:
            asked.append((question, [each.text for each in passages]))
            return [Reading(float(texts.index(each.text)), None, 0.0, (0.0,), 0.0) for each in passages]

    readings = read(analyse("Does article 5 cover them?", QUESTION), candidates, Fixed())
    assert asked == [("Does article V cover them?", texts[:1]), ("Does article 5 cover them?", texts[1:])]
    assert [reading.answered for reading in readings] == [0.0, 1.0, 2.0]

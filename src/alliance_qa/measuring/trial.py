"""A trial: a question set put to a service, as visitors would ask it, and what came of each question judged.

It decides nothing about the answers and computes no figure; `figures` and `calibration` go by what it returns.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from alliance_qa.answering.citations import stands
from alliance_qa.building.rebuild import Report, rebuild
from alliance_qa.domain import Answer, Citation, Document, RankedPassage
from alliance_qa.index.generation import Generation
from alliance_qa.measuring.judgement import Judged, LabelledQuestion, Quote, Ranking, Response, folded, holds, is_of
from alliance_qa.measuring.metrics import DEPTH
from alliance_qa.measuring.question_sets import Source
from alliance_qa.ports import Embedder, Reader
from alliance_qa.service.service import Service
from alliance_qa.settings import Settings
from alliance_qa.wording.composer import Wording

# Passages looked through for the first ten documents: one document may have many of them.
_PASSAGES = 50


@contextmanager
def temporary(
    sources: Sequence[Source],
    settings: Settings,
    embedder: Embedder,
    reader: Reader | None = None,
    report: Report = lambda _: None,
) -> Iterator[Service]:
    """Open a service over passages written to a temporary folder, which is removed at the end."""
    with tempfile.TemporaryDirectory(prefix="alliance-qa-") as name:
        folder = Path(name) / "documents"
        folder.mkdir()
        for source in sources:
            title = " ".join(source.title.split())
            (folder / source.path).write_text(f"{title}\n\n{source.text}\n" if title else source.text, "utf-8")
        own = settings.model_copy(update={"documents": folder, "index": Path(name) / "index", "store": "faiss"})
        rebuild(own, embedder, report=report)
        service = Service(own, embedder, reader)
        try:
            yield service
        finally:
            service.close()


def run(
    questions: Sequence[LabelledQuestion],
    service: Service,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    *,
    generation: Generation | None = None,
    alone: bool = False,
) -> tuple[Judged, ...]:
    """Ask every question of a generation; return them judged, in their order.

    Args:
        questions: What is asked.
        service: Who is asked.
        progress: Is told how many are done, of how many.
        generation: Of what it is asked; None for the one in use.
        alone: Whether a language model that the service may ask is left out.
    """
    judging = _Judging(service, generation or service.generation, alone=alone)
    service.check_ready()  # the first question of a process takes longer
    judged = []
    for done, question in enumerate(questions, 1):
        judged.append(judging.judge(question))
        progress(done, len(questions))
    return tuple(judged)


class _Judging:
    """Keeps the folded texts of the documents between questions."""

    def __init__(self, service: Service, generation: Generation, *, alone: bool) -> None:
        self._service, self._generation, self._alone = service, generation, alone
        states = [(state.path, state.document_id) for state in self._generation.manifest.sources]
        self._ids = {path: id_ for path, id_ in states if id_ is not None}
        self._folded: dict[str, str] = {}
        self._passages_of: dict[str, list[tuple[str, str]]] = {}

    def judge(self, question: LabelledQuestion) -> Judged:
        """Ask a question and judge what comes."""
        documents = [self._find(name) for name in question.documents]
        if fault := self._fault(question, documents):
            return Judged(question, fault=fault)
        judged = self._ask(question, documents)
        if question.standalone is None or judged.response is None:
            return judged
        alone = replace(question, text=question.standalone, history=(), standalone=None)
        return replace(judged, written_out=self._ask(alone, documents))

    def _ask(self, question: LabelledQuestion, documents: Sequence[Document | None]) -> Judged:
        service, generation = self._service, self._generation
        depth = DEPTH if question.evidence else _PASSAGES
        response = None
        started = time.perf_counter()
        if question.has_answers:
            answer = service.ask(generation, question.text, history=question.history, top_k=depth, alone=self._alone)
            milliseconds = 1_000 * (time.perf_counter() - started)
            response = self._response(answer)
            # What is refused before anything is searched has a ranking all the same.
            found = answer.passages or service.search(generation, answer.question, top_k=depth, read=True)
        else:
            found = service.search(generation, question.text, top_k=depth, read=True)
            milliseconds = 1_000 * (time.perf_counter() - started)
        ranking = self._ranking(question, found, [document for document in documents if document])
        return Judged(question, response, ranking, milliseconds)

    def _response(self, answer: Answer) -> Response:
        quotes = tuple(self._quote(citation) for citation in answer.citations or answer.nearest)
        composes = self._service.composes(None) and answer.answered and not self._alone
        wording = self._service.composed(self._generation, answer).wording if composes else None
        is_composed = None if wording is None else wording is Wording.COMPOSED
        return Response(answer.reason, answer.confidence, quotes, is_composed)

    def _quote(self, cited: Citation) -> Quote:
        document = self._generation.corpus.document(cited.document_id)
        exact = stands(document.text, cited.span.start, cited.span.end, cited.quote)
        return Quote(cited.quote, document.path, document.facts.title.value, exact)

    def _ranking(
        self, question: LabelledQuestion, nearest: Sequence[RankedPassage], documents: Sequence[Document]
    ) -> Ranking | None:
        if not question.answerable:
            return None
        if question.evidence:
            passages = [passage for document in documents for passage in self._passages(document)]
            relevant = {
                id_: 1 for id_, text in passages if any(holds(text, sentence) for sentence in question.evidence)
            }
            found = [entry.passage.id for entry in nearest]
        else:
            grades = question.grades or (1,) * len(documents)
            relevant = {document.id: grade for document, grade in zip(documents, grades, strict=True)}
            found = list(dict.fromkeys(entry.passage.document_id for entry in nearest))
        if not relevant:
            return None  # a fact's line, which belongs to no passage
        return Ranking(tuple(relevant.get(id_, 0) for id_ in found[:DEPTH]), tuple(relevant.values()))

    def _passages(self, document: Document) -> list[tuple[str, str]]:
        """Return the id and the folded text of each passage of a document."""
        if document.id not in self._passages_of:
            corpus = self._generation.corpus
            passages = corpus.passages(corpus.rows_of([document.id]).tolist())
            self._passages_of[document.id] = [(passage.id, folded(passage.text)) for passage in passages]
        return self._passages_of[document.id]

    def _find(self, name: str) -> Document | None:
        id_ = self._ids.get(name) or next((id_ for path, id_ in self._ids.items() if is_of(path, name)), None)
        return self._generation.corpus.document(id_) if id_ else None

    def _fault(self, question: LabelledQuestion, documents: Sequence[Document | None]) -> str | None:
        """Return why the index cannot be judged by a question."""
        held = [document for document in documents if document is not None]
        for name, document in zip(question.documents, documents, strict=True):
            if document is None:
                return f"the index does not hold {name}"
        texts = [self._text(document) for document in held]
        # Named by its number: who measures the test half must not read it.
        for number, sentence in enumerate(question.evidence, 1):
            if not any(holds(text, sentence) for text in texts):
                return f"sentence {number} of its evidence stands in none of its documents"
        answers = () if question.evidence else question.answers
        if answers and not any(folded(answer) in text for answer in answers for text in texts):
            return "none of its answers stands in its documents"
        return None

    def _text(self, document: Document) -> str:
        if document.id not in self._folded:
            self._folded[document.id] = folded(document.text)
        return self._folded[document.id]

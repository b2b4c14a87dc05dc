"""The composition root: adapters picked from the settings, and what a keeper and a visitor can do."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from alliance_qa.answering import answerability, answers, proposals
from alliance_qa.answering.answers import Found, Resolved
from alliance_qa.answering.collection import Collection
from alliance_qa.asking import intents
from alliance_qa.building.rebuild import recipe
from alliance_qa.domain import Answer, Filters, RankedPassage, Span, Turn
from alliance_qa.errors import AllianceQAError, DocumentError, IndexBusyError, IndexDamagedError, SettingsError
from alliance_qa.index.generation import Generation
from alliance_qa.models import multilingual
from alliance_qa.models.embedding import LazyEmbedder, ModelEmbedder
from alliance_qa.models.reader import ExtractiveReader, ReaderOfLanguages
from alliance_qa.ports import Embedder, PassageInput, Reader
from alliance_qa.service import first, memory
from alliance_qa.service.generations import Generations
from alliance_qa.service.jobs import Job, JobState, Rebuilder
from alliance_qa.service.query_log import QueryLog
from alliance_qa.settings import Settings
from alliance_qa.text import language
from alliance_qa.wording.client import LanguageModel
from alliance_qa.wording.composer import Composer, Composition, Sentence, State, Wording

_log = logging.getLogger(__name__)

_COMMAND = (sys.executable, "-m", "alliance_qa")
_LOOK_SECONDS = 0.5  # between two looks at which generation is in use
_BUSY_SECONDS, _RETRY_SECONDS = 1, 10  # before the watch tries again


def load_embedder(settings: Settings) -> Embedder:
    """Load the model that the settings name. Takes seconds."""
    return ModelEmbedder(
        settings.model, question_prompt=settings.question_prompt, passage_prompt=settings.passage_prompt
    )


def lazy_embedder(settings: Settings) -> Embedder:
    """Return the model that the settings name, to be loaded when it is first needed."""
    return LazyEmbedder(
        settings.model, question_prompt=settings.question_prompt, passage_prompt=settings.passage_prompt
    )


def load_reader(settings: Settings) -> Reader | None:
    """Return the reader, to be loaded when it is first needed; None where the settings leave it out."""
    if not settings.reader:
        return None
    return ReaderOfLanguages() if settings.model == multilingual.NAME else ExtractiveReader()


def language_model(settings: Settings) -> LanguageModel | None:
    """Return the language model that the settings name, which nothing is sent to yet; None where they name none.

    Raises:
        SettingsError: They name one in part, or its client is not installed.
    """
    if not settings.llm_url:
        if settings.wording == "composed":
            raise SettingsError("ALLIANCE_QA_WORDING=composed needs a language model; set ALLIANCE_QA_LLM_URL")
        return None
    if not settings.llm_model:
        raise SettingsError("ALLIANCE_QA_LLM_URL needs the name of a model; set ALLIANCE_QA_LLM_MODEL")
    key = settings.llm_key.get_secret_value() if settings.llm_key else None
    return LanguageModel(settings.llm_url, settings.llm_model, key)


class Service:
    """An opened collection that answers questions. Safe to use from several threads."""

    def __init__(
        self,
        settings: Settings,
        embedder: Embedder | None = None,
        reader: Reader | None = None,
        *,
        command: Sequence[str] = _COMMAND,
    ) -> None:
        """Load the models and open the index.

        Args:
            settings: Which folders, which model.
            embedder: The model, if it is loaded already. Then the reader is taken as given, too.
            reader: What reads the passages found; None leaves it out.
            command: How the command line is called, which rebuilds.

        Raises:
            ModelError, SettingsError, IndexMissingError, IndexDamagedError, IndexMismatchError
        """
        self.settings = settings
        if embedder is None:
            embedder, reader = load_embedder(settings), load_reader(settings)
        self.embedder, self.reader = embedder, reader
        self._model = language_model(settings)
        self._composer = Composer(self._model, settings.llm_seconds, embedder, reader) if self._model else None
        self._generations = Generations(settings.index, recipe(settings, self.embedder.fingerprint))
        self.query_log = QueryLog(settings.query_log, settings.query_log_days) if settings.query_log else None
        self._examples: tuple[str, tuple[str, ...]] = ("", ())  # of which generation, and which questions
        self._rebuilder = Rebuilder(settings, command, self._finished)
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def generation(self) -> Generation:
        """The generation in use now. Take it once per request: a rebuild puts another in its place."""
        return self._generations.current

    @property
    def damage(self) -> str | None:
        """Why the generation is not the one that is meant to be in use; None when it is."""
        return self._generations.damage

    @property
    def examples(self) -> tuple[str, ...]:
        """Questions that the collection answers: those of the settings, else some made from it.

        The latter are asked before they are shown, in the background: soon after a start or a swap
        there are none, or those of the generation before.
        """
        return self.settings.examples or self._examples[1]

    def _examples_within(self, filters: Filters) -> tuple[str, ...]:
        """Return the examples, unless filters may leave out what answers them."""
        return self.examples if filters.is_open else ()

    @property
    def kept_days(self) -> int | None:
        """How long questions are kept; None when they are not."""
        return self.settings.query_log_days if self.query_log is not None else None

    @property
    def job(self) -> Job | None:
        """The latest rebuild that was asked of this service."""
        return self._rebuilder.job

    def at(self, version: str | None) -> Generation:
        """Return the generation that an answer was made from; the one in use for None.

        Raises:
            UnknownVersionError: It is not kept, or was purged.
        """
        return self._generations.at(version)

    def ask(
        self,
        generation: Generation,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters = Filters(),
        top_k: int | None = None,
    ) -> Answer:
        """Answer a question from a generation; see `answers.answer`.

        Raises:
            UnknownDocumentError: The filters name a document that the generation does not hold.
        """
        collection = self.collection(generation, filters)
        return answers.answer(
            question,
            collection,
            history=history,
            filters=filters,
            top_k=top_k or self.settings.top_k,
            examples=self._examples_within(filters),
        )

    def steps(
        self,
        generation: Generation,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters = Filters(),
        top_k: int | None = None,
    ) -> Iterator[Resolved | Found | Answer]:
        """Return the steps to an answer, each to be worked out when it is asked for; see `answers.steps`.

        Raises:
            UnknownDocumentError: The filters name a document that the generation does not hold.
        """
        collection = self.collection(generation, filters)
        return answers.steps(
            question,
            collection,
            history=history,
            filters=filters,
            top_k=top_k or self.settings.top_k,
            examples=self._examples_within(filters),
        )

    @property
    def wording(self) -> State | None:
        """How wording by the language model fares; None where there is none."""
        return self._composer.state if self._composer else None

    def composes(self, wording: str | None) -> bool:
        """Whether an answer is worded anew: as a request wants it, else as the settings say."""
        return (wording or self.settings.wording) == "composed"

    def compose(self, generation: Generation, answer: Answer) -> Iterator[Sentence | Composition]:
        """Yield the sentences of an answer in a language model's words as they are proved, at last all together.

        Without a model it is verbatim; see `Composer.compose`.
        """
        if self._composer is None:
            return iter([Composition(Wording.VERBATIM)])
        return self._composer.compose(answer, generation.corpus, generation.version)

    def composed(self, generation: Generation, answer: Answer) -> Composition:
        """Return an answer in a language model's words, all sentences together: the last that `compose` yields."""
        *_, last = self.compose(generation, answer)
        assert isinstance(last, Composition)  # noqa: S101
        return last

    def search(
        self,
        generation: Generation,
        question: str,
        *,
        filters: Filters = Filters(),
        top_k: int | None = None,
        read: bool = False,
    ) -> tuple[RankedPassage, ...]:
        """Return the passages nearest to a question; see `answers.search`."""
        collection = self.collection(generation, filters)
        return answers.search(question, collection, filters=filters, top_k=top_k or self.settings.top_k, read=read)

    def check_ready(self) -> None:
        """Embed, classify, search and read once. Raises whatever keeps the service from answering."""
        intents.classify(self.embedder.embed_question("ready?"), self.embedder)
        self.search(self.generation, "ready?", top_k=1)
        if self.reader is not None:
            self.reader.read("ready?", [PassageInput("", "ready", (Span(0, 5),))])

    def start_rebuild(self, *, full: bool = False, purge: bool = False) -> Job:
        """Rebuild in the background and swap to the result; see `Rebuilder.start`."""
        return self._rebuilder.start(full=full, purge=purge)

    def start(self, *, watch: bool = False) -> None:
        """Follow, until `close`, which generation is in use, and if asked to the documents folder too.

        Raises:
            DocumentError: There is no documents folder to watch.
        """
        if watch and not self.settings.documents.is_dir():
            raise DocumentError(f"documents folder {self.settings.documents} does not exist; make it to watch it")
        for work in (self._warm, self._follow, self._exemplify, self._tidy, *[self._watch] * watch):
            self._threads.append(threading.Thread(target=work, name=work.__name__, daemon=True))
            self._threads[-1].start()

    @property
    def stopping(self) -> bool:
        """Whether the service is about to end: what goes on without an end of its own ends now."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Say that the service is about to end. Questions are answered until `close`."""
        self._stop.set()

    def close(self) -> None:
        """End what `start` and `start_rebuild` began."""
        self._stop.set()
        self._rebuilder.close()
        for thread in self._threads:
            thread.join()
        if self._model is not None:
            self._model.close()
        if self.query_log is not None:
            self.query_log.close()

    def refresh(self) -> None:
        """Swap to the generation in use if it is another one than before; see `Generations.refresh`."""
        self._generations.refresh()

    def _finished(self) -> str:
        self.refresh()
        if self.damage:
            raise IndexDamagedError(self.damage)
        return self.generation.version

    def _warm(self) -> None:
        """Load what the first question, and the first refusal, would load while others wait behind them."""
        try:
            self.check_ready()
            language.detect("ready?")
        except Exception:
            _log.exception("questions cannot be answered")

    def _follow(self) -> None:
        while not self._stop.wait(_LOOK_SECONDS):
            try:
                self.refresh()
            except Exception:
                _log.exception("the generation in use cannot be followed")

    def _exemplify(self) -> None:
        while not (self.settings.examples or self._stop.wait(_LOOK_SECONDS)):
            generation = self.generation
            if self._examples[0] == generation.version:
                continue
            try:
                put_first = first.ids(self.settings, generation.manifest)
                self._examples = generation.version, proposals.examples(self.collection(generation), first=put_first)
            except Exception:
                self._examples = generation.version, ()
                _log.exception("there are no example questions")

    def _tidy(self) -> None:
        while not self._stop.wait(memory.TRIM_SECONDS):
            memory.trim()

    def _watch(self) -> None:
        import watchfiles

        folder, look_ms = self.settings.documents, int(_LOOK_SECONDS * 1000)
        while not self._stop.wait(_LOOK_SECONDS):
            watched, due, again = _identity(folder), True, 0.0  # due: what changed while nobody watched
            if watched is None:
                continue
            changes = watchfiles.watch(
                folder, stop_event=self._stop, raise_interrupt=False, yield_on_timeout=True, rust_timeout=look_ms
            )
            try:
                # Changes during a rebuild are kept for the next turn. The first turn comes when the
                # watch stands, so that none fall between it and the first rebuild.
                for changed in changes:
                    due = due or bool(changed)
                    if changed or (due and time.monotonic() >= again):
                        due = not self._rebuild_now()
                        again = time.monotonic() + _RETRY_SECONDS
                    if _identity(folder) != watched:  # another folder has its name now
                        break
            except OSError as error:
                _log.error("%s cannot be watched (%s)", folder, error)
                self._stop.wait(_RETRY_SECONDS)

    def _rebuild_now(self) -> bool:
        """Rebuild once nobody else does. Returns whether it succeeded."""
        while not self._stop.is_set():
            try:
                self.start_rebuild()
            except IndexBusyError:
                self._stop.wait(_BUSY_SECONDS)
                continue
            except AllianceQAError as error:
                _log.error("the documents changed, but the index cannot follow: %s", error)
                return False
            self._rebuilder.wait()
            return self.job is not None and self.job.state is JobState.DONE
        return False

    def collection(self, generation: Generation, filters: Filters = Filters()) -> Collection:
        """Return what questions to a generation are asked of.

        Raises:
            UnknownDocumentError: The filters name a document that the generation does not hold.
        """
        if filters.document is not None:
            generation.corpus.document(filters.document)  # raises when there is none of this id
        point = answerability.in_force(generation.manifest.operating_point)
        return Collection(generation.corpus, generation.dense, generation.lexical, self.embedder, point, self.reader)


def _identity(folder: Path) -> tuple[int, int] | None:
    """Return what tells a folder from another of the same name; None when there is none."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino

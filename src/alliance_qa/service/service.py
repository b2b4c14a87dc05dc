"""The composition root: adapters picked from the settings, and what a keeper and a visitor can do."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from alliance_qa.answering import answerability, answers, proposals, selection
from alliance_qa.answering.answers import Found, Resolved
from alliance_qa.answering.collection import Collection
from alliance_qa.asking import intents
from alliance_qa.building.rebuild import check_folder, limits, recipe
from alliance_qa.documents import incoming, listing
from alliance_qa.domain import Answer, Filters, RankedPassage, Span, Turn
from alliance_qa.errors import AllianceQAError, EngineError, IndexBusyError, IndexDamagedError, SettingsError
from alliance_qa.index import holdings
from alliance_qa.index.generation import Generation
from alliance_qa.models import multilingual
from alliance_qa.models.embedding import LazyEmbedder, ModelEmbedder
from alliance_qa.models.reader import ExtractiveReader, ReaderOfLanguages
from alliance_qa.ports import Embedder, PassageInput, Reader
from alliance_qa.service import first, memory
from alliance_qa.service.generations import Generations
from alliance_qa.service.jobs import Job, JobState, Rebuilder
from alliance_qa.service.messages import Messages
from alliance_qa.service.printed import PrintedPages
from alliance_qa.service.query_log import QueryLog
from alliance_qa.settings import Settings
from alliance_qa.text import language
from alliance_qa.text.passages import told
from alliance_qa.wording import resolution
from alliance_qa.wording.client import LanguageModel
from alliance_qa.wording.composer import Composer, Composition, Sentence, Wording
from alliance_qa.wording.guard import Guard, Patience, State, Use
from alliance_qa.wording.selection import Excerpt, select

_log = logging.getLogger(__name__)

WATCHED = "make it to watch it"
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
    if settings.wording == "composed" and Use.WORD not in settings.llm_uses:
        raise SettingsError("ALLIANCE_QA_WORDING=composed needs a model that words; add word to ALLIANCE_QA_LLM_USES")
    key = settings.llm_key.get_secret_value() if settings.llm_key else None
    return LanguageModel(settings.llm_url, settings.llm_model, key)


def _messages(settings: Settings) -> Messages | None:
    if settings.messages is None:
        return None
    if settings.query_log is None:
        raise SettingsError("ALLIANCE_QA_MESSAGES needs the log of questions; set ALLIANCE_QA_QUERY_LOG")
    return Messages(settings.messages, settings.messages_days)


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
            ModelError, SettingsError, IndexMissingError, IndexDamagedError, IndexMismatchError, EngineError
        """
        self.settings = settings
        if embedder is None:
            embedder, reader = load_embedder(settings), load_reader(settings)
        self.embedder, self.reader = embedder, reader
        self._model = language_model(settings)
        self._guard = Guard(self._model) if self._model else None
        self._engine = holdings.opened(settings)
        self._generations = Generations(settings.index, recipe(settings, self.embedder.fingerprint), self._engine)
        self.printed = PrintedPages(settings.documents, limits(settings))
        self.query_log = QueryLog(settings.query_log, settings.query_log_days) if settings.query_log else None
        self.messages = _messages(settings)
        self._examples: tuple[str, tuple[str, ...]] = ("", ())  # of which generation, and which questions
        self._rebuilder = Rebuilder(settings, command, self._finished)
        self._changed = threading.Event()  # documents were put or removed while the index was being written
        self._watches = False
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
        alone: bool = False,
    ) -> Answer:
        """Answer a question from a generation, with the language model's help where the settings want it.

        Args:
            generation: Of what it is asked.
            question: What is asked.
            history: The earlier turns, oldest first.
            filters: Which documents may be cited.
            top_k: How many of the nearest passages to return; None for as many as the settings say.
            alone: Whether the language model is left out all the same.

        Raises:
            UnknownDocumentError: The filters name a document that the generation does not hold.
        """
        patience = self.patience()
        resolved = None if alone else self.resolve(question, history, patience)
        steps = self.steps(generation, question, history=history, filters=filters, top_k=top_k, resolved=resolved)
        answer = next(step for step in steps if isinstance(step, Answer))
        return answer if alone else self.select(generation, answer, patience)

    def steps(
        self,
        generation: Generation,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters = Filters(),
        top_k: int | None = None,
        resolved: str | None = None,
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
            resolved=resolved,
        )

    @property
    def language_model(self) -> State | None:
        """How the language model fares; None where there is none."""
        return self._guard.state if self._guard else None

    def _asks(self, use: Use) -> Guard | None:
        return self._guard if use in self.settings.llm_uses else None

    def patience(self) -> Patience:
        """Return how long one question waits for the language model, whatever it is asked for."""
        return Patience(self.settings.llm_seconds)

    def resolve(self, question: str, history: Sequence[Turn], patience: Patience) -> str | None:
        """Return a follow-up as the language model resolves it; None: it is resolved without."""
        guard = self._asks(Use.RESOLVE)
        return resolution.resolve(guard, question, history, patience) if guard else None

    @property
    def helped_by(self) -> str | None:
        """The language model and what it does unasked, as evaluations name it; None where it does nothing."""
        uses = [use for use in Use if self._asks(use) and (use is not Use.WORD or self.composes(None))]
        return f"{self.settings.llm_model} ({', '.join(uses)})" if uses else None

    def words(self) -> bool:
        """Whether a language model words answers for whoever asks for it."""
        return self._asks(Use.WORD) is not None

    def selects(self) -> bool:
        """Whether the language model has a say in which sentences answer."""
        return self._asks(Use.SELECT) is not None

    def select(self, generation: Generation, answer: Answer, patience: Patience) -> Answer:
        """Return an answer decided anew with the sentences that the language model names; without its word, as it is.

        See `selection.combined`.
        """
        guard = self._asks(Use.SELECT)
        if guard is None or not answer.weighed:
            return answer
        excerpts = [
            Excerpt(
                generation.corpus.facts[passage.document_id].title.value,
                tuple(told(passage, sentence) for sentence in passage.sentences),
            )
            for passage in answer.weighed
        ]
        numbers = select(guard, answer.question, excerpts, patience)
        if numbers is None:
            return answer
        places = selection.places(answer)
        point = answerability.in_force(generation.manifest.operating_point)
        return selection.combined(answer, [places[number] for number in numbers], generation.corpus, point)

    def composes(self, wording: str | None) -> bool:
        """Whether an answer is worded anew: as a request wants it, else as the settings say."""
        return (wording or self.settings.wording) == "composed"

    def compose(self, generation: Generation, answer: Answer, patience: Patience) -> Iterator[Sentence | Composition]:
        """Yield the sentences of an answer in a language model's words as they are proved, at last all together.

        Without a model that words it is verbatim; see `Composer.compose`.
        """
        guard = self._asks(Use.WORD)
        if guard is None:
            return iter([Composition(Wording.VERBATIM)])
        return Composer(guard, self.embedder).compose(answer, generation.corpus, patience)

    def composed(self, generation: Generation, answer: Answer, patience: Patience | None = None) -> Composition:
        """Return an answer in a language model's words, all sentences together: the last that `compose` yields."""
        *_, last = self.compose(generation, answer, patience or self.patience())
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
        generation = self.generation
        if self._engine is not None:
            holdings.require(self._engine, generation.manifest.segments)
        intents.classify(self.embedder.embed_question("ready?"), self.embedder)
        self.search(generation, "ready?", top_k=1)
        if self.reader is not None:
            self.reader.read("ready?", [PassageInput("", "ready", (Span(0, 5),))])

    def start_rebuild(self, *, full: bool = False, purge: bool = False) -> Job:
        """Rebuild in the background and swap to the result; see `Rebuilder.start`."""
        return self._rebuilder.start(full=full, purge=purge)

    def documents_changed(self) -> None:
        """Bring the index up to date in the background: now, or as soon as nobody else writes it."""
        if self._watches:
            return  # it is noticed
        try:
            self.start_rebuild()
        except AllianceQAError:
            self._changed.set()

    def start(self, *, watch: bool = False) -> None:
        """Follow, until `close`, which generation is in use, and if asked to the documents folder too.

        Raises:
            DocumentError: There is no documents folder to watch.
        """
        if watch:
            check_folder(self.settings.documents, WATCHED)
        self._watches = watch
        incoming.sweep(self.settings.documents)
        for work in (self._warm, self._follow, self._exemplify, self._tidy, self._watch if watch else self._catch_up):
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
        if self._engine is not None:
            self._engine.close()
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
                made = proposals.examples(
                    self.collection(generation), first=put_first, is_wanted=lambda: not self.stopping
                )
                self._examples = generation.version, made
            except EngineError as error:  # it comes back
                _log.error("there are no example questions yet: %s", error)
                self._stop.wait(_RETRY_SECONDS)
            except Exception:
                if self.stopping:  # a model that is let go of meanwhile has no answer
                    return
                self._examples = generation.version, ()
                _log.exception("there are no example questions")

    def _tidy(self) -> None:
        while not self._stop.wait(memory.TRIM_SECONDS):
            memory.trim()
            try:
                if self.messages is not None:
                    self.messages.forget(datetime.now(UTC))
            except AllianceQAError as error:
                _log.error("%s", error)

    def _watch(self) -> None:
        import watchfiles

        folder, look_ms = self.settings.documents, int(_LOOK_SECONDS * 1000)
        while not self._stop.wait(_LOOK_SECONDS):
            watched, due, again = _identity(folder), True, 0.0  # due: what changed while nobody watched
            if watched is None:
                continue
            changes = watchfiles.watch(
                folder,
                watch_filter=watchfiles.DefaultFilter(
                    ignore_dirs=(*watchfiles.DefaultFilter.ignore_dirs, listing.INCOMING)
                ),
                stop_event=self._stop,
                raise_interrupt=False,
                yield_on_timeout=True,
                rust_timeout=look_ms,
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

    def _catch_up(self) -> None:
        while not self._stop.wait(_LOOK_SECONDS):
            if self._changed.is_set():
                self._changed.clear()
                self._rebuild_now()

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

"""The command line."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import signal
import sys
import time
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
from pydantic import BaseModel, ValidationError

from alliance_qa import __version__
from alliance_qa.domain import Answer, Filters, Reason
from alliance_qa.errors import (
    AllianceQAError,
    CalibrationError,
    EngineError,
    IndexBusyError,
    LanguageModelError,
    QuestionError,
    SettingsError,
)
from alliance_qa.settings import Settings, load
from alliance_qa.web.refusals import EXAMPLES, NOT_STATED, SENTENCES, TRUNCATED

if TYPE_CHECKING:  # imported where they are needed: a command loads only what it uses
    from click._termui_impl import ProgressBar

    from alliance_qa.building.rebuild import Executor, Progress, Report
    from alliance_qa.index.manifest import Manifest
    from alliance_qa.measuring.question_sets import QuestionSet
    from alliance_qa.measuring.session import Calibrated
    from alliance_qa.service.service import Service
    from alliance_qa.web.wire.answer import AnswerOut
    from alliance_qa.web.wire.operating_point import OperatingPointOut
    from alliance_qa.web.wire.preview import HoldingOut, PreviewOut

_Command = TypeVar("_Command", bound=Callable[..., None])

# sysexits.h: EX_TEMPFAIL, the call may succeed later.
_BUSY = 75
_USAGE = 2


class _Commands(click.Group):
    """Turns our errors into one line and an exit code, for every command."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except AllianceQAError as error:
            click.echo(f"alliance-qa: {_shown(str(error))}", err=True)
            code = _BUSY if isinstance(error, IndexBusyError) else 1
            ctx.exit(_USAGE if isinstance(error, SettingsError | QuestionError | CalibrationError) else code)
        except BrokenPipeError:
            # The reader of a pipe went away ("alliance-qa documents | head"): nothing is wrong.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="alliance-qa")
def main() -> None:
    """Ask a collection of documents; get its own sentences, each with its place.

    \b
    Example:
      alliance-qa index
      alliance-qa ask "When was the security treaty signed?"
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal of another character set shows "?" instead of ending the command.
        sys.stdout.reconfigure(errors="replace")
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")


_json = click.option("--json", "as_json", is_flag=True, help="Print what the API answers.")
_top_k = click.option("--top-k", type=click.IntRange(1, 50), help="How many of the nearest passages.")


def _filters(command: _Command) -> _Command:
    for option in (
        click.option("--to", "published_to", type=click.DateTime(["%Y-%m-%d"]), help="Latest date, inclusive."),
        click.option("--from", "published_from", type=click.DateTime(["%Y-%m-%d"]), help="Earliest date, inclusive."),
        click.option("--author", help="A part of the author's name, or words of it."),
        click.option("--document", help="A document id; `alliance-qa documents` lists them."),
    ):  # fmt: skip
        command = option(command)
    return command


@main.command()
@click.option("--full", is_flag=True, help="Build again even when nothing changed, and reuse nothing.")
@click.option("--purge", is_flag=True, help="Remove all earlier generations, and what was deleted with them.")
@click.option("--progress", "as_lines", is_flag=True, hidden=True)  # JSON lines, for the service
@click.option("--ray", metavar="ADDRESS", help="Read and embed on a Ray cluster: HOST:PORT, ray://…, auto or local.")
@_json
def index(full: bool, purge: bool, as_lines: bool, ray: str | None, as_json: bool) -> None:
    """Bring the index up to date with the documents folder.

    \b
    Example:
      alliance-qa index
    """
    # By an exception, so that what was begun is taken back.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    settings = load()
    started = time.perf_counter()
    from alliance_qa.answering import answerability
    from alliance_qa.building import rebuild
    from alliance_qa.service import service
    from alliance_qa.web.wire.index import index_out

    with _executor(settings, ray) as executor, _Lines() if as_lines else _Bar() as bar:
        manifest, changed = rebuild.rebuild(
            settings,
            service.lazy_embedder(settings),
            rule=answerability.RULE,
            full=full,
            purge=purge,
            report=bar.report,
            executor=executor,
        )
    if not as_lines:
        _warn_of_first(settings, manifest)
    if as_json:
        _print_json(index_out(manifest))
        return
    if as_lines:
        return
    seconds = time.perf_counter() - started
    did = "built" if changed else "unchanged:"
    click.echo(
        f"{did} generation {manifest.version}: {manifest.documents} documents, {manifest.passages} passages "
        f"({manifest.reused if changed else manifest.passages} reused) in {seconds:.1f} s"
    )
    if manifest.unreadable:
        click.echo(_unreadable_text(manifest.unreadable, manifest.passages, manifest.recipe.model))
    if changed and manifest.dropped:
        click.echo(_shown(manifest.dropped), err=True)
    for state in manifest.sources:
        if state.failure is not None:
            click.echo(f"{state.state}: {_shown(state.path)}: {_shown(state.reason or '')}", err=True)


@main.command()
@click.argument("question")
@_filters
@_top_k
@click.option("--wording", type=click.Choice(["verbatim", "composed"]), help="Quotes alone, or also other words.")
@_json
def ask(question: str, top_k: int | None, wording: str | None, as_json: bool, **filters: datetime | str | None) -> None:
    """Answer a question with cited sentences.

    Exit code 0 also when the collection does not say: that is an answer.

    \b
    Example:
      alliance-qa ask "When was the security treaty signed?"
    """
    from alliance_qa.web.wire.answer import answer_out, composed_out
    from alliance_qa.web.wire.collection import contact_out

    asked, within = _question(question), _filter_values(filters)
    service = _open()
    generation = service.generation
    started = time.perf_counter()
    answer = service.ask(generation, asked, filters=within, top_k=top_k)
    took_ms = round((time.perf_counter() - started) * 1000)
    out = answer_out(answer, generation, took_ms, contact_out(service.settings))
    if service.composes(wording):
        composition = service.composed(generation, answer)
        out = out.model_copy(update=composed_out(composition, generation.version))
    service.close()
    if as_json:
        _print_json(out)
    else:
        click.echo(_answer_text(answer, out))


@main.command()
@click.argument("question")
@_filters
@_top_k
@click.option("--read", is_flag=True, help="Rank them as an answer does, which takes as long as one.")
@_json
def search(question: str, top_k: int | None, read: bool, as_json: bool, **filters: datetime | str | None) -> None:
    """List the passages nearest to a question.

    \b
    Example:
      alliance-qa search "hub and spoke" --top-k 3
    """
    from alliance_qa.web.wire.answer import search_out

    asked, within = _question(question), _filter_values(filters)
    service = _open()
    generation = service.generation
    started = time.perf_counter()
    ranked = service.search(generation, asked, filters=within, top_k=top_k, read=read)
    out = search_out(asked, ranked, generation, round((time.perf_counter() - started) * 1000))
    if as_json:
        _print_json(out)
        return
    for passage in out.passages:
        locator = f"{passage.locator}, " if passage.locator else ""
        place = f"{passage.title} ({locator}{passage.document_id}:{passage.start}-{passage.end})"
        click.echo(f"{passage.rank}. {passage.score:.2f}  {_shown(place)}")
        click.echo(f"   {_shown(' '.join(passage.text.split()))}")
    if not out.passages:
        click.echo("no passage found")


@main.command()
@click.option("--host", help="Address to serve on.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to serve on; 0 takes any free one.")
@click.option("--watch", is_flag=True, help="Rebuild whenever the documents folder changes.")
def serve(host: str | None, port: int | None, watch: bool) -> None:
    """Serve the collection over HTTP.

    A new index is taken into use while it serves, whoever built it.

    \b
    Example:
      alliance-qa serve --port 8080
    """
    # By no exception: one raised within an import is taken for that import's own fault. Nothing is to be taken back.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    if watch:  # said at once: once the server starts it would be a traceback
        from alliance_qa.building.rebuild import check_folder
        from alliance_qa.service.service import WATCHED

        check_folder(load(**given).documents, WATCHED)
    service = _open(**given)
    from alliance_qa.web.api import create_app
    from alliance_qa.web.api.server import run

    click.echo(f"serving generation {service.generation.version}", err=True)  # uvicorn says where
    run(create_app(service, watch=watch), service)


@main.command()
def mcp() -> None:
    """Serve the collection to an assistant over standard input and output (MCP).

    An assistant starts this by itself; docs/mcp.md says how to tell it to.

    \b
    Example:
      alliance-qa mcp
    """
    from alliance_qa.web.mcp import check_installed

    check_installed()
    service = _open()
    from alliance_qa.web.api import create_app
    from alliance_qa.web.mcp import stdio

    stdio.run(create_app(service))


@main.command()
@_json
def status(as_json: bool) -> None:
    """Say which generation is in use, whether it is whole, and which files are not in it.

    \b
    Example:
      alliance-qa status --json
    """
    from alliance_qa.index import holdings
    from alliance_qa.index import store as generations
    from alliance_qa.service.service import language_model
    from alliance_qa.web.wire.index import index_out

    settings = load()
    generation, damage = generations.open_sound(settings.index, None)
    _warn_of_first(settings, generation.manifest)
    store = None
    with holdings.closing(settings) as engine:
        if engine is not None:
            try:
                holdings.require(engine, generation.manifest.segments)
                store = f"{engine.name} holds all passages"
            except EngineError as error:
                store = str(error)
    out = index_out(generation.manifest, damage=damage, store=store)
    if as_json:
        _print_json(out)
        return
    if damage:
        click.echo(f"damaged     {_shown(damage)}")
    click.echo(f"generation  {out.index_version} of {out.created}")
    click.echo(f"model       {_shown(out.model)} (dimension {out.dimension})")
    click.echo(f"documents   {out.documents}")
    click.echo(f"passages    {out.passages}")
    if out.store:
        click.echo(f"store       {_shown(out.store)}")
    if out.unreadable:
        click.echo(f"words only  {_unreadable_text(out.unreadable, out.passages, out.model)}")
    if threshold := out.operating_point_note or (out.operating_point and _point_text(out.operating_point)):
        click.echo(f"threshold   {_shown(threshold)}")
    if model := language_model(settings):
        try:
            model.check()
            click.echo(
                f"wording     {settings.wording}; {_shown(model.name)} answers, for {', '.join(settings.llm_uses)}"
            )
        except LanguageModelError as error:
            click.echo(f"wording     {settings.wording}; {_shown(model.name)} does not answer ({error.fault})")
        model.close()
    for file in out.files:
        if file.failure is not None:
            click.echo(f"{file.state:<11} {_shown(file.path)}: {_shown(file.reason or '')} (since {file.since})")


@main.command()
@_json
def check(as_json: bool) -> None:
    """Compare every file of the index with what was written. Exit code 1 when one differs.

    \b
    Example:
      alliance-qa check
    """
    from alliance_qa.index import holdings
    from alliance_qa.index import store as generations
    from alliance_qa.web.wire.index import check_out

    settings = load()
    with holdings.closing(settings) as engine:
        out = check_out(generations.check(settings.index, engine))
    if as_json:
        _print_json(out)
    for generation in () if as_json else out.generations:
        used = " (in use)" if generation.in_use else ""
        point = f"; threshold {_point_text(generation.operating_point)}" if generation.operating_point else ""
        click.echo(f"{generation.index_version}{used}: {_shown(generation.damage or 'whole')}{_shown(point)}")
    if not out.sound:
        click.get_current_context().exit(1)


@main.command()
@click.argument("version", required=False)
def rollback(version: str | None) -> None:
    """Put an earlier generation into use again: the one before, or the one named.

    The next `alliance-qa index` follows the documents folder again.

    \b
    Example:
      alliance-qa rollback
    """
    from alliance_qa.index import holdings
    from alliance_qa.index import store as generations
    from alliance_qa.web.wire.index import index_out

    settings = load()
    with holdings.closing(settings) as engine, generations.lock(settings.index):
        manifest = generations.roll_back(settings.index, version, engine)
    click.echo(
        f"generation {manifest.version} of {manifest.created} is in use: "
        f"{manifest.documents} documents, {manifest.passages} passages"
    )
    if out := index_out(manifest).operating_point:
        click.echo(f"threshold {_shown(_point_text(out))}")


@main.command()
@_json
def documents(as_json: bool) -> None:
    """List the documents of the index.

    \b
    Example:
      alliance-qa documents
    """
    from alliance_qa.index import store as generations
    from alliance_qa.service import first
    from alliance_qa.web.wire.collection import documents_out

    settings = load()
    generation, _ = generations.open_sound(settings.index, None)
    out = documents_out(generation, first.ids(settings, generation.manifest))
    if as_json:
        _print_json(out)
        return
    width = max((len(document.id) for document in out.documents), default=0)
    for document in out.documents:
        facts = ", ".join(fact for fact in (document.author, document.published) if fact)
        click.echo(f"{document.id:<{width}}  {_shown(document.title)}{_shown(f' ({facts})') if facts else ''}")


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@_json
def read(file: Path, as_json: bool) -> None:
    """Show a file as it would be indexed: facts, blocks, passages, and what is left out and why.

    FILE may lie in any folder. It is read as `index` reads it, and nothing is written.

    \b
    Example:
      alliance-qa read documents/aukus-and-japan.txt
    """
    settings = load()
    from alliance_qa.building.preview import look
    from alliance_qa.models import tokens
    from alliance_qa.web.wire.preview import looked_out

    out = looked_out(*look(settings, file, tokens.of_model(settings.model)))
    if as_json:
        _print_json(out)
    else:
        click.echo("\n".join(map(_shown, _preview_lines(out))))


@main.command()
@click.argument("questions", type=click.Path(path_type=Path))
@click.option("--limit", type=click.IntRange(1), help="Ask a sample of this many questions.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Which sample.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write a report to this file.")
@click.option("--fail-under", multiple=True, metavar="NAME=VALUE", help="Exit code 1 when a figure is lower.")
@click.option("--fail-over", multiple=True, metavar="NAME=VALUE", help="Exit code 1 when a figure is higher.")
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
def evaluate(
    questions: Path,
    limit: int | None,
    seed: int,
    html: Path | None,
    fail_under: tuple[str, ...],
    fail_over: tuple[str, ...],
    as_json: bool,
) -> None:
    """Measure answers and refusals on a set of questions.

    QUESTIONS is a .jsonl file of questions about the index in use, or a folder with a corpus of its
    own: corpus.jsonl, queries.jsonl and qrels/*.tsv, or corpus.jsonl.gz and queries.jsonl.gz. A limit
    on one kind of question is NAME.KIND=VALUE.

    \b
    Example:
      alliance-qa evaluate questions/tuning.jsonl --html report.html --fail-under answer_right=0.6
    """
    from alliance_qa.measuring import limits, question_sets, session
    from alliance_qa.measuring.report import export, page, terminal

    try:
        bounds = [limits.read_limit(text, is_most=False) for text in fail_under]
        bounds += [limits.read_limit(text, is_most=True) for text in fail_over]
    except ValueError as error:
        raise click.UsageError(_shown(str(error))) from None
    if html is not None and not html.absolute().parent.is_dir():
        raise click.UsageError(_shown(f"{html.parent} is no folder to write {html.name} to"))
    asked = question_sets.read(questions)
    if limit is not None:
        asked = question_sets.sample(asked, limit, seed=seed)
    with _Bar() as bar, _asked_of(asked, bar.report) as service:
        found = session.evaluate(asked, service, bar.report)
    if html is not None:
        try:
            html.write_text(page.render(found.evaluation, found.about), "utf-8")
        except OSError as error:
            raise click.FileError(_shown(str(html)), error.strerror) from error
    if as_json:
        click.echo(json.dumps(export.evaluation_json(found.evaluation, found.about), indent=2))
    else:
        click.echo("\n".join(map(_shown, terminal.evaluation_text(found.evaluation, found.about).split("\n"))))
    failures = [failure for entry in bounds if (failure := limits.failure(entry, found.evaluation))]
    for failure in failures:
        click.echo(f"alliance-qa: {failure}", err=True)
    if failures:
        click.get_current_context().exit(1)


@main.command()
@click.argument("planted", type=click.Path(path_type=Path))
@click.option("--part", help="Only this part of the set.")
@click.option("--wrong", is_flag=True, help="Also list what was judged wrongly.")
@_json
def prove(planted: Path, part: str | None, wrong: bool, as_json: bool) -> None:
    """Measure the proof of worded sentences on sentences that are planted by hand.

    \b
    Example:
      alliance-qa prove benchmarks/proofs.yaml --part fresh
    """
    from alliance_qa.measuring import proofs
    from alliance_qa.service.service import load_embedder
    from alliance_qa.wording import proof

    found = [entry for entry in proofs.read(planted) if part in (None, entry.part)]
    embedder = load_embedder(load())
    rows, misjudged = proofs.score(
        found, lambda p: proof.prove(p.sentence, p.quotes, question=p.question, embedder=embedder)
    )
    if as_json:
        shares = {row.name: {"wrong": row.wrong, "of": row.of, "share": round(row.share, 4)} for row in rows}
        click.echo(json.dumps(shares, indent=2))
        return
    for row in rows:
        low, high = row.interval
        what = "refused" if row.name == proofs.Kind.SUPPORTED else "accepted"
        click.echo(f"{row.name:<11} {what:<9} {row.wrong:>3} of {row.of:>3}  {row.share:.3f}  [{low:.2f}, {high:.2f}]")
    for entry in misjudged if wrong else ():
        click.echo(f"{entry.kind:<11} {_shown(entry.sentence)}")


@main.command()
@click.argument("questions", required=False, type=click.Path(path_type=Path))
@click.option(
    "--false-answers",
    type=float,
    default=0.05,
    show_default=True,
    help="Most of the unanswerable that may be answered.",
)
@click.option("--dry-run", is_flag=True, help="Say what would change, and write nothing.")
@click.option("--reset", is_flag=True, help="Use the shipped operating point again.")
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
def calibrate(questions: Path | None, false_answers: float, dry_run: bool, reset: bool, as_json: bool) -> None:
    """Fit to your own questions what a confidence means and from where on it answers.

    QUESTIONS is a .jsonl file of questions about the index in use, at least 30 that it answers and 15 that it does
    not; questions/README.md has the form. The result is a new generation of the index, which differs in this alone.

    \b
    Example:
      alliance-qa calibrate own.jsonl --dry-run
    """
    if reset == (questions is not None) or (reset and dry_run):
        raise click.UsageError("name a file of questions, or --reset alone")
    if not 0 <= false_answers < 1:
        raise click.UsageError(f"--false-answers={false_answers} is no share; write 0.05, for one")
    from alliance_qa.measuring import session

    if questions is None:
        from alliance_qa.web.wire.index import index_out

        manifest = session.reset(load())
        if as_json:
            _print_json(index_out(manifest))
        else:
            click.echo(f"generation {manifest.version} is in use, with the shipped operating point")
        return
    from alliance_qa.measuring import question_sets

    asked = question_sets.read(questions)
    if asked.sources is not None:
        raise QuestionError(f"{questions} brings a collection of its own; calibrate by questions about your own index")
    service = _open()
    with _Bar() as bar:
        found = session.calibrate(asked, service, most_false=false_answers, write=not dry_run, report=bar.report)
    _print_calibrated(found, asked.name, service.settings, most_false=false_answers, as_json=as_json)


def _print_calibrated(found: Calibrated, name: str, settings: Settings, *, most_false: float, as_json: bool) -> None:
    from alliance_qa.measuring.report import terminal
    from alliance_qa.web.wire.calibration import calibration_out

    if as_json:
        out = calibration_out(
            found.calibration,
            questions=name,
            asked=found.asked,
            written=found.written,
            most_false=most_false,
            left_out=found.left_out,
        )
        _print_json(out)
        return
    click.echo(f"{_shown(name)}, generation {found.asked.version}, {_shown(settings.model)}\n")
    click.echo(terminal.calibration_text(found.calibration, most_false=most_false))
    for id_, fault in found.left_out:
        click.echo(_shown(f"{id_} cannot be judged: {fault}"))
    if found.written is None:
        click.echo("nothing was written")
    else:
        undo = '; "alliance-qa rollback" undoes this' * bool(settings.retained_generations)
        click.echo(f"generation {found.written.version} is in use with it{undo}")


class _Bar:
    """A progress bar on a terminal, a line per stage elsewhere; always on standard error."""

    def __init__(self) -> None:
        self._stage = ""
        self._bar: ProgressBar[int] | None = None

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def report(self, progress: Progress) -> None:
        if self._bar is None or progress.stage != self._stage:
            self._end()
            self._stage = progress.stage
            self._bar = click.progressbar(
                length=progress.total, label=f"{progress.stage:<9}", file=sys.stderr, show_pos=True
            )
            self._bar.__enter__()
        self._bar.update(progress.done - self._bar.pos)

    def _end(self) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
            self._bar = None


class _Lines(_Bar):
    """Progress as lines of JSON, for a program to read."""

    def report(self, progress: Progress) -> None:
        click.echo(json.dumps(asdict(progress)), err=True)


def _executor(settings: Settings, address: str | None) -> contextlib.AbstractContextManager[Executor | None]:
    """Return what a rebuild reads and embeds with: a Ray cluster, or None for this machine."""
    if address is None:
        return contextlib.nullcontext()
    from alliance_qa.building import cluster
    from alliance_qa.models.embedding import LazyEmbedder

    prompts = {"question_prompt": settings.question_prompt, "passage_prompt": settings.passage_prompt}
    return cluster.connect(address, settings, partial(LazyEmbedder, settings.model, **prompts))


@contextlib.contextmanager
def _asked_of(asked: QuestionSet, report: Report) -> Iterator[Service]:
    """Open what a set is asked of: the index in use, or a temporary one of what the set brings along."""
    if asked.sources is None:
        yield _open()
        return
    from alliance_qa.measuring import trial
    from alliance_qa.service import service

    settings = load()
    models = service.load_embedder(settings), service.load_reader(settings)
    with trial.temporary(asked.sources, settings, *models, report) as opened:
        yield opened


def _open(**given: str | int) -> Service:
    settings = load(**given)
    from alliance_qa.index.store import in_use, read_manifest
    from alliance_qa.service.service import Service

    if in_use(settings.index) is None:
        read_manifest(settings.index)  # say at once that there is no index, before seconds of loading the model
    service = Service(settings)
    if service.damage:
        message = f"{service.damage}; generation {service.generation.version} answers"
        click.echo(f"alliance-qa: {_shown(message)}", err=True)
    return service


def _warn_of_first(settings: Settings, manifest: Manifest) -> None:
    from alliance_qa.service import first

    for pattern in first.unknown(settings, manifest):
        message = f"ALLIANCE_QA_FIRST names {pattern!r}, which is no document; paths count from {settings.documents}/"
        click.echo(f"alliance-qa: {_shown(message)}", err=True)


def _preview_lines(out: PreviewOut | HoldingOut) -> Iterator[str]:
    """Yield a file as it would be indexed, a line each: blocks as they stand, a rule where a passage begins.

    Of one in which others lie all of these are named.
    """
    from alliance_qa.web.wire.preview import PreviewOut

    if isinstance(out, PreviewOut):
        yield from _document_lines(out)
    else:
        yield f"{out.path}  {sum(member.failure is None for member in out.members)} documents lie in it"
    if out.members:
        yield ""
        yield "inside, each a file of its own"
    for member in out.members or ():
        yield f"  {member.path}" + (f"  {member.reason}" if member.failure else "")


def _document_lines(out: PreviewOut) -> Iterator[str]:
    yield f"{out.path}  {out.media_type}, {len(out.text)} characters, {len(out.passages)} passages"
    yield ""
    for name, fact in out.facts.items():
        yield f"{name:<11} {'likely ' * fact.weak}{fact.value}  ({fact.where})"
    begins = sorted(passage.start for passage in out.passages)
    width = max([7, *(len(block.locator or "") for block in out.blocks)])
    yield ""
    for block in out.blocks:
        kind = f"{block.kind} {block.level}" if block.level else block.kind
        mark = " >"[bisect_left(begins, block.start) < bisect_left(begins, block.end)]
        yield f"{mark} {kind:<11} {block.locator or '':<{width}} {block.text}"
    if out.left_out:
        yield ""
        yield "left out"
    for entry in out.left_out:
        yield f"  {entry.why:<13} {_short(entry.text)}"


def _question(text: str) -> str:
    from pydantic import TypeAdapter

    from alliance_qa.web.wire.fields import QuestionText

    try:
        asked: str = TypeAdapter(QuestionText).validate_python(text)
    except ValidationError as error:
        raise QuestionError(f"the question {_why(error)}; ask again") from None
    return asked


def _filter_values(given: dict[str, datetime | str | None]) -> Filters:
    from alliance_qa.web.wire.question import FiltersIn

    values = {name: value.date() if isinstance(value, datetime) else value for name, value in given.items()}
    try:
        return FiltersIn.model_validate(values).value()
    except ValidationError as error:
        named = "".join(f"the {part} " for part in error.errors()[0]["loc"])
        raise QuestionError(f"{named}{_why(error)}; ask again") from None


def _why(error: ValidationError) -> str:
    message = error.errors()[0]["msg"].removeprefix("Value error, ")
    return message[0].lower() + message[1:]


def _answer_text(answer: Answer, out: AnswerOut) -> str:
    shortened = [TRUNCATED] * answer.truncated
    if answer.reason is not None:
        lines = [SENTENCES[answer.reason], *shortened]
        if out.contact:
            lines.append(_shown(" ".join(filter(None, [out.contact.text, out.contact.url and f"<{out.contact.url}>"]))))
        if out.passages:
            lines += ["", "Nearest passages (they do not answer the question):"]
        for passage in out.passages[:3]:
            lines.append(f"  - {_shown(passage.title)}: {_shown(_short(passage.text))}")
        if out.suggestions:
            heading = EXAMPLES if answer.reason is Reason.SMALL_TALK else "The collection does answer"
            lines += ["", f"{heading}:", *(f"  - {_shown(question)}" for question in out.suggestions)]
        return "\n".join(lines)
    composed = " ".join(f"{s.text} {' '.join(f'[{proof.number}]' for proof in s.proof)}" for s in out.sentences or ())
    left = (NOT_STATED.format(part=_shown(part)) for part in out.not_stated)
    lines = [_shown(composed or out.answer), *left, *shortened, ""]
    for citation in out.citations:
        named = (("author", citation.author), ("published", citation.published))
        facts = ", ".join("likely " * (name in citation.likely) + fact for name, fact in named if fact)
        lines.append(f"[{citation.number}] “{_shown(' '.join(citation.quote.split()))}”")
        within = f"{_shown(citation.locator)}, " if citation.locator else ""
        lines.append(
            f"    {_shown(citation.title)}{_shown(f' ({facts})') if facts else ''}, "
            f"{within}{citation.document_id}:{citation.start}-{citation.end}"
        )
    return "\n".join(lines)


def _unreadable_text(unreadable: int, passages: int, model: str) -> str:
    from alliance_qa.models import multilingual

    said = f"{unreadable} of {passages} passages hold many letters that the model does not know; "
    said += "they are found by their words only"
    if model == multilingual.NAME:
        return said
    return f"{said}. ALLIANCE_QA_MODEL={multilingual.NAME} may know them (pip install 'alliance-qa[multilingual]')"


def _point_text(point: OperatingPointOut) -> str:
    return (
        f"{point.threshold:.3f}, with slope {point.slope:.2f} and intercept {point.intercept:.2f}, "
        f"fitted to {point.questions} questions on {point.made}"
    )


def _short(text: str, most: int = 160) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"


def _shown(text: str) -> str:
    """Return text that cannot steer a terminal: one line, without control and bidirectional characters."""
    return "".join(
        c
        for c in " ".join(text.splitlines())
        if unicodedata.category(c) not in ("Cc", "Cf", "Cs") or c in "\u200c\u200d"
    )


def _print_json(out: BaseModel) -> None:
    # ASCII only: no character of a document reaches the terminal as a command.
    click.echo(json.dumps(out.model_dump(mode="json"), indent=2))


if __name__ == "__main__":
    main()

"""The command line."""

from __future__ import annotations

import io
import json
import logging
import os
import sys
import time
import unicodedata
from datetime import datetime
from typing import Any

import click
from pydantic import BaseModel, ValidationError

from alliance_qa import __version__
from alliance_qa.domain import Answer, Filters
from alliance_qa.errors import AllianceQAError, IndexBusyError, QuestionError, SettingsError
from alliance_qa.settings import Settings, load

# sysexits.h: EX_TEMPFAIL, the call may succeed later.
_BUSY = 75
_USAGE = 2

_REASONS = {
    "nothing_relevant": "The collection holds nothing about this.",
    "related_but_not_stated": "The collection does not say.",
    "unclear_question": "The question holds no word to look for.",
    "language_not_covered": "The collection does not cover the language of the question.",
}


class _Commands(click.Group):
    """Turns our errors into one line and an exit code, for every command."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except AllianceQAError as error:
            click.echo(f"alliance-qa: {_shown(str(error))}", err=True)
            code = _BUSY if isinstance(error, IndexBusyError) else 1
            ctx.exit(_USAGE if isinstance(error, SettingsError | QuestionError) else code)
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


def _filters(command: Any) -> Any:
    for option in (
        click.option("--to", "published_to", type=click.DateTime(["%Y-%m-%d"]), help="Latest date, inclusive."),
        click.option("--from", "published_from", type=click.DateTime(["%Y-%m-%d"]), help="Earliest date, inclusive."),
        click.option("--author", help="A part of the author's name."),
        click.option("--document", help="A document id; `alliance-qa documents` lists them."),
    ):  # fmt: skip
        command = option(command)
    return command


@main.command()
@click.option("--full", is_flag=True, help="Build again even when nothing changed, and embed everything.")
@_json
def index(full: bool, as_json: bool) -> None:
    """Bring the index up to date with the documents folder.

    \b
    Example:
      alliance-qa index
    """
    settings = load()
    started = time.perf_counter()
    from alliance_qa.index import lock

    with lock(settings.index):
        pass  # say at once that another process is writing, before seconds of loading the model
    with _Bar() as bar:
        bar.say("loading the model")
        from alliance_qa import service, wire

        embedder = service.load_embedder(settings)
        manifest, changed = service.rebuild(settings, embedder, full=full, report=bar.report)
    if as_json:
        _print_json(wire.index_out(manifest))
        return
    seconds = time.perf_counter() - started
    failed = [state for state in manifest.sources if state.reason is not None]
    did = "built" if changed else "unchanged:"
    click.echo(
        f"{did} generation {manifest.version}: {manifest.documents} documents, {manifest.passages} passages "
        f"({manifest.reused if changed else manifest.passages} reused) in {seconds:.1f} s"
    )
    for state in failed:
        click.echo(f"not indexed: {_shown(state.path)}: {_shown(state.reason or '')}", err=True)


@main.command()
@click.argument("question")
@_filters
@_top_k
@_json
def ask(question: str, top_k: int | None, as_json: bool, **filters: Any) -> None:
    """Answer a question with cited sentences.

    Exit code 0 also when the collection does not say: that is an answer.

    \b
    Example:
      alliance-qa ask "When was the security treaty signed?"
    """
    from alliance_qa import wire

    asked, within = _question(question), _filter_values(filters)
    service = _open()
    generation = service.generation
    started = time.perf_counter()
    answer = service.ask(generation, asked, filters=within, top_k=top_k)
    out = wire.answer_out(answer, generation, round((time.perf_counter() - started) * 1000))
    if as_json:
        _print_json(out)
    else:
        click.echo(_answer_text(answer, out))


@main.command()
@click.argument("question")
@_filters
@_top_k
@_json
def search(question: str, top_k: int | None, as_json: bool, **filters: Any) -> None:
    """List the passages nearest to a question.

    \b
    Example:
      alliance-qa search "hub and spoke" --top-k 3
    """
    from alliance_qa import wire

    asked, within = _question(question), _filter_values(filters)
    service = _open()
    generation = service.generation
    started = time.perf_counter()
    ranked = service.search(generation, asked, filters=within, top_k=top_k)
    out = wire.search_out(asked, ranked, generation, round((time.perf_counter() - started) * 1000))
    if as_json:
        _print_json(out)
        return
    for passage in out.passages:
        place = f"{passage.title} ({passage.document_id}:{passage.start}-{passage.end})"
        click.echo(f"{passage.rank}. {passage.score:.2f}  {_shown(place)}")
        click.echo(f"   {_shown(' '.join(passage.text.split()))}")
    if not out.passages:
        click.echo("no passage found")


@main.command()
@click.option("--host", help="Address to serve on.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to serve on; 0 takes any free one.")
def serve(host: str | None, port: int | None) -> None:
    """Serve the collection over HTTP.

    \b
    Example:
      alliance-qa serve --port 8080
    """
    import uvicorn

    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    service = _open(**given)
    from alliance_qa.api import create_app

    settings = service.settings
    click.echo(f"serving generation {service.generation.version}", err=True)  # uvicorn says where
    uvicorn.run(
        create_app(service),
        host=settings.host,
        port=settings.port,
        log_level="info",
        access_log=False,
        timeout_graceful_shutdown=10,
        server_header=False,
    )


@main.command()
@_json
def status(as_json: bool) -> None:
    """Say which generation is in use and which files are not in it.

    \b
    Example:
      alliance-qa status --json
    """
    from alliance_qa import wire
    from alliance_qa.index import read_manifest

    settings = load()
    manifest = read_manifest(settings.index)
    out = wire.index_out(manifest)
    if as_json:
        _print_json(out)
        return
    click.echo(f"generation  {out.index_version} of {out.created}")
    click.echo(f"model       {_shown(out.model)} (dimension {out.dimension})")
    click.echo(f"documents   {out.documents}")
    click.echo(f"passages    {out.passages}")
    for file in out.files:
        if file.reason is not None:
            click.echo(f"not indexed {_shown(file.path)}: {_shown(file.reason)}")


@main.command()
@_json
def documents(as_json: bool) -> None:
    """List the documents of the index.

    \b
    Example:
      alliance-qa documents
    """
    from alliance_qa import index as generations
    from alliance_qa import wire

    settings = load()
    with generations.open_unchecked(settings.index) as generation:
        out = wire.documents_out(generation)
    if as_json:
        _print_json(out)
        return
    width = max((len(document.id) for document in out.documents), default=0)
    for document in out.documents:
        facts = ", ".join(fact for fact in (document.author, document.published) if fact)
        click.echo(f"{document.id:<{width}}  {_shown(document.title)}{_shown(f' ({facts})') if facts else ''}")


class _Bar:
    """A progress bar on a terminal, a line per stage elsewhere; always on standard error."""

    def __init__(self) -> None:
        self._stage = ""
        self._bar: Any = None

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def say(self, stage: str) -> None:
        self._end()
        self._stage = stage
        click.echo(f"{stage} …", err=True)

    def report(self, progress: Any) -> None:
        if progress.stage != self._stage:
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


def _open(**given: Any) -> Any:
    settings: Settings = load(**given)
    from alliance_qa.index import current
    from alliance_qa.service import Service

    current(settings.index)  # say at once that there is no index, before seconds of loading the model
    return Service(settings)


def _question(text: str) -> str:
    from pydantic import TypeAdapter

    from alliance_qa.wire import QuestionText

    try:
        asked: str = TypeAdapter(QuestionText).validate_python(text)
    except ValidationError as error:
        raise QuestionError(f"the question {_why(error)}; ask again") from None
    return asked


def _filter_values(given: dict[str, datetime | str | None]) -> Filters:
    from alliance_qa.wire import FiltersIn

    values = {name: value.date() if isinstance(value, datetime) else value for name, value in given.items()}
    try:
        return FiltersIn.model_validate(values).value()
    except ValidationError as error:
        named = "".join(f"the {part} " for part in error.errors()[0]["loc"])
        raise QuestionError(f"{named}{_why(error)}; ask again") from None


def _why(error: ValidationError) -> str:
    message = error.errors()[0]["msg"].removeprefix("Value error, ")
    return message[0].lower() + message[1:]


def _answer_text(answer: Answer, out: Any) -> str:
    if not answer.answered:
        lines = [_REASONS[out.reason.value]]
        if out.passages:
            lines += ["", "Nearest passages (they do not answer the question):"]
        for passage in out.passages[:3]:
            lines.append(f"  - {_shown(passage.title)}: {_shown(_short(passage.text))}")
        return "\n".join(lines)
    lines = [_shown(out.answer), ""]
    for citation in out.citations:
        facts = ", ".join(fact for fact in (citation.author, citation.published) if fact)
        lines.append(f"[{citation.number}] “{_shown(' '.join(citation.quote.split()))}”")
        lines.append(
            f"    {_shown(citation.title)}{_shown(f' ({facts})') if facts else ''}, "
            f"{citation.document_id}:{citation.start}-{citation.end}"
        )
    return "\n".join(lines)


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

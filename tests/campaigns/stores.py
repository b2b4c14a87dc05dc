"""The same questions put to one index through FAISS and through Milvus: the same answers and citations.

`PYTHONPATH=tests python -m campaigns.stores --full` asks all questions of `questions/` that may be read while the
service is tuned, with the real model, and 5,000 hostile strings as filters and questions. ALLIANCE_QA_MILVUS_URI (and
_TOKEN, _DATABASE) name a server; without them Lite serves from this process.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import numpy as np
from pydantic import SecretStr

from alliance_qa.building.rebuild import rebuild
from alliance_qa.domain import Answer, Filters, RankedPassage, Turn
from alliance_qa.errors import AllianceQAError
from alliance_qa.index import candidates, holdings, store
from alliance_qa.service.service import Service, load_embedder, load_reader
from alliance_qa.settings import Settings
from edges.embedder import WordEmbedder
from edges.milvus import lite
from edges.server import settings_of

ROOT = Path(__file__).resolve().parents[2]
_QUESTIONS = ("development", "tuning")
_PIECES = (
    *("'", '"', "\\", "`", "%", "_", "{", "}", "(", ")", "[", "]", "==", "!=", " or ", " and ", " in ", "--", ";"),
    *("row >= 0", "1 == 1", "true", "like", "\0", "\n", "\u202e", "日本", "é", "🗾", "$meta", "count(*)"),
    *("O'Brien", "Tanaka", "Ishikawa", "2024", "treaty", "alliance", "x" * 50),
)


@dataclass(slots=True)
class Outcome:
    """What came of it."""

    asked: int = 0
    answered: int = 0
    hostile: int = 0
    recall: float = 1.0  # the lowest of a collection
    differences: list[str] = field(default_factory=list)
    milliseconds: dict[str, list[float]] = field(default_factory=lambda: {"faiss": [], "milvus": []})

    def __str__(self) -> str:
        times = "; ".join(
            f"{name} p50 {np.percentile(each, 50):.0f} ms, p99 {np.percentile(each, 99):.0f} ms"
            for name, each in self.milliseconds.items()
            if each
        )
        return (
            f"{self.asked} questions, {self.answered} answered, {self.hostile} hostile strings, "
            f"{len(self.differences)} differences; lowest recall@100 {self.recall}; whole answers: {times}"
        )


@contextlib.contextmanager
def served(folder: Path) -> Iterator[dict[str, object]]:
    """Give the settings of the server that the environment names, or of Lite in a folder."""
    if uri := os.environ.pop("ALLIANCE_QA_MILVUS_URI", ""):
        token = os.environ.pop("ALLIANCE_QA_MILVUS_TOKEN", "")
        database = os.environ.pop("ALLIANCE_QA_MILVUS_DATABASE", "")
        yield {"milvus_uri": uri, "milvus_token": SecretStr(token) if token else None, "milvus_database": database}
    else:
        with lite(folder / "lite") as uri:
            yield {"milvus_uri": uri}


def hostile(chance: random.Random) -> str:
    """Return a string that would mean something in an expression, a query or a terminal."""
    return "".join(chance.choices(_PIECES, k=chance.randrange(1, 6)))


def run(
    home: Path, *, questions: int | None, strings: int, model: bool, seconds: float = 3_600, seed: int = 17
) -> Outcome:
    """Ask.

    Args:
        home: A folder whose documents/ are indexed here.
        questions: How many; None for all.
        strings: How many hostile ones.
        model: Whether the real models read.
        seconds: After which no further question is asked.
        seed: Of the hostile strings.
    """
    outcome = Outcome()
    plain = settings_of(home)
    with served(home) as server:
        settings = plain.model_copy(update={"store": "milvus", **server})
        embedder = load_embedder(plain) if model else WordEmbedder()
        reader = load_reader(plain) if model else None
        rebuild(settings, embedder)
        manifest = store.read_manifest(plain.index)
        outcome.recall = min(s.collection.recall for s in manifest.segments if s.collection)
        services = {"faiss": Service(plain, embedder, reader), "milvus": Service(settings, embedder, reader)}
        try:
            # So that every filter is one of Milvus, however few passages it lets through.
            with mock.patch.object(candidates, "FEW", 0):
                _ask(services, outcome, questions, time.monotonic() + seconds)
                _harm(services, outcome, strings, random.Random(seed))
        finally:
            _clean(settings, holdings.owner(plain.index))
            for service in services.values():
                service.close()
    return outcome


def _ask(services: dict[str, Service], outcome: Outcome, most: int | None, until: float) -> None:
    files = [ROOT / f"questions/{name}.jsonl" for name in _QUESTIONS]
    entries = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    for entry in random.Random(1).sample(entries, min(most or len(entries), len(entries))):
        if time.monotonic() > until:
            break
        history = [Turn(**turn) for turn in entry["history"]]
        found: dict[str, Answer] = {}
        for name, service in services.items():
            started = time.perf_counter()
            found[name] = service.ask(service.generation, entry["text"], history=history)
            outcome.milliseconds[name].append((time.perf_counter() - started) * 1_000)
        outcome.asked += 1
        outcome.answered += found["faiss"].answered
        if found["faiss"] != found["milvus"]:
            outcome.differences.append(f"{entry['id']}: {entry['text']}")


def _harm(services: dict[str, Service], outcome: Outcome, count: int, chance: random.Random) -> None:
    authors = [f.author.value for f in services["faiss"].generation.corpus.facts.values() if f.author]
    for _ in range(count):
        text, author = hostile(chance), chance.choice([*authors, None, hostile(chance)])
        document = hostile(chance) if chance.random() < 0.1 else None
        filters = Filters(document=document, author=author)
        replies = [_told(service, text, filters) for service in services.values()]
        outcome.hostile += 1
        if replies[0] != replies[1]:
            outcome.differences.append(f"{text!r} of {filters}: {replies}")


def _told(service: Service, text: str, filters: Filters) -> Sequence[RankedPassage] | str:
    try:
        return service.search(service.generation, text, filters=filters)
    except AllianceQAError as error:
        return f"{type(error).__name__}: {error}"


def _clean(settings: Settings, owner: str) -> None:
    engine = holdings.opened(settings)
    assert engine is not None
    for name in engine.collections(f"alliance_qa_{owner}_"):
        engine.drop(name)
    engine.close()


def main() -> None:
    """Print what came of it; exit code 1 at any difference."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--full", action="store_true", help="all questions to the real models, and 5,000 hostile strings"
    )
    parser.add_argument("--model", action="store_true", help="with the real models")
    parser.add_argument("--questions", type=int, help="so many")
    parser.add_argument("--strings", type=int, help="so many")
    parser.add_argument("--seconds", type=float, default=3_600, help="after so many no further question is asked")
    parser.add_argument("--seed", type=int, default=17)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "documents").symlink_to(ROOT / "documents")
        outcome = run(
            Path(folder),
            questions=given.questions or (None if given.full else 40),
            strings=(5_000 if given.full else 200) if given.strings is None else given.strings,
            model=given.model or given.full,
            seconds=given.seconds,
            seed=given.seed,
        )
    for difference in outcome.differences[:20]:
        print(difference[:500])
    print(outcome)
    print(f"seed {given.seed}")
    sys.exit(bool(outcome.differences))


if __name__ == "__main__":
    main()

"""What /openapi.json says against what the service does: `PYTHONPATH=tests python -m campaigns.contract --full`.

Schemathesis makes requests of the description, such as it allows and such as it does not, and sends them to a real
server over a socket, rebuilds included. No reply may be a 5xx but a declared 503, none may have a status, a type or a
body that is not declared; what the description allows must be taken, and what it does not must be refused.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from alliance_qa.building.rebuild import rebuild
from edges import collection, keeper, server
from edges.embedder import WordEmbedder
from edges.server import TOKEN, Server, settings_of

# What a description cannot say of a request: what it asks for is not there, the whole is too long, it comes too often.
_CONFIGURATION = """
hooks = "campaigns.contract_hooks"
continue-on-failure = true
request-timeout = 120.0
headers = { Authorization = "Bearer %s", Accept = "%s" }

[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", "503"]

[checks.positive_data_acceptance]
expected-statuses = ["2xx", "404", "409", "410", "413"]

[checks.negative_data_rejection]
expected-statuses = ["400", "404", "405", "413", "415", "422"]

[dictionaries]
documents.values = ["gardens.txt", "notes-on-oshima.md-4d7cbfef", "round.txt"]
paths.values = ["put.txt", "folder/put.md", "put.pdf", "../put.txt", ".hidden.txt", "put.exe", "put"]
versions.values = ["000001", "000002", "000003"]
questions.values = ["When was the lighthouse lit?", "Who wrote about gardens?", "hello", "And in 2015?", "nowhere?"]

# What a file must hold to be taken no description says; tests/edges/test_uploads.py and campaigns/uploads.py put some.
# Their address is that of the entries of {document_id}, too: docs/promises.md.
[[operations]]
include-path = "/v1/documents/{path}"
checks.positive_data_acceptance.enabled = false
checks.unsupported_method.enabled = false
checks.allow_header_conformance.enabled = false

# Those calls take every address below /v1/documents/, which the entries of these do not say.
[[operations]]
include-path-regex = "^/v1/documents/[{]document_id[}]"
checks.unsupported_method.enabled = false
checks.allow_header_conformance.enabled = false

[parameters]
"path.document_id" = { dictionary = "documents", probability = 0.5 }
"path.path" = { dictionary = "paths", probability = 0.5 }
"query.document" = { dictionary = "documents", probability = 0.3 }
"query.question" = { dictionary = "questions", probability = 0.5 }
"query.index_version" = { dictionary = "versions", probability = 0.5 }
"body.document_id" = { dictionary = "documents", probability = 0.5 }
"body.index_version" = { dictionary = "versions", probability = 0.5 }
"body.question" = { dictionary = "questions", probability = 0.5 }
"body.messages[*].content" = { dictionary = "questions", probability = 0.5 }
"""
_FULL = 10_000
_PHASES = "examples,coverage,fuzzing,stateful"


@dataclass
class Outcome:
    """What came of it."""

    cases: int = 0
    rounds: int = 0
    rebuilds: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)  # reports of schemathesis, and faults in the server's log

    def __str__(self) -> str:
        return (
            f"{self.cases} cases in {self.rounds} rounds, {self.rebuilds} generations built, "
            f"{len(self.wrong)} wrong, {self.seconds:.0f} s"
        )


def run(home: Path, *, cases: int, seed: int, examples: int, phases: str = _PHASES) -> Outcome:
    """Send at least so many cases, in rounds, each with the seed after that of the one before.

    Args:
        home: An empty folder.
        cases: How many.
        seed: Of the first round.
        examples: Most cases of a call in each phase of a round.
        phases: Of schemathesis, separated by commas.
    """
    outcome, started = Outcome(), time.monotonic()
    collection.write_small(home / "documents")
    rebuild(settings_of(home), WordEmbedder())
    environment = {"ALLIANCE_QA_QUERY_LOG": str(home / "questions.sqlite"), "ALLIANCE_QA_LIMIT_PER_CONVERSATION": "off"}
    with server.serving(home, command=keeper.HERE, environment=environment) as running:
        first = int(running.index["index_version"])
        while outcome.cases < cases:
            (home / "documents" / "round.txt").write_text(f"The round\n\nThis is the round {outcome.rounds}.\n")
            accepted = "text/event-stream" if outcome.rounds % 2 else "*/*"
            (home / "schemathesis.toml").write_text(_CONFIGURATION % (TOKEN, accepted))
            report = _round(running, ["--seed", str(seed + outcome.rounds), "-n", str(examples), "--phases", phases])
            outcome.rounds += 1
            counted = re.search(r"^  (\d+) generated", report.stdout, re.MULTILINE)
            outcome.cases += int(counted[1]) if counted else 0
            if report.returncode or not counted:
                outcome.wrong.append(report.stdout + report.stderr)
                break
            server.wait(lambda: (running.index["job"] or {"state": ""})["state"] != "running")
            outcome.rebuilds = int(running.index["index_version"]) - first
            outcome.seconds = time.monotonic() - started
            print(outcome, flush=True)
        if "Traceback" in running.log:
            outcome.wrong.append(running.log)
    return outcome


def _round(running: Server, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", "--no-color", *arguments),
            f"http://{running.client.host}:{running.client.port}/openapi.json",
        ],
        cwd=running.home,
        env=os.environ | {"PYTHONPATH": keeper.TESTS},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def main() -> None:
    """Print what came of it; exit code 1 when anything is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help=f"{_FULL} cases instead of one round")
    parser.add_argument("--cases", type=int, default=1)
    parser.add_argument("--examples", type=int, default=100, help="most cases of a call in each phase of a round")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        cases = max(given.cases, _FULL if given.full else 1)
        outcome = run(Path(folder), cases=cases, seed=given.seed, examples=given.examples)
    print("\n".join(outcome.wrong))
    print(f"{outcome}, seed {given.seed}")
    sys.exit(bool(outcome.wrong))


if __name__ == "__main__":
    main()

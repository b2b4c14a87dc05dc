"""The command line without a model: `PYTHONPATH=tests python -m edges.keeper index`, ready in about a second.

What a process of its own cannot be told by a call, it is told by files that environment variables name.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

import alliance_qa
from alliance_qa.ports import Vectors
from edges.embedder import WordEmbedder

TESTS = str(Path(__file__).parents[1])
# For processes of their own: the tests, and the package that is being tested, wherever another is installed from.
PATH = os.pathsep.join([TESTS, str(Path(alliance_qa.__file__).parents[1])])
COMMAND = (sys.executable, "-m", "edges.keeper")
# The same, but that it reads files itself instead of in further processes, which takes a third of the time.
HERE = (sys.executable, "-c", f"import sys; sys.path[0] = {TESTS!r}; from edges import keeper; keeper.main(here=True)")
HOLD, FAIL, WAIT, FAULT, ASKED = "KEEPER_HOLD", "KEEPER_FAIL", "KEEPER_WAIT", "KEEPER_FAULT", "KEEPER_ASKED"
SECONDS = "KEEPER_SECONDS"
_embedding = threading.Lock()  # a model reads one question after the other


class KeptEmbedder(WordEmbedder):
    """Waits before it splits a document while the file named by HOLD exists; fails while that of FAIL does.

    Before it embeds a question it waits while that of WAIT exists, and fails while that of FAULT does.
    Where ASKED names a file, it writes every question there. SECONDS is how long it takes for questions.
    """

    def token_starts(self, texts: Sequence[str]) -> list[list[int]]:
        while _exists(HOLD):
            time.sleep(0.01)
        if _exists(FAIL):
            raise ZeroDivisionError("of /home/keeper/secret")
        return super().token_starts(texts)

    def embed_question(self, question: str) -> Vectors:
        self._take()
        return self._embedded(question)

    def embed_questions(self, questions: Sequence[str]) -> Vectors:
        self._take()  # for all of them: they are one batch
        return np.stack([self._embedded(question) for question in questions])

    def _take(self) -> None:
        with _embedding:
            time.sleep(float(os.environ.get(SECONDS, 0)))

    def _embedded(self, question: str) -> Vectors:
        while _exists(WAIT):
            time.sleep(0.01)
        if _exists(FAULT):
            raise ZeroDivisionError("of /home/keeper/secret")
        if ASKED in os.environ:
            with Path(os.environ[ASKED]).open("a") as asked:
                asked.write(f"{question}\n")
        return super().embed_question(question)


def _exists(name: str) -> bool:
    return name in os.environ and Path(os.environ[name]).exists()


def main(*, here: bool = False) -> None:
    """Be `alliance-qa`, with words for a model."""
    from alliance_qa import cli
    from alliance_qa.service import jobs, service

    if here:
        from alliance_qa.building import rebuild
        from alliance_qa.documents import reading
        from small_collection import examine_here, read_here

        vars(rebuild)["read_all"] = read_here
        vars(reading)["examine"] = examine_here
    service.load_embedder = service.lazy_embedder = lambda settings: KeptEmbedder()
    service.load_reader = lambda settings: None
    vars(jobs)["_NICENESS"] = 0  # beside other tests a rebuild that yields would starve
    vars(service)["Service"] = partial(service.Service, command=HERE if here else COMMAND)  # neither have its rebuilds
    cli.main(prog_name="alliance-qa")


if __name__ == "__main__":
    main()

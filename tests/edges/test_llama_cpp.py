"""Wording by another project's server: llama-cpp-python's, with a model that a test makes itself and that babbles.

Building that package takes a quarter of an hour, so it is no part of `make test`: name a Python that has it,

    python -m venv /tmp/llama && /tmp/llama/bin/pip install "llama-cpp-python[server]==0.3.36" gguf
    LLAMA_CPP_PYTHON=/tmp/llama/bin/python .venv/bin/python -m pytest tests/edges/test_llama_cpp.py
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from alliance_qa.wording.client import LanguageModel
from alliance_qa.wording.composer import SCHEMA
from edges.embedder import WordEmbedder
from edges.server import hosted
from edges.test_wording import QUESTION, announced, ask, plain, verbatim

__all__ = ["announced", "verbatim"]

PYTHON = os.environ.get("LLAMA_CPP_PYTHON", "")
pytestmark = pytest.mark.skipif(not PYTHON, reason="LLAMA_CPP_PYTHON names no Python with llama-cpp-python")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("llama")
    subprocess.run([PYTHON, str(Path(__file__).with_name("babble.py")), str(folder / "babble.gguf")], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [PYTHON, "-m", "llama_cpp.server", "--model", str(folder / "babble.gguf"), "--port", str(port)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([*command, "--n_ctx", "4096", "--n_threads", "1"], stdout=log, stderr=log, cwd=folder)
        try:
            found = f"http://127.0.0.1:{port}/v1"
            for _ in range(300):
                try:
                    urllib.request.urlopen(f"{found}/models", timeout=2).close()
                    break
                except OSError:
                    assert server.poll() is None, (folder / "log").read_text()
                    time.sleep(0.2)
            yield found
        finally:
            server.terminate()
            server.wait(30)


def test_it_answers_in_the_form_asked_for_and_babbles(url: str) -> None:
    client = LanguageModel(url, "babble", None)
    client.check()
    found = []
    for turn in range(12):
        try:
            found.append(client.complete([{"role": "user", "content": f"Question {turn}"}], SCHEMA, 60))
        except Exception as error:
            found.append(error)
    client.close()
    assert any(isinstance(reply, dict) and reply["sentences"][0]["text"] for reply in found), found


def test_every_babble_is_refused(url: str, announced: Path, verbatim: dict[str, object]) -> None:
    given = {"llm_url": url, "llm_model": "babble", "llm_seconds": 60.0, "wording": "composed"}
    with hosted(announced, WordEmbedder(), **given) as service:  # type: ignore[arg-type]
        for turn in range(6):
            answer = ask(service.client, question=QUESTION if not turn else f"{QUESTION[:-1]} {'really ' * turn}?")
            assert (answer["wording"], answer["sentences"]) == ("verbatim", [])
            if not turn:
                assert plain(answer) == plain(verbatim)
        state = service.index["language_model"]
    print(json.dumps(state))
    assert sum(state["outcomes"].values()) == 6

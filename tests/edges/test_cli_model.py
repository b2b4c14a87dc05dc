"""The command line with the real models, loaded once: building an index, asking it, and what is printed.

That a process of its own loads them, too, is shown by test_network.py.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from alliance_qa.ports import Embedder, Reader
from alliance_qa.service import service
from alliance_qa.web.wire.index import IndexOut
from edges import collection
from edges.server import keep
from edges.shape import ANSWER_KEYS, CITATION_KEYS, PASSAGE_KEYS
from edges.terminal import is_tame, run

pytestmark = pytest.mark.model

LIGHTHOUSE = "When was the lighthouse of Ōshima lit for the first time?"
LOAD = service.load_embedder
NOTES_ID = "notes-on-oshima.md-4d7cbfef"


@pytest.fixture(autouse=True)
def loaded(model: Embedder, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no command load the models again."""
    for name, value in (("load_embedder", model), ("lazy_embedder", model), ("load_reader", reader)):
        monkeypatch.setattr(service, name, lambda settings, value=value: value)


@pytest.fixture
def built(home: Path, workplace: Path) -> Path:
    """The working folder with the whole collection and its index."""
    shutil.copytree(home, workplace, dirs_exist_ok=True)
    return workplace


@pytest.fixture
def unbuilt(workplace: Path) -> Path:
    """The working folder with the few small documents, without an index."""
    collection.write_small(workplace / "documents")
    return workplace


def test_an_index_is_built_once(unbuilt: Path) -> None:
    first = run("index")
    assert first.exit_code == 0
    assert re.fullmatch(r"built generation 000001: 2 documents, \d+ passages \(0 reused\) in \d+\.\d s\n", first.stdout)
    assert first.stderr.endswith("failed: broken.txt: byte 3 is not valid UTF-8; save the file as UTF-8\n")
    passages = json.loads(run("status", "--json").stdout)["passages"]

    second = run("index")
    assert second.exit_code == 0
    assert re.fullmatch(
        rf"unchanged: generation 000001: 2 documents, {passages} passages \({passages} reused\) in \S+ s\n",
        second.stdout,
    )

    (unbuilt / "documents" / "new.txt").write_text("A new file\n\nIt holds one sentence.\n")
    third = run("index")
    assert re.fullmatch(
        rf"built generation 000002: 3 documents, {passages + 1} passages \({passages} reused\) in \S+ s\n",
        third.stdout,
    )

    full = run("index", "--full")
    assert re.fullmatch(
        rf"built generation 000003: 3 documents, {passages + 1} passages \(0 reused\) in \S+ s\n",
        full.stdout,
    )
    assert sorted(path.name for path in (unbuilt / "index/generations").iterdir()) == ["000002", "000003"]


@pytest.mark.parametrize("change", ["none", "a deleted file"])
def test_where_no_text_is_new_no_model_is_loaded(change: str, built: Path) -> None:
    if change == "a deleted file":
        (built / "documents/gardens.txt").unlink()
    code = (
        "import sys; from alliance_qa.cli import main; main(['index'], standalone_mode=False); "
        "print({'alliance_qa.building.rebuild', 'torch', 'sentence_transformers', 'transformers'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=built, capture_output=True, text=True, timeout=180)
    did, seen = found.stdout.splitlines()
    assert did.startswith("unchanged: generation 000001: 5 " if change == "none" else "built generation 000002: 4 ")
    assert seen == "{'alliance_qa.building.rebuild'}"


def test_an_index_as_json_is_what_the_api_answers(unbuilt: Path) -> None:
    result = run("index", "--json")
    assert result.exit_code == 0
    assert result.stdout.isascii()
    index = json.loads(result.stdout)
    assert list(index) == [name for name in IndexOut.model_fields if name not in ("store", "uploads", "language_model")]
    assert index == json.loads(run("status", "--json").stdout)
    assert [(file["path"], file["reason"]) for file in index["files"]] == [
        ("broken.txt", "byte 3 is not valid UTF-8; save the file as UTF-8"),
        ("gardens.txt", None),
        ("notes on Ōshima.md", None),
    ]


def test_without_a_documents_folder_the_next_step_is_named() -> None:
    result = run("index")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines()[-1] == (
        "alliance-qa: documents folder documents does not exist; make it or set ALLIANCE_QA_DOCUMENTS"
    )


def test_a_second_writer_is_told_to_come_back(built: Path) -> None:
    lock = built / "index" / "lock"
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import fcntl, sys; f = open(sys.argv[1], 'r+'); fcntl.flock(f, fcntl.LOCK_EX); "
            "f.truncate(); f.write('4242\\n'); f.flush(); print('held', flush=True); sys.stdin.read()",
            str(lock),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        result = run("index")
    finally:
        holder.communicate()
    assert (result.exit_code, result.stdout) == (75, "")
    assert result.stderr.splitlines() == ["alliance-qa: process 4242 is writing index; try again when it has ended"]
    assert run("index").exit_code == 0


def test_an_index_of_another_model_is_not_asked(small_home: Path, workplace: Path) -> None:
    shutil.copytree(small_home, workplace, dirs_exist_ok=True)
    result = run("ask", LIGHTHOUSE)
    assert (result.exit_code, result.stdout) == (1, "")
    assert re.fullmatch(
        r"alliance-qa: index was built by all-MiniLM-L6-v2 \(00000000\); this service uses "
        r'all-MiniLM-L6-v2 \([0-9a-f]{8}\); run "alliance-qa index"\n',
        result.stderr,
    )


def test_a_model_that_is_not_there_is_named(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "load_embedder", LOAD)
    (built / "empty-model").mkdir()
    monkeypatch.setenv("ALLIANCE_QA_MODEL", "empty-model")
    result = run("ask", LIGHTHOUSE)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("alliance-qa: model 'empty-model' cannot be loaded (")
    assert result.stderr.endswith("); check ALLIANCE_QA_MODEL\n")
    assert result.stderr.count("\n") == 1


def test_an_answer_is_printed_with_its_sources(built: Path) -> None:
    result = run("ask", LIGHTHOUSE)
    citation = json.loads(run("ask", "--json", LIGHTHOUSE).stdout)["citations"][0]
    assert result.exit_code == 0
    assert result.stdout == (
        f"{collection.LIGHTHOUSE_SENTENCE} [1]\n"
        "\n"
        f"[1] “{collection.LIGHTHOUSE_SENTENCE}”\n"
        "    Notes on the Lighthouse of Ōshima (Ichiro Tanaka, 2001-02-03), "
        f"{NOTES_ID}:{citation['start']}-{citation['end']}\n"
    )


def test_an_answer_as_json_is_what_the_api_answers(built: Path) -> None:
    result = run("ask", "--json", "--top-k", "2", LIGHTHOUSE)
    assert result.exit_code == 0
    assert result.stdout.isascii()
    answer = json.loads(result.stdout)
    assert list(answer) == ANSWER_KEYS
    assert [list(citation) for citation in answer["citations"]] == [CITATION_KEYS]
    assert [list(passage) for passage in answer["passages"]] == [PASSAGE_KEYS] * 2
    assert answer["citations"][0]["quote"] == collection.LIGHTHOUSE_SENTENCE


def test_a_refusal_is_an_answer(built: Path) -> None:
    result = run("ask", "best ramen in osaka?")
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert lines[:3] == [
        "The collection says nothing about this.",
        "",
        "Nearest passages (they do not answer the question):",
    ]
    assert all(re.match(r"  - .+: .+", line) for line in lines[3:6])
    answer = json.loads(run("ask", "--json", "best ramen in osaka?").stdout)
    assert answer["answered"] is False
    assert (lines[6:], answer["suggestions"]) == ([], [])


def test_a_refusal_lists_the_questions_that_are_answered_nearby(built: Path) -> None:
    question = "Who criticised AUKUS in the press?"
    suggested = json.loads(run("ask", "--json", question).stdout)["suggestions"]
    lines = run("ask", question).stdout.splitlines()
    assert lines[6:] == ["", "The collection does answer:", *(f"  - {text}" for text in suggested)]
    assert suggested


def test_small_talk_gets_a_line_and_the_examples_of_the_settings(built: Path) -> None:
    line = "Happy to help. Ask about the documents: answers are quoted from them, each with its source.\n"
    assert run("ask", "hello").stdout == line
    (built / "alliance-qa.toml").write_text('examples = ["When was AUKUS announced?", "Who wrote it?"]\n')
    examples = "\nQuestions to start with:\n  - When was AUKUS announced?\n  - Who wrote it?\n"
    assert run("ask", "what can you do?").stdout == line + examples
    found = json.loads(run("ask", "--json", "thanks").stdout)
    assert (found["answered"], found["reason"], found["answer"]) == (False, "small_talk", "")
    assert (found["citations"], found["passages"], found["confidence"]) == ([], [], 0)
    assert found["suggestions"] == ["When was AUKUS announced?", "Who wrote it?"]


def test_a_question_without_a_word_is_told_so(built: Path) -> None:
    assert run("ask", "???").stdout == "This question is not clear enough to search for.\n"


def test_no_quote_steers_a_terminal(built: Path) -> None:
    question = "How many maples did the gardener of Karuizawa plant?"
    stored = json.loads(run("ask", "--json", question).stdout)
    assert "\u202e" in stored["answer"]
    assert "\u202e" in stored["citations"][0]["title"]
    for command in ("ask", "search"):
        result = run(command, question)
        assert result.exit_code == 0
        assert is_tame(result.stdout)
        assert "<script>alert('x')</script> in 1911." in result.stdout


def test_a_search_lists_passages_by_rank(built: Path) -> None:
    result = run("search", "--top-k", "2", LIGHTHOUSE)
    passages = json.loads(run("search", "--json", "--top-k", "2", LIGHTHOUSE).stdout)["passages"]
    lines = result.stdout.splitlines()
    assert (result.exit_code, len(lines)) == (0, 4)
    first = passages[0]
    assert lines[0] == (
        f"1. {first['score']:.2f}  Notes on the Lighthouse of Ōshima ({NOTES_ID}:{first['start']}-{first['end']})"
    )
    assert lines[1] == f"   {' '.join(first['text'].split())}"
    assert lines[2].startswith("2. ")


def test_a_search_as_json_is_what_the_api_answers(built: Path) -> None:
    result = run("search", "--json", LIGHTHOUSE)
    found = json.loads(result.stdout)
    assert result.stdout.isascii()
    assert list(found) == ["question", "index_version", "passages", "took_ms"]
    assert [list(passage) for passage in found["passages"]] == [PASSAGE_KEYS] * 5


@pytest.mark.parametrize(
    "options",
    [("--document", NOTES_ID), ("--author", "TANAKA"), ("--from", "2001-02-03", "--to", "2001-02-03")],
)
def test_a_search_takes_the_filters(options: tuple[str, ...], built: Path) -> None:
    found = json.loads(run("search", "--json", *options, "AUKUS").stdout)["passages"]
    assert {passage["document_id"] for passage in found} == {NOTES_ID}


def test_a_search_that_finds_nothing_says_so(built: Path) -> None:
    assert run("search", "--author", "nobody", "AUKUS").stdout == "no passage found\n"


def test_a_document_that_is_not_there_is_told(built: Path) -> None:
    result = run("ask", "--document", "nowhere.txt", "AUKUS")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("alliance-qa: no document has this id; ")
    assert result.stderr.count("\n") == 1


def test_a_port_that_is_taken_ends_the_server_without_a_trace(small_home: Path, workplace: Path) -> None:
    shutil.copytree(small_home, workplace, dirs_exist_ok=True)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        found = keep(workplace, "serve", "--port", str(taken.getsockname()[1]))
    assert found.returncode != 0
    assert "address already in use" in found.stderr
    assert "Traceback" not in found.stderr

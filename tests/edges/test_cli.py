"""The command line where no model is needed: lists, refusals, exit codes, and what a terminal sees."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result

from alliance_qa import __version__
from alliance_qa.cli import main
from alliance_qa.index import store
from edges.server import clean_environment
from edges.terminal import is_tame, run

COMMANDS = (
    "index",
    "ask",
    "search",
    "serve",
    "mcp",
    "status",
    "check",
    "rollback",
    "documents",
    "read",
    "evaluate",
    "calibrate",
    "prove",
)
NO_INDEX = 'alliance-qa: no index in index; run "alliance-qa index" first\n'
NO_TEXT = "input should be a valid string, unable to parse raw data as a unicode string"
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def run_process(
    *arguments: str, cwd: Path, environment: dict[str, str] | None = None, stdout: int = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "alliance_qa", *arguments],
        cwd=cwd,
        env=clean_environment() | (environment or {}),
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=180,
    )


def assert_one_line(result: Result, code: int) -> str:
    """Return what was said after checking that it is one line on standard error."""
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.startswith("alliance-qa: ")
    assert result.stderr.count("\n") == 1
    assert result.stderr.endswith("\n")
    return result.stderr


@pytest.fixture
def built(small_home: Path, workplace: Path) -> Path:
    """The working folder with documents/ and an index/."""
    shutil.copytree(small_home, workplace, dirs_exist_ok=True)
    return workplace


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_the_help_of_every_command_shows_an_example(command: str, flag: str) -> None:
    result = run(command, flag)
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"\n  Example:\n    alliance-qa {command}" in result.stdout


def test_the_help_names_every_command() -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert set(main.commands) == set(COMMANDS)
    for command in COMMANDS:
        assert f"\n  {command} " in result.stdout


def test_the_version_is_the_packages() -> None:
    assert run("--version").stdout == f"alliance-qa, version {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("nothing",),
        ("ask",),
        ("ask", "a", "b"),
        ("ask", "--nothing", "a"),
        ("ask", "--top-k", "0", "a"),
        ("ask", "--top-k", "51", "a"),
        ("ask", "--top-k", "many", "a"),
        ("ask", "--from", "2024-13-01", "a"),
        ("ask", "--to", "yesterday", "a"),
        ("search",),
        ("serve", "--port", "65536"),
    ],
)
def test_a_call_of_another_form_is_refused(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Usage: alliance-qa ")
    assert "\nError: " in result.stderr


@pytest.mark.parametrize("command", ["ask", "search"])
@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("", "the question must have 1 to 2000 characters; ask again"),
        (" \n\t ", "the question must have 1 to 2000 characters; ask again"),
        ("q" * 2001, "the question must have 1 to 2000 characters; ask again"),
        ("q" * 8001, "the question string should have at most 8000 characters; ask again"),
        ("a\x1bb", "the question must not hold control characters or lone surrogates; ask again"),
        ("caf\udce9", f"the question {NO_TEXT}; ask again"),  # how Python passes a byte that is no UTF-8
    ],
)
def test_a_question_of_another_form_is_refused_before_anything_is_loaded(
    command: str, question: str, message: str
) -> None:
    # There is no index here: it was not looked for.
    assert assert_one_line(run(command, question), 2) == f"alliance-qa: {message}\n"


@pytest.mark.parametrize("command", ["ask", "search"])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ("--from", "2024-04-16", "--to", "2024-04-15"),
            "published_from must not be after published_to; ask again",
        ),
        (("--document", ""), "the document string should have at least 1 character; ask again"),
        (("--author", "a" * 301), "the author string should have at most 300 characters; ask again"),
        (
            ("--author", "a\x1b"),
            "the author must not hold control characters or lone surrogates; ask again",
        ),
        (("--document", "caf\udce9"), f"the document {NO_TEXT}; ask again"),
        (("--author", "caf\udce9"), f"the author {NO_TEXT}; ask again"),
    ],
)
def test_a_filter_of_another_form_is_refused(command: str, options: tuple[str, ...], message: str) -> None:
    assert assert_one_line(run(command, *options, "question"), 2) == f"alliance-qa: {message}\n"


@pytest.mark.parametrize("arguments", [("status",), ("documents",), ("ask", "a"), ("search", "a"), ("serve",)])
def test_without_an_index_the_next_step_is_named(arguments: tuple[str, ...]) -> None:
    assert assert_one_line(run(*arguments), 1) == NO_INDEX


@pytest.mark.parametrize("command", ["index", "status", "documents"])
def test_a_setting_that_is_not_known_is_refused(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLIANCE_QA_TOPK", "5")
    said = assert_one_line(run(command), 2)
    assert said.startswith("alliance-qa: ALLIANCE_QA_TOPK is not a setting; the settings are ")


def test_a_setting_of_another_form_is_refused(workplace: Path) -> None:
    (workplace / "alliance-qa.toml").write_text("top_k = 0\n")
    assert assert_one_line(run("status"), 2) == (
        "alliance-qa: ALLIANCE_QA_TOP_K=0 is not valid: input should be greater than or equal to 1\n"
    )


def test_a_name_that_steers_a_terminal_is_shown_tame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLIANCE_QA_\x1b[31mRED\u202e", "5")
    assert is_tame(assert_one_line(run("status"), 2))


def test_a_line_end_in_a_path_stays_in_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLIANCE_QA_INDEX", "one\ntwo\r\x1b[31mthree")
    assert assert_one_line(run("status"), 1) == (
        'alliance-qa: no index in one two [31mthree; run "alliance-qa index" first\n'
    )


MEND = 'run "alliance-qa index" to mend it\n'
MANIFEST = "generations/000001/manifest.json"
CURRENT = "index/CURRENT"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (CURRENT, b"7.5\n", f"alliance-qa: index/CURRENT names no generation; {MEND}"),
        (CURRENT, b"000001\n", f"alliance-qa: index/CURRENT names no generation; {MEND}"),
        (CURRENT, b"\xff\n", f"alliance-qa: index/CURRENT cannot be read; {MEND}"),
        (CURRENT, b"", f"alliance-qa: index/CURRENT names no generation; {MEND}"),
    ],
)
@pytest.mark.parametrize("command", ["status", "documents"])
def test_without_its_pointer_the_newest_whole_generation_is_shown(
    command: str, name: str, content: bytes, message: str, built: Path
) -> None:
    (built / name).write_bytes(content)
    result = run(command, "--json")
    assert (result.exit_code, json.loads(result.stdout)["index_version"]) == (0, "000001")
    if command == "status":
        assert f"alliance-qa: {json.loads(result.stdout)['damage']}\n" == message


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            CURRENT,
            b"000009 " + b"0" * 64 + b"\n",
            f"alliance-qa: index/generations/000009/manifest.json is missing; {MEND}",
        ),
        (
            f"index/{MANIFEST}",
            b"{",
            f"alliance-qa: index/{MANIFEST} is damaged: it is not what its checksum says; {MEND}",
        ),
    ],
)
@pytest.mark.parametrize("command", ["status", "documents"])
def test_an_index_without_a_whole_generation_is_named(
    command: str, name: str, content: bytes, message: str, built: Path
) -> None:
    corpus = built / "index/generations/000001/000001-1/corpus.sqlite"
    corpus.write_bytes(b"")
    (built / name).write_bytes(content)
    said = assert_one_line(run(command), 1)
    # `check`, whose words `status` has, tells of the folder.
    assert said in (message, message.replace("/manifest.json is missing", " is missing"))


def test_a_flipped_bit_is_found(built: Path) -> None:
    path = built / "index/generations/000001/000001-1/corpus.sqlite"
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)
    for command in ("documents", "status"):
        said = assert_one_line(run(command), 1)
        assert re.fullmatch(
            r"alliance-qa: index/generations/000001/000001-1/corpus\.sqlite is damaged: "
            rf"expected SHA-256 [0-9a-f]{{12}}…, found [0-9a-f]{{12}}…; {re.escape(MEND)}",
            said,
        )


def test_the_status_names_what_is_not_indexed(built: Path) -> None:
    result = run("status")
    lines = result.stdout.splitlines()
    status = json.loads(run("status", "--json").stdout)
    created, [since] = status["created"], [file["since"] for file in status["files"] if file["path"] == "broken.txt"]
    assert (result.exit_code, result.stderr) == (0, "")
    assert lines[0] == f"generation  000001 of {created}"
    assert lines[1] == "model       all-MiniLM-L6-v2 (dimension 64)"
    assert lines[2:] == [
        "documents   2",
        f"passages    {status['passages']}",
        f"failed      broken.txt: byte 3 is not valid UTF-8; save the file as UTF-8 (since {since})",
    ]


def test_the_status_as_json_is_what_the_api_answers(built: Path) -> None:
    status = json.loads(run("status", "--json").stdout)
    assert list(status) == [
        "index_version",
        "created",
        "model",
        "dimension",
        "documents",
        "passages",
        "sentences",
        "unreadable",
        "segments",
        "files",
        "job",
        "damage",
        "operating_point",
        "operating_point_note",
    ]
    assert (status["index_version"], status["model"], status["documents"]) == ("000001", "all-MiniLM-L6-v2", 2)
    assert [file["path"] for file in status["files"]] == ["broken.txt", "gardens.txt", "notes on Ōshima.md"]


def test_the_documents_are_listed_with_their_facts(built: Path) -> None:
    result = run("documents")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[1] == (
        "notes-on-oshima.md-4d7cbfef  Notes on the Lighthouse of Ōshima (Ichiro Tanaka, 2001-02-03)"
    )


def test_the_documents_begin_with_those_that_come_first(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = [d["path"] for d in json.loads(run("documents", "--json").stdout)["documents"]]
    monkeypatch.setenv("ALLIANCE_QA_FIRST", listed[-1])
    again = [d["path"] for d in json.loads(run("documents", "--json").stdout)["documents"]]
    assert again == [listed[-1], *listed[:-1]]
    assert len(listed) > 1


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_the_status_warns_of_a_first_document_that_there_is_not(
    options: tuple[str, ...], built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = run("status", *options)
    monkeypatch.setenv("ALLIANCE_QA_FIRST", "gone.txt")
    warned = run("status", *options)
    assert (warned.exit_code, warned.stdout, usual.stderr) == (0, usual.stdout, "")
    assert warned.stderr == (
        "alliance-qa: ALLIANCE_QA_FIRST names 'gone.txt', which is no document; paths count from documents/\n"
    )


def test_no_title_steers_a_terminal(built: Path) -> None:
    stored = json.loads(run("documents", "--json").stdout)["documents"][0]["title"]
    assert set(stored) & set(BIDI)  # else this shows nothing
    shown = run("documents").stdout
    assert is_tame(shown)
    assert "Gardens <script>alert(1)</script> of Karuizawa" in shown


def test_no_path_steers_a_terminal(built: Path) -> None:
    manifest = store.read_manifest(built / "index")
    hostile = replace(manifest.sources[0], path="a\n\x1b[31mb\u202e/broken.txt", reason="bad\x07 thing\r")
    text = replace(manifest, sources=(hostile,)).to_json()
    (built / "index" / MANIFEST).write_text(text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    (built / CURRENT).write_text(f"000001 {digest}\n")
    last = run("status").stdout.splitlines()[-1]
    assert last == f"failed      a [31mb/broken.txt: bad thing (since {hostile.since})"


@pytest.mark.parametrize("command", ["status", "documents"])
def test_json_is_ascii(command: str, built: Path) -> None:
    result = run(command, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.isascii()
    assert is_tame(result.stdout)
    assert "Ōshima" in json.dumps(json.loads(result.stdout), ensure_ascii=False)


def test_a_reader_that_goes_away_is_no_fault(built: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        found = run_process("documents", cwd=built, stdout=writer)
    finally:
        os.close(writer)
    assert (found.returncode, found.stderr) == (0, "")


def test_head_takes_the_first_line(built: Path) -> None:
    head = ["bash", "-o", "pipefail", "-c", '"$0" -m alliance_qa documents | head -1', sys.executable]
    found = subprocess.run(head, cwd=built, env=clean_environment(), capture_output=True, text=True, timeout=180)
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.startswith("gardens.txt ")
    assert found.stdout.count("\n") == 1


def test_a_terminal_of_another_character_set_shows_question_marks(built: Path) -> None:
    found = run_process("documents", cwd=built, environment={"PYTHONIOENCODING": "iso8859-1"})
    assert (found.returncode, found.stderr) == (0, "")
    assert "Notes on the Lighthouse of ?shima (Ichiro Tanaka, 2001-02-03)" in found.stdout


FEES = "# Fees\n\nShips pay.\x1b[31m\n\n| port | fee |\n|---|---|\n| Skagby | 940 |\n"


def test_a_file_is_shown_as_it_would_be_indexed(workplace: Path) -> None:
    (workplace / "fees.md").write_text(FEES, "utf-8")
    result = run("read", "fees.md")
    assert (result.exit_code, result.stderr) == (0, "")
    assert is_tame(result.stdout)
    assert result.stdout.split("\n") == [
        "fees.md  text/markdown, 45 characters, 2 passages",
        "",
        "title       Fees  (line 1 of the text)",
        "",
        "  heading 1           Fees",
        "> paragraph           Ships pay.[31m",
        "  row 1               port | fee",
        "> row                 Skagby | 940",
        "",
    ]


def test_a_file_as_json_has_facts_blocks_passages_and_what_is_left_out(workplace: Path) -> None:
    (workplace / "page.html").write_text(
        "<html><body><article><h1>Piers</h1><p>The port has two piers, lit at night.</p><p>Share this</p></article>"
        "</body></html>"
    )
    found = json.loads(run("read", "page.html", "--json").stdout)
    assert list(found) == ["path", "media_type", "sha256", "facts", "text", "blocks", "passages", "left_out"]
    assert found["sha256"] == hashlib.sha256((workplace / "page.html").read_bytes()).hexdigest()
    title = found["facts"]["title"]
    assert list(title) == ["value", "provenance", "where", "weak", "start", "end", "line"]
    assert (title["value"], title["weak"], title["line"]) == ("Piers", False, 1)
    for entry in (*found["blocks"], *found["passages"]):
        assert found["text"][entry["start"] : entry["end"]] == entry["text"]
    assert [passage["text"] for passage in found["passages"]] == ["The port has two piers, lit at night."]
    assert {"why": "furniture", "text": "Share this"} in found["left_out"]


def test_a_file_that_cannot_be_read_says_why(workplace: Path) -> None:
    (workplace / "a.txt").write_bytes(b"caf\xe9 \x00")
    said = assert_one_line(run("read", "a.txt"), 1)
    assert said.startswith("alliance-qa: a.txt: ")
    assert assert_one_line(run("read", "b.txt"), 1) == (
        "alliance-qa: b.txt: cannot be examined (No such file or directory)\n"
    )

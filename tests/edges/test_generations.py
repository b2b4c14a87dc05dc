"""Generations on the command line: checked, rolled back, purged, and locked against a second writer."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import Result

from alliance_qa.building.rebuild import rebuild
from alliance_qa.service import service
from edges import collection, keeper
from edges.embedder import WordEmbedder
from edges.server import fastest, keep, settings_of, wait
from edges.terminal import run

pytestmark = pytest.mark.usefixtures("reads_here")

MAPLES = "How many maples did the gardener plant?"
MEND = 'run "alliance-qa index" to mend it'


@pytest.fixture(scope="session")
def two_home(tmp_path_factory: pytest.TempPathFactory, small_home: Path) -> Path:
    """A folder with two generations: of 40 maples, and of 41."""
    home = tmp_path_factory.mktemp("two") / "home"
    shutil.copytree(small_home, home)
    (home / "documents/gardens.txt").write_text(collection.HOSTILE.replace("40", "41"), "utf-8")
    manifest, _ = rebuild(settings_of(home), WordEmbedder())
    assert manifest.version == "000002"
    return home


@pytest.fixture
def built(two_home: Path, workplace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder with two generations, and a command line without a model."""
    shutil.copytree(two_home, workplace, dirs_exist_ok=True)
    monkeypatch.setattr(service, "lazy_embedder", lambda settings: WordEmbedder())
    monkeypatch.setattr(service, "load_embedder", lambda settings: WordEmbedder())
    monkeypatch.setattr(service, "load_reader", lambda settings: None)
    return workplace


def damage(path: Path) -> None:
    """Flip one bit."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def versions(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "index/generations").iterdir())


def maples(result: Result) -> list[str]:
    """Return how many maples the passages of a search tell of."""
    found = json.loads(result.stdout)
    return [m for passage in found["passages"] for m in re.findall(r"planted (\d+) maples", passage["text"])]


# check


def test_a_whole_index_is_whole(built: Path) -> None:
    result = run("check")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "000002 (in use): whole\n000001: whole\n", "")


def test_a_check_as_json(built: Path) -> None:
    result = run("check", "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (
        0,
        {
            "sound": True,
            "generations": [
                {"index_version": "000002", "in_use": True, "damage": None, "operating_point": None},
                {"index_version": "000001", "in_use": False, "damage": None, "operating_point": None},
            ],
        },
    )


FILES = (
    "manifest.json",
    "{}/corpus.sqlite",
    "{}/vectors.npy",
    "{}/sentences.npy",
    "{}/dense.faiss",
)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("version", ["000002", "000001"])
def test_a_flipped_bit_in_any_generation_is_named(version: str, name: str, built: Path) -> None:
    path = f"index/generations/{version}/{name.format(version + '-1')}"
    damage(built / path)
    result = run("check")
    said = dict(line.split(": ", 1) for line in result.stdout.splitlines())
    assert (result.exit_code, result.stderr) == (1, "")
    hit, other = ("000002 (in use)", "000001") if version == "000002" else ("000001", "000002 (in use)")
    assert said[other] == "whole"
    if name == "manifest.json":
        assert said[hit] == f"{path} is damaged: it is not what its checksum says; {MEND}"
    else:
        assert re.fullmatch(
            rf"{re.escape(path)} is damaged: expected SHA-256 [0-9a-f]{{12}}…, found [0-9a-f]{{12}}…; {MEND}",
            said[hit],
        )


def test_a_file_that_is_short_or_gone_is_named_with_its_size(built: Path) -> None:
    path = built / "index/generations/000002/000002-1/vectors.npy"
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[:-1])
    shutil.rmtree(built / "index/generations/000001/000001-1/lexical")
    result = run("check", "--json")
    newest, earlier = json.loads(result.stdout)["generations"]
    assert (result.exit_code, json.loads(result.stdout)["sound"]) == (1, False)
    assert newest["damage"] == (
        f"index/generations/000002/000002-1/vectors.npy is damaged: expected {size} bytes, found {size - 1}; {MEND}"
    )
    assert re.fullmatch(
        r"index/generations/000001/000001-1/lexical/\S+ cannot be read \(No such file or directory\); " + MEND,
        earlier["damage"],
    )


def test_a_pointer_that_names_nothing_is_damage(built: Path) -> None:
    (built / "index/CURRENT").write_text(f"000007 {'0' * 64}\n")
    result = run("check")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "000002: whole",
        "000001: whole",
        f"000007 (in use): index/generations/000007 is missing; {MEND}",
    ]


def test_a_check_without_an_index_tells_the_next_step() -> None:
    result = run("check")
    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        'alliance-qa: no index in index; run "alliance-qa index" first\n',
    )


# rollback


def test_a_rollback_puts_the_generation_before_into_use(built: Path) -> None:
    status = json.loads(run("status", "--json").stdout)
    assert (status["index_version"], maples(run("search", "--json", MAPLES))) == ("000002", ["41"])
    result = run("rollback")
    earlier = json.loads(run("status", "--json").stdout)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        f"generation 000001 of {earlier['created']} is in use: 2 documents, {earlier['passages']} passages\n"
    )
    assert (earlier["index_version"], maples(run("search", "--json", MAPLES))) == ("000001", ["40"])


def test_a_rollback_to_a_named_generation_goes_forth_too(built: Path) -> None:
    assert run("rollback", "000001").exit_code == 0
    assert run("rollback", "000002").exit_code == 0
    assert maples(run("search", "--json", MAPLES)) == ["41"]


def test_a_rollback_without_an_earlier_generation_changes_nothing(built: Path) -> None:
    run("rollback")
    result = run("rollback")
    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        "alliance-qa: index holds no generation before 000001; "
        "ALLIANCE_QA_RETAINED_GENERATIONS says how many are kept\n",
    )
    assert json.loads(run("status", "--json").stdout)["index_version"] == "000001"


@pytest.mark.parametrize("version", ["000003", "2", "latest", "../../documents"])
def test_a_rollback_to_what_is_not_there_changes_nothing(version: str, built: Path) -> None:
    result = run("rollback", version)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("alliance-qa: ")
    assert result.stderr.count("\n") == 1
    assert json.loads(run("status", "--json").stdout)["index_version"] == "000002"


def test_a_rollback_to_a_generation_with_a_short_file_is_refused(built: Path) -> None:
    path = "index/generations/000001/000001-1/vectors.npy"
    size = (built / path).stat().st_size
    (built / path).write_bytes(b"")
    result = run("rollback")
    assert (result.exit_code, result.stderr) == (
        1,
        f"alliance-qa: {path} is damaged: expected {size} bytes, found 0; {MEND}\n",
    )
    assert maples(run("search", "--json", MAPLES)) == ["41"]


def test_after_a_rollback_the_next_index_follows_the_folder_again(built: Path) -> None:
    run("rollback")
    assert run("index").stdout.startswith("built generation 000003: 2 documents, ")
    assert maples(run("search", "--json", MAPLES)) == ["41"]


# purge


def test_a_purge_leaves_one_generation_and_nothing_of_what_was_deleted(built: Path) -> None:
    (built / "documents/gardens.txt").unlink()
    result = run("index", "--purge")
    assert (result.exit_code, versions(built)) == (0, ["000003"])
    assert json.loads(run("status", "--json").stdout)["documents"] == 1
    left = b"".join(path.read_bytes() for path in (built / "index").rglob("*") if path.is_file())
    assert b"Karuizawa" not in left
    assert b"lighthouse" in left


def test_a_purge_of_an_unchanged_folder_keeps_what_is_in_use(built: Path) -> None:
    passages = json.loads(run("status", "--json").stdout)["passages"]
    result = run("index", "--purge")
    assert re.fullmatch(
        rf"built generation 000003: 2 documents, {passages} passages \({passages} reused\) in \S+ s\n", result.stdout
    )
    assert (versions(built), maples(run("search", "--json", MAPLES))) == (["000003"], ["41"])
    assert run("rollback").exit_code == 1


# index


def test_an_unchanged_folder_stays_as_it_is(built: Path) -> None:
    before = (built / "index/CURRENT").read_bytes()
    passages = json.loads(run("status", "--json").stdout)["passages"]
    result = run("index")
    assert re.fullmatch(
        rf"unchanged: generation 000002: 2 documents, {passages} passages \({passages} reused\) in \S+ s\n",
        result.stdout,
    )
    assert result.stderr == "failed: broken.txt: byte 3 is not valid UTF-8; save the file as UTF-8\n"
    assert ((built / "index/CURRENT").read_bytes(), versions(built)) == (before, ["000001", "000002"])


@contextmanager
def held(path: Path) -> Iterator[int]:
    """Let another process be the writer; return its id."""
    path.mkdir(exist_ok=True)
    code = (
        "import sys; from pathlib import Path; from alliance_qa.index import store\n"
        "with store.lock(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        yield holder.pid
    finally:
        holder.communicate()


@pytest.mark.parametrize("arguments", [("index",), ("index", "--full"), ("index", "--purge"), ("rollback",)])
def test_a_second_writer_is_told_of_the_first_at_once(arguments: tuple[str, ...], built: Path) -> None:
    with held(built / "index") as holder:
        told: list[Result] = []
        assert fastest(lambda: told.append(run(*arguments))) < 1
    assert {(result.exit_code, result.stdout, result.stderr) for result in told} == {
        (75, "", f"alliance-qa: process {holder} is writing index; try again when it has ended\n")
    }
    assert run(*arguments).exit_code == 0


def test_readers_need_no_lock(built: Path) -> None:
    with held(built / "index"):
        assert maples(run("search", "--json", MAPLES)) == ["41"]
        assert run("check").exit_code == 0


def test_a_writer_that_was_killed_blocks_nobody(built: Path) -> None:
    hold = built / "hold"
    hold.touch()
    (built / "documents/new.txt").write_text("A new file\n\nIt holds one sentence.\n")
    process = subprocess.Popen([*keeper.HERE, "index"], env=os.environ | {keeper.HOLD: str(hold)})
    wait(lambda: list((built / "index/generations").glob(".new-*")))
    assert run("index").exit_code == 75
    process.kill()
    process.wait()
    assert maples(run("search", "--json", MAPLES)) == ["41"]
    assert run("index").stdout.startswith("built generation 000003: 3 documents, ")
    assert versions(built) == ["000002", "000003"]


def test_a_read_only_index_is_told_with_its_reason(built: Path) -> None:
    """Root may write everywhere, so the folder's place is taken by a file."""
    settings = {"ALLIANCE_QA_INDEX": str(built / "documents/gardens.txt")}
    found = keep(built, "index", **settings)
    assert (found.returncode, found.stdout) == (1, "")
    assert re.fullmatch(
        rf"alliance-qa: {re.escape(settings['ALLIANCE_QA_INDEX'])} cannot be written "
        r"\((File exists|Not a directory)\); the index in use is untouched; mend this and run again\n",
        found.stderr,
    )


@pytest.mark.parametrize("factory", ["Nonsense", "IVF", "HNSW32,Nothing", "PCA7", "PQ7", " "])
def test_a_factory_string_that_faiss_does_not_know_is_refused_by_name(
    factory: str, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (built / "documents/new.txt").write_text("A new file\n\nIt holds one sentence.\n")
    monkeypatch.setenv("ALLIANCE_QA_FAISS_FACTORY", factory)
    result = run("index")
    assert (result.exit_code, result.stdout) == (2, "")
    last = result.stderr.splitlines()[-1]
    assert last.startswith(f"alliance-qa: ALLIANCE_QA_FAISS_FACTORY={factory!r} ")
    monkeypatch.delenv("ALLIANCE_QA_FAISS_FACTORY")
    assert versions(built) == ["000001", "000002"]
    assert maples(run("search", "--json", MAPLES)) == ["41"]


# A damaged generation in use


def test_the_status_tells_of_damage_and_of_what_serves(built: Path) -> None:
    path = "index/generations/000002/000002-1/corpus.sqlite"
    damage(built / path)
    result = run("status")
    lines = result.stdout.splitlines()
    assert (result.exit_code, result.stderr) == (0, "")
    assert re.fullmatch(rf"damaged     {re.escape(path)} is damaged: expected SHA-256 \S+, found \S+; {MEND}", lines[0])
    assert lines[1].startswith("generation  000001 of ")
    status = json.loads(run("status", "--json").stdout)
    assert f"damaged     {status['damage']}" == lines[0]


@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_damaged_generation_is_answered_for_by_the_one_before(command: str, built: Path) -> None:
    path = "index/generations/000002/000002-1/dense.faiss"
    damage(built / path)
    result = run(command, "--json", MAPLES)
    assert (result.exit_code, json.loads(result.stdout)["index_version"]) == (0, "000001")
    assert maples(result) == ["40"]
    assert re.fullmatch(
        rf"alliance-qa: {re.escape(path)} is damaged: expected SHA-256 \S+, found \S+; {MEND}; "
        r"generation 000001 answers\n",
        result.stderr,
    )


def test_the_documents_of_a_damaged_generation_are_those_of_the_one_before(built: Path) -> None:
    damage(built / "index/generations/000002/000002-1/corpus.sqlite")
    assert json.loads(run("documents", "--json").stdout)["index_version"] == "000001"


def test_an_index_mends_a_damaged_generation(built: Path) -> None:
    damage(built / "index/generations/000002/000002-1/corpus.sqlite")
    assert run("index").stdout.startswith("built generation 000003: 2 documents, ")
    result = run("search", "--json", MAPLES)
    assert (maples(result), result.stderr) == (["41"], "")
    assert run("index").stdout.startswith("unchanged: generation 000003: ")


def test_an_index_without_any_whole_generation_answers_nothing(built: Path) -> None:
    for version in versions(built):
        damage(built / f"index/generations/{version}/{version}-1/corpus.sqlite")
    result = run("ask", MAPLES)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("alliance-qa: index/generations/000002/000002-1/corpus.sqlite is damaged: ")
    assert result.stderr.count("\n") == 1

"""`alliance-qa calibrate`: an operating point fitted to the keeper's own questions, used, kept, undone."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from alliance_qa.answering import answerability
from alliance_qa.building.rebuild import rebuild
from alliance_qa.domain import OperatingPoint
from alliance_qa.index import store
from alliance_qa.measuring import calibration
from alliance_qa.ports import Embedder
from alliance_qa.service import service
from edges.embedder import WordEmbedder
from edges.server import hosted, settings_of, wait
from edges.terminal import is_tame, run

pytestmark = pytest.mark.usefixtures("reads_here")

TOWNS = (
    "Abashiri Beppu Chitose Daisen Echizen Fukui Gifu Hakodate Imabari Joetsu Kanazawa Lidabashi Maizuru Nagano Otaru "
    "Pippu Quryu Rumoi Sendai Tottori Uwajima Vanaheim Wakkanai Xiroshi Yonago Zama Akita Bizen Chofu Date Ebetsu Fuchu"
).split()
BUILDERS = "carpenters masons monks farmers".split()
FACTS = {town: f"The bridge of {town} was built in {1801 + at} by {BUILDERS[at % 4]}." for at, town in enumerate(TOWNS)}
EMPTY: dict[str, Any] = {"history": [], "standalone": None, "reason": None}
UNKNOWN = {"answers": [], "evidence": [], "documents": [], "answerable": False}


def questions() -> list[dict[str, Any]]:
    """Return 32 questions that the collection answers, and 16 that it does not: half of them near misses."""
    stated = [
        EMPTY
        | {
            "id": town,
            "kind": "when",
            "text": f"When was the bridge of {town} built?",
            "answers": [str(1801 + at)],
            "evidence": [FACTS[town]],
            "documents": ["bridges.md"],
            "answerable": True,
        }
        for at, town in enumerate(TOWNS)
    ]
    near = [("near_miss", f"When was the bridge of {town} built of stone?") for town in TOWNS[8:12]]
    near += [("near_miss", f"When was the tunnel of {town} flooded?") for town in TOWNS[:8]]
    far = [("off_topic", f"What does a {word} of entropy weigh?") for word in "zebra kiwi moth newt".split()]
    return stated + [
        EMPTY | UNKNOWN | {"id": f"u{at}", "kind": kind, "text": text} for at, (kind, text) in enumerate(near + far)
    ]


def write_questions(path: Path, entries: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries), "utf-8")


@pytest.fixture(scope="session")
def bridges_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a document of many facts, an index of it made without a model, and questions about it."""
    home = tmp_path_factory.mktemp("bridges")
    (home / "documents").mkdir()
    text = "\n\n".join(f"## {town}\n\n{fact}" for town, fact in FACTS.items())
    (home / "documents/bridges.md").write_text(f"# Bridges\n\n{text}\n", "utf-8")
    rebuild(settings_of(home), WordEmbedder())
    write_questions(home / "own.jsonl", questions())
    return home


@pytest.fixture
def built(bridges_home: Path, workplace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder with all that, and a command line without a model."""
    shutil.copytree(bridges_home, workplace, dirs_exist_ok=True)
    monkeypatch.setattr(service, "load_embedder", lambda settings: WordEmbedder())
    monkeypatch.setattr(service, "load_reader", lambda settings: None)
    monkeypatch.setattr(service, "lazy_embedder", lambda settings: WordEmbedder())
    return workplace


def printed(*arguments: str) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


# What is fitted


def test_a_point_is_fitted_and_put_into_use(built: Path) -> None:
    found = printed("calibrate", "own.jsonl", "--false-answers", "0.07")
    assert (found["questions"], found["index_version"], found["written"]) == ("own.jsonl", "000001", "000002")
    assert (found["false_answers"], found["certain"], found["left_out"]) == (0.07, 0, [])
    point = store.read_manifest(built / "index").operating_point
    assert point is not None
    assert found["operating_point"] == {
        "threshold": round(point.threshold, 4),
        "slope": round(point.slope, 4),
        "intercept": round(point.intercept, 4),
        "questions": 48,
        "made": point.made,
    }
    assert point.rule == answerability.RULE
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", point.made or "")
    shipped = {"threshold": answerability.THRESHOLD, "slope": 1.0, "intercept": 0.0, "questions": 0, "made": None}
    assert found["replaced"] == shipped
    assert found["before"]["false_answers"] > found["fitted"]["false_answers"] <= 1  # 0.07 of 16
    assert {found[at]["unanswerable"] for at in ("before", "fitted", "held_out")} == {16}
    assert {found[at]["answerable"] for at in ("before", "fitted", "held_out")} == {32}


def test_what_was_promised_is_what_evaluate_then_measures(built: Path) -> None:
    for at in ("before", "fitted"):
        if at == "fitted":
            promised = printed("calibrate", "own.jsonl", "--false-answers", "0.07")[at]
        else:
            promised = printed("calibrate", "own.jsonl", "--dry-run")[at]
        total = printed("evaluate", "own.jsonl")["total"]
        measured = [total[name]["value"] for name in ("false_answers", "over_refusals", "calibration_error")]
        assert measured == pytest.approx(
            [promised["false_answers"] / 16, promised["over_refusals"] / 32, promised["calibration_error"]], abs=1e-3
        )


def test_a_second_calibration_starts_from_the_rule_and_not_from_the_first(built: Path) -> None:
    first = printed("calibrate", "own.jsonl")
    second = printed("calibrate", "own.jsonl")
    assert second["replaced"] == second["operating_point"] == first["operating_point"]
    assert second["before"] == second["fitted"] == first["fitted"]
    assert second["index_version"] == second["written"] == "000002"  # it is in use already


def test_a_dry_run_writes_nothing(built: Path) -> None:
    before = {path: path.read_bytes() for path in (built / "index").rglob("*") if path.is_file()}
    assert printed("calibrate", "own.jsonl", "--dry-run")["written"] is None
    assert run("calibrate", "own.jsonl", "--dry-run").stdout.endswith("\nnothing was written\n")
    assert {path: path.read_bytes() for path in (built / "index").rglob("*") if path.is_file()} == before


def test_the_terminal_shows_before_and_after_and_what_to_expect(built: Path) -> None:
    hostile = questions()[0] | {"id": "lost\x1b[31m", "documents": ["lost.md"]}
    write_questions(built / "own.jsonl", [*questions(), hostile])
    result = run("calibrate", "own.jsonl", "--false-answers", "0.07")
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert lines[0] == "own.jsonl, generation 000001, all-MiniLM-L6-v2"
    assert lines[2].split() == ["before", "fitted", "held", "out"]
    assert re.match(r"false answers +\d+ of 16 \(0\.\d\d\) +[01] of 16 \(0\.0[06]\) +\d of 16 \(0\.\d\d\)$", lines[3])
    assert [line.split("  ")[0] for line in lines[4:8]] == [
        "over-refusals",
        "right of the answers",
        "confidence of the answers",
        "calibration error",
    ]
    assert lines[-2:] == [
        "lost[31m cannot be judged: the index does not hold lost.md",
        'generation 000002 is in use with it; "alliance-qa rollback" undoes this',
    ]
    assert is_tame(result.stdout)


def test_a_question_that_cannot_be_judged_is_left_out(built: Path) -> None:
    write_questions(built / "own.jsonl", [*questions(), questions()[0] | {"id": "lost", "documents": ["lost.md"]}])
    found = printed("calibrate", "own.jsonl", "--dry-run")
    assert found["left_out"] == [{"id": "lost", "fault": "the index does not hold lost.md"}]
    assert found["operating_point"]["questions"] == 48


def test_an_answer_with_a_documents_fact_is_not_fitted_to(built: Path) -> None:
    alone = printed("calibrate", "own.jsonl", "--dry-run")
    titled = questions()[0] | {
        "id": "title",
        "kind": "document_fact",
        "text": "What is the title of Bridges?",
        "answers": ["Bridges"],
        "evidence": ["Bridges"],
    }
    write_questions(built / "own.jsonl", [*questions(), titled])
    beside = printed("calibrate", "own.jsonl", "--dry-run")
    assert beside["certain"] == 1
    assert beside["operating_point"] == alone["operating_point"]
    assert beside["fitted"]["answers"] == alone["fitted"]["answers"] + 1


# What is done with it


def test_an_answers_confidence_is_the_calibrated_one(built: Path) -> None:
    asked = ("ask", "When was the bridge of Otaru built?")
    before = printed(*asked)["confidence"]
    printed("calibrate", "own.jsonl")
    point = store.read_manifest(built / "index").operating_point
    assert point is not None
    after = printed(*asked)
    assert after["answered"]
    assert after["confidence"] == pytest.approx(point.calibrated(before), abs=2e-3)  # four digits, times a steep slope
    assert abs(after["confidence"] - before) > 0.02  # else this shows nothing


def test_what_the_threshold_refuses_is_refused(built: Path) -> None:
    asked = ("ask", "When was the bridge of Imabari built of stone?")
    assert printed(*asked)["answered"]
    printed("calibrate", "own.jsonl", "--false-answers", "0")
    refused = printed(*asked)
    assert (refused["answered"], refused["reason"]) == (False, "related_but_not_stated")
    assert refused["confidence"] < printed("status")["operating_point"]["threshold"]


def test_a_rollback_undoes_it(built: Path) -> None:
    asked = ("ask", "When was the bridge of Imabari built of stone?")
    before = printed(*asked)
    printed("calibrate", "own.jsonl", "--false-answers", "0")
    assert run("rollback").exit_code == 0
    assert printed("status")["operating_point"] is None
    after = printed(*asked)
    assert after == before | {"took_ms": after["took_ms"]}


def test_a_rollback_to_a_point_names_it(built: Path) -> None:
    printed("calibrate", "own.jsonl")
    run("rollback")
    (line,) = run("rollback", "000002").stdout.splitlines()[1:]
    assert re.fullmatch(r"threshold 0\.\d{3}, with slope .* fitted to 48 questions on \d{4}-\d\d-\d\d", line)


def test_the_shipped_point_can_be_used_again(built: Path) -> None:
    unchanged = run("calibrate", "--reset")
    assert unchanged.stdout == "generation 000001 is in use, with the shipped operating point\n"
    printed("calibrate", "own.jsonl")
    assert printed("calibrate", "--reset")["operating_point"] is None
    assert store.read_manifest(built / "index").version == "000003"


def test_a_rebuild_keeps_it(built: Path) -> None:
    point = printed("calibrate", "own.jsonl")["operating_point"]
    (built / "documents/new.txt").write_text("New\n\nThe tunnel of Nara was dug in 1950.\n")
    result = run("index")
    assert (result.exit_code, "operating point" in result.stderr) == (0, False)
    assert printed("status")["operating_point"] == point


def test_a_rebuild_that_drops_it_says_why_and_so_does_the_status(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = printed("calibrate", "own.jsonl")["operating_point"]["made"]
    monkeypatch.setenv("ALLIANCE_QA_PASSAGE_TOKENS", "40")
    note = (
        f"the operating point of {made} was fitted with passages of 160 tokens and is dropped; "
        'run "alliance-qa calibrate" again'
    )
    assert note in run("index").stderr.splitlines()
    status = printed("status")
    assert (status["operating_point"], status["operating_point_note"]) == (None, note)
    assert f"threshold   {note}" in run("status").stdout.splitlines()
    printed("calibrate", "own.jsonl")
    assert printed("status")["operating_point_note"] is None


def test_the_status_and_the_check_show_it(built: Path) -> None:
    assert "threshold" not in run("status").stdout + run("check").stdout
    found = printed("calibrate", "own.jsonl")["operating_point"]
    stored = store.read_manifest(built / "index").operating_point
    assert stored is not None
    words = (
        f"{stored.threshold:.3f}, with slope {stored.slope:.2f} and intercept {stored.intercept:.2f}, "
        f"fitted to 48 questions on {found['made']}"
    )
    assert f"threshold   {words}" in run("status").stdout.splitlines()
    assert run("check").stdout.splitlines() == [f"000002 (in use): whole; threshold {words}", "000001: whole"]
    assert [entry["operating_point"] for entry in printed("check")["generations"]] == [found, None]


def test_a_point_of_another_rule_is_not_used_and_the_status_says_so(built: Path) -> None:
    asked = ("ask", "When was the bridge of Otaru built?")
    before = printed(*asked)["confidence"]
    with store.lock(built / "index"):
        store.set_operating_point(
            built / "index", OperatingPoint(0.99, 3.0, -9.0, 48, "2026-11-24", "0"), None, retain=1
        )
    assert printed(*asked)["confidence"] == before
    status = printed("status")
    assert (status["operating_point"], status["operating_point_note"]) == (
        None,
        "the operating point of 2026-11-24 was fitted with another answerability rule and is not used; "
        'run "alliance-qa calibrate" again',
    )
    assert "; threshold" not in run("check").stdout


def test_a_server_follows_to_the_new_point(built: Path, quick: None) -> None:
    question = {"question": "When was the bridge of Imabari built of stone?"}
    with hosted(built) as running:
        assert running.index["operating_point"] is None
        assert running.client.post("/v1/ask", question).json["answered"]
        found = printed("calibrate", "own.jsonl", "--false-answers", "0")
        wait(lambda: running.index["index_version"] == "000002")
        assert running.index["operating_point"] == found["operating_point"]
        reply = running.client.post("/v1/ask", question).json
        assert (reply["answered"], reply["index_version"]) == (False, "000002")


# What is refused


def assert_one_line(result: Result, code: int) -> str:
    assert (result.exit_code, result.stdout) == (code, "")
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("alliance-qa: ")]
    return line


def test_too_few_questions_are_counted_and_nothing_is_written(built: Path) -> None:
    write_questions(built / "own.jsonl", questions()[:40])
    assert assert_one_line(run("calibrate", "own.jsonl"), 2) == (
        "alliance-qa: there are 32 answerable and 8 unanswerable questions to calibrate by; 30 and 15 are needed: "
        "add 7 unanswerable ones"
    )
    assert store.versions(built / "index") == ["000001"]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("own.jsonl", "--reset"),
        ("--reset", "--dry-run"),
        ("own.jsonl", "--false-answers", "1"),
        ("own.jsonl", "--false-answers", "-0.1"),
        ("own.jsonl", "--false-answers", "nan"),
    ],
)
def test_a_call_of_another_form_is_refused_before_anything_is_asked(arguments: tuple[str, ...]) -> None:
    result = run("calibrate", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "\nError: name a file" in result.stderr or "\nError: --false-answers=" in result.stderr


def test_a_set_with_a_collection_of_its_own_is_refused(built: Path) -> None:
    folder = built / "beir"
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text(json.dumps({"_id": "p", "title": "", "text": "a"}) + "\n")
    (folder / "queries.jsonl").write_text(json.dumps({"_id": "q", "text": "a"}) + "\n")
    (folder / "qrels/test.tsv").write_text("q\tp\t1\n")
    assert assert_one_line(run("calibrate", "beir"), 2) == (
        "alliance-qa: beir brings a collection of its own; calibrate by questions about your own index"
    )


def test_without_an_index_the_next_step_is_named(bridges_home: Path, workplace: Path) -> None:
    shutil.copy(bridges_home / "own.jsonl", workplace)
    for arguments in (("own.jsonl",), ("--reset",)):
        said = assert_one_line(run("calibrate", *arguments), 1)
        assert said == 'alliance-qa: no index in index; run "alliance-qa index" first'


def test_while_another_process_writes_it_is_told_and_nothing_changes(built: Path) -> None:
    with store.lock(built / "index"):
        said = assert_one_line(run("calibrate", "own.jsonl"), 75)
    assert said.startswith("alliance-qa: process ")
    assert store.versions(built / "index") == ["000001"]


def test_a_damaged_index_is_mended_first(built: Path) -> None:
    printed("calibrate", "own.jsonl")
    manifest = built / "index/generations/000002/manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b"Bridges", b"Brigdes") + b" ")
    result = run("calibrate", "own.jsonl")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines()[-1] == (
        "alliance-qa: index/generations/000002/manifest.json is damaged: it is not what its checksum says; "
        'run "alliance-qa index" to mend it'
    )


def test_what_was_rebuilt_otherwise_meanwhile_is_given_no_point(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = calibration.calibrate

    def overtaken(*given: Any, **named: Any) -> Any:
        other = settings_of(built).model_copy(update={"passage_tokens": 40})
        rebuild(other, WordEmbedder())
        return real(*given, **named)

    monkeypatch.setattr(calibration, "calibrate", overtaken)
    said = assert_one_line(run("calibrate", "own.jsonl"), 1)
    assert re.fullmatch(r"alliance-qa: index was split by sentencex \S+ into 40 tokens; this service uses .*", said)
    assert store.read_manifest(built / "index").operating_point is None


# The real model


@pytest.mark.model
def test_with_the_real_model_a_confidence_comes_closer_to_what_it_says(
    bridges_home: Path, workplace: Path, model: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("documents", "own.jsonl"):
        source = bridges_home / name
        shutil.copytree(source, workplace / name) if source.is_dir() else shutil.copy(source, workplace)
    monkeypatch.setattr(service, "load_embedder", lambda settings: model)
    monkeypatch.setattr(service, "load_reader", lambda settings: None)
    rebuild(settings_of(workplace), model)
    found = printed("calibrate", "own.jsonl")
    assert found["fitted"]["calibration_error"] < found["before"]["calibration_error"]
    assert found["fitted"]["false_answers"] == 0  # 0.05 of 16
    assert found["written"] == "000002"

"""`alliance-qa evaluate`: three forms of question sets, a table, JSON, a page, and limits."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from alliance_qa.service import service
from edges.collection import HOSTILE_SENTENCE, LIGHTHOUSE_SENTENCE
from edges.embedder import WordEmbedder
from edges.terminal import is_tame, run

BASE: dict[str, Any] = {
    "id": "q1",
    "kind": "when",
    "text": "When was the lighthouse of Ōshima lit for the first time?",
    "history": [],
    "answers": ["May 5, 1903"],
    "evidence": [LIGHTHOUSE_SENTENCE],
    "documents": ["notes on Ōshima.md"],
    "answerable": True,
    "reason": None,
    "standalone": None,
}
UNKNOWN = {"answers": [], "evidence": [], "documents": [], "answerable": False, "reason": "nothing_relevant"}
QUESTIONS = (
    BASE,
    BASE
    | {
        "id": "q2",
        "kind": "how_many",
        "text": "The gardener of Karuizawa planted how many maples in 1911?",
        "answers": ["40 maples"],
        "evidence": [HOSTILE_SENTENCE],
        "documents": ["gardens.txt"],
    },
    BASE
    | {
        "id": "q3",
        "kind": "follow_up",
        "text": "When was it lit for the first time?",
        "history": [
            {"role": "user", "content": "Where is the lighthouse of Ōshima?"},
            {"role": "assistant", "content": "Its keeper lived beside the tower."},
        ],
        "standalone": BASE["text"],
    },
    BASE
    | {
        "id": "q4",
        "kind": "document_fact",
        "text": "Who wrote Notes on the Lighthouse of Ōshima?",
        "answers": ["Ichiro Tanaka"],
        "evidence": ["author: Ichiro Tanaka"],
    },
    BASE | UNKNOWN | {"id": "q5", "kind": "off_topic", "text": "zebra volcano entropy"},
    BASE | {"id": "q6", "evidence": ["The lighthouse is red since May 5, 1903."]},
    BASE | {"id": "q7\x1b[31m", "documents": ["lost.md"]},
)


@pytest.fixture(autouse=True)
def words(monkeypatch: pytest.MonkeyPatch) -> None:
    """No model is loaded."""
    monkeypatch.setattr(service, "load_embedder", lambda _: WordEmbedder())
    monkeypatch.setattr(service, "load_reader", lambda _: None)


@pytest.fixture
def built(small_home: Path, workplace: Path) -> Path:
    """The working folder with documents/, an index/ and questions about them."""
    shutil.copytree(small_home, workplace, dirs_exist_ok=True)
    (workplace / "own.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in QUESTIONS), "utf-8")
    return workplace


def measured(*arguments: str) -> dict[str, Any]:
    result = run("evaluate", *arguments, "--json")
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_answers_and_refusals_are_judged(built: Path) -> None:
    found = measured("own.jsonl")
    assert (found["questions"], found["index_version"], found["model"]) == ("own.jsonl", "000001", "all-MiniLM-L6-v2")
    right = {entry["id"]: entry["right"] for entry in found["judged"]}
    assert right == {"q1": True, "q2": True, "q3": True, "q4": True, "q5": True, "q6": None, "q7\x1b[31m": None}
    assert found["total"]["answer_right"]["value"] == 1.0
    assert found["total"]["quotes_exact"]["value"] == 1.0
    assert found["total"]["false_answers_off_topic"] == {"value": 0.0, "count": 1, "low": 0.0, "high": 0.7935}
    assert found["by_kind"]["document_fact"]["right"]["value"] == 1.0
    assert found["total"]["follow_up_right"] == {"value": 0.0, "count": 1, "low": None, "high": None}


def test_a_fact_that_stands_in_no_passage_is_not_counted_as_not_found(built: Path) -> None:
    found = measured("own.jsonl")
    assert found["total"]["hit_at_1"]["count"] == 3
    assert {entry["id"]: entry["rank"] for entry in found["judged"]}["q4"] is None


def test_what_cannot_be_judged_is_named_and_not_counted(built: Path) -> None:
    found = measured("own.jsonl")
    assert found["total"]["unjudged"]["value"] == 2
    assert found["total"]["right"]["count"] == 5
    faults = [entry["fault"] for entry in found["judged"][-2:]]
    assert faults == [
        "sentence 1 of its evidence stands in none of its documents",
        "the index does not hold lost.md",
    ]


def test_the_terminal_shows_a_table(built: Path) -> None:
    result = run("evaluate", "own.jsonl")
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert lines[0] == "own.jsonl, generation 000001, all-MiniLM-L6-v2"
    assert lines[-1] == "q7[31m cannot be judged: the index does not hold lost.md"
    assert is_tame(result.stdout)
    assert any(line.startswith("all ") for line in lines)


def test_the_json_is_ascii(built: Path) -> None:
    result = run("evaluate", "own.jsonl", "--json")
    assert result.stdout.isascii()
    assert is_tame(result.stdout)


def test_the_page_is_written_and_the_documents_text_stays_text(built: Path) -> None:
    trap = BASE | UNKNOWN | {"id": "t", "kind": "near_miss", "text": QUESTIONS[1]["text"]}
    (built / "trap.jsonl").write_text(json.dumps(trap) + "\n")
    assert run("evaluate", "trap.jsonl", "--html", "report.html").exit_code == 0
    page = (built / "report.html").read_text("utf-8")
    assert "planted 40 maples &amp; &lt;script&gt;" in page
    assert "<script" not in page
    assert str(built) not in page


@pytest.mark.parametrize(
    ("limits", "code", "said"),
    [
        (("--fail-under", "answer_right=0.9", "--fail-over", "false_answers=0.05"), 0, ""),
        (("--fail-over", "unjudged=0"), 1, "alliance-qa: unjudged is 2, over 0\n"),
        (
            ("--fail-under", "right.list=0.5", "--fail-over", "answered.who=0", "--fail-over", "answer_right=0.5"),
            1,
            "alliance-qa: right.list cannot be measured on these questions\n"
            "alliance-qa: answered.who cannot be measured on these questions\n"
            "alliance-qa: answer_right is 1, over 0.5\n",
        ),
    ],
)
def test_a_limit_that_is_not_kept_is_one_line_and_exit_code_1(
    limits: tuple[str, ...], code: int, said: str, built: Path
) -> None:
    result = run("evaluate", "own.jsonl", *limits)
    assert result.exit_code == code
    assert "".join(line + "\n" for line in result.stderr.splitlines() if line.startswith("alliance-qa")) == said
    assert result.stdout.startswith("own.jsonl, ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--fail-under", "recall=1"), "'recall' is no measure; the measures are right, answered, answer_right, "),
        (("--fail-over", "right.all=1"), "'all' is no kind of question; the kinds are fact, paraphrase, "),
        (("--fail-under", "right"), "'right' sets no number; write right=0.9, for one"),
        (("--html", "nowhere/report.html"), "nowhere is no folder to write report.html to"),
        (("--limit", "0"), "Invalid value for '--limit'"),
    ],
)
def test_a_call_of_another_form_is_refused_before_anything_is_asked(arguments: tuple[str, ...], message: str) -> None:
    # There are no questions and no index here: they were not looked for.
    result = run("evaluate", "own.jsonl", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"\nError: {message}" in result.stderr


def test_a_bad_line_is_named_and_exit_code_2(built: Path) -> None:
    (built / "bad.jsonl").write_text(json.dumps(BASE) + "\n" + json.dumps(BASE | {"kind": "riddle\x1b"}) + "\n")
    result = run("evaluate", "bad.jsonl")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("alliance-qa: bad.jsonl, line 2: kind: input should be 'fact', ")
    assert result.stderr.count("\n") == 1
    assert is_tame(result.stderr)


def test_without_an_index_the_next_step_is_named(workplace: Path) -> None:
    (workplace / "own.jsonl").write_text(json.dumps(BASE) + "\n")
    result = run("evaluate", "own.jsonl")
    assert (result.exit_code, result.stderr) == (1, 'alliance-qa: no index in index; run "alliance-qa index" first\n')


def test_a_sample_is_asked(built: Path) -> None:
    assert len(measured("own.jsonl", "--limit", "3")["judged"]) == 3


CORPUS = (
    ("p#0", "Lighthouse of Ōshima", "The lighthouse of Ōshima was lit for the first time on May 5, 1903."),
    ("p#1", "Karuizawa", "The gardener of Karuizawa planted 40 maples in 1911."),
)


def test_passages_with_accepted_answers_are_indexed_beside_the_index_in_use(built: Path) -> None:
    folder = built / "public"
    folder.mkdir()
    before = (built / "index" / "CURRENT").read_bytes()
    corpus = [{"id": id_, "title": title, "text": text} for id_, title, text in CORPUS]
    asked = {"history": [], "answers": ["40 maples"], "relevant": ["p#1"], "answerable": True}
    queries = [
        asked | {"id": "a", "text": "How many maples did the gardener of Karuizawa plant?"},
        asked | {"id": "b", "text": "How many maples did the gardener plant?", "answers": ["90 oaks"]},
        {"id": "c", "text": "zebra volcano?", "history": [], "answers": [], "relevant": [], "answerable": False},
    ]
    for name, lines in (("corpus", corpus), ("queries", queries)):
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / f"{name}.jsonl.gz").write_bytes(gzip.compress(text.encode()))
    found = measured("public")
    assert [(j["id"], j["right"], j["rank"], j["fault"]) for j in found["judged"]] == [
        ("a", True, 1, None),
        ("b", None, None, "none of its answers stands in its documents"),
        ("c", True, None, None),
    ]
    assert (built / "index" / "CURRENT").read_bytes() == before


def test_of_beirs_form_retrieval_is_measured(workplace: Path) -> None:
    folder = workplace / "beir"
    (folder / "qrels").mkdir(parents=True)
    corpus = [{"_id": id_, "title": title, "text": text} for id_, title, text in CORPUS]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(line) + "\n" for line in corpus))
    (folder / "queries.jsonl").write_text(json.dumps({"_id": "a", "text": "lighthouse first lit"}) + "\n")
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\na\tp#0\t1\na\tp#1\t2\n")
    found = measured("beir", "--html", "beir.html")
    assert (folder.parent / "beir.html").is_file()
    assert set(found["total"]) == {
        *(f"hit_at_{depth}" for depth in (1, 3, 5, 10)),
        *("mrr_at_10", "ndcg_at_10", "ms_p50", "ms_p95", "ms_p99", "unjudged"),
    }
    # found 1, 2 of the grades 2, 1
    assert found["total"]["ndcg_at_10"]["value"] == pytest.approx((1 + 2 / 1.58496) / (2 + 1 / 1.58496), abs=1e-4)

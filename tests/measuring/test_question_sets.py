"""Question sets are read in three forms, and what is wrong is named with its line."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from alliance_qa.domain import Reason, Turn
from alliance_qa.errors import QuestionError
from alliance_qa.measuring.judgement import Kind, LabelledQuestion
from alliance_qa.measuring.question_sets import Source, read, sample

ROOT = Path(__file__).resolve().parents[2]

OWN: dict[str, Any] = {
    "id": "q1",
    "kind": "follow_up",
    "text": "When was it signed?",
    "history": [{"role": "user", "content": "What is the treaty?"}, {"role": "assistant", "content": "A pact."}],
    "answers": ["January 19, 1960"],
    "evidence": ["It was signed on January 19, 1960."],
    "documents": ["treaty.md"],
    "answerable": True,
    "reason": None,
    "standalone": "When was the treaty signed?",
}
NOTHING = {"answers": [], "evidence": [], "documents": [], "answerable": False}


def own(folder: Path, *lines: dict[str, Any] | str | bytes) -> Path:
    path = folder / "own.jsonl"
    parts = [
        line if isinstance(line, bytes) else (line if isinstance(line, str) else json.dumps(line)).encode()
        for line in lines
    ]
    path.write_bytes(b"\n".join(parts) + b"\n")
    return path


def lines(path: Path, *entries: dict[str, Any]) -> None:
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries), "utf-8")


def packed(path: Path, *entries: dict[str, Any]) -> None:
    path.write_bytes(gzip.compress("".join(json.dumps(entry) + "\n" for entry in entries).encode()))


def said(path: Path) -> str:
    with pytest.raises(QuestionError) as caught:
        read(path)
    return str(caught.value)


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    """A folder of BEIR's form."""
    lines(
        tmp_path / "corpus.jsonl",
        {"_id": "d1", "title": "One", "text": "First.", "metadata": {}},
        {"_id": "d2", "title": "", "text": "Second."},
    )
    lines(tmp_path / "queries.jsonl", {"_id": "a", "text": "which?"}, {"_id": "b", "text": "not judged"})
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\na\td2\t2\na\td1\t0\n")
    return tmp_path


@pytest.fixture
def passages(tmp_path: Path) -> Path:
    """A folder of passages with accepted answers."""
    packed(tmp_path / "corpus.jsonl.gz", {"id": "p#0", "title": "One", "text": "It was 1990."})
    base = {"history": [], "relevant": ["p#0"]}
    packed(
        tmp_path / "queries.jsonl.gz",
        base | {"id": "a", "text": "when?", "answers": ["1990"], "answerable": True, "history": ["what?"]},
        base | {"id": "b", "text": "who?", "answers": [], "answerable": False},
    )
    return tmp_path


def test_our_own_form_is_read(tmp_path: Path) -> None:
    found = read(own(tmp_path, OWN, OWN | NOTHING | {"id": "q2", "kind": "off_topic", "reason": "nothing_relevant"}))
    assert (found.name, found.sources) == ("own.jsonl", None)
    assert found.questions[0] == LabelledQuestion(
        id="q1",
        kind=Kind.FOLLOW_UP,
        text="When was it signed?",
        answerable=True,
        history=(Turn("user", "What is the treaty?"), Turn("assistant", "A pact.")),
        answers=("January 19, 1960",),
        evidence=("It was signed on January 19, 1960.",),
        documents=("treaty.md",),
        standalone="When was the treaty signed?",
    )
    assert found.questions[1].reason is Reason.NOTHING_RELEVANT


def test_the_shipped_questions_are_of_our_form() -> None:
    assert [len(read(ROOT / "questions" / name).questions) for name in ("tuning.jsonl", "test.jsonl")] == [120, 120]


def test_beirs_form_is_read(beir: Path) -> None:
    found = read(beir)
    assert found.sources == (Source("00000001.txt", "One", "First."), Source("00000002.txt", "", "Second."))
    assert found.questions == (
        LabelledQuestion("a", Kind.OTHER, "which?", True, documents=("00000002.txt",), grades=(2,)),
    )
    assert not found.questions[0].has_answers


def test_of_several_judgements_the_test_half_is_taken(beir: Path) -> None:
    (beir / "qrels" / "train.tsv").write_text("query-id\tcorpus-id\tscore\nb\td1\t1\n")
    assert [question.id for question in read(beir).questions] == ["a"]
    (beir / "qrels" / "test.tsv").rename(beir / "qrels" / "dev.tsv")
    assert [question.id for question in read(beir).questions] == ["a", "b"]


def test_passages_with_accepted_answers_are_read(passages: Path) -> None:
    found = read(passages)
    assert found.sources == (Source("00000001.txt", "One", "It was 1990."),)
    assert found.questions == (
        LabelledQuestion(
            "a",
            Kind.OTHER,
            "when?",
            True,
            history=(Turn("user", "what?"),),
            answers=("1990",),
            documents=("00000001.txt",),
        ),
        LabelledQuestion("b", Kind.NEAR_MISS, "who?", False),
    )


def test_a_sample_is_the_same_every_time_and_in_order(tmp_path: Path) -> None:
    found = read(own(tmp_path, *(OWN | {"id": f"q{n:02}"} for n in range(30))))
    ids = [question.id for question in sample(found, 10, seed=1).questions]
    assert len(ids) == 10
    assert ids == sorted(ids) == [question.id for question in sample(found, 10, seed=1).questions]
    assert ids != [question.id for question in sample(found, 10, seed=2).questions]
    assert sample(found, 30, seed=1) == found


def test_a_sample_keeps_all_passages(passages: Path) -> None:
    found = sample(read(passages), 1, seed=1)
    assert (len(found.questions), len(found.sources or ())) == (1, 1)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "invalid JSON: EOF while parsing an object at line 1 column 1"),
        ("", "invalid JSON: EOF while parsing a value at line 1 column 0"),
        ({**OWN, "kind": "riddle"}, "kind: input should be 'fact', 'paraphrase', "),
        ({**OWN, "answerable": 1}, "answerable: input should be a valid boolean"),
        ({**OWN, "extra": 1}, "extra: extra inputs are not permitted"),
        ({name: OWN[name] for name in OWN if name != "evidence"}, "evidence: field required"),
        ({**OWN, "evidence": [""]}, "evidence: 0: string should have at least 1 character"),
        ({**OWN, "text": " "}, "text: string should match pattern"),
        ({**OWN, "history": [{"role": "judge", "content": "x"}]}, "history: 0: role: input should be 'user' or"),
        ({**OWN, "evidence": []}, "an answerable question needs answers, evidence and documents"),
        ({**OWN, "answerable": False}, "a question that is not answerable has no answers, evidence or documents"),
        ({**OWN, "reason": "nothing_relevant"}, "an answerable question has no reason to be refused"),
        ({**OWN, "kind": "near_miss"}, "a question of kind near_miss is not answerable"),
        (b'{"id": "\xff"}', "byte 8 is not valid UTF-8"),
        ('{"id": "\\ud800"}', "invalid JSON: "),
    ],
)
def test_a_bad_line_is_named(line: dict[str, Any] | str | bytes, message: str, tmp_path: Path) -> None:
    path = own(tmp_path, {**OWN, "id": "q0"}, line)
    assert said(path).startswith(f"{path}, line 2: {message}")
    assert "\n" not in said(path)


def test_an_id_stands_once(tmp_path: Path) -> None:
    path = own(tmp_path, OWN, OWN)
    assert said(path) == f"{path}: the id 'q1' stands there more than once"


def test_a_byte_order_mark_does_not_disturb(tmp_path: Path) -> None:
    path = own(tmp_path, OWN)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read(path).questions[0].id == "q1"


def test_what_is_no_set_is_named(tmp_path: Path) -> None:
    assert said(tmp_path / "no.jsonl") == f"{tmp_path / 'no.jsonl'} does not exist"
    assert said(tmp_path / "no.csv") == f"{tmp_path / 'no.csv'} is no question set; name a .jsonl file or a folder"
    assert said(tmp_path).startswith(f"{tmp_path} holds no question set; it needs corpus.jsonl, queries.jsonl and ")
    (tmp_path / "empty.jsonl").write_text("")
    assert said(tmp_path / "empty.jsonl") == f"{tmp_path / 'empty.jsonl'} holds no question"


@pytest.mark.parametrize("row", ["a\td2", "a\td2\tgood", "a d2 1"])
def test_a_bad_judgement_is_named(row: str, beir: Path) -> None:
    path = beir / "qrels" / "test.tsv"
    path.write_text(f"query-id\tcorpus-id\tscore\n{row}\n")
    assert said(beir) == f"{path}, line 2: needs query-id, corpus-id, score, parted by tabs"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a\td9\t1", "'d9' is not in corpus.jsonl; mend the set"),
        ("z\td1\t1", "'z' is not in queries.jsonl; mend the set"),
    ],
)
def test_a_judgement_of_what_is_not_there_is_named(row: str, message: str, beir: Path) -> None:
    (beir / "qrels" / "test.tsv").write_text(f"{row}\n")
    assert said(beir) == f"{beir / 'qrels'}: {message}"


def test_a_folder_without_judgements_is_named(beir: Path) -> None:
    (beir / "qrels" / "test.tsv").unlink()
    assert said(beir) == f"{beir / 'qrels'} holds no .tsv file; BEIR keeps its judgements there"


def test_a_relevant_passage_that_is_not_there_is_named(passages: Path) -> None:
    path = passages / "queries.jsonl.gz"
    packed(path, {"id": "a", "text": "?!", "history": [], "answers": ["x"], "relevant": ["p#9"], "answerable": True})
    assert said(passages) == f"{path}, line 1: relevant: 'p#9' is not in corpus.jsonl.gz"


@pytest.mark.parametrize("damage", [b"no gzip", gzip.compress(b"x" * 1000, mtime=0)[:-9]])
def test_a_damaged_file_is_named(damage: bytes, passages: Path) -> None:
    (passages / "corpus.jsonl.gz").write_bytes(damage)
    assert said(passages).startswith(f"{passages / 'corpus.jsonl.gz'} cannot be read (")

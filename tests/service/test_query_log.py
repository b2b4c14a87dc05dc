"""Claims about the log of questions."""

from __future__ import annotations

import logging
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from alliance_qa.errors import QueryLogError
from alliance_qa.service import query_log
from alliance_qa.service.query_log import Asked, Entry, Figures, QueryLog, Refused

NOW = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
TODAY = NOW.date()
ASKED = Asked(
    answer_id="0" * 32,
    conversation_id="f" * 32,
    at=NOW,
    question="Und wann?",
    resolved="Wann wurde das “Bündnis” 同盟 \U0001f6a2 geschlossen?",
    reason=None,
    confidence=0.75,
    took_ms=40,
    index_version="000001",
    documents=("a.md", "ō.md"),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "questions.sqlite"


@pytest.fixture
def log(path: Path) -> Iterator[QueryLog]:
    opened = QueryLog(path, 30)
    yield opened
    opened.close()


def asked(number: int, **changes: object) -> Asked:
    return replace(ASKED, answer_id=f"{number:032x}", **changes)  # type: ignore[arg-type]


def everything(path: Path) -> bytes:
    """The bytes of the file and of what SQLite keeps beside it."""
    return b"".join(found.read_bytes() for found in path.parent.iterdir())


def test_a_question_comes_back_as_it_was_recorded(log: QueryLog) -> None:
    log.record(ASKED)
    assert log.questions(1, TODAY) == (Entry(ASKED, None, None),)


def test_no_column_could_tell_who_asked(log: QueryLog, path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        columns = {row[1] for row in connection.execute("PRAGMA table_info(asked)")}
    assert columns == {*Asked.__dataclass_fields__, "rating", "comment"}


def test_questions_come_newest_first_and_no_more_than_wanted(log: QueryLog) -> None:
    for number in range(5):
        log.record(asked(number, at=NOW - timedelta(minutes=number)))
    assert [entry.asked.answer_id[-1] for entry in log.questions(1, TODAY, 3)] == ["0", "1", "2"]


def test_the_latest_rating_counts(log: QueryLog) -> None:
    log.record(ASKED)
    assert log.rate(ASKED.answer_id, "down", "Wrong year")
    assert log.rate(ASKED.answer_id, "up", None)
    assert log.questions(1, TODAY) == (Entry(ASKED, "up", None),)


def test_an_unknown_answer_is_not_rated(log: QueryLog) -> None:
    log.record(ASKED)
    assert not log.rate("1" * 32, "up", None)
    assert log.questions(1, TODAY)[0].rating is None


def test_a_rating_is_up_or_down(log: QueryLog) -> None:
    with pytest.raises(ValueError, match="'sideways'"):
        log.rate(ASKED.answer_id, "sideways", None)


def test_the_summary_counts_each_day_of_utc_and_names_empty_ones(log: QueryLog) -> None:
    yesterday = NOW - timedelta(days=1)
    log.record(asked(1, at=NOW.replace(hour=0), took_ms=10))
    log.record(asked(2, at=NOW.replace(hour=23, minute=59, second=59), took_ms=30, reason="nothing_relevant"))
    log.record(asked(3, took_ms=20, reason="related_but_not_stated"))
    log.record(asked(4, took_ms=400, reason="related_but_not_stated"))
    log.record(asked(5, at=yesterday, took_ms=7))
    log.record(asked(6, at=NOW - timedelta(days=3), took_ms=9))  # outside the range
    log.rate(f"{1:032x}", "up", None)
    log.rate(f"{2:032x}", "down", "No")
    found = log.summary(3, TODAY)
    refused = {"related_but_not_stated": 2, "nothing_relevant": 1}
    assert found.days == (
        (TODAY - timedelta(days=2), Figures(0, {}, 0, None, None, 0, 0)),
        (TODAY - timedelta(days=1), Figures(1, {}, 0, 7, 7, 0, 0)),
        (TODAY, Figures(1, refused, 0, 20, 400, 1, 1)),
    )
    assert found.total == Figures(2, refused, 0, 20, 400, 1, 1)
    assert list(found.total.refused) == ["related_but_not_stated", "nothing_relevant"]
    assert (found.total.asked, found.total.answered_share) == (5, 0.4)
    assert found.days[0][1].answered_share is None


@pytest.mark.parametrize(
    ("count", "p50", "p95"), [(1, 1, 1), (2, 1, 2), (20, 10, 19), (21, 11, 20), (100, 50, 95), (101, 51, 96)]
)
def test_percentiles_are_of_the_nearest_rank(count: int, p50: int, p95: int, log: QueryLog) -> None:
    for number in range(count):
        log.record(asked(number, took_ms=count - number))
    total = log.summary(1, TODAY).total
    assert (total.p50_ms, total.p95_ms) == (p50, p95)


def test_a_day_of_utc_is_one_wherever_the_question_was_asked(log: QueryLog) -> None:
    log.record(asked(1, at=datetime.fromisoformat(f"{TODAY}T03:00:00+09:00")))
    assert [figures.asked for _, figures in log.summary(2, TODAY).days] == [1, 0]


def test_small_talk_is_neither_a_question_nor_a_refusal(log: QueryLog) -> None:
    log.record(asked(1, took_ms=40))
    log.record(asked(2, took_ms=60, reason="nothing_relevant", resolved="Who was he?"))
    log.record(asked(3, took_ms=2, reason="small_talk", resolved="hello"))
    log.rate(f"{3:032x}", "up", None)
    total = log.summary(1, TODAY).total
    assert total == Figures(1, {"nothing_relevant": 1}, 1, 40, 60, 1, 0)
    assert (total.asked, total.answered_share) == (2, 0.5)
    assert log.refused(1, TODAY) == (Refused("Who was he?", "nothing_relevant", NOW, f"{2:032x}"),)
    assert [entry.asked.reason for entry in log.questions(1, TODAY)] == ["small_talk", "nothing_relevant", None]


def test_the_refused_are_as_searched_newest_first(log: QueryLog) -> None:
    log.record(asked(1))
    log.record(asked(2, reason="nothing_relevant", resolved="Who was he?"))
    log.record(asked(3, reason="unclear_question", resolved="Ships?", at=NOW + timedelta(seconds=1)))
    assert log.refused(1, TODAY) == (
        Refused("Ships?", "unclear_question", NOW + timedelta(seconds=1), f"{3:032x}"),
        Refused("Who was he?", "nothing_relevant", NOW, f"{2:032x}"),
    )


def test_what_is_forgotten_leaves_the_files_with_its_comment(log: QueryLog, path: Path) -> None:
    old, new = "A question of a private kind", "A question that stays"
    log.record(asked(1, at=NOW - timedelta(days=29), question=old, resolved=old))
    log.record(asked(2, question=new))
    log.rate(f"{1:032x}", "down", "a telling comment")
    assert all(text in everything(path) for text in (old.encode(), b"a telling comment", new.encode()))
    assert log.forget(NOW + timedelta(days=1, seconds=1)) == 1
    assert [text in everything(path) for text in (old.encode(), b"a telling comment", new.encode())] == [
        False,
        False,
        True,
    ]
    assert [entry.asked.question for entry in log.questions(60, TODAY)] == [new]


def test_a_question_is_kept_for_the_whole_time(log: QueryLog) -> None:
    log.record(ASKED)
    assert log.forget(NOW + timedelta(days=30)) == 0
    assert log.forget(NOW + timedelta(days=30, milliseconds=1)) == 1


def test_what_is_too_old_is_forgotten_when_the_file_is_opened(log: QueryLog, path: Path) -> None:
    log.record(asked(1, at=NOW - timedelta(days=9)))
    log.record(asked(2))
    log.close()
    with closing(QueryLog(path, 7)) as opened:
        assert [entry.asked.answer_id[-1] for entry in opened.questions(30, TODAY)] == ["2"]


def test_a_service_that_nobody_asks_forgets_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query_log, "_FORGET_SECONDS", 0.01)
    with closing(QueryLog(path, 30)) as opened:
        opened.record(asked(1, at=NOW - timedelta(days=31)))
        for _ in range(500):
            if not opened.questions(60, TODAY):
                break
            threading.Event().wait(0.01)
        assert opened.questions(60, TODAY) == ()


@pytest.mark.parametrize("days", [0, -1, 3_651])
def test_the_retention_time_is_bounded(days: int, path: Path) -> None:
    with pytest.raises(ValueError, match=f"not {days}"):
        QueryLog(path, days)
    assert not path.exists()


@pytest.mark.parametrize("mode", [None, 0o644])
def test_only_its_owner_can_read_the_log(mode: int | None, path: Path) -> None:
    if mode is not None:
        path.touch(mode)
    with closing(QueryLog(path, 30)) as opened:
        opened.record(ASKED)
        modes = {found.name: stat.S_IMODE(found.stat().st_mode) for found in path.parent.iterdir()}
    assert modes == {path.name + end: 0o600 for end in ("", "-wal", "-shm")}


def test_a_log_is_opened_again_with_what_it_holds(log: QueryLog, path: Path) -> None:
    log.record(ASKED)
    log.close()
    with closing(QueryLog(path, 30)) as opened:
        assert opened.questions(1, TODAY) == (Entry(ASKED, None, None),)


def test_an_empty_file_becomes_a_log(path: Path) -> None:
    path.touch()
    with closing(QueryLog(path, 30)) as opened:
        opened.record(ASKED)
        assert len(opened.questions(1, TODAY)) == 1


def _other_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE accounts (name TEXT)")


def _newer(path: Path) -> None:
    QueryLog(path, 30).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 2")


def _without_its_table(path: Path) -> None:
    QueryLog(path, 30).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE asked")


def _damaged(path: Path) -> None:
    QueryLog(path, 30).close()
    path.write_bytes(path.read_bytes()[:100] + b"\xff" * 8_000)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.write_text("Dear diary,\n" * 100), "is damaged or no log of questions"),
        (_damaged, "is damaged or no log of questions"),
        (_other_database, "is no log of questions; name another file in ALLIANCE_QA_QUERY_LOG"),
        (_newer, "was made by a newer version (format 2, this one knows 1)"),
        (_without_its_table, "cannot be used now (no such table: asked)"),
        (lambda path: path.mkdir(), "cannot be opened (Is a directory)"),
    ],
)
def test_what_is_no_log_of_ours_is_named_and_left_alone(
    spoil: Callable[[Path], object], message: str, path: Path
) -> None:
    spoil(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(QueryLogError) as caught:
        QueryLog(path, 30)
    assert str(caught.value).startswith(f"{path} {message}")
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(QueryLogError, match=r"none/q\.sqlite cannot be opened \(No such file or directory\)"):
        QueryLog(tmp_path / "none" / "q.sqlite", 30)


def test_a_question_that_cannot_be_written_is_counted_and_never_raised(
    log: QueryLog, path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    log._writing.execute("PRAGMA busy_timeout = 20")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with caplog.at_level(logging.ERROR):
            log.record(ASKED)
        with pytest.raises(QueryLogError, match=r"cannot be used now \(database is locked\)"):
            log.rate(ASKED.answer_id, "up", None)
        other.execute("ROLLBACK")
    assert (log.faults, log.questions(1, TODAY)) == (1, ())
    assert "was not written" in caplog.text
    assert ASKED.question not in caplog.text
    log.record(ASKED)
    assert (log.faults, len(log.questions(1, TODAY))) == (1, 1)


def test_a_full_disk_costs_the_question_but_not_the_log(log: QueryLog) -> None:
    pages = log._writing.execute("PRAGMA page_count").fetchone()[0]
    log._writing.execute(f"PRAGMA max_page_count = {pages}")
    log.record(asked(1, question="x" * 100_000))
    assert log.faults == 1
    log._writing.execute("PRAGMA max_page_count = 1000000")
    log.record(asked(2))
    assert [entry.asked.answer_id[-1] for entry in log.questions(1, TODAY)] == ["2"]


@pytest.mark.parametrize("reason", ["a lone surrogate", "the log is closed", "the answer is there already"])
def test_no_fault_of_a_question_reaches_the_visitor(reason: str, log: QueryLog) -> None:
    entry = ASKED
    if reason == "a lone surrogate":
        entry = asked(1, question="\ud800")
    elif reason == "the log is closed":
        log.close()
    else:
        log.record(ASKED)
    log.record(entry)
    assert log.faults == 1


def test_several_threads_and_two_openings_write_at_once(log: QueryLog, path: Path) -> None:
    with closing(QueryLog(path, 30)) as second:

        def write(opened: QueryLog, first: int) -> None:
            for number in range(first, first + 50):
                opened.record(asked(number))
                opened.rate(f"{number:032x}", "up", None)
                opened.summary(1, TODAY)

        threads = [threading.Thread(target=write, args=(each, 50 * at)) for at, each in enumerate([log, second] * 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        total = second.summary(1, TODAY).total
        assert (total.answered, total.up, log.faults + second.faults) == (200, 200, 0)


def test_a_range_ends_with_the_day_that_was_named(log: QueryLog) -> None:
    log.record(asked(1, at=datetime(2026, 3, 1, 23, 59, 59, 999_000, UTC)))
    assert [log.summary(1, date(2026, 3, day)).total.asked for day in (1, 2)] == [1, 0]
    assert log.summary(2, date(2026, 3, 2)).total.asked == 1


@pytest.mark.parametrize("beside", [False, True])
def test_a_file_that_was_moved_away_is_whole_and_the_next_question_begins_a_new_one(
    beside: bool, log: QueryLog, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log.record(asked(1))
    for suffix in ["", *["-wal", "-shm"] * beside]:
        path.with_name(f"{path.name}{suffix}").rename(path.with_name(f"rotated.sqlite{suffix}"))
    log.record(asked(2))
    assert log.rate(asked(1).answer_id, "up", None) is False
    assert log.rate(asked(2).answer_id, "up", None) is True
    assert [entry.asked for entry in log.questions(1, TODAY)] == [asked(2)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert log.faults == 0
    assert caplog.text.count("was moved or deleted; a new log of questions was begun") == 1
    with closing(QueryLog(path.with_name("rotated.sqlite"), 30)) as rotated:
        assert [entry.asked for entry in rotated.questions(1, TODAY)] == [asked(1)]


def test_a_file_that_was_deleted_leaves_nothing_behind(log: QueryLog, path: Path) -> None:
    log.record(asked(1, question="xylographqz"))
    path.unlink()
    assert log.questions(1, TODAY) == ()
    assert b"xylographqz" not in everything(path)
    log.record(asked(2))
    assert [entry.asked for entry in log.questions(1, TODAY)] == [asked(2)]


def test_while_there_is_no_folder_questions_are_counted_and_then_kept_again(log: QueryLog, path: Path) -> None:
    away = path.parent.with_name("away")
    path.parent.rename(away)
    log.record(asked(1))
    log.record(asked(2))
    assert log.faults == 2
    with pytest.raises(QueryLogError, match="cannot be opened"):
        log.questions(1, TODAY)
    path.parent.mkdir()
    log.record(asked(3))
    assert [entry.asked for entry in log.questions(1, TODAY)] == [asked(3)]
    assert log.faults == 2


def test_a_file_put_in_its_place_by_another_is_taken(log: QueryLog, path: Path) -> None:
    other = path.with_name("other.sqlite")
    with closing(QueryLog(other, 30)) as opened:
        opened.record(asked(7))
    other.rename(path)
    log.record(asked(8))
    assert [entry.asked for entry in log.questions(1, TODAY)] == [asked(8), asked(7)]

"""What visitors send to the keeper is kept apart, for its time, and leaves the file then."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alliance_qa.errors import MessagesError
from alliance_qa.service.messages import Message, Messages

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
SENT = Message("a" * 32, NOW, "Who kept the bees?", "nothing_relevant", "ann@example.org")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "messages.sqlite"


def test_what_is_sent_is_read_the_newest_first_and_the_latest_word_counts(path: Path) -> None:
    messages = Messages(path, 90)
    earlier = Message("b" * 32, NOW - timedelta(days=3), "Who?", "unclear_question", None)
    for message in (Message("a" * 32, NOW, "Who kept the bees?", "nothing_relevant", None), earlier, SENT):
        messages.send(message)
    assert messages.all(30, NOW.date()) == (SENT, earlier)
    assert messages.all(2, NOW.date()) == (SENT,)
    assert messages.all(30, NOW.date() - timedelta(days=1)) == (earlier,)
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_a_keeper_deletes_leaves_the_file_and_the_others_stay(path: Path) -> None:
    messages = Messages(path, 90)
    other = Message("b" * 32, NOW, "Who?", "unclear_question", "bo@example.org")
    messages.send(SENT)
    messages.send(other)
    assert (messages.delete("a" * 32), messages.delete("a" * 32), messages.delete("%")) == (True, False, False)
    assert messages.all(30, NOW.date()) == (other,)
    assert b"ann@example.org" not in path.read_bytes()


def test_what_is_too_old_leaves_the_file(path: Path) -> None:
    messages = Messages(path, 90)
    messages.send(SENT)
    assert b"ann@example.org" in path.read_bytes()
    assert messages.forget(NOW + timedelta(days=90)) == 0
    assert messages.forget(NOW + timedelta(days=90, seconds=1)) == 1
    assert messages.all(3650, NOW.date()) == ()
    assert b"ann@example.org" not in path.read_bytes()
    assert b"bees" not in path.read_bytes()


def test_another_file_is_left_alone(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE mine (a)")
    before = path.read_bytes()
    with pytest.raises(MessagesError, match="is no file of messages; name another in ALLIANCE_QA_MESSAGES"):
        Messages(path, 90)
    assert path.read_bytes() == before
    path.write_text("no database at all" * 100)
    with pytest.raises(MessagesError, match="cannot be used"):
        Messages(path, 90)
    with pytest.raises(MessagesError, match="cannot be used"):
        Messages(path / "below", 90)

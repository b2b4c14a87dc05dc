"""Questions that visitors sent to the keeper after a refusal, with the address for a reply where they typed one.

They lie in a SQLite file of their own, apart from the log of questions, and are kept as long as the settings say.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from alliance_qa.errors import MessagesError

_APPLICATION = 0x41514D31  # "AQM1"; marks the file as ours
_BUSY_SECONDS = 2.0
_MOST = 50_000
_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS sent (
    answer_id TEXT PRIMARY KEY,
    at INTEGER NOT NULL, -- milliseconds since 1970, UTC
    question TEXT NOT NULL,
    reason TEXT NOT NULL,
    reply_to TEXT
);
PRAGMA application_id = {_APPLICATION};
COMMIT;
"""


@dataclass(frozen=True, slots=True)
class Message:
    """A refused question that a visitor sent to the keeper."""

    answer_id: str
    at: datetime  # when it was sent, with a time zone
    question: str  # as searched
    reason: str
    reply_to: str | None  # an address of e-mail


class Messages:
    """The file of what was sent. Safe to use from several threads and processes: each call opens it anew."""

    def __init__(self, path: Path, days: int) -> None:
        """Make the file where there is none, readable for its owner alone, and forget what is too old.

        Args:
            path: The file.
            days: How long a message is kept.

        Raises:
            MessagesError: It cannot be opened, or is no file of messages.
        """
        self._path, self._days = path, days
        self.forget(datetime.now(UTC))

    def send(self, message: Message) -> None:
        """Keep a message; the latest about an answer counts.

        Raises:
            MessagesError: The file cannot be written.
        """
        with self._opened() as file:
            file.execute(
                "INSERT OR REPLACE INTO sent VALUES (?, ?, ?, ?, ?)",
                (message.answer_id, _milliseconds(message.at), message.question, message.reason, message.reply_to),
            )

    def all(self, days: int, today: date) -> tuple[Message, ...]:
        """Return the latest 50,000 messages of the `days` days that end with `today`, newest first.

        Raises:
            MessagesError: The file cannot be read.
        """
        first, after = today - timedelta(days=days - 1), today + timedelta(days=1)
        bounds = [_milliseconds(datetime.combine(day, time(), UTC)) for day in (first, after)]
        with self._opened() as file:
            rows = file.execute(
                "SELECT answer_id, at, question, reason, reply_to FROM sent WHERE at >= ? AND at < ?"
                " ORDER BY at DESC LIMIT ?",
                (*bounds, _MOST),
            ).fetchall()
        return tuple(Message(id_, datetime.fromtimestamp(at / 1000, UTC), *rest) for id_, at, *rest in rows)

    def delete(self, answer_id: str) -> bool:
        """Delete what was sent about an answer from the file itself. Returns whether it was there.

        Raises:
            MessagesError: The file cannot be written.
        """
        with self._opened() as file:
            return file.execute("DELETE FROM sent WHERE answer_id = ?", (answer_id,)).rowcount > 0

    def forget(self, now: datetime) -> int:
        """Delete what is older than the retention time from the file itself. Returns how many there were.

        Raises:
            MessagesError: The file cannot be written.
        """
        with self._opened() as file:
            oldest = _milliseconds(now - timedelta(days=self._days))
            return file.execute("DELETE FROM sent WHERE at < ?", (oldest,)).rowcount

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        path = self._path
        try:
            # SQLite would make it readable for others.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            with closing(sqlite3.connect(path, timeout=_BUSY_SECONDS)) as file:
                file.execute("PRAGMA secure_delete = ON")  # deleted text is overwritten
                is_new = not file.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
                if not is_new and file.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION:
                    raise MessagesError(f"{path} is no file of messages; name another in ALLIANCE_QA_MESSAGES")
                if is_new:
                    file.executescript(_SCHEMA)
                with file:
                    yield file
        except (OSError, sqlite3.Error) as error:
            raise MessagesError(f"{path} cannot be used ({error}); see ALLIANCE_QA_MESSAGES") from error


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)

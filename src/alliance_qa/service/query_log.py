"""The log of questions: what was asked, what became of it and how it was rated, in one SQLite file.

It holds no address and no browser's name. What is older than the retention time leaves the file itself.
"""

from __future__ import annotations

import json
import logging
import math
import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal

from alliance_qa.domain import Reason
from alliance_qa.errors import QueryLogError

_log = logging.getLogger(__name__)

MOST_DAYS = 3_650
RATINGS = ("up", "down")

_APPLICATION = 0x41514C31  # "AQL1"; marks the file as ours
_VERSION = 1
_BUSY_SECONDS = 1.0  # a visitor waits this long at most for another process that writes
_FORGET_SECONDS = 3_600.0
_MOST_REFUSED = 50_000
_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS asked (
    answer_id TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL,
    at INTEGER NOT NULL, -- milliseconds since 1970, UTC
    question TEXT NOT NULL,
    resolved TEXT NOT NULL,
    reason TEXT, -- NULL: answered
    confidence REAL NOT NULL,
    took_ms INTEGER NOT NULL,
    index_version TEXT NOT NULL,
    documents TEXT NOT NULL, -- a JSON list of the ids cited
    rating TEXT CHECK (rating IN ('up', 'down')),
    comment TEXT
);
CREATE INDEX IF NOT EXISTS asked_at ON asked (at);
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {_VERSION};
COMMIT;
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what became of it."""

    answer_id: str
    conversation_id: str
    at: datetime  # with a time zone
    question: str
    resolved: str  # as searched, after a follow-up was resolved
    reason: str | None  # why it was refused, or small talk; None: it was answered
    confidence: float  # in [0, 1]
    took_ms: int
    index_version: str
    documents: tuple[str, ...]  # ids of the documents cited


@dataclass(frozen=True, slots=True)
class Entry:
    """A question as it is kept, with what was said of its answer."""

    asked: Asked
    rating: Literal["up", "down"] | None
    comment: str | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A question that was not answered. Small talk is none."""

    question: str  # as searched, after a follow-up was resolved
    reason: str
    at: datetime
    answer_id: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """What some days came to."""

    answered: int
    refused: Mapping[str, int]  # by reason, the most frequent first
    small_talk: int  # greetings, thanks and the like: neither asked, answered nor refused
    p50_ms: int | None  # of the time to an answer or a refusal; None where nothing was asked
    p95_ms: int | None
    up: int
    down: int

    @property
    def asked(self) -> int:
        """How many questions were asked."""
        return self.answered + sum(self.refused.values())

    @property
    def answered_share(self) -> float | None:
        """The share of the questions that were answered, in [0, 1]; None where nothing was asked."""
        return self.answered / self.asked if self.asked else None


@dataclass(frozen=True, slots=True)
class Summary:
    """What was asked in a range of days, which are days of UTC."""

    days: tuple[tuple[date, Figures], ...]  # every day of the range, oldest first
    total: Figures


class QueryLog:
    """An open log of questions. Safe to use from several threads and processes.

    It follows its name: where the file was moved away or deleted, the next question begins a new one.

    Attributes:
        faults: How many questions could not be written since it was opened.
    """

    def __init__(self, path: Path, days: int) -> None:
        """Open the file, make it where there is none, and forget what is too old.

        Args:
            path: The file. It is made readable for its owner alone.
            days: How long a question is kept, from 1 to 3650.

        Raises:
            QueryLogError: It cannot be opened, is damaged, is no log of ours, or is one of a newer version.
        """
        if not 1 <= days <= MOST_DAYS:
            raise ValueError(f"questions are kept for 1 to {MOST_DAYS} days, not {days}")
        self._path, self._days = path, days
        self._lock = threading.Lock()  # of the one connection that writes
        self._closed = threading.Event()
        self.faults = 0
        with _explained(path):
            self._writing, self._file = _opened(path), _identity(path)
            try:
                self.forget(datetime.now(UTC))
            except BaseException:
                self._writing.close()
                raise
        # A service that nobody asks must forget, too.
        self._forgetting = threading.Thread(target=self._keep_forgetting, name="query-log", daemon=True)
        self._forgetting.start()

    def record(self, asked: Asked) -> None:
        """Keep a question. A fault is logged and counted, never raised: the visitor has the answer."""
        row = (
            asked.answer_id,
            asked.conversation_id,
            _milliseconds(asked.at),
            asked.question,
            asked.resolved,
            asked.reason,
            asked.confidence,
            asked.took_ms,
            asked.index_version,
            json.dumps(asked.documents, ensure_ascii=False),
        )
        if not self._lock.acquire(timeout=_BUSY_SECONDS):
            self._missed("others write")
            return
        try:
            with self._followed() as writing:
                writing.execute("INSERT INTO asked VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)", row)
        except (sqlite3.Error, OSError, QueryLogError, ValueError) as error:  # ValueError: a lone surrogate
            self._missed(error)
        finally:
            self._lock.release()

    def _missed(self, why: object) -> None:
        self.faults += 1
        _log.error("a question was not written to %s (%s)", self._path, why)

    def rate(self, answer_id: str, rating: str, comment: str | None) -> bool:
        """Keep what a visitor says of an answer; the latest word counts.

        Returns:
            Whether the answer is kept.

        Raises:
            QueryLogError: The file cannot be written.
            ValueError: The rating is neither "up" nor "down".
        """
        if rating not in RATINGS:
            raise ValueError(f'a rating is "up" or "down", not {rating!r}')
        with _explained(self._path), self._lock, self._followed() as writing:
            changed = writing.execute(
                "UPDATE asked SET rating = ?, comment = ? WHERE answer_id = ?", (rating, comment, answer_id)
            )
        return changed.rowcount > 0

    def summary(self, days: int, today: date) -> Summary:
        """Return the figures of the `days` days that end with `today`, by day and in total.

        Percentiles are of the nearest rank.

        Raises:
            QueryLogError: The file cannot be read.
        """
        by_day: dict[date, list[tuple[int, str | None, str | None]]] = {
            today - timedelta(days=back): [] for back in reversed(range(days))
        }
        for at, *row in self._rows("SELECT at, took_ms, reason, rating FROM asked", days, today):
            by_day[_moment(at).date()].append((row[0], row[1], row[2]))
        return Summary(
            days=tuple((day, _figures(rows)) for day, rows in by_day.items()),
            total=_figures([row for rows in by_day.values() for row in rows]),
        )

    def questions(self, days: int, today: date, most: int = 200) -> tuple[Entry, ...]:
        """Return the latest questions of the `days` days that end with `today`, the newest first.

        Raises:
            QueryLogError: The file cannot be read.
        """
        columns = ", ".join([*Asked.__dataclass_fields__, "rating", "comment"])
        return tuple(_entry(row) for row in self._rows(f"SELECT {columns} FROM asked", days, today, most))

    def refused(self, days: int, today: date) -> tuple[Refused, ...]:
        """Return the latest 50,000 questions refused in the `days` days that end with `today`, newest first.

        Small talk is not among them: it asks nothing that a collection could lack.

        Raises:
            QueryLogError: The file cannot be read.
        """
        kept = f"SELECT * FROM asked WHERE reason <> '{Reason.SMALL_TALK}'"
        select = f"SELECT resolved, reason, at, answer_id FROM ({kept})"
        rows = self._rows(select, days, today, _MOST_REFUSED)
        return tuple(Refused(question, reason, _moment(at), id_) for question, reason, at, id_ in rows)

    def refusal(self, answer_id: str) -> Refused | None:
        """Return the refused question that an answer was to; None where none is kept. Small talk is none.

        Raises:
            QueryLogError: The file cannot be read.
        """
        with _explained(self._path), self._lock:
            self._followed()
        with _explained(self._path), closing(_connected(self._path)) as reading:
            query = "SELECT resolved, reason, at FROM asked WHERE answer_id = ? AND reason <> ?"
            row = reading.execute(query, (answer_id, Reason.SMALL_TALK)).fetchone()
        return Refused(row[0], row[1], _moment(row[2]), answer_id) if row else None

    def forget(self, now: datetime) -> int:
        """Delete what is older than the retention time, ratings with it, so that the file holds none of its text.

        Returns:
            How many questions were deleted.

        Raises:
            QueryLogError: The file cannot be written.
        """
        oldest = _milliseconds(now - timedelta(days=self._days))
        with _explained(self._path), self._lock:
            with self._followed() as writing:
                deleted = writing.execute("DELETE FROM asked WHERE at < ?", (oldest,)).rowcount
            # The write-ahead log still has the pages as they were.
            writing.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return deleted

    def close(self) -> None:
        """Close the file."""
        self._closed.set()
        self._forgetting.join()
        with self._lock:
            self._writing.close()

    def _followed(self) -> sqlite3.Connection:
        """Return the connection that writes, to the file that has the name now. The caller holds the lock."""
        if self._file is None or _identity(self._path) != self._file:
            # First, since what stands beside the file keeps the old name, and would be lost to the one that was moved.
            with suppress(sqlite3.Error):
                self._writing.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            self._writing.close()
            self._file = None
            self._writing = _opened(self._path)
            self._file = _identity(self._path)
            _log.warning("%s was moved or deleted; a new log of questions was begun", self._path)
        return self._writing

    def _rows(self, select: str, days: int, today: date, most: int = -1) -> list[Any]:
        """Run a query over the days that end with `today`, newest first, on a connection of its own.

        Nobody who asks waits for a keeper who reads.
        """
        first, after = today - timedelta(days=days - 1), today + timedelta(days=1)
        bounds = [_milliseconds(datetime.combine(day, time(), UTC)) for day in (first, after)]
        with _explained(self._path), self._lock:
            self._followed()
        with _explained(self._path), closing(_connected(self._path)) as reading:
            reading.execute("PRAGMA query_only = ON")
            query = f"{select} WHERE at >= ? AND at < ? ORDER BY at DESC, rowid DESC LIMIT ?"
            return reading.execute(query, (*bounds, most)).fetchall()

    def _keep_forgetting(self) -> None:
        while not self._closed.wait(_FORGET_SECONDS):
            try:
                self.forget(datetime.now(UTC))
            except QueryLogError as error:
                _log.error("%s", error)


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another of the same name; None when there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _connected(path: Path) -> sqlite3.Connection:
    # mode=rw: a file that is gone is a fault, and not made anew, readable for others.
    uri = f"{path.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(uri, timeout=_BUSY_SECONDS, check_same_thread=False, uri=True)


def _opened(path: Path) -> sqlite3.Connection:
    """Return a connection that writes to a log of ours, made where there was none."""
    # SQLite would make it readable for others; what it puts beside the file has the file's mode.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    connection = _connected(path)
    try:
        application, version, is_empty = (
            connection.execute("PRAGMA application_id").fetchone()[0],
            connection.execute("PRAGMA user_version").fetchone()[0],
            not connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone(),
        )
        is_new = is_empty and (application, version) == (0, 0)
        if not is_new and application != _APPLICATION:
            raise QueryLogError(f"{path} is no log of questions; name another file in ALLIANCE_QA_QUERY_LOG")
        if version > _VERSION:
            raise QueryLogError(
                f"{path} was made by a newer version (format {version}, this one knows {_VERSION}); "
                "name another file in ALLIANCE_QA_QUERY_LOG"
            )
        path.chmod(0o600)
        connection.execute("PRAGMA secure_delete = ON")  # deleted text is overwritten
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        if is_new:
            connection.executescript(_SCHEMA)
        connection.execute("SELECT rating FROM asked LIMIT 1")  # raises where the table is not as it must be
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Raise what goes wrong with the file as a QueryLogError that says what to do."""
    try:
        yield
    except OSError as error:
        raise QueryLogError(f"{path} cannot be opened ({error.strerror}); see ALLIANCE_QA_QUERY_LOG") from error
    except sqlite3.DatabaseError as error:
        # A file that is no database or a damaged one has the bare class; a lock or a full disk, a subclass.
        if type(error) is sqlite3.DatabaseError:
            message = f"{path} is damaged or no log of questions ({error}); move it away to begin a new one"
            raise QueryLogError(message) from error
        raise QueryLogError(f"{path} cannot be used now ({error})") from error
    except sqlite3.Error as error:
        raise QueryLogError(f"{path} cannot be used now ({error})") from error


def _entry(row: Any) -> Entry:
    *values, rating, comment = row
    given = dict(zip(Asked.__dataclass_fields__, values, strict=True))
    given |= {"at": _moment(given["at"]), "documents": tuple(json.loads(given["documents"]))}
    return Entry(Asked(**given), rating, comment)


def _figures(rows: Sequence[tuple[int, str | None, str | None]]) -> Figures:
    """Return the figures of questions given as (milliseconds, reason, rating)."""
    asked = [(ms, reason) for ms, reason, _ in rows if reason != Reason.SMALL_TALK]
    took = sorted(ms for ms, _ in asked)
    reasons = Counter(reason for _, reason in asked if reason is not None)
    ratings = Counter(rating for _, _, rating in rows)
    return Figures(
        answered=len(asked) - reasons.total(),
        refused=dict(sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))),
        small_talk=len(rows) - len(asked),
        p50_ms=_percentile(took, 0.50),
        p95_ms=_percentile(took, 0.95),
        up=ratings["up"],
        down=ratings["down"],
    )


def _percentile(ordered: Sequence[int], share: float) -> int | None:
    return ordered[math.ceil(share * len(ordered)) - 1] if ordered else None


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)

"""The generation in use, followed as writers change it, and the earlier ones that may still be quoted."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

from alliance_qa.errors import AllianceQAError, UnknownVersionError
from alliance_qa.index import store
from alliance_qa.index.engine import Engine
from alliance_qa.index.generation import Generation
from alliance_qa.index.manifest import Recipe

_log = logging.getLogger(__name__)

# How long, and for how many generations, citation links work after another took their place.
_KEPT_SECONDS, _KEPT_GENERATIONS = 600, 16
# Before a damaged generation is looked at again: its files may be on their way to this machine. All of them are hashed,
# so each time it waits twice as long, up to 320 seconds.
_RETRY_SECONDS, _DOUBLINGS = 10, 5


class Generations:
    """Opened generations of one index. Safe to use from several threads."""

    def __init__(self, index: Path, recipe: Recipe, engine: Engine | None = None) -> None:
        """Open the generation in use.

        Raises:
            IndexMissingError, IndexDamagedError, IndexMismatchError, EngineError
        """
        self._index, self._recipe, self._engine = index, recipe, engine
        self._in_use = store.in_use(index)
        self._current, self._damage = store.open_sound(index, recipe, engine=engine)
        self._tried, self._times = time.monotonic(), 0
        self._kept: dict[str, tuple[float, Generation]] = {}
        self._opening = threading.RLock()

    @property
    def current(self) -> Generation:
        """The generation in use now."""
        return self._current

    @property
    def damage(self) -> str | None:
        """Why the current one is not the one that is meant to be in use; None when it is."""
        return self._damage

    def at(self, version: str | None) -> Generation:
        """Return the generation that an answer was made from; the one in use for None.

        It may be one that lies here and was never in use: another replica, ahead of this one, answers from it.

        Raises:
            UnknownVersionError: It is not kept, or was purged.
        """
        current = self._current
        if version is None or version == current.version:
            return current
        with self._opening:
            if version not in self._kept:
                self._kept[version] = (time.monotonic(), self._open_earlier(version))
            return self._kept[version][1]

    def refresh(self) -> None:
        """Swap to the generation in use if it is another one than before.

        Requests that hold the old one finish on it. When the new one cannot be opened the old
        one stays, and `damage` says why; every few seconds it is tried again.
        """
        with self._opening:
            named = store.in_use(self._index)
            pause = _RETRY_SECONDS * 2 ** min(self._times, _DOUBLINGS)
            waits = self._damage is None or time.monotonic() - self._tried < pause
            if named == self._in_use and waits:
                self._forget()
                return
            self._times = self._times + 1 if named == self._in_use else 0
            self._in_use, self._tried = named, time.monotonic()
            old, told = self._current, self._damage
            open_already = [*old.segments, *(s for _, kept in self._kept.values() for s in kept.segments)]
            try:
                self._current, self._damage = store.open_sound(self._index, self._recipe, open_already, self._engine)
            except AllianceQAError as error:
                self._damage = str(error)
            if self._damage and self._damage != told:
                _log.error("generation %s serves: %s", self._current.version, self._damage)
            if self._current.version != old.version:
                self._kept[old.version] = (time.monotonic(), old)
                self._kept.pop(self._current.version, None)
            self._forget()

    def _open_earlier(self, version: str) -> Generation:
        current = self._current
        try:
            if int(version) < int(current.manifest.oldest):
                raise UnknownVersionError
            return store.open_generation(self._index, store.read_manifest(self._index, version), current.segments)
        except (AllianceQAError, ValueError):
            raise UnknownVersionError("this generation of the index is no longer kept; ask again") from None

    def _forget(self) -> None:
        """Let go of the generations whose citation links need not work any more."""
        now, oldest = time.monotonic(), int(self._current.manifest.oldest)
        newest = sorted(self._kept, key=lambda version: self._kept[version][0])[-_KEPT_GENERATIONS:]
        self._kept = {
            version: (since, generation)
            for version, (since, generation) in self._kept.items()
            if version in newest and now - since < _KEPT_SECONDS and int(version) >= oldest
        }

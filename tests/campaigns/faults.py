"""Every operation on the index folder refused once, and from then on: `PYTHONPATH=tests python -m campaigns.faults`.

Whatever the disk refuses, the caller is told in one line, the index answers with exactly what was in
use before (or with exactly the new content, where the message says that it is in use), every
generation that can be seen is whole, and the next attempt succeeds.
"""

from __future__ import annotations

import argparse
import errno
import itertools
import os
import random
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from alliance_qa.errors import IndexMissingError, IndexWriteError
from alliance_qa.index import disk, store
from alliance_qa.settings import Settings
from campaigns import indexes
from campaigns.indexes import Scenario
from edges.embedder import WordEmbedder

NUMBERS = (errno.ENOSPC, errno.EIO, errno.EROFS)
ONCE, KIND, ALL = "once", "kind", "all"  # what is refused from the k-th operation on


class FaultyDisk:
    """Stands in for `os` in `disk`. Syncing takes no time, since nobody pulls the plug."""

    def __init__(self, at: int, number: int, how: str) -> None:
        self.refused: str | None = None  # the first operation that was
        self._at, self._number, self._how, self._count = at, number, how, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def open(self, path: Path, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_CREAT:
            self._operation("open")
        return os.open(path, flags, mode)

    def write(self, handle: int, data: memoryview) -> int:
        try:
            self._operation("write")
        except OSError:
            os.write(handle, data[: len(data) // 2])  # a part of it reached the disk
            raise
        return os.write(handle, data)

    def fsync(self, handle: int) -> None:
        self._operation("fsync")

    def replace(self, source: Path, target: Path) -> None:
        self._operation("replace")
        Path(source).replace(target)

    def link(self, source: Path, target: Path) -> None:
        self._operation("link")
        os.link(source, target)

    def mkdir(self, path: Path, mode: int = 0o777) -> None:
        self._operation("mkdir")
        Path(path).mkdir(mode)

    def unlink(self, path: Path) -> None:
        self._operation("unlink")
        Path(path).unlink()

    def rmdir(self, path: Path) -> None:
        self._operation("rmdir")
        Path(path).rmdir()

    def _operation(self, name: str) -> None:
        self._count += 1
        if self._count == self._at:
            self.refused = name
        elif self.refused is None or self._how == ONCE or (self._how == KIND and self.refused != name):
            return
        raise OSError(self._number, os.strerror(self._number))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one run."""

    refused: str | None  # the operation; None: the run was over before
    error: str | None  # what the caller was told


def fail(scenario: Scenario, folder: Path, at: int, number: int, how: str) -> Outcome:
    """Refuse the k-th operation of a scenario, and require all that is promised."""
    settings = indexes.clone(scenario.settings, folder)
    faulty = FaultyDisk(at, number, how)
    told = None
    with mock.patch.object(disk, "os", faulty):
        try:
            scenario.act(settings)
        except IndexWriteError as error:
            told = str(error)
    if told is not None:
        assert faulty.refused
        assert "\n" not in told and str(settings.index) in told, told
    _require_sound(scenario, settings, told)
    with mock.patch.object(disk, "os", FaultyDisk(0, 0, ONCE)):
        if told is None:
            pass
        elif scenario.name == "rollback":
            if "is in use, but" not in told:
                scenario.act(settings)
        else:
            scenario.act(settings)
            # What is in use already is not written again, and what else is left does no harm.
            leftovers = [path.name for path in settings.index.rglob("*") if path.name.startswith((".new-", "CURRENT."))]
            assert leftovers == [] or ("is in use, but" in told and scenario.name != "purge")
    generation, damage = indexes.open_sound(settings)
    assert damage is None
    assert indexes.content(generation) == scenario.new
    return Outcome(faulty.refused, told)


def _require_sound(scenario: Scenario, settings: Settings, told: str | None) -> None:
    is_new = told is None or "is in use, but" in told
    assert is_new or (told is not None and "the index in use is untouched" in told), told
    wanted = scenario.new if is_new else scenario.old
    if wanted is None:
        try:
            store.current(settings.index)
        except IndexMissingError:
            return
        raise AssertionError("a first build that failed left an index")
    generation, damage = indexes.open_sound(settings)
    assert damage is None, damage
    assert indexes.content(generation) == wanted
    assert indexes.damage(settings) == []
    if scenario.name == "purge" and told is None:
        assert store.versions(settings.index) == [generation.version]
        assert not indexes.holds_secret(settings)


def run(*, full: bool, seed: int) -> Counter[str]:
    """Run the campaign; a violation is an AssertionError. Return how many runs there were of each kind."""
    chance = random.Random(seed)
    counts: Counter[str] = Counter()
    with indexes.place() as place, indexes.quick_rebuilds():
        for scenario in indexes.scenarios(place):
            for how in (ONCE, KIND, ALL):
                for number in NUMBERS if full else [chance.choice(NUMBERS)]:
                    # In short, one operation of every few, each few in another place.
                    step = 1 if full else 13
                    at = 1 if full else chance.randrange(1, step + 1)
                    for run_number in itertools.count():
                        folder = place / f"{scenario.name}-{how}-{number}-{run_number}"
                        try:
                            outcome = fail(scenario, folder, at, number, how)
                        except BaseException as error:
                            error.add_note(f"{scenario.name}, operation {at}, {errno.errorcode[number]}, {how}")
                            raise
                        disk.remove(folder)
                        if outcome.refused is None:
                            break
                        at += step
                        counts[f"{scenario.name} {outcome.refused}"] += 1
                        counts["told" if outcome.error else "overcome"] += 1
                        counts["the new one in use"] += "is in use, but" in (outcome.error or "")
    return counts


# --- a disk that is too small ------------------------------------------------------------

_PAGE = 4096
_LARGE = b"\n\n".join(b"# Row %d\n\nMaple number %d stands in row %d of the garden." % (n, n, n) for n in range(800))


class NoMountError(Exception):
    """Nothing can be mounted here."""


@contextmanager
def _tmpfs(folder: Path, pages: int) -> Iterator[None]:
    folder.mkdir(exist_ok=True)
    options = f"size={pages * _PAGE}"
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NoMountError(done.stderr.strip())
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def _used(folder: Path) -> int:
    found = os.statvfs(folder)
    return (found.f_blocks - found.f_bfree) * found.f_frsize // _PAGE


def fill(short_of: tuple[int, ...] = (1, 2, 10, 200)) -> Counter[str]:
    """Rebuild on a disk that is some pages too small, and then on one that is not. Raises NoMountError."""
    counts: Counter[str] = Counter()
    with indexes.place() as place, indexes.quick_rebuilds():
        [_, adding, *_] = indexes.scenarios(place)
        (adding.settings.documents / "large.md").write_bytes(_LARGE)
        mounted = place / "mounted"
        settings = adding.settings.model_copy(update={"index": mounted / "index", "retained_generations": 9})
        with _tmpfs(mounted, 100_000):
            _copy(adding.settings.index, settings.index)
            before = _used(mounted)
            indexes.update(settings)
            needed = _used(mounted) - before + 1  # CURRENT stands beside CURRENT.new for a moment
            new = indexes.content(indexes.open_sound(settings)[0])
        assert needed > max(short_of), needed
        for short in (*short_of, needed // 2, 0):
            with _tmpfs(mounted, before + needed - short):
                _copy(adding.settings.index, settings.index)
                told = ""
                try:
                    indexes.update(settings)
                except IndexWriteError as error:
                    told = str(error)
                assert bool(told) == bool(short), (short, told)
                generation, damage = indexes.open_sound(settings)
                assert damage is None
                assert indexes.content(generation) == (adding.old if short else new)
                assert indexes.damage(settings) == []
                if short:
                    assert "(No space left on device); the index in use is untouched" in told
                    resize = f"remount,size={(before + needed + 10) * _PAGE}"
                    subprocess.run(["mount", "-o", resize, mounted], check=True)
                    indexes.update(settings)
                    assert indexes.content(indexes.open_sound(settings)[0]) == new
            counts["too small" if short else "just large enough"] += 1
    return counts


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", source, target], check=True)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="every operation, with every error")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    assert WordEmbedder.fault is None
    print(f"seed {arguments.seed}")
    for name, count in sorted(run(full=arguments.full, seed=arguments.seed).items()):
        print(f"{count:6} {name}")
    try:
        print(dict(fill()))
    except NoMountError as error:
        print(f"disks that are too small: nothing can be mounted here ({error})")


if __name__ == "__main__":
    main()

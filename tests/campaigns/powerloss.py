"""Power lost after each operation on the index folder: `PYTHONPATH=tests python -m campaigns.powerloss`.

A change is recorded operation by operation. Then the disk is set up as it may be found after any
number of them: of what was not synced, data is lost, torn or zeroed, and names are lost

- as a journaling file system loses them: all after a certain operation, or
- as POSIX allows: each name by itself, drawn by chance.

The index then answers with exactly the old or exactly the new content, and from the moment on at
which the caller was told that the change is made, with the new.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from alliance_qa.errors import IndexMissingError
from alliance_qa.index import disk
from campaigns import indexes
from campaigns.indexes import Scenario

JOURNAL, POSIX = "journal", "posix"
Files = dict[Path, bytes | None]
"""What is found on a disk, by relative path; None is a folder."""

_DATA = ("lost", "torn", "zeroed", "whole")


@dataclass(eq=False)
class File:
    """A file and what of it has reached the disk."""

    synced: bytes = b""
    written: bytes = b""


@dataclass(eq=False)
class Folder:
    """A folder: its names, and those that have reached the disk."""

    names: dict[str, File | Folder] = field(default_factory=dict)
    synced: dict[str, File | Folder] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """A name that was given or taken and is not synced."""

    operation: int
    folder: Folder
    name: str
    node: File | Folder | None


class RecordingDisk:
    """Stands in for `os` in `disk`: does what it is told and notes it."""

    def __init__(self) -> None:
        self.operations: list[tuple[Any, ...]] = []
        self._handles: dict[int, Path] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def open(self, path: Path, flags: int, mode: int = 0o777) -> int:
        handle = os.open(path, flags, mode)
        self._handles[handle] = Path(path)
        if flags & os.O_CREAT:
            self.operations.append(("create", Path(path)))
        return handle

    def write(self, handle: int, data: memoryview) -> int:
        count = os.write(handle, data)
        self.operations.append(("write", self._handles[handle], bytes(data[:count])))
        return count

    def fsync(self, handle: int) -> None:
        self.operations.append(("sync", self._handles[handle]))

    def close(self, handle: int) -> None:
        os.close(handle)
        del self._handles[handle]

    def replace(self, source: Path, target: Path) -> None:
        Path(source).replace(target)
        self.operations.append(("rename", Path(source), Path(target)))

    def link(self, source: Path, target: Path) -> None:
        os.link(source, target)
        self.operations.append(("link", Path(source), Path(target)))

    def mkdir(self, path: Path, mode: int = 0o777) -> None:
        Path(path).mkdir(mode)
        self.operations.append(("mkdir", Path(path)))

    def unlink(self, path: Path) -> None:
        Path(path).unlink()
        self.operations.append(("unlink", Path(path)))

    def rmdir(self, path: Path) -> None:
        Path(path).rmdir()
        self.operations.append(("unlink", Path(path)))


class Machine:
    """A file system below one folder, replayed up to some operation."""

    def __init__(self, root: Path, start: Folder) -> None:
        self.start, self.pending = start, list[Change]()
        self._root, self._count = root, 0

    def apply(self, operation: tuple[Any, ...]) -> None:
        """Do one operation in memory."""
        self._count += 1
        match operation:
            case "create", path:
                self._name(path, File())
            case "mkdir", path:
                self._name(path, Folder())
            case "write", path, data:
                self._file(path).written += data
            case "link", source, target:
                self._name(target, self._node(source))
            case "rename", source, target:
                node = self._node(source)
                self._name(target, node)
                self._name(source, None)
            case "unlink", path:
                self._name(path, None)
            case "sync", path:
                node = self._node(path)
                if isinstance(node, File):
                    node.synced = node.written
                else:
                    self._sync(node)

    def after_power_loss(self, kept: int, data: str) -> Files:
        """Return the files that are found when the first `kept` unsynced names had reached the disk."""
        return self._found(self.pending[:kept], lambda: data)

    def after_bad_luck(self, chance: random.Random) -> Files:
        """Return the files that are found when each name by itself had reached the disk or not."""
        changes: dict[tuple[int, str], list[Change]] = {}
        for change in self.pending:
            changes.setdefault((id(change.folder), change.name), []).append(change)
        kept = [chance.choice([None, *history]) for history in changes.values()]
        return self._found([change for change in kept if change], lambda: chance.choice(_DATA))

    def _found(self, kept: list[Change], data: Any) -> Files:
        names: dict[int, dict[str, File | Folder]] = {}

        def of(folder: Folder) -> dict[str, File | Folder]:
            return names.setdefault(id(folder), dict(folder.synced))

        for change in kept:
            of(change.folder).pop(change.name, None)
            if change.node is not None:
                of(change.folder)[change.name] = change.node
        found: Files = {}

        def walk(folder: Folder, path: Path) -> None:
            for name, node in of(folder).items():
                if isinstance(node, File):
                    found[path / name] = _survives(node, data())
                else:
                    found[path / name] = None
                    walk(node, path / name)

        walk(self.start, Path())
        return found

    def _sync(self, folder: Folder) -> None:
        """A journal takes with it what came before; nothing here relies on that, so it does not."""
        folder.synced = dict(folder.names)
        self.pending = [change for change in self.pending if change.folder is not folder]

    def _name(self, path: Path, node: File | Folder | None) -> None:
        folder = self._node(path.parent)
        assert isinstance(folder, Folder)
        if node is None:
            del folder.names[path.name]
        else:
            folder.names[path.name] = node
        self.pending.append(Change(self._count, folder, path.name, node))

    def _file(self, path: Path) -> File:
        node = self._node(path)
        assert isinstance(node, File)
        return node

    def _node(self, path: Path) -> File | Folder:
        node: File | Folder = self.start
        for name in path.relative_to(self._root).parts:
            assert isinstance(node, Folder)
            node = node.names[name]
        return node


def _survives(file: File, data: str) -> bytes:
    match data:
        case "lost":
            return file.synced
        case "torn":
            return file.written[: len(file.synced) + (len(file.written) - len(file.synced)) // 2]
        case "zeroed":
            return file.synced + bytes(len(file.written) - len(file.synced))
    return file.written


def _snapshot(path: Path) -> Folder:
    """Return a folder as it stands, all of it synced."""
    names: dict[str, File | Folder] = {}
    known: dict[int, File] = {}

    def read(folder: Path) -> Folder:
        names: dict[str, File | Folder] = {}
        for entry in folder.iterdir():
            if entry.is_dir():
                names[entry.name] = read(entry)
            elif entry.name != "lock":
                data = entry.read_bytes()
                names[entry.name] = known.setdefault(entry.stat().st_ino, File(data, data))
        return Folder(names, dict(names))

    if path.exists():
        names = {path.name: read(path)}
    return Folder(names, dict(names))


class Store:
    """Files by their content, so that one disk after the other is set up by links alone."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder

    def set_up(self, files: Files, target: Path) -> None:
        """Make the files below a folder."""
        target.mkdir()
        for path, data in files.items():
            place = target / path
            if data is None:
                place.mkdir()
                continue
            stored = self._folder / hashlib.sha256(data).hexdigest()
            if not stored.exists():
                stored.write_bytes(data)
            os.link(stored, place)


def record(scenario: Scenario, folder: Path) -> tuple[Folder, list[tuple[Any, ...]]]:
    """Carry a scenario out in a folder. Return how the disk was before, and all operations."""
    folder.mkdir()
    settings = indexes.clone(scenario.settings, folder / "index")
    before, recording = _snapshot(settings.index), RecordingDisk()
    with mock.patch.object(disk, "os", recording):
        scenario.act(settings)
    assert indexes.content(indexes.open_sound(settings)[0]) == scenario.new
    return before, recording.operations


def states(
    before: Path, start: Folder, operations: list[tuple[Any, ...]], *, full: bool, chance: random.Random
) -> Iterator[tuple[int, str, Files]]:
    """Yield, after each operation, the disks that may be found: how many operations, which model, the files."""
    machine = Machine(before, start)
    for done in range(len(operations) + 1):
        if done:
            machine.apply(operations[done - 1])
        kept_counts = range(len(machine.pending) + 1)
        is_over = done == len(operations)
        if full or is_over:
            for kept in kept_counts:
                for data in _DATA:
                    yield done, JOURNAL, machine.after_power_loss(kept, data)
        elif chance.random() < 0.3:
            yield done, JOURNAL, machine.after_power_loss(chance.choice(kept_counts), chance.choice(_DATA))
        for _ in range(20 if full or is_over else 1):
            yield done, POSIX, machine.after_bad_luck(chance)


def run(*, full: bool, seed: int) -> Counter[str]:
    """Run the campaign; a violation is an AssertionError. Return how many disks there were of each kind."""
    counts: Counter[str] = Counter()
    with indexes.place() as place, indexes.quick_rebuilds():
        store = Store(place / "store")
        for scenario in indexes.scenarios(place):
            chance = random.Random(f"{seed} {scenario.name}")
            start, operations = record(scenario, place / f"{scenario.name}-recorded")
            counts[f"{scenario.name} operations"] = len(operations)
            seen: dict[tuple[bool, bytes], str] = {}
            found = states(place / f"{scenario.name}-recorded", start, operations, full=full, chance=chance)
            for number, (done, model, files) in enumerate(found):
                is_over = done == len(operations)
                key = (is_over, _digest(files))
                counts[f"{scenario.name} {model}"] += 1
                if key not in seen:
                    try:
                        seen[key] = _answer(scenario, store, files, place / "found", is_over, number % 7 == 0)
                    except BaseException as error:
                        error.add_note(f"{scenario.name}, {model}, after {done} of {len(operations)} operations")
                        error.add_note(
                            f"the last ones: {[o[:1] + o[-1:] for o in operations[max(0, done - 3) : done]]}"
                        )
                        raise
                    counts["different disks"] += 1
                counts[seen[key]] += 1
    return counts


def _digest(files: Files) -> bytes:
    digest = hashlib.sha256()
    for path, data in sorted(files.items()):
        digest.update(f"{path}\0{data if data is None else len(data)}\0".encode())
        digest.update(data or b"")
    return digest.digest()


def _answer(scenario: Scenario, store: Store, files: Files, place: Path, is_over: bool, is_used_on: bool) -> str:
    """Open the index on a disk. Return whether it answers as before or as after."""
    store.set_up(files, place)
    settings = scenario.settings.model_copy(update={"index": place / "index"})
    try:
        generation, damage = indexes.open_sound(settings)
    except IndexMissingError:
        assert scenario.old is None and not is_over
        answer = "old"
    else:
        assert damage is None, damage
        found = indexes.content(generation)
        assert found == scenario.new or (found == scenario.old and not is_over)
        answer = "new" if found == scenario.new else "old"
    if scenario.name == "purge" and is_over:
        assert not indexes.holds_secret(settings)
    if is_used_on and scenario.name != "rollback":
        with mock.patch.object(disk, "os", RecordingDisk()):
            scenario.act(settings)
        generation, damage = indexes.open_sound(settings)
        assert damage is None, damage
        assert indexes.content(generation) == scenario.new
        assert not [path for path in settings.index.rglob("*") if path.name.startswith((".new-", "CURRENT."))] or (
            answer == "new"
        )
    disk.remove(place)
    return answer


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="every operation, every number of names, many draws")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}")
    for name, count in sorted(run(full=arguments.full, seed=arguments.seed).items()):
        print(f"{count:6} {name}")


if __name__ == "__main__":
    main()

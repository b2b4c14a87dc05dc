"""Damage anywhere in the generation in use: `PYTHONPATH=tests python -m campaigns.corruption --full`.

Whatever happens to the files, no answer is made of them: an earlier generation answers, whole, or
none does. The message, and `check`, name the file. The next rebuild mends the index.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from alliance_qa.errors import IndexDamagedError, IndexMissingError
from alliance_qa.index import disk, store
from alliance_qa.settings import Settings, load
from campaigns import indexes
from campaigns.indexes import Content

_PAGE = 512  # bytes: what a disk loses at once; the files here are small

Harm = Callable[[bytes, bytes, random.Random], bytes | None]
"""(content, content of another file of its kind, chance) -> what is found instead; None for no file."""


def _flip(data: bytes, other: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice([1, 1, 1, 2, 8])):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _truncate(data: bytes, other: bytes, chance: random.Random) -> bytes:
    return data[: chance.choice([0, len(data) - 1, chance.randrange(len(data))])]


def _zero(data: bytes, other: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(0, len(data), _PAGE)
    end = min(len(data), start + _PAGE)
    return data[:start] + bytes(end - start) + data[end:]


def _misplace(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """A page of another file stands where one of this file should."""
    start = chance.randrange(0, len(data), _PAGE)
    page = other[start : start + _PAGE]
    return data[:start] + page + data[start + len(page) :]


def _swap(data: bytes, other: bytes, chance: random.Random) -> bytes:
    return other


def _lengthen(data: bytes, other: bytes, chance: random.Random) -> bytes:
    return data + chance.choice([b"\0", b"\n", b" ", data, bytes(_PAGE)])


def _remove(data: bytes, other: bytes, chance: random.Random) -> None:
    return None


HARMS: tuple[Harm, ...] = (_flip, _flip, _truncate, _zero, _misplace, _swap, _lengthen, _remove)


def run(*, count: int, seed: int, mend_every: int) -> Counter[str]:
    """Run the campaign; a violation is an AssertionError. Return how many damages there were of each kind.

    Args:
        count: How many damages.
        seed: Of all chance.
        mend_every: A rebuild follows every so many of them.
    """
    counts: Counter[str] = Counter()
    with indexes.place() as place, indexes.quick_rebuilds():
        homes = {"alone": _alone(place / "alone"), "shared": _shared(place / "shared")}
        for number in range(count):
            chance = random.Random(f"{seed} {number}")
            name = chance.choice(list(homes))
            settings, contents = homes[name]
            harmed = indexes.clone(settings, place / "harmed")
            path, harm = _harm(harmed, chance)
            try:
                outcome = _require_refused(harmed, path, contents)
                if number % mend_every == 0:
                    _require_mended(harmed, contents["000002"])
                    counts["mended"] += 1
            except BaseException as error:
                error.add_note(f"damage {number} of seed {seed} ({name}): {harm} of {path.relative_to(harmed.index)}")
                raise
            disk.remove(harmed.index)
            counts[f"{harm}"] += 1
            counts[f"{name}: {outcome}"] += 1
    return counts


def _alone(home: Path) -> tuple[Settings, dict[str, Content]]:
    """Two generations without a common file."""
    return _home(home, [{"a.txt": indexes.DUNES, "long.md": indexes.LONG}, {"a.txt": indexes.SECRET}])


def _shared(home: Path) -> tuple[Settings, dict[str, Content]]:
    """Two generations with a common segment."""
    return _home(home, [{"long.md": indexes.LONG}, {"a.txt": indexes.DUNES, "b.txt": indexes.SECRET}])


def _home(home: Path, steps: list[dict[str, bytes]]) -> tuple[Settings, dict[str, Content]]:
    settings = load(documents=home / "documents", index=home / "index")
    settings.documents.mkdir(parents=True)
    contents = {}
    for files in steps:
        for name, data in files.items():
            (settings.documents / name).write_bytes(data)
        indexes.update(settings)
        generation = indexes.open_sound(settings)[0]
        contents[generation.version] = indexes.content(generation)
    return settings, contents


def _harm(settings: Settings, chance: random.Random) -> tuple[Path, str]:
    """Harm one file of the generation in use under all its names. Return it, and what was done."""
    current = settings.index / "generations" / store.current(settings.index)
    files = sorted(path for path in current.rglob("*") if path.is_file())
    # Each kind of file as often as any other, however many segments there are.
    kinds = sorted({path.name for path in files} | {"CURRENT"})
    kind = chance.choice(kinds)
    path = settings.index / "CURRENT" if kind == "CURRENT" else chance.choice([p for p in files if p.name == kind])
    everywhere = [p for p in settings.index.rglob("*") if p.is_file()]
    # The same file of another segment or generation, or else one of the same type.
    others = [p for p in everywhere if p.name == kind] or everywhere
    others += [p for p in everywhere if p.suffix == path.suffix]
    data = path.read_bytes()
    while True:
        harm = chance.choice(HARMS)
        found = harm(data, chance.choice(others).read_bytes(), chance)
        if found != data:
            break
    inode = path.stat().st_ino
    for same in [p for p in everywhere if p.stat().st_ino == inode]:
        same.unlink()
        if found is not None:
            same.write_bytes(found)
    return path, harm.__name__.removeprefix("_")


def _require_refused(settings: Settings, path: Path, contents: dict[str, Content]) -> str:
    """Require that nothing damaged answers and that the file is named. Return what happened."""
    name = str(path)
    try:
        generation, damage = indexes.open_sound(settings)
    except IndexMissingError as error:
        assert path.name == "CURRENT" and not path.exists(), error
        return "no index"
    except IndexDamagedError as error:
        assert name in str(error) and "\n" not in str(error), error
        outcome = "refused"
    else:
        assert damage is not None and name in damage and "\n" not in damage, damage
        # With CURRENT alone damaged, the newest generation is whole.
        assert generation.version == ("000002" if path.name == "CURRENT" else "000001")
        assert indexes.content(generation) == contents[generation.version]
        outcome = f"answered by {generation.version}"
    assert any(name in damage for damage in indexes.damage(settings)), indexes.damage(settings)
    return outcome


def _require_mended(settings: Settings, wanted: Content) -> None:
    indexes.update(settings)
    generation, damage = indexes.open_sound(settings)
    assert damage is None, damage
    assert int(generation.version) > 2
    # The order of the documents in the segments may be another.
    assert (generation.corpus.documents(), set(generation.corpus.passages(range(len(generation.corpus))))) == (
        wanted[0],
        set(wanted[1]),
    )


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="1,000 damages, each mended")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}")
    found = run(count=1000 if arguments.full else 150, seed=arguments.seed, mend_every=1 if arguments.full else 10)
    for name, count in sorted(found.items()):
        print(f"{count:6} {name}")


if __name__ == "__main__":
    main()

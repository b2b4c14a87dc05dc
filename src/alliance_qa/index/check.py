"""Every file of every generation, compared with what was written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alliance_qa.domain import OperatingPoint
from alliance_qa.errors import EngineError, IndexDamagedError, IndexMismatchError
from alliance_qa.index import holdings
from alliance_qa.index.engine import Engine
from alliance_qa.index.generations import AGAIN, GENERATIONS, current, open_generation, read_manifest, versions


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of checking one generation."""

    version: str
    in_use: bool
    damage: str | None  # names the file, what was expected and what was found
    operating_point: OperatingPoint | None = None  # None: the shipped one


def check(index: Path, engine: Engine | None = None) -> list[Verdict]:
    """Compare every file of every generation with its manifest, the newest first, and what an engine holds of it.

    Raises:
        IndexMissingError: Nothing was built yet.
    """
    verdicts = []
    try:
        in_use: str | None = current(index)
    except IndexDamagedError as error:
        in_use = None
        verdicts.append(Verdict("CURRENT", True, str(error)))
    for version in versions(index):
        point, damage = None, None
        try:
            manifest = read_manifest(index, None if version == in_use else version)
            point = manifest.operating_point
            open_generation(index, manifest)
            if engine is not None:
                # An earlier one may have been built without.
                infos = [info for info in manifest.segments if info.collection or version == in_use]
                holdings.require(engine, infos)
        except (IndexDamagedError, IndexMismatchError, EngineError) as error:
            damage = str(error)
        verdicts.append(Verdict(version, version == in_use, damage, point))
    if in_use is not None and in_use not in [verdict.version for verdict in verdicts]:
        verdicts.append(Verdict(in_use, True, f"{index}/{GENERATIONS}/{in_use} is missing; {AGAIN}"))
    return verdicts

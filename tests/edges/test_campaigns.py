"""Short runs of the campaigns; `python -m campaigns.swaps --help` and `campaigns.kills` tell of the long ones."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from campaigns import kills, swaps


def test_no_request_fails_or_mixes_while_generations_are_swapped(tmp_path: Path) -> None:
    outcome = swaps.run(tmp_path, swaps=8)
    print(outcome)
    assert (outcome.failed, outcome.mixed, outcome.wrong) == ([], [], [])
    assert (outcome.swaps, outcome.earlier) == (8, 8 * 11)
    assert min(outcome.requests, 10 * outcome.quotes) > 100
    assert outcome.growth < 1.25
    assert max(outcome.handles) < outcome.handles[0] + 8 * 12


def test_an_index_whose_writers_are_killed_holds_the_old_or_the_new() -> None:
    with TemporaryDirectory(dir=kills.MEMORY) as home:
        outcome = kills.run(Path(home), kills=200, seed=7, seconds=25, every=50)
    print(outcome)
    assert outcome.wrong == []
    assert outcome.rebuilds + outcome.servers >= 10
    assert max(outcome.ready_seconds, default=0) < 15  # 5 where nothing else runs
    assert outcome.found["old"] > 0
    assert outcome.found["new"] > 0

"""Short runs of the campaigns; `python -m campaigns.swaps --help` and `campaigns.kills` tell of the long ones."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from campaigns import contract, swaps
from edges import keeper

TESTS = Path(__file__).resolve().parents[1]


def test_no_request_fails_or_mixes_while_generations_are_swapped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swaps, "_QUIET_SECONDS", 1)
    # Two clients leave the rebuilds, which yield to them, something of two cores; the campaign has sixteen.
    outcome = swaps.run(tmp_path, swaps=2, clients=2, command=keeper.HERE)
    print(outcome)
    assert (outcome.failed, outcome.mixed, outcome.wrong) == ([], [], [])
    assert (outcome.swaps, outcome.earlier) == (2, 2 * 11)
    assert min(outcome.requests, 10 * outcome.quotes) > 50
    assert outcome.growth < 1.25
    assert max(outcome.handles) < outcome.handles[0] + 2 * 12


def test_an_index_whose_writers_are_killed_holds_the_old_or_the_new() -> None:
    # A process of its own: it forks, and this one may hold threads that do not survive that. So many kills and
    # not so many seconds: how much fits into those is the other load's to say.
    short = ["--kills", "20", "--seed", "7", "--every", "20", "--ready-seconds", "60"]
    campaign = subprocess.run(
        [sys.executable, "-m", "campaigns.kills", *short], cwd=TESTS, capture_output=True, text=True, timeout=500
    )
    assert campaign.returncode == 0, campaign.stdout + campaign.stderr
    counted = re.search(
        r"(\d+) rebuilds and (\d+) servers killed; then on disk: (\d+) times the old content, (\d+) times the new",
        campaign.stdout,
    )
    assert counted
    rebuilds, servers, old, new = map(int, counted.groups())
    assert (rebuilds, servers) == (19, 1)
    assert old > 0
    assert new > 0


def test_the_service_does_what_its_description_says(tmp_path: Path) -> None:
    outcome = contract.run(tmp_path, cases=1, seed=1, examples=1, phases="coverage")
    print(outcome)
    assert outcome.wrong == []
    assert outcome.cases > 400

"""`serve --watch`: what happens in the documents folder is answered a few seconds later."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from edges import keeper
from edges.server import Running, hosted, keep, serving, wait


@pytest.fixture
def home(small_home: Path, workplace: Path) -> Path:
    shutil.copytree(small_home, workplace / "home")
    return workplace / "home"


@pytest.fixture
def running(home: Path, quick: None, forks: Sequence[str]) -> Iterator[Running]:
    with hosted(home, watch=True, command=forks) as found:
        wait(lambda: ended(found))
        yield found


def ended(running: Running) -> str | None:
    """Return how the latest rebuild ended; None while there is none or it runs."""
    state: str | None = (running.index["job"] or {}).get("state")
    return None if state == "running" else state


def boats(number: int) -> str:
    return f"The boats of Otaru\n\nThe boatwright of Otaru built {number} boats in 1922.\n"


def told(running: Running) -> list[tuple[str, str]]:
    """Return where boats are told of, and how many."""
    found = running.client.get("/v1/search", {"question": "boatwright Otaru boats", "top_k": 50}).json["passages"]
    return [
        (passage["document_id"], number)
        for passage in found
        for number in re.findall(r"built (\d+) boats", passage["text"])
    ]


def test_a_dropped_changed_renamed_and_removed_file_is_followed(running: Running, home: Path) -> None:
    boat = home / "documents/boats.txt"
    assert told(running) == []
    boat.write_text(boats(7))
    wait(lambda: told(running) == [("boats.txt", "7")])
    boat.write_text(boats(8))
    wait(lambda: told(running) == [("boats.txt", "8")])
    boat.rename(home / "documents/ships.txt")
    wait(lambda: told(running) == [("ships.txt", "8")])
    (home / "documents/ships.txt").unlink()
    wait(lambda: told(running) == [])
    assert running.client.get("/v1/documents/ships.txt").status == 404


def test_a_process_as_a_keeper_starts_it_follows(home: Path) -> None:
    """It looks no more often than it says, and its rebuilds yield to everything else."""
    with serving(home, "--watch", command=keeper.HERE) as running:
        wait(lambda: ended(running))
        (home / "documents/boats.txt").write_text(boats(7))
        wait(lambda: told(running) == [("boats.txt", "7")])


def test_a_folder_that_is_moved_in_is_followed(running: Running, home: Path) -> None:
    new = home / "aside/deep"
    new.mkdir(parents=True)
    (new / "boats.txt").write_text(boats(7))
    (home / "aside").rename(home / "documents/yard")
    wait(lambda: [number for _, number in told(running)] == ["7"])
    (home / "documents/yard/deep/boats.txt").write_text(boats(9))
    wait(lambda: [number for _, number in told(running)] == ["9"])


def test_without_watch_nothing_is_followed(home: Path, quick: None) -> None:
    with hosted(home) as running:
        (home / "documents/boats.txt").write_text(boats(7))
        with pytest.raises(TimeoutError):
            wait(lambda: told(running), 1)
        assert running.index["job"] is None


@pytest.mark.parametrize("first", [True, False])
def test_a_change_during_a_rebuild_is_not_missed(
    first: bool, home: Path, workplace: Path, quick: None, forks: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first rebuild is the one at the start, when the watch is young, for what changed while nobody watched."""
    hold = workplace / "hold"
    monkeypatch.setenv(keeper.HOLD, str(hold))
    boat = home / "documents/boats.txt"
    if first:
        hold.touch()
        boat.write_text(boats(7))
    with hosted(home, watch=True, command=forks) as running:
        if not first:
            wait(lambda: ended(running) == "done")
            hold.touch()
            boat.write_text(boats(7))
        wait(lambda: list((home / "index/generations").glob(".new-*")))
        assert (told(running), running.index["job"]["state"]) == ([], "running")
        boat.write_text(boats(8))
        (home / "documents/late.txt").write_text(boats(9))
        hold.unlink()
        wait(lambda: sorted(told(running)) == [("boats.txt", "8"), ("late.txt", "9")])


@pytest.fixture
def fail(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that fails every rebuild that has something to split for as long as it exists."""
    monkeypatch.setenv(keeper.FAIL, str(workplace / "fail"))
    return workplace / "fail"


def test_the_watch_outlives_a_rebuild_that_fails(fail: Path, running: Running) -> None:
    boat = running.home / "documents/boats.txt"
    fail.touch()
    boat.write_text(boats(7))
    wait(lambda: ended(running) == "failed")
    assert told(running) == []
    fail.unlink()
    boat.write_text(boats(8))
    wait(lambda: told(running) == [("boats.txt", "8")])


def test_a_failed_rebuild_is_tried_again_without_a_change(
    fail: Path, home: Path, quick: None, forks: Sequence[str]
) -> None:
    fail.touch()
    (home / "documents/boats.txt").write_text(boats(7))
    with hosted(home, watch=True, command=forks) as running:
        wait(lambda: ended(running) == "failed")
        fail.unlink()
        wait(lambda: told(running) == [("boats.txt", "7")])


def test_another_folder_of_the_same_name_is_followed(running: Running, home: Path) -> None:
    """As a deployment does it, or a checkout."""
    documents, aside = home / "documents", home / "aside"
    shutil.copytree(documents, aside)
    (aside / "boats.txt").write_text(boats(7))
    documents.rename(home / "old")
    aside.rename(documents)
    wait(lambda: told(running) == [("boats.txt", "7")])
    (documents / "boats.txt").write_text(boats(8))
    wait(lambda: told(running) == [("boats.txt", "8")])


def test_a_folder_that_is_gone_for_a_while_empties_nothing(running: Running, home: Path) -> None:
    documents = home / "documents"
    documents.rename(home / "aside")
    wait(lambda: ended(running) == "failed")
    assert "does not exist; make it or set ALLIANCE_QA_DOCUMENTS" in running.index["job"]["error"]
    assert running.index["documents"] == 2
    (home / "aside" / "boats.txt").write_text(boats(7))
    (home / "aside").rename(documents)
    wait(lambda: told(running) == [("boats.txt", "7")])


def test_a_folder_that_is_not_there_cannot_be_watched(home: Path) -> None:
    shutil.rmtree(home / "documents")
    found = keep(home, "serve", "--watch", ALLIANCE_QA_PORT="0")
    assert (found.returncode, found.stderr) == (
        1,
        "alliance-qa: documents folder documents does not exist; make it to watch it\n",
    )

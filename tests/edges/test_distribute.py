"""`deploy/distribute.sh`: generations brought to replicas, and what replicas do when that ends midway."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from alliance_qa.errors import UnknownVersionError
from alliance_qa.index import store
from alliance_qa.service.generations import Generations
from edges.redis_server import free_port
from edges.server import wait
from small_collection import GARDENS, RECIPE, built, read, write, write_files

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
SCRIPT = DEPLOY / "distribute.sh"
RSYNC = shutil.which("rsync")
pytestmark = pytest.mark.skipif(RSYNC is None, reason="needs rsync: apt-get install rsync")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The index of a builder, with one generation."""
    write_files(tmp_path / "builder")
    return tmp_path / "builder"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where a replica has its index: nothing yet."""
    return tmp_path / "host" / "index"


def distribute(*places: Path | str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SCRIPT, *places], env=os.environ | environment, capture_output=True, text=True, timeout=60, check=False
    )


def done(*places: Path | str, **environment: str) -> None:
    result = distribute(*places, **environment)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def add(index: Path, *, retain: int = 1) -> None:
    """Build another generation: what is in use and one segment more."""
    kept = store.open_sound(index, None)[0].segments
    write(index, built(read({"d.txt": GARDENS.replace(b"40", b"41")})), keep=kept, retain=retain)


def tree(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder but the builder's lock."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def wrapped(folder: Path, script: str) -> dict[str, str]:
    """Return an environment in which a shell script stands in for rsync, which it finds as $RSYNC."""
    folder.mkdir()
    (folder / "rsync").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "rsync").chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}", "RSYNC": str(RSYNC)}


def test_a_replica_gets_all_generations_with_their_shared_segments_once(source: Path, target: Path) -> None:
    add(source)
    done(source, target)
    assert tree(target) == tree(source)
    for name in ("corpus.sqlite", "dense.faiss"):
        one, other = (target / f"generations/{version}/000001-1/{name}" for version in ("000001", "000002"))
        assert one.samefile(other)
    found = Generations(target, RECIPE)
    assert (found.current.version, found.damage) == ("000002", None)


def test_what_comes_later_is_linked_to_what_is_there(source: Path, target: Path) -> None:
    done(source, target)
    before = (target / "generations/000001/000001-1/corpus.sqlite").stat().st_ino
    add(source)
    done(source, target)
    assert (target / "generations/000002/000001-1/corpus.sqlite").stat().st_ino == before


def test_where_nothing_is_new_nothing_is_written(source: Path, target: Path) -> None:
    done(source, target)
    before = {path: path.stat().st_mtime_ns for path in target.rglob("*")} | {
        target: (target / "CURRENT").stat().st_ino
    }
    done(source, target)
    after = {path: path.stat().st_mtime_ns for path in target.rglob("*")} | {target: (target / "CURRENT").stat().st_ino}
    assert after == before


def test_nobody_is_switched_before_everybody_has_the_files(source: Path, target: Path, tmp_path: Path) -> None:
    done(source, target)
    add(source, retain=0)
    (tmp_path / "file").touch()
    unreachable = tmp_path / "file" / "index"

    result = distribute(source, target, unreachable)

    assert result.returncode == 1
    assert result.stderr.endswith(f"distribute.sh: {unreachable} did not get all files; nothing was switched\n")
    found = Generations(target, RECIPE)
    assert (found.current.version, found.at("000002").version) == ("000001", "000002")


def test_what_the_builder_drops_goes_after_the_switch(source: Path, target: Path) -> None:
    done(source, target)
    serves = Generations(target, RECIPE)
    add(source, retain=0)
    done(source, target)
    serves.refresh()
    assert store.versions(target) == ["000002"]
    assert serves.at("000001").corpus.document("b.txt").text.startswith("Gardens of Karuizawa")


def test_a_copy_that_is_killed_leaves_the_old_generation_in_use_and_is_completed_by_the_next(
    source: Path, target: Path, tmp_path: Path
) -> None:
    done(source, target)
    serves = Generations(target, RECIPE)
    add(source)
    slow = wrapped(tmp_path / "slow", 'exec "$RSYNC" --bwlimit=10 "$@"')
    copying = subprocess.Popen([SCRIPT, source, target], env=os.environ | slow, start_new_session=True)
    wait(lambda: list((target / "generations/000002").rglob(".*.*")), 30)
    os.killpg(copying.pid, signal.SIGKILL)
    copying.wait()

    serves.refresh()
    assert (serves.current.version, serves.damage) == ("000001", None)
    with pytest.raises(UnknownVersionError):
        serves.at("000002")
    assert Generations(target, RECIPE).current.version == "000001"

    done(source, target)
    serves.refresh()
    assert (serves.current.version, serves.damage) == ("000002", None)
    assert tree(target) == tree(source)  # nothing is left of the first copy


def test_a_generation_that_is_built_during_a_copy_is_copied_too(source: Path, target: Path, tmp_path: Path) -> None:
    later = tmp_path / "later"
    shutil.copytree(source, later)
    add(later, retain=0)
    script = f"""
"$RSYNC" "$@" || exit
case "$*" in *generations/*) test ! -d {later} || {{ rm -r {source}; mv {later} {source}; }} ;; esac"""
    done(source, target, **wrapped(tmp_path / "busy", script))
    assert (Generations(target, RECIPE).current.version, store.versions(target)) == ("000002", ["000002"])


def test_what_is_in_use_stays_where_the_builder_goes_on_before_the_end(
    source: Path, target: Path, tmp_path: Path
) -> None:
    later = tmp_path / "later"
    shutil.copytree(source, later)
    add(later, retain=0)
    script = f"""
"$RSYNC" "$@" || exit
case "$*" in *--checksum*) rm -r {source}; mv {later} {source} ;; esac"""
    done(source, target, **wrapped(tmp_path / "busy", script))
    assert (store.current(target), store.versions(target)) == ("000001", ["000002", "000001"])
    done(source, target)
    assert (store.current(target), store.versions(target)) == ("000002", ["000002"])


def test_a_source_without_an_index_changes_nothing(target: Path, source: Path, tmp_path: Path) -> None:
    done(source, target)
    before = tree(target)
    result = distribute(tmp_path / "nowhere", target)
    assert result.returncode == 1
    assert result.stderr.endswith(f"{tmp_path}/nowhere/CURRENT cannot be read; nothing was switched\n")
    assert tree(target) == before


def test_replicas_may_fetch_from_the_builder(source: Path, target: Path, tmp_path: Path) -> None:
    port, given = free_port(), (DEPLOY / "rsyncd.conf").read_text("utf-8")
    config = tmp_path / "rsyncd.conf"
    config.write_text(given.replace("port = 8730", f"port = {port}").replace("/index\n", f"{source}\n"))
    command = [RSYNC or "rsync", "--daemon", "--no-detach", f"--config={config}", "--address=127.0.0.1"]
    address = f"rsync://127.0.0.1:{port}/index"
    daemon = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        wait(lambda: subprocess.run([RSYNC or "", f"{address}/"], capture_output=True, check=False).returncode == 0, 20)
        (source / "generations/.new-000002").mkdir()
        started = time.monotonic()
        done(address, target, SETTLE_SECONDS="1")
        assert time.monotonic() - started > 1
        assert tree(target) == tree(source)
        assert store.versions(target) == ["000001"]
        assert not (target / "generations/.new-000002").exists()
        refused = subprocess.run([RSYNC or "", __file__, f"{address}/"], capture_output=True, text=True, check=False)
        assert "module is read only" in refused.stderr
    finally:
        daemon.kill()
        daemon.wait()


def test_it_says_how_it_is_called() -> None:
    assert (result := distribute("only")).returncode == 2
    assert result.stderr == "usage: distribute.sh SOURCE TARGET...\n"

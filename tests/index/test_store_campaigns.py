"""The campaigns against the index folder, in short; each can be run in full from the command line."""

from __future__ import annotations

import pytest

from campaigns import corruption, faults, powerloss


def test_whatever_the_disk_refuses_the_index_in_use_answers_and_the_next_attempt_succeeds() -> None:
    counts = faults.run(full=False, seed=20)
    operations = {name.split()[1] for name in counts if len(name.split()) == 2}
    assert {"open", "write", "fsync", "replace", "link", "mkdir", "unlink", "rmdir"} <= operations
    assert counts["told"] > 40
    assert counts["overcome"] > 0
    assert counts["the new one in use"] > 0


def test_a_disk_that_is_some_pages_too_small_leaves_the_index_in_use_untouched() -> None:
    try:
        counts = faults.fill()
    except faults.NoMountError as error:
        pytest.skip(f"nothing can be mounted here: {error}")
    assert counts == {"too small": 5, "just large enough": 1}


def test_after_a_power_loss_the_index_is_the_old_or_the_new() -> None:
    counts = powerloss.run(full=False, seed=20)
    assert counts["old"] > 50
    assert counts["new"] > 50


def test_no_damaged_file_answers_and_each_is_named() -> None:
    counts = corruption.run(count=100, seed=20, mend_every=10)
    assert all(counts[harm] for harm in "flip truncate zero misplace swap lengthen remove".split())
    assert counts["shared: refused"] > 10
    assert counts["alone: answered by 000001"] > 10

"""Office files with changed bytes; `campaigns.office` takes many more."""

from __future__ import annotations

from campaigns import office


def test_a_damaged_file_is_read_or_refused_and_nothing_else() -> None:
    assert list(office._damaged(12, seed=7)) == []

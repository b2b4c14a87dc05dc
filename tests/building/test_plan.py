"""What a rebuild has to read, decided without a disk."""

from __future__ import annotations

from alliance_qa.building.plan import Plan, Scan, plan, since
from alliance_qa.documents.reading import SourceFile
from alliance_qa.errors import Failure
from alliance_qa.index.manifest import FileState

THEN, NOW = "2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z"
A, B, C, D, E, F = (SourceFile(f"{name}.txt", name * 64) for name in "abcdef")


def state(source: SourceFile, document_id: str | None = None, failure: Failure | None = None) -> FileState:
    return FileState(source.path, source.sha256, THEN, document_id, 1 if document_id else 0, failure, None)


HIDDEN = FileState(".x", "", NOW, None, 0, Failure.HIDDEN, "is hidden")
BEFORE = {
    entry.path: entry
    for entry in (
        state(A, "a-1"),
        state(SourceFile("b.txt", "0" * 64), "b-1"),
        state(C, "c-1"),
        state(D, failure=Failure.DAMAGED),
        state(E, failure=Failure.TIMEOUT),
    )
}


def test_each_file_is_read_again_or_kept_for_a_reason() -> None:
    # a: as it was; b: other bytes; c: its segment is damaged; d: as damaged as it was; e: once more; f: new
    found = plan(Scan((A, B, C, D, E, F), (HIDDEN,)), BEFORE, {"a-1", "b-1"})
    kept = {".x": HIDDEN, "a.txt": BEFORE["a.txt"], "d.txt": BEFORE["d.txt"]}
    assert found == Plan(to_read=(B, C, F), again=(E,), stays=frozenset(["a-1"]), states=kept)


def test_without_an_index_everything_is_read() -> None:
    assert plan(Scan((A, B), ()), {}, ()) == Plan(to_read=(A, B), again=(), stays=frozenset(), states={})


def test_what_is_gone_has_no_state() -> None:
    assert plan(Scan((A,), ()), BEFORE, {"a-1", "b-1"}).states == {"a.txt": BEFORE["a.txt"]}


def test_a_state_is_as_old_as_it_is() -> None:
    new = FileState("a.txt", "a" * 64, NOW, "a-1", 1)
    assert since(new, BEFORE["a.txt"]) == BEFORE["a.txt"]
    assert since(new, BEFORE["c.txt"]) == since(new, None) == new

"""How long others wait for the one thread that a model works in, and who is charged for its time."""

from __future__ import annotations

import threading
import time

import pytest

from alliance_qa import budget
from alliance_qa.errors import BudgetError, ModelError
from alliance_qa.models import thread
from alliance_qa.models.thread import ModelThread


def burn(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_a_call_is_worked_out_in_the_thread_of_its_name() -> None:
    assert ModelThread("model").run(lambda: threading.current_thread().name).startswith("model")


def test_a_fault_reaches_who_asks() -> None:
    with pytest.raises(ZeroDivisionError):
        ModelThread("model").run(lambda: 1 // 0)


def test_a_thread_that_hangs_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread, "WAIT_SECONDS", 0.05)
    one, end = ModelThread("reader"), threading.Event()
    done: list[bool] = []

    def hang() -> None:
        done.append(end.wait(30))

    for _ in range(2):
        with pytest.raises(ModelError, match=r"^the thread 'reader' has not answered for 0\.05 s; restart"):
            one.run(hang)
    end.set()
    assert one.run(lambda: 7) == 7
    assert done == [True]  # what nobody waits for any more is not begun


def test_its_processor_time_is_charged_to_who_asks() -> None:
    one = ModelThread("model")
    with budget.limited(0.2):
        one.run(burn, 0.05)
        with pytest.raises(BudgetError):
            one.run(burn, 0.2)


def test_who_has_no_time_left_is_not_worked_for() -> None:
    done: list[int] = []
    with budget.limited(0), pytest.raises(BudgetError):
        ModelThread("model").run(done.append, 1)
    assert done == []

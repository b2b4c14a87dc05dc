"""How much processor time a piece of work may take."""

from __future__ import annotations

import time

import pytest

from alliance_qa import budget
from alliance_qa.errors import BudgetError


def burn(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_work_within_its_budget_is_not_disturbed() -> None:
    with budget.limited(5):
        budget.spend()
        budget.spend(4)


def test_work_over_its_budget_is_stopped() -> None:
    with budget.limited(0.05):
        burn(0.06)
        with pytest.raises(BudgetError, match=r"^this question takes more than the 0\.05 seconds of processor time"):
            budget.spend()


def test_what_other_threads_do_counts() -> None:
    with budget.limited(1):
        budget.spend(0.9)
        with pytest.raises(BudgetError):
            budget.spend(0.2)


def test_waiting_does_not_count() -> None:
    with budget.limited(0.05):
        time.sleep(0.1)
        budget.spend()


def test_without_a_budget_nothing_is_too_much() -> None:
    with budget.limited(0.1):
        pass
    budget.spend(1e9)

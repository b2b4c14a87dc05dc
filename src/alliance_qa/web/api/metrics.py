"""Counters for Prometheus."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from alliance_qa.wording.guard import State, Use


class Metrics:
    def __init__(self, waiting: Callable[[], int]) -> None:
        """Prepare.

        Args:
            waiting: How many questions wait for their turn.
        """
        self._registry = CollectorRegistry()
        self._questions = Counter("alliance_qa_questions", "Questions by outcome", ["outcome"], registry=self._registry)
        self._seconds = Histogram(
            "alliance_qa_answer_seconds",
            "Time to answer a question",
            registry=self._registry,
            buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
        )
        queue = Gauge("alliance_qa_questions_waiting", "Questions that wait for their turn", registry=self._registry)
        queue.set_function(waiting)

    def asked(self, outcome: str, seconds: float) -> None:
        self._questions.labels(outcome).inc()
        self._seconds.observe(seconds)

    def text(self, wording: State | None = None) -> bytes:
        return generate_latest(self._registry) + (_wording(wording) if wording else b"")


def _wording(state: State) -> bytes:
    registry = CollectorRegistry()
    up = Gauge("alliance_qa_language_model_up", "1 where its last reply could be used", registry=registry)
    up.set(state.last_fault is None and not state.is_paused)
    for name, help_, label, counts in (
        ("alliance_qa_wordings", "Answers by how they were worded", "outcome", state.outcomes[Use.WORD]),
        ("alliance_qa_selections", "Selections of sentences by outcome", "outcome", state.outcomes[Use.SELECT]),
        ("alliance_qa_resolutions", "Resolutions of follow-ups by outcome", "outcome", state.outcomes[Use.RESOLVE]),
        ("alliance_qa_unproved_sentences", "Sentences of the model by the check failed", "check", state.refused),
    ):
        counter = Counter(name, help_, [label], registry=registry)
        for value, count in counts.items():
            counter.labels(value).inc(count)
    return generate_latest(registry)

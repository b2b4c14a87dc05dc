"""What the keeper of an index does with a question set: measure the answers by it, fit the operating point to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from alliance_qa import __version__
from alliance_qa.answering import answerability
from alliance_qa.building.rebuild import Progress, Report
from alliance_qa.errors import IndexDamagedError
from alliance_qa.index import store
from alliance_qa.index.generation import Generation
from alliance_qa.index.manifest import Manifest
from alliance_qa.measuring import calibration, figures, trial
from alliance_qa.measuring.calibration import Calibration
from alliance_qa.measuring.figures import Evaluation
from alliance_qa.measuring.judgement import Judged, LabelledQuestion
from alliance_qa.measuring.question_sets import QuestionSet
from alliance_qa.service.service import Service
from alliance_qa.settings import Settings


@dataclass(frozen=True, slots=True)
class About:
    """What was measured, and when."""

    questions: str  # the name of the set
    index_version: str
    model: str
    version: str  # of this package
    day: str  # ISO 8601
    language_model: str | None = None  # with what it was asked for; None where it had no part in it


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The figures of a set, and what they are of."""

    about: About
    evaluation: Evaluation


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A fitted operating point, and where it is in use."""

    calibration: Calibration
    asked: Manifest  # of the generation that was asked
    left_out: tuple[tuple[str, str], ...]  # the id and the fault of each question that cannot be judged
    written: Manifest | None  # of the generation that has the point; None where nothing was to be written


def evaluate(asked: QuestionSet, service: Service, report: Report = lambda _: None) -> Evaluated:
    """Put a set to a service and return its figures.

    Args:
        asked: The set.
        service: Over the index in use, or over what the set brings along.
        report: Is told how many questions are asked.
    """
    generation = service.generation
    judged = _asked(asked.questions, service, generation, report)
    about = About(asked.name, generation.version, service.settings.model, __version__, _today(), service.helped_by)
    return Evaluated(about, figures.evaluate(judged))


def calibrate(
    asked: QuestionSet, service: Service, *, most_false: float, write: bool = True, report: Report = lambda _: None
) -> Calibrated:
    """Fit an operating point to a set, and put it into use in a new generation that differs in it alone.

    Args:
        asked: Questions about the index in use.
        service: Over that index.
        most_false: The largest share of the unanswerable questions that may be answered, in [0, 1).
        write: Whether it is put into use.
        report: Is told how many questions are asked.

    Raises:
        CalibrationError: The questions are too few or too uniform, or no threshold keeps `most_false`.
        IndexDamagedError: The index is damaged.
        IndexBusyError: Another process writes to it.
        IndexMismatchError: It was rebuilt in another way meanwhile.
        IndexWriteError: The disk refused.
    """
    if service.damage:
        raise IndexDamagedError(service.damage)
    generation, settings = service.generation, service.settings
    # Without its point: what is fitted is the confidence of the rule itself.
    judged = _asked(asked.questions, service, generation.at(None), report, alone=True)
    found = calibration.calibrate(
        calibration.samples(judged),
        answerability.in_force(generation.manifest.operating_point),
        most_false=most_false,
        made=_today(),
    )
    written = None
    if write:
        with store.lock(settings.index):
            written = store.set_operating_point(
                settings.index, found.point, generation.manifest.recipe, retain=settings.retained_generations
            )
    left_out = tuple((entry.question.id, entry.fault) for entry in judged if entry.fault)
    return Calibrated(found, generation.manifest, left_out, written)


def reset(settings: Settings) -> Manifest:
    """Put the shipped operating point into use again; return the manifest of the generation in use then.

    Raises:
        AllianceQAError: As `calibrate` does of the index.
    """
    with store.lock(settings.index):
        return store.set_operating_point(settings.index, None, None, retain=settings.retained_generations)


def _asked(
    questions: Sequence[LabelledQuestion],
    service: Service,
    generation: Generation,
    report: Report,
    *,
    alone: bool = False,
) -> tuple[Judged, ...]:
    def told(done: int, total: int) -> None:
        report(Progress("asking", done, total))

    return trial.run(questions, service, told, generation=generation, alone=alone)


def _today() -> str:
    return datetime.now(UTC).date().isoformat()

"""Question sets on disk, in one of three forms: our own, BEIR's, and passages with accepted answers."""

from __future__ import annotations

import gzip
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from alliance_qa.domain import Reason, Turn
from alliance_qa.errors import QuestionError
from alliance_qa.measuring.judgement import Kind, LabelledQuestion

_CORPUS, _QUERIES, _QRELS = "corpus.jsonl", "queries.jsonl", "qrels"
_HEAD = ["query-id", "corpus-id", "score"]  # of the judgements of BEIR


@dataclass(frozen=True, slots=True)
class Source:
    """A passage that a set brings along: a document of its own."""

    path: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions, and the collection that they are asked of where the set brings it."""

    name: str
    questions: tuple[LabelledQuestion, ...]
    sources: tuple[Source, ...] | None = None  # None: asked of the index in use


def read(path: Path) -> QuestionSet:
    """Read a question set.

    Args:
        path: A `.jsonl` file of our own form (questions/README.md); a folder with `corpus.jsonl`,
            `queries.jsonl` and `qrels/*.tsv` (BEIR; of several judgements only `test.tsv` if there is one);
            or a folder with `corpus.jsonl.gz` and `queries.jsonl.gz`.

    Raises:
        QuestionError: It has none of these forms; the message names file, line and what is wrong.
    """
    if path.is_dir():
        if (path / f"{_QUERIES}.gz").is_file():
            return _with_answers(path)
        if (path / _QUERIES).is_file():
            return _beir(path)
        raise QuestionError(
            f"{path} holds no question set; it needs {_CORPUS}, {_QUERIES} and {_QRELS}/*.tsv, "
            f"or {_CORPUS}.gz and {_QUERIES}.gz"
        )
    if path.suffix != ".jsonl":
        raise QuestionError(f"{path} is no question set; name a .jsonl file or a folder")
    questions = tuple(line.value() for line in _parsed(path, _OwnLine))
    return QuestionSet(path.name, _distinct(questions, path))


def sample(found: QuestionSet, most: int, *, seed: int) -> QuestionSet:
    """Return the set with at most `most` of its questions, drawn by a seed, in their order. Sources all stay."""
    if len(found.questions) <= most:
        return found
    drawn = np.random.default_rng(seed).permutation(len(found.questions))[:most]
    return replace(found, questions=tuple(found.questions[i] for i in sorted(drawn.tolist())))


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


_Id = Annotated[str, StringConstraints(min_length=1, max_length=300)]
_Said = Annotated[str, StringConstraints(min_length=1, max_length=8_000, pattern=r"\S")]


class _TurnLine(_Line):
    role: Literal["user", "assistant"]
    content: Annotated[str, StringConstraints(max_length=8_000)]


class _OwnLine(_Line):
    id: _Id
    kind: Annotated[Kind, Field(strict=False)]
    text: _Said
    history: tuple[_TurnLine, ...]
    answers: tuple[_Said, ...]
    evidence: tuple[_Said, ...]
    documents: tuple[_Said, ...]
    answerable: bool
    reason: Annotated[Reason | None, Field(strict=False)]
    standalone: _Said | None

    def fault(self) -> str | None:
        """Return what contradicts itself."""
        given = (self.answers, self.evidence, self.documents)
        if self.answerable and not all(given):
            return "an answerable question needs answers, evidence and documents"
        if not self.answerable and any(given):
            return "a question that is not answerable has no answers, evidence or documents"
        if self.answerable and self.reason:
            return "an answerable question has no reason to be refused"
        if self.answerable and self.kind in (Kind.NEAR_MISS, Kind.OFF_TOPIC):
            return f"a question of kind {self.kind} is not answerable"
        return None

    def value(self) -> LabelledQuestion:
        return LabelledQuestion(
            id=self.id,
            kind=self.kind,
            text=self.text,
            answerable=self.answerable,
            history=tuple(Turn(turn.role, turn.content) for turn in self.history),
            answers=self.answers,
            evidence=self.evidence,
            documents=self.documents,
            reason=self.reason,
            standalone=self.standalone,
        )


class _Loose(_Line):
    """A line of a public set, which may say more than we need."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    def fault(self) -> str | None:
        """Return what contradicts itself."""
        return None


class _PassageLine(_Loose):
    id: _Id
    title: str = ""
    text: str


class _AskedLine(_Loose):
    id: _Id
    text: _Said
    history: tuple[str, ...] = ()  # earlier turns of the user
    answers: tuple[_Said, ...]
    relevant: tuple[_Id, ...]
    answerable: bool

    def fault(self) -> str | None:
        """Return what contradicts itself."""
        if self.answerable and not (self.answers and self.relevant):
            return "an answerable question needs answers and relevant"
        return None


class _BeirLine(_Loose):
    id: _Id = Field(alias="_id")
    title: str = ""
    text: str


_L = TypeVar("_L", _OwnLine, _PassageLine, _AskedLine, _BeirLine)


def _with_answers(folder: Path) -> QuestionSet:
    passages = list(_parsed(folder / f"{_CORPUS}.gz", _PassageLine))
    sources, paths = _sources([(line.id, line.title, line.text) for line in passages], folder / f"{_CORPUS}.gz")
    file = folder / f"{_QUERIES}.gz"
    questions = []
    for number, line in enumerate(_parsed(file, _AskedLine), 1):
        unknown = [id_ for id_ in line.relevant if id_ not in paths]
        if unknown:
            raise QuestionError(f"{file}, line {number}: relevant: {unknown[0]!r} is not in {_CORPUS}.gz")
        questions.append(
            LabelledQuestion(
                id=line.id,
                # What its writers made unanswerable was written for one of the passages.
                kind=Kind.OTHER if line.answerable else Kind.NEAR_MISS,
                text=line.text,
                answerable=line.answerable,
                history=tuple(Turn("user", said) for said in line.history),
                answers=line.answers if line.answerable else (),
                documents=tuple(paths[id_] for id_ in line.relevant) if line.answerable else (),
            )
        )
    return QuestionSet(folder.name, _distinct(tuple(questions), file), sources)


def _beir(folder: Path) -> QuestionSet:
    passages = list(_parsed(folder / _CORPUS, _BeirLine))
    sources, paths = _sources([(line.id, line.title, line.text) for line in passages], folder / _CORPUS)
    texts = {line.id: line.text for line in _parsed(folder / _QUERIES, _BeirLine)}
    grades = _judgements(folder)
    for query, judged in grades.items():
        unknown = [id_ for id_ in judged if id_ not in paths]
        if query not in texts or unknown:
            name, file = (query, _QUERIES) if query not in texts else (unknown[0], _CORPUS)
            raise QuestionError(f"{folder / _QRELS}: {name!r} is not in {file}; mend the set")
    questions = tuple(
        LabelledQuestion(
            id=query,
            kind=Kind.OTHER,
            text=text,
            answerable=True,
            documents=tuple(paths[id_] for id_ in grades[query]),
            grades=tuple(grades[query].values()),
        )
        for query, text in texts.items()
        if grades.get(query)  # what nobody judged cannot be measured
    )
    return QuestionSet(folder.name, _distinct(questions, folder / _QUERIES), sources)


def _judgements(folder: Path) -> dict[str, dict[str, int]]:
    """Return the grade of each relevant passage, by question."""
    files = sorted((folder / _QRELS).glob("*.tsv"))
    if not files:
        raise QuestionError(f"{folder / _QRELS} holds no .tsv file; BEIR keeps its judgements there")
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    for file in [file for file in files if file.stem == "test"] or files:
        for number, line in _lines(file):
            columns = line.split("\t")
            if number == 1 and columns == _HEAD:
                continue
            if len(columns) != 3 or not columns[2].removeprefix("-").isdecimal():
                raise QuestionError(f"{file}, line {number}: needs {', '.join(_HEAD)}, parted by tabs")
            if int(columns[2]) > 0:
                grades[columns[0]][columns[1]] = int(columns[2])
    return grades


def _sources(entries: Sequence[tuple[str, str, str]], file: Path) -> tuple[tuple[Source, ...], dict[str, str]]:
    """Return the passages as documents of their own, and their paths by id."""
    _unique((id_ for id_, _, _ in entries), file)
    paths = {id_: f"{number:08}.txt" for number, (id_, _, _) in enumerate(entries, 1)}
    return tuple(Source(paths[id_], title, text) for id_, title, text in entries), paths


def _distinct(questions: tuple[LabelledQuestion, ...], file: Path) -> tuple[LabelledQuestion, ...]:
    if not questions:
        raise QuestionError(f"{file} holds no question")
    _unique((question.id for question in questions), file)
    return questions


def _unique(ids: Iterable[str], file: Path) -> None:
    twice = [id_ for id_, times in Counter(ids).items() if times > 1]
    if twice:
        raise QuestionError(f"{file}: the id {twice[0]!r} stands there more than once")


def _parsed(file: Path, form: type[_L]) -> Iterator[_L]:
    for number, text in _lines(file):
        try:
            line = form.model_validate_json(text)
        except ValidationError as error:
            problem = error.errors()[0]
            place = "".join(f"{part}: " for part in problem["loc"])
            message = problem["msg"][0].lower() + problem["msg"][1:]
            raise QuestionError(f"{file}, line {number}: {place}{message}") from None
        if fault := line.fault():
            raise QuestionError(f"{file}, line {number}: {fault}")
        yield line


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    """Yield every line with its number, from 1."""
    try:
        with gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                try:
                    yield number, line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
                except UnicodeDecodeError as error:
                    raise QuestionError(f"{file}, line {number}: byte {error.start} is not valid UTF-8") from None
    except FileNotFoundError:
        raise QuestionError(f"{file} does not exist") from None
    except (OSError, EOFError, zlib.error) as error:  # gzip's errors are among them
        raise QuestionError(f"{file} cannot be read ({error})") from error

"""What a question about the documents themselves costs among 10^5 of them, beside reading every text for it.

Documents of about 4,000 characters are made, with titles and authors of a made-up vocabulary and stand-in
vectors. "Every text" is what such a question cost before titles had an index of their own: it reads all
documents and looks at their titles. All rows are of one run in one process, from an opened index; the first
three are the step that answers from facts, without the search for passages that goes before it.
"""

from __future__ import annotations

import gc
import hashlib
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from alliance_qa.answering import facts
from alliance_qa.asking.query import analyse
from alliance_qa.building import rebuild, segments
from alliance_qa.building.segments import SplitDocument
from alliance_qa.domain import Block, BlockKind, Document, Fact, Facts, Passage, Provenance, Span
from alliance_qa.index import store
from alliance_qa.index.generation import Generation
from alliance_qa.ports import Embedding, PassageInput, Vectors, unit
from alliance_qa.service.service import Service
from alliance_qa.settings import load
from alliance_qa.text.terms import terms

_IN_A_SEGMENT = 16_000  # documents; two passages each
_QUESTIONS = ("Who wrote the report on {}?", "When was “{}” published?", "Which documents do you have about {}?")
_REPEATS = 20
_BODY = "The committee met in the harbour and wrote down what every keeper of a lighthouse had seen. " * 8
_BODY_TERMS = tuple(terms(_BODY))


class StandIn:
    """An Embedder whose vectors mean nothing."""

    name, fingerprint, dimension, max_tokens = "stand-in", "6" * 64, 64, 600

    def token_starts(self, texts: Sequence[str]) -> list[list[int]]:
        """Count a token per five characters."""
        return [list(range(0, len(text), 5)) for text in texts]

    def unknown_shares(self, texts: Sequence[str]) -> list[float]:
        """Know every letter."""
        return [0.0] * len(texts)

    def embed_question(self, question: str) -> Vectors:
        """Return a vector."""
        seed = int.from_bytes(hashlib.sha256(question.encode()).digest()[:4], "big")
        return unit(np.random.default_rng(seed).standard_normal(self.dimension, np.float32))

    def embed_questions(self, questions: Sequence[str]) -> Vectors:
        """Return vectors."""
        return np.stack([self.embed_question(question) for question in questions])

    def embed_passages(self, inputs: Sequence[PassageInput]) -> list[Embedding]:
        """Return vectors, a sentence's being its passage's."""
        vectors = unit(np.random.default_rng(len(inputs)).standard_normal((len(inputs), self.dimension), np.float32))
        return [
            Embedding(vector, np.broadcast_to(vector, (len(entry.sentences), self.dimension)))
            for vector, entry in zip(vectors, inputs, strict=True)
        ]


def main() -> None:
    """Print a table; how many documents is given on the command line."""
    if sys.argv[1:2] == ["--build"]:
        _build(Path(sys.argv[2]), int(sys.argv[3]))
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        settings = load(index=Path(folder) / "index", documents=Path(folder))
        # In a process of its own: what it needs would count as resident here.
        command = [sys.executable, __file__, "--build", str(settings.index), str(count)]
        built, _ = _timed(lambda: subprocess.run(command, check=True))
        print(f"{count:,} documents, built in {built:.0f} s\n", file=sys.stderr)
        word = _title(count // 3).removeprefix("A report on ")
        print("| | first ms | then ms, median | MiB at most while the first | MiB that stay |\n|---|---|---|---|---|")
        service = Service(settings, StandIn())
        generation = service.generation
        collection = service.collection(generation)

        def draft(question: str) -> None:
            query = analyse(question, collection.embedder.embed_question(question))
            assert facts.draft(query, [], collection), question

        for form in _QUESTIONS:
            print(_row(form.format("…"), lambda form=form: draft(form.format(word))), flush=True)  # type: ignore[misc]
        print(_row("a whole answer", lambda: service.ask(generation, _QUESTIONS[0].format(word))), flush=True)
        print(_row("the list of all documents", generation.corpus.outlines, repeats=1), flush=True)
        print(_row("every text, as before", lambda: _before(generation, word), repeats=1), flush=True)


def _before(generation: Generation, subject: str) -> list[Document]:
    """Find documents by their titles as it was done before: in all of them."""
    wanted = set(terms(subject))
    return [d for d in generation.corpus.documents() if wanted <= set(terms(d.facts.title.value))]


def _row(name: str, call: Callable[[], Any], *, repeats: int = _REPEATS) -> str:
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", "ascii")  # begins the count of the peak anew
    before = _resident("VmRSS")
    first, _ = _timed(call)
    most, more = _resident("VmHWM") - before, _resident("VmRSS") - before
    later = float(np.median([_timed(call)[0] for _ in range(repeats)]))
    return f"| {name} | {first * 1000:,.1f} | {later * 1000:,.1f} | {most / 1024:,.0f} | {more / 1024:,.0f} |"


def _resident(name: str) -> int:
    """Return one of the kernel's counts of resident memory, in KiB."""
    found = re.search(rf"^{name}:\s*(\d+) kB", Path("/proc/self/status").read_text("ascii"), re.MULTILINE)
    return int(found[1]) if found else 0


def _build(index: Path, count: int) -> None:
    embedder = StandIn()
    recipe = rebuild.recipe(load(index=index), embedder.fingerprint)
    with store.lock(index), store.draft(index) as draft:
        for first in range(0, count, _IN_A_SEGMENT):
            found = [_split(number) for number in range(first, min(first + _IN_A_SEGMENT, count))]
            draft.add(segments.build(found, embedder=embedder, dimension=64, known=_none, progress=_ignore))
        draft.commit(recipe, [], dimension=64, reused=0, oldest=None, retain=0)


def _none(_: Sequence[bytes]) -> dict[bytes, Embedding]:
    return {}


def _ignore(*_: int) -> None:
    pass


def _title(number: int) -> str:
    return f"A report on {_name(number)} {_name(number // 7 + 17)}"


def _name(number: int) -> str:
    """Return a word of a vocabulary that has no end."""
    syllables = "ka mi no ta ra shi to yu he so ne bu".split()
    digits = np.base_repr(number % 50_000 + 1_728, 12)
    return "".join(syllables[int(digit, 12)] for digit in digits).capitalize()


def _split(number: int) -> SplitDocument:
    """Return a document of 4,000 characters, put together without reading a file."""
    title, author, published = _title(number), f"{_name(number % 997)} {_name(number % 89)}", str(1950 + number % 75)
    stated = [f"title: {title}", f"author: {author}", f"published: {published}"]
    sections = [(f"{_name(number + at)} {_name(at)}", _BODY) for at in range(5)]
    lines = [(BlockKind.METADATA, line) for line in stated] + [(BlockKind.HEADING, title)]
    for heading, body in sections:
        lines += [(BlockKind.HEADING, heading), (BlockKind.PARAGRAPH, body)]
    blocks, at = [], 0
    for kind, line in lines:
        blocks.append(Block(kind, Span(at, at + len(line)), level=int(kind is BlockKind.HEADING)))
        at += len(line) + 1
    facts = Facts(
        *(
            Fact(line.partition(": ")[2], Provenance.FRONT_MATTER, block.span)
            for line, block in zip(stated, blocks, strict=False)
        )
    )
    path, text = f"{number // 1000:04d}/{number:07d}.md", "\n".join(line for _, line in lines)
    document = Document(f"d-{number}", path, "text/markdown", "0" * 64, text, tuple(blocks), facts)
    held = [block.span for block in blocks if block.kind is BlockKind.PARAGRAPH][:2]
    passages = tuple(Passage(document.id, span, _BODY, (span,), (title,)) for span in held)
    return SplitDocument(document, passages, (tuple(terms(title)) + _BODY_TERMS,) * len(passages))


def _timed(call: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = call()
    return time.perf_counter() - started, result


if __name__ == "__main__":
    main()

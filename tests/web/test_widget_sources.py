"""The widget's sources: what joins them, and that joined they do what each does alone."""

from __future__ import annotations

import re

import pytest

from alliance_qa.web.widget import FOLDER, SOURCES, joined, widget

TEXTS = {name: (FOLDER / f"{name}.js").read_text("utf-8") for name in SOURCES}
EXPORT = re.compile(r"^export (?:const|class|(?:async )?function) (\w+)", re.MULTILINE)
IMPORT = re.compile(r'^import \{ (.+) \} from "\./(\w+)\.js";$', re.MULTILINE)

FIRST = "// ---- First\n\nconst own = 1;\n\nexport const one = () => own;\nexport async function two() {}\n"
LAST = (
    '/**\n * How to embed it.\n */\n\n// ---- Last\n\nimport { one, two } from "./first.js";\n\n'
    "export class Last {\n  three = one(two);\n}\n\nstart(Last);\n"
)


def test_sources_are_joined_in_one_scope_that_exports_what_the_last_exports() -> None:
    assert joined({"first": FIRST, "last": LAST}) == (
        "/**\n * How to embed it.\n */\n\n"
        "// ---- First\n\nconst own = 1;\n\nconst one = () => own;\nasync function two() {}\n\n"
        "// ---- Last\n\nexport class Last {\n  three = one(two);\n}\n\nstart(Last);\n"
    )


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("// ---- First\n\n", "", 'first.js does not begin with its chapter, "// ---- …" and an empty line'),
        ("// ---- First\n", "// First\n", "first.js does not begin with its chapter"),
        ("export const one", "const one", "last.js imports one, which first.js does not export"),
        ("one, two }", "one, other, two }", "last.js imports other, which first.js does not export"),
        ("./first.js", "./last.js", "last.js imports last.js, which is no source before it"),
        ("./first.js", "./second.js", "last.js imports second.js, which is no source before it"),
        ("start(Last)", "const own = 2", "own is a name of both first.js and last.js"),
        ("start(Last)", "async function one() {}", "one is a name of both first.js and last.js"),
        ("export async function", "export default function", "import or export that is not joined: export default"),
        ("export async", "export { own };\nexport async", "import or export that is not joined: export { own };"),
        ("export async", "  export async", "import or export that is not joined: export async function two() {}"),
        ("export async function", "export async function*", "not joined: export async function* two() {}"),
        ("export async", "export let three;\nexport async", "not joined: export let three;"),
        ("export async", 'export * from "./other.js";\nexport async', 'not joined: export * from "./other.js";'),
        ("import { one, two }", "import { one as two }", "last.js has an import or export that is not joined: import"),
        ("import { one, two }", "import * as first", "import or export that is not joined: import * as first"),
        ("import { one, two }", "import first", "import or export that is not joined: import first"),
        ("import { one, two } from", "import", 'import or export that is not joined: import "./first.js";'),
        ("import { one, two }", "import {\n  one,\n  two,\n}", "import or export that is not joined: import {"),
        ('"./first.js"', '"first"', 'not joined: import { one, two } from "first";'),
        ('"./first.js"', "'./first.js'", "not joined: import { one, two } from './first.js';"),
        ('"./first.js"', '"https://other.example/first.js"', "not joined: import { one, two } from"),
        ('first.js";', 'first.js"; start();', "not joined: import { one, two } from"),
        ("start(Last);", 'start(Last);\nimport { one } from "./first.js";', "import or export that is not joined"),
        ("start(Last);", 'start(await import("./first.js"));', 'not joined: import("./first.js"));'),
    ],
)
def test_what_is_of_another_form_is_refused(before: str, after: str, says: str) -> None:
    assert (FIRST + LAST).count(before) == 1
    with pytest.raises(ValueError, match=re.escape(says)):
        joined({"first": FIRST.replace(before, after), "last": LAST.replace(before, after)})


def test_a_source_is_after_those_that_it_imports() -> None:
    with pytest.raises(ValueError, match=r"last\.js imports first\.js, which is no source before it"):
        joined({"last": LAST.partition("\n\n")[2], "first": FIRST})


def test_each_source_is_whole_in_what_is_served_but_for_imports_and_the_word_export() -> None:
    served = widget().source.decode()
    head, _, last = TEXTS["element"].partition("\n\n")
    assert served.startswith(head)
    chapters = [
        *(EXPORT.sub(lambda found: found[0].removeprefix("export "), TEXTS[name]) for name in SOURCES[:-1]),
        last,
    ]
    assert served == head + "\n\n" + "\n".join(re.sub(r"\n(?:import .*\n)+(?=\n)", "", text) for text in chapters)


def test_only_the_element_is_exported() -> None:
    assert EXPORT.findall(widget().source.decode()) == ["AllianceQaChat"]


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_imports_what_it_uses_of_the_others_and_nothing_else(name: str) -> None:
    imported = {each for names, _ in IMPORT.findall(TEXTS[name]) for each in names.split(", ")}
    others = {each for other in SOURCES[: SOURCES.index(name)] for each in EXPORT.findall(TEXTS[other])}
    statements = IMPORT.sub("", TEXTS[name])
    # Not in comments and strings, and not as a property: `.name`, `#name`, `name:`.
    bare = re.sub(r"(?s:/\*.*?\*/)|//.*|\"[^\"\n]*\"", "", statements)
    used = {each for each in others if re.search(rf"(?<![\w.#$-]){each}\b(?!:)", bare)}
    assert imported == used

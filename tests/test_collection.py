"""The shipped collection: complete, in our own words, with its sources named and its generated files up to date."""

import importlib.metadata
import importlib.util
import re
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = ROOT / "documents"
COMMENTARY = ROOT.parent / "shared" / "commentary"
GUIDE = (DOCUMENTS / "how-to-read-this-collection.md").read_text(encoding="utf-8")
# The guide's table names what we ship; a person may have added files of their own.
SHIPPED = tuple(DOCUMENTS / name for name in re.findall(r"^\| (\S+\.\w+) \|", GUIDE, re.MULTILINE))
JAPANESE = ("alliance-gone-global-digest-ja.md", "alliance-in-japanese.md")
SOURCES = tuple(sorted((ROOT / "collection").glob("*.md")))

LONGEST_SHARED_RUN = 6  # words; a run of seven is somebody's sentence, unless it is one of these names
NAMES = (
    "Japan's Alliance with the U.S. Has Just Gone Global",
    "Guidelines for Japan-U.S. Defense Cooperation",
    "RAND National Security Research Division",
)


def text_of(path: Path) -> str:
    """Return what a reader sees of a document."""
    if path.suffix == ".docx":
        docx = pytest.importorskip("docx")
        document = docx.Document(str(path))
        cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        return "\n".join([paragraph.text for paragraph in document.paragraphs] + cells)
    if path.suffix == ".pdf":
        pypdf = pytest.importorskip("pypdf")
        return "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        seen: list[str] = []
        parser = HTMLParser()
        parser.handle_data = seen.append  # type: ignore[method-assign, assignment]
        parser.feed(text)
        return "\n".join(seen)
    return text


def facts_of(path: Path) -> str:
    """Return the part of a document that states its title, author and date."""
    if path.suffix == ".docx":
        facts = pytest.importorskip("docx").Document(str(path)).core_properties
        return f"{facts.title}\n{facts.author}\n{facts.created:%Y-%m-%d}\n{facts.comments}\n{facts.language}"
    if path.suffix == ".pdf":
        reader = pytest.importorskip("pypdf").PdfReader(path)
        return "\n".join([*map(str, reader.metadata.values()), reader.root_object["/Lang"]])
    text = path.read_text(encoding="utf-8")
    return text.split("<body>")[0] if path.suffix == ".html" else text[:500]


def words(text: str) -> list[str]:
    """Return the words of a text, each of NAMES counting as one."""
    text = text.replace("’", "'")
    for number, name in enumerate(NAMES):
        text = re.sub(r"\s+".join(map(re.escape, name.split())), f" name{number} ", text, flags=re.IGNORECASE)
    return re.findall(r"[a-z0-9]+(?:['.][a-z0-9]+)*", text.lower())


def runs(text: str) -> set[str]:
    """Return every run of one word more than may be shared."""
    found, length = words(text), LONGEST_SHARED_RUN + 1
    return {" ".join(found[start : start + length]) for start in range(len(found) - length + 1)}


def build_script() -> ModuleType:
    for library in ("docx", "frontmatter", "pypdf", "reportlab"):
        pytest.importorskip(library)
    spec = importlib.util.spec_from_file_location("collection_build", ROOT / "collection" / "build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_ten_to_fifteen_documents_ship_in_every_file_type() -> None:
    assert 10 <= len(SHIPPED) <= 15
    assert {path.suffix for path in SHIPPED} == {".md", ".html", ".pdf", ".docx", ".txt"}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_a_document_named_in_the_guide_exists_and_is_small(path: Path) -> None:
    assert path.stat().st_size < 80_000


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_a_document_names_its_sources(path: Path) -> None:
    assert re.search(r"^(## )?(sources|出典)$", text_of(path), re.MULTILINE | re.IGNORECASE)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_a_document_states_author_date_publisher_and_language(path: Path) -> None:
    facts = facts_of(path)
    is_japanese = path.name in JAPANESE
    if path.name.startswith("alliance-gone-global-digest"):
        expected: tuple[str, ...] = (
            "author: Jeffrey W. Hornung",
            "2024-04-16",
            "Nikkei Asia",
            "digest_by: Alliance QA project",
        )
    else:
        expected = ("Alliance QA project", "Alliance QA")
        dates = ("2026-11-30",) if is_japanese else ("2026-11-24", "November 24, 2026")
        assert any(date in facts for date in dates)
    assert all(fact in facts for fact in expected)
    assert re.search(r"\bja\b" if is_japanese else r"\ben\b", facts)


@pytest.mark.parametrize("path", (*SHIPPED, *SOURCES), ids=lambda path: path.name)
def test_a_document_is_written_in_our_own_words(path: Path) -> None:
    commentaries = sorted(COMMENTARY.glob("*.txt"))
    if not commentaries:
        pytest.skip(f"no commentary to compare with in {COMMENTARY}")
    theirs = set().union(*(runs(commentary.read_text(encoding="utf-8")) for commentary in commentaries))
    assert runs(text_of(path)) & theirs == set()


def test_a_copied_sentence_would_be_seen() -> None:
    original = "A grey heron stood in the cold river, waiting for one careless fish."
    copied = "We saw that a grey heron stood in the\ncold river: waiting!"
    assert runs(copied) & runs(original) == {
        "a grey heron stood in the cold",
        "grey heron stood in the cold river",
        "heron stood in the cold river waiting",
    }


def test_a_title_may_be_repeated() -> None:
    assert words("in “Japan’s Alliance with the U.S.\nHas Just Gone Global”") == ["in", "name0"]


def test_the_generated_documents_are_built_from_their_sources() -> None:
    build = build_script()
    for library, version in build.MADE_WITH.items():
        if importlib.metadata.version(library) != version:
            pytest.skip(f"the generated files were made with {library} {version}")
    for name in build.TARGETS:
        assert build.built(name) == (DOCUMENTS / name).read_bytes(), f"{name}: run python collection/build.py"


def test_the_pdf_documents_break_words_at_line_ends() -> None:
    for path in SHIPPED:
        if path.suffix == ".pdf":
            assert re.search(r"[a-z]-\n[a-z]", text_of(path))

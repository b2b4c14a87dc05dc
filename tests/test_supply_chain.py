"""What is installed is pinned, named by its SHA-256, above the versions known to be weak, and listed in the wheel."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from alliance_qa import __version__

ROOT = Path(__file__).resolve().parents[1]
LOCKED = ("requirements.txt", "requirements-test.txt", "release/tools.txt")

# The first version without each weakness, with the id of its advisory.
FLOORS = {
    "certifi": ("2024.7.4", "CVE-2024-39689"),
    "cryptography": ("44.0.1", "CVE-2024-12797"),
    "filelock": ("3.20.1", "CVE-2025-68146"),
    "h11": ("0.16.0", "CVE-2025-43859"),
    "idna": ("3.7", "CVE-2024-3651"),
    "Jinja2": ("3.1.6", "CVE-2025-27516"),
    "lxml": ("4.9.1", "CVE-2022-2309"),
    "mammoth": ("1.11.0", "CVE-2025-11849"),
    "markdown-it-py": ("2.2.0", "CVE-2023-26303"),
    "mcp": ("1.23.0", "CVE-2025-66416"),
    "pillow": ("11.3.0", "CVE-2025-48379"),
    "protobuf": ("6.31.1", "CVE-2025-4565"),
    "pydantic": ("2.4.0", "CVE-2024-3772"),
    "Pygments": ("2.15.1", "CVE-2022-40896"),
    "PyJWT": ("2.10.1", "CVE-2024-53861"),
    "python-multipart": ("0.0.18", "CVE-2024-53981"),
    "PyYAML": ("5.4", "CVE-2020-14343"),
    "requests": ("2.32.4", "CVE-2024-47081"),
    "scikit-learn": ("1.5.0", "CVE-2024-5206"),
    "starlette": ("0.49.1", "CVE-2025-62727"),
    "torch": ("2.6.0", "CVE-2025-32434"),
    "tqdm": ("4.66.3", "CVE-2024-34062"),
    "transformers": ("4.53.0", "CVE-2025-6921"),
    "urllib3": ("2.6.3", "CVE-2026-21441"),
    "Werkzeug": ("3.0.6", "CVE-2024-49767"),
}


def plain(name: str) -> str:
    """Return a package's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(name: str) -> dict[str, str]:
    """Return the version of each package of a requirements file, hashes or not."""
    text = (ROOT / name).read_text("utf-8").replace("\\\n", " ")
    found = [re.fullmatch(r"([\w.-]+)==([\w.!+-]+)(?:\s.*)?", line.strip()) for line in text.splitlines() if line]
    return {plain(match[1]): match[2] for match in found if match}


@pytest.mark.parametrize("name", LOCKED)
def test_a_lock_has_the_pins_of_its_file_each_with_hashes(name: str) -> None:
    lock = name.replace(".txt", ".lock")
    assert pins(lock) == pins(name), "run `make hashes`"
    entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text("utf-8").strip())
    assert [entry for entry in entries if not re.search(r"--hash=sha256:[0-9a-f]{64}", entry)] == []


def test_the_commands_and_the_container_install_the_locks() -> None:
    makefile, dockerfile = ((ROOT / name).read_text("utf-8") for name in ("Makefile", "Dockerfile"))
    installs = re.findall(r"^\t(?:\$\(call install,|.*pip install)(.*)$", makefile, re.MULTILINE)
    assert [each for each in installs if "-r " in each and "--require-hashes" not in each] == []
    assert "requirements.lock" in makefile and "requirements-test.lock" in makefile
    installs = re.findall(r"pip install ([^\n]*)", dockerfile)
    assert len(installs) == 3
    assert [each for each in installs if "--require-hashes" not in each and not each.endswith(".whl \\")] == []


@pytest.mark.parametrize("name", FLOORS)
def test_no_version_is_one_that_is_known_to_be_weak(name: str) -> None:
    floor, advisory = FLOORS[name]
    torch = re.search(r"torch==([\d.]+)", (ROOT / "Makefile").read_text("utf-8"))
    assert torch
    found = pins("requirements-test.txt") | pins("requirements.txt") | {"torch": torch[1]}
    assert Version(found[plain(name)]) >= Version(floor), advisory
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    for text in re.findall(rf'"({re.escape(name)}[>=][^"]*)"', project, re.IGNORECASE):
        least = [Version(part.version) for part in Requirement(text).specifier if part.operator in (">=", "==")]
        assert least and least[0] >= Version(floor), f"{text}: {advisory}"


def test_an_advisory_is_named_by_an_id() -> None:
    assert [id_ for _, id_ in FLOORS.values() if not re.fullmatch(r"CVE-\d{4}-\d{4,}|GHSA(-\w{4}){3}", id_)] == []


def test_the_bill_of_materials_lists_every_pin_and_the_model() -> None:
    found = json.loads((ROOT / "sbom.cdx.json").read_text("utf-8"))
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")
    assert found["metadata"]["component"]["version"] == __version__
    libraries = {plain(each["name"]): each["version"] for each in found["components"] if each["type"] == "library"}
    makefile = re.search(r"torch==([\d.]+)", (ROOT / "Makefile").read_text("utf-8"))
    assert makefile and libraries == pins("requirements.txt") | {"torch": makefile[1]}, "run `make hashes`"
    models = [each for each in found["components"] if each["type"] == "machine-learning-model"]
    assert [each["name"] for each in models] == ["alliance-qa/model.safetensors"]
    assert "timestamp" not in found["metadata"]


def test_the_wheel_carries_it() -> None:
    assert 'sbom-files = ["sbom.cdx.json"]' in (ROOT / "pyproject.toml").read_text("utf-8")

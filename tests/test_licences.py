"""No package that the commands install is under the GPL or AGPL."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LOCKED = [
    line.partition("==")[0]
    for name in ("requirements.txt", "requirements-test.txt")
    for line in (ROOT / name).read_text("utf-8").splitlines()
]
# A choice of licences, of which another is taken; an exception for what a compiler links in.
OTHERWISE = {"tld": "MPL-1.1"}
EXCEPTION = re.compile(r"GPL-3\.0[\w.-]* WITH GCC-exception-3\.1", re.IGNORECASE)


def stated(package: str) -> str:
    facts = metadata.metadata(package).json
    classifiers = [line for line in facts.get("classifier", []) if line.startswith("License")]
    texts = [facts.get("license_expression", ""), facts.get("license", "")]
    return "\n".join([*(str(text)[:200] for text in texts), *classifiers])


@pytest.mark.parametrize("package", ["torch", *LOCKED])
def test_a_package_is_not_under_the_gpl(package: str) -> None:
    licence = EXCEPTION.sub("", stated(package))
    if package in OTHERWISE:
        assert OTHERWISE[package] in licence or "Mozilla" in licence or "MPL" in licence
    else:
        assert not re.search(r"\bA?GPL|(?<!Lesser )General Public License|Affero", licence.replace("LGPL", "")), licence

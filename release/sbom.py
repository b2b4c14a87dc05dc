"""Writes `sbom.cdx.json`, what the wheel is made of and needs, as CycloneDX 1.6: `make hashes`.

It lists the models inside the package with their SHA-256, and every pinned package with the SHA-256 of its files. The
same pins give the same bytes: it holds no date and no random number.
"""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.factory.license import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from alliance_qa import __version__, checksums

ROOT = Path(__file__).resolve().parents[1]
WEIGHTS = ROOT / "src" / "alliance_qa" / "models" / "weights"
TORCH = "2.13.0"  # in no lock: see lock.py


def pins() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return the version of each pinned package and the SHA-256 of its files, by name."""
    found = {}
    for entry in (ROOT / "requirements.lock").read_text("utf-8").replace("\\\n", " ").splitlines():
        name, version, *hashes = re.split(r"==|\s+--hash=sha256:", entry.strip())
        found[name] = (version.partition(" ")[0], tuple(sorted(hashes)))
    return found


def bom() -> Bom:
    """Return the bill of materials."""
    root = Component(
        name="alliance-qa", version=__version__, type=ComponentType.APPLICATION, licenses=_licenses("Apache-2.0")
    )
    root.bom_ref.value = "alliance-qa"
    made = Bom(metadata=BomMetaData(component=root), serial_number=uuid5(NAMESPACE_URL, repr(sorted(pins().items()))))
    made.metadata.timestamp = None  # type: ignore[assignment]
    found = [_package(name, *pin) for name, pin in sorted({**pins(), "torch": (TORCH, ())}.items())]
    found += [_model(path) for path in sorted(WEIGHTS.glob("*.safetensors"))]
    made.components.update(found)
    made.register_dependency(root, found)
    return made


def _package(name: str, version: str, hashes: tuple[str, ...]) -> Component:
    made = Component(
        name=name,
        version=version,
        type=ComponentType.LIBRARY,
        purl=PackageURL("pypi", None, name.lower().replace("_", "-"), version),
        licenses=_licenses(_license_of(name)),
        # Of one component only one file could be named by its hash; each of these files is this component.
        properties=[Property(name="alliance-qa:file:sha256", value=each) for each in hashes],
    )
    made.bom_ref.value = f"pkg:pypi/{name}@{version}"
    return made


def _model(path: Path) -> Component:
    made = Component(
        name=f"alliance-qa/{path.name}",
        version=__version__,
        type=ComponentType.MACHINE_LEARNING_MODEL,
        licenses=_licenses("Apache-2.0"),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=checksums.of([path.read_bytes()]))],
    )
    made.bom_ref.value = made.name
    return made


def _license_of(name: str) -> str:
    """Return what a package says its licence is, in one line: an SPDX expression, else its own words."""
    try:
        said = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    classified = [c.rpartition(" :: ")[2] for c in said.get_all("Classifier") or () if c.startswith("License ::")]
    given = said.get("License-Expression") or " AND ".join(classified) or said.get("License") or ""
    return " ".join(str(given).split("\n")[0].split())[:100]


def _licenses(said: str) -> list[object]:
    return [LicenseFactory().make_from_string(said)] if said else []


def text() -> str:
    """Return the bill of materials as it stands in the file."""
    return JsonV1Dot6(bom()).output_as_string(indent=1) + "\n"


if __name__ == "__main__":
    (ROOT / "sbom.cdx.json").write_text(text(), "utf-8")

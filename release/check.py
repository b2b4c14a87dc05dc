"""Tries a release before it is one: `make release-check`.

Builds the wheel, installs it with its locked requirements into a fresh environment (without PyTorch, which the default
models do not need), indexes and serves a folder from outside the source tree, asks a question, and compares the widget
that is served with the integrity in docs/widget.md. Needs the package index, and leaves nothing behind.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import time
import urllib.request
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
QUESTION, ANSWER = "When was the lighthouse of Oshima lit?", "The lighthouse of Oshima was lit on May 5, 1903."
PORT = 8917
_START_SECONDS = 120


def run(*command: str | Path, **given: object) -> str:
    """Run a command and return what it printed."""
    done = subprocess.run([*map(str, command)], check=True, stdout=subprocess.PIPE, text=True, **given)  # type: ignore[call-overload] # noqa: S603
    return str(done.stdout)


def expect(holds: bool, otherwise: str) -> None:
    """End with what is wrong where something does not hold."""
    if not holds:
        raise SystemExit(otherwise)


def build(folder: Path) -> Path:
    """Build the wheel; return it, once it carries what it must."""
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder, cwd=ROOT)
    [wheel] = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as file:
        names = file.namelist()
        [bill] = [name for name in names if name.endswith(".dist-info/sboms/sbom.cdx.json")]
        expect(file.read(bill) == (ROOT / "sbom.cdx.json").read_bytes(), "the wheel's bill of materials is another one")
    for wanted in ("models/weights/model.safetensors", "web/pages/base.html", "web/widget/element.js", "LICENSE"):
        expect(any(name.endswith(wanted) for name in names), f"the wheel lacks {wanted}")
    return wheel


def install(wheel: Path, folder: Path) -> Path:
    """Install the wheel into a new environment; return where its commands are."""
    run(os.environ.get("PYTHON") or sys.executable, "-m", "venv", folder)
    options = ["--quiet", "--no-deps", "--disable-pip-version-check"]
    run(folder / "bin/pip", "install", *options, "--require-hashes", "-r", ROOT / "requirements.lock")
    run(folder / "bin/pip", "install", *options, wheel)
    return folder / "bin"


def serve(commands: Path, home: Path) -> None:
    """Index and serve a folder, ask, and compare the widget."""
    (home / "documents").mkdir(parents=True)
    (home / "documents" / "lighthouse.txt").write_text(f"The lighthouse\n\n{ANSWER}\n", "utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ALLIANCE_QA_", "PYTHON"))}
    kept |= {"ALLIANCE_QA_PORT": str(PORT), "ALLIANCE_QA_EXAMPLES": QUESTION}
    run(commands / "alliance-qa", "index", cwd=home, env=kept)
    serving = subprocess.Popen([commands / "alliance-qa", "serve"], cwd=home, env=kept)  # noqa: S603
    try:
        wait(serving)
        body = json.dumps({"question": QUESTION}).encode()
        answer = json.loads(get("/v1/ask", body))
        expect(answer["answer"] == f"{ANSWER} [1]", f"the answer is {answer}")
        path, integrity = re.findall(
            r'src="https://qa\.example\.org(/widget-\S+)" integrity="sha384-(\S+)"',
            (ROOT / "docs" / "widget.md").read_text("utf-8"),
        )[0]
        served = base64.b64encode(hashlib.sha384(get(path)).digest()).decode()
        expect(served == integrity, f"the widget's integrity is {served}, docs/widget.md says {integrity}")
    finally:
        serving.terminate()
        serving.wait(30)


def get(path: str, body: bytes | None = None) -> bytes:
    """Return what the service answers."""
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}{path}", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as reply:  # noqa: S310
        return bytes(reply.read())


def wait(serving: subprocess.Popen[bytes]) -> None:
    """Return when the service is ready."""
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and serving.poll() is None:
        try:
            get("/health/ready")
            return
        except OSError:
            time.sleep(0.5)
    raise SystemExit("the service did not become ready")


def main() -> None:
    """Say what came of it; any fault ends it with an exit code above 0."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        wheel = build(folder / "dist")
        print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB, with its bill of materials", flush=True)
        commands = install(wheel, folder / "environment")
        print("installed into a fresh environment, every file by its SHA-256", flush=True)
        serve(commands, folder / "home")
        print("serves a folder, answers with the sentence, and the widget's integrity is the documented one")


if __name__ == "__main__":
    main()

"""The Dockerfile's own steps where no image can be pulled: `PYTHONPATH=tests python -m campaigns.container` as root.

Each stage is a folder with a bare Debian (debootstrap, of the same release as the image that it begins from) and the
RUN steps run there by chroot, the COPY steps as they stand. The last one is then started as the container would be: its
user, its variables, its CMD, the root read-only, /tmp in memory, and a network without interfaces. Its health check
must succeed, a question be answered, and a document that is put over HTTP be answered from. nginx's configuration is
checked by `nginx -t`, and that there are wheels of everything for amd64 and arm64 by uv.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
MIRROR = "http://deb.debian.org/debian"
PLATFORMS = ("x86_64-manylinux_2_36", "aarch64-manylinux_2_36")  # Debian bookworm's glibc
TOKEN = "token-of-the-keeper-0123456789"

# What is tried in the container, by its own Python, as its own user.
_TRIAL = """
import json, os, socket, subprocess, sys, time, urllib.request
def get(path, body=None, method=None):
    headers = {"Content-Type": "application/json", "Authorization": "Bearer %s"}
    request = urllib.request.Request("http://127.0.0.1:8000" + path, body, headers, method=method)
    return json.loads(urllib.request.urlopen(request, timeout=120).read())
began = time.monotonic()
while subprocess.run(%s).returncode:
    if time.monotonic() - began > 400: sys.exit("the health check never succeeded")
    time.sleep(1)
found = {"ready_seconds": round(time.monotonic() - began, 1), "user": os.getuid()}
found["writable"] = [path for path in ("/", "/opt/alliance-qa", "/documents", "/index", "/state", "/tmp", "/etc")
                     if os.access(path, os.W_OK)]
found["interfaces"] = [name for _, name in socket.if_nameindex()]
ask = lambda question: get("/v1/ask", json.dumps({"question": question}).encode())["answer"]
found["answer"] = ask("When was AUKUS announced?")
text = b"Bees of Karuizawa\\n\\nThe bees of Karuizawa were counted on May 5, 1903.\\n"
get("/v1/documents/bees.txt", text, "PUT")
began = time.monotonic()
while "bees.txt" not in [file["path"] for file in get("/v1/index")["files"]] and time.monotonic() - began < 300:
    time.sleep(1)
found["put"] = ask("When were the bees of Karuizawa counted?")
print("FOUND " + json.dumps(found), flush=True)
"""


@dataclass
class Stage:
    """One FROM of a Dockerfile."""

    base: str
    name: str
    root: Path
    steps: list[tuple[str, str]] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    user: str = "0:0"
    folder: str = "/"
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)


def stages(folder: Path) -> list[Stage]:
    """Read the Dockerfile. It knows the instructions that stand there and refuses any other."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
    found: list[Stage] = []
    for line in filter(None, re.sub(r"\\\n\s*", " ", text).splitlines()):
        word, rest = line.split(" ", 1)
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            found.append(Stage(base, name, folder / f"stage-{len(found)}"))
            continue
        stage = found[-1]
        if word in ("RUN", "COPY"):
            stage.steps.append((word, rest))
        elif word == "WORKDIR":
            stage.folder = rest
            stage.steps.append((word, rest))
        elif word == "ENV":
            stage.variables |= dict(pair.split("=", 1) for pair in shlex.split(rest))
        elif word == "USER":
            stage.user = rest
        elif word == "CMD":
            stage.command = json.loads(rest)
        elif word == "HEALTHCHECK":
            stage.health = json.loads(rest.partition("CMD ")[2])
        elif word not in ("VOLUME", "EXPOSE"):
            raise ValueError(f"{word} is not known here")
    return found


def make(stage: Stage, bare: Path, others: list[Stage]) -> None:
    """Do the steps of a stage on a copy of the bare system."""
    subprocess.run(["cp", "-a", bare, stage.root], check=True)
    for name in ("etc/resolv.conf", "etc/hosts"):
        shutil.copy(f"/{name}", stage.root / name)
    folder = "/"
    for word, rest in stage.steps:
        print(f"  {word} {rest[:100]}", flush=True)
        if word == "WORKDIR":
            folder = rest
            (stage.root / folder.lstrip("/")).mkdir(parents=True, exist_ok=True)
        elif word == "COPY":
            origin, parts = ROOT, rest.split()
            if parts[0].startswith("--from="):
                origin = next(other.root for other in others if other.name == parts.pop(0)[7:])
            *sources, target = parts
            goal = stage.root / (target if target.startswith("/") else f"{folder}/{target}").lstrip("/")
            for source in sources:
                _copy(origin / source.lstrip("/"), goal, is_folder=target.endswith("/"))
        else:
            _run(stage, folder, rest)
        _trust(stage.root)


def _copy(source: Path, goal: Path, *, is_folder: bool) -> None:
    if source.is_dir():
        shutil.copytree(source, goal, symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        return
    target = goal / source.name if is_folder else goal
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)


def _trust(root: Path) -> None:
    """Let the step after the one that installs certificates trust what this machine trusts."""
    there = root / "etc/ssl/certs/ca-certificates.crt"
    if there.exists():
        shutil.copy("/etc/ssl/certs/ca-certificates.crt", there)


def _run(stage: Stage, folder: str, command: str) -> None:
    root = str(stage.root)
    inside = f"cd {shlex.quote(folder)} && {command}"
    script = f"mount --bind /dev {root}/dev && exec chroot {root} env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "
    script += f"PIP_CERT=/etc/ssl/certs/ca-certificates.crt PIP_DEFAULT_TIMEOUT=180 /bin/sh -ec {shlex.quote(inside)}"
    unshared = ["unshare", "--mount", "--pid", "--fork", f"--mount-proc={root}/proc", "sh", "-ec", script]
    subprocess.run(unshared, check=True, stdout=subprocess.DEVNULL)


def start(stage: Stage, folder: Path) -> dict[str, object]:
    """Start what was built as a container is, and try it; return what was found."""
    root = str(stage.root)
    owner = stage.user.replace(":", ".")
    for name in ("documents", "index", "state"):
        (folder / name).mkdir()
    for name in ("aukus-and-japan.txt", "security-treaties.html", "timeline.md"):
        shutil.copy(ROOT / "documents" / name, folder / "documents" / name)
    subprocess.run(
        ["chown", "-R", owner.replace(".", ":"), *(folder / n for n in ("documents", "index", "state"))], check=True
    )
    variables = {
        **stage.variables,
        "ALLIANCE_QA_ADMIN_TOKEN": TOKEN,
        "ALLIANCE_QA_EXAMPLES": "When was AUKUS announced?",
    }
    given = " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items())
    chroot = f"chroot --userspec={stage.user} {root} env -i {given} sh -c"
    trial = _TRIAL % (TOKEN, stage.health)
    script = f"""
mount --bind {root} {root}
mount --bind {folder}/documents {root}/documents
mount --bind {folder}/index {root}/index
mount --bind {folder}/state {root}/state
mount -t tmpfs tmpfs {root}/tmp
mount -t proc proc {root}/proc
mount --bind /dev {root}/dev
mount -o remount,bind,ro {root}
ip link set lo up
{chroot} {shlex.quote(f"cd {stage.folder} && exec {shlex.join(stage.command)}")} > {folder}/log 2>&1 &
{chroot} {shlex.quote(f"exec /opt/alliance-qa/bin/python -c {shlex.quote(trial)}")} ||
    {{ tail -n 50 {folder}/log; exit 1; }}
"""
    unshared = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"]
    done = subprocess.run([*unshared, "sh", "-ec", script], capture_output=True, text=True, timeout=900)
    line = re.search(r"^FOUND (.*)$", done.stdout, re.MULTILINE)
    if not line:
        raise SystemExit(done.stdout[-3000:] + done.stderr[-3000:])
    return dict(json.loads(line[1]))


def check_nginx(folder: Path, servers: str = "server 127.0.0.1:8000;") -> str:
    """Return what `nginx -t` says of the configuration, with the names filled in and a certificate of our own."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=qa.example.org",
         "-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"], check=True, capture_output=True,
    )  # fmt: skip
    text = (ROOT / "deploy" / "nginx.conf").read_text("utf-8").replace("/tmp/", f"{folder}/")
    filled = {"${QA_HOST}": "qa.example.org", "/certificates": str(folder), "${QA_SERVERS}": servers}
    for old, new in filled.items():
        text = text.replace(old, new)
    (folder / "nginx.conf").write_text(text, "utf-8")
    done = subprocess.run(["nginx", "-t", "-c", folder / "nginx.conf"], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stderr.strip().splitlines()[-1]


def check_wheels() -> None:
    """Make sure that there is a wheel of each pin for each platform."""
    for platform in PLATFORMS:
        command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--no-deps", "--only-binary", ":all:"]
        command += ["--python-platform", platform, "--python-version", "3.11", "--no-config"]
        command += ["--default-index", "https://pypi.org/simple", "requirements.txt"]
        subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)


def main() -> None:
    """Print what came of it; exit code 1 when anything is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="the same: it is always whole")
    parser.add_argument("--bare", type=Path, help="a folder that debootstrap made, to be copied")
    given = parser.parse_args()
    with TemporaryDirectory(dir="/var/tmp") as temporary:
        folder = Path(temporary)
        check_wheels()
        print(f"there are wheels of everything for {' and '.join(PLATFORMS)}")
        print(f"nginx: {check_nginx(folder)}", flush=True)
        built = stages(folder)
        bare = given.bare or folder / "bare"
        if given.bare is None:
            release = built[0].base.partition(":")[2].removesuffix("-slim")
            subprocess.run(
                ["debootstrap", "--variant=minbase", release, bare, MIRROR], check=True, stdout=subprocess.DEVNULL
            )
        for number, stage in enumerate(built):
            print(f"stage {number}, from {stage.base}", flush=True)
            make(stage, bare, built[:number])
        last, began = built[-1], time.monotonic()
        sizes = [
            subprocess.check_output(["du", "-sm", each], text=True).split()[0]
            for each in (last.root, last.root / "opt")
        ]
        print(f"MiB: {sizes[0]}, of it the service {sizes[1]}", flush=True)
        (folder / "volumes").mkdir()
        found = start(last, folder / "volumes")
        print(json.dumps(found, ensure_ascii=False), f"in {time.monotonic() - began:.0f} s")
    wanted = {
        "user": 10001,
        "writable": ["/documents", "/index", "/state", "/tmp"],
        "interfaces": ["lo"],
        "put": "The bees of Karuizawa were counted on May 5, 1903. [1]",
    }
    wrong = {name: found[name] for name, value in wanted.items() if found[name] != value}
    print("wrong:", wrong)
    sys.exit(bool(wrong) or "September 15, 2021" not in str(found["answer"]))


if __name__ == "__main__":
    main()

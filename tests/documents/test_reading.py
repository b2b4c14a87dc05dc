"""Claims about files that are read in processes of their own."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import resource
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from alliance_qa import documents
from alliance_qa.documents import opening, reading
from alliance_qa.documents.extract import FileReading, LeftOut, Omission
from alliance_qa.documents.limits import Limits
from alliance_qa.documents.reading import SourceFile, digests, read_all
from alliance_qa.domain import Document
from alliance_qa.errors import AllianceQAError, DocumentError, Failure

ROOT = Path(__file__).parents[2]
MIB = 1 << 20
WORDS = "The treaty has ten articles.\n\nThe council meets in May.\n"
GONE = "changed while it was read; the next rebuild reads it again"

# A worker whose reader does what a file says.
HOOKED = """
import dataclasses, os, signal, sys, time
from alliance_qa import documents
from alliance_qa.documents import worker
from alliance_qa.documents.extract import FileReading

examine = documents.examine

def real(data, path):
    return examine(data, path).document

def read(data, path):
    match data.decode().split():
        case ["die", number]:
            os.kill(os.getpid(), int(number))
        case ["leave"]:
            os._exit(3)
        case ["sleep"]:
            time.sleep(60)
        case ["compute"]:
            while True:
                pass
        case ["last", seconds, *_]:
            until = time.process_time() + float(seconds)
            while time.process_time() < until:
                pass
        case ["allocate"]:
            bytes(1 << 30)
        case ["fill", size, *ending]:
            kept = [b"x" * 4096 + bytes([i % 256]) for i in range(int(size) * 256)]
            time.sleep(0.1)
            if ending == ["abort"]:
                os.abort()
            raise KeyError if ending == ["fault"] else documents.DocumentError("is damaged")
        case ["fault"]:
            raise KeyError
        case ["recursion"]:
            raise RecursionError
        case ["write", place]:
            try:
                with open(place, "w") as file:
                    file.write("x")
            except OSError as error:
                return stated(f"Refused: {error.strerror}.", data, path)
        case ["print", *_]:
            print("between the frames", flush=True)
            os.write(1, b"between the frames")
            return real(data, path)
        case ["other", "path"]:
            return real(data, "elsewhere.txt")
        case ["surrogate"]:
            return dataclasses.replace(real(data, path), media_type="\\ud800")
        case ["large"]:
            return dataclasses.replace(real(data, path), text="x" * (40 << 20))
        case ["process"]:
            return stated(f"Process {os.getpid()}.", data, path)
        case ["descriptors"]:
            return stated(f"Open {len(os.listdir('/proc/self/fd'))}.", data, path)
        case ["once", place]:
            # Dies unless its process is fresh.
            if read.count > 1:
                os.kill(os.getpid(), signal.SIGSEGV)
    return real(data, path)

def counted(data, path):
    read.count += 1
    return FileReading(read(data, path), ())

def stated(text, data, path):
    return dataclasses.replace(real(text.encode(), path), sha256=real(data, path).sha256)

read.count = 0
documents.DocumentError = documents.examine.__globals__["DocumentError"]
documents.examine = counted
worker.main()
"""


@pytest.fixture
def hooked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_COMMAND", [sys.executable, "-c", HOOKED])


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Notes the processes that are started."""
    started: list[int] = []

    class Noted(subprocess.Popen[bytes]):
        def __init__(self, *args: object, **kwargs: object) -> None:
            super().__init__(*args, **kwargs)  # type: ignore[call-overload]
            started.append(self.pid)

    monkeypatch.setattr(reading.subprocess, "Popen", Noted)  # type: ignore[attr-defined]
    return started


def children() -> set[str]:
    """Return the numbers of this process's children, those that ended and were not waited for among them."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            if int(path.read_text().rpartition(")")[2].split()[1]) == os.getpid():
                found.add(path.parent.name)
    return found


def descriptors() -> set[tuple[str, str]]:
    """Return the open descriptors, each with what it leads to; no sockets, which servers of other tests open."""
    found = set()
    for path in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            found.add((path.name, str(path.readlink())))
    return {(name, target) for name, target in found if not target.startswith(("socket:", "/proc/"))}


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """No process and no descriptor of a test outlives it; those of other tests may end meanwhile."""
    held, before = descriptors(), children()
    yield
    assert children() <= before
    assert descriptors() <= held


def written(folder: Path, **contents: str) -> list[SourceFile]:
    for name, content in contents.items():
        (folder / f"{name}.txt").write_text(content, "utf-8")
    return digests(folder, documents.files(folder).files)[0]


def outcomes(folder: Path, limits: Limits = Limits(), *, workers: int = 1, **contents: str) -> list[str]:
    """Return the text of each file or "failure: reason", in the order of the names."""
    found = read_all(folder, written(folder, **contents), limits, workers=workers)
    return [shown(result) for _, result in found]


def shown(result: Document | FileReading | DocumentError) -> str:
    if isinstance(result, FileReading):
        return result.document.text
    return result.text if isinstance(result, Document) else f"{result.failure}: {result}"


# --- digests -----------------------------------------------------------------------------


def test_a_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    data = bytes(range(256)) * 10_000
    (tmp_path / "a.txt").write_bytes(data)
    found = digests(tmp_path, [tmp_path / "a.txt"])
    assert found == ([SourceFile("a.txt", hashlib.sha256(data).hexdigest())], [])


def test_digests_come_in_order_with_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for path in ("b.txt", "a/c.txt", "d.txt"):
        (tmp_path / path).write_text(path)
    paths = [tmp_path / path for path in ("b.txt", "gone.txt", "a/c.txt", "d.txt")]
    found, faults = digests(tmp_path, paths)
    assert found == [
        SourceFile(path, hashlib.sha256(path.encode()).hexdigest()) for path in ("b.txt", "a/c.txt", "d.txt")
    ]
    assert [(path, error.failure, str(error)) for path, error in faults] == [("gone.txt", Failure.CHANGED, GONE)]


def failure(folder: Path, path: str) -> tuple[Failure, str]:
    [], [(named, error)] = digests(folder, [folder / path])
    assert named == path
    return error.failure, str(error)


def test_a_pipe_that_took_a_files_place_stops_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    assert failure(tmp_path, "a.txt") == (Failure.SPECIAL, "is not a regular file")


def test_a_socket_and_a_folder_are_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("a.txt")
    (tmp_path / "b.txt").mkdir()
    assert failure(tmp_path, "a.txt") == failure(tmp_path, "b.txt") == (Failure.SPECIAL, "is not a regular file")


def test_a_device_is_no_file(tmp_path: Path) -> None:
    try:
        os.mknod(tmp_path / "a.txt", stat.S_IFCHR | 0o644, os.makedev(1, 5))  # of zeros without end
    except PermissionError:
        pytest.skip("only root makes devices")
    assert failure(tmp_path, "a.txt") == (Failure.SPECIAL, "is not a regular file")


def test_a_link_to_a_file_in_the_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.txt").write_text(WORDS)
    (tmp_path / "c.txt").symlink_to("a/b.txt")
    (tmp_path / "documents").symlink_to(".")
    sources, _ = digests(tmp_path / "documents", [tmp_path / "documents" / "c.txt"])
    assert sources == [SourceFile("c.txt", hashlib.sha256(WORDS.encode()).hexdigest())]
    [(_, document)] = read_all(tmp_path / "documents", sources, Limits())
    assert document == documents.read(WORDS.encode(), "c.txt")


def test_a_link_that_leads_outside_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    (folder / "inner").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("Secret.")
    (folder / "a.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "b.txt").symlink_to("b.txt")
    (folder / "inner" / "up").symlink_to(tmp_path)
    outside = (Failure.LINK, "is a link that leads outside the folder")
    assert failure(folder, "a.txt") == outside
    assert failure(folder, "b.txt") == (Failure.LINK, "is a link that leads nowhere")
    assert failure(folder, "inner/up/secret.txt") == outside
    source = SourceFile("a.txt", hashlib.sha256(b"Secret.").hexdigest())
    [(_, error)] = read_all(folder, [source], Limits())
    assert shown(error) == "link: is a link that leads outside the folder"


def test_a_file_that_grew_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "LARGEST_BYTES", 2 * MIB)
    (tmp_path / "a.txt").write_bytes(bytes(2 * MIB))
    (tmp_path / "b.txt").write_bytes(bytes(2 * MIB + 1))
    found = digests(tmp_path, [tmp_path / "a.txt"])
    assert found == ([SourceFile("a.txt", hashlib.sha256(bytes(2 * MIB)).hexdigest())], [])
    assert failure(tmp_path, "b.txt") == (Failure.TOO_LARGE, "is larger than 2 MiB; split it")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch(0o000)
    reason = "cannot be read (Permission denied); check its permissions"
    assert failure(tmp_path, "a.txt") == (Failure.UNREADABLE, reason)


# --- reading -----------------------------------------------------------------------------


def test_documents_are_those_read_here_in_the_order_given(tmp_path: Path) -> None:
    contents = {"a": "slow " * 40_000, "b": "---", "c": WORDS, "d": "同盟は続く。\U0001f6a2 “Quoted”"}
    sources = written(tmp_path, **contents)[::-1]
    found = list(read_all(tmp_path, sources, Limits(), workers=2))
    assert [source for source, _ in found] == sources
    d, c, b, a = (result for _, result in found)
    for name, document in (("a", a), ("c", c), ("d", d)):
        assert document == documents.read(contents[name].encode(), f"{name}.txt")
    assert shown(b) == "empty: holds no text; remove it or put a file with text in its place"


@pytest.mark.usefixtures("hooked")
def test_a_worker_is_kept_over_files_and_replaced_when_it_ended(tmp_path: Path) -> None:
    first, again, died, fresh, last = outcomes(
        tmp_path, a="process", b="process", c=f"die {signal.SIGSEGV.value}", d="process", e="process"
    )
    assert first == again != fresh == last
    assert first.startswith("Process ") and fresh.startswith("Process ")
    assert died == "crashed: ended the process that read it (SIGSEGV); save it anew or remove it"


@pytest.mark.usefixtures("hooked")
def test_what_an_earlier_file_left_behind_costs_no_later_one(tmp_path: Path) -> None:
    assert outcomes(tmp_path, a=WORDS, b="once more") == [WORDS.strip(), "once more"]


def test_no_worker_starts_for_no_files(tmp_path: Path, commands: list[int]) -> None:
    assert list(read_all(tmp_path, [], Limits())) == []
    assert commands == []


@pytest.mark.usefixtures("hooked")
def test_workers_are_only_a_few_files_ahead(tmp_path: Path) -> None:
    sources = written(tmp_path, **{f"f{index:02}": WORDS for index in range(20)})
    found = read_all(tmp_path, sources, Limits(), workers=1)
    next(found)
    time.sleep(0.5)
    (tmp_path / "f19.txt").write_text("Others.")
    assert shown(list(found)[-1][1]) == f"changed: {GONE}"


@pytest.mark.usefixtures("hooked")
def test_closing_ends_all_workers_at_once(tmp_path: Path, commands: list[int]) -> None:
    sources = written(tmp_path, a=WORDS, b="sleep", c="sleep", d="sleep", e=WORDS)
    found = read_all(tmp_path, sources, Limits())
    next(found)
    started = time.monotonic()
    found.close()
    assert time.monotonic() - started < 1
    assert len(commands) == 2
    for process in commands:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


@pytest.mark.usefixtures("hooked")
def test_a_fault_of_the_consumer_ends_all_workers(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        for _ in read_all(tmp_path, written(tmp_path, a=WORDS, b="sleep"), Limits()):
            _ = 1 / 0


@pytest.mark.usefixtures("hooked")
def test_too_slow_is_a_timeout_that_names_the_limit(tmp_path: Path) -> None:
    assert outcomes(tmp_path, Limits(seconds=0.1), a="sleep", b="compute", c=WORDS) == [
        "timeout: kept its reader waiting for 1 s in which nothing was computed;"
        " see whether its disk answers, then index again",
        "timeout: takes more than 0.1 s of the processor to read, the limit for its size;"
        " split it or raise ALLIANCE_QA_READ_SECONDS",
        WORDS.strip(),
    ]


@pytest.mark.usefixtures("hooked")
def test_a_large_file_has_more_time_than_a_small_one(tmp_path: Path) -> None:
    """Its own time: the same whatever else the machine does. The system counts whole seconds, rounded up.

    So of 0.5 s there may be less than 1.5, whatever the process had computed before; of a megabyte there are 3.4.
    """
    large = f"last 1.6{' word' * 200_000}"
    small, read = outcomes(tmp_path, Limits(seconds=0.5), a="last 1.6", b=large)
    assert (small[:34], read) == ("timeout: takes more than 0.5 s of ", large)


@pytest.mark.usefixtures("hooked")
def test_time_in_which_a_file_is_not_computed_on_is_not_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive = reading._receive

    def paused(process: subprocess.Popen[bytes], *arguments: Any) -> bytes:
        """Stop the process for longer than its limit, as a busy machine does."""
        os.kill(process.pid, signal.SIGSTOP)
        time.sleep(0.6)
        os.kill(process.pid, signal.SIGCONT)
        return receive(process, *arguments)

    sources = written(tmp_path, a=WORDS)
    worker = reading.Worker(tmp_path, Limits(seconds=0.3))
    worker._start()
    monkeypatch.setattr(reading, "_receive", paused)
    try:
        assert shown(worker.read(sources[0])) == WORDS.strip()
    finally:
        worker.stop()


@pytest.mark.parametrize(
    ("size_bytes", "processor", "waiting"),
    [(0, 10, 100), (MIB // 2, 40, 400), (MIB, 70, 700), (9 * MIB, 550, 5500), (64 * MIB, 600, 6000)],
)
def test_time_grows_with_the_size_up_to_sixty_times(size_bytes: int, processor: float, waiting: float) -> None:
    assert Limits().processor_seconds(size_bytes) == processor
    assert Limits().waiting_seconds(size_bytes) == waiting


def test_one_file_is_examined_as_all_are_read(tmp_path: Path) -> None:
    page = b"<html><body><article><h1>Ports</h1><p>The port has two piers.</p><p>Share this</p></article></body></html>"
    (tmp_path / "a.html").write_bytes(page)
    [source], _ = digests(tmp_path, [tmp_path / "a.html"])
    found = reading.examine(tmp_path, source, Limits())
    assert found == documents.examine(page, "a.html")
    assert LeftOut(Omission.FURNITURE, "Share this") in found.left_out
    with pytest.raises(DocumentError, match=r"^changed while it was read; the next rebuild reads it again$") as raised:
        reading.examine(tmp_path, SourceFile("a.html", "0" * 64), Limits())
    assert raised.value.failure is Failure.CHANGED


TOO_BIG = "memory: needs more than 256 MiB to read; split it or raise ALLIANCE_QA_READ_MEMORY_MB"
SMALL = Limits(memory_bytes=256 * MIB)


@pytest.mark.usefixtures("hooked")
@pytest.mark.parametrize("content", ["allocate", "fill 300", "fill 100 abort", "fill 170 fault", "fill 170"])
def test_too_large_for_memory_names_the_limit(tmp_path: Path, content: str) -> None:
    assert outcomes(tmp_path, SMALL, a=content, b=WORDS) == [TOO_BIG, WORDS.strip()]


@pytest.mark.usefixtures("hooked")
@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        ("leave", "crashed: ended the process that read it (exit code 3); save it anew or remove it"),
        (f"die {signal.SIGABRT.value}", "crashed: ended the process that read it (SIGABRT); save it anew or remove it"),
        ("fault", "crashed: cannot be read (KeyError); save it anew or remove it"),
        ("fill 1", "damaged: is damaged"),
        ("recursion", "damaged: is nested too deeply; flatten it"),
        ("other path", "crashed: made its reader answer nonsense; save it anew or remove it"),
        ("surrogate", "crashed: cannot be read (UnicodeEncodeError); save it anew or remove it"),
        ("print some words", "print some words"),
        ("descriptors", "Open 5."),  # input, output, errors, answers, and the one that lists them
    ],
)
def test_what_a_reader_does_costs_its_file_only(tmp_path: Path, content: str, outcome: str) -> None:
    assert outcomes(tmp_path, a=content, b=WORDS) == [outcome, WORDS.strip()]


@pytest.mark.usefixtures("hooked")
def test_an_answer_larger_than_memory_may_be_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = written(tmp_path, a="large")
    worker = reading.Worker(tmp_path, Limits())
    monkeypatch.setattr(worker, "_limits", Limits(memory_bytes=30 * MIB))
    assert shown(worker.read(sources[0])) == (
        "crashed: ended the process that read it (SIGKILL); save it anew or remove it"
    )


@pytest.mark.usefixtures("hooked")
def test_a_reader_writes_no_file(tmp_path: Path) -> None:
    place = tmp_path / "written"
    assert outcomes(tmp_path, a=f"write {place}") == ["Refused: File too large."]
    assert place.read_bytes() == b""


@pytest.mark.parametrize("answer", [b"", b"X", b"D{}", b"D" + b"[" * 100_000, b"E[]", b'E["none","x"]', b"E\xff"])
def test_an_answer_that_is_none_is_a_crash(tmp_path: Path, answer: bytes) -> None:
    worker = reading.Worker(tmp_path, Limits())
    assert shown(worker._understood(answer, SourceFile("a.txt", ""))) == (
        "crashed: made its reader answer nonsense; save it anew or remove it"
    )


def test_a_file_that_changed_since_its_digest_says_so(tmp_path: Path) -> None:
    sources = written(tmp_path, a=WORDS, b=WORDS, c=WORDS)
    (tmp_path / "a.txt").write_text("Other words.")
    (tmp_path / "b.txt").unlink()
    found = [shown(result) for _, result in read_all(tmp_path, sources, Limits(), workers=1)]
    assert found == [f"changed: {GONE}", f"changed: {GONE}", WORDS.strip()]


def test_a_worker_that_does_not_start_stops_the_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_COMMAND", [sys.executable, "-c", "raise ImportError"])
    with pytest.raises(AllianceQAError, match=r"^the process that reads files does not start; .+ shows why$"):
        list(read_all(tmp_path, written(tmp_path, a=WORDS), Limits()))


def test_modules_of_the_current_folder_stand_in_for_none_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lxml.py").write_text("raise SystemExit")
    monkeypatch.chdir(tmp_path)
    assert outcomes(tmp_path, a=WORDS) == [WORDS.strip()]


# --- the worker by itself ----------------------------------------------------------------


def alone(folder: Path, seconds: float) -> subprocess.Popen[bytes]:
    """Start a worker that does not know our limits of the clock."""
    command = [sys.executable, "-c", HOOKED, str(folder), str(seconds), str(512 * MIB)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    assert reading._receive(process, 60, 64) == b"ready"
    return process


def ended(process: subprocess.Popen[bytes]) -> int:
    for pipe in reading._pipes(process):
        pipe.close()
    return process.wait(10)


def test_the_processor_time_of_each_file_is_limited(tmp_path: Path) -> None:
    written(tmp_path, a=WORDS, b="compute")
    process = alone(tmp_path, 1)
    for path in (b"a.txt", b"a.txt", b"b.txt"):
        reading._send(process, path)
    assert reading._receive(process, 10, MIB)[:1] == b"D"
    assert reading._receive(process, 10, MIB)[:1] == b"D"
    assert process.wait(100) == ended(process) == -signal.SIGXCPU


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows the limits of another process")
def test_a_limit_of_the_system_below_ours_stays(tmp_path: Path) -> None:
    lower = f"import resource; resource.setrlimit(resource.RLIMIT_DATA, ({256 * MIB}, {256 * MIB}));"
    command = [sys.executable, "-c", lower + HOOKED, str(tmp_path), "10", str(512 * MIB)]
    written(tmp_path, a=WORDS)
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    assert reading._receive(process, 60, 64) == b"ready"
    assert resource.prlimit(process.pid, resource.RLIMIT_DATA) == (256 * MIB, 256 * MIB)
    assert resource.prlimit(process.pid, resource.RLIMIT_CORE) == (0, 0)
    assert ended(process) == 0


def test_this_process_imports_no_reader() -> None:
    readers = {"pypdfium2", "docx", "lxml", "markdown_it", "yaml", "numpy"}
    names = "import sys, alliance_qa.documents.reading; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", names], capture_output=True, text=True, check=True).stdout
    assert readers & set(loaded.split()) == set()


def test_a_worker_ends_with_its_input(tmp_path: Path) -> None:
    assert ended(alone(tmp_path, 1)) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a worker ends with its input")
def test_a_worker_dies_with_its_parent_in_the_middle_of_a_file(tmp_path: Path) -> None:
    sources = written(tmp_path, a="sleep")
    parent = f"""
import sys, threading, time
from pathlib import Path
from alliance_qa.documents import reading
from alliance_qa.documents.limits import Limits
reading._COMMAND = [sys.executable, "-c", {HOOKED!r}]
worker = reading.Worker(Path({str(tmp_path)!r}), Limits(60))
process = worker._start()
reading._send(process, b"a.txt")
print(process.pid, flush=True)
time.sleep(60)
"""
    assert [source.path for source in sources] == ["a.txt"]
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        worker = int(process.stdout.readline())
        process.kill()
    until = time.monotonic() + 5
    while is_running(worker) and time.monotonic() < until:
        time.sleep(0.01)
    assert not is_running(worker)


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


# --- hostile files -----------------------------------------------------------------------


def test_the_limits_are_ten_seconds_and_512_mib() -> None:
    assert dataclasses.astuple(Limits()) == (10.0, 512 * MIB)


def test_malformed_files_are_named_and_good_ones_read() -> None:
    """See tests/campaigns/malformed.py; this is its short form."""
    command = [sys.executable, "-m", "tests.campaigns.malformed", "--count", "60", "--good", "20", "--seconds", "2"]
    campaign = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (campaign.returncode, campaign.stderr) == (0, "")


# --- files that come with their bytes -----------------------------------------------------


@pytest.mark.usefixtures("hooked")
def test_a_file_that_comes_with_its_bytes_is_read_as_one_of_a_folder(tmp_path: Path) -> None:
    large = "\n\n".join(f"Article {number} of the treaty is in force." for number in range(3_000))  # for a pipe
    sources = written(tmp_path, a=WORDS, b=large, c="die 11")
    worker = reading.Worker(None, Limits())
    try:
        changed = shown(worker.read(sources[0], b"Other words."))
        found = [shown(worker.read(source, (tmp_path / source.path).read_bytes())) for source in sources]
    finally:
        worker.stop()
    assert changed == f"changed: {GONE}"
    assert found == [
        WORDS.strip(),
        large,
        "crashed: ended the process that read it (SIGSEGV); save it anew or remove it",
    ]

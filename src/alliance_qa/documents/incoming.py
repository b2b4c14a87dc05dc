"""Files that are put into the documents folder or taken out of it: whole or not at all, and never outside.

A file comes in beside the collection, in a hidden folder that no listing shows, and is renamed to its name when all
of it is on the disk. What a killed process leaves there is removed by the next one.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import secrets
import shutil
import stat
import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from alliance_qa.documents.listing import INCOMING, printable
from alliance_qa.documents.members import Member
from alliance_qa.errors import DocumentError, DocumentsWriteError, Failure

LONGEST_PATH, LONGEST_NAME = 1_000, 255  # bytes of UTF-8; the latter is what file systems allow

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
_LINKS = (errno.ELOOP, errno.EMLINK, errno.ENOTDIR)  # what the systems say of a link where none may be
_placing = threading.Lock()  # so that of two who want a name to be new one alone gets it


class NameTakenError(DocumentError):
    """There is a file of that name already."""


def parts(path: str) -> tuple[str, ...]:
    """Return the folders and the name that a path in the documents folder is made of, each of them safe.

    Raises:
        DocumentError: Of the failures NAME and HIDDEN; the message does not open with the path.
    """
    found = tuple(path.split("/"))
    for part in found:
        if part in ("", ".", ".."):
            raise DocumentError("is no path of a file in the documents folder", Failure.NAME)
        if part.startswith("."):
            raise DocumentError("is hidden, so it would never be read; name it without a dot in front", Failure.HIDDEN)
        if not part.isprintable() or "\\" in part or "\ufffd" in part or part != part.strip():
            raise DocumentError(
                "has a name with a backslash, a control character, bytes that are no UTF-8, or a space at an end",
                Failure.NAME,
            )
        if len(part.encode()) > LONGEST_NAME:
            raise DocumentError(f"has a name of more than {LONGEST_NAME} bytes", Failure.NAME)
    if len(path.encode()) > LONGEST_PATH:
        raise DocumentError(f"has a path of more than {LONGEST_PATH} bytes", Failure.NAME)
    return found


def check_type(path: str, suffixes: Collection[str]) -> None:
    """Make sure that a file has one of some suffixes.

    Raises:
        DocumentError: Of the failure TYPE.
    """
    if PurePosixPath(path).suffix.lower() not in suffixes:
        raise DocumentError(f"has a suffix that is not taken ({', '.join(sorted(suffixes))} are)", Failure.TYPE)


def check_members(members: Iterable[Member], suffixes: Collection[str]) -> None:
    """Make sure that what lies in a file and would be read has one of some suffixes; the mails of a mailbox need none.

    Raises:
        DocumentError: Of the failure TYPE.
    """
    for member in members:
        is_mail = PurePosixPath(member.path).parent.suffix.lower() == ".mbox"
        if member.path and not member.failure and not is_mail:
            try:
                check_type(member.path, suffixes)
            except DocumentError as error:
                raise DocumentError(f"holds {printable(member.path)}, which {error}", error.failure) from None


class Incoming:
    """A file on its way into the documents folder. Call its methods one after the other, at last `close`.

    Attributes:
        folder: Holds the file alone, under its path: to be read as a documents folder before it is placed.
        bytes: How many were written.
    """

    def __init__(self, documents: Path, path: str, most_bytes: int) -> None:
        """Begin with none of it.

        Args:
            documents: The documents folder; may be a link itself.
            path: Where it goes, relative to the folder; see `parts`.
            most_bytes: How large it may be.

        Raises:
            DocumentError: The path is not safe.
            DocumentsWriteError: The folder is read-only, full, or not there.
        """
        self._parts, self._most, self.bytes = parts(path), most_bytes, 0
        self._digest = hashlib.sha256()
        self._stack = contextlib.ExitStack()
        with _explained(), contextlib.ExitStack() as stack:
            self._root = _kept(stack, os.open(documents, os.O_RDONLY | os.O_DIRECTORY))
            sweep(documents)
            name = _stage(stack, self._root)
            self.folder = documents / INCOMING / name
            stack.callback(_unstage, documents, name)
            staging = _kept(stack, os.open(INCOMING, _FOLDER, dir_fd=self._root))
            stage = _kept(stack, os.open(name, _FOLDER, dir_fd=staging))
            self._parent = _kept(stack, _walked(stage, self._parts[:-1], make=True))
            self._file = os.open(self._parts[-1], _NEW, 0o666, dir_fd=self._parent)
            self._stack = stack.pop_all()
        self._is_open = True

    @property
    def sha256(self) -> str:
        """Of what was written, 64 hexadecimal digits."""
        return self._digest.hexdigest()

    def write(self, data: bytes) -> None:
        """Add some bytes.

        Raises:
            DocumentError: Of the failure TOO_LARGE.
            DocumentsWriteError: The disk is full, for one.
        """
        self.bytes += len(data)
        if self.bytes > self._most:
            raise too_large(self._most)
        self._digest.update(data)
        with _explained():
            view = memoryview(data)
            while view:
                view = view[os.write(self._file, view) :]

    def finish(self) -> None:
        """Bring all of it onto the disk."""
        with _explained():
            os.fsync(self._file)
        self._end()

    def place(self, *, new: bool = False) -> bool:
        """Give the file its name, in place of one that has it; where that is a link, in place of the link.

        Args:
            new: Leave the file alone that has the name.

        Returns:
            Whether there was one of that name.

        Raises:
            NameTakenError: There is one, and it was to be new.
            DocumentError: A folder has the name, or a folder on the way is a link or a file; of the failures
                SPECIAL and LINK.
            DocumentsWriteError: The folder is read-only or full.
        """
        *folders, name = self._parts
        with _explained(), contextlib.ExitStack() as stack, _placing:
            parent = _kept(stack, _walked(self._root, folders, make=True))
            taken = _is_there(name, parent)
            if taken and new:
                raise NameTakenError("is there already", Failure.DUPLICATE)
            os.rename(name, name, src_dir_fd=self._parent, dst_dir_fd=parent)
            os.fsync(parent)
            return taken

    def close(self) -> None:
        """Remove what is left of it beside the collection."""
        self._end()
        self._stack.close()

    def _end(self) -> None:
        if self._is_open:
            self._is_open = False
            os.close(self._file)


def remove(documents: Path, path: str) -> bool:
    """Take a file out of the documents folder; of a link, the link. Returns whether there was one.

    Raises:
        DocumentError: The path is not safe, names a folder, or leads through a link.
        DocumentsWriteError: The folder is read-only or not there.
    """
    *folders, name = parts(path)
    with _explained(), contextlib.ExitStack() as stack:
        root = _kept(stack, os.open(documents, os.O_RDONLY | os.O_DIRECTORY))
        try:
            parent = _kept(stack, _walked(root, folders, make=False))
            if not _is_there(name, parent):
                return False
            os.unlink(name, dir_fd=parent)
        except FileNotFoundError:
            return False
        os.fsync(parent)
        return True


def sweep(documents: Path) -> int:
    """Remove what killed processes left on its way. Returns how many files or folders of theirs there were."""
    removed = 0
    with contextlib.suppress(OSError):
        for left in list((documents / INCOMING).iterdir()) if not (documents / INCOMING).is_symlink() else []:
            try:
                folder = os.open(left, _FOLDER)
            except OSError:
                continue
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)  # whoever writes there holds it
                shutil.rmtree(left, ignore_errors=True)
                removed += 1
            except BlockingIOError:
                pass
            finally:
                os.close(folder)
        (documents / INCOMING).rmdir()
    return removed


def why_not(documents: Path) -> str | None:
    """Return why nothing can be put into the documents folder, None where it can, as far as a look tells."""
    if not documents.is_dir():
        return "the documents folder does not exist"
    if not os.access(documents, os.W_OK | os.X_OK):
        return "the documents folder is read-only for this service"
    return None


def too_large(most_bytes: int) -> DocumentError:
    """Return what is said of a file with more bytes than these."""
    return DocumentError(f"is larger than {most_bytes // 1024 // 1024} MiB; split it", Failure.TOO_LARGE)


@contextmanager
def _explained() -> Iterator[None]:
    """Raise what the system says as what a keeper can act on."""
    try:
        yield
    except OSError as error:
        if error.errno in _LINKS:
            raise DocumentError("leads through a link or a file; name a folder", Failure.LINK) from error
        if error.errno in (errno.EISDIR, errno.ENOTEMPTY, errno.EEXIST):
            raise DocumentError("is a folder", Failure.SPECIAL) from error
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            message = f"the documents folder is read-only for this service ({error.strerror})"
            raise DocumentsWriteError(message, is_read_only=True) from error
        message = f"the documents folder cannot be written ({error.strerror})"
        raise DocumentsWriteError(message, is_full=error.errno in (errno.ENOSPC, errno.EDQUOT)) from error


def _kept(stack: contextlib.ExitStack, folder: int) -> int:
    stack.callback(os.close, folder)
    return folder


def _is_there(name: str, parent: int) -> bool:
    try:
        found = os.stat(name, dir_fd=parent, follow_symlinks=False)
    except FileNotFoundError:
        return False
    if stat.S_ISDIR(found.st_mode):
        raise DocumentError("is a folder", Failure.SPECIAL)
    return True


def _walked(folder: int, names: Collection[str], *, make: bool) -> int:
    """Open a folder below another, one after the other, through no link, and make what is missing."""
    inner = os.dup(folder)
    try:
        for name in names:
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(name, dir_fd=inner)
                    os.fsync(inner)
            outer, inner = inner, os.open(name, _FOLDER, dir_fd=inner)
            os.close(outer)
    except BaseException:
        os.close(inner)
        raise
    return inner


def _stage(stack: contextlib.ExitStack, root: int) -> str:
    """Make a folder of one's own, and hold it for as long as the process lives; return its name."""
    while True:
        name = secrets.token_hex(8)
        try:
            with contextlib.suppress(FileExistsError):
                os.mkdir(INCOMING, 0o700, dir_fd=root)
            staging = os.open(INCOMING, _FOLDER, dir_fd=root)
            try:
                os.mkdir(name, 0o700, dir_fd=staging)
                stage = os.open(name, _FOLDER, dir_fd=staging)
                fcntl.flock(stage, fcntl.LOCK_EX)
                stack.callback(os.close, stage)
                os.stat(name, dir_fd=staging)  # another process may have swept it away before it was held
            finally:
                os.close(staging)
        except FileNotFoundError:
            continue
        return name


def _unstage(documents: Path, name: str) -> None:
    shutil.rmtree(documents / INCOMING / name, ignore_errors=True)
    with contextlib.suppress(OSError):  # another file is on its way
        (documents / INCOMING).rmdir()

"""One exception per cause that a caller can act on.

Every message names the thing, its value and the next step, in one line, so that
the command line can print it as it is. What a visitor over HTTP may see is
decided in `api`, which never shows paths.
"""

from enum import StrEnum


class AllianceQAError(Exception):
    """The family of everything that goes wrong in a way we can name."""


class SettingsError(AllianceQAError):
    """A setting is unknown or malformed."""


class Failure(StrEnum):
    """Why a file of the documents folder is not indexed."""

    # skipped: never opened
    HIDDEN = "hidden"
    NAME = "name"  # holds characters that no name should
    LINK = "link"  # leads nowhere, outside the folder, to a folder or to a hidden file
    SPECIAL = "special"  # a pipe, a device, a socket
    TYPE = "type"  # no reader for this suffix
    # failed
    UNREADABLE = "unreadable"  # the operating system refuses
    TOO_LARGE = "too_large"
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    ENCODING = "encoding"  # bytes that are no text in the encoding they claim
    EMPTY = "empty"  # no text in it
    DUPLICATE = "duplicate"  # another file has the same document id
    # failed, and tried again at every rebuild
    TIMEOUT = "timeout"
    MEMORY = "memory"
    CRASHED = "crashed"  # the reading process ended by itself
    CHANGED = "changed"  # while it was read

    @property
    def is_skip(self) -> bool:
        """Whether such a file is passed over by rule rather than tried."""
        return self in _SKIPS

    @property
    def is_passing(self) -> bool:
        """Whether the same bytes may be read another time."""
        return self in _PASSING


_SKIPS = frozenset({Failure.HIDDEN, Failure.NAME, Failure.LINK, Failure.SPECIAL, Failure.TYPE})
_PASSING = frozenset({Failure.TIMEOUT, Failure.MEMORY, Failure.CRASHED, Failure.CHANGED, Failure.UNREADABLE})


class DocumentError(AllianceQAError):
    """A file of the collection cannot be read; the others still can."""

    def __init__(self, message: str, failure: Failure = Failure.DAMAGED) -> None:
        super().__init__(message)
        self.failure = failure


class NotPrintedError(AllianceQAError):
    """A quote or a page cannot be shown as its file prints it; the message is one line for a visitor."""


class PrintingBusyError(NotPrintedError):
    """A page is not drawn now, since too many others are."""


class DocumentsWriteError(AllianceQAError):
    """The documents folder cannot be written; what it holds is untouched."""

    def __init__(self, message: str, *, is_read_only: bool = False, is_full: bool = False) -> None:
        super().__init__(message)
        self.is_read_only, self.is_full = is_read_only, is_full


class ExtraMissingError(AllianceQAError):
    """Something is asked for that the package does only with what one of its extras installs."""


class UnknownDocumentError(AllianceQAError):
    """No document of the collection has this id."""


class UnknownVersionError(AllianceQAError):
    """A generation that an answer was made from is no longer kept."""


class QuestionError(AllianceQAError):
    """A question, or what came with it, is not of the form that can be asked."""


class EndingError(AllianceQAError):
    """The service ends, and a question that waits is not answered any more."""


class BudgetError(AllianceQAError):
    """A question takes more processor time than one may take."""


class CalibrationError(AllianceQAError):
    """A set of questions is too small or too uniform for an operating point to be fitted to it."""


class ModelError(AllianceQAError):
    """The embedding model cannot be loaded, or its weights are not the expected ones."""


class ClusterError(AllianceQAError):
    """A Ray cluster cannot be reached, was lost, or has a node that would not build what the builder would."""


class IndexMissingError(AllianceQAError):
    """There is no index yet."""


class IndexDamagedError(AllianceQAError):
    """A file of the index is not what its manifest says."""


class IndexMismatchError(AllianceQAError):
    """The index was built with another model, splitter or format than this service uses."""


class EngineError(AllianceQAError):
    """The engine that proposes passages cannot be asked, or does not hold what the index says."""


class IndexBusyError(AllianceQAError):
    """Another process is writing the index."""


class IndexWriteError(AllianceQAError):
    """The index cannot be written; the one in use is untouched."""


class QueryLogError(AllianceQAError):
    """The log of questions cannot be opened, read or written, or is no log of ours."""


class MessagesError(AllianceQAError):
    """The file of questions sent to the keeper cannot be opened, read or written, or is none of ours."""


class LanguageModelFault(StrEnum):
    """Why a language model gave nothing to use."""

    BUSY = "busy"  # as many answers are being worded as may be at once
    PAUSED = "paused"  # it failed several times, and is not asked for a while
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    STATUS = "status"  # an HTTP status that is no success, a redirect included
    TOO_LONG = "too_long"
    UNFINISHED = "unfinished"  # it was cut off, or refused
    GARBLED = "garbled"  # no JSON, or of another form than was asked for


class LanguageModelError(AllianceQAError):
    """The language model gave nothing to use; the answer stands without it."""

    def __init__(self, fault: LanguageModelFault) -> None:
        super().__init__(f"the language model gave no answer ({fault})")
        self.fault = fault

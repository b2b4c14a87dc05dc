"""One exception per cause that a caller can act on.

Every message names the thing, its value and the next step, in one line, so that
the command line can print it as it is. What a visitor over HTTP may see is
decided in `api`, which never shows paths.
"""


class AllianceQAError(Exception):
    """The family of everything that goes wrong in a way we can name."""


class SettingsError(AllianceQAError):
    """A setting is unknown or malformed."""


class DocumentError(AllianceQAError):
    """A file of the collection cannot be read; the others still can."""


class UnknownDocumentError(AllianceQAError):
    """No document of the collection has this id."""


class QuestionError(AllianceQAError):
    """A question, or what came with it, is not of the form that can be asked."""


class ModelError(AllianceQAError):
    """The embedding model cannot be loaded, or its weights are not the expected ones."""


class IndexMissingError(AllianceQAError):
    """There is no index yet."""


class IndexDamagedError(AllianceQAError):
    """A file of the index is not what its manifest says."""


class IndexMismatchError(AllianceQAError):
    """The index was built with another model, splitter or format than this service uses."""


class IndexBusyError(AllianceQAError):
    """Another process is writing the index."""


class IndexWriteError(AllianceQAError):
    """The index cannot be written; the one in use is untouched."""

"""What can go wrong in a way that a visitor can act on.

A ``DemoError`` carries a stable ``code`` (part of the command line's and the API's contract) and one sentence that says
what happened and what to try. A programmer's mistake stays a ``ValueError`` or ``TypeError``.
"""

from typing import Literal

ErrorCode = Literal[
    "not_found",
    "not_a_file",
    "empty",
    "no_video",
    "unreadable",
    "too_large",
    "too_long",
    "too_many_pixels",
    "timeout",
    "model_unavailable",
    "bad_request",
    "busy",
    "internal",
]


class DemoError(Exception):
    """Something a visitor can act on; ``str(error)`` is the sentence to show, ``error.code`` the stable name."""

    code: ErrorCode
    sentence: str
    """The same in English; ``words._`` says it in another language where ``words.later`` made it."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code, self.sentence = code, message

    def __reduce__(self) -> tuple[type["DemoError"], tuple[ErrorCode, str]]:
        # Exceptions cross the decode worker's pipe; the default reduction would lose the code.
        return DemoError, (self.code, self.sentence)


class ClipError(DemoError):
    """The clip itself is the reason: missing, empty, damaged, too large, not a video."""


class ModelUnavailableError(DemoError):
    """The model cannot be loaded: the hub is out of reach, a file is damaged, or the weight check failed."""

    def __init__(self, message: str) -> None:
        super().__init__("model_unavailable", message)


class BadRequestError(DemoError):
    """The request asks for what cannot be had: an unknown class, an empty window, an option out of range."""

    def __init__(self, message: str) -> None:
        super().__init__("bad_request", message)


class BusyError(DemoError):
    """The server has its hands full, or this visitor asked too often: what to try is to wait."""

    def __init__(self, message: str) -> None:
        super().__init__("busy", message)

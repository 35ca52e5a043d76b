"""Defines every error that Byline raises, in words for people.

    BylineError
    ├── UsageError            the call or the command line makes no sense
    ├── SourceError           one document cannot become an article (kept in an ingest result)
    ├── ModelError            a model is missing, altered or of another kind
    ├── LLMError              a language model did not reply as it should
    │   ├── LLMUnavailable    it was not reached, timed out or broke off (retryable)
    │   ├── LLMBusy           it takes no more requests for now (retryable)
    │   └── LLMTooLong        the passages are more than it can read at once
    └── ArchiveError
        ├── ArchiveNotFound   there is no archive in that folder
        ├── ArchiveMismatch   the archive was made with another model, setting or schema
        ├── ArchiveBusy       another process is writing (retryable)
        ├── ArchiveDamaged    the database or an index cannot be read
        └── DiskFull          there is no room left to write (retryable)

Each error has a `code` for programs and a `hint` that says what to do next. Exceptions of other
libraries are mapped to these where they enter, with the cause chained. Standard library only.
"""

from __future__ import annotations

from typing import Any, ClassVar


class BylineError(Exception):
    """The one base that callers need to catch."""

    code: ClassVar[str] = "failure"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def to_json(self) -> dict[str, Any]:
        """The error as the contract spells it under `--json`."""
        return {
            "error": {
                "code": self.code,
                "message": self.message,
                "hint": self.hint,
                "retryable": self.retryable,
            }
        }


class UsageError(BylineError):
    """The call or the command line does not make sense."""

    code = "usage"


class SourceError(BylineError):
    """One document cannot become an article."""

    code = "source"


class ModelError(BylineError):
    """The embedding model, a reader or a reranker is missing, altered or not what it says."""

    code = "model"


class LLMError(BylineError):
    """A language model did not reply as it should."""

    code = "llm"


class LLMUnavailable(LLMError):
    """It was not reached, did not reply in time or broke off."""

    code = "llm_unavailable"
    retryable = True


class LLMBusy(LLMError):
    """It takes no more requests for `wait_s` seconds, None where the server did not say."""

    code = "llm_busy"
    retryable = True

    def __init__(self, message: str, *, hint: str = "", wait_s: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.wait_s = wait_s


class LLMTooLong(LLMError):
    """The passages are more than it can read at once."""

    code = "llm_too_long"


class ArchiveError(BylineError):
    """Something is wrong with the archive."""

    code = "archive"


class ArchiveNotFound(ArchiveError):
    """There is no archive in that folder."""

    code = "archive_not_found"


class ArchiveMismatch(ArchiveError):
    """The archive was made with another model, setting or schema."""

    code = "archive_mismatch"


class ArchiveBusy(ArchiveError):
    """Another process is writing."""

    code = "archive_busy"
    retryable = True


class ArchiveDamaged(ArchiveError):
    """The record or an index cannot be read."""

    code = "archive_damaged"


class DiskFull(ArchiveError):
    """There is no room left on the disk that holds the archive."""

    code = "disk_full"
    retryable = True

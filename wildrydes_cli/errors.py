"""The tool's own errors. Each says what happened, what mends it, and which exit code it ends in."""

from collections.abc import Sequence
from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """The exit codes of the command line."""

    FAILED = 1
    USAGE = 2
    CONFIGURATION = 3
    SERVICE = 4
    INTERRUPTED = 130


class WildrydesError(Exception):
    """What the tool was asked to do failed: the ride is not there, the table's key is another.

    `message` is one line: what happened, to what. `hint` says in words what mends it; `command` is the `wildrydes`
    command that does, without its connection options, which only the command line knows.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.FAILED

    def __init__(self, message: str, *, hint: str = "", command: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.command = tuple(command)


class InvalidError(WildrydesError):
    """A value that the contract does not allow: `what` it is, the `value`, and what is `allowed` instead."""

    exit_code = ExitCode.USAGE

    def __init__(self, what: str, value: object, allowed: str) -> None:
        super().__init__(f"{what} {shortened(value)} is not {allowed}")
        self.what = what
        self.value = value
        self.allowed = allowed


class UsageError(WildrydesError):
    """The command line contradicts itself, or lacks something."""

    exit_code = ExitCode.USAGE


class NotConfiguredError(WildrydesError):
    """Something must be set up first: credentials, a region, a profile, the table, the database file."""

    exit_code = ExitCode.CONFIGURATION


class ServiceError(WildrydesError):
    """The service that keeps the rides refused, could not be reached, or failed, after the retries."""

    exit_code = ExitCode.SERVICE


class InterruptError(WildrydesError):
    """The user pressed Ctrl-C while something was under way whose outcome is not known."""

    exit_code = ExitCode.INTERRUPTED


def shortened(value: object, limit: int = 60) -> str:
    """Return `value` as Python writes it, cut in the middle of nothing: at most `limit` characters and an ellipsis."""
    try:
        text = repr(value if not isinstance(value, str) else value[: limit + 1])
    except (RecursionError, ValueError):  # nested too deep, or a number of more digits than Python writes
        return f"({type(value).__name__})"
    return text if len(text) <= limit else f"{text[:limit]}…"

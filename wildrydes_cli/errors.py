"""The tool's own errors. Each one says what happened, how to fix it, and which exit code the command ends with."""

from collections.abc import Sequence
from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of the command line."""

    FAILED = 1
    USAGE = 2
    CONFIGURATION = 3
    SERVICE = 4
    HANGUP = 129
    INTERRUPTED = 130
    TERMINATED = 143


class WildrydesError(Exception):
    """The command failed: the ride does not exist, or the table has a different key.

    Args:
        message: One line: what happened, and to what.
        hint: How to fix it, in words.
        command: The `wildrydes` command that fixes it, without connection options. The command line adds those.
        first: The commands that `command` needs to have run before, in order. They are safe to repeat.
        nothing_written: True if it is certain that the failed call recorded nothing.
    """

    exit_code: ExitCode = ExitCode.FAILED

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        command: Sequence[str] = (),
        first: Sequence[tuple[str, ...]] = (),
        nothing_written: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.command = tuple(command)
        self.first = tuple(first)
        self.nothing_written = nothing_written


class InvalidError(WildrydesError):
    """The contract does not allow a value. `what` names it, and `allowed` says which values are valid."""

    exit_code = ExitCode.USAGE

    def __init__(self, what: str, value: object, allowed: str) -> None:
        super().__init__(f"{what} {shortened(value)} is not {allowed}")
        self.what = what
        self.value = value
        self.allowed = allowed


class UsageError(WildrydesError):
    """The command line contradicts itself, or an option is missing."""

    exit_code = ExitCode.USAGE


class NotConfiguredError(WildrydesError):
    """Something must be set up first: credentials, a region, a profile, the table, the database file."""

    exit_code = ExitCode.CONFIGURATION


class ServiceError(WildrydesError):
    """A service or a disk refused, failed or could not be reached, after the retries."""

    exit_code = ExitCode.SERVICE


class StalledError(ServiceError):
    """The service was asked again and again, and recorded nothing for a long time."""


class RefusedError(ServiceError):
    """The service understood the request and refused it. It would refuse it again."""


class InterruptError(WildrydesError):
    """A signal ended a request, so its outcome is unknown.

    The exit code is that of the signal which raised `interrupt`: see `interrupt_code`.
    """

    def __init__(
        self, message: str, interrupt: KeyboardInterrupt, *, hint: str = "", command: Sequence[str] = ()
    ) -> None:
        super().__init__(message, hint=hint, command=command)
        self.exit_code = ExitCode(interrupt_code(interrupt))


def interrupt_code(interrupt: BaseException | None) -> int:
    """Return the exit code of a signal, as in a shell: 128 plus its number. Ctrl-C raises an error without a number."""
    return 128 + getattr(interrupt, "signal", 2)


def counted(number: int, thing: str = "ride") -> str:
    """Return a number of things in words: "1 ride", "2,000 rides"."""
    return f"{number:,} {thing}{'s' * (number != 1)}"


def shortened(value: object, limit: int = 60) -> str:
    """Return `repr(value)`, truncated to `limit` characters and an ellipsis."""
    try:
        text = repr(value if not isinstance(value, str) else value[: limit + 1])
    except (RecursionError, ValueError):  # nested too deeply, or an int with more digits than Python converts
        return f"({type(value).__name__})"
    return text if len(text) <= limit else f"{text[:limit]}…"

"""`wildrydes request --from FILE`."""

import os
import select
import stat
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime

from wildrydes_cli.connection import Connection, open_store
from wildrydes_cli.errors import (
    InterruptError,
    NotConfiguredError,
    ServiceError,
    UsageError,
    WildrydesError,
    counted,
)
from wildrydes_cli.output.formats import json_line
from wildrydes_cli.output.messages import note
from wildrydes_cli.output.progress import progress_bar
from wildrydes_cli.output.results import write_record
from wildrydes_cli.rides.bulk import Breaker, Outcome, dispatch_all
from wildrydes_cli.rides.dispatch import OtherRequestError, response_body
from wildrydes_cli.rides.request_file import RideRequest, read_requests

STDIN = 0
PAUSE_SECONDS = 0.2
"""How long to wait for more rows before those that have come are dispatched. People hardly notice such a wait."""


def request_all(
    connection: Connection, file: str, *, rider: str | None, batch: str | None, fail_fast: bool, output: str
) -> None:
    """Dispatch a unicorn for each record of `file`. Print the result of each, or, as a table, a summary.

    Raises:
        WildrydesError: A row was wrong.
        ServiceError: The service failed for a row, or the output could not be written.
        NotConfiguredError: Something must be set up first.
        InterruptError: Ctrl-C, or a signal that asks the command to end.
    """
    tally = _Tally(connection, batch)
    breaker = Breaker(fail_fast=fail_fast)
    with open_store(connection, say_embedded=True) as store, _opened(file) as descriptor, tally.interruption():
        chunks = dispatch_all(
            store,
            read_requests(_pieces(descriptor, file), rider),
            batch=batch,
            one_by_one=fail_fast,
            now=lambda: datetime.now(UTC),
            random_bytes=os.urandom,
        )
        status = os.fstat(descriptor)
        size = status.st_size if stat.S_ISREG(status.st_mode) else 0
        with nullcontext(None) if output != "table" else progress_bar() as bar:
            for outcomes in chunks:
                tally.count(outcomes)
                if bar is None:
                    sys.stdout.writelines(json_line(_line(outcome)) for outcome in outcomes)
                    sys.stdout.flush()
                else:
                    done = os.lseek(descriptor, 0, os.SEEK_CUR) if size else 0
                    bar(f"{tally.rows:,} rides, {tally.rate:,.0f} a second", done, size)
                if breaker.trips(outcomes):
                    tally.stopped = True
                    break
        if output == "table":
            write_record("rides requested", tally.summary())
        sys.stdout.flush()
    tally.end()


def _line(outcome: Outcome) -> dict[str, object]:
    if isinstance(outcome.result, WildrydesError):
        return {"Row": outcome.request.row, "Error": outcome.result.message}
    return {"Row": outcome.request.row, **response_body(outcome.result.ride)}


@contextmanager
def _opened(file: str) -> Iterator[int]:
    """Open `file` for a block, and give it the descriptor. `-` is stdin."""
    if file == "-":
        yield STDIN
        return
    try:
        descriptor = os.open(file, os.O_RDONLY)
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}", hint=_FILE_OR_STDIN) from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _pieces(descriptor: int, file: str) -> Iterator[bytes | None]:
    """Yield what is read, as soon as it comes. Yields None if nothing has come for a moment."""
    watch = select.poll()
    watch.register(descriptor, select.POLLIN)
    while True:
        if not watch.poll(PAUSE_SECONDS * 1000):
            yield None
            watch.poll()
        try:
            piece = os.read(descriptor, 65536)
        except OSError as error:
            raise UsageError(f"cannot read {file}: {error.strerror}", hint=_FILE_OR_STDIN) from error
        if not piece:
            return
        yield piece


_FILE_OR_STDIN = "--from takes a file, or - for stdin"


class _Tally:
    """The results of the rows so far."""

    def __init__(self, connection: Connection, batch: str | None) -> None:
        self.listing = connection.command("rides", "list", "--all")
        self.batch = batch
        self.rows = self.repeated = self.failed = 0
        self.first = ""
        self.batch_differs = False
        """Whether an earlier run of the batch had another request in the place of some row."""
        self.worst: WildrydesError | None = None
        """The first error with the highest exit code."""
        self.stopped = False
        """Whether the command stopped before the end of the file."""
        self.started = time.monotonic()

    @property
    def rate(self) -> float:
        """Rows per second."""
        return self.rows / (time.monotonic() - self.started)

    def count(self, outcomes: Sequence[Outcome]) -> None:
        """Count `outcomes`, and print each error once: rows that were sent together fail with the same one."""
        self.rows += len(outcomes)
        failed: dict[WildrydesError, list[RideRequest]] = {}
        for request, result in outcomes:
            if isinstance(result, WildrydesError):
                failed.setdefault(result, []).append(request)
            else:
                self.repeated += result.repeated
        for error, requests in failed.items():
            self._count_failed(error, requests)

    def _count_failed(self, error: WildrydesError, requests: Sequence[RideRequest]) -> None:
        self.failed += len(requests)
        first, last = requests[0], requests[-1]
        rows = f"row {first.row} (line {first.line})"
        if first is not last:
            rows = f"{len(requests):,} rows, from {rows} to row {last.row} (line {last.line})"
        failure = f"{rows}: {error.message}"
        note(failure)
        self.first = self.first or failure
        if isinstance(error, OtherRequestError) and not first.ride_id:  # its id comes from the batch
            self.batch_differs = True
        self.worst = max(filter(None, (self.worst, error)), key=lambda error: error.exit_code)

    def summary(self) -> dict[str, object]:
        """Return the counts, for people."""
        return {
            "Rows": self.rows,
            "Dispatched": self.rows - self.failed - self.repeated,
            "Repeated": self.repeated,
            "Failed": self.failed,
            "Rows a second": round(self.rate),
        }

    @contextmanager
    def interruption(self) -> Iterator[None]:
        """If something other than a row ends the block, say how far it got and how to continue."""
        so_far = "later rows may have been recorded too"
        try:
            yield
        except KeyboardInterrupt as error:
            message = f"interrupted after row {self.rows:,}; {so_far}"
            raise InterruptError(message, error, hint=self._next_step()) from error
        except OSError as error:  # also a closed pipe: the remaining rows are not dispatched
            message = f"cannot write the output after row {self.rows:,} ({error.strerror}); {so_far}"
            raise ServiceError(message, hint=self._next_step()) from error
        except UsageError as error:  # the file can't be read, or not to its end
            if not self.rows:
                raise
            raise ServiceError(f"{error.message}, after row {self.rows:,}; {so_far}", hint=self._next_step()) from error

    def end(self) -> None:
        """Raise the worst error, if any row failed."""
        if self.repeated:
            rows = counted(self.rows, "row")
            note(f"already recorded by an earlier request with the same id: {self.repeated:,} of {rows}")
        if self.worst:
            kind = next(
                each for each in (ServiceError, NotConfiguredError, WildrydesError) if isinstance(self.worst, each)
            )
            message = f"{self.failed:,} of {counted(self.rows, 'row')} failed; the first error: {self.first}"
            message += f"; stopped after row {self.rows:,}" if self.stopped else ""
            # The hint of a wrong row is about that row. That of a service or a setting is about all.
            set_up = kind is NotConfiguredError
            hint = self.worst.hint if set_up or not self.worst.command else ""
            hints = "; ".join(filter(None, (self._next_step(), hint)))
            raise kind(message, hint=hints, command=self.worst.command if set_up else ())

    def _next_step(self) -> str:
        """Say how to dispatch the rows that failed, and those that were not tried."""
        if self.batch_differs:
            return (
                f"rows or riders have changed since batch {self.batch} began, or another file used that name. "
                f"Some rows may have been dispatched twice: look at {self.listing}, then use a new --batch NAME"
            )
        if self.batch:
            return "correct any wrong rows and rerun the same command; rows already recorded are not dispatched twice"
        return (
            f"look at {self.listing}, and resubmit only the rows that are not there; "
            "next time, add --batch NAME: then the same command can be rerun"
        )

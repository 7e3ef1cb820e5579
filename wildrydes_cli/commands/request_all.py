"""`wildrydes request --from FILE`."""

import io
import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from wildrydes_cli.connection import Connection, open_store
from wildrydes_cli.errors import InterruptError, NotConfiguredError, ServiceError, UsageError, WildrydesError
from wildrydes_cli.output.formats import json_line
from wildrydes_cli.output.messages import note
from wildrydes_cli.output.progress import progress_bar
from wildrydes_cli.output.results import write_record
from wildrydes_cli.rides.bulk import Outcome, dispatch_all
from wildrydes_cli.rides.dispatch import response_body
from wildrydes_cli.rides.request_file import read_requests


def request_all(
    connection: Connection, file: str, *, rider: str, batch: str | None, fail_fast: bool, output: str
) -> None:
    """Dispatch a unicorn for each record of `file`. Print the result of each, or in a table how many had which result.

    Raises:
        WildrydesError: A row was wrong.
        ServiceError: The service failed for a row, or the output could not be written.
        NotConfiguredError: Something must be set up first.
    """
    tally = _Tally(batch)
    with open_store(connection, say_embedded=True) as store, _reading(file) as source, tally.interruption():
        text = io.TextIOWrapper(source, "utf-8-sig", errors="surrogateescape", newline="")
        outcomes = dispatch_all(
            store,
            read_requests(_lines(text, file), rider),
            batch=batch,
            fail_fast=fail_fast,
            now=lambda: datetime.now(UTC),
            random_bytes=os.urandom,
        )
        if output == "jsonl":
            sys.stdout.writelines(json_line(_line(outcome)) for outcome in map(tally.count, outcomes))
        else:
            size = os.fstat(source.fileno()).st_size if file != "-" else 0
            with progress_bar() as bar:
                for outcome in map(tally.count, outcomes):
                    if outcome.request.row % 100 == 0:
                        done = source.tell() if size else 0
                        bar(f"{tally.rows:,} rides, {tally.rate:,.0f} a second", done, size)
            write_record("rides requested", tally.summary())
        sys.stdout.flush()
        text.detach()
    tally.end()


def _lines(text: Iterable[str], file: str) -> Iterator[str]:
    try:
        for line in text:  # noqa: UP028  # `yield from` would close stdin if not all of it is read
            yield line
    except OSError as error:
        raise UsageError(f"cannot read on in {file}: {error.strerror}", hint=_FILE_OR_STDIN) from error


def _line(outcome: Outcome) -> dict[str, object]:
    if isinstance(outcome.result, WildrydesError):
        return {"Row": outcome.request.row, "Error": outcome.result.message}
    return {"Row": outcome.request.row, **response_body(outcome.result.ride)}


@contextmanager
def _reading(file: str) -> Iterator[BinaryIO]:
    """Open `file` for a block. `-` is stdin."""
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        source = Path(file).open("rb")  # noqa: SIM115  # closed below; errors of the block are not about this option
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}", hint=_FILE_OR_STDIN) from error
    with source:
        yield source


_FILE_OR_STDIN = "--from takes a file, or - for stdin"


class _Tally:
    """The results of the rows so far."""

    def __init__(self, batch: str | None) -> None:
        self.batch = batch
        self.rows = self.repeated = self.failed = 0
        self.first = ""
        self.worst: WildrydesError | None = None
        """The first error with the highest exit code."""
        self.started = time.monotonic()

    @property
    def rate(self) -> float:
        """Rows per second."""
        return self.rows / (time.monotonic() - self.started)

    def count(self, outcome: Outcome) -> Outcome:
        """Count `outcome`, print its error if it failed, and return it."""
        self.rows += 1
        result = outcome.result
        if isinstance(result, WildrydesError):
            self.failed += 1
            failure = f"row {outcome.request.row} (line {outcome.request.line}): {result.message}"
            note(failure)
            self.first = self.first or failure
            self.worst = max(filter(None, (self.worst, result)), key=lambda error: error.exit_code)
        else:
            self.repeated += result.repeated
        return outcome

    def summary(self) -> dict[str, object]:
        """Return the counts, for people."""
        return {
            "Rows": f"{self.rows:,}",
            "Dispatched": f"{self.rows - self.failed - self.repeated:,}",
            "Repeated": f"{self.repeated:,}",
            "Failed": f"{self.failed:,}",
            "Rate": f"{self.rate:,.0f} a second",
        }

    @contextmanager
    def interruption(self) -> Iterator[None]:
        """If something other than a row ends the block, say how far it got and how to continue."""
        so_far = "later rows may have been recorded too"
        try:
            yield
        except KeyboardInterrupt as error:
            raise InterruptError(f"interrupted after row {self.rows}; {so_far}", hint=self._next_step()) from error
        except OSError as error:  # also a reader that left: rows were requested that are not dispatched
            message = f"cannot write the output after row {self.rows} ({error.strerror}); {so_far}"
            raise ServiceError(message, hint=self._next_step()) from error

    def end(self) -> None:
        """Raise the worst error, if any row failed."""
        if self.repeated:
            note(f"{self.repeated} of {self.rows} rows were already recorded by an earlier request with the same ids")
        if self.worst:
            kind = next(
                each for each in (ServiceError, NotConfiguredError, WildrydesError) if isinstance(self.worst, each)
            )
            hints = "; ".join(filter(None, (self._next_step(), self.worst.hint)))
            message = f"{self.failed} of {self.rows} rows failed; the first was {self.first}"
            raise kind(message, hint=hints, command=self.worst.command if kind is NotConfiguredError else ())

    def _next_step(self) -> str:
        if self.batch:
            return "fix the errors and rerun the same command; rows already recorded are not dispatched twice"
        if self.failed:
            return "resubmit only the failed rows; with --batch NAME, you could rerun the same command as it is"
        return "look at the recorded rides before you resubmit the rest; with --batch NAME, you could just rerun it"

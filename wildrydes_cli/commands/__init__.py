"""The commands, a file each: read the options, call a room below, hand the result to `output`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from wildrydes_cli.connection import Connection
from wildrydes_cli.errors import UsageError, WildrydesError
from wildrydes_cli.output.messages import note, visible
from wildrydes_cli.stores.base import Listing, RideStore

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking; needed off a terminal.")]


@contextmanager
def open_store(connection: Connection, *, say_embedded: bool = False) -> Iterator[RideStore]:
    """Open the store, and close it after the block. Which store it is is said on a terminal, and its cost if wanted.

    With `say_embedded`, that the embedded store was chosen for lack of AWS is said in a pipe too.
    """
    store = connection.open()
    if sys.stderr.isatty() or (say_embedded and connection.store == "auto" and connection.local):
        note(f"using {store.label}")
    try:
        yield store
    finally:
        store.close()
        if connection.verbose:
            usage = store.usage
            note(
                f"asked {store.label}: {usage.requests} requests, {usage.items_read} items read, "
                f"{usage.capacity_units:g} capacity units"
            )


def note_reading(store: RideStore, listing: Listing, connection: Connection) -> None:
    """Say what a listing left out, and what it cost more than it had to."""
    usage = store.usage
    if usage.not_rides:
        note(f"left out {usage.not_rides} items that are no rides")
    if usage.scanned_for:
        held = "" if listing.limit or listing.unsorted else " and held, to be put in order"
        mend = connection.command("setup-table", "--add-indexes")
        note(f"{usage.scanned_for}: all its {usage.items_read} items were read{held}. {mend} makes that unnecessary")


def confirm(action: str, *, yes: bool) -> None:
    """Ask on a terminal whether to do `action`, unless the user said `yes` beforehand.

    Raises `UsageError` where there is no terminal to ask on, `WildrydesError` where the user declines.
    """
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(f"this would {action}, and there is no terminal to ask on", hint="add --yes to do it")
    if not typer.confirm(visible(f"{action}?"), err=True):
        raise WildrydesError("declined: nothing was changed", hint="answer y, or add --yes, to do it")


def announce(step: str) -> None:
    """Tell a user at a terminal which step of several begins."""
    if sys.stderr.isatty():
        note(step)

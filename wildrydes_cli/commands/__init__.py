"""The commands, a file each: read the options, call a room below, hand the result to `output`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from wildrydes_cli.connection import Connection
from wildrydes_cli.stores.base import RideStore
from wildrydes_cli.streams import note


@contextmanager
def opened(connection: Connection, *, say_embedded: bool = False) -> Iterator[RideStore]:
    """Open the store, and close it after the block. Which store it is is said on a terminal, and its cost if wanted.

    With `say_embedded`, that the embedded store was chosen for lack of AWS is said in a pipe too.
    """
    store = connection.open()
    if sys.stderr.isatty() or (say_embedded and connection.store == "auto" and connection.local):
        note(f"using {store.place}")
    try:
        yield store
    finally:
        store.close()
        if connection.verbose:
            usage = store.usage
            note(
                f"asked {store.place}: {usage.requests} requests, {usage.items_read} items read, "
                f"{usage.capacity_units:g} capacity units"
            )

"""`wildrydes rides watch`."""

import sys
from datetime import UTC, datetime

from wildrydes_cli.commands.options import (
    FOLLOW_SECONDS,
    Format,
    RiderFilter,
    Since,
    UnicornFilter,
    line_by_line,
    note_reading,
    note_unknown_unicorn,
)
from wildrydes_cli.connection import Connection, open_store, takes_connection
from wildrydes_cli.errors import RefusedError, ServiceError
from wildrydes_cli.output.messages import note
from wildrydes_cli.output.progress import pause
from wildrydes_cli.output.results import write_rides
from wildrydes_cli.rides.follow import follow
from wildrydes_cli.rides.listing import Listing
from wildrydes_cli.rides.model import RecordedRide


@takes_connection
def rides_watch(
    connection: Connection,
    rider: RiderFilter = None,
    unicorn: UnicornFilter = None,
    since: Since = None,
    output: Format = "table",
) -> None:
    """Print rides as they are recorded, until Ctrl-C.

    The newest ride is at the bottom. Times are UTC. As json or jsonl, each ride is one line.

    \b
    Examples:
      wildrydes rides watch
      wildrydes rides watch --since 1h -o jsonl
    """
    note_unknown_unicorn(unicorn)
    with open_store(connection) as store:
        reached = noted = False

        def read(start: str) -> list[RecordedRide] | None:
            nonlocal reached, noted
            listing = Listing(rider=rider, unicorn=unicorn, since=start)
            try:
                rides = list(store.rides(listing, "index"))
            except ServiceError as error:
                if not reached or isinstance(error, RefusedError):
                    raise
                note(f"{error.message}; trying again")  # the next poll reads what this one missed
                return None
            if store.findings.not_indexed and not noted:  # also if the table becomes a large one meanwhile
                note_reading(store, listing, connection)
                noted = True
            reached = True
            return rides

        for polled, rides in enumerate(follow(read, lambda: datetime.now(UTC), since)):
            write_rides(rides, line_by_line(output), live=True, heading=not polled)
            sys.stdout.flush()
            pause(FOLLOW_SECONDS)

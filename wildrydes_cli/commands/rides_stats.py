"""`wildrydes rides stats`."""

from typing import Annotated

import typer

from wildrydes_cli.commands import note_reading, open_store
from wildrydes_cli.commands.options import Scan, Since, Until, check_bounds
from wildrydes_cli.connection import Connection, takes_connection
from wildrydes_cli.output.results import Format, spinner, write_stats
from wildrydes_cli.rides.stats import Period, count
from wildrydes_cli.stores.base import Listing


@takes_connection
def rides_stats(
    connection: Connection,
    by: Annotated[Period, typer.Option(help="Count the rides of each day, or of each hour.")] = "day",
    since: Since = None,
    until: Until = None,
    scan: Scan = False,
    output: Format = "table",
) -> None:
    """Count rides: with which unicorns, by whom, and when.

    Of the riders, those ten are named who rode most.

    \b
    Example:
      wildrydes rides stats
      wildrydes rides stats --by hour --since 24h
    """
    listing = check_bounds(Listing(since=since, until=until, scan=scan, unsorted=True))
    with open_store(connection) as store:
        with spinner(lambda: f"counting the rides of {store.label}: {store.usage.items_read:,} read"):
            stats = count(store.rides(listing), by)
        note_reading(store, listing, connection)
    write_stats(stats, by, output)

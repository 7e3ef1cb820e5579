"""`wildrydes rides stats`."""

from typing import Annotated

import typer

from wildrydes_cli.commands.options import Format, Scan, Since, Until, check_bounds, note_reading
from wildrydes_cli.connection import Connection, open_store, takes_connection
from wildrydes_cli.output.progress import spinner
from wildrydes_cli.output.results import write_stats
from wildrydes_cli.rides.listing import Listing
from wildrydes_cli.rides.stats import Period, count


@takes_connection
def rides_stats(
    connection: Connection,
    by: Annotated[Period, typer.Option(help="Count the rides of each day, or of each hour.")] = "day",
    since: Since = None,
    until: Until = None,
    scan: Scan = False,
    output: Format = "table",
) -> None:
    """Count rides by unicorn, by rider and by time.

    Lists the ten most frequent riders.

    \b
    Examples:
      wildrydes rides stats
      wildrydes rides stats --by hour --since 24h
    """
    listing = check_bounds(Listing(since=since, until=until, unsorted=True))
    with open_store(connection) as store:
        with spinner(lambda: f"counting the rides of {store.label}: {store.usage.items_read:,} read"):
            stats = count(store.rides(listing, "scan" if scan else "any"), by)
        note_reading(store, listing, connection)
    write_stats(stats, by, output)

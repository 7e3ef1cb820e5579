"""`wildrydes rides list`."""

from itertools import chain, islice
from typing import Annotated

import typer

from wildrydes_cli.commands.options import (
    ListFormat,
    RiderFilter,
    Scan,
    Since,
    UnicornFilter,
    Until,
    check_bounds,
    note_reading,
    note_unknown_unicorn,
    whole_number,
)
from wildrydes_cli.connection import Connection, open_store, takes_connection
from wildrydes_cli.errors import UsageError, counted
from wildrydes_cli.output.messages import note
from wildrydes_cli.output.progress import spinner
from wildrydes_cli.output.results import write_rides
from wildrydes_cli.rides.listing import Listing


@takes_connection
def rides_list(
    connection: Connection,
    limit: Annotated[
        int | None,
        typer.Option(
            parser=whole_number(1, 999_999_999), metavar="N", help="List the newest N rides, not the newest 30."
        ),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="List every ride.")] = False,
    rider: RiderFilter = None,
    unicorn: UnicornFilter = None,
    since: Since = None,
    until: Until = None,
    scan: Scan = False,
    output: ListFormat = "table",
) -> None:
    """List rides, newest first.

    \b
    Examples:
      wildrydes rides list
      wildrydes rides list --rider ada --since 7d
      wildrydes rides list --all -o jsonl | jq .User
    """
    if all_ and limit:
        raise UsageError("--all and --limit contradict each other", hint="leave one of them out")
    limit = None if all_ else limit or 30
    listing = check_bounds(
        Listing(
            limit=None if limit is None else limit + 1,  # one more than is listed, to know whether there are more
            rider=rider,
            unicorn=unicorn,
            since=since,
            until=until,
        )
    )
    with open_store(connection) as store:
        rides = store.rides(listing, "scan" if scan else "any")
        with spinner(lambda: f"reading {store.label}: {counted(store.usage.items_read, 'item')} read"):
            first = list(islice(rides, 1))
        write_rides(islice(chain(first, rides), limit), output)
        more = limit is not None and next(rides, None) is not None
        if not first:
            such = "such " if listing.restricts else ""
            note(f"no {such}rides in {store.label}")
            note_unknown_unicorn(unicorn)
        if more:
            note(f"showing the newest {limit}; use --limit N or --all for more")
        note_reading(store, listing, connection)

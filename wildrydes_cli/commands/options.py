"""The options that say which rides are wanted, the same for every command that reads rides."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from wildrydes_cli.connection import option_parser
from wildrydes_cli.errors import UsageError
from wildrydes_cli.rides.model import valid_rider
from wildrydes_cli.rides.times import bound
from wildrydes_cli.stores.base import Listing

TIME = "a date or time (UTC unless it has an offset), or how long ago: 30s, 90m, 2h, 7d, 2w"
since_parser = option_parser(lambda text: bound(text, datetime.now(UTC)))
"""The parser of an option that takes a `TIME`."""

RiderFilter = Annotated[
    str | None, typer.Option(parser=option_parser(valid_rider), metavar="NAME", help="Only the rides of this rider.")
]
UnicornFilter = Annotated[str | None, typer.Option(metavar="NAME", help="Only the rides with this unicorn.")]
Since = Annotated[
    str | None,
    typer.Option(parser=since_parser, metavar="TIME", help=f"Only rides requested then or later: {TIME}."),
]
Until = Annotated[
    str | None,
    typer.Option(
        parser=option_parser(lambda text: bound(text, datetime.now(UTC), upper=True)),
        metavar="TIME",
        help="Only rides requested then or before; a day counts whole.",
    ),
]
Scan = Annotated[bool, typer.Option("--scan", help="Read the whole table: finds rides that its indexes do not have.")]


def check_bounds(listing: Listing) -> Listing:
    """Return `listing` unless it ends before it begins, which raises `UsageError`."""
    if listing.since and listing.until and listing.since > listing.until:
        raise UsageError(
            f"--since {listing.since} is after --until {listing.until}", hint="exchange them, or leave one of them out"
        )
    return listing

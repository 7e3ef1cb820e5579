"""`wildrydes rides show`."""

from typing import Annotated

import typer

from wildrydes_cli.commands import open_store
from wildrydes_cli.connection import Connection, option_parser, takes_connection
from wildrydes_cli.errors import WildrydesError
from wildrydes_cli.output.results import COLUMNS, Format, ride_object, spinner, write_json, write_record
from wildrydes_cli.stores.base import valid_key


@takes_connection
def rides_show(
    connection: Connection,
    ride_id: Annotated[
        str,
        typer.Argument(
            parser=option_parser(valid_key), metavar="RIDE_ID", help="The ride's id; after -- if it begins with -."
        ),
    ],
    output: Format = "table",
) -> None:
    """Show one ride.

    \b
    Example:
      wildrydes rides show SvLnijIAtg6inAFUBRT-Fg
    """
    with open_store(connection) as store:
        with spinner(f"reading {store.label}"):
            ride = store.find(ride_id)
        if ride is None:
            raise WildrydesError(
                f"there is no ride {ride_id} in {store.label}", hint="see those there are:", command=("rides", "list")
            )
    if output == "json":
        write_json(ride_object(ride))
    else:
        write_record(f"ride {ride.ride_id}", dict(zip(COLUMNS, ride, strict=True)))

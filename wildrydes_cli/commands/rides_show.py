"""`wildrydes rides show`."""

from typing import Annotated

import typer

from wildrydes_cli.commands.options import Format
from wildrydes_cli.connection import Connection, open_store, option_parser, takes_connection
from wildrydes_cli.errors import WildrydesError
from wildrydes_cli.output.progress import spinner
from wildrydes_cli.output.results import write_ride
from wildrydes_cli.stores.base import valid_key


@takes_connection
def rides_show(
    connection: Connection,
    ride_id: Annotated[
        str,
        typer.Argument(
            parser=option_parser(valid_key),
            metavar="RIDE_ID",
            help="The ride's id. Put -- before an id that begins with -.",
        ),
    ],
    output: Format = "table",
) -> None:
    """Show one ride.

    \b
    Examples:
      wildrydes rides show SvLnijIAtg6inAFUBRT-Fg
      wildrydes rides show -o json SvLnijIAtg6inAFUBRT-Fg
    """
    with open_store(connection) as store:
        with spinner(f"reading {store.label}"):
            ride = store.find(ride_id)
        if ride is None:
            raise WildrydesError(
                f"there is no ride {ride_id} in {store.label}", hint="list the rides:", command=("rides", "list")
            )
    write_ride(ride, output)

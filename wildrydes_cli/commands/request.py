"""`wildrydes request`."""

import math
import os
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from wildrydes_cli.commands import open_store
from wildrydes_cli.connection import Connection, option_parser, takes_connection
from wildrydes_cli.errors import InterruptError, InvalidError, NotConfiguredError, ServiceError, UsageError
from wildrydes_cli.output.messages import note
from wildrydes_cli.output.results import RequestFormat, spinner, write_json, write_record
from wildrydes_cli.rides.dispatch import ETA, Dispatched, dispatch, response_body
from wildrydes_cli.rides.model import Location, draw_ride_id, valid_batch, valid_ride_id, valid_rider


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


LATITUDE = typer.Option(
    "--lat",
    parser=option_parser(lambda text: Location(_number(text), 0).latitude),
    metavar="DEGREES",
    help="The pickup's latitude, from -90 to 90.",
)
LONGITUDE = typer.Option(
    "--lon",
    parser=option_parser(lambda text: Location(0, _number(text)).longitude),
    metavar="DEGREES",
    help="The pickup's longitude, from -180 to 180.",
)
Latitude = Annotated[float | None, LATITUDE]
Longitude = Annotated[float | None, LONGITUDE]
Rider = Annotated[
    str | None,
    typer.Option(parser=option_parser(valid_rider), metavar="NAME", help="Who rides.", show_default="the login name"),
]
RideId = Annotated[
    str | None,
    typer.Option(
        parser=option_parser(valid_ride_id),
        metavar="ID",
        help="The ride's id: a request may be repeated under it, and dispatches once.",
        show_default="a new one is drawn",
    ),
]
From = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="FILE", help="Request a ride for each record of a CSV or JSON lines file; - is stdin."
    ),
]
Batch = Annotated[
    str | None,
    typer.Option(
        parser=option_parser(valid_batch),
        metavar="NAME",
        help="With --from: the same command may be given again under the same name, and dispatches once.",
    ),
]
FailFast = Annotated[
    bool, typer.Option("--fail-fast", help="With --from: end at the first row that fails; one row at a time.")
]


@takes_connection
def request(
    connection: Connection,
    lat: Latitude = None,
    lon: Longitude = None,
    rider: Rider = None,
    ride_id: RideId = None,
    file: From = None,
    batch: Batch = None,
    fail_fast: FailFast = False,
    output: RequestFormat = "table",
) -> None:
    """Dispatch a unicorn to a pickup, and record the ride; or many, to the pickups in a file.

    A file has a line of names first, lat,lon and perhaps rider,ride_id, or a JSON object a line with the same names.

    \b
    Example:
      wildrydes request --lat 47.6174 --lon -122.2884
      wildrydes request --lat 47.6174 --lon -122.2884 --rider ada -o json
      wildrydes request --from pickups.csv --batch monday -o jsonl
    """
    rider = rider or _login_name()
    if file is not None:
        if lat is not None or lon is not None or ride_id:
            raise UsageError("--from contradicts --lat, --lon and --ride-id", hint="they stand in the file")
        if output == "json":
            raise UsageError("--from gives a line for each row, not one JSON value", hint="-o jsonl")
        from wildrydes_cli.commands.request_all import request_all

        request_all(connection, file, rider=rider, batch=batch, fail_fast=fail_fast, output=output)
        return
    if batch or fail_fast:
        raise UsageError("--batch and --fail-fast are for --from", hint="add --from FILE, or leave them out")
    if lat is None or lon is None:
        name, option = ("--lat", LATITUDE) if lat is None else ("--lon", LONGITUDE)
        raise UsageError(f"missing option '{name}': {option.help}", hint="wildrydes request --help")
    ride_id = ride_id or draw_ride_id(os.urandom)
    again = ["request", "--lat", repr(lat), "--lon", repr(lon), "--rider", rider, "--ride-id", ride_id]
    again += ["-o", output] if output != "table" else []
    # However it fails, the ride may have been recorded: only under its id can the request be repeated safely.
    repeat = "repeat it, it cannot dispatch twice:"
    try:
        with open_store(connection, say_embedded=True) as store, spinner("dispatching a unicorn"):
            dispatched = dispatch(
                store,
                ride_id=ride_id,
                rider=rider,
                pickup=Location(lat, lon),
                now=datetime.now(UTC),
                random_bytes=os.urandom,
            )
        _show(dispatched, output)
        sys.stdout.flush()
    except (ServiceError, NotConfiguredError) as error:
        if error.command:  # there is no table: nothing was recorded
            raise
        raise type(error)(error.message, hint=f"{error.hint}; then {repeat}", command=again) from error
    except BrokenPipeError:
        raise  # who reads the output has seen enough
    except OSError as error:
        message = f"ride {ride_id} is recorded, but cannot be shown: {error.strerror}"
        raise ServiceError(message, hint=f"make room where the output goes, then {repeat}", command=again) from error
    except KeyboardInterrupt as error:
        message = f"interrupted; ride {ride_id} may have been recorded"
        raise InterruptError(message, hint=repeat, command=again) from error


def _login_name() -> str:
    import getpass

    try:
        return valid_rider(getpass.getuser())
    except (KeyError, OSError, ImportError, InvalidError) as error:
        raise UsageError("there is no login name to take for the rider", hint="add --rider NAME") from error


def _show(dispatched: Dispatched, output: str) -> None:
    ride = dispatched.ride
    if dispatched.repeated:
        note(f"ride {ride.ride_id} was recorded already, at {ride.request_time}; this is that ride")
    if output != "table":
        write_json(response_body(ride), lines=output == "jsonl")
        return
    unicorn = ride.unicorn
    write_record(
        f"🦄 {unicorn.name} is on the way",
        {
            "RideId": ride.ride_id,
            "Unicorn": unicorn.name,
            "Color": unicorn.color,
            "Gender": unicorn.gender,
            "Eta": ETA,
            "Rider": ride.rider,
            "Pickup": f"{ride.pickup.latitude}, {ride.pickup.longitude}",
        },
    )

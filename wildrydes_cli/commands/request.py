"""`wildrydes request`."""

import os
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from wildrydes_cli.commands.options import (
    LATITUDE,
    LONGITUDE,
    Format,
    Latitude,
    Longitude,
    Rider,
    login_name,
    rider_or_login_name,
)
from wildrydes_cli.connection import Connection, open_store, option_parser, takes_connection
from wildrydes_cli.errors import InterruptError, NotConfiguredError, ServiceError, UsageError
from wildrydes_cli.output.progress import spinner
from wildrydes_cli.output.results import write_dispatched
from wildrydes_cli.rides.dispatch import dispatch
from wildrydes_cli.rides.model import Location, draw_ride_id, valid_batch, valid_ride_id

_MANY = "Many rides"

RideId = Annotated[
    str | None,
    typer.Option(
        parser=option_parser(valid_ride_id),
        metavar="ID",
        help="The ride's id. Repeating a request with the same id never dispatches twice.",
        show_default="a new id",
    ),
]
From = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="FILE",
        help="Request a ride for each record of a CSV or JSON file. - is stdin.",
        rich_help_panel=_MANY,
    ),
]
Batch = Annotated[
    str | None,
    typer.Option(
        parser=option_parser(valid_batch),
        metavar="NAME",
        help="Derive ride ids from this name and the row numbers. Rerunning the command dispatches each row once. "
        "Another file needs another name.",
        rich_help_panel=_MANY,
    ),
]
FailFast = Annotated[
    bool,
    typer.Option("--fail-fast", help="Request one row at a time. Stop at the first failure.", rich_help_panel=_MANY),
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
    output: Format = "table",
) -> None:
    """Dispatch a unicorn and record the ride.

    With --from, dispatch one for each row of a file: CSV with a header line lat,lon and optionally rider,ride_id, or
    one JSON object per line with the same names. As json or jsonl, the result of each row is one line.

    \b
    Examples:
      wildrydes request --lat 47.6174 --lon -122.2884
      wildrydes request --lat 47.6174 --lon -122.2884 --rider ada -o json
      wildrydes request --from pickups.csv --batch monday -o jsonl
    """
    if file is not None:
        if lat is not None or lon is not None or ride_id:
            raise UsageError("--from contradicts --lat, --lon and --ride-id", hint="put them in the file")
        from wildrydes_cli.commands.request_all import request_all

        rider = rider or login_name()
        request_all(connection, file, rider=rider, batch=batch, fail_fast=fail_fast, output=output)
        return
    if batch or fail_fast:
        name = "--batch" if batch else "--fail-fast"
        raise UsageError(f"{name} needs --from", hint=f"add --from FILE, or leave out {name}")
    if lat is None and lon is None:
        example = "for example: wildrydes request --lat 47.6174 --lon -122.2884"
        raise UsageError("a pickup needs --lat and --lon", hint=example)
    if lat is None or lon is None:
        name, option = ("--lat", LATITUDE) if lat is None else ("--lon", LONGITUDE)
        raise UsageError(f"missing option '{name}': {option.help}", hint="wildrydes request --help")
    rider = rider_or_login_name(rider)
    _request_one(connection, Location(lat, lon), rider, ride_id or draw_ride_id(os.urandom), output)


def _request_one(connection: Connection, pickup: Location, rider: str, ride_id: str, output: str) -> None:
    """Dispatch one unicorn. After any failure that may have recorded the ride, the hint repeats the request safely."""
    again = ["request", "--lat", repr(pickup.latitude), "--lon", repr(pickup.longitude)]
    again += ["--rider", rider, "--ride-id", ride_id, *(["-o", output] if output != "table" else [])]
    repeat = "repeat it (this never dispatches twice):"
    # Opening the store can ask for an MFA code, and records nothing.
    with open_store(connection, say_embedded=True) as store:
        try:
            with spinner("dispatching a unicorn"):
                dispatched = dispatch(
                    store, ride_id=ride_id, rider=rider, pickup=pickup, now=datetime.now(UTC), random_bytes=os.urandom
                )
            write_dispatched(dispatched, output)
            sys.stdout.flush()
        except (ServiceError, NotConfiguredError) as error:
            if error.nothing_written:
                raise
            raise type(error)(error.message, hint=f"{error.hint}; then {repeat}", command=again) from error
        except BrokenPipeError:
            raise  # the reader of the output has seen enough
        except OSError as error:
            message = f"ride {ride_id} is recorded, but can't be shown: {error.strerror}"
            hint = f"check where the output goes (is the disk full?), then {repeat}"
            raise ServiceError(message, hint=hint, command=again) from error
        except KeyboardInterrupt as error:
            message = f"interrupted; ride {ride_id} may have been recorded"
            raise InterruptError(message, error, hint=repeat, command=again) from error

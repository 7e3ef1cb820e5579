"""The options that several commands share."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Literal

import typer

from wildrydes_cli.connection import Connection, option_parser
from wildrydes_cli.errors import InvalidError, UsageError, counted
from wildrydes_cli.output.messages import note
from wildrydes_cli.rides.fleet import FLEET
from wildrydes_cli.rides.listing import Listing
from wildrydes_cli.rides.model import Location, parse_degrees, parse_whole_number, valid_rider
from wildrydes_cli.rides.times import bound
from wildrydes_cli.stores.base import RideStore

FOLLOW_SECONDS = 2
"""How often a command that follows something looks for more."""

INVOKE_LOCALLY = ("function", "invoke", "--local")
SERVE = ("serve", "--open")
"""What comes nearest, without AWS, to the commands of a function, and to those of an API."""

NEW_FUNCTION = (
    "the function was deployed less than a minute ago, and IAM may not let it write to the table yet: "
    "try again in a moment"
)
"""What may be the cause of an answer 500."""

# What a command prints

_FORMATS = ("table", "json", "jsonl")
_LIST_FORMATS = (*_FORMATS, "csv", "geojson")
_output = partial(
    typer.Option,
    "--output",
    "-o",
    envvar="WILDRYDES_OUTPUT",
    help="Output format: table for people, the others for scripts.",
)


def _known_format(context: typer.Context, parameter: typer.CallbackParam, value: str) -> str:
    """Return the format of `rides list`. The variable is for every command, so it may not name what only one has."""
    source = context.get_parameter_source(parameter.name or "")
    known = _FORMATS if source and source.name == "ENVIRONMENT" else _LIST_FORMATS
    if value not in known:
        raise typer.BadParameter(f"{value!r} is not one of {', '.join(map(repr, known))}.")
    return value


Format = Annotated[Literal["table", "json", "jsonl"], _output()]
ListFormat = Annotated[str, _output(metavar="|".join(_LIST_FORMATS), callback=_known_format)]


def line_by_line(form: str) -> str:
    """Return the format for output that has no end: one value on each line, also as json."""
    return "jsonl" if form == "json" else form


# What a command may do

DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change and why. Change nothing.")]
Yes = Annotated[
    bool,
    typer.Option(
        "--yes", "-y", help="Do it without asking. Required without a terminal, if there is something to ask."
    ),
]

NoSignUp = Annotated[
    bool,
    typer.Option("--no-sign-up", help="Let only an administrator create users. Without it, anybody may register."),
]

# Where a ride begins, and who rides

LATITUDE = typer.Option(
    "--lat",
    parser=option_parser(lambda text: Location(parse_degrees(text), 0).latitude),
    metavar="DEGREES",
    help="The pickup's latitude, from -90 to 90.",
)
LONGITUDE = typer.Option(
    "--lon",
    parser=option_parser(lambda text: Location(0, parse_degrees(text)).longitude),
    metavar="DEGREES",
    help="The pickup's longitude, from -180 to 180.",
)
Latitude = Annotated[float | None, LATITUDE]
Longitude = Annotated[float | None, LONGITUDE]
rider_parser = option_parser(valid_rider)
Rider = Annotated[
    str | None, typer.Option(parser=rider_parser, metavar="NAME", help="Who rides.", show_default="your login name")
]


def login_name() -> str | None:
    """Return the user's login name, or None if there is none that can be a rider."""
    import getpass

    try:
        return valid_rider(getpass.getuser())
    except (KeyError, OSError, ImportError, InvalidError):
        return None


def rider_or_login_name(rider: str | None) -> str:
    """Return `rider`, or the login name if that is None. Raises `UsageError` if there is neither."""
    if not (rider := rider or login_name()):
        raise UsageError("there is no login name to use as the rider", hint="add --rider NAME")
    return rider


# Which rides are wanted

TIME = "a date or time (UTC unless it has an offset), or how long ago: 30s, 90m, 2h, 7d, 2w"
since_parser = option_parser(lambda text: bound(text, datetime.now(UTC)))
until_parser = option_parser(lambda text: bound(text, datetime.now(UTC), upper=True))

RiderFilter = Annotated[
    str | None, typer.Option(parser=rider_parser, metavar="NAME", help="Only the rides of this rider.")
]
UnicornFilter = Annotated[str | None, typer.Option(metavar="NAME", help="Only the rides with this unicorn.")]
Since = Annotated[
    str | None,
    typer.Option(parser=since_parser, metavar="TIME", help=f"Only rides requested at this time or later: {TIME}."),
]
Until = Annotated[
    str | None,
    typer.Option(
        parser=until_parser,
        metavar="TIME",
        help="Only rides requested at this time or earlier. A date means the whole day.",
    ),
]
Scan = Annotated[
    bool, typer.Option("--scan", help="Read the whole table. This also finds rides that are missing from its indexes.")
]


def whole_number(lowest: int, highest: int) -> Callable[[str], int]:
    """Return a parser of whole numbers from `lowest` to `highest`."""
    # Typer passes an option's default, which is a number already, to the parser too.
    return option_parser(lambda text: parse_whole_number("number", str(text), lowest, highest))


def note_unknown_unicorn(name: str | None) -> None:
    """Tell the user if the fleet has no unicorn called `name`. Other programs may dispatch one, so it is no error."""
    names = [unicorn.name for unicorn in FLEET]
    if name and name not in names:
        note(f"the fleet is {', '.join(names)}; upper and lower case matter")


def check_bounds(listing: Listing) -> Listing:
    """Return `listing`. Raises `UsageError` if it ends before it begins."""
    if listing.since and listing.until and listing.since > listing.until:
        raise UsageError(
            f"--since {listing.since} is after --until {listing.until}", hint="swap them, or leave one of them out"
        )
    return listing


def note_reading(store: RideStore, listing: Listing, connection: Connection) -> None:
    """Print what a listing skipped, and why it was more expensive than necessary."""
    found = store.findings
    if found.not_rides:
        verb = "is not a ride" if found.not_rides == 1 else "are not rides"
        note(f"skipped {counted(found.not_rides, 'item')} that {verb}")
    if found.not_indexed:
        find = connection.command("rides", "list", "--scan")
        add = connection.command("setup-table", "--add-indexes")
        note(f"{store.label} has rides that are not in its index. To list them: {find}. To index them: {add}")
    if found.scanned_for:
        sorted_ = "" if listing.limit or listing.unsorted else " and sorted in memory"
        fix = connection.command("setup-table", "--add-indexes")
        read = counted(store.usage.items_read, "item")
        note(f"{found.scanned_for}, so the whole table was read{sorted_} ({read}). To avoid that: {fix}")

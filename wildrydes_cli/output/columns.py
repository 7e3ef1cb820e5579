"""The rows of a list of rides on a terminal: what a cell says, and which columns a window has room for."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from wildrydes_cli.output.text import visible
from wildrydes_cli.rides.model import NAME_LENGTH, RecordedRide

GAP = 2
"""The space between two columns."""

_SHORT = " in short"
_LAYOUTS = (
    ("Ride", "Rider", "Unicorn", "Pickup", "When"),
    ("Ride", "Rider", "Unicorn", "Pickup", "When in short"),
    ("Ride", "Rider", "Unicorn", "Pickup in short", "When in short"),
    ("Ride", "Rider", "Unicorn", "When"),
    ("Ride", "Rider", "Unicorn", "When in short"),
    ("Ride", "Rider", "Unicorn"),
    ("Ride", "Rider"),
)
"""The columns, from those of a wide window to those of a narrow one."""

_USUAL = {"Ride": 22, "Rider": 15, "Unicorn": 9, "Pickup": 18, "Pickup in short": 14, "When": 16, "When in short": 10}
"""How wide columns are while their rows are not known. A rider such as ada@example.com fits."""
_USUAL_TIMES_OF_DAY = {"When": 13, "When in short": 8}
_WIDEST = {"Ride": 36, "Rider": 36, "Unicorn": 16, "Pickup": 20, "Pickup in short": 16, "When": 20, "When in short": 10}
"""The largest widths of columns. UUIDs fit, as ids and as riders. A longer id or rider takes several lines."""
_NARROWEST_RIDER = 12

_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?"
_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60))


def heading(column: str) -> str:
    """Return what is written above a column."""
    return column.removesuffix(_SHORT)


def cells(ride: RecordedRide, now: datetime | None) -> dict[str, str]:
    """Return the text of each column for a ride: its age `now`, or its time of day if `now` is None."""
    time = ride.request_time or ""
    located = ride.latitude is not None
    texts = {
        "Ride": ride.ride_id,
        "Rider": _short_name(ride.user or ""),
        "Unicorn": ride.unicorn or "",
        "Pickup": f"{ride.latitude:.4f}, {ride.longitude:.4f}" if located else "",
        "Pickup in short": f"{ride.latitude:.2f}, {ride.longitude:.2f}" if located else "",
        "When": ago(time, now) if now else time_of_day(time),
        "When in short": ago(time, now, short=True) if now else time_of_day(time, short=True),
    }
    return {column: visible(text) for column, text in texts.items()}


def widths(
    rows: Sequence[Mapping[str, str]], window: int, measure: Callable[[str], int], *, more: bool = False, live: bool
) -> dict[str, int]:
    """Return the columns that fit into a window, and how wide each is.

    Ids and riders are never cut. Where there is not enough room for them, times and places become short, and then
    columns are left out, that of the riders last.

    Args:
        rows: The cells of each row.
        window: The width of the window.
        measure: Says how wide a text is.
        more: There will be more rows, which are not known yet.
        live: The rows say the time of day.
    """
    widest = {column: max([measure(heading(column)), *(measure(row[column]) for row in rows)]) for column in _USUAL}
    if more:
        usual = _USUAL | (_USUAL_TIMES_OF_DAY if live else {})
        widest = {column: max(width, usual[column]) for column, width in widest.items()}
    # An id that is longer than the usual one takes several lines, so that it does not spoil the table for the others.
    ids = sorted(measure(row["Ride"]) for row in rows) or [0]
    widest["Ride"] = min(widest["Ride"], max(ids[len(ids) // 2], _USUAL["Ride"]), window)
    widest = {column: min(width, _WIDEST[column]) for column, width in widest.items()}
    for layout in _LAYOUTS:
        chosen = {column: widest[column] for column in layout}
        if (room := window - _total(chosen)) >= 0:
            return chosen | {"Rider": min(chosen["Rider"] + more * room, _WIDEST["Rider"])}
    room = window - widest["Ride"] - GAP
    return {"Ride": widest["Ride"]} | ({"Rider": room} if room >= _NARROWEST_RIDER else {})


def _total(chosen: Mapping[str, int]) -> int:
    return sum(chosen.values()) + GAP * (len(chosen) - 1)


def _short_name(name: str) -> str:
    """Return a name, or its beginning if it is longer than a rider's may be. Other programs may record any text."""
    return name if len(name) <= NAME_LENGTH else f"{name[:NAME_LENGTH]}…"


def ago(request_time: str, now: datetime, *, short: bool = False) -> str:
    """Return how long ago a time was. The page's `ago` says the same: a test compares the two.

    A time without an offset is UTC. Less than a minute ago is "just now", and so is up to two minutes ahead, because
    clocks differ a little. Less than a week ago is said in minutes, hours or days, rounded down. Any other time is its
    day, hour and minute in UTC. A text that is no time of ISO 8601 with seconds stays as it is.
    """
    try:
        then = datetime.fromisoformat(request_time if re.fullmatch(_TIME, request_time) else "")
        then = then.astimezone(UTC) if then.tzinfo else then.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return request_time
    age = now - then
    if not timedelta(minutes=-2) <= age < timedelta(days=7):
        day, minute = then.isoformat()[:10], then.isoformat()[11:16]
        return day if short else f"{day} {minute}"
    for unit, seconds in _UNITS:
        if (count := int(age.total_seconds() // seconds)) > 0:
            return f"{count}{unit[0]} ago" if short else f"{count} {unit}{'s' * (count > 1)} ago"
    return "now" if short else "just now"


def time_of_day(request_time: str, *, short: bool = False) -> str:
    """Return the time of day of a request time. If `short`, that is to the second, if the time is UTC."""
    time = request_time[11:] if re.fullmatch(_TIME, request_time) else request_time
    return re.sub(r"(\.[0-9]+)?Z$", "", time) if short else time

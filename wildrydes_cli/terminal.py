"""What is drawn on a terminal, with rich. Nothing here is loaded in a pipe."""

import sys
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import TextIO

from rich.color import Color, ColorParseError
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from wildrydes_cli.dispatch.model import RecordedRide
from wildrydes_cli.streams import colorful, visible


def console(stream: TextIO) -> Console:
    """Return a console on `stream` that obeys no markup, and uses no style where colour is not wanted."""
    return Console(
        file=stream, color_system="auto" if colorful(stream) else None, markup=False, emoji=False, highlight=False
    )


def spinner(text: str) -> AbstractContextManager[object]:
    """Show a spinner and `text` on stderr while the block runs."""
    return console(sys.stderr).status(Text(text))


def print_record(title: str, rows: Sequence[tuple[str, str]]) -> None:
    """Draw one result: its title, and under it a name and a value a line."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(Text(name), Text(value))
    console(sys.stdout).print(Panel(grid, title=Text(title, style="bold"), title_align="left", expand=False))


def print_rides(rides: Iterable[RecordedRide]) -> None:
    """Draw rides as a table that fits the window; of the columns, only the ids are never cut."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("Ride", no_wrap=True, min_width=22)
    for name in ("Rider", "Unicorn", "Pickup", "Requested"):
        table.add_column(name, no_wrap=True, overflow="ellipsis")
    now = datetime.now(UTC)
    for ride in rides:
        table.add_row(
            Text(visible(ride.ride_id), style="cyan"),
            Text(visible(ride.user or "")),
            Text(visible(ride.unicorn or ""), style=_color(ride.color)),
            "" if ride.latitude is None else f"{ride.latitude:.4f}, {ride.longitude:.4f}",
            Text(visible(_ago(ride.request_time or "", now))),
        )
    if table.row_count:
        console(sys.stdout).print(table)


def _color(name: str | None) -> str:
    """Return the style that shows a unicorn of that colour, where there is such a colour."""
    try:
        return Color.parse((name or "").lower()).name if name else ""
    except ColorParseError:
        return ""


def _ago(request_time: str, now: datetime) -> str:
    """Return the time as people say it: how long ago, within a week; else the day. What is no time is left as it is."""
    try:
        then = datetime.fromisoformat(request_time)
    except ValueError:
        return request_time
    age = now - (then if then.tzinfo else then.replace(tzinfo=UTC))
    if not timedelta(0) <= age < timedelta(days=7):
        return then.strftime("%Y-%m-%d %H:%M")
    for unit, seconds in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        if count := int(age.total_seconds()) // seconds:
            return f"{count} {unit}{'s' * (count > 1)} ago"
    return "just now"

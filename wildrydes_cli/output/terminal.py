"""Draws results on a terminal, with rich. In a pipe, this module is not loaded."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from itertools import islice
from typing import Literal, TextIO

from rich.bar import Bar
from rich.cells import cell_len
from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn
from rich.table import Table
from rich.text import Text

from wildrydes_cli.errors import counted
from wildrydes_cli.output import columns
from wildrydes_cli.output.messages import colorful
from wildrydes_cli.output.text import visible
from wildrydes_cli.rides.model import RecordedRide

SCREENFUL = 500
"""How many rides are drawn at once. The first screenful decides the widths of the columns."""

_STATES = {
    "ready": ("\N{CHECK MARK}", "green"),
    "differs": ("\N{NOT EQUAL TO}", "yellow"),
    "broken": ("\N{BALLOT X}", "red"),
    "absent": ("\N{MIDDLE DOT}", "dim"),
    "unknown": ("?", "yellow"),
}
_LEGIBLE_COLORS = ("red", "green", "yellow", "blue", "magenta", "cyan")
"""Colours that every terminal's theme makes legible on its background. White and black are not among them."""


def console(stream: TextIO) -> Console:
    """Return a console on `stream` that obeys no markup, and uses no colour where it is not wanted."""
    color_system: Literal["auto"] | None = "auto" if colorful(stream) else None
    return Console(file=stream, color_system=color_system, markup=False, emoji=False, highlight=False)


class _Live:
    """A text that is computed again whenever the screen is drawn."""

    def __init__(self, text: Callable[[], str]) -> None:
        self.text = text

    def __rich__(self) -> Text:
        return Text(visible(self.text()))


def spinner(text: str | Callable[[], str]) -> AbstractContextManager[object]:
    """Show a spinner and `text` on stderr while the block runs."""
    return console(sys.stderr).status(Text(visible(text)) if isinstance(text, str) else _Live(text))


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """Show a progress bar on stderr, and give the block a function that updates it."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=console(sys.stderr), transient=True) as progress:
        task = progress.add_task("", total=None)

        def update(what: str, done: int, total: int) -> None:
            progress.update(task, description=visible(what), completed=done, total=total or None)

        yield update


def print_record(title: str, rows: Sequence[tuple[str, str]]) -> None:
    """Draw one result: a title, and below it one name and value per line."""
    grid = Table.grid(padding=(0, columns.GAP))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(Text(name), Text(value))
    console(sys.stdout).print(Panel(grid, title=Text(title, style="bold"), title_align="left", expand=False))


def print_status(
    sections: Mapping[str, Mapping[str, tuple[str, str, str]]], values: Mapping[str, str], following: str
) -> None:
    """Draw a checklist of states, reasons and commands for each section, values by name, and the `following` command.

    A command that several rows have is drawn once, below the last of them. A section without a part that exists is one
    row.
    """
    screen = console(sys.stdout)
    grid = Table.grid(padding=(0, columns.GAP))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for title, rows in sections.items():
        if title and len(set(rows.values())) == 1 and all(state == "absent" for state, _, _ in rows.values()):
            shown = {title: next(iter(rows.values()))}
        else:
            shown = {f"  {name}" if title else name: row for name, row in rows.items()}
            if title:
                grid.add_row(Text(title, style="bold"))
        last = {command: name for name, (_, _, command) in shown.items()}
        for name, (state, reason, command) in shown.items():
            mark, color = _STATES[state]
            told = Text(visible(reason))
            if command and last[command] == name:
                told.append("\n" if reason else "").append(visible(command), style="cyan")
            grid.add_row(Text(name, style="bold" if name == title else ""), Text(f"{mark} {state}", style=color), told)
    screen.print(grid)
    if values:
        screen.print()
    for name, value in values.items():
        screen.print(Text.assemble((f"{name:18}", "dim"), visible(value)), soft_wrap=True)
    if following:
        screen.print()
        screen.print(Text.assemble(("next: ", "bold"), (visible(following), "cyan")), soft_wrap=True)


def print_rides(rides: Iterable[RecordedRide], *, live: bool, heading: bool) -> None:
    """Draw rides in columns that fit the window. Ids and riders are never cut."""
    screen = console(sys.stdout)
    now = None if live else datetime.now(UTC)
    rides = iter(rides)
    widths: dict[str, int] = {}
    # When rides are followed, the heading is drawn before the first ride comes.
    while (some := list(islice(rides, SCREENFUL))) or (live and heading):
        lines = [(columns.cells(ride, now), _unicorn_color(ride)) for ride in some]
        if not widths:
            # The later rows of followed rides are not known yet, so none of them decides the widths.
            known = [] if live else [cells for cells, _ in lines]
            widths = columns.widths(known, screen.width, cell_len, more=live or len(some) == SCREENFUL, live=live)
        table = Table(
            box=None, pad_edge=False, padding=(0, columns.GAP, 0, 0), header_style="bold", show_header=heading
        )
        for column, width in widths.items():
            fold = column in ("Ride", "Rider")
            table.add_column(
                columns.heading(column), width=width, no_wrap=not fold, overflow="fold" if fold else "ellipsis"
            )
        for cells, color in lines:
            styles = {"Ride": "cyan", "Unicorn": color}
            table.add_row(*(Text(cells[column], style=styles.get(column, "")) for column in widths))
        screen.print(table, crop=False)
        heading = False


def _unicorn_color(ride: RecordedRide) -> str:
    color = (ride.color or "").lower()
    return color if color in _LEGIBLE_COLORS else ""


def print_stats(rides: int, sections: Mapping[str, Sequence[tuple[str | None, int]]], other_riders: int) -> None:
    """Draw how many rides there are in all and of each kind, with bars. Says how many `other_riders` are left out."""
    screen = console(sys.stdout)
    screen.print(Text(counted(rides), style="bold"))
    for kind, counts in sections.items():
        if not counts:
            continue
        table = Table(box=None, pad_edge=False, padding=(0, columns.GAP, 0, 0), header_style="bold", expand=True)
        table.add_column(kind, no_wrap=True, overflow="ellipsis", max_width=screen.width // 2)
        table.add_column("Rides", justify="right", no_wrap=True)
        table.add_column(ratio=1, no_wrap=True)
        most = max(count for _, count in counts)
        for name, count in counts:
            table.add_row(Text(visible(name or "-")), f"{count:,}", Bar(most, 0, count, color="cyan"))
        screen.print()
        screen.print(table)
        if kind == "Rider" and other_riders:
            screen.print(Text(f"and {counted(other_riders, 'other rider')}", style="dim"))

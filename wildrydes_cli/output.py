"""What goes to stdout: `table` for people, `json`, `jsonl` and `csv` for programs.

A table is drawn on a terminal only (by `terminal`, which loads rich). In a pipe it is tab-separated, nothing is cut.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from json.encoder import encode_basestring
from typing import Annotated, Any, Literal

import typer

from wildrydes_cli.dispatch.model import RecordedRide
from wildrydes_cli.streams import colorful, safe_json, visible

_output = typer.Option("--output", "-o", envvar="WILDRYDES_OUTPUT", help="table is for people, the others for scripts.")
Format = Annotated[Literal["table", "json"], _output]
ListFormat = Annotated[Literal["table", "json", "jsonl", "csv"], _output]

COLUMNS = ("RideId", "User", "Unicorn", "Color", "Gender", "Latitude", "Longitude", "RequestTime")
"""The columns of csv, in the order of `RecordedRide`."""

_FORMULA = r"\s*[=+\-@\t\r]"


def waiting(text: str) -> AbstractContextManager[object]:
    """Show, while a block runs, that `text` is under way: a spinner on a terminal, nothing elsewhere."""
    if not colorful(sys.stderr):
        return nullcontext()
    from wildrydes_cli import terminal

    return terminal.spinner(visible(text))


def write_json(value: object) -> None:
    """Write one value as JSON, value for value."""
    print(safe_json(json.dumps(value, ensure_ascii=False, indent=2)))


def write_record(title: str, record: Mapping[str, Any]) -> None:
    """Write one result for a person: name and value, a line each. What it does not have is left out."""
    rows = [(name, visible(str(value))) for name, value in record.items() if value not in (None, [])]
    if sys.stdout.isatty():
        from wildrydes_cli import terminal

        terminal.print_record(visible(title), rows)
    else:
        sys.stdout.writelines(f"{name}\t{value}\n" for name, value in rows)


def write_rides(rides: Iterable[RecordedRide], form: str) -> None:
    """Write rides in `form`, one of `ListFormat`, each as soon as it is there (but for a drawn table)."""
    if form == "table" and sys.stdout.isatty():
        from wildrydes_cli import terminal

        terminal.print_rides(rides)
    else:
        sys.stdout.writelines(_LINES[form](rides))


def ride_object(ride: RecordedRide) -> dict[str, Any]:
    """Return `ride` as it is in JSON: always five names, None where the store has nothing."""
    return json.loads(_ride_json(ride))  # type: ignore[no-any-return]


def _ride_json(ride: RecordedRide) -> str:
    # Put together by hand: json cannot write a Decimal, and has no say in which characters it escapes.
    ride_id, user, name, color, gender, latitude, longitude, time = map(_value_json, ride)
    parts = [
        f'"{key}": {value}' for key, value in (("Name", name), ("Color", color), ("Gender", gender)) if value != "null"
    ]
    unicorn = f"{{{', '.join(parts)}}}" if parts else "null"
    pickup = "null" if latitude == "null" else f'{{"Latitude": {latitude}, "Longitude": {longitude}}}'
    rest = f'"User": {user}, "Unicorn": {unicorn}, "PickupLocation": {pickup}, "RequestTime": {time}'
    return safe_json(f'{{"RideId": {ride_id}, {rest}}}')


def _value_json(value: object) -> str:
    if value is None:
        return "null"
    return encode_basestring(value) if isinstance(value, str) else str(value)


def _json_lines(rides: Iterable[RecordedRide]) -> Iterator[str]:
    return (f"{_ride_json(ride)}\n" for ride in rides)


def _json_array(rides: Iterable[RecordedRide]) -> Iterator[str]:
    before = "["
    for ride in rides:
        yield before + _ride_json(ride)
        before = ",\n "
    yield "[]\n" if before == "[" else "]\n"


def _csv_lines(rides: Iterable[RecordedRide]) -> Iterator[str]:
    import csv

    class Lines(list[str]):
        write = list.append

    lines = Lines()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(COLUMNS)
    for ride in rides:
        writer.writerow([_cell(value) for value in ride])
        yield from lines
        lines.clear()
    yield from lines


def _cell(value: object) -> str:
    """Return a csv cell: no control characters, and nothing that a spreadsheet would run as a formula."""
    if not isinstance(value, str):
        return "" if value is None else str(value)
    return visible(f"'{value}" if re.match(_FORMULA, value) else value)


def _tabbed_lines(rides: Iterable[RecordedRide]) -> Iterator[str]:
    yield "\t".join(COLUMNS) + "\n"
    for ride in rides:
        yield "\t".join(["" if value is None else visible(str(value)) for value in ride]) + "\n"


_LINES = {"table": _tabbed_lines, "json": _json_array, "jsonl": _json_lines, "csv": _csv_lines}

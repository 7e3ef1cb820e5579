"""What goes to stdout: `table` for people; `json`, `jsonl`, `csv` and `geojson` for programs.

A table is drawn on a terminal only (by `terminal`, which loads rich). In a pipe it is tab-separated, nothing is cut.
"""

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from json.encoder import encode_basestring
from typing import Annotated, Any, Literal

import typer

from wildrydes_cli.output.messages import colorful, safe_json, visible
from wildrydes_cli.rides.model import RecordedRide
from wildrydes_cli.rides.stats import Stats
from wildrydes_cli.stores.base import ProgressBar

_output = typer.Option("--output", "-o", envvar="WILDRYDES_OUTPUT", help="table is for people, the others for scripts.")
Format = Annotated[Literal["table", "json"], _output]
RequestFormat = Annotated[Literal["table", "json", "jsonl"], _output]
ListFormat = Annotated[Literal["table", "json", "jsonl", "csv", "geojson"], _output]
WatchFormat = Annotated[Literal["table", "jsonl"], _output]

COLUMNS = ("RideId", "User", "Unicorn", "Color", "Gender", "Latitude", "Longitude", "RequestTime")
"""The columns of csv, in the order of `RecordedRide`."""

_compact = json.JSONEncoder(ensure_ascii=False).encode
_FORMULA = "\\s*[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20]"


def spinner(text: str | Callable[[], str]) -> AbstractContextManager[object]:
    """Show, while a block runs, that `text` is under way: a spinner on a terminal, nothing elsewhere."""
    if not colorful(sys.stderr):
        return nullcontext()
    from wildrydes_cli.output import terminal

    return terminal.spinner(text)


def progress_bar() -> AbstractContextManager[ProgressBar]:
    """Give a block something to tell its progress to: a bar on a terminal, nothing elsewhere."""
    if not colorful(sys.stderr):
        return nullcontext(lambda *_: None)
    from wildrydes_cli.output import terminal

    return terminal.progress_bar()


def write_json(value: object, *, lines: bool = False) -> None:
    """Write one value as JSON, value for value; on one line for those who read `lines`."""
    sys.stdout.write(json_line(value) if lines else safe_json(json.dumps(value, ensure_ascii=False, indent=2)) + "\n")


def json_line(value: object) -> str:
    """Return one value as a line of JSON."""
    return safe_json(_compact(value)) + "\n"


def write_record(title: str, record: Mapping[str, Any]) -> None:
    """Write one result for a person: name and value, a line each. What it does not have is left out."""
    rows = [(name, visible(str(value))) for name, value in record.items() if value not in (None, "")]
    if sys.stdout.isatty():
        from wildrydes_cli.output import terminal

        terminal.print_record(visible(title), rows)
    else:
        sys.stdout.writelines(f"{name}\t{value}\n" for name, value in rows)


def write_rides(rides: Iterable[RecordedRide], form: str, *, live: bool = False, heading: bool = True) -> None:
    """Write rides in `form`, one of `ListFormat`, each as soon as it is there; a table is drawn by the screenful.

    `live` ones are followed, their times those of the day. Of writings that make one table, the first has a heading.
    """
    if form == "table" and sys.stdout.isatty():
        from wildrydes_cli.output import terminal

        terminal.print_rides(rides, live=live, heading=heading)
    elif form == "table":
        sys.stdout.writelines(_tabbed_lines(rides, heading=heading))
    else:
        sys.stdout.writelines(_LINES[form](rides))


def write_stats(stats: Stats, period: str, form: str) -> None:
    """Write what was counted: in a pipe, what kind, of what, and how many, a line each."""
    sections = {"Unicorn": stats.unicorns, "Rider": stats.riders, period.title(): stats.periods}
    if form == "json":
        lists = {f"{kind}s": [{kind: name, "Rides": n} for name, n in counts] for kind, counts in sections.items()}
        write_json({"Rides": stats.rides, **lists})
    elif sys.stdout.isatty():
        from wildrydes_cli.output import terminal

        terminal.print_stats(stats.rides, sections)
    else:
        sys.stdout.write(f"Rides\t\t{stats.rides}\n")
        rows = ((kind, name or "", n) for kind, counts in sections.items() for name, n in counts)
        sys.stdout.writelines(f"{kind}\t{visible(name)}\t{n}\n" for kind, name, n in rows)


def ride_object(ride: RecordedRide) -> dict[str, Any]:
    """Return `ride` as it is in JSON: always five names, None where the store has nothing."""
    return json.loads(_ride_json(ride))  # type: ignore[no-any-return]


def _ride_json(ride: RecordedRide) -> str:
    # Put together by hand: json can't write a Decimal.
    pickup = "null"
    if ride.latitude is not None:
        pickup = f'{{"Latitude": {ride.latitude}, "Longitude": {ride.longitude}}}'
    who = f'"RideId": {encode_basestring(ride.ride_id)}, "User": {_text_json(ride.user)}'
    what = f'"Unicorn": {_unicorn_json(ride)}, "PickupLocation": {pickup}'
    return safe_json(f'{{{who}, {what}, "RequestTime": {_text_json(ride.request_time)}}}')


def _text_json(text: str | None) -> str:
    return "null" if text is None else encode_basestring(text)


def _unicorn_json(ride: RecordedRide) -> str:
    parts = (("Name", ride.unicorn), ("Color", ride.color), ("Gender", ride.gender))
    known = [f'"{name}": {encode_basestring(value)}' for name, value in parts if value is not None]
    return f"{{{', '.join(known)}}}" if known else "null"


def _json_lines(rides: Iterable[RecordedRide]) -> Iterator[str]:
    return (f"{_ride_json(ride)}\n" for ride in rides)


def _json_array(rides: Iterable[RecordedRide]) -> Iterator[str]:
    before = "["
    for ride in rides:
        yield before + _ride_json(ride)
        before = ",\n "
    yield "[]\n" if before == "[" else "]\n"


def _geojson(rides: Iterable[RecordedRide]) -> Iterator[str]:
    """Give a feature collection (RFC 7946): of each ride its pickup, longitude first, and the rest as properties."""
    before = '{"type": "FeatureCollection", "features": ['
    after_first = ",\n "
    for ride in rides:
        point = "null"
        if ride.latitude is not None:
            point = f'{{"type": "Point", "coordinates": [{ride.longitude}, {ride.latitude}]}}'
        who = f'"RideId": {encode_basestring(ride.ride_id)}, "User": {_text_json(ride.user)}'
        what = f'"Unicorn": {_unicorn_json(ride)}, "RequestTime": {_text_json(ride.request_time)}'
        yield safe_json(f'{before}{{"type": "Feature", "geometry": {point}, "properties": {{{who}, {what}}}}}')
        before = after_first
    yield "]}\n" if before == after_first else f"{before}]}}\n"


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


def _tabbed_lines(rides: Iterable[RecordedRide], *, heading: bool) -> Iterator[str]:
    if heading:
        yield "\t".join(COLUMNS) + "\n"
    for ride in rides:
        yield "\t".join(["" if value is None else visible(str(value)) for value in ride]) + "\n"


_LINES = {"json": _json_array, "jsonl": _json_lines, "csv": _csv_lines, "geojson": _geojson}

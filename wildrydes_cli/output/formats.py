"""Rides as text for programs: `json`, `jsonl`, `csv` and `geojson`.

JSON is put together by hand: `json` can't write a `Decimal`, and this takes half the time of a dict per ride.
"""

import json
import re
import sys
from collections.abc import Callable, Iterable
from json.encoder import encode_basestring as quoted

from wildrydes_cli.output.tabbed import COLUMNS
from wildrydes_cli.output.text import safe_json, visible
from wildrydes_cli.rides.model import RecordedRide

_PROPERTIES = tuple(name for name in COLUMNS if name not in ("Latitude", "Longitude"))
"""The properties of geojson: the other columns of csv are its geometry."""

_compact = json.JSONEncoder(ensure_ascii=False).encode
_FORMULA = "\\s*[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20]"


def json_line(value: object) -> str:
    """Return `value` as a line of JSON."""
    return safe_json(_compact(value)) + "\n"


def json_document(value: object) -> str:
    """Return `value` as indented JSON."""
    return safe_json(json.dumps(value, ensure_ascii=False, indent=2)) + "\n"


def ride_json(ride: RecordedRide) -> str:
    """Return `ride` as JSON: always the same five names, null for what the store does not have."""
    ride_id, user, name, color, gender, latitude, longitude, time = ride
    if name is None or color is None or gender is None:
        parts = {"Name": name, "Color": color, "Gender": gender}
        known = ", ".join(f'"{key}": {quoted(text)}' for key, text in parts.items() if text is not None)
    else:  # nearly every ride: without the loop, a listing takes a twentieth less time
        known = f'"Name": {quoted(name)}, "Color": {quoted(color)}, "Gender": {quoted(gender)}'
    unicorn = f"{{{known}}}" if known else "null"
    pickup = "null" if latitude is None else f'{{"Latitude": {latitude}, "Longitude": {longitude}}}'
    return safe_json(
        f'{{"RideId": {quoted(ride_id)}, "User": {_text(user)}, "Unicorn": {unicorn}, '
        f'"PickupLocation": {pickup}, "RequestTime": {_text(time)}}}'
    )


def write_json_lines(rides: Iterable[RecordedRide]) -> None:
    """Write one ride per line."""
    sys.stdout.writelines(f"{ride_json(ride)}\n" for ride in rides)


def write_json_array(rides: Iterable[RecordedRide]) -> None:
    """Write one array of rides."""
    before = "["
    for ride in rides:
        sys.stdout.write(before + ride_json(ride))
        before = ",\n "
    sys.stdout.write("[]\n" if before == "[" else "]\n")


def write_geojson(rides: Iterable[RecordedRide]) -> None:
    """Write a feature collection (RFC 7946). The geometry is the pickup, longitude first.

    The properties are the other columns of csv. They are flat, because most programs can't show nested ones.
    """
    sys.stdout.write('{"type": "FeatureCollection", "features": [')
    before = ""
    for ride in rides:
        ride_id, user, unicorn, color, gender, latitude, longitude, time = ride
        point = "null"
        if latitude is not None:
            point = f'{{"type": "Point", "coordinates": [{longitude}, {latitude}]}}'
        values = zip(_PROPERTIES, (ride_id, user, unicorn, color, gender, time), strict=True)
        properties = ", ".join(f'"{name}": {_text(value)}' for name, value in values)
        feature = f'{{"type": "Feature", "id": {quoted(ride_id)}, "geometry": {point}, "properties": {{{properties}}}}}'
        sys.stdout.write(before + safe_json(feature))
        before = ",\n "
    sys.stdout.write("]}\n")


def write_csv(rides: Iterable[RecordedRide]) -> None:
    """Write a header and one line per ride."""
    import csv

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in ride] for ride in rides)


WRITERS: dict[str, Callable[[Iterable[RecordedRide]], None]] = {
    "json": write_json_array,
    "jsonl": write_json_lines,
    "csv": write_csv,
    "geojson": write_geojson,
}


def _text(text: str | None) -> str:
    return "null" if text is None else quoted(text)


def _cell(value: object) -> str:
    """Return a csv cell without control characters, and without anything that a spreadsheet would run as a formula."""
    if not isinstance(value, str):
        return "" if value is None else str(value)
    return visible(f"'{value}" if re.match(_FORMULA, value) else value)

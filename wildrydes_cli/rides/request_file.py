"""Requests for many rides, read from the lines of a file: CSV with a header, or JSON lines."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from wildrydes_cli.errors import InvalidError, UsageError, WildrydesError
from wildrydes_cli.rides.model import Location, valid_ride_id, valid_rider


@dataclass
class RideRequest:
    """A ride that is asked for: by which record of the file, counted from 1, and on which line. Or what is wrong."""

    row: int
    line: int
    rider: str = ""
    pickup: Location | None = None
    ride_id: str | None = None
    error: WildrydesError | None = None


_Record = tuple[int, Mapping[str, Any] | WildrydesError]
"""A line's number, and the record there, or what is wrong with it as such."""


def read_requests(lines: Iterable[str], rider: str) -> Iterator[RideRequest]:
    """Give the requests that `lines` hold, each as soon as it is there; a record that is wrong is one with an `error`.

    A record has `lat` and `lon`, or in JSON the contract's `PickupLocation`, and perhaps a `ride_id` and a `rider`; one
    that names none is for `rider`. A record of CSV is one line: for a name with a line break there is JSON. Raises
    `UsageError` for a CSV whose header lacks `lat` or `lon`.
    """
    lines = iter(lines)
    blank = 0
    for first in lines:
        if first.strip():
            break
        blank += 1
    else:
        return
    rest = chain([first], lines)
    records = _json_records(rest) if first.lstrip().startswith("{") else _csv_records(rest)
    for row, (line, record) in enumerate(records, 1):
        request = RideRequest(row, blank + line)
        if isinstance(record, WildrydesError):
            request.error = record
        else:
            try:
                _fill(request, record, rider)
            except InvalidError as error:
                request.error = error
        yield request


def _fill(request: RideRequest, record: Mapping[str, Any], rider: str) -> None:
    pickup = record.get("PickupLocation")
    if isinstance(pickup, Mapping):
        request.pickup = Location(pickup.get("Latitude"), pickup.get("Longitude"))  # type: ignore[arg-type]  # checked there
    else:
        request.pickup = Location(record.get("lat"), record.get("lon"))  # type: ignore[arg-type]
    # A ride as it is listed in JSON is a request for that very ride.
    named, ride_id = record.get("rider", record.get("User")), record.get("ride_id", record.get("RideId"))
    request.rider = valid_rider(rider if named in (None, "") else named)
    if ride_id not in (None, ""):
        request.ride_id = valid_ride_id(ride_id)


def _json_records(lines: Iterable[str]) -> Iterator[_Record]:
    for line, text in enumerate(lines, 1):
        if not text.strip():
            continue
        try:
            record = json.loads(text)
        except (ValueError, RecursionError) as error:
            yield line, WildrydesError(f"this is not JSON: {error}")
        else:
            yield line, record if isinstance(record, dict) else WildrydesError("this is not a JSON object")


def _csv_records(lines: Iterable[str]) -> Iterator[_Record]:
    reader = csv.reader(lines, strict=True)
    try:
        header = [name.strip().lower() for name in next(reader)]
    except csv.Error as error:
        raise UsageError(f"the file's first line is not CSV: {error}", hint="it is to be lat,lon") from error
    if missing := [name for name in ("lat", "lon") if name not in header]:
        raise UsageError(
            f"the file has no column {missing[0]}",
            hint="it begins with a line of names, lat,lon and perhaps rider,ride_id, or it has a JSON object a line",
        )
    while True:
        line = reader.line_num + 1
        try:
            values = next(reader, None)
            wrong = "it goes on over the next line" if reader.line_num > line else ""
        except csv.Error as error:
            values, wrong = [], str(error)
        if values is None:
            return
        if wrong:
            # Which records follow cannot be told for sure, and under a batch their numbers are what tells them apart.
            yield line, WildrydesError(f"is a quote left open? ({wrong}) What follows was not read")
            return
        if len(values) > len(header):
            yield line, WildrydesError(f"this record has {len(values)} values, and the first line {len(header)} names")
        elif values:
            record: dict[str, Any] = dict(zip(header, values, strict=False))
            record["lat"], record["lon"] = _number(record.get("lat")), _number(record.get("lon"))
            yield reader.line_num, record


def _number(text: str | None) -> float | str | None:
    """Return the number that `text` says; what says none is left to be refused."""
    try:
        return float(text or "")
    except ValueError:
        return text

"""The file format of `request --from`: CSV with a header line, or JSON lines."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from wildrydes_cli.errors import InvalidError, UsageError, WildrydesError
from wildrydes_cli.rides.model import Location, parse_degrees, valid_ride_id, valid_rider


@dataclass
class RideRequest:
    """A request for a ride, or the `error` in its record.

    `row` is the number of the record and `line` the number of its line in the file. Both count from 1.
    """

    row: int
    line: int
    rider: str = ""
    pickup: Location | None = None
    ride_id: str | None = None
    error: WildrydesError | None = None


_Record = tuple[int, Mapping[str, Any] | WildrydesError]
"""The number of a line, and the record there or what is wrong with it."""


def read_requests(lines: Iterable[str], rider: str) -> Iterator[RideRequest]:
    """Yield the requests in `lines`, each as soon as its line is read. An invalid record is a request with an `error`.

    A record has `lat` and `lon` (in JSON, the contract's `PickupLocation` will do), and optionally `ride_id` and
    `rider`. A CSV record is one line: use JSON for names with line breaks.

    Args:
        lines: The lines of the file.
        rider: The rider of records that name none.

    Raises:
        UsageError: The header of a CSV file lacks `lat` or `lon`.
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
    """Take the values of `record` over into `request`. `Location` checks their types."""
    pickup = record.get("PickupLocation")
    if isinstance(pickup, Mapping):
        request.pickup = Location(pickup.get("Latitude"), pickup.get("Longitude"))  # type: ignore[arg-type]
    else:
        request.pickup = Location(record.get("lat"), record.get("lon"))  # type: ignore[arg-type]
    # `User` and `RideId` are the names in what `rides list -o jsonl` prints. Its output can be requested again.
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
        raise UsageError(f"the file's first line is not CSV: {error}", hint="it should be lat,lon") from error
    if missing := [name for name in ("lat", "lon") if name not in header]:
        raise UsageError(
            f"the file has no column {missing[0]}",
            hint="start it with a header line: lat,lon and optionally rider,ride_id; or write one JSON object per line",
        )
    while True:
        line = reader.line_num + 1
        try:
            values = next(reader, None)
            wrong = "it continues on the next line" if reader.line_num > line else ""
        except csv.Error as error:
            values, wrong = [], str(error)
        if values is None:
            return
        if wrong:
            # Nobody can tell for sure which records follow, and in a batch their numbers become their ride ids.
            yield line, WildrydesError(f"is a quote left open? ({wrong}) The rest of the file was not read")
            return
        if len(values) > len(header):
            yield line, WildrydesError(f"this record has {len(values)} values, but the header has {len(header)} names")
        elif values:
            record: dict[str, Any] = dict(zip(header, values, strict=False))
            record["lat"], record["lon"] = parse_degrees(record.get("lat")), parse_degrees(record.get("lon"))
            yield reader.line_num, record

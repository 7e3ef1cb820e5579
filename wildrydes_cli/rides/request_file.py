"""The file format of `request --from`: CSV with a header line, JSON lines, or a JSON array.

Whatever `rides list` writes as csv, jsonl or json can be read.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from wildrydes_cli.errors import UsageError, WildrydesError
from wildrydes_cli.rides.model import Location, parse_degrees, valid_ride_id, valid_rider

LINE_BYTES = 1024 * 1024
"""The longest line. No ride needs a thousandth of that, and a file without line breaks must not fill the memory."""
ARRAY_BYTES = 256 * 1024 * 1024
"""The longest JSON array, which is read into memory as a whole. A longer file has to be JSON lines."""

_NAMES = {"rideid": "ride_id", "user": "rider", "latitude": "lat", "longitude": "lon"}
"""The columns of `rides list -o csv`, in lower case, and our names for them."""

_SAVE, _UNPACK = "save it as UTF-8", "unpack it first"
_NOT_TEXT = {
    b"\xff\xfe": ("UTF-16", _SAVE),
    b"\xfe\xff": ("UTF-16", _SAVE),
    b"\x1f\x8b": ("gzip", _UNPACK),
    b"PK\x03\x04": ("zip", _UNPACK),
}
"""The first bytes of files that are often given by mistake, what such a file is, and what to do with it."""

_MARK_BYTES = 4
"""How many bytes it takes to recognize such a file, or a byte order mark."""


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


_Line = tuple[int, str | WildrydesError]
"""The number of a line, and its text or what is wrong with it."""
_Record = tuple[int, Mapping[str, Any] | WildrydesError]
"""The number of a line, and the record there or what is wrong with it."""


def read_requests(data: Iterable[bytes | None], rider: str | None) -> Iterator[RideRequest | None]:
    """Yield the requests in a file, each as soon as its line is complete. An invalid record has an `error`.

    A record has `lat` and `lon` (in JSON, the contract's `PickupLocation` will do), and optionally `ride_id` and
    `rider`. A CSV record is one line, so a stray quote spoils only its own row: use JSON for names with line breaks.

    Args:
        data: The bytes of the file, in pieces of any size. None means that nothing has come for a while. Then None is
            yielded too, so that the caller need not wait for more requests.
        rider: The rider of records that name none. If it is None, such records are invalid.

    Raises:
        UsageError: The file is not UTF-8 text, or the header of a CSV file is wrong.
    """
    lines = _lines(data)
    first: _Line | None = None
    for entry in lines:
        if entry is None:
            yield None
        elif isinstance(entry[1], WildrydesError):
            raise UsageError(f"line {entry[0]}: {entry[1].message}", hint=_FORMAT)
        elif text := entry[1].lstrip():
            first, read = entry, {"{": _json_records, "[": _array_records}.get(text[0], _csv_records)
            break
    if first is None:
        return
    row = 0
    for record in read(chain([first], lines)):
        if record is None:
            yield None
            continue
        row += 1
        yield _request(row, record, rider)


_FORMAT = "start the file with a header line: lat,lon and optionally rider,ride_id; or write one JSON object per line"


def _request(row: int, record: _Record, rider: str | None) -> RideRequest:
    line, values = record
    request = RideRequest(row, line)
    if isinstance(values, WildrydesError):
        request.error = values
        return request
    try:
        _fill(request, values, rider)
    except WildrydesError as error:
        request.error = error
    return request


def _fill(request: RideRequest, record: Mapping[str, Any], rider: str | None) -> None:
    """Copy the values of `record` into `request`. Raises `WildrydesError` if one is missing or wrong."""
    pickup = record.get("PickupLocation")
    point: tuple[Any, Any]
    if isinstance(pickup, Mapping):
        point = pickup.get("Latitude"), pickup.get("Longitude")
    else:
        point = record.get("lat"), record.get("lon")
    if None in point or "" in point:
        missing = [name for name, value in zip(("latitude", "longitude"), point, strict=True) if value in (None, "")]
        raise WildrydesError(f"this row has no {' and no '.join(missing)}")
    request.pickup = Location(*point)
    named, ride_id = record.get("rider", record.get("User")), record.get("ride_id", record.get("RideId"))
    named = rider if named in (None, "") else named
    if named is None:
        raise WildrydesError("this row names no rider, and there is no login name; add --rider NAME")
    request.rider = valid_rider(named)
    if ride_id not in (None, ""):
        request.ride_id = valid_ride_id(ride_id)


def _lines(data: Iterable[bytes | None]) -> Iterator[_Line | None]:
    """Split the bytes of a file into lines. Does not hold more of an overlong line than the limit."""
    number, rest, overlong, limit = 1, bytearray(), False, 0
    for piece in _checked(data):
        if piece is None:
            yield None
            continue
        if not limit and (begun := piece.lstrip()):  # an array may be one line
            limit = ARRAY_BYTES if begun.startswith(b"[") else LINE_BYTES
        *ends, last = piece.split(b"\n")
        for end in ends:
            yield number, _decoded(rest + end, limit, overlong=overlong)
            number, rest, overlong = number + 1, bytearray(), False
        rest += last
        if not limit:  # all is blank so far
            del rest[LINE_BYTES:]
        if overlong or len(rest) > limit > 0:
            rest, overlong = bytearray(), True
    if rest or overlong:
        yield number, _decoded(rest, limit, overlong=overlong)


def _checked(data: Iterable[bytes | None]) -> Iterator[bytes | None]:
    """Pass on the bytes of a file, without a byte order mark. Raises `UsageError` if they are not UTF-8 text."""
    start: bytes | None = b""
    for piece in data:
        if start is None or piece is None:
            yield piece
            continue
        start += piece  # the first pieces may be shorter than a mark
        if len(start) >= _MARK_BYTES:
            yield _without_mark(start)
            start = None
    if start:
        yield _without_mark(start)


def _without_mark(start: bytes) -> bytes:
    for mark, (kind, hint) in _NOT_TEXT.items():
        if start.startswith(mark):
            raise UsageError(f"the file is {kind}, not UTF-8 text", hint=hint)
    return start.removeprefix(b"\xef\xbb\xbf")


def _decoded(line: bytearray, limit: int, *, overlong: bool) -> str | WildrydesError:
    if overlong or len(line) > limit > 0:
        return WildrydesError(f"this line is longer than {limit} bytes")
    try:
        return line.removesuffix(b"\r").decode()
    except UnicodeDecodeError:
        return WildrydesError("this line is not UTF-8 text")


def _json_records(lines: Iterable[_Line | None]) -> Iterator[_Record | None]:
    for entry in lines:
        if entry is None:
            yield None
            continue
        line, text = entry
        if isinstance(text, WildrydesError):
            yield line, text
        elif text.strip():
            yield line, _json_object(text)


def _json_object(text: str) -> Mapping[str, Any] | WildrydesError:
    try:
        record = json.loads(text)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()):
            return WildrydesError("this JSON is not complete: an object must be on one line")
        return WildrydesError(f"this is not JSON: {error.msg.removesuffix(' at')} at column {error.colno}")
    except (ValueError, RecursionError) as error:  # a number with too many digits, or endless nesting
        return WildrydesError(f"this JSON can't be read: {type(error).__name__}")
    return record if isinstance(record, dict) else WildrydesError("this is not a JSON object")


def _array_records(lines: Iterable[_Line | None]) -> Iterator[_Record]:
    """Read an array, which must be complete before its first record can be used."""
    texts: list[str] = []
    start, size = 0, 0
    for entry in lines:
        if entry is None:
            continue
        line, text = entry
        if isinstance(text, WildrydesError):
            raise UsageError(f"line {line}: {text.message}", hint=_LINES)
        start, size = start or line, size + len(text)
        if size > ARRAY_BYTES:
            raise UsageError(f"the JSON array is larger than {ARRAY_BYTES} bytes", hint=_LINES)
        texts.append(text)
    try:
        records = json.loads("\n".join(texts))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"the file begins like a JSON array, but is not a valid one: {error}", hint=_LINES) from error
    for record in records:
        yield start, record if isinstance(record, dict) else WildrydesError("this is not a JSON object")


_LINES = "write one JSON object per line (jsonl), without [ and ]"


def _csv_records(lines: Iterable[_Line | None]) -> Iterator[_Record | None]:
    header: list[str] = []
    for entry in lines:
        if entry is None:
            yield None
            continue
        line, text = entry
        values = _csv_values(text) if isinstance(text, str) else text
        if not header:
            header = _header(values)
        elif isinstance(values, WildrydesError):
            yield line, values
        elif len(values) > len(header):
            yield line, WildrydesError(f"this record has {len(values)} values, but the header has {len(header)} names")
        elif any(value.strip() for value in values):
            record: dict[str, Any] = dict(zip(header, values, strict=False))
            record["lat"], record["lon"] = parse_degrees(record.get("lat")), parse_degrees(record.get("lon"))
            yield line, record


def _csv_values(line: str) -> list[str] | WildrydesError:
    """Return the values in `line`. A reader for a whole file would join lines if a quote is left open."""
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error as error:
        reason = "is a quote left open?" if "unexpected end" in str(error) else str(error)
        return WildrydesError(f"this is not a CSV record: {reason}")


def _header(values: list[str] | WildrydesError) -> list[str]:
    if isinstance(values, WildrydesError):
        raise UsageError(f"the file's first line: {values.message}", hint=_FORMAT)
    names = [name.strip().lower() for name in values]
    header = [_NAMES.get(name, name) for name in names]
    if missing := [name for name in ("lat", "lon") if name not in header]:
        separators = [name for sign, name in ((";", "semicolons"), ("\t", "tabs")) if sign in names[0]]
        hint = f"separate the columns with commas, not {separators[0]}" if separators else _FORMAT
        raise UsageError(f"the file has no column {missing[0]}", hint=hint)
    if twice := [name for name in ("lat", "lon", "rider", "ride_id") if header.count(name) > 1]:
        raise UsageError(f"the file has two columns {twice[0]}", hint="leave one of them out")
    return header

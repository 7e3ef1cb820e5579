"""What goes to stdout, and how: `table` for people, `json`, `jsonl` and `csv` for programs. Notes go to stderr.

Stored text is never trusted. What could move the cursor, reorder or hide text is shown escaped, in every format. A table
is drawn (by `terminal`, which loads rich) on a terminal only; in a pipe it is tab-separated, and no value is ever cut.
"""

import codecs
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from json.encoder import encode_basestring
from typing import Annotated, Any, Literal, TextIO

import typer

from wildrydes_cli.dispatch.model import RecordedRide

_output = typer.Option("--output", "-o", envvar="WILDRYDES_OUTPUT", help="table is for people, the others for scripts.")
Format = Annotated[Literal["table", "json"], _output]
ListFormat = Annotated[Literal["table", "json", "jsonl", "csv"], _output]

COLUMNS = ("RideId", "User", "Unicorn", "Color", "Gender", "Latitude", "Longitude", "RequestTime")
"""The columns of csv, in the order of `RecordedRide`."""

_C0 = r"\x00-\x1f"
_UNSAFE = (
    r"\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff"
    r"\uffa0\ufff0-\ufffb\ud800-\udfff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Control characters, bidi controls, line separators, zero-width and blank letters, tags, and surrogates."""
_UNSAFE_TEXT = re.compile(f"[{_C0}{_UNSAFE}]")
_UNSAFE_JSON = re.compile(f"[{_UNSAFE}]")  # json escapes C0 itself
_FORMULA = re.compile(r"\s*[=+\-@\t\r]")


def prepare() -> None:
    """Let stdout and stderr take any text: what their encoding lacks is written as `\\uXXXX`, which is JSON too."""
    codecs.register_error("json", lambda error: (_escape(error.object[error.start : error.end]), error.end))  # type: ignore[attr-defined]
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="json")  # type: ignore[union-attr]


def on_terminal(stream: TextIO) -> bool:
    """Whether a person is at the other end of `stream`."""
    return stream.isatty()


def colorful(stream: TextIO) -> bool:
    """Whether `stream` takes colour (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def note(text: str) -> None:
    """Tell the user something beside the result."""
    print(visible(text), file=sys.stderr)


def error(message: str, hint: str) -> None:
    """Tell the user what went wrong, and what mends it."""
    red, cyan, plain = ("\x1b[1;31m", "\x1b[36m", "\x1b[0m") if colorful(sys.stderr) else ("", "", "")
    print(f"{red}error:{plain} {visible(message)}", file=sys.stderr)
    if hint:
        print(f"{cyan}hint:{plain} {visible(hint)}", file=sys.stderr)


def waiting(text: str) -> AbstractContextManager[object]:
    """Show, while a block runs, that `text` is under way: a spinner on a terminal, nothing elsewhere."""
    if not colorful(sys.stderr):
        return nullcontext()
    from wildrydes_cli import terminal

    return terminal.spinner(visible(text))


def visible(text: str) -> str:
    """Return `text` with everything escaped that a terminal would obey or not show: one line, in reading order."""
    return _UNSAFE_TEXT.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def write_json(value: object) -> None:
    """Write one value as JSON, value for value."""
    print(_safe_json(json.dumps(value, ensure_ascii=False, indent=2)))


def write_record(title: str, record: Mapping[str, Any]) -> None:
    """Write one result for a person: name and value, a line each. What it does not have is left out."""
    rows = [(name, visible(str(value))) for name, value in record.items() if value not in (None, [])]
    if on_terminal(sys.stdout):
        from wildrydes_cli import terminal

        terminal.print_record(visible(title), rows)
    else:
        sys.stdout.writelines(f"{name}\t{value}\n" for name, value in rows)


def write_rides(rides: Iterable[RecordedRide], form: str) -> None:
    """Write rides in `form`, one of `ListFormat`, each as soon as it is there (but for a drawn table)."""
    if form == "table" and on_terminal(sys.stdout):
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
        f'"{key}": {value}'
        for key, value in (("Name", name), ("Color", color), ("Gender", gender))
        if value != "null"
    ]
    unicorn = f"{{{', '.join(parts)}}}" if parts else "null"
    pickup = "null" if latitude == "null" else f'{{"Latitude": {latitude}, "Longitude": {longitude}}}'
    line = f'{{"RideId": {ride_id}, "User": {user}, "Unicorn": {unicorn}, "PickupLocation": {pickup}, "RequestTime": {time}}}'
    return _safe_json(line)


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
    return visible(f"'{value}" if _FORMULA.match(value) else value)


def _tabbed_lines(rides: Iterable[RecordedRide]) -> Iterator[str]:
    yield "\t".join(COLUMNS) + "\n"
    for ride in rides:
        yield "\t".join(["" if value is None else visible(str(value)) for value in ride]) + "\n"


_LINES = {"table": _tabbed_lines, "json": _json_array, "jsonl": _json_lines, "csv": _csv_lines}


def _safe_json(text: str) -> str:
    return _UNSAFE_JSON.sub(lambda match: _escape(match[0]), text)


def _escape(text: str) -> str:
    units = text.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))

"""Each row of any file of requests has a result, and acknowledged rides are recorded once. Bad events are refused."""

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.hostile import HOSTILE, OBEYED
from tests.support.repeat import REPEAT
from tests.support.running import Cli

TEXTS = st.one_of(st.sampled_from([*HOSTILE, "", "ada", "\x00", "\ufeff", '"', "=1+1", "x" * 129, "\ud800"]), st.text())
NUMBERS = st.sampled_from(
    [
        "1",
        "-0",
        "90.0",
        "91",
        "1e999",
        "-1e999",
        "NaN",
        "Infinity",
        "1_0",
        "٣",
        " 5 ",
        "9" * 5000,
        "0." + "1" * 5000,
        "0x1",
    ]
)
VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS)
NAMES = st.sampled_from(["lat", "lon", "rider", "ride_id", "User", "RideId", "PickupLocation", "Latitude", "x", ""])
JSON = st.recursive(
    VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | TEXTS, inner, max_size=4), max_leaves=8
)
PICKUPS = st.fixed_dictionaries({"lat": st.floats(-90, 90), "lon": st.floats(-180, 180)})
RECORDS = st.one_of(
    PICKUPS,
    st.builds(lambda pickup, rest: {**pickup, **rest}, PICKUPS, st.dictionaries(NAMES, JSON, max_size=3)),
    st.builds(lambda pickup, ride_id: {**pickup, "ride_id": ride_id}, PICKUPS, st.sampled_from(["a", "b"])),
    JSON,
)
JSON_LINES = RECORDS.map(json.dumps) | NUMBERS.map(lambda number: f'{{"lat": {number}, "lon": 2}}')
CELLS = st.one_of(NUMBERS, TEXTS, st.floats(-90, 90).map(str))
ROWS = st.lists(CELLS, max_size=5).map(",".join) | st.sampled_from(
    ["1,2,,", "1,2,ada,a", "3,4,ada,a", '1,2,"x', "", ","]
)
HEADERS = st.sampled_from(
    [
        "lat,lon,rider,ride_id",
        "lat,lon",
        " LAT , Lon ",
        "lat,lat,lon",
        "Latitude,Longitude,User,RideId",
        "lat",
        "lon,x,lat",
        ",",
    ]
)
ENDS = st.sampled_from(["\n", "\r\n", "\r", "\n\n", "\n \n", "\x00\n", "\u2028"])
DEEP = ["[" * 100_000, '{"lat":' * 100_000, '{"lat": 1, "lon": 2, "x": ' + "[" * 900 + "]" * 900 + "}"]
TEXT_FILES = st.one_of(
    st.builds(lambda header, rows, end: end.join([header, *rows]), HEADERS, st.lists(ROWS, max_size=8), ENDS),
    st.builds(lambda lines, end: end.join(lines), st.lists(JSON_LINES | ROWS, max_size=8), ENDS),
    st.lists(RECORDS, max_size=6).map(json.dumps),
    st.sampled_from(
        [*DEEP, '{"lat": 1, "lon": 2}\n' + DEEP[0], "lat,lon\n" + "1" * 1_100_000 + "\n1,2", "[]", "[1, {}]"]
    ),
)


def damaged(data: bytes, at: int, piece: bytes, cut: bool) -> bytes:
    at %= len(data) + 1
    return data[:at] + piece + (b"" if cut else data[at:])


FILES = st.one_of(
    st.binary(),
    TEXT_FILES.map(lambda text: text.encode(errors="surrogatepass")),
    st.builds(
        damaged,
        TEXT_FILES.map(lambda text: text.encode(errors="surrogatepass")),
        st.integers(0, 10_000),
        st.binary(max_size=4)
        | st.sampled_from([b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b'"', b"\xed\xa0\x80", b"\n"]),
        st.booleans(),
    ),
    st.builds(
        lambda mark, text: mark + text.encode(errors="replace"),
        st.sampled_from([b"\xef\xbb\xbf", b"\x1f\x8b"]),
        TEXT_FILES,
    ),
    TEXT_FILES.map(lambda text: text.encode("utf-16", errors="replace")),
)


@pytest.fixture
def use_new_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return a function that selects a new embedded store."""
    made = 0

    def use() -> None:
        nonlocal made
        made += 1
        monkeypatch.setenv("WILDRYDES_DB", str(tmp_path / f"{made}.db"))

    return use


def test_every_row_of_any_file_has_a_result(wildrydes: Cli, tmp_path: Path, use_new_store: Callable[[], None]) -> None:
    file = tmp_path / "file"

    @settings(max_examples=25 * REPEAT**2)
    @given(FILES, st.sampled_from([(), ("--batch", "b"), ("--fail-fast",), ("--rider", "bob")]))
    @example(b"lat,lon\r1,2\r", ())
    @example(b'{"lat": 1, "lon": 2}\n' * 3 + b"\xff\n", ("--batch", "b"))
    def check(data: bytes, words: tuple[str, ...]) -> None:
        use_new_store()
        file.write_bytes(data)
        ended = wildrydes("request", "--from", str(file), "-o", "jsonl", *words)
        if ended.code:
            ended.error(ended.code)
        assert ended.code in (0, 1, 2)
        assert "This is a bug" not in ended.err
        assert not OBEYED.search(ended.out + ended.err)
        lines: list[Any] = [json.loads(line, parse_constant=pytest.fail) for line in ended.out.splitlines()]
        assert [line["Row"] for line in lines] == list(range(1, len(lines) + 1))
        assert (ended.code == 0) == (not any("Error" in line for line in lines) and "error: " not in ended.err)
        listed = wildrydes("rides", "list", "--all", "-o", "json").must().json
        acknowledged = {line["RideId"]: line["Rider"] for line in lines if "Error" not in line}
        assert Counter(ride["RideId"] for ride in listed) == Counter(list(acknowledged))
        assert {ride["RideId"]: ride["User"] for ride in listed} == acknowledged

    check()


EVENTS = st.one_of(
    st.binary(),
    JSON.map(lambda value: json.dumps(value).encode()),
    JSON.map(lambda value: json.dumps({"body": json.dumps(value)}).encode()),
    st.sampled_from(
        [b"NaN", b"1e999", b"9" * 5000, b"[" * 100_000, b'{"a":' * 960 + b"1" + b"}" * 960, b"\xef\xbb\xbf{}"]
    ),
)


def test_any_event_without_a_rider_is_refused(
    wildrydes: Cli, tmp_path: Path, use_new_store: Callable[[], None]
) -> None:
    file = tmp_path / "event"

    @settings(max_examples=20 * REPEAT**2)
    @given(EVENTS, st.sampled_from(["table", "json"]))
    def check(data: bytes, output: str) -> None:
        use_new_store()
        file.write_bytes(data)
        ended = wildrydes("function", "invoke", "--local", "--event", str(file), "-o", output)
        assert ended.code in (1, 2)  # no event names a rider
        ended.error(ended.code)
        assert "This is a bug" not in ended.err
        assert not OBEYED.search(ended.out + ended.err)
        assert not re.search("NaN|Infinity", ended.out)

    check()

"""Whatever is in a table, its rides are listed, shown and counted, and its texts are escaped."""

import csv
import functools
import io
import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len, split_text

from tests.support.contract import ride
from tests.support.hostile import HOSTILE, OBEYED
from tests.support.repeat import some_of, times
from tests.support.running import AWS, Cli, Terminal
from tests.support.stub import Answer, described, stub
from wildrydes_cli.aws import Account
from wildrydes_cli.errors import InvalidError
from wildrydes_cli.output import terminal
from wildrydes_cli.output.text import visible
from wildrydes_cli.stores.base import valid_key
from wildrydes_cli.stores.dynamodb.items import from_item, to_item

Item = dict[str, Any]

GOOD = dict(to_item(ride("good")))
TIMES = ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-W48-1", "2026-11-23", "", "2026-11-23T08:15Z"]
COLORS = ["rgb(1,2,3)", "rgb(999,0,0)", "color(5)", "color(300)", "#12345", "default", "bold red", "[red]"]

texts = st.one_of(
    st.text(st.characters(exclude_categories=[])), st.sampled_from([*HOSTILE, *TIMES, *COLORS, "\ud800", "=1+1"])
)
numbers = st.one_of(
    st.integers(-(10**38) + 1, 10**38 - 1).map(str),
    st.decimals(allow_nan=False, allow_infinity=False, places=19).map(str),
    st.sampled_from(["9.9999999999999999999999999999999999999E+125", "-1E-130", "0", "-0", "1e2", "90.0"]),
)
binary = st.binary().map(lambda data: data.hex())
values = st.recursive(
    st.one_of(
        st.builds(lambda text: {"S": text}, texts),
        st.builds(lambda number: {"N": number}, numbers),
        st.builds(lambda data: {"B": data}, binary),
        st.builds(lambda value: {"BOOL": value}, st.booleans()),
        st.just({"NULL": True}),
        st.builds(lambda each: {"SS": each}, st.lists(texts, min_size=1)),
        st.builds(lambda each: {"NS": each}, st.lists(numbers, min_size=1)),
        st.builds(lambda each: {"BS": each}, st.lists(binary, min_size=1)),
    ),
    lambda inner: st.one_of(
        st.builds(lambda each: {"L": each}, st.lists(inner)),
        st.builds(
            lambda each: {"M": each},
            st.dictionaries(
                st.one_of(st.sampled_from(["Name", "Color", "Gender", "Latitude", "Longitude"]), texts), inner
            ),
        ),
    ),
    max_leaves=12,
)
pickups = st.fixed_dictionaries(
    {"Latitude": st.builds(lambda n: {"N": n}, numbers), "Longitude": st.builds(lambda n: {"N": n}, numbers)}
).map(lambda each: {"M": each})
names = st.sampled_from(["User", "Rider", "Unicorn", "UnicornName", "PickupLocation", "RequestTime", "TimeShard", "x"])
items = st.builds(
    lambda ride_id, rest, pickup: {**rest, **pickup, "RideId": {"S": ride_id}},
    texts.filter(lambda text: text not in ("", "good")),
    st.dictionaries(names, values),
    st.one_of(st.just({}), st.fixed_dictionaries({"PickupLocation": pickups})),
)


def nested(depth: int) -> Item:
    return functools.reduce(lambda inner, _: {"M": {"Name": inner}}, range(depth), {"S": "deep"})


HUGE = {"RideId": {"S": "huge"}, "User": {"S": "\x1b[31m\u202e" * times(4_000, 40_000)}}
DEEP: Item = {"RideId": {"S": "deep"}, "User": {"S": "eve"}, "Unicorn": nested(32), "PickupLocation": nested(32)}
ESCAPING = [
    {"RideId": {"S": text}, "User": {"S": text}, "Unicorn": {"M": {"Name": {"S": text}, "Color": {"S": text}}}}
    for text in [*HOSTILE, *COLORS]
]


@contextmanager
def table(found: list[Item]) -> Iterator[str]:
    """Serve a table with the items `found`, in unchanged JSON. All items are in its index by time too."""

    def answer(operation: str, parameters: Any) -> Answer:
        if operation == "DescribeTable":
            return described("ACTIVE")
        if operation == "GetItem":
            key = parameters["Key"]["RideId"]
            return 200, {"Item": next(item for item in found if item["RideId"] == key)}
        first = parameters.get("ExpressionAttributeValues", {}).get(":partition", {"N": "0"}) == {"N": "0"}
        return 200, {"Items": found if operation == "Scan" or first else []}

    with stub(answer) as served, pytest.MonkeyPatch.context() as patch:
        for name, value in AWS.items():
            patch.setenv(name, value)
        patch.setenv("AWS_ENDPOINT_URL", served.url)
        yield served.url


def check_commands(wildrydes: Cli, found: list[Item]) -> None:
    """Check that every command succeeds on the items `found`, shows the good ride, and prints one line per ride."""
    rides = [each for each in map(from_item, found) if each]
    out = {
        form: wildrydes("rides", "list", "--all", "--scan", "-o", form).must().out
        for form in ("table", "csv", "json", "jsonl", "geojson")
    }
    assert not any(OBEYED.search(text) for text in out.values())
    lines = [json.loads(line) for line in out["jsonl"].splitlines()]
    assert json.loads(out["json"]) == lines
    assert len(lines) == len(rides)
    features = json.loads(out["geojson"])["features"]
    assert [feature["properties"]["RideId"] for feature in features] == [line["RideId"] for line in lines]
    assert len(out["table"].splitlines()) == len(rides) + 1
    rows = list(csv.reader(io.StringIO(out["csv"])))
    assert len(rows) == len(rides) + 1 == len(out["csv"].splitlines())
    assert "good" in [row[0] for row in rows]
    said = sorted((item["RideId"]["S"], _user(item)) for item in found if from_item(item))
    assert sorted((line["RideId"], line["User"]) for line in lines) == said
    assert sorted(wildrydes("rides", "list", "--all", "-o", "jsonl").must().out.splitlines()) == sorted(
        out["jsonl"].splitlines()
    )
    assert wildrydes("rides", "stats", "-o", "json").must().json["Rides"] == len(rides)
    assert not OBEYED.search(wildrydes("rides", "stats").must().out)
    for each in rides:
        try:
            valid_key(each.ride_id)
        except InvalidError:
            continue
        assert not OBEYED.search(wildrydes("rides", "show", "--", each.ride_id).must().out)
        assert wildrydes("rides", "show", "-o", "json", "--", each.ride_id).must().json["RideId"] == each.ride_id


def _user(item: Item) -> str | None:
    names = [item.get(name, {}).get("S") for name in ("User", "Rider")]
    return next((name for name in names if name is not None), "") if names != [None, None] else None


def check_terminal(found: list[Item]) -> None:
    """Check that the rides in `found` are printed on a terminal, each on its own lines, and its id in full."""

    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    rides = [each for each in map(from_item, found) if each]
    screen = Screen()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", screen)
        patch.setenv("TERM", "xterm-256color")
        patch.setenv("COLUMNS", "100")
        terminal.print_rides(rides, live=False, heading=True)
        shown = screen.getvalue()
        terminal.print_stats(len(rides), {"Rider": [(each.user, 1) for each in rides]}, 1)
    heading, *lines = re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()
    assert heading.split()[:3] == ["Ride", "Rider", "Unicorn"]
    assert all(cell_len(line) <= 100 for line in lines)
    # A long id or rider takes several lines. Their ends may be spaces, which can't be told from the rest of the column.
    cut = [split_text(line, heading.index("Unicorn")) for line in lines]
    firsts, seconds = zip(*(split_text(left, heading.index("Rider")) for left, _ in cut), strict=True)
    assert "".join("".join(firsts).split()) == "".join("".join(visible(each.ride_id) for each in rides).split())
    names = (visible(each.user or "") if len(each.user or "") <= 128 else "" for each in rides)
    assert all("".join(name.split()) in "".join("".join(seconds).split()) for name in names)
    assert len([rest for _, rest in cut if rest.strip()]) <= len(rides) <= len(lines)
    assert not OBEYED.search(re.sub(r"\x1b\[[0-9;]*m", "", screen.getvalue()))


def test_rides_are_listed_shown_and_counted_whatever_else_is_in_the_table(wildrydes: Cli) -> None:
    found: list[Item] = []
    csv.field_size_limit(10_000_000)
    with table(found), pytest.MonkeyPatch.context() as patch:
        client = Account().client("dynamodb")
        patch.setattr(
            Account, "client", lambda *_: client
        )  # created once, because that takes longer than everything else

        @settings(max_examples=times(4, 40))
        @given(st.lists(items, max_size=4, unique_by=lambda item: item["RideId"]["S"]))
        @example([HUGE])
        @example([DEEP])
        @example(ESCAPING)
        def check(strange: list[Item]) -> None:
            found[:] = [*strange, GOOD]
            check_commands(wildrydes, found)
            check_terminal(found)

        check()
        client.close()


@pytest.mark.parametrize(
    "words", some_of([("rides", "list"), ("rides", "stats"), ("rides", "show", "good")]), ids=" ".join
)
def test_hostile_texts_are_escaped_on_a_terminal(words: tuple[str, ...]) -> None:
    with table([HUGE, DEEP, *ESCAPING, GOOD]):
        screen = Terminal(*words, columns=120).end().must().out
    left = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", screen)
    assert not OBEYED.search(left)
    assert "\x1b]" not in screen
    assert "Angel" in left


NO_VALUES: list[Any] = [
    7,
    None,
    "text",
    [],
    {},
    {"S": 7},
    {"S": None},
    {"N": 1},
    {"M": []},
    {"M": "text"},
    {"M": [1]},
    {"S": ["x"]},
    {"M": {"Name": 7, "Latitude": []}},
    {"M": {"Latitude": {"N": 7}, "Longitude": {"N": "1"}}},
    {"M": {"Latitude": {"N": "1"}, "Longitude": {"N": None}}},
]
ODD: list[Any] = [
    *(
        7,
        None,
        True,
        "text",
        [],
        {},
        [[]],
        {"RideId": "x"},
        {"RideId": {"S": 7}},
        {"RideId": {"S": ""}, "User": {"S": "a"}},
    ),
    *(
        {**GOOD, "RideId": {"S": f"odd {name} {number}"}, name: value}
        for name in ("User", "Unicorn", "PickupLocation", "RequestTime", "TimeShard")
        for number, value in enumerate(NO_VALUES)
    ),
    *(
        {
            **GOOD,
            "RideId": {"S": f"number {text[:9]}"},
            "PickupLocation": {"M": {"Latitude": {"N": text}, "Longitude": {"N": "1"}}},
        }
        for text in (
            "NaN",
            "sNaN",
            "Infinity",
            "-Infinity",
            "-1e999",
            "1E+999999999",
            "1E-999999999",
            "9" * 5000,
            "",
            "x",
            "0x1",
            "1_0",
            "٣",
        )
    ),
    {
        "RideId": {"S": "odd"},
        "User": {"S": 7},
        "Rider": {"S": None},
        "UnicornName": {"S": ["x"]},
        "RequestTime": {"S": "x"},
    },
]
"""Items that DynamoDB never has, but that another engine may return."""


def test_an_invalid_item_does_not_hide_rides(wildrydes: Cli) -> None:
    with table([*ODD, GOOD]):
        rides = json.loads(wildrydes("rides", "list", "--all", "-o", "json").must().out, parse_constant=pytest.fail)
        for form in ("table", "csv", "jsonl", "geojson"):
            out = wildrydes("rides", "list", "--all", "--scan", "-o", form).must().out
            assert "good" in out
            if form == "geojson":
                json.loads(out, parse_constant=pytest.fail)
        assert wildrydes("rides", "stats", "-o", "json").must().json["Rides"] == len(rides) == len(ODD) - 10 + 1
    assert "good" in [each["RideId"] for each in rides]
    places = {each["RideId"]: each["PickupLocation"] for each in rides}
    assert places["number 1E+999999"] is places["number NaN"] is None
    check_terminal([each for each in [*ODD, GOOD] if from_item(each)])

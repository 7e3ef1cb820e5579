"""`wildrydes rides list` and `show`, on the embedded store and on items that other programs write to DynamoDB."""

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from tests.support.contract import ride
from tests.support.running import Cli
from wildrydes_cli.aws import Account
from wildrydes_cli.connection import Connection
from wildrydes_cli.output.formats import write_geojson
from wildrydes_cli.rides.model import RecordedRide
from wildrydes_cli.stores.base import RideStore
from wildrydes_cli.stores.sqlite.rides import SQLiteRides

NAMES = ["RideId", "User", "Unicorn", "PickupLocation", "RequestTime"]


@pytest.fixture
def store() -> Iterator[RideStore]:
    store = Connection().open()
    yield store
    store.close()


def test_listing_without_rides_is_empty_and_creates_no_file(wildrydes: Cli, home: Any) -> None:
    listed = wildrydes("rides", "list").must()
    assert listed.out == "RideId\tUser\tUnicorn\tColor\tGender\tLatitude\tLongitude\tRequestTime\n"
    assert "no rides in table Rides" in listed.err
    assert wildrydes("rides", "list", "-o", "json").json == []
    assert wildrydes("rides", "list", "-o", "jsonl").out == ""
    assert not list(home.iterdir())


def test_a_unicorn_that_is_not_of_the_fleet_is_pointed_out(wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "the fleet is Angel, Gil, Rocinante; upper" in wildrydes("rides", "list", "--unicorn", "gil").must().err
    assert "fleet" not in wildrydes("rides", "list", "--unicorn", "Gil").must().err

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("wildrydes_cli.commands.rides_watch.pause", interrupt)
    assert "the fleet is Angel" in wildrydes("rides", "watch", "--unicorn", "gil").must(130).err


@pytest.mark.parametrize("words", [("--unicorn", ""), ("--unicorn", "Gil"), ("--rider", "eve"), ("--since", "1h")])
def test_a_filter_without_matches_does_not_call_the_table_empty(
    wildrydes: Cli, store: RideStore, words: tuple[str, str]
) -> None:
    store.record(ride())  # with Angel, for ada
    assert "no such rides in table Rides" in wildrydes("rides", "list", *words).must().err


def test_rides_list_lists_30_rides_by_default(wildrydes: Cli, store: RideStore) -> None:
    for number in range(35):
        store.record(ride(f"ride-{number:02}", f"2026-11-23T08:00:00.{number:03}Z"))
    listed = wildrydes("rides", "list", "-o", "json").must()
    assert [each["RideId"] for each in listed.json] == [f"ride-{number:02}" for number in range(34, 4, -1)]
    assert "showing the newest 30" in listed.err
    assert len(wildrydes("rides", "list", "--limit", "35", "-o", "json").json) == 35
    assert len(wildrydes("rides", "list", "--limit", "1", "-o", "jsonl").json_lines) == 1
    everything = wildrydes("rides", "list", "--all", "-o", "json").must()
    assert len(everything.json) == 35
    assert everything.err == ""
    assert wildrydes("rides", "list", "--limit", "35").must().err == ""


def test_limit_and_all_cannot_be_combined(wildrydes: Cli) -> None:
    wildrydes("rides", "list", "--all", "--limit", "3").error(2)
    message, _ = wildrydes("rides", "list", "--limit", "0").error(2)
    assert "--limit" in message


def test_every_format_has_the_same_values(wildrydes: Cli, store: RideStore) -> None:
    store.record(ride())
    [one] = wildrydes("rides", "list", "-o", "json").json
    assert list(one) == NAMES
    assert wildrydes("rides", "list", "-o", "jsonl").json_lines == [one]
    assert wildrydes("rides", "show", "ride-1", "-o", "json").json == one
    [row] = csv.DictReader(io.StringIO(wildrydes("rides", "list", "-o", "csv").out))
    assert row == {
        "RideId": "ride-1",
        "User": "ada",
        "Unicorn": "Angel",
        "Color": "White",
        "Gender": "Female",
        "Latitude": "47.6174755835663",
        "Longitude": "-122.28837066650185",
        "RequestTime": "2026-11-23T08:15:30.123Z",
    }
    lines = wildrydes("rides", "list").out.splitlines()
    assert lines == ["\t".join(row), "\t".join(row.values())]


def test_a_coordinate_of_zero_is_shown(wildrydes: Cli) -> None:
    wildrydes("request", "--lat", "0", "--lon", "0", "--ride-id", "null-island").must()
    shown = wildrydes("rides", "show", "null-island").must().out
    assert "Latitude\t0.0\nLongitude\t0.0\n" in shown


def test_geojson_has_an_id_the_longitude_first_and_flat_properties(wildrydes: Cli, store: RideStore) -> None:
    store.record(ride())
    assert wildrydes("rides", "list", "-o", "geojson").must().json == {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": "ride-1",
                "geometry": {"type": "Point", "coordinates": [-122.28837066650185, 47.6174755835663]},
                "properties": {
                    "RideId": "ride-1",
                    "User": "ada",
                    "Unicorn": "Angel",
                    "Color": "White",
                    "Gender": "Female",
                    "RequestTime": "2026-11-23T08:15:30.123Z",
                },
            }
        ],
    }


def test_geojson_has_null_for_what_is_not_known(capsys: pytest.CaptureFixture[str]) -> None:
    write_geojson([RecordedRide("r\x7f")])
    out = capsys.readouterr().out
    assert "\x7f" not in out
    [feature] = json.loads(out)["features"]
    assert (feature["id"], feature["geometry"]) == ("r\x7f", None)
    names = ["RideId", "User", "Unicorn", "Color", "Gender", "RequestTime"]
    assert feature["properties"] == dict.fromkeys(names) | {"RideId": "r\x7f"}


def test_tables_in_one_file_are_separate(wildrydes: Cli, store: RideStore) -> None:
    store.record(ride())
    assert wildrydes("rides", "list", "--table", "Other", "-o", "json").json == []
    wildrydes("rides", "show", "ride-1", "--table", "Other").error(1)
    wildrydes("request", "--lat", "1", "--lon", "2", "--ride-id", "ride-1", "--table", "Other").must()
    for table, latitude in (("Rides", 47.6174755835663), ("Other", 1.0)):
        [one] = wildrydes("rides", "list", "--table", table, "-o", "json").json
        assert (one["RideId"], one["PickupLocation"]["Latitude"]) == ("ride-1", latitude)


def test_an_error_names_and_explains_a_missing_argument(wildrydes: Cli) -> None:
    message, hint = wildrydes("rides", "show").error(2)
    assert re.search(r"RIDE_ID\W+\w", message)
    assert hint.endswith("wildrydes rides show --help")


def test_an_unexpected_error_asks_to_be_reported(wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SQLiteRides, "find", lambda *_: 1 // 0)
    message, hint = wildrydes("rides", "show", "x").error(1)
    assert "ZeroDivisionError" in message
    assert "wildrydes" in message
    assert "--debug" in hint


def test_debug_shows_where_an_unexpected_error_comes_from(wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while the command's own options are read."""
    monkeypatch.setattr(SQLiteRides, "find", lambda *_: 1 // 0)
    monkeypatch.setattr("wildrydes_cli.commands.options.bound", lambda *_, **__: 1 // 0)
    for words in (("rides", "show", "x"), ("rides", "list", "--since", "1h")):
        assert "Traceback" not in wildrydes(*words).must(1).err
        assert "Traceback" in wildrydes(*words, "--debug").must(1).err
    assert "Traceback" not in wildrydes("rides", "show", "--", "--debug").must(1).err


def test_showing_a_missing_ride_is_an_error(wildrydes: Cli) -> None:
    message, hint = wildrydes("rides", "show", "nowhere").error(1)
    assert "there is no ride nowhere in table Rides" in message
    assert hint.endswith("wildrydes rides list")


def test_an_id_of_another_program_can_start_with_a_dash(wildrydes: Cli) -> None:
    message, _ = wildrydes("rides", "show", "--", "-x").error(1)
    assert "there is no ride -x" in message


@pytest.mark.parametrize("ride_id", ["", "x" * 2049, "é" * 1025])
def test_an_id_that_cannot_be_a_key_is_a_usage_error(wildrydes: Cli, ride_id: str) -> None:
    message, _ = wildrydes("rides", "show", ride_id).error(2)
    assert "1 to 2048 bytes" in message


@pytest.mark.parametrize("ride_id", ["x" * 2048, "é" * 1024])
def test_an_id_can_have_2048_bytes(wildrydes: Cli, ride_id: str) -> None:
    assert "there is no ride" in wildrydes("rides", "show", ride_id).error(1)[0]


class TestOtherPrograms:
    """A table with rides of the tutorial's own function and of other programs, and with items that are not rides."""

    ITEMS = (
        {
            "RideId": {"S": "SvLnijIAtg6inAFUBRT+Fg=="},
            "User": {"S": "the_username"},
            "Unicorn": {"M": {"Name": {"S": "Rocinante"}, "Color": {"S": "Yellow"}, "Gender": {"S": "Female"}}},
            "RequestTime": {"S": "2018-01-01T00:00:00.003Z"},
        },
        {
            "RideId": {"S": "port"},
            "Rider": {"S": "bob"},
            "UnicornName": {"S": "Gil"},
            "RequestTime": {"S": "2018-01-01T00:00:00.002Z"},
        },
        {
            "RideId": {"S": "genderless"},
            "Unicorn": {"M": {"Name": {"S": "Angel"}, "Color": {"S": "White"}}},
            "RequestTime": {"S": "2018-01-01T00:00:00.001Z"},
        },
        {
            "RideId": {"S": "timeless"},
            "User": {"S": "eve"},
            "PickupLocation": {"M": {"Latitude": {"N": "12345678901234567890.123456789"}, "Longitude": {"N": "7"}}},
        },
        {
            "RideId": {"S": "mistyped"},
            "User": {"N": "7"},
            "Unicorn": {"S": "Gil"},
            "PickupLocation": {"M": {"Latitude": {"S": "47"}, "Longitude": {"N": "7"}}},
            "RequestTime": {"N": "1"},
            "Rider": {"S": "zoe"},
        },
        {"RideId": {"S": "config"}, "Setting": {"BOOL": True}},
        {"RideId": {"S": "empty"}},
    )

    @pytest.fixture(autouse=True)
    def table(self, aws_credentials: None) -> Iterator[None]:
        with mock_aws():
            Connection().open().setup(indexes=False)
            client = Account().client("dynamodb")
            for item in self.ITEMS:
                client.put_item(TableName="Rides", Item=item)
            client.close()
            yield

    def test_rides_list_skips_items_that_are_not_rides(self, wildrydes: Cli) -> None:
        listed = wildrydes("rides", "list", "-o", "jsonl").must()
        rides = listed.json_lines
        assert all(list(each) == NAMES for each in rides)
        assert [each["RideId"] for each in rides] == [
            "SvLnijIAtg6inAFUBRT+Fg==",
            "port",
            "genderless",
            "mistyped",
            "timeless",
        ]
        assert [each["User"] for each in rides] == ["the_username", "bob", None, "zoe", "eve"]
        assert [each["Unicorn"] for each in rides] == [
            {"Name": "Rocinante", "Color": "Yellow", "Gender": "Female"},
            {"Name": "Gil"},
            {"Name": "Angel", "Color": "White"},
            None,
            None,
        ]
        assert "skipped 2 items that are not rides" in listed.err
        assert '"Latitude": 12345678901234567890.123456789, "Longitude": 7.0' in listed.out
        assert [each["PickupLocation"] is None for each in rides] == [True, True, True, True, False]

    def test_rides_show_finds_only_rides(self, wildrydes: Cli) -> None:
        assert wildrydes("rides", "show", "SvLnijIAtg6inAFUBRT+Fg==", "-o", "json").json["User"] == "the_username"
        assert "Unicorn\tGil\n" in wildrydes("rides", "show", "port").must().out
        wildrydes("rides", "show", "config").error(1)
        wildrydes("rides", "show", "nowhere").error(1)

    def test_csv_and_table_list_incomplete_rides(self, wildrydes: Cli) -> None:
        rows = list(csv.DictReader(io.StringIO(wildrydes("rides", "list", "-o", "csv").must().out)))
        assert [row["Unicorn"] for row in rows] == ["Rocinante", "Gil", "Angel", "", ""]
        assert len(wildrydes("rides", "list").must().out.splitlines()) == 6

    @pytest.mark.parametrize("name", ["Latitude", "Longitude"])
    def test_an_incomplete_pickup_is_ignored(self, wildrydes: Cli, name: str) -> None:
        client = Account().client("dynamodb")
        client.put_item(
            TableName="Rides",
            Item={"RideId": {"S": "half"}, "User": {"S": "eve"}, "PickupLocation": {"M": {name: {"N": "7"}}}},
        )
        client.close()
        assert wildrydes("rides", "show", "half", "-o", "json").must().json["PickupLocation"] is None
        rows = {row["RideId"]: row for row in csv.DictReader(io.StringIO(wildrydes("rides", "list", "-o", "csv").out))}
        assert (rows["half"]["Latitude"], rows["half"]["Longitude"]) == ("", "")

    def test_an_existing_id_of_another_program_is_not_overwritten(self, wildrydes: Cli) -> None:
        wildrydes("request", "--lat", "1", "--lon", "2", "--rider", "bob", "--ride-id", "port").error(1)
        wildrydes("request", "--lat", "1", "--lon", "2", "--rider", "bob", "--ride-id", "empty").error(1)
        assert wildrydes("rides", "show", "port", "-o", "json").json["PickupLocation"] is None

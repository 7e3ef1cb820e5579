"""`wildrydes request --from`: a file of requests."""

import gzip
import json
import os
import sqlite3
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import chain, pairwise, repeat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from tests.support.contract import ride
from tests.support.running import Cli
from wildrydes_cli.aws import Account
from wildrydes_cli.errors import ServiceError, UsageError, WildrydesError
from wildrydes_cli.rides.bulk import Breaker, Outcome, derived_ride_id, dispatch_all
from wildrydes_cli.rides.dispatch import Dispatched
from wildrydes_cli.rides.model import Location, RecordedRide, Ride, valid_ride_id
from wildrydes_cli.rides.request_file import LINE_BYTES, RideRequest, read_requests
from wildrydes_cli.stores.sqlite.rides import SQLiteRides

STORES = pytest.mark.parametrize("store", ["local", "dynamodb"], indirect=True)
HEADER = "lat,lon,rider,ride_id"


@pytest.fixture
def store(request: pytest.FixtureRequest, wildrydes: Cli) -> Iterator[str]:
    """Use the embedded store, or moto's mock of DynamoDB. Yields its name."""
    if request.param == "local":
        yield request.param
        return
    request.getfixturevalue("aws_credentials")
    with mock_aws():
        wildrydes("setup-table").must()
        yield request.param


def listed(wildrydes: Cli) -> list[Any]:
    rides: list[Any] = wildrydes("rides", "list", "--all", "-o", "json").must().json
    return rides


@STORES
@pytest.mark.usefixtures("store")
def test_every_row_of_a_csv_file_gets_a_ride(wildrydes: Cli, tmp_path: Path) -> None:
    file = tmp_path / "pickups.csv"
    file.write_text(f'{HEADER}\n1,2,ada,\n-3.5,4e1,,mine\n\n 5 ,6,"x, y",\n')
    lines = wildrydes("request", "--from", str(file), "--rider", "bob", "-o", "jsonl").must().json_lines
    assert [list(line) for line in lines] == [["Row", "RideId", "Unicorn", "Eta", "Rider"]] * 3
    assert [(line["Row"], line["Rider"]) for line in lines] == [(1, "ada"), (2, "bob"), (3, "x, y")]
    assert lines[1]["RideId"] == "mine"
    recorded = {ride["RideId"]: ride for ride in listed(wildrydes)}
    assert [recorded[line["RideId"]]["PickupLocation"] for line in lines] == [
        {"Latitude": 1.0, "Longitude": 2.0},
        {"Latitude": -3.5, "Longitude": 40.0},
        {"Latitude": 5.0, "Longitude": 6.0},
    ]
    assert [recorded[line["RideId"]]["Unicorn"] for line in lines] == [line["Unicorn"] for line in lines]


def test_json_lines_can_have_a_pickup_location(wildrydes: Cli) -> None:
    lines = [
        {"lat": 1, "lon": 2, "rider": "ada", "ride_id": "mine"},
        {"PickupLocation": {"Latitude": 3, "Longitude": 4}, "Other": [1]},
    ]
    stdin = "\n" + "\n".join(map(json.dumps, lines)) + "\n"
    answers = wildrydes("request", "--from", "-", "-o", "jsonl", stdin=stdin).must().json_lines
    assert [(each["Row"], each["Rider"]) for each in answers] == [(1, "ada"), (2, "ada")]
    assert {(ride["PickupLocation"]["Latitude"]) for ride in listed(wildrydes)} == {1.0, 3.0}


@STORES
@pytest.mark.usefixtures("store")
def test_an_invalid_row_is_reported_with_its_line_and_other_rows_are_dispatched(wildrydes: Cli) -> None:
    stdin = f"{HEADER}\n\n91,2,,\n1,2,,\nx,2,,\n1,,,\n1\n1,2,{'y' * 129},\n1,2,,-a\n1,2,,\n"
    ended = wildrydes("request", "--from", "-", "-o", "jsonl", stdin=stdin)
    message, hint = ended.error(1)
    assert (
        message == "6 of 8 rows failed; the first error: row 1 (line 3): latitude 91.0 is not a number from -90 to 90"
    )
    assert "--batch" in hint
    assert [line["Row"] for line in ended.json_lines] == list(range(1, 9))
    assert [line["Row"] for line in ended.json_lines if "Error" not in line] == [2, 8]
    assert all(list(line) == ["Row", "Error"] for line in ended.json_lines if "Error" in line)
    assert "row 3 (line 5): latitude 'x' is not a number from -90 to 90" in ended.err
    assert len(listed(wildrydes)) == 2


@pytest.mark.parametrize(
    ("file", "missing"),
    [
        ("lat,lon\n1", "no longitude"),
        ("lat,lon\n,2", "no latitude"),
        ('{"lat": 1}', "no longitude"),
        ('{"lon": 1, "lat": null}', "no latitude"),
        ('{"PickupLocation": {}}', "no latitude and no longitude"),
    ],
)
def test_a_row_without_a_coordinate_says_so(wildrydes: Cli, file: str, missing: str) -> None:
    ended = wildrydes("request", "--from", "-", "-o", "jsonl", stdin=file).must(1)
    assert ended.json_lines == [{"Row": 1, "Error": f"this row has {missing}"}]


@pytest.mark.parametrize(
    "record",
    [
        '{"lat": 1, "lon": true}',
        '{"lat": "1", "lon": 2}',
        '{"lat": NaN, "lon": 2}',
        '{"lat": 1e400, "lon": 2}',
        '{"lon": 2}',
        "[1, 2]",
        "nonsense",
        "{" * 100_000,
        '{"lat": 1, "lon": 2, "rider": 7}',
        '{"lat": 1, "lon": 2, "ride_id": 7}',
        '{"lat": 1, "lon": 2, "rider": "\\ud800"}',
        '{"PickupLocation": {"Latitude": 1}}',
        '{"lat": 1, "lon": 2, "rider": "\udcff"}',
    ],
)
def test_an_invalid_record_fails_only_its_row(wildrydes: Cli, tmp_path: Path, record: str) -> None:
    file = tmp_path / "pickups.jsonl"
    file.write_bytes(f'{{"lat": 1, "lon": 2}}\n{record}\n{{"lat": 1, "lon": 2}}\n'.encode(errors="surrogateescape"))
    ended = wildrydes("request", "--from", str(file), "-o", "jsonl").must(1)
    assert [line["Row"] for line in ended.json_lines if "Error" in line] == [2]
    assert len(listed(wildrydes)) == 2


def test_fail_fast_stops_at_the_first_invalid_row(wildrydes: Cli) -> None:
    words = ("request", "--from", "-", "--fail-fast", "-o", "jsonl", "--table", "Class")
    ended = wildrydes(*words, stdin="lat,lon\n1,2\n91,2\n1,2\n")
    assert (
        "look at wildrydes rides list --all --table Class, and resubmit only the rows that are not there"
        in ended.error(1)[1]
    )
    assert [line["Row"] for line in ended.json_lines] == [1, 2]
    assert len(wildrydes("rides", "list", "--table", "Class", "-o", "json").must().json) == 1


def test_the_first_of_several_rows_with_one_id_decides(wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if the store records rides in another order, as DynamoDB may."""
    record_all = SQLiteRides.record_all

    def backwards(self: SQLiteRides, rides: Sequence[Ride], *, fresh: bool) -> object:
        return record_all(self, rides[::-1], fresh=fresh)[::-1]

    monkeypatch.setattr(SQLiteRides, "record_all", backwards)
    stdin = "lat,lon,rider,ride_id\n1,2,ada,same\n1,2,eve,same\n1,2,eve,same\n1,2,bob,other\n"
    ended = wildrydes("request", "--from", "-", "-o", "jsonl", stdin=stdin).must(1)
    assert [line.get("Rider", "failed") for line in ended.json_lines] == ["ada", "failed", "failed", "bob"]


def test_fail_fast_stops_at_a_row_that_cannot_be_recorded(wildrydes: Cli) -> None:
    stdin = "lat,lon,ride_id\n1,2,x\n3,4,x\n1,2,y\n"
    ended = wildrydes("request", "--from", "-", "--fail-fast", "-o", "jsonl", stdin=stdin).must(1)
    assert [line["Row"] for line in ended.json_lines if "Error" in line] == [2]
    assert [ride["RideId"] for ride in listed(wildrydes)] == ["x"]


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "lat\n1\n", "\x00\x01\n"])
def test_a_file_without_the_required_columns_is_a_usage_error(wildrydes: Cli, text: str) -> None:
    message, _ = wildrydes("request", "--from", "-", stdin=text).error(2)
    assert "no column l" in message


def test_an_empty_file_requests_no_rides(wildrydes: Cli) -> None:
    assert wildrydes("request", "--from", "-", "-o", "jsonl", stdin="").must().out == ""
    assert wildrydes("request", "--from", "-", "-o", "jsonl", stdin="lat,lon\n").must().out == ""


@pytest.mark.parametrize(
    "words",
    [
        ("--from", "nowhere.csv"),
        ("--from", "."),
        ("--from", "-", "--lat", "1"),
        ("--from", "-", "--ride-id", "x"),
        ("--from", "-", "-o", "csv"),
        ("--from", "-", "--batch", ""),
        ("--lat", "1", "--lon", "2", "--batch", "x"),
        ("--lat", "1", "--lon", "2", "--fail-fast"),
    ],
)
def test_invalid_options_are_a_usage_error(wildrydes: Cli, words: tuple[str, ...]) -> None:
    wildrydes("request", *words, stdin="lat,lon\n1,2\n").error(2)


def test_a_file_can_have_a_byte_order_mark(wildrydes: Cli, tmp_path: Path) -> None:
    file = tmp_path / "pickups.csv"
    file.write_bytes("\ufefflat,lon\r\n1,2\r\n".encode())
    wildrydes("request", "--from", str(file)).must()


@STORES
@pytest.mark.usefixtures("store")
def test_a_batch_can_be_repeated_and_is_dispatched_once(wildrydes: Cli, chunks_of: Callable[[int], None]) -> None:
    chunks_of(30)
    words = ("request", "--from", "-", "--batch", "monday", "-o", "jsonl")
    stdin = "lat,lon\n" + "".join(f"{row % 90},{row % 180}\n" for row in range(40))
    first = wildrydes(*words, stdin=stdin).must().json_lines
    assert wildrydes(*words, stdin=stdin).must().json_lines == first
    assert [line["RideId"] for line in first] == [derived_ride_id("monday", row) for row in range(1, 41)]
    assert len(listed(wildrydes)) == 40
    other = wildrydes(*(word.replace("monday", "tuesday") for word in words), stdin="lat,lon\n1,2\n").must()
    assert other.json_lines[0]["RideId"] != first[0]["RideId"]


@STORES
@pytest.mark.usefixtures("store")
def test_an_existing_id_with_other_content_fails_only_its_row(wildrydes: Cli) -> None:
    stdin = f"{HEADER}\n1,2,ada,a\n1,2,ada,b\n"
    first = wildrydes("request", "--from", "-", "-o", "jsonl", stdin=stdin).must().json_lines
    changed = f"{HEADER}\n1,2,eve,a\n1,2,ada,b\n3,4,ada,c\n"
    ended = wildrydes("request", "--from", "-", "-o", "jsonl", stdin=changed).must(1)
    assert "for another rider or pickup" in ended.json_lines[0]["Error"]
    assert ended.json_lines[1] == first[1]
    assert len(listed(wildrydes)) == 3


@pytest.mark.parametrize(
    ("spoilt", "rows"),
    [
        (['1,2,"bob', "1,2,cy", "1,2,dan"], [2]),
        (['1,2,"bob', '1,2,"cy', "1,2,dan"], [2, 3]),
        (['1,2,"bob', 'cy"', "1,2,dan"], [2, 3]),
        (['1,2,"b"ob', "1,2,cy", "1,2,dan"], [2]),
        (['1,2,"bob' + "x" * 200_000, "1,2,cy", "1,2,dan"], [2]),
        (["1,2," + "b" * 2_000_000, "1,2,cy", "1,2,dan"], [2]),
    ],
)
def test_a_stray_quote_fails_only_its_own_row(wildrydes: Cli, spoilt: list[str], rows: list[int]) -> None:
    words = ("request", "--from", "-", "--batch", "b", "-o", "jsonl")
    ended = wildrydes(*words, stdin="\n".join(["lat,lon,rider", "1,2,ada", *spoilt]))
    message, _ = ended.error(1)
    assert f"{len(rows)} of 4 rows failed; the first error: row 2 (line 3)" in message
    assert [line["Row"] for line in ended.json_lines if "Error" in line] == rows
    wildrydes(*words, stdin="lat,lon,rider\n1,2,ada\n1,2,bob\n1,2,cy\n1,2,dan").must()
    assert sorted(ride["User"] for ride in listed(wildrydes)) == ["ada", "bob", "cy", "dan"]


def test_a_row_with_more_values_than_columns_is_an_error(wildrydes: Cli) -> None:
    ended = wildrydes("request", "--from", "-", "-o", "jsonl", stdin="lat,lon\n47,6,-12,3\n1,2\n").must(1)
    assert "4 values" in ended.json_lines[0]["Error"]
    assert len(listed(wildrydes)) == 1


@pytest.mark.parametrize("degrees", ["1_0", "\u0661", "\uff11", "0x1", "1e", "--1", "+-1", ".", "1.2.3", "1 0"])
def test_a_coordinate_must_be_a_decimal_number(wildrydes: Cli, degrees: str) -> None:
    ended = wildrydes("request", "--from", "-", "-o", "jsonl", stdin=f"lat,lon\n{degrees},2\n1,{degrees}\n1,2\n").must(
        1
    )
    assert ["Error" in line for line in ended.json_lines] == [True, True, False]
    assert "is not a number from -90 to 90" in ended.json_lines[0]["Error"]
    assert len(listed(wildrydes)) == 1


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ("lat,lon,lat", "lat"),
        ("lat,lon, LON ", "lon"),
        ("lat,lon,rider,User", "rider"),
        ("lat,lon,ride_id,RideId", "ride_id"),
        ("lat,lon,Latitude", "lat"),
    ],
)
def test_two_columns_with_the_same_name_are_a_usage_error(wildrydes: Cli, header: str, named: str) -> None:
    message, _ = wildrydes("request", "--from", "-", stdin=f"{header}\n1,2,3,4\n").error(2)
    assert message == f"the file has two columns {named}"
    wildrydes(
        "request", "--from", "-", stdin="note,lat,lon,note\na,1,2,b\n"
    ).must()  # a name can be repeated if its columns are not read


@pytest.mark.parametrize("value", ["0", "false", "[]", "5"])
@pytest.mark.parametrize("name", ["rider", "ride_id"])
def test_a_rider_or_id_that_is_not_text_is_an_error(wildrydes: Cli, name: str, value: str) -> None:
    wildrydes("request", "--from", "-", stdin=f'{{"lat": 1, "lon": 2, "{name}": {value}}}\n').must(1)


@pytest.mark.parametrize("form", ["csv", "json", "jsonl"])
def test_the_output_of_rides_list_requests_the_same_rides(wildrydes: Cli, form: str) -> None:
    for rider in ("bob", "x, y"):
        wildrydes("request", "--lat", "-1.5", "--lon", "2", "--rider", rider).must()
    rides = wildrydes("rides", "list", "-o", form).must().out
    ended = wildrydes("request", "--from", "-", "-o", "jsonl", stdin=rides).must()
    assert "with the same id: 2 of 2 rows" in ended.err
    assert [line["RideId"] for line in ended.json_lines] == [ride["RideId"] for ride in listed(wildrydes)]


@pytest.mark.parametrize("text", ["[", "[1,", '[{"lat": 1, "lon": 2}', '["x"] and more'])
def test_the_hint_for_an_invalid_json_array_is_to_use_json_lines(wildrydes: Cli, text: str) -> None:
    message, hint = wildrydes("request", "--from", "-", stdin=text).error(2)
    assert "JSON array" in message
    assert "jsonl" in hint


def test_a_batch_with_a_changed_row_overwrites_nothing(wildrydes: Cli) -> None:
    words = ("request", "--from", "-", "--batch", "b", "-o", "jsonl")
    wildrydes(*words, stdin="lat,lon\n1,2\n").must()
    _, hint = wildrydes(*words, stdin="lat,lon\n3,4\n").error(1)
    assert "rows or riders have changed since batch b began" in hint
    assert "a new --batch NAME" in hint
    assert wildrydes(*words, "--fail-fast", stdin="lat,lon\n3,4\n5,6\n").error(1)[1] == hint
    (ride,) = listed(wildrydes)
    assert ride["PickupLocation"]["Latitude"] == 1.0
    named = f"lat,lon,ride_id\n3,4,{ride['RideId']}\n"
    assert "correct any wrong rows and rerun" in wildrydes(*words, stdin=named).error(1)[1]


@given(st.text(min_size=1).filter(lambda text: text.isprintable()), st.integers(1, 10**9))
def test_derived_ids_are_valid_and_stable(batch: str, row: int) -> None:
    assert valid_ride_id(derived_ride_id(batch, row)) == derived_ride_id(batch, row)


def test_derived_ids_do_not_change_between_versions() -> None:
    assert [derived_ride_id("monday", row) for row in (1, 2)] == ["clqrOadgesSGbGU95NZPEA", "pXipP3TNIuhLKEKVZySt8g"]


def test_the_summary_counts_new_and_repeated_rides(wildrydes: Cli) -> None:
    def summary(stdin: str, code: int = 0) -> tuple[str, ...]:
        lines = wildrydes("request", "--from", "-", "--batch", "b", stdin=stdin).must(code).out.splitlines()
        counts = dict(line.split("\t") for line in lines)
        return tuple(counts[name] for name in ("Rows", "Dispatched", "Repeated", "Failed"))

    assert summary("lat,lon\n1,2\n3,4\n") == ("2", "2", "0", "0")
    assert summary("lat,lon\n1,2\n3,4\n5,6\n91,0\n", code=1) == ("4", "1", "2", "1")
    assert summary("lat,lon\n1,2\n3,4\n5,6\n") == ("3", "0", "3", "0")


@pytest.fixture
def locked_database(wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Have another process write to the database, for longer than a command waits."""
    path = tmp_path / "rides.db"
    monkeypatch.setenv("WILDRYDES_DB", str(path))
    monkeypatch.setattr(SQLiteRides.__init__, "__kwdefaults__", {"busy_timeout": 0.05})
    wildrydes("setup-table").must()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@pytest.mark.usefixtures("locked_database")
@pytest.mark.parametrize("rows", ["91,0\n1,2\n3,4\n", "1,2\n3,4\n91,0\n"], ids=["worst last", "worst first"])
def test_if_nothing_can_be_recorded_every_row_fails_and_the_worst_error_decides_the_exit_code(
    wildrydes: Cli, rows: str
) -> None:
    ended = wildrydes("request", "--from", "-", "-o", "jsonl", stdin=f"lat,lon\n{rows}")
    assert "3 of 3" in ended.error(4)[0]
    assert [list(line) for line in ended.json_lines] == [["Row", "Error"]] * 3
    assert listed(wildrydes) == []


@pytest.mark.usefixtures("locked_database")
def test_a_bulk_request_stops_after_three_failed_chunks(wildrydes: Cli, chunks_of: Callable[[int], None]) -> None:
    chunks_of(10)
    ended = wildrydes("request", "--from", "-", "-o", "jsonl", stdin="lat,lon\n" + "1,2\n" * 200)
    message, hint = ended.error(4)
    assert message.startswith(
        "30 of 30 rows failed; the first error: 10 rows, from row 1 (line 2) to row 10 (line 11): cannot record rides"
    )
    starts = [line.partition(":")[0] for line in ended.err.splitlines()]
    assert [start for start in starts if "rows, " in start] == [
        "10 rows, from row 1 (line 2) to row 10 (line 11)",
        "10 rows, from row 11 (line 12) to row 20 (line 21)",
        "10 rows, from row 21 (line 22) to row 30 (line 31)",
    ]
    assert message.endswith("; stopped after row 30")
    assert "wildrydes rides list" in hint
    assert len(ended.json_lines) == 30


@pytest.mark.usefixtures("locked_database")
def test_rows_that_failed_together_are_one_line_even_if_others_are_between_them(wildrydes: Cli) -> None:
    """With an id, without one, and with one that another row has too. The store is asked only once."""
    stdin = "lat,lon,ride_id\n1,2,\n91,2,\n1,2,mine\n1,2,\n1,2,mine\n"
    ended = wildrydes("request", "--from", "-", "-o", "jsonl", stdin=stdin)
    assert "5 of 5 rows failed" in ended.error(4)[0]
    said = [line.partition(":")[0] for line in ended.err.splitlines() if line[0].isdigit() or line.startswith("row ")]
    assert said == ["4 rows, from row 1 (line 2) to row 5 (line 6)", "row 2 (line 3)"]
    assert [line["Row"] for line in ended.json_lines] == [1, 2, 3, 4, 5]


def outcomes(*results: WildrydesError | None) -> list[Outcome]:
    done = Dispatched(ride(), repeated=False)
    return [Outcome(RideRequest(1, 2), done if result is None else result) for result in results]


def test_a_bulk_request_continues_after_occasional_failures_and_invalid_rows() -> None:
    busy, wrong = ServiceError("cannot record 9 rides: busy"), WildrydesError("this row names no rider")
    runs: list[list[list[WildrydesError | None]]] = [
        [[busy], [busy], [busy, None], [busy], [busy]],
        [[busy], [busy], [wrong], [busy], [busy]],
        [[wrong]] * 9,  # an invalid row says nothing about the service
    ]
    for chunks in runs:
        breaker = Breaker(fail_fast=False)
        assert not any(breaker.trips(outcomes(*chunk)) for chunk in chunks)


def test_a_bulk_request_stops_after_three_failed_chunks_whatever_the_reasons_are() -> None:
    busy, full = (ServiceError(f"cannot record 9 rides: {reason}") for reason in ("busy", "full"))
    breaker = Breaker(fail_fast=False)
    chunks = ([busy], [full, WildrydesError("this row names no rider")], [busy, full])
    assert [breaker.trips(outcomes(*chunk)) for chunk in chunks] == [False, False, True]


@pytest.mark.parametrize(
    ("rate", "sizes"),
    [
        (1_000_000, [100, 1000, 1000, 900]),
        (100, [100, 500, 500, 500, 500, 500, 400]),
        (20, [100, *[100] * 29]),
        (0.1, [100, *[1] * 2900]),
    ],
)
def test_a_slow_store_gets_fewer_rides_at_once_so_that_results_come_every_few_seconds(
    rate: float, sizes: list[int]
) -> None:
    class Store:
        """Records so many rides a second."""

        def __init__(self) -> None:
            self.time = datetime(2026, 11, 23, tzinfo=UTC)
            self.sizes: list[int] = []

        def record(self, ride: Ride) -> None:
            raise AssertionError(ride)

        def record_all(self, rides: Sequence[Ride], *, fresh: bool) -> list[RecordedRide | WildrydesError | None]:
            self.time += timedelta(seconds=len(rides) / rate)
            self.sizes.append(len(rides))
            return [None] * len(rides)

    store = Store()
    requests = [RideRequest(row, row, "ada", Location(1, 2)) for row in range(1, sum(sizes) + 1)]
    chunks = dispatch_all(
        store, requests, batch=None, one_by_one=False, now=lambda: store.time, random_bytes=os.urandom
    )
    assert [len(outcomes) for outcomes in chunks] == store.sizes == sizes


NO_LOGIN = {"LOGNAME": "", "USER": "", "LNAME": "", "USERNAME": ""}


def test_no_login_name_is_needed_if_every_row_names_its_rider(wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pwd.getpwuid", lambda _: (_ for _ in ()).throw(KeyError("uid not found")))
    words = ("request", "--from", "-", "-o", "jsonl")
    wildrydes(*words, stdin="lat,lon,rider\n1,2,ada\n1,2,bob\n", env=NO_LOGIN).must()
    ended = wildrydes(*words, stdin="lat,lon,rider\n1,2,ada\n1,2,\n1,2,eve\n", env=NO_LOGIN).must(1)
    assert ["Error" in line for line in ended.json_lines] == [False, True, False]
    assert "add --rider NAME" in ended.json_lines[1]["Error"]
    assert len(listed(wildrydes)) == 4


@pytest.mark.parametrize("text", ["lat,lon\n1,2\n", '{"lat": 1, "lon": 2}\n', '[{"lat": 1, "lon": 2}]'])
@pytest.mark.parametrize(
    ("encode", "kind"),
    [
        (lambda text: text.encode("utf-16"), "UTF-16"),
        (lambda text: b"\xfe\xff" + text.encode("utf-16-be"), "UTF-16"),
        (lambda text: gzip.compress(text.encode()), "gzip"),
        (lambda text: b"PK\x03\x04" + text.encode(), "zip"),
    ],
    ids=["little-endian", "big-endian", "gzip", "zip"],
)
def test_an_error_says_what_a_file_is_if_it_is_not_utf_8(
    wildrydes: Cli, tmp_path: Path, encode: Callable[[str], bytes], kind: str, text: str
) -> None:
    file = tmp_path / "pickups"
    file.write_bytes(encode(text))
    message, hint = wildrydes("request", "--from", str(file)).error(2)
    assert message == f"the file is {kind}, not UTF-8 text"
    assert hint == ("save it as UTF-8" if kind == "UTF-16" else "unpack it first")


@pytest.mark.parametrize(("sign", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_columns_between_semicolons_or_tabs_are_explained(wildrydes: Cli, sign: str, name: str) -> None:
    message, hint = wildrydes("request", "--from", "-", stdin=f"lat{sign}lon\n1{sign}2\n").error(2)
    assert message == "the file has no column lat"
    assert f"commas, not {name}" in hint


def test_a_json_object_of_several_lines_is_explained(wildrydes: Cli) -> None:
    ended = wildrydes("request", "--from", "-", "-o", "jsonl", stdin='{\n  "lat": 1,\n  "lon": 2\n}\n').must(1)
    assert ended.json_lines[0]["Error"] == "this JSON is not complete: an object must be on one line"


@pytest.mark.parametrize("text", ["lat,lon,rider\n1,2,ada\n1,2,Zo\u00eb\n1,2,bob\n", None])
def test_a_line_in_another_encoding_fails_only_its_row(wildrydes: Cli, tmp_path: Path, text: str | None) -> None:
    names = ("ada", "Zo\u00eb", "bob")
    text = text or "".join(f'{{"lat": 1, "lon": 2, "rider": "{name}"}}\n' for name in names)
    file = tmp_path / "pickups"
    file.write_bytes(text.encode("latin-1"))
    ended = wildrydes("request", "--from", str(file), "-o", "jsonl").must(1)
    assert [line.get("Error") for line in ended.json_lines] == [None, "this line is not UTF-8 text", None]


def test_a_first_line_in_another_encoding_is_a_usage_error(wildrydes: Cli, tmp_path: Path) -> None:
    file = tmp_path / "pickups.csv"
    file.write_bytes("lat,lon,pr\u00e9nom\n1,2,x\n".encode("latin-1"))
    message, _ = wildrydes("request", "--from", str(file)).error(2)
    assert message == "line 1: this line is not UTF-8 text"


def test_an_error_in_a_json_line_names_its_row_and_column(wildrydes: Cli) -> None:
    stdin = '{"lat": 1, "lon": 2}\n' * 15 + '{"lat": 1, "lon": }\n'
    ended = wildrydes("request", "--from", "-", "-o", "jsonl", stdin=stdin).must(1)
    assert "row 16 (line 16): this is not JSON: Expecting value at column 19" in ended.err


@given(st.data())
def test_a_file_can_be_read_in_pieces_of_any_size(data: st.DataObject) -> None:
    text = "\ufefflat,lon,rider\r\n1,2,Zo\u00eb\r\n\n3,4,\U0001f984\n5,6,x".encode()
    cuts = sorted(data.draw(st.sets(st.integers(1, len(text) - 1))))
    pieces = [text[start:end] for start, end in pairwise([0, *cuts, len(text)])]
    requests = [request for request in read_requests(pieces, None) if request]
    assert [(each.line, each.rider) for each in requests] == [(2, "Zo\u00eb"), (4, "\U0001f984"), (5, "x")]


@pytest.mark.parametrize("start", [b"", b"{"])
def test_a_line_that_is_too_long_fails_only_its_row_and_is_not_kept_in_memory(start: bytes) -> None:
    header = b'{"lat": 1, "lon": 2, "rider": "a"}\n' if start else b"lat,lon,rider\n1,2,a\n"
    piece = b"x" * 65536
    tracemalloc.start()
    try:
        data = chain([header, start], repeat(piece, 1600), [b"\n", header.splitlines(keepends=True)[-1]])
        requests = [request for request in read_requests(data, None) if request]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [each.error is None for each in requests] == [True, False, True]
    assert "longer than" in str(requests[1].error)
    assert peak < 16 * LINE_BYTES  # the line is 100 times LINE_BYTES


@given(st.data())
def test_blanks_before_the_first_record_mean_the_same_in_pieces_of_any_size(data: st.DataObject) -> None:
    blank = data.draw(st.text(" \t\n", max_size=12))
    text = (blank + data.draw(st.sampled_from(['{"lat": 1, "lon": }\n', '"lat",lon\n1,2\n', "[x]"]))).encode()
    cuts = sorted(data.draw(st.sets(st.integers(1, len(text) - 1))))
    pieces = [text[start:end] for start, end in pairwise([0, *cuts, len(text)])]

    def read(pieces: list[bytes]) -> list[object]:
        try:
            return [each and (each.line, each.pickup, str(each.error)) for each in read_requests(pieces, "ada")]
        except UsageError as error:
            return [error.message]

    assert read(pieces) == read([text])


@pytest.mark.parametrize("then", [b"", b'\n{"lat": 1, "lon": 2}\n', b"[{}]\n"])
def test_a_file_of_blanks_is_read_once_and_is_not_kept_in_memory(then: bytes) -> None:
    piece = b" " * 65536
    tracemalloc.start()
    try:
        requests = list(read_requests(chain(repeat(piece, 1600), [then]), "ada"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [each and each.line for each in requests] == ([then.count(b"\n")] if then else [])
    assert peak < 16 * LINE_BYTES  # there are 100 times LINE_BYTES


@pytest.mark.parametrize("first", ['"lat"x,lon', '"lat,lon'])
def test_a_first_line_that_is_not_csv_is_a_usage_error(wildrydes: Cli, first: str) -> None:
    _, hint = wildrydes("request", "--from", "-", stdin=f"{first}\n1,2\n").error(2)
    assert "lat,lon" in hint


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="only Linux has a file that can be opened but not read")
def test_a_file_that_fails_while_it_is_read_is_a_usage_error(wildrydes: Cli) -> None:
    message, hint = wildrydes("request", "--from", "/proc/self/mem").error(2)
    assert "/proc/self/mem" in message
    assert "--from" in hint


def test_a_json_array_can_be_one_long_line(wildrydes: Cli) -> None:
    text = json.dumps([{"lat": 1, "lon": 2}] * 1000, separators=(", ", ":" + " " * 600))
    assert len(text) > 1024 * 1024  # a line of CSV may not be that long
    ended = wildrydes("request", "--from", "-", "-o", "jsonl", stdin=text).must()
    assert len(ended.json_lines) == 1000


def test_the_hint_for_a_failed_row_is_complete(wildrydes: Cli) -> None:
    words = ("request", "--from", "-", "--batch", "b")
    wildrydes(*words, stdin="lat,lon\n1,2\n").must()
    message, hint = wildrydes(*words, stdin="lat,lon\n3,4\n").error(1)
    assert "for another rider or pickup" in message
    assert not hint.endswith(":")
    assert "--ride-id" not in hint


@pytest.mark.usefixtures("aws_credentials")
def test_a_table_with_another_key_is_explained_with_and_without_a_batch(wildrydes: Cli) -> None:
    with mock_aws():
        client = Account("us-east-1").client("dynamodb")
        client.create_table(
            TableName="Rides",
            KeySchema=[{"AttributeName": "RideID", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "RideID", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        for words in ((), ("--batch", "b")):
            command = ("request", "--from", "-", "--region", "us-east-1", *words)
            assert "RideID (String)" in wildrydes(*command, stdin="lat,lon\n1,2\n").must(1).err

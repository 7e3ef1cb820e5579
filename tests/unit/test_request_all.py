"""`wildrydes request --from`: a file of requests."""

import json
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from tests.running import PROGRAM, Cli, Terminal
from tests.stub import Answer, refusal, stub
from wildrydes_cli.rides.bulk import derived_ride_id
from wildrydes_cli.rides.model import valid_ride_id

STORES = pytest.mark.parametrize("store", ["local", "dynamodb"], indirect=True)
HEADER = "lat,lon,rider,ride_id"


@pytest.fixture
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, wildrydes: Cli) -> Iterator[str]:
    """The embedded store, or DynamoDB in moto's mock."""
    if request.param == "local":
        yield request.param
        return
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    with mock_aws():
        wildrydes("setup-table").must()
        yield request.param


def listed(wildrydes: Cli) -> list[Any]:
    rides: list[Any] = wildrydes("rides", "list", "--all", "-o", "json").must().json
    return rides


@STORES
@pytest.mark.usefixtures("store")
def test_each_record_of_a_csv_gets_a_ride(wildrydes: Cli, tmp_path: Path) -> None:
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


def test_json_lines_take_the_contracts_form_too(wildrydes: Cli) -> None:
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
def test_a_wrong_row_is_told_with_its_line_and_stops_no_other(wildrydes: Cli) -> None:
    stdin = f"{HEADER}\n\n91,2,,\n1,2,,\nx,2,,\n1,,,\n1\n1,2,{'y' * 129},\n1,2,,-a\n1,2,,\n"
    ended = wildrydes("request", "--from", "-", "-o", "jsonl", stdin=stdin)
    message, hint = ended.error(1)
    assert message == "6 of 8 rows failed; the first was row 1 (line 3): latitude 91.0 is not a number from -90 to 90"
    assert "--batch" in hint
    assert [line["Row"] for line in ended.json_lines] == list(range(1, 9))
    assert [line["Row"] for line in ended.json_lines if "Error" not in line] == [2, 8]
    assert all(list(line) == ["Row", "Error"] for line in ended.json_lines if "Error" in line)
    assert "row 3 (line 5): latitude 'x' is not a number from -90 to 90" in ended.err
    assert len(listed(wildrydes)) == 2


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
def test_what_is_no_request_is_an_error_of_its_row(wildrydes: Cli, tmp_path: Path, record: str) -> None:
    file = tmp_path / "pickups.jsonl"
    file.write_bytes(f'{{"lat": 1, "lon": 2}}\n{record}\n{{"lat": 1, "lon": 2}}\n'.encode(errors="surrogateescape"))
    ended = wildrydes("request", "--from", str(file), "-o", "jsonl").must(1)
    assert [line["Row"] for line in ended.json_lines if "Error" in line] == [2]
    assert len(listed(wildrydes)) == 2


def test_fail_fast_ends_at_the_first_wrong_row(wildrydes: Cli) -> None:
    ended = wildrydes("request", "--from", "-", "--fail-fast", "-o", "jsonl", stdin="lat,lon\n1,2\n91,2\n1,2\n").must(1)
    assert [line["Row"] for line in ended.json_lines] == [1, 2]
    assert len(listed(wildrydes)) == 1


def test_fail_fast_dispatches_nothing_after_a_row_that_could_not_be_recorded(wildrydes: Cli) -> None:
    stdin = "lat,lon,ride_id\n1,2,x\n3,4,x\n1,2,y\n"
    ended = wildrydes("request", "--from", "-", "--fail-fast", "-o", "jsonl", stdin=stdin).must(1)
    assert [line["Row"] for line in ended.json_lines if "Error" in line] == [2]
    assert [ride["RideId"] for ride in listed(wildrydes)] == ["x"]


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "lat\n1\n", "\x00\x01\n"])
def test_a_file_without_the_columns_is_a_usage_error(wildrydes: Cli, text: str) -> None:
    message, _ = wildrydes("request", "--from", "-", stdin=text).error(2)
    assert "no column l" in message


def test_an_empty_file_is_no_rides(wildrydes: Cli) -> None:
    assert wildrydes("request", "--from", "-", "-o", "jsonl", stdin="").must().out == ""
    assert wildrydes("request", "--from", "-", "-o", "jsonl", stdin="lat,lon\n").must().out == ""


@pytest.mark.parametrize(
    "words",
    [
        ("--from", "nowhere.csv"),
        ("--from", "."),
        ("--from", "-", "--lat", "1"),
        ("--from", "-", "--ride-id", "x"),
        ("--from", "-", "-o", "json"),
        ("--from", "-", "--batch", ""),
        ("--lat", "1", "--lon", "2", "--batch", "x"),
        ("--lat", "1", "--lon", "2", "--fail-fast"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(wildrydes: Cli, words: tuple[str, ...]) -> None:
    wildrydes("request", *words, stdin="lat,lon\n1,2\n").error(2)


def test_a_file_with_a_byte_order_mark_is_read(wildrydes: Cli, tmp_path: Path) -> None:
    file = tmp_path / "pickups.csv"
    file.write_bytes("\ufefflat,lon\r\n1,2\r\n".encode())
    wildrydes("request", "--from", str(file)).must()


@STORES
@pytest.mark.usefixtures("store")
def test_a_batch_may_be_given_again_and_dispatches_once(wildrydes: Cli) -> None:
    words = ("request", "--from", "-", "--batch", "monday", "-o", "jsonl")
    stdin = "lat,lon\n" + "".join(f"{row % 90},{row % 180}\n" for row in range(1200))
    first = wildrydes(*words, stdin=stdin).must().json_lines
    assert wildrydes(*words, stdin=stdin).must().json_lines == first
    assert [line["RideId"] for line in first] == [derived_ride_id("monday", row) for row in range(1, 1201)]
    assert len(listed(wildrydes)) == 1200
    other = wildrydes(*(word.replace("monday", "tuesday") for word in words), stdin="lat,lon\n1,2\n").must()
    assert other.json_lines[0]["RideId"] != first[0]["RideId"]


@STORES
@pytest.mark.usefixtures("store")
def test_an_id_with_other_content_is_an_error_of_its_row(wildrydes: Cli) -> None:
    stdin = f"{HEADER}\n1,2,ada,a\n1,2,ada,b\n"
    first = wildrydes("request", "--from", "-", "-o", "jsonl", stdin=stdin).must().json_lines
    changed = f"{HEADER}\n1,2,eve,a\n1,2,ada,b\n3,4,ada,c\n"
    ended = wildrydes("request", "--from", "-", "-o", "jsonl", stdin=changed).must(1)
    assert "for another rider or pickup" in ended.json_lines[0]["Error"]
    assert ended.json_lines[1] == first[1]
    assert len(listed(wildrydes)) == 3


@pytest.mark.parametrize(
    "text",
    [
        'lat,lon,rider\n1,2,ada\n1,2,"bob\n1,2,cy\n1,2,dan\n',
        'lat,lon,rider\n1,2,ada\n1,2,"bob\n1,2,"cy\n1,2,dan\n',
        'lat,lon,rider\n1,2,ada\n1,2,"bob\ncy"\n1,2,dan\n',
        'lat,lon,rider\n1,2,ada\n1,2,"b"ob\n1,2,dan\n',
        'lat,lon,rider\n1,2,ada\n1,2,"bob' + "x" * 200_000 + "\n1,2,dan\n",
    ],
)
def test_after_a_stray_quote_nothing_more_is_read(wildrydes: Cli, text: str) -> None:
    """Else rows would be lost in it, and those after it be taken for others when it has been mended."""
    words = ("request", "--from", "-", "--batch", "b", "-o", "jsonl")
    ended = wildrydes(*words, stdin=text)
    message, _ = ended.error(1)
    assert "row 2 (line 3)" in message
    assert [line["Row"] for line in ended.json_lines] == [1, 2]
    mended = "lat,lon,rider\n1,2,ada\n1,2,bob\n1,2,cy\n1,2,dan\n"
    wildrydes(*words, stdin=mended).must()
    assert sorted(ride["User"] for ride in listed(wildrydes)) == ["ada", "bob", "cy", "dan"]


def test_a_record_with_more_values_than_names_is_an_error(wildrydes: Cli) -> None:
    ended = wildrydes("request", "--from", "-", "-o", "jsonl", stdin="lat,lon\n47,6,-12,3\n1,2\n").must(1)
    assert "4 values" in ended.json_lines[0]["Error"]
    assert len(listed(wildrydes)) == 1


@pytest.mark.parametrize("value", ["0", "false", "[]", "5"])
@pytest.mark.parametrize("name", ["rider", "ride_id"])
def test_what_is_no_text_is_not_taken_for_absent(wildrydes: Cli, name: str, value: str) -> None:
    wildrydes("request", "--from", "-", stdin=f'{{"lat": 1, "lon": 2, "{name}": {value}}}\n').must(1)


def test_listed_rides_are_requests_for_those_very_rides(wildrydes: Cli) -> None:
    wildrydes("request", "--lat", "1", "--lon", "2", "--rider", "bob").must()
    rides = wildrydes("rides", "list", "-o", "jsonl").must().out
    ended = wildrydes("request", "--from", "-", "-o", "jsonl", stdin=rides).must()
    assert "1 of 1 rows were already recorded" in ended.err
    assert len(listed(wildrydes)) == 1


def test_a_reader_that_leaves_is_told_how_far_it_went(tmp_path: Path) -> None:
    file = tmp_path / "pickups.csv"
    file.write_text("lat,lon\n" + "1,2\n" * 6000)
    script = f"{' '.join(PROGRAM)} request --from {file} --batch b -o jsonl | head -1; echo ${{PIPESTATUS[0]}}"
    ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[1] == "4"
    assert "cannot write the output after row" in ended.stderr
    assert "rerun the same command" in ended.stderr


def test_credentials_that_expire_half_way_say_how_far_it_went(wildrydes: Cli, aws: None) -> None:
    asked = 0

    def answer(*_: object) -> Answer:
        nonlocal asked
        asked += 1
        return refusal("ExpiredTokenException") if asked > 10 else (200, {})

    with stub(answer) as served:
        words = ("request", "--from", "-", "-o", "jsonl", "--endpoint-url", served.url)
        ended = wildrydes(*words, stdin="lat,lon\n" + "1,2\n" * 3000)
    message, hint = ended.error(3)
    assert "750 of 1000 rows failed; the first was row 251" in message
    assert "aws sso login" in hint
    assert len([line for line in ended.json_lines if "Error" not in line]) == 250


def test_a_batch_whose_row_was_changed_overwrites_nothing(wildrydes: Cli) -> None:
    words = ("request", "--from", "-", "--batch", "b", "-o", "jsonl")
    wildrydes(*words, stdin="lat,lon\n1,2\n").must()
    wildrydes(*words, stdin="lat,lon\n3,4\n").must(1)
    assert [ride["PickupLocation"]["Latitude"] for ride in listed(wildrydes)] == [1.0]


@given(st.text(min_size=1).filter(lambda text: text.isprintable()), st.integers(1, 10**9))
def test_derived_ids_are_valid_and_lasting(batch: str, row: int) -> None:
    assert valid_ride_id(derived_ride_id(batch, row)) == derived_ride_id(batch, row)


def test_derived_ids_do_not_change_between_versions() -> None:
    assert [derived_ride_id("monday", row) for row in (1, 2)] == ["clqrOadgesSGbGU95NZPEA", "pXipP3TNIuhLKEKVZySt8g"]


def test_people_get_a_bar_and_a_summary(tmp_path: Path) -> None:
    file = tmp_path / "pickups.csv"
    file.write_text("lat,lon\n" + "1,2\n" * 500)
    shown = Terminal("request", "--from", str(file)).end().must().out
    assert "500 rides" in shown or "rides requested" in shown
    assert "Dispatched" in shown


class Throttling:
    """DynamoDB, when it does not get to all items of a batch, or fails one batch altogether."""

    def __init__(self, *, broken: bool = False) -> None:
        self.items: dict[str, Any] = {}
        self.batches = 0
        self.broken = broken

    def __call__(self, operation: str, parameters: Any) -> Answer:
        assert operation == "BatchWriteItem"
        [(table, requests)] = parameters["RequestItems"].items()
        self.batches += 1
        if self.broken and self.batches == 2:
            return refusal("ThrottlingException")
        done = requests if self.batches % 2 else requests[:3]
        for request in done:
            item = request["PutRequest"]["Item"]
            assert item["RideId"]["S"] not in self.items
            self.items[item["RideId"]["S"]] = item
        left = requests[len(done) :]
        return 200, {"UnprocessedItems": {table: left} if left else {}}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setattr("wildrydes_cli.stores.dynamodb.writes.WRITERS", 1)


@pytest.mark.usefixtures("aws")
def test_what_dynamodb_does_not_get_to_is_sent_again(wildrydes: Cli) -> None:
    throttling = Throttling()
    with stub(throttling) as served:
        words = ("request", "--from", "-", "-o", "jsonl", "--endpoint-url", served.url)
        answers = wildrydes(*words, stdin="lat,lon\n" + "1,2\n" * 100).must().json_lines
    assert [each["RideId"] for each in answers] == sorted(throttling.items, key=[e["RideId"] for e in answers].index)
    assert len(throttling.items) == 100


@pytest.mark.usefixtures("aws")
def test_rows_that_the_service_failed_end_in_4_and_the_others_are_recorded(wildrydes: Cli) -> None:
    throttling = Throttling(broken=True)
    with stub(throttling) as served:
        words = ("request", "--from", "-", "-o", "jsonl", "--endpoint-url", served.url)
        ended = wildrydes(*words, stdin="lat,lon\n" + "1,2\n" * 60)
    message, _ = ended.error(4)
    assert "25 of 60 rows failed; the first was row 26 (line 27)" in message
    assert {line["RideId"] for line in ended.json_lines if "Error" not in line} == set(throttling.items)


@pytest.mark.usefixtures("aws")
def test_what_must_be_set_up_first_ends_it_at_once(wildrydes: Cli) -> None:
    with stub(lambda *_: refusal("ResourceNotFoundException")) as served:
        words = ("request", "--from", "-", "--endpoint-url", served.url)
        _, hint = wildrydes(*words, stdin="lat,lon\n" + "1,2\n" * 60).error(3)
    assert "create it: wildrydes setup-table --endpoint-url" in hint


def test_ten_thousand_rows_killed_five_times_are_ten_thousand_rides(wildrydes: Cli, tmp_path: Path) -> None:
    file = tmp_path / "pickups.csv"
    file.write_text("lat,lon\n" + "".join(f"{row % 90},{row % 180}\n" for row in range(10_000)))
    words = [*PROGRAM, "request", "--from", str(file), "--batch", "b", "-o", "jsonl"]
    acknowledged: set[str] = set()
    chance = random.Random(7)
    for _ in range(5):
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            assert process.stdout
            lines = [process.stdout.readline() for _ in range(chance.randrange(1, 3000))]
            time.sleep(chance.random() / 20)
            process.send_signal(signal.SIGKILL)
            lines += process.stdout.readlines()
        acknowledged |= {json.loads(line)["RideId"] for line in lines if line.endswith("\n")}
    ended = subprocess.run(words, capture_output=True, text=True, check=True)
    assert len({json.loads(line)["RideId"] for line in ended.stdout.splitlines()}) == 10_000
    rides = {ride["RideId"] for ride in listed(wildrydes)}
    assert len(rides) == 10_000
    assert acknowledged <= rides


def test_ctrl_c_says_how_to_go_on(tmp_path: Path) -> None:
    words = [*PROGRAM, "request", "--from", "-", "--batch", "b", "-o", "jsonl"]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write("lat,lon\n" + "1,2\n" * 5000)
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.stdin.close()
        process.stdout.read()
        error = process.stderr.read()
    assert process.returncode == 130
    assert "error: interrupted after row" in error
    assert "rerun the same command" in error
    assert "Traceback" not in error

"""Writes that DynamoDB throttles: they slow down together, no row is lost, and none is recorded twice."""

from collections.abc import Callable

import pytest
from botocore.client import BaseClient

from tests.support.contract import ride
from tests.support.fake_aws import AWS
from tests.support.running import Cli, Ended
from tests.support.throttled import Clock, ThrottledTable
from wildrydes_cli.stores.dynamodb import pace
from wildrydes_cli.stores.dynamodb.items import to_item

CODES = ("ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded")
BATCH = pytest.mark.parametrize("batch", [(), ("--batch", "b")], ids=["new ids", "a batch"])


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the writers, which goes on only while they wait."""
    clock = Clock()
    monkeypatch.setattr(pace, "time", clock)
    return clock


@pytest.fixture
def one_writer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one thread write. Of several, one could wait before another has said that its item was recorded.

    The clock goes on at once while somebody waits, so that can be a minute too early.
    """
    monkeypatch.setattr("wildrydes_cli.stores.dynamodb.writes.WRITERS", 1)


def request_all(wildrydes: Cli, patch: pytest.MonkeyPatch, table: ThrottledTable, rows: int, *words: str) -> Ended:
    """Request rides for so many rows. They are recorded in `table`."""
    patch.setattr(BaseClient, "_make_api_call", table.call)
    return wildrydes("request", "--from", "-", "-o", "jsonl", *words, stdin="lat,lon\n" + "1,2\n" * rows)


@pytest.mark.usefixtures("aws_credentials")
@BATCH
@pytest.mark.parametrize("burst", [300 * 5, 0], ids=["burst", "no burst"])
def test_a_table_with_5_write_units_gets_every_row_once_however_long_it_takes(
    wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, clock: Clock, batch: tuple[str, ...], burst: int
) -> None:
    rows = burst + 600
    table = ThrottledTable(5, burst, clock.monotonic, CODES)
    ended = request_all(wildrydes, monkeypatch, table, rows, *batch).must()
    acknowledged = [line["RideId"] for line in ended.json_lines]
    assert len(acknowledged) == rows
    assert table.written == dict.fromkeys(acknowledged, 1)
    assert 600 / 5 - 1 < clock.seconds < 1.5 * 600 / 5
    assert table.refused
    assert bool(table.partial) == (not batch)
    assert table.refused < table.requests / 3
    [said] = ended.err.splitlines()
    assert said.startswith("table Rides in us-east-1 is throttled, so rides are written more slowly (")


def test_one_request_that_is_throttled_is_an_error_at_once(wildrydes: Cli, aws: AWS, clock: Clock) -> None:
    wildrydes("setup-table").must()
    aws.fail("PutItem", "ProvisionedThroughputExceededException", "The level of throughput was exceeded")
    message, hint = wildrydes("request", "--lat", "1", "--lon", "2", "--ride-id", "mine", "-o", "json").error(4)
    assert "cannot record ride mine in table Rides in us-east-1: throttled (Provisioned" in message
    assert hint.startswith("try again in a while, or raise the table's capacity; then repeat it")
    assert hint.endswith("--ride-id mine -o json")
    assert not clock.seconds


@pytest.mark.usefixtures("aws_credentials", "one_writer")
@BATCH
def test_writers_have_patience_as_long_as_anything_is_recorded(
    wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, clock: Clock, batch: tuple[str, ...]
) -> None:
    """One item every 50 seconds, for example because others use the table too."""
    table = ThrottledTable(1 / 50, 0, clock.monotonic, CODES)
    ended = request_all(wildrydes, monkeypatch, table, 20, *batch).must()
    assert table.written == dict.fromkeys([line["RideId"] for line in ended.json_lines], 1)
    assert clock.seconds > 900


@pytest.mark.usefixtures("aws_credentials", "one_writer")
@BATCH
@pytest.mark.parametrize("code", CODES)
def test_writers_give_up_after_a_minute_in_which_nothing_is_recorded(
    wildrydes: Cli,
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,
    chunks_of: Callable[[int], None],
    batch: tuple[str, ...],
    code: str,
) -> None:
    chunks_of(1000)
    table = ThrottledTable(0, 300, clock.monotonic, (code,))
    ended = request_all(wildrydes, monkeypatch, table, 3000, *batch)
    message, hint = ended.error(4)
    assert message.startswith("700 of 1,000 rows failed; the first error: 700 rows, from row ")
    assert f"cannot write to table Rides in us-east-1: every write was throttled for 60 seconds ({code}: " in message
    assert message.endswith("; stopped after row 1,000")
    assert "raise the table's write capacity" in hint
    assert 60 <= clock.seconds < 70
    acknowledged = [line["RideId"] for line in ended.json_lines if "Error" not in line]
    assert table.written == dict.fromkeys(acknowledged, 1)
    assert len(acknowledged) == 300
    assert len(ended.err.splitlines()) == 4  # slower, the rows that failed, the error and its hint


@pytest.mark.usefixtures("aws_credentials", "one_writer")
def test_a_batch_that_was_given_up_is_completed_by_a_rerun(
    wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    table = ThrottledTable(0, 30, clock.monotonic)
    request_all(wildrydes, monkeypatch, table, 100, "--batch", "b").error(4)
    table.units = 5
    ended = request_all(wildrydes, monkeypatch, table, 100, "--batch", "b").must()
    assert table.written == dict.fromkeys([line["RideId"] for line in ended.json_lines], 1)


def test_older_rides_are_given_their_shard_however_slowly(wildrydes: Cli, aws: AWS, clock: Clock) -> None:
    wildrydes("setup-table", "--no-indexes").must()
    for number in range(12):
        item = {**to_item(ride(f"old-{number}"))}
        del item["TimeShard"]
        aws.client("dynamodb").put_item(TableName="Rides", Item=item)
    aws.fail("UpdateItem", "ProvisionedThroughputExceededException", "The level of throughput was exceeded", times=15)
    added = wildrydes("setup-table", "--add-indexes").must()
    assert "put 12 older rides into the index by time" in added.err
    assert added.err.count("is throttled") == 1
    assert clock.seconds
    assert all("TimeShard" in item for item in aws.client("dynamodb").scan(TableName="Rides")["Items"])


def test_a_table_that_takes_no_shard_for_a_minute_is_an_error(wildrydes: Cli, aws: AWS, clock: Clock) -> None:
    wildrydes("setup-table", "--no-indexes").must()
    item = {**to_item(ride())}
    del item["TimeShard"]
    aws.client("dynamodb").put_item(TableName="Rides", Item=item)
    aws.fail("UpdateItem", "ThrottlingException", "Too hot", times=1000)
    message, hint = wildrydes("setup-table", "--add-indexes").error(4)
    assert "every write was throttled for 60 seconds (ThrottlingException: Too hot)" in message
    assert "raise the table's write capacity" in hint
    assert 60 <= clock.seconds < 300


def test_writes_of_one_pace_that_are_throttled_halve_it_only_once(clock: Clock) -> None:
    shared = pace.Pace("table Rides", lambda _: None)
    for wait in (25 / pace.FIRST_RATE, 50 / pace.FIRST_RATE):
        for turn in [shared.turn(25) for _ in range(10)]:
            shared.throttled(turn, "throttled")
        shared.turn(25)
        started = clock.seconds
        shared.turn(25)
        assert clock.seconds - started == pytest.approx(wait)

"""`setup-table --add-indexes` adds the missing indexes to a table, also after an interruption."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from moto import mock_aws

from tests.support.contract import ride
from tests.support.running import Cli
from wildrydes_cli.aws import Account
from wildrydes_cli.stores.dynamodb.items import time_shard, to_item
from wildrydes_cli.stores.dynamodb.schema import BY_TIME, BY_USER, attribute_definitions

WORDS = ("setup-table", "--add-indexes", "-o", "json")
OLD_RIDES = 12  # more than are written at the same time


@pytest.fixture(autouse=True)
def credentials(aws_credentials: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wildrydes_cli.aws.FIRST_PAUSE", 0.001)


@pytest.fixture
def client(wildrydes: Cli) -> Iterator[Any]:
    """Create a table without indexes: rides without a shard, one with a shard, and an item that is not a ride."""
    with mock_aws():
        client = Account().client("dynamodb")
        wildrydes("setup-table", "--no-indexes").must()
        old = [dict(to_item(ride(f"old-{number}", f"2018-01-01T00:00:00.{number:03}Z"))) for number in range(OLD_RIDES)]
        for item in old:
            del item["TimeShard"]
        client.batch_write_item(RequestItems={"Rides": [{"PutRequest": {"Item": item}} for item in old]})
        client.put_item(TableName="Rides", Item=to_item(ride("new")))
        client.put_item(TableName="Rides", Item={"RideId": {"S": "config"}, "Setting": {"S": "x"}})
        yield client
        client.close()


def items(client: Any) -> dict[str, Any]:
    return {item["RideId"]["S"]: item for item in client.scan(TableName="Rides")["Items"]}


def test_adding_indexes_gives_older_rides_their_shard(
    wildrydes: Cli, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = items(client)
    monkeypatch.setattr("wildrydes_cli.stores.dynamodb.rides.SAMPLE", 10)
    for words, read in (("list",), "read"), (("list", "--all"), "read and sorted in memory"), (("stats",), "read"):
        said = wildrydes("rides", *words).must().err
        assert f"so the whole table was {read} (24 items). To avoid that: wildrydes setup-table --add-indexes" in said
    said = "table Rides has no index by time, so rides list reads all of it. To add one: wildrydes setup-table --add-"
    assert said in wildrydes("setup-table").must().err
    assert said not in wildrydes("setup-table", "--no-indexes").must().err
    added = wildrydes(*WORDS).must()
    assert (added.json["Created"], added.json["Indexes"]) == (False, ["RidesByTime", "RidesByUser"])
    rides = f"put {OLD_RIDES} older rides into the index by time"
    assert f"added the indexes RidesByTime and RidesByUser; {rides}\n" in added.err
    assert "nothing to add" in wildrydes(*WORDS).must().err
    after = items(client)
    assert after["config"] == before["config"]
    assert {name: item["TimeShard"] for name, item in after.items() if name != "config"} == {
        name: {"N": str(time_shard(name))} for name in before if name != "config"
    }
    assert [{**item, "TimeShard": 0} for item in before.values()] == [
        {**item, "TimeShard": 0} for item in after.values()
    ]
    listed = wildrydes("rides", "list", "--all", "-o", "json").must()
    assert len(listed.json) == OLD_RIDES + 1
    assert listed.err == ""


def test_adding_indexes_counts_only_what_it_put_into_the_index(
    wildrydes: Cli, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a ride without a time, which the index can't have, and not one that somebody else deleted meanwhile."""
    item = dict(to_item(ride("no-time")))
    del item["RequestTime"], item["TimeShard"]
    client.put_item(TableName="Rides", Item=item)
    call = BaseClient._make_api_call

    def delete_first(self: Any, operation: str, parameters: Any) -> Any:
        if operation == "UpdateItem" and parameters["Key"] == {"RideId": {"S": "old-3"}}:
            call(client, "DeleteItem", {"TableName": "Rides", "Key": parameters["Key"]})
        return call(self, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", delete_first)
    assert f"; put {OLD_RIDES - 1} older rides into the index by time\n" in wildrydes(*WORDS).must().err


@pytest.mark.parametrize("words", [("list",), ("list", "--since", "2018-01-01"), ("stats",), ("watch",)], ids=" ".join)
def test_a_note_says_that_the_index_of_a_large_table_lacks_rides(
    wildrydes: Cli, client: Any, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    add_indexes_only(client)
    monkeypatch.setattr("wildrydes_cli.stores.dynamodb.rides.SAMPLE", 10)
    polls = iter(range(2))

    def pause(_: float) -> None:
        if next(polls, None) is None:
            raise KeyboardInterrupt

    monkeypatch.setattr("wildrydes_cli.commands.rides_watch.pause", pause)
    ended = wildrydes("rides", *words).must(130 if words == ("watch",) else 0)
    assert ended.err.count("table Rides in us-east-1 has rides that are not in its index") == 1
    assert "To list them: wildrydes rides list --scan." in ended.err
    assert "To index them: wildrydes setup-table --add-indexes" in ended.err
    assert len(wildrydes("rides", "list", "--scan", "--all", "-o", "jsonl").must().json_lines) == OLD_RIDES + 1
    assert wildrydes("rides", "list", "--rider", "ada", "--all").must().err == ""  # the index by rider has them
    wildrydes(*WORDS).must()
    listed = wildrydes("rides", "list", "--all", "-o", "jsonl").must()
    assert (len(listed.json_lines), listed.err) == (OLD_RIDES + 1, "")


def test_a_small_table_is_scanned_even_if_its_index_lacks_rides(wildrydes: Cli, client: Any) -> None:
    add_indexes_only(client)
    listed = wildrydes("rides", "list", "--all", "-o", "jsonl", "--verbose").must()
    assert len(listed.json_lines) == OLD_RIDES + 1
    assert f"asked table Rides in us-east-1: 1 request, {OLD_RIDES + 2} items read" in listed.err
    assert "TimeShard" not in listed.err
    assert wildrydes("rides", "stats", "-o", "json").must().json["Rides"] == OLD_RIDES + 1


def test_a_user_who_may_not_scan_reads_from_the_index(
    wildrydes: Cli, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_indexes_only(client)
    call = BaseClient._make_api_call

    def refused(self: Any, operation: str, parameters: Any) -> Any:
        if operation == "Scan":
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "No."}}, operation)
        return call(self, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", refused)
    listed = wildrydes("rides", "list", "-o", "jsonl").must()
    assert [each["RideId"] for each in listed.json_lines] == ["new"]


def add_indexes_only(client: Any) -> None:
    """Add the indexes as the AWS console does: older rides get no shard."""
    for index in (BY_USER, BY_TIME):
        client.update_table(
            TableName="Rides",
            AttributeDefinitions=attribute_definitions({"RideId": "S", **index.types}),
            GlobalSecondaryIndexUpdates=[{"Create": index.definition}],
        )


def test_a_ride_of_another_program_is_found_by_its_rider(wildrydes: Cli, client: Any) -> None:
    port = {"RideId": {"S": "port"}, "Rider": {"S": "bob"}, "RequestTime": {"S": "2018-01-01T00:00:00.000Z"}}
    client.put_item(TableName="Rides", Item=port)
    wildrydes(*WORDS).must()
    assert [each["RideId"] for each in wildrydes("rides", "list", "--rider", "bob", "-o", "json").must().json] == [
        "port"
    ]
    assert items(client)["port"]["Rider"] == {"S": "bob"}


def test_adding_indexes_does_not_restore_a_deleted_ride(
    wildrydes: Cli, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = BaseClient._make_api_call

    def slower(self: Any, operation: str, parameters: Any) -> Any:
        if operation == "UpdateItem" and parameters["Key"]["RideId"]["S"] == "old-7":
            client.delete_item(TableName="Rides", Key=parameters["Key"])
        return call(self, operation, parameters)

    with monkeypatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", slower)
        wildrydes(*WORDS).must()
    assert "old-7" not in items(client)
    assert len(items(client)) == OLD_RIDES + 1


def test_a_listing_says_that_its_index_by_time_lacks_rides(
    wildrydes: Cli, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    wildrydes(*WORDS).must()
    item = items(client)["old-0"]
    del item["TimeShard"]
    client.put_item(TableName="Rides", Item=item)
    monkeypatch.setattr("wildrydes_cli.stores.dynamodb.rides.SAMPLE", 10)
    listed = wildrydes("rides", "list", "--all", "-o", "jsonl").must()
    assert len(listed.json_lines) == OLD_RIDES
    assert "has rides that are not in its index" in listed.err
    assert "To list them: wildrydes rides list --scan. To index them: wildrydes setup-table --add-indexes" in listed.err
    found = wildrydes("rides", "list", "--all", "--scan", "-o", "jsonl").must()
    for words, rides in (((), OLD_RIDES), (("--scan",), OLD_RIDES + 1)):
        assert wildrydes("rides", "stats", "-o", "json", *words).must().json["Rides"] == rides
    by_rider = wildrydes("rides", "list", "--all", "--rider", "ada", "-o", "jsonl").must()  # its index needs no shard
    for each in (found, by_rider):
        assert len(each.json_lines) == OLD_RIDES + 1
        assert "TimeShard" not in each.err


def test_a_different_index_with_the_same_name_is_an_error(wildrydes: Cli, client: Any) -> None:
    client.update_table(
        TableName="Rides",
        AttributeDefinitions=[
            {"AttributeName": "UserId", "AttributeType": "S"},
            {"AttributeName": "RideId", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "RidesByUser",
                    "KeySchema": [{"AttributeName": "UserId", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            }
        ],
    )
    message, _ = wildrydes(*WORDS).error(1)
    assert "a different index RidesByUser" in message


def test_adding_indexes_can_be_repeated(wildrydes: Cli, client: Any) -> None:
    first = wildrydes(*WORDS).must().json
    after = items(client)
    assert wildrydes(*WORDS).must().json == first
    assert items(client) == after


def test_adding_indexes_continues_after_interruptions(
    wildrydes: Cli, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupt the command after different numbers of writes."""
    call = BaseClient._make_api_call
    writes = iter(range(0))

    def interrupted(self: Any, operation: str, parameters: Any) -> Any:
        if operation in ("UpdateItem", "UpdateTable") and next(writes, None) is None:
            raise KeyboardInterrupt
        return call(self, operation, parameters)

    with monkeypatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", interrupted)
        for allowed in (0, 2, 5, 4, 1, 1):  # there are OLD_RIDES rides and two indexes
            writes = iter(range(allowed))
            wildrydes(*WORDS).must(130)
            assert "RidesByTime" not in wildrydes("setup-table", "-o", "json").must().json["Indexes"]
    wildrydes(*WORDS).must()
    assert len(wildrydes("rides", "list", "--all", "-o", "json").must().json) == OLD_RIDES + 1


@pytest.mark.usefixtures("client")
def test_adding_indexes_creates_a_missing_table(wildrydes: Cli) -> None:
    added = wildrydes(*WORDS, "--table", "Other").must()
    assert (added.json["Created"], added.json["Indexes"]) == (True, ["RidesByTime", "RidesByUser"])
    assert "add" not in added.err


def test_an_index_gets_the_throughput_of_its_table(wildrydes: Cli) -> None:
    with mock_aws():
        client = Account().client("dynamodb")
        client.create_table(
            TableName="Rides",
            KeySchema=[{"AttributeName": "RideId", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "RideId", "AttributeType": "S"}],
            ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 6},
        )
        wildrydes(*WORDS).must()
        indexes = client.describe_table(TableName="Rides")["Table"]["GlobalSecondaryIndexes"]
        client.close()
    units = [
        (each["ProvisionedThroughput"]["ReadCapacityUnits"], each["ProvisionedThroughput"]["WriteCapacityUnits"])
        for each in indexes
    ]
    assert units == [(5, 6), (5, 6)]


def test_adding_indexes_to_a_table_with_another_key_is_an_error(wildrydes: Cli) -> None:
    with mock_aws():
        client = Account().client("dynamodb")
        client.create_table(
            TableName="Rides",
            KeySchema=[{"AttributeName": "RideID", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "RideID", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        wildrydes(*WORDS).error(1)
        assert not client.describe_table(TableName="Rides")["Table"].get("GlobalSecondaryIndexes")
        client.close()


def test_watch_refuses_to_read_a_large_table_without_an_index_again_and_again(
    wildrydes: Cli, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("wildrydes_cli.stores.dynamodb.rides.SAMPLE", 10)
    monkeypatch.setattr("wildrydes_cli.commands.rides_watch.pause", interrupt)
    message, hint = wildrydes("rides", "watch").error(3)
    assert "has no index RidesByTime" in message
    assert hint.endswith("wildrydes setup-table --add-indexes")

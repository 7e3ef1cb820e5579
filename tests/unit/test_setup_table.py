"""`wildrydes setup-table`, on DynamoDB."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from tests.running import Cli
from tests.stub import Answer, refusal, stub
from wildrydes_cli.aws import Account

ARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/Rides"


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")


@pytest.fixture
def client() -> Iterator[Any]:
    with mock_aws():
        client = Account().client("dynamodb")
        yield client
        client.close()


def test_it_makes_the_tutorials_table_and_says_where_it_is(wildrydes: Cli, client: Any) -> None:
    made = wildrydes("setup-table", "-o", "json").must().json
    assert made == {
        "Table": "Rides",
        "Arn": ARN,
        "Status": "ACTIVE",
        "Created": True,
        "Store": "dynamodb",
        "Region": "eu-west-1",
        "Account": "123456789012",
        "Indexes": ["RidesByTime", "RidesByUser"],
    }
    table = client.describe_table(TableName="Rides")["Table"]
    assert table["KeySchema"] == [{"AttributeName": "RideId", "KeyType": "HASH"}]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    indexes = {each["IndexName"]: each for each in table["GlobalSecondaryIndexes"]}
    assert {name: [key["AttributeName"] for key in each["KeySchema"]] for name, each in indexes.items()} == {
        "RidesByTime": ["TimeShard", "RequestTime"],
        "RidesByUser": ["User", "RequestTime"],
    }
    assert {each["Projection"]["ProjectionType"] for each in indexes.values()} == {"ALL"}


def test_without_indexes_it_is_the_tutorials_exact_table(wildrydes: Cli, client: Any) -> None:
    made = wildrydes("setup-table", "--no-indexes", "-o", "json").must()
    assert made.json["Indexes"] == []
    assert made.err == ""
    table = client.describe_table(TableName="Rides")["Table"]
    assert table["AttributeDefinitions"] == [{"AttributeName": "RideId", "AttributeType": "S"}]
    assert not table.get("GlobalSecondaryIndexes")
    again = wildrydes("setup-table", "--region", "eu-west-1").must()
    assert "wildrydes setup-table --add-indexes --region eu-west-1" in again.err
    assert not client.describe_table(TableName="Rides")["Table"].get("GlobalSecondaryIndexes")


@pytest.mark.usefixtures("client")
def test_repeated_it_says_that_the_table_was_there(wildrydes: Cli) -> None:
    first = wildrydes("setup-table", "-o", "json").must().json
    assert wildrydes("setup-table", "-o", "json").must().json == {**first, "Created": False}
    again = wildrydes("setup-table").must()
    assert "table Rides already exists" in again.err
    assert dict(line.split("\t") for line in again.out.splitlines()) == {
        "Table": "Rides",
        "Arn": ARN,
        "Status": "ACTIVE",
        "Store": "dynamodb",
        "Region": "eu-west-1",
        "Account": "123456789012",
        "Indexes": "RidesByTime, RidesByUser",
    }


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ([("RideID", "S", "HASH")], "partition key RideID (String)"),
        ([("rideId", "S", "HASH")], "partition key rideId (String)"),
        ([("RideId", "N", "HASH")], "partition key RideId (Number)"),
        (
            [("RideId", "S", "HASH"), ("RequestTime", "S", "RANGE")],
            "partition key RideId (String), sort key RequestTime (String)",
        ),
    ],
)
def test_another_key_is_an_error_and_nothing_is_touched(
    wildrydes: Cli, client: Any, key: list[tuple[str, str, str]], found: str
) -> None:
    client.create_table(
        TableName="Rides",
        KeySchema=[{"AttributeName": name, "KeyType": role} for name, _, role in key],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": type_} for name, type_, _ in key],
        BillingMode="PAY_PER_REQUEST",
    )
    before = client.describe_table(TableName="Rides")["Table"]
    message, hint = wildrydes("setup-table").error(1)
    assert f"found {found}; expected partition key RideId (String)" in message
    assert hint.endswith("wildrydes setup-table --table Rides2")
    assert client.describe_table(TableName="Rides")["Table"] == before
    wildrydes("setup-table", "--table", "Rides2").must()


def described(status: str) -> Answer:
    return 200, {
        "Table": {
            "TableName": "Rides",
            "TableArn": ARN,
            "TableStatus": status,
            "KeySchema": [{"AttributeName": "RideId", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "RideId", "AttributeType": "S"}],
        }
    }


def test_a_table_that_is_being_made_is_waited_for(wildrydes: Cli) -> None:
    answers = iter([described("CREATING"), described("CREATING"), described("ACTIVE"), described("ACTIVE")])
    with stub(lambda *_: next(answers)) as served:
        status = wildrydes("setup-table", "-o", "json", "--endpoint-url", served.url).must().json
    assert (status["Status"], status["Created"]) == ("ACTIVE", False)
    assert {operation for operation, _ in served.asked} == {"DescribeTable"}


def test_a_table_that_another_script_makes_at_the_same_time_is_waited_for(wildrydes: Cli) -> None:
    missing = refusal("ResourceNotFoundException")
    answers = iter([missing, refusal("ResourceInUseException"), missing, described("ACTIVE"), described("ACTIVE")])
    with stub(lambda *_: next(answers)) as served:
        status = wildrydes("setup-table", "-o", "json", "--endpoint-url", served.url).must().json
    assert (status["Status"], status["Created"]) == ("ACTIVE", False)


def test_a_table_that_is_being_deleted_is_an_error(wildrydes: Cli) -> None:
    with stub(lambda *_: described("DELETING")) as served:
        message, hint = wildrydes("setup-table", "--endpoint-url", served.url).error(4)
    assert "is being deleted" in message
    assert "wildrydes setup-table" in hint
    assert [operation for operation, _ in served.asked] == ["DescribeTable"]


def test_a_table_whose_indexes_change_can_be_used(wildrydes: Cli) -> None:
    with stub(lambda *_: described("UPDATING")) as served:
        assert wildrydes("setup-table", "-o", "json", "--endpoint-url", served.url).must().json["Status"] == "UPDATING"

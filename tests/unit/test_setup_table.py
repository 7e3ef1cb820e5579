"""`wildrydes setup-table`, on DynamoDB."""

from typing import Any

import pytest

from tests.support.running import Cli
from tests.support.stub import ARN


def test_setup_table_creates_the_tutorials_table_and_says_where_it_is(wildrydes: Cli, client: Any) -> None:
    made = wildrydes("setup-table", "-o", "json").must().json
    assert made == {
        "Table": "Rides",
        "Arn": ARN,
        "Status": "ACTIVE",
        "Created": True,
        "Store": "dynamodb",
        "Region": "us-east-1",
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


def test_setup_table_without_indexes_creates_exactly_the_tutorials_table(wildrydes: Cli, client: Any) -> None:
    made = wildrydes("setup-table", "--no-indexes", "-o", "json").must()
    assert made.json["Indexes"] == []
    assert made.err == ""
    table = client.describe_table(TableName="Rides")["Table"]
    assert table["AttributeDefinitions"] == [{"AttributeName": "RideId", "AttributeType": "S"}]
    assert not table.get("GlobalSecondaryIndexes")
    again = wildrydes("setup-table", "--region", "us-east-1").must()
    assert "wildrydes setup-table --add-indexes --region us-east-1" in again.err
    assert not client.describe_table(TableName="Rides")["Table"].get("GlobalSecondaryIndexes")


@pytest.mark.usefixtures("client")
def test_setup_table_says_that_a_table_already_exists(wildrydes: Cli) -> None:
    first = wildrydes("setup-table", "-o", "json").must().json
    assert wildrydes("setup-table", "-o", "json").must().json == {**first, "Created": False}
    again = wildrydes("setup-table").must()
    assert "table Rides already exists" in again.err
    assert dict(line.split("\t") for line in again.out.splitlines()) == {
        "Table": "Rides",
        "Arn": ARN,
        "Status": "ACTIVE",
        "Store": "dynamodb",
        "Region": "us-east-1",
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
def test_a_table_with_another_key_is_an_error_and_is_not_changed(
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


def test_the_command_in_a_hint_names_only_one_table(wildrydes: Cli, client: Any) -> None:
    client.create_table(
        TableName="Class",
        KeySchema=[{"AttributeName": "Id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "Id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    _, hint = wildrydes("setup-table", "--table", "Class", "--region", "us-east-1").error(1)
    assert hint.endswith("wildrydes setup-table --table Class2 --region us-east-1")


def test_no_indexes_and_add_indexes_cannot_be_combined(wildrydes: Cli) -> None:
    message, _ = wildrydes("setup-table", "--no-indexes", "--add-indexes").error(2)
    assert "--no-indexes" in message
    assert "--add-indexes" in message

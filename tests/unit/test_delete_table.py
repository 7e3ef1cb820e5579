"""`delete-table` deletes the table and its rides, in either store, once it was told how many there are."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws

from tests.running import Cli
from wildrydes_cli.aws import Account
from wildrydes_cli.stores.base import Count

ABSENT = {"Table": "Rides", "Deleted": False, "Rides": None, "Exact": None}

only_dynamodb = pytest.mark.parametrize("store", ["dynamodb"], indirect=True)


@pytest.fixture(params=["local", "dynamodb"], autouse=True)
def store(request: pytest.FixtureRequest, aws_credentials: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The store that the command line uses."""
    monkeypatch.setenv("WILDRYDES_STORE", request.param)
    with mock_aws():
        yield request.param


def ride(wildrydes: Cli, *words: str) -> None:
    wildrydes("request", "--lat", "1", "--lon", "2", *words).must()


def test_it_deletes_the_table_and_its_rides(wildrydes: Cli) -> None:
    wildrydes("setup-table").must()
    ride(wildrydes)
    ride(wildrydes)
    gone = {"Table": "Rides", "Deleted": True, "Rides": 2, "Exact": True}
    assert wildrydes("delete-table", "--yes", "-o", "json").must().json == gone
    assert wildrydes("setup-table", "-o", "json").must().json["Created"]
    assert wildrydes("rides", "list", "-o", "json").must().json == []


def test_off_a_terminal_it_says_how_many_rides_and_wants_yes(wildrydes: Cli) -> None:
    wildrydes("setup-table").must()
    ride(wildrydes)
    message, hint = wildrydes("delete-table").error(2)
    assert "table Rides" in message
    assert "with 1 ride," in message
    assert "--yes" in hint
    assert len(wildrydes("rides", "list", "-o", "json").must().json) == 1


def test_it_is_safe_to_repeat(wildrydes: Cli) -> None:
    assert wildrydes("delete-table", "-o", "json").must().json == ABSENT
    ended = wildrydes("delete-table", "--yes").must()
    assert (ended.out, "there is no table Rides" in ended.err) == ("", True)


def test_other_tables_stay(wildrydes: Cli) -> None:
    wildrydes("setup-table").must()
    wildrydes("setup-table", "--table", "Other").must()
    ride(wildrydes, "--table", "Other")
    wildrydes("delete-table", "--yes").must()
    assert len(wildrydes("rides", "list", "--table", "Other", "-o", "json").must().json) == 1


def test_where_there_is_no_file_none_is_made(wildrydes: Cli, home: Path, store: str) -> None:
    wildrydes("delete-table", "--yes").must()
    assert not list(home.rglob("*.db"))


@only_dynamodb
def test_a_table_of_another_key_is_not_ours_to_delete(wildrydes: Cli) -> None:
    client = Account().client("dynamodb")
    client.create_table(
        TableName="Users",
        AttributeDefinitions=[{"AttributeName": "Id", "AttributeType": "N"}],
        KeySchema=[{"AttributeName": "Id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    assert "a different key" in wildrydes("delete-table", "--table", "Users", "--yes").error(1)[0]
    assert client.list_tables()["TableNames"] == ["Users"]


@only_dynamodb
def test_of_more_than_a_page_of_rides_it_says_that_there_are_more(wildrydes: Cli) -> None:
    wildrydes("setup-table").must()
    client = Account().client("dynamodb")
    for ride in range(4):
        client.put_item(TableName="Rides", Item={"RideId": {"S": f"{ride}"}, "Padding": {"S": "x" * 390_000}})
    assert "with more than 2 rides," in wildrydes("delete-table").error(2)[0]
    deleted = wildrydes("delete-table", "--yes", "-o", "json").must().json
    assert deleted == {"Table": "Rides", "Deleted": True, "Rides": 2, "Exact": False}


def test_a_count_is_in_words() -> None:
    assert [str(Count(1, exact=True)), str(Count(0, exact=True)), str(Count(8000, exact=False))] == [
        "1 ride",
        "0 rides",
        "more than 8,000 rides",
    ]

"""`delete-table` says how many rides a table has, and deletes the table and its rides, in either store."""

from collections.abc import Iterator
from pathlib import Path
from signal import SIGTERM

import pytest
import typer
from moto import mock_aws

from tests.support.running import Cli
from wildrydes_cli.__main__ import _Ended
from wildrydes_cli.aws import Account
from wildrydes_cli.stores.base import Count

ABSENT = {"Table": "Rides", "Deleted": False, "Rides": None, "Exact": None}

only_dynamodb = pytest.mark.parametrize("store", ["dynamodb"], indirect=True)


@pytest.fixture(params=["local", "dynamodb"], autouse=True)
def store(request: pytest.FixtureRequest, aws_credentials: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Select the store that the command line uses. Yields its name."""
    monkeypatch.setenv("WILDRYDES_STORE", request.param)
    with mock_aws():
        yield request.param


def request_ride(wildrydes: Cli, *words: str) -> None:
    wildrydes("request", "--lat", "1", "--lon", "2", *words).must()


def test_delete_table_deletes_the_table_and_its_rides(wildrydes: Cli) -> None:
    wildrydes("setup-table").must()
    request_ride(wildrydes)
    request_ride(wildrydes)
    gone = {"Table": "Rides", "Deleted": True, "Rides": 2, "Exact": True}
    assert wildrydes("delete-table", "--yes", "-o", "json").must().json == gone
    assert wildrydes("setup-table", "-o", "json").must().json["Created"]
    assert wildrydes("rides", "list", "-o", "json").must().json == []


def test_without_a_terminal_delete_table_counts_the_rides_and_requires_yes(wildrydes: Cli) -> None:
    wildrydes("setup-table").must()
    request_ride(wildrydes)
    message, hint = wildrydes("delete-table").error(2)
    assert "table Rides" in message
    assert "with 1 ride," in message
    assert "--yes" in hint
    assert len(wildrydes("rides", "list", "-o", "json").must().json) == 1


def test_delete_table_can_be_repeated(wildrydes: Cli) -> None:
    assert wildrydes("delete-table", "-o", "json").must().json == ABSENT
    ended = wildrydes("delete-table", "--yes").must()
    assert (ended.out, "there is no table Rides" in ended.err) == ("", True)


def test_delete_table_keeps_other_tables(wildrydes: Cli) -> None:
    wildrydes("setup-table").must()
    wildrydes("setup-table", "--table", "Other").must()
    request_ride(wildrydes, "--table", "Other")
    wildrydes("delete-table", "--yes").must()
    assert len(wildrydes("rides", "list", "--table", "Other", "-o", "json").must().json) == 1
    assert wildrydes("delete-table", "--yes", "--table", "Other").must().out == "Table\tOther\nRides\t1\n"


def test_delete_table_creates_no_file(wildrydes: Cli, home: Path, store: str) -> None:
    wildrydes("delete-table", "--yes").must()
    assert not list(home.rglob("*.db"))


@only_dynamodb
def test_delete_table_refuses_a_table_with_another_key(wildrydes: Cli) -> None:
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
def test_delete_table_counts_only_the_first_page_of_rides(wildrydes: Cli) -> None:
    wildrydes("setup-table").must()
    client = Account().client("dynamodb")
    for ride in range(4):
        client.put_item(TableName="Rides", Item={"RideId": {"S": f"{ride}"}, "Padding": {"S": "x" * 390_000}})
    assert "with more than 2 rides," in wildrydes("delete-table").error(2)[0]
    deleted = wildrydes("delete-table", "--yes", "-o", "json").must().json
    assert deleted == {"Table": "Rides", "Deleted": True, "Rides": 2, "Exact": False}


def test_a_count_is_printed_in_words() -> None:
    assert [str(Count(1, exact=True)), str(Count(0, exact=True)), str(Count(8000, exact=False))] == [
        "1 ride",
        "0 rides",
        "more than 8,000 rides",
    ]
    assert str(Count(None, exact=None)) == "rides that can't be counted"


def test_a_signal_at_the_question_gives_its_own_exit_code(wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        """Do what click does if a signal comes while it waits for the answer."""
        try:
            raise _Ended(SIGTERM)
        except KeyboardInterrupt:
            raise typer.Abort from None

    wildrydes("setup-table").must()
    monkeypatch.setattr("wildrydes_cli.commands.delete_table.confirm", interrupted)
    wildrydes("delete-table").must(143)

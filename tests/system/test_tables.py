"""A table that is being created, changed or deleted, and the cost of requests."""

from typing import Any

import pytest

from tests.support.running import Cli
from tests.support.stub import ARN, Answer, described, refusal, stub

pytestmark = pytest.mark.usefixtures("aws_credentials", "no_pauses")


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)


ABSENT = {"Table": "Rides", "Deleted": False, "Rides": None, "Exact": None}


def test_setup_table_waits_for_a_table_that_is_being_created(wildrydes: Cli) -> None:
    answers = iter([described("CREATING"), described("CREATING"), described("ACTIVE"), described("ACTIVE")])
    with stub(lambda *_: next(answers)) as served:
        status = wildrydes("setup-table", "-o", "json", "--endpoint-url", served.url).must().json
    assert (status["Status"], status["Created"]) == ("ACTIVE", False)
    assert {operation for operation, _ in served.asked} == {"DescribeTable"}


def test_setup_table_waits_for_a_table_that_another_script_creates(wildrydes: Cli) -> None:
    missing = refusal("ResourceNotFoundException")
    answers = iter([missing, refusal("ResourceInUseException"), missing, described("ACTIVE"), described("ACTIVE")])
    with stub(lambda *_: next(answers)) as served:
        status = wildrydes("setup-table", "-o", "json", "--endpoint-url", served.url).must().json
    assert (status["Status"], status["Created"]) == ("ACTIVE", False)


def test_setup_table_fails_if_the_table_is_being_deleted(wildrydes: Cli) -> None:
    with stub(lambda *_: described("DELETING")) as served:
        message, hint = wildrydes("setup-table", "--endpoint-url", served.url).error(4)
    assert "is being deleted" in message
    assert "wildrydes setup-table" in hint
    assert [operation for operation, _ in served.asked] == ["DescribeTable"]


def test_a_table_can_be_used_while_its_indexes_change(wildrydes: Cli) -> None:
    with stub(lambda *_: described("UPDATING")) as served:
        assert wildrydes("setup-table", "-o", "json", "--endpoint-url", served.url).must().json["Status"] == "UPDATING"


TABLE = {
    "TableArn": ARN,
    "AttributeDefinitions": [{"AttributeName": "RideId", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "RideId", "KeyType": "HASH"}],
}


@pytest.mark.parametrize("words", [(), ("--yes",)])
def test_delete_table_waits_for_a_table_that_is_being_deleted(wildrydes: Cli, words: tuple[str, ...]) -> None:
    statuses = ["DELETING"] * 3

    def answer(operation: str, _: Any) -> Answer:
        if operation == "DescribeTable" and statuses:
            return 200, {"Table": TABLE | {"TableStatus": statuses.pop()}}
        return refusal("ResourceNotFoundException")

    with stub(answer) as served:
        ended = wildrydes("delete-table", "-o", "json", "--endpoint-url", served.url, *words).must()
    assert ended.json == ABSENT
    assert [operation for operation, _ in served.asked] == ["DescribeTable"] * 4


def test_delete_table_does_not_claim_a_table_that_another_script_deleted(wildrydes: Cli) -> None:
    answers = {
        "DescribeTable": (200, {"Table": TABLE | {"TableStatus": "ACTIVE"}}),
        "Scan": (200, {"Items": [], "Count": 2}),
        "DeleteTable": refusal("ResourceNotFoundException"),
    }
    with stub(lambda operation, _: answers[operation]) as served:
        ended = wildrydes("delete-table", "--yes", "-o", "json", "--endpoint-url", served.url).must()
    assert ended.json == ABSENT


@pytest.mark.usefixtures("one_try")
def test_credentials_that_expire_while_setup_table_waits_are_an_error(wildrydes: Cli) -> None:
    answers = iter([described("CREATING"), refusal("ExpiredTokenException")])
    with stub(lambda *_: next(answers)) as served:
        message, hint = wildrydes("setup-table", "--endpoint-url", served.url).error(3)
    assert "ExpiredTokenException" in message
    assert "aws sso login" in hint


def test_the_cost_of_a_listing_is_the_sum_of_its_pages(wildrydes: Cli) -> None:
    pages = [
        {"Items": [], "ConsumedCapacity": {"CapacityUnits": 1.5}, "LastEvaluatedKey": {"RideId": {"S": "x"}}},
        {"Items": [], "ConsumedCapacity": {"CapacityUnits": 2.0}},
    ]

    def answer(operation: str, _: Any) -> Answer:
        return (200, pages.pop(0)) if operation == "Scan" else described("ACTIVE")

    with stub(answer) as served:
        said = wildrydes("rides", "list", "--scan", "--verbose", "--endpoint-url", served.url).must().err
    assert "3.5 capacity units" in said


def test_the_cost_of_a_bulk_request_is_the_sum_of_its_batches(wildrydes: Cli) -> None:
    with stub(lambda *_: (200, {})) as served:
        words = ("request", "--from", "-", "--verbose", "--endpoint-url", served.url)
        said = wildrydes(*words, stdin="lat,lon\n" + "1,2\n" * 60).must().err
    assert "3 requests, 0 items read, 3 capacity units" in said

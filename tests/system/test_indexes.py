"""Building indexes: setup-table waits for each index, and a listing explains an index that is not ready."""

from typing import Any

import pytest

from tests.support.running import Cli
from tests.support.stub import ARN, Answer, refusal, stub
from wildrydes_cli.stores.dynamodb.schema import BY_TIME, BY_USER

WORDS = ("setup-table", "--add-indexes", "-o", "json")


@pytest.fixture(autouse=True)
def credentials(aws_credentials: None, one_try: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wildrydes_cli.aws.FIRST_PAUSE", 0.001)


def index_description(name: str, status: str) -> dict[str, Any]:
    """Return an index as DescribeTable describes it."""
    return {**next(each for each in (BY_TIME, BY_USER) if each.name == name).definition, "IndexStatus": status}


class Building:
    """A table that builds one index at a time, each in two polls, as DynamoDB does. It refuses UpdateTable once."""

    def __init__(self) -> None:
        self.indexes: dict[str, int] = {}
        self.refused = 0

    def __call__(self, operation: str, parameters: Any) -> Answer:
        if operation == "Scan":
            return 200, {"Items": [], "ScannedCount": 0}
        if operation == "UpdateTable":
            assert all(left == 0 for left in self.indexes.values())
            if not self.refused:
                self.refused += 1
                return refusal("LimitExceededException")
            self.indexes[parameters["GlobalSecondaryIndexUpdates"][0]["Create"]["IndexName"]] = 2
            return 200, {}
        status = {name: "CREATING" if left else "ACTIVE" for name, left in self.indexes.items()}
        self.indexes = {name: max(0, left - 1) for name, left in self.indexes.items()}
        return 200, {
            "Table": {
                "TableArn": ARN,
                "TableStatus": "ACTIVE",
                "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
                "KeySchema": [{"AttributeName": "RideId", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "RideId", "AttributeType": "S"}],
                "GlobalSecondaryIndexes": [index_description(name, each) for name, each in status.items()],
            }
        }


def test_setup_table_builds_one_index_at_a_time_and_waits_for_it(wildrydes: Cli) -> None:
    building = Building()
    with stub(building) as served:
        added = wildrydes(*WORDS, "--endpoint-url", served.url).must().json
    assert list(building.indexes) == ["RidesByUser", "RidesByTime"]
    assert added["Indexes"] == ["RidesByTime", "RidesByUser"]


def test_an_index_that_is_always_refused_is_an_error(wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wildrydes_cli.stores.dynamodb.indexes.REFUSALS", 3)
    building = Building()

    def refuse(operation: str, parameters: Any) -> Answer:
        return refusal("LimitExceededException") if operation == "UpdateTable" else building(operation, parameters)

    with stub(refuse) as served:
        _, hint = wildrydes(*WORDS, "--endpoint-url", served.url).error(4)
    assert "wildrydes setup-table --add-indexes" in hint


@pytest.mark.parametrize(
    ("status", "said"), [("CREATING", "still building its index"), ("DELETING", "deleting"), ("ACTIVE", "backfilling")]
)
def test_a_refused_query_is_explained(wildrydes: Cli, status: str, said: str) -> None:
    _, table = Building()("DescribeTable", {})
    description = {"Table": {**table["Table"], "GlobalSecondaryIndexes": [index_description("RidesByTime", status)]}}
    answers = {
        "Query": refusal("ValidationException", "Cannot read from backfilling global secondary index"),
        "DescribeTable": (200, description),
        "Scan": (200, {"Items": [{"RideId": {"S": "thing"}}]}),
    }
    with stub(lambda operation, _: answers[operation]) as served:
        ended = wildrydes("rides", "list", "--endpoint-url", served.url)
    assert said in ended.err
    if status == "ACTIVE":
        _, hint = ended.error(4)
        assert hint.endswith(f"wildrydes rides list --scan --endpoint-url {served.url}")
    else:
        ended.must()


@pytest.mark.parametrize("words", [(), ("--add-indexes",)])
def test_setup_table_says_how_many_items_the_index_lacks(wildrydes: Cli, words: tuple[str, ...]) -> None:
    building = Building()
    building.indexes = {"RidesByTime": 0, "RidesByUser": 0}

    def counted(operation: str, parameters: Any) -> Answer:
        if operation == "Scan":
            return 200, {"Items": []}
        status, body = building(operation, parameters)
        body["Table"]["ItemCount"] = 100
        body["Table"]["GlobalSecondaryIndexes"][0]["ItemCount"] = 93
        return status, body

    with stub(counted) as served:
        ended = wildrydes("setup-table", *words, "--endpoint-url", served.url).must()
    assert "about 7 items of table Rides are not in its index by time" in ended.err
    assert f"wildrydes rides list --scan --endpoint-url {served.url}" in ended.err
    assert ("wildrydes setup-table --add-indexes" in ended.err) == (not words)

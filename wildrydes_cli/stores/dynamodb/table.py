"""The table itself. Every request of the adapter goes through here."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

from wildrydes_cli import aws
from wildrydes_cli.aws_errors import InvalidRequestError, not_the_service
from wildrydes_cli.errors import NotConfiguredError, ServiceError, WildrydesError
from wildrydes_cli.stores.base import Findings, Usage
from wildrydes_cli.stores.dynamodb.items import PARTITION_KEY, from_item

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wildrydes_cli.rides.model import RecordedRide

_TYPES = {"S": "String", "N": "Number", "B": "Binary"}

_TABLE = {
    "TableStatus": str,
    "TableArn": str,
    "KeySchema": [{"AttributeName": str}],
    "AttributeDefinitions": [{"AttributeName": str, "AttributeType": str}],
}
# Every request asks for its cost. A write counts as acknowledged only if its answer has one.
_COST = {"ConsumedCapacity": dict}
_ANSWERS = {
    "batch_write_item": {"ConsumedCapacity": list},
    "create_table": {"TableDescription": dict},
    "delete_table": {"TableDescription": dict},
    "describe_table": {"Table": _TABLE},
    "get_item": _COST,
    "put_item": _COST,
    "query": {"Items": list},
    "scan": {"Items": list},
    "update_item": _COST,
    "update_table": {"TableDescription": dict},
}
"""What DynamoDB answers to each operation, as far as we use it."""
_COUNTED = {"Count": int}
"""What DynamoDB answers to a scan that only counts."""


class Table:
    """The DynamoDB table `name`, reached through a low-level `client`. Threads may share it."""

    def __init__(self, client: Any, name: str) -> None:
        self.client = client
        self.name = name
        self.usage = Usage()
        self.findings = Findings()
        self._counting = Lock()

    @cached_property
    def label(self) -> str:
        """The table and where it is, for people. Every request needs it, and finding it out takes a while."""
        return f"table {self.name} in {aws.location(self.client)}"

    def call(self, operation: str, action: str, *, expected: tuple[str, ...] = (), **parameters: Any) -> dict[str, Any]:
        """Ask DynamoDB for an operation on this table, and return its answer.

        Args:
            operation: The client's method.
            action: What the operation does, in words that go before the table's name.
            expected: Codes of errors whose answer is returned, with the code under `Error`.
            parameters: The parameters of the operation, without the table's name.

        Raises:
            NotConfiguredError: The table does not exist. Nothing was written.
            WildrydesError: See `aws.call`.
        """
        answer: dict[str, Any] = self._ask(operation, action, expected=expected, TableName=self.name, **parameters)
        return answer

    def call_unless(
        self, codes: tuple[str, ...], operation: str, action: str, *, expected: tuple[str, ...] = (), **parameters: Any
    ) -> dict[str, Any] | None:
        """Ask DynamoDB like `call`. Returns None if it answers with an error that has one of the `codes`."""
        answer: dict[str, Any] | None = self._ask(
            operation, action, absent=codes, expected=expected, TableName=self.name, **parameters
        )
        return answer

    def write_batch(self, action: str, requests: Mapping[str, Mapping[str, Any]]) -> set[str]:
        """Send up to 25 write requests, by ride id, at once. Returns the ids of those that DynamoDB did not get to."""
        items = {self.name: list(requests.values())}
        answer = self._ask("batch_write_item", action, RequestItems=items, ReturnConsumedCapacity="TOTAL")
        left = (answer.get("UnprocessedItems") or {}).get(self.name, [])
        ids = {request["PutRequest"]["Item"][PARTITION_KEY]["S"] for request in left}
        if not ids <= requests.keys():
            raise not_the_service(f"{action} {self.label}", "it returned unprocessed items that were never sent")
        return ids

    def _ask(self, operation: str, action: str, **parameters: Any) -> Any:
        try:
            answer = aws.call(
                getattr(self.client, operation),
                f"{action} {self.label}",
                answer=_COUNTED if "Select" in parameters else _ANSWERS[operation],
                known={"ResourceNotFoundException": self._missing(action)},
                **parameters,
            )
        except InvalidRequestError:
            if operation != "describe_table":
                with suppress(ServiceError, NotConfiguredError):  # this only looks for a better explanation
                    self.require_key(self.described())
            raise
        self._count(answer or {})
        return answer

    def _count(self, answer: Mapping[str, Any]) -> None:
        """Add what `answer` says about its cost to the usage."""
        consumed, items = answer.get("ConsumedCapacity"), answer.get("Items")
        with self._counting:
            self.usage.requests += 1
            self.usage.items_read += (
                len(items) if isinstance(items, list) else "Item" in answer and "Error" not in answer
            )
            for part in consumed if isinstance(consumed, list) else [consumed]:  # a batch has one for each table
                self.usage.capacity_units += (part or {}).get("CapacityUnits") or 0

    def rides_on(self, page: Mapping[str, Any]) -> list[RecordedRide]:
        """Return the rides among the items of a page. Counts the other items."""
        rides = [ride for ride in map(from_item, page["Items"]) if ride]
        with self._counting:
            self.findings.not_rides += len(page["Items"]) - len(rides)
        return rides

    def describe(self) -> dict[str, Any] | None:
        """Return the table's description, or None if the table does not exist."""
        answer = self.call_unless(("ResourceNotFoundException",), "describe_table", "describe")
        return answer and answer["Table"]

    def described(self, action: str = "describe") -> dict[str, Any]:
        """Return the table's description. Raises `NotConfiguredError` if the table does not exist."""
        if (description := self.describe()) is None:
            raise self._missing(action)
        return description

    def _missing(self, action: str) -> NotConfiguredError:
        message = f"cannot {action} {self.label}: the table does not exist"
        return NotConfiguredError(message, hint="create it:", command=("setup-table",), nothing_written=True)

    def scan(self, action: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """Yield the pages of the whole table, one after the other."""
        start: dict[str, Any] = {}
        pages = aws.Pages(f"{action} {self.label}")
        while True:
            page = self.call("scan", action, ReturnConsumedCapacity="TOTAL", **start, **parameters)
            yield page
            if not page.get("LastEvaluatedKey"):
                return
            start = {"ExclusiveStartKey": pages.next(page["LastEvaluatedKey"])}

    def require_key(self, description: Mapping[str, Any]) -> None:
        """Raise `WildrydesError` unless the table's key is the contract's: `RideId`, a String, and nothing else."""
        types = {each["AttributeName"]: each["AttributeType"] for each in description["AttributeDefinitions"]}
        key = [(each["AttributeName"], types.get(each["AttributeName"], "?")) for each in description["KeySchema"]]
        if key == [(PARTITION_KEY, "S")]:
            return
        roles = ("partition key", "sort key")
        named = [(role, name, _TYPES.get(type_, type_)) for role, (name, type_) in zip(roles, key, strict=False)]
        found = ", ".join(f"{role} {name} ({type_})" for role, name, type_ in named)
        raise WildrydesError(
            f"{self.label} has a different key: found {found}; expected partition key {PARTITION_KEY} (String). "
            "Nothing was changed",
            hint="names are case sensitive; use a table of another name (export WILDRYDES_TABLE for all commands):",
            command=("setup-table", "--table", f"{self.name}2"),
        )

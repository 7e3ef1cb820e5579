"""The table itself: made, described, and asked. Every request that the adapter makes goes through `Table.call`."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from threading import Lock
from typing import Any, NamedTuple

from wildrydes_cli import aws
from wildrydes_cli.errors import NotConfiguredError, ServiceError, WildrydesError
from wildrydes_cli.stores.base import Usage

PARTITION_KEY = "RideId"
POLL_SECONDS = 1
WAIT_SECONDS = 300

_TYPES = {"S": "String", "N": "Number", "B": "Binary"}


class Index(NamedTuple):
    """A global secondary index that has whole rides, ordered by `RequestTime` under its own partition key."""

    name: str
    partition_key: str
    type: str

    @property
    def types(self) -> dict[str, str]:
        """The types of the attributes that are its key."""
        return {self.partition_key: self.type, "RequestTime": "S"}

    @property
    def definition(self) -> dict[str, Any]:
        """The index as CreateTable and UpdateTable want it."""
        return {
            "IndexName": self.name,
            "KeySchema": [
                {"AttributeName": self.partition_key, "KeyType": "HASH"},
                {"AttributeName": "RequestTime", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }


BY_TIME = Index("RidesByTime", "TimeShard", "N")
BY_USER = Index("RidesByUser", "User", "S")


class Table:
    """A DynamoDB table by its `name`, asked through a low-level `client`."""

    def __init__(self, client: Any, name: str) -> None:
        self.client = client
        self.name = name
        self.usage = Usage()
        self._counting = Lock()

    @property
    def label(self) -> str:
        """The table and where it is, for people."""
        return f"table {self.name} in {aws.location(self.client)}"

    def call(
        self, operation: str, action: str, *, expected: tuple[str, ...] = (), answers: str = "", **parameters: Any
    ) -> dict[str, Any]:
        """Ask DynamoDB for `operation` (the client's method) on this table, and return its answer.

        `action` says in words what is tried, up to the table's name. The answer to an error whose code is `expected` is
        returned too (its code under `Error`); every other error is raised as ours. So is an answer without `answers`,
        which only something that is not DynamoDB gives.
        """
        try:
            answer: dict[str, Any] = aws.call(
                getattr(self.client, operation),
                f"{action} {self.label}",
                expected=expected,
                known={"ResourceNotFoundException": self._missing(action)},
                **({} if "RequestItems" in parameters else {"TableName": self.name}),
                **parameters,
            )
        except aws.InvalidRequestError:
            if operation != "describe_table":
                with suppress(ServiceError, NotConfiguredError):  # it was to explain the first error, no more
                    self.require_key(self.described())
            raise
        if answers and not {answers, "Error"} & answer.keys():
            message = f"cannot {action} {self.label}: the answer has no {answers}, so this is not DynamoDB"
            raise ServiceError(message, hint="check --endpoint-url")
        with self._counting:
            self.usage.requests += 1
            self.usage.items_read += len(answer.get("Items", ())) + ("Item" in answer and "Error" not in answer)
            consumed = answer.get("ConsumedCapacity", ())
            for each in consumed if isinstance(consumed, list) else [consumed]:  # a batch has one for each table
                self.usage.capacity_units += each.get("CapacityUnits", 0.0) if each else 0.0
        return answer

    def create(self, indexes: Sequence[Index]) -> bool:
        """Create the table with `indexes` if it is absent; return whether this call did."""
        types = {PARTITION_KEY: "S"}
        for index in indexes:
            types |= index.types
        with_indexes: dict[str, Any] = {}  # DynamoDB refuses an empty list of them
        if indexes:
            with_indexes["GlobalSecondaryIndexes"] = [index.definition for index in indexes]
        answer = self.call(
            "create_table",
            "create",
            expected=("ResourceInUseException",),
            AttributeDefinitions=attribute_definitions(types),
            KeySchema=[{"AttributeName": PARTITION_KEY, "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            **with_indexes,
        )
        return "Error" not in answer

    def describe(self) -> dict[str, Any] | None:
        """Return the table's description, or None where there is no such table."""
        answer = self.call("describe_table", "describe", expected=("ResourceNotFoundException",), answers="Table")
        return None if "Error" in answer else answer["Table"]

    def described(self, action: str = "describe") -> dict[str, Any]:
        """Return the description of a table that must be there. Raises `NotConfiguredError` where it is not."""
        if (description := self.describe()) is None:
            raise self._missing(action)
        return description

    def _missing(self, action: str) -> NotConfiguredError:
        message = f"cannot {action} {self.label}: there is no such table"
        return NotConfiguredError(message, hint="make it:", command=("setup-table",))

    def index_status(self, description: Mapping[str, Any], index: Index) -> str | None:
        """Return the status of `index` in the table's description, or None where it is not there.

        Raises `WildrydesError` where there is another index of that name.
        """
        for each in description.get("GlobalSecondaryIndexes", ()):
            if each["IndexName"] == index.name:
                if {**each, **index.definition} != each:
                    raise WildrydesError(
                        f"{self.label} has another index of the name {index.name}; wanted {index.partition_key} and "
                        "RequestTime as its key, with all attributes",
                        hint="delete that index, or use a table of another name, such as --table Rides2",
                    )
                status: str = each["IndexStatus"]
                return status
        return None

    def scan(self, action: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """Give the pages of the whole table, one after the other: it may have five read units."""
        start: dict[str, Any] = {}
        while True:
            page = self.call("scan", action, answers="Items", ReturnConsumedCapacity="TOTAL", **start, **parameters)
            yield page
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def wait(self) -> dict[str, Any]:
        """Wait until the table is there and usable, asking once a second, and return its description."""
        self._wait("table_exists", f"wait for {self.label}")
        return self.described()

    def delete(self) -> bool:
        """Delete the table and wait until it is gone; return whether there was one."""
        answer = self.call("delete_table", "delete", expected=("ResourceNotFoundException",))
        if "Error" in answer:
            return False
        self.wait_until_gone()
        return True

    def wait_until_gone(self) -> None:
        """Wait until the table, which is being deleted, is no more."""
        self._wait("table_not_exists", f"wait until {self.label} is gone")

    def _wait(self, waiter: str, action: str) -> None:
        waiting = {"Delay": POLL_SECONDS, "MaxAttempts": WAIT_SECONDS // POLL_SECONDS}
        aws.call(self.client.get_waiter(waiter).wait, action, TableName=self.name, WaiterConfig=waiting)

    def require_key(self, description: dict[str, Any]) -> None:
        """Raise `WildrydesError` unless the table's key is the contract's: `RideId`, a String, alone."""
        types = attribute_types(description)
        key = [(each["AttributeName"], types[each["AttributeName"]]) for each in description["KeySchema"]]
        if key == [(PARTITION_KEY, "S")]:
            return
        roles = ("partition key", "sort key")
        found = ", ".join(f"{role} {name} ({_TYPES[type_]})" for role, (name, type_) in zip(roles, key, strict=False))
        raise WildrydesError(
            f"{self.label} has another key: found {found}; wanted partition key {PARTITION_KEY} "
            "(String). Nothing was changed",
            hint="names are case sensitive; make a table of another name beside it:",
            command=("setup-table", "--table", f"{self.name}2"),
        )


def attribute_types(description: Mapping[str, Any]) -> dict[str, str]:
    """Return the types of the attributes that are keys of the table or of an index of it."""
    return {each["AttributeName"]: each["AttributeType"] for each in description["AttributeDefinitions"]}


def attribute_definitions(types: Mapping[str, str]) -> list[dict[str, str]]:
    """Return `types` as CreateTable and UpdateTable want them."""
    return [{"AttributeName": name, "AttributeType": type_} for name, type_ in types.items()]

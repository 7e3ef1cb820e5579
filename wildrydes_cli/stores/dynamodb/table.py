"""The table itself: made, described, and asked. Every request that the adapter makes goes through `Table.call`."""

from typing import Any

from wildrydes_cli import aws
from wildrydes_cli.dispatch.errors import NotConfigured, ServiceFailed, WildrydesError
from wildrydes_cli.stores.base import Usage

KEY = "RideId"
POLL_SECONDS = 1
WAIT_SECONDS = 300

_TYPES = {"S": "String", "N": "Number", "B": "Binary"}


class Table:
    """A DynamoDB table by its `name`, asked through a low-level `client`."""

    def __init__(self, client: Any, name: str) -> None:
        self.client = client
        self.name = name
        self.usage = Usage()

    @property
    def place(self) -> str:
        """The table and where it is, for people."""
        return f"table {self.name} in {aws.place(self.client)}"

    def call(self, operation: str, doing: str, *, expected: tuple[str, ...] = (), **parameters: Any) -> dict[str, Any]:
        """Ask DynamoDB for `operation` (the client's method) on this table, and return its answer.

        `doing` says in words what is tried, up to the table's name. The answer to an error whose code is `expected` is
        returned too (its code under `Error`); every other error is raised as ours.
        """
        self.usage.requests += 1
        missing = NotConfigured(
            f"cannot {doing} {self.place}: there is no such table", hint="make it:", command=("setup-table",)
        )
        answer: dict[str, Any] = aws.call(
            getattr(self.client, operation),
            f"{doing} {self.place}",
            expected=expected,
            known={"ResourceNotFoundException": missing},
            TableName=self.name,
            **parameters,
        )
        self.usage.capacity_units += answer.get("ConsumedCapacity", {}).get("CapacityUnits", 0.0)
        return answer

    def create(self) -> bool:
        """Create the table if it is absent; return whether this call did."""
        answer = self.call(
            "create_table",
            "create",
            expected=("ResourceInUseException",),
            AttributeDefinitions=[{"AttributeName": KEY, "AttributeType": "S"}],
            KeySchema=[{"AttributeName": KEY, "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        return "Error" not in answer

    def describe(self) -> dict[str, Any] | None:
        """Return the table's description, or None where there is no such table."""
        answer = self.call("describe_table", "describe", expected=("ResourceNotFoundException",))
        return None if "Error" in answer else answer["Table"]

    def wait(self) -> dict[str, Any]:
        """Wait until the table is there and usable, asking once a second, and return its description."""
        waiter = self.client.get_waiter("table_exists")
        attempts = WAIT_SECONDS // POLL_SECONDS
        waiting = {"Delay": POLL_SECONDS, "MaxAttempts": attempts}
        aws.call(waiter.wait, f"wait for {self.place}", TableName=self.name, WaiterConfig=waiting)
        description = self.describe()
        if description is None:
            raise ServiceFailed(f"{self.place} was deleted while it was waited for", command=("setup-table",))
        return description

    def delete(self) -> bool:
        """Delete the table and wait until it is gone; return whether there was one."""
        answer = self.call("delete_table", "delete", expected=("ResourceNotFoundException",))
        if "Error" in answer:
            return False
        waiter = self.client.get_waiter("table_not_exists")
        waiting = {"Delay": POLL_SECONDS, "MaxAttempts": WAIT_SECONDS // POLL_SECONDS}
        aws.call(waiter.wait, f"wait until {self.place} is gone", TableName=self.name, WaiterConfig=waiting)
        return True

    def require_key(self, description: dict[str, Any]) -> None:
        """Raise `WildrydesError` unless the table's key is the contract's: `RideId`, a String, alone."""
        types = {each["AttributeName"]: each["AttributeType"] for each in description["AttributeDefinitions"]}
        key = [(each["AttributeName"], types[each["AttributeName"]]) for each in description["KeySchema"]]
        if key == [(KEY, "S")]:
            return
        roles = ("partition key", "sort key")
        found = ", ".join(f"{role} {name} ({_TYPES[type_]})" for role, (name, type_) in zip(roles, key, strict=False))
        raise WildrydesError(
            f"{self.place} has another key: found {found}; wanted partition key {KEY} (String). Nothing was changed",
            hint="names are case sensitive; make a table of another name beside it:",
            command=("setup-table", "--table", f"{self.name}2"),
        )

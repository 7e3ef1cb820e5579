"""The table's indexes: what they are, and how an older table gets them."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from wildrydes_cli import aws
from wildrydes_cli.aws_errors import code_and_message
from wildrydes_cli.errors import ServiceError, WildrydesError
from wildrydes_cli.rides.model import RecordedRide
from wildrydes_cli.stores.base import ProgressBar
from wildrydes_cli.stores.dynamodb.items import time_shard
from wildrydes_cli.stores.dynamodb.table import PARTITION_KEY, Table
from wildrydes_cli.stores.dynamodb.writes import at_once

PATIENCE = 30
"""How many polls without visible progress are tolerated."""

_CHANGING = ("CREATING", "UPDATING", "DELETING")
"""The states, of a table or an index, that end by themselves, however long that takes."""


class Index(NamedTuple):
    """A global secondary index of whole rides, sorted by `RequestTime` under its own partition key."""

    name: str
    partition_key: str
    type: str

    @property
    def types(self) -> dict[str, str]:
        """The types of the attributes in its key."""
        return {self.partition_key: self.type, "RequestTime": "S"}

    @property
    def definition(self) -> dict[str, Any]:
        """The index in the form of CreateTable and UpdateTable."""
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


def index_status(table: Table, description: Mapping[str, Any], index: Index) -> str | None:
    """Return the status of `index` in the description of `table`, or None if the table does not have it.

    Raises `WildrydesError` if the table has a different index under that name.
    """
    for found in description.get("GlobalSecondaryIndexes") or ():
        if found["IndexName"] == index.name:
            if {**found, **index.definition} != found:
                raise WildrydesError(
                    f"{table.label} has a different index {index.name}; expected {index.partition_key} and "
                    "RequestTime as its key, and all attributes",
                    hint="delete that index, or use another table, such as --table Rides2",
                )
            status: str = found["IndexStatus"]
            return status
    return None


def attribute_definitions(types: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the names and types of attributes in the form of CreateTable and UpdateTable."""
    return [{"AttributeName": name, "AttributeType": type_} for name, type_ in types.items()]


def add_indexes(table: Table, progress_bar: ProgressBar) -> int:
    """Give the older rides of `table` their shard. Then add the index by rider, and the index by time last.

    So if the index by time exists, the older rides are in it. This can be interrupted and repeated at any point: each
    step first looks at what is already done.

    Returns how many older rides are in the index by time now. One without a `RequestTime` stays out.
    """
    sharded = _shard_older_rides(table, progress_bar)
    for index in (BY_USER, BY_TIME):
        _add(table, index, progress_bar)
    return sharded


def _shard_older_rides(table: Table, progress_bar: ProgressBar) -> int:
    total, done, sharded = table.described().get("ItemCount") or 0, 0, 0

    def shard(ride: RecordedRide) -> bool:
        values = {":shard": {"N": str(time_shard(ride.ride_id))}}
        # Some ports of the tutorial write `Rider` instead of `User`, and the index by rider needs `User`.
        named = {":user": {"S": ride.user}} if ride.user else {}
        names: dict[str, Any] = {"ExpressionAttributeNames": {"#user": "User"}} if named else {}
        answer = table.call(
            "update_item",
            f"give ride {ride.ride_id} its shard in",
            expected=("ConditionalCheckFailedException",),  # it was deleted, or given its shard, in the meantime
            Key={PARTITION_KEY: {"S": ride.ride_id}},
            UpdateExpression="SET TimeShard = :shard" + (", #user = if_not_exists(#user, :user)" if named else ""),
            ConditionExpression=f"attribute_exists({PARTITION_KEY}) AND attribute_not_exists(TimeShard)",
            ExpressionAttributeValues=values | named,
            ReturnConsumedCapacity="TOTAL",
            **names,
        )
        return "Error" not in answer and ride.request_time is not None

    for page in table.scan("read the rides of", FilterExpression="attribute_not_exists(TimeShard)"):
        sharded += sum(at_once(shard, table.rides_on(page)))
        done += page.get("ScannedCount") or 0
        progress_bar("giving older rides their shard", done, max(done, total))
    return sharded


def _add(table: Table, index: Index, progress_bar: ProgressBar) -> None:
    """Add `index` if it is missing, and wait until it can be read. DynamoDB builds one index at a time."""
    tries = 0
    for _ in aws.polls(math.inf):  # building an index can take hours
        description = table.described()
        indexes = description.get("GlobalSecondaryIndexes") or ()
        states = {description["TableStatus"], *(found["IndexStatus"] for found in indexes)}
        reason = f"its state is {', '.join(sorted(states))}"
        if states == {"ACTIVE"}:
            if index_status(table, description, index):
                return
            types = {each["AttributeName"]: each["AttributeType"] for each in description["AttributeDefinitions"]}
            answer = table.call(
                "update_table",
                f"add the index {index.name} to",
                # Another process is adding an index. Wait for that.
                expected=("ResourceInUseException", "LimitExceededException"),
                AttributeDefinitions=attribute_definitions(types | index.types),
                GlobalSecondaryIndexUpdates=[{"Create": index.definition | _throughput(description)}],
            )
            reason = code_and_message(answer)[1] if "Error" in answer else "it was accepted, but does not appear"
        tries += not states.intersection(_CHANGING)
        if tries > PATIENCE:
            raise ServiceError(
                f"cannot add the index {index.name} to {table.label}: {reason}",
                hint="try again:",
                command=("setup-table", "--add-indexes"),
            )
        progress_bar(f"building the index {index.name}", 0, 0)


def _throughput(description: Mapping[str, Any]) -> dict[str, Any]:
    """Return the throughput for a new index of this table: the table's own, if it has provisioned throughput."""
    if (description.get("BillingModeSummary") or {}).get("BillingMode") == "PAY_PER_REQUEST":
        return {}
    found = description.get("ProvisionedThroughput") or {}
    units = ("ReadCapacityUnits", "WriteCapacityUnits")
    return {"ProvisionedThroughput": {name: found[name] for name in units if found.get(name)}}

"""A table that has no indexes, or not all of them, gets them; every older ride gets its place there first."""

import time
from collections.abc import Mapping
from typing import Any

from wildrydes_cli.errors import ServiceError
from wildrydes_cli.rides.model import RecordedRide
from wildrydes_cli.stores.base import ProgressBar
from wildrydes_cli.stores.dynamodb.items import from_item, time_shard
from wildrydes_cli.stores.dynamodb.table import (
    BY_TIME,
    BY_USER,
    PARTITION_KEY,
    POLL_SECONDS,
    Index,
    Table,
    attribute_definitions,
    attribute_types,
)
from wildrydes_cli.stores.dynamodb.writes import at_once

PATIENCE = 30
"""Refusals to add an index to a table of which none can be seen under way."""


def add_indexes(table: Table, progress_bar: ProgressBar) -> None:
    """Shard the older rides of `table`, then add the index by rider, and that by time last.

    So the presence of the index by time means that the older rides are in it. It may be interrupted and repeated at any
    point: what has been done is found done.
    """
    _shard_older_rides(table, progress_bar)
    for index in (BY_USER, BY_TIME):
        _add(table, index, progress_bar)


def _shard_older_rides(table: Table, progress_bar: ProgressBar) -> None:
    total, done = table.described().get("ItemCount", 0), 0

    def shard(ride: RecordedRide) -> None:
        values = {":shard": {"N": str(time_shard(ride.ride_id))}}
        # A port's ride has a `Rider` in its place, which the index by rider does not know.
        named = {":user": {"S": ride.user}} if ride.user else {}
        names: dict[str, Any] = {"ExpressionAttributeNames": {"#user": "User"}} if named else {}
        table.call(
            "update_item",
            f"give ride {ride.ride_id} its shard in",
            expected=("ConditionalCheckFailedException",),  # it has been deleted, or been given one meanwhile
            Key={PARTITION_KEY: {"S": ride.ride_id}},
            UpdateExpression="SET TimeShard = :shard" + (", #user = if_not_exists(#user, :user)" if named else ""),
            ConditionExpression=f"attribute_exists({PARTITION_KEY}) AND attribute_not_exists(TimeShard)",
            ExpressionAttributeValues=values | named,
            ReturnConsumedCapacity="TOTAL",
            **names,
        )

    for page in table.scan("read the rides of", FilterExpression="attribute_not_exists(TimeShard)"):
        at_once(shard, filter(None, map(from_item, page["Items"])))
        done += page["ScannedCount"]
        progress_bar("giving older rides their shard", done, max(done, total))


def _add(table: Table, index: Index, progress_bar: ProgressBar) -> None:
    """Add `index` if it is absent, and wait until it can be read. DynamoDB builds one index at a time."""
    refusals = 0
    while True:
        description = table.described()
        building = any(each["IndexStatus"] != "ACTIVE" for each in description.get("GlobalSecondaryIndexes", ()))
        if description["TableStatus"] == "ACTIVE" and not building:
            if table.index_status(description, index):
                return
            answer = table.call(
                "update_table",
                f"add the index {index.name} to",
                # Another process is adding one: wait for that.
                expected=("ResourceInUseException", "LimitExceededException"),
                AttributeDefinitions=attribute_definitions(attribute_types(description) | index.types),
                GlobalSecondaryIndexUpdates=[{"Create": index.definition | _throughput(description)}],
            )
            refusals += "Error" in answer
            if refusals > PATIENCE:
                raise ServiceError(
                    f"cannot add the index {index.name} to {table.label}: {answer['Error'].get('Message')}",
                    hint="it may be repeated:",
                    command=("setup-table", "--add-indexes"),
                )
        progress_bar(f"building the index {index.name}", 0, 0)
        time.sleep(POLL_SECONDS)


def _throughput(description: Mapping[str, Any]) -> dict[str, Any]:
    """Return the throughput that an index of this table needs: the table's own, where it has one."""
    if description.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST":
        return {}
    units = ("ReadCapacityUnits", "WriteCapacityUnits")
    return {"ProvisionedThroughput": {name: description["ProvisionedThroughput"][name] for name in units}}

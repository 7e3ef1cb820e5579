"""How an older table gets its indexes, and how its older rides get into them."""

import math
from collections.abc import Mapping
from typing import Any

from wildrydes_cli import aws
from wildrydes_cli.aws_errors import InvalidRequestError, code_and_message
from wildrydes_cli.errors import ServiceError
from wildrydes_cli.rides.model import RecordedRide
from wildrydes_cli.stores.base import ProgressBar
from wildrydes_cli.stores.dynamodb.items import PARTITION_KEY, time_shard
from wildrydes_cli.stores.dynamodb.lifecycle import BUSY, REFUSALS
from wildrydes_cli.stores.dynamodb.pace import Pace
from wildrydes_cli.stores.dynamodb.schema import (
    BY_TIME,
    BY_USER,
    Index,
    attribute_definitions,
    changes,
    index_status,
    provisioned_units,
)
from wildrydes_cli.stores.dynamodb.table import Table
from wildrydes_cli.stores.dynamodb.writes import at_once


def add_indexes(table: Table, pace: Pace, progress_bar: ProgressBar) -> int:
    """Give the older rides of `table` their shard. Then add the index by rider, and the index by time last.

    So if the index by time exists, the older rides are in it. This can be interrupted and repeated at any point: each
    step first looks at what is already done.

    Returns how many older rides are in the index by time now. One without a `RequestTime` stays out.
    """
    sharded = _shard_older_rides(table, pace, progress_bar)
    for index in (BY_USER, BY_TIME):
        _add(table, index, progress_bar)
    return sharded


def _shard_older_rides(table: Table, pace: Pace, progress_bar: ProgressBar) -> int:
    total, done, sharded = table.described().get("ItemCount") or 0, 0, 0

    def shard(ride: RecordedRide) -> bool:
        values = {":shard": {"N": str(time_shard(ride.ride_id))}}
        # Some ports of the tutorial write `Rider` instead of `User`, and the index by rider needs `User`.
        named = {":user": {"S": ride.user}} if ride.user else {}
        names: dict[str, Any] = {"ExpressionAttributeNames": {"#user": "User"}} if named else {}
        updated = table.call_unless(
            ("ConditionalCheckFailedException",),  # it was deleted, or given its shard, in the meantime
            "update_item",
            f"give ride {ride.ride_id} its shard in",
            Key={PARTITION_KEY: {"S": ride.ride_id}},
            UpdateExpression="SET TimeShard = :shard" + (", #user = if_not_exists(#user, :user)" if named else ""),
            ConditionExpression=f"attribute_exists({PARTITION_KEY}) AND attribute_not_exists(TimeShard)",
            ExpressionAttributeValues=values | named,
            ReturnConsumedCapacity="TOTAL",
            **names,
        )
        return updated is not None and ride.request_time is not None

    for page in table.scan("read the rides of", FilterExpression="attribute_not_exists(TimeShard)"):
        sharded += sum(at_once(lambda ride: pace.patiently(lambda: shard(ride)), table.rides_on(page)))
        done += page.get("ScannedCount") or 0
        progress_bar("giving older rides their shard", done, max(done, total))
    return sharded


def _add(table: Table, index: Index, progress_bar: ProgressBar) -> None:
    """Add `index` if it is missing, and wait until it can be read. DynamoDB builds one index at a time."""
    tries = 0
    for _ in aws.polls(math.inf):  # building an index can take hours
        description = table.described()
        changing = changes(description)
        if not changing:
            if index_status(table.label, description, index):
                return
            refusal = _refusal(table, index, description)
            tries += 1
            if tries > REFUSALS:
                raise ServiceError(
                    f"cannot add the index {index.name} to {table.label}: {refusal}",
                    hint="try again:",
                    command=("setup-table", "--add-indexes"),
                )
        progress_bar(f"building the index {index.name}", 0, 0)


def _refusal(table: Table, index: Index, description: Mapping[str, Any]) -> str:
    """Ask DynamoDB to add `index`, whose building can take a while. Returns why the index is not there yet."""
    types = {each["AttributeName"]: each["AttributeType"] for each in description["AttributeDefinitions"]}
    units = provisioned_units(description)
    try:
        answer = table.call(
            "update_table",
            f"add the index {index.name} to",
            expected=BUSY,  # another process is adding an index. Wait for that
            AttributeDefinitions=attribute_definitions(types | index.types),
            GlobalSecondaryIndexUpdates=[
                {"Create": index.definition | ({"ProvisionedThroughput": units} if units else {})}
            ],
        )
    except InvalidRequestError as error:
        # Another process has added it, and the description is older than that.
        if "already exists" not in error.message:
            raise
        return error.message
    return code_and_message(answer)[1] if "Error" in answer else "it was accepted, but does not appear"

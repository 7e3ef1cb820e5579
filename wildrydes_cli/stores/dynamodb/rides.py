"""Rides in a DynamoDB table."""

from collections.abc import Iterator
from typing import Any

from wildrydes_cli.dispatch.errors import ServiceFailed
from wildrydes_cli.dispatch.model import RecordedRide, Ride
from wildrydes_cli.history.order import newest
from wildrydes_cli.stores.base import Count, TableStatus
from wildrydes_cli.stores.dynamodb.items import Item, from_item, to_item
from wildrydes_cli.stores.dynamodb.table import KEY, Table


class DynamoDBRides:
    """The rides in the DynamoDB table `name`, asked through a low-level `client`."""

    def __init__(self, client: Any, name: str) -> None:
        self._table = Table(client, name)
        self.usage = self._table.usage

    @property
    def place(self) -> str:
        """The table and where it is, for people."""
        return self._table.place

    def setup(self) -> TableStatus:
        """Make the table if it is absent, and wait until it is active. Touches nothing about one that is there."""
        description = self._table.describe()
        created = description is None and self._table.create()
        if description is None or description["TableStatus"] == "CREATING":
            description = self._table.wait()
        if description["TableStatus"] == "DELETING":
            raise ServiceFailed(
                f"{self.place} is being deleted", hint="try again in a minute:", command=("setup-table",)
            )
        self._table.require_key(description)
        arn = description["TableArn"]
        region, account = arn.split(":")[3:5]
        return TableStatus(self._table.name, arn, description["TableStatus"], created, "dynamodb", region, account, [])

    def record(self, ride: Ride) -> RecordedRide | None:
        """Record `ride` if no ride has its id. Returns None then, else the ride that has it; overwrites nothing."""
        answer = self._table.call(
            "put_item",
            f"record ride {ride.ride_id} in",
            expected=("ConditionalCheckFailedException",),
            Item=to_item(ride),
            ConditionExpression=f"attribute_not_exists({KEY})",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
            ReturnConsumedCapacity="TOTAL",
        )
        if "Error" not in answer:
            return None
        # Some engines that speak DynamoDB's protocol do not return the old item.
        item = answer.get("Item") or self._get(ride.ride_id)
        return from_item(item) or RecordedRide(ride.ride_id)

    def find(self, ride_id: str) -> RecordedRide | None:
        """Return the ride of that id, read consistently, or None."""
        return from_item(self._get(ride_id))

    def rides(self, limit: int | None = None) -> Iterator[RecordedRide]:
        """Give the newest `limit` rides, or all of them, newest first. Scans the table, page by page."""
        yield from newest(self._scan(), limit)

    def count(self) -> Count | None:
        """Count the rides on one consistent page; the description's own `ItemCount` is up to six hours old.

        Raises `WildrydesError` where the table's key is another: it is not one of ours.
        """
        description = self._table.describe()
        if description is None:
            return None
        self._table.require_key(description)
        page = self._table.call(
            "scan", "count the rides of", Select="COUNT", ConsistentRead=True, ReturnConsumedCapacity="TOTAL"
        )
        self.usage.items_read += page["Count"]
        return Count(page["Count"], exact="LastEvaluatedKey" not in page)

    def delete(self) -> bool:
        """Delete the table and its rides, and wait until it is gone; return whether there was one."""
        return self._table.delete()

    def close(self) -> None:
        """Close the client's connections."""
        self._table.client.close()

    def _get(self, ride_id: str) -> Item:
        answer = self._table.call(
            "get_item",
            f"read ride {ride_id} from",
            Key={KEY: {"S": ride_id}},
            ConsistentRead=True,
            ReturnConsumedCapacity="TOTAL",
        )
        item: Item = answer.get("Item", {})
        self.usage.items_read += bool(item)
        return item

    def _scan(self) -> Iterator[RecordedRide]:
        start: dict[str, Any] = {}
        while True:
            page = self._table.call("scan", "list the rides of", ReturnConsumedCapacity="TOTAL", **start)
            for item in page["Items"]:
                self.usage.items_read += 1
                if ride := from_item(item):
                    yield ride
                else:
                    self.usage.not_rides += 1
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

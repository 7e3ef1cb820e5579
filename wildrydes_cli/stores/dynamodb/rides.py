"""Rides in a DynamoDB table.

What only the command line asks for is loaded when it does: the Lambda function starts without it.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from wildrydes_cli.errors import NotConfiguredError, ServiceError, WildrydesError
from wildrydes_cli.rides.model import RecordedRide, Ride
from wildrydes_cli.stores.base import EVERY_RIDE, Count, Listing, ProgressBar, TableStatus
from wildrydes_cli.stores.dynamodb.items import Item, from_item, to_item
from wildrydes_cli.stores.dynamodb.table import BY_TIME, BY_USER, PARTITION_KEY, Table


class DynamoDBRides:
    """The rides in the DynamoDB table `name`, asked through a low-level `client`."""

    def __init__(self, client: Any, name: str) -> None:
        self._table = Table(client, name)
        self.usage = self._table.usage

    @property
    def label(self) -> str:
        """The table and where it is, for people."""
        return self._table.label

    def setup(self, *, indexes: bool = True) -> TableStatus:
        """Make the table if it is absent, and wait until it is active. Touches nothing about one that is there."""
        description = self._table.describe()
        created = description is None and self._table.create((BY_USER, BY_TIME) if indexes else ())
        if description is None or description["TableStatus"] == "CREATING":
            description = self._table.wait()
        if description["TableStatus"] == "DELETING":
            raise ServiceError(
                f"{self.label} is being deleted", hint="try again in a minute:", command=("setup-table",)
            )
        self._table.require_key(description)
        return self._status(description, created=created)

    def add_indexes(self, progress_bar: ProgressBar) -> TableStatus:
        """Give the table its indexes, and every older ride its place in them. May be repeated at any point."""
        from wildrydes_cli.stores.dynamodb import indexes as upgrade

        created = self.setup().created
        upgrade.add_indexes(self._table, progress_bar)
        return self._status(self._table.described(), created=created)

    def record(self, ride: Ride) -> RecordedRide | None:
        """Record `ride` if no ride has its id. Returns None then, else the ride that has it; overwrites nothing."""
        answer = self._table.call(
            "put_item",
            f"record ride {ride.ride_id} in",
            expected=("ConditionalCheckFailedException",),
            Item=to_item(ride),
            ConditionExpression=f"attribute_not_exists({PARTITION_KEY})",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
            ReturnConsumedCapacity="TOTAL",
        )
        if "Error" not in answer:
            return None
        # Some engines that speak DynamoDB's protocol do not return the old item.
        item = answer.get("Item") or self._get(ride.ride_id)
        return from_item(item) or RecordedRide(ride.ride_id)

    def record_all(self, rides: Sequence[Ride], *, fresh: bool) -> list[RecordedRide | WildrydesError | None]:
        """Record many rides at once: `fresh` ones in batches, which overwrite; the others each under its condition."""
        from wildrydes_cli.stores.dynamodb import writes as bulk

        return bulk.write_batches(self._table, rides) if fresh else bulk.write_each(self.record, rides)

    def find(self, ride_id: str) -> RecordedRide | None:
        """Return the ride of that id, read consistently, or None."""
        return from_item(self._get(ride_id))

    def rides(self, listing: Listing = EVERY_RIDE) -> Iterator[RecordedRide]:
        """Give the rides that `listing` wants, newest first: from an index where there is one, else by a scan."""
        from wildrydes_cli.rides.listing import newest
        from wildrydes_cli.stores.dynamodb.query import NoIndexError, read

        if not listing.scan:
            try:
                rides = read(self._table, listing)
            except NoIndexError as missing:
                if listing.by_index:
                    hint = "add the indexes; that may be repeated:"
                    raise NotConfiguredError(
                        missing.message, hint=hint, command=("setup-table", "--add-indexes")
                    ) from None
                self.usage.scanned_for = missing.message
            else:
                yield from rides
                return
        wanted = filter(listing.wants, self._scan())
        yield from wanted if listing.unsorted else newest(wanted, listing.limit)

    def count(self) -> Count | None:
        """Count the rides on one consistent page; the description's own `ItemCount` is up to six hours old.

        One that is being deleted is waited for, and then is none. Raises `WildrydesError` where the table's key is
        another: it is not one of ours.
        """
        description = self._table.describe()
        if description is None:
            return None
        if description["TableStatus"] == "DELETING":
            self._table.wait_until_gone()
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

    def _status(self, description: dict[str, Any], *, created: bool) -> TableStatus:
        arn = description["TableArn"]
        region, account = arn.split(":")[3:5]
        indexes = {each["IndexName"]: each for each in description.get("GlobalSecondaryIndexes", [])}
        by_time = indexes.get(BY_TIME.name)
        items = description.get("ItemCount", 0)
        return TableStatus(
            table=self._table.name,
            arn=arn,
            status=description["TableStatus"],
            created=created,
            store="dynamodb",
            region=region,
            account=account,
            indexes=sorted(indexes),
            # DynamoDB counts every six hours: an index that has none has not been counted yet.
            unindexed=items - (by_time.get("ItemCount") or items) if by_time else None,
        )

    def _get(self, ride_id: str) -> Item:
        answer = self._table.call(
            "get_item",
            f"read ride {ride_id} from",
            Key={PARTITION_KEY: {"S": ride_id}},
            ConsistentRead=True,
            ReturnConsumedCapacity="TOTAL",
        )
        item: Item = answer.get("Item", {})
        return item

    def _scan(self) -> Iterator[RecordedRide]:
        self._table.require_key(self._table.described("read the rides of"))
        for page in self._table.scan("read the rides of"):
            for item in page["Items"]:
                if ride := from_item(item):
                    yield ride
                else:
                    self.usage.not_rides += 1

"""Rides in a DynamoDB table.

The Lambda function only records rides. What only the command line needs is imported where it is used, so that the
function starts without it.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from wildrydes_cli.errors import NotConfiguredError, RefusedError, WildrydesError
from wildrydes_cli.rides.listing import EVERY_RIDE, Listing
from wildrydes_cli.rides.model import RecordedRide, Ride
from wildrydes_cli.stores.base import Count, ProgressBar, Reading, TableStatus
from wildrydes_cli.stores.dynamodb.items import PARTITION_KEY, Item, from_item, to_item
from wildrydes_cli.stores.dynamodb.table import Table

if TYPE_CHECKING:
    from wildrydes_cli.stores.dynamodb.pace import Pace

SAMPLE = 200
"""How many items the first request of a listing reads. A table with no more than that is read whole.

Up to this size, reading all of it costs about as much as asking the eight shards of the index, and is complete.
"""


class DynamoDBRides:
    """The rides in the DynamoDB table `name`, reached through a low-level `client`.

    `warn` gets a line of text about what takes longer than usual, and why.
    """

    def __init__(self, client: Any, name: str, warn: Callable[[str], None] = lambda _: None) -> None:
        self._table = Table(client, name)
        self._warn = warn
        self.usage = self._table.usage
        self.findings = self._table.findings
        self._is_large = False

    @cached_property
    def _pace(self) -> "Pace":
        """The pace of all writers."""
        from wildrydes_cli.stores.dynamodb.pace import Pace

        return Pace(self.label, self._warn)

    @property
    def label(self) -> str:
        """The table and where it is, for people."""
        return self._table.label

    def setup(self, *, indexes: bool = True) -> TableStatus:
        """Create the table unless it exists, and wait until it is active. Leaves an existing table as it is."""
        from wildrydes_cli.stores.dynamodb import lifecycle
        from wildrydes_cli.stores.dynamodb.schema import BY_TIME, BY_USER

        description = self._table.describe()
        created = description is None and lifecycle.create(self._table, (BY_USER, BY_TIME) if indexes else ())
        description = lifecycle.usable(self._table, description)
        self._table.require_key(description)
        return self._status(description, created=created)

    def add_indexes(self, progress_bar: ProgressBar) -> TableStatus:
        """Create the table unless it exists. Add its missing indexes, and put every older ride into them."""
        from wildrydes_cli.stores.dynamodb.indexes import add_indexes

        before = self.setup()
        if before.created:
            return before
        sharded = add_indexes(self._table, self._pace, progress_bar)
        status = self._status(self._table.described(), created=before.created)
        added = tuple(name for name in status.indexes or () if name not in (before.indexes or ()))
        return status._replace(added=added, sharded=sharded)

    def record(self, ride: Ride) -> RecordedRide | None:
        """Record `ride` unless its id is taken. Returns None if recorded, else the ride that has the id."""
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
        # Some DynamoDB-compatible engines do not return the old item.
        item = answer.get("Item") or self._get(ride.ride_id)
        return from_item(item) or RecordedRide(ride.ride_id)

    def record_all(self, rides: Sequence[Ride], *, fresh: bool) -> list[RecordedRide | WildrydesError | None]:
        """Record many rides at once: `fresh` ones in unconditional batches, the others one by one."""
        from wildrydes_cli.stores.dynamodb.writes import write_batches, write_each

        if fresh:
            return write_batches(self._table, self._pace, rides)
        return write_each(self.record, self._pace, rides)

    def find(self, ride_id: str) -> RecordedRide | None:
        """Return the ride with that id, read consistently, or None."""
        return from_item(self._get(ride_id))

    def rides(self, listing: Listing = EVERY_RIDE, reading: Reading = "any") -> Iterator[RecordedRide]:
        """Yield the rides that `listing` wants, newest first.

        One request reads a small table whole. A larger table is read from an index, or if it has none, by a scan.
        """
        from wildrydes_cli.rides.listing import newest
        from wildrydes_cli.stores.dynamodb.query import NoIndexError, read

        if reading != "scan":
            if (few := self._few(listing)) is not None:
                yield from few
                return
            try:
                rides = read(self._table, listing)
            except NoIndexError as missing:
                if reading == "index":
                    command = ("setup-table", "--add-indexes")
                    raise NotConfiguredError(missing.message, hint="add the indexes:", command=command) from None
                self.findings.scanned_for, self.findings.not_indexed = missing.message, False
            else:
                yield from rides
                return
        wanted = filter(listing.wants, self._scan())
        yield from wanted if listing.unsorted else newest(wanted, listing.limit)

    def _few(self, listing: Listing) -> list[RecordedRide] | None:
        """Return the rides that `listing` wants, if one small page holds the whole table. Otherwise return None.

        One page is cheaper than eight queries of the index by time. It is also complete: that index lacks the rides of
        the tutorial's own function. In a larger table, the page is a sample that shows whether there are such rides.
        """
        from wildrydes_cli.rides.listing import newest
        from wildrydes_cli.stores.dynamodb.schema import BY_TIME, BY_USER

        if self._is_large:
            return None
        page = self._table.call_unless(
            ("AccessDeniedException",),  # reading by index needs no permission to scan
            "scan",
            "read the rides of",
            Limit=SAMPLE,
            ConsistentRead=True,
            ReturnConsumedCapacity="TOTAL",
        )
        items = page["Items"] if page else []
        if page is None or page.get("LastEvaluatedKey"):
            self._is_large = True
            key = (BY_TIME if listing.rider is None else BY_USER).types.keys()
            self.findings.not_indexed = any(not key <= item.keys() for item in items if from_item(item))
            return None
        if not any(map(from_item, items)):
            return None  # the index is as cheap here, and its error explains a table that is not ours
        return newest(filter(listing.wants, self._table.rides_on(page)), listing.limit)

    def count(self) -> Count | None:
        """Count the rides on one consistent page. `ItemCount` in the description is up to six hours old.

        Waits for a table that is being created or deleted. Raises `WildrydesError` if the table has a different key,
        because then it is not one of ours.
        """
        from wildrydes_cli.stores.dynamodb import lifecycle

        description = self._table.describe()
        if description is None:
            return None
        if description["TableStatus"] == "DELETING":
            lifecycle.wait_until_gone(self._table)
            return None
        if description["TableStatus"] == "CREATING":
            description = lifecycle.usable(self._table, description)
        self._table.require_key(description)
        regions = (replica["RegionName"] for replica in description.get("Replicas") or ())
        others = tuple(region for region in regions if region != self._table.client.meta.region_name)
        try:
            page = self._table.call(
                "scan", "count the rides of", Select="COUNT", ConsistentRead=True, ReturnConsumedCapacity="TOTAL"
            )
        except RefusedError:  # whoever may not read the rides may delete them all the same
            return Count(None, None, others)
        counted: int = page.get("Count", 0)
        self.usage.items_read += counted
        return Count(counted, not page.get("LastEvaluatedKey"), others)

    def delete(self) -> bool:
        """Delete the table and its rides, and wait until it is gone. Returns False if there was no table."""
        from wildrydes_cli.stores.dynamodb import lifecycle

        return lifecycle.delete(self._table, self._warn)

    def close(self) -> None:
        """Close the client's connections."""
        self._table.client.close()

    def _status(self, description: dict[str, Any], *, created: bool) -> TableStatus:
        from wildrydes_cli.stores.dynamodb.schema import BY_TIME, provisioned_units

        arn = description["TableArn"]
        region, account = arn.split(":")[3:5]
        indexes = {index["IndexName"]: index for index in description.get("GlobalSecondaryIndexes") or ()}
        by_time = indexes.get(BY_TIME.name)
        items = description.get("ItemCount") or 0
        return TableStatus(
            table=self._table.name,
            arn=arn,
            status=description["TableStatus"],
            created=created,
            store="dynamodb",
            region=region,
            account=account,
            indexes=sorted(indexes),
            # DynamoDB counts every six hours. An index without a count, or with a count of 0, is not counted yet.
            unindexed=items - (by_time.get("ItemCount") or items) if by_time else None,
            write_units=provisioned_units(description).get("WriteCapacityUnits"),
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
            yield from self._table.rides_on(page)

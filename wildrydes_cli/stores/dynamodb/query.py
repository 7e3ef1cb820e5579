"""Rides read from an index: the newest are found at once, however many there are.

The index by time is spread over shards. They are read at the same time, each newest first, and merged; of each, no more
is read than the merge asks for.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Any

from wildrydes_cli.errors import ServiceError
from wildrydes_cli.rides.listing import merged
from wildrydes_cli.rides.model import RecordedRide
from wildrydes_cli.stores.base import Listing
from wildrydes_cli.stores.dynamodb.items import TIME_SHARDS, from_item
from wildrydes_cli.stores.dynamodb.table import BY_TIME, BY_USER, Index, Table

PAGE = 1500
"""Rides asked for at once, at the most. Eight shards of them, and as many ahead, are what is held in memory."""
SLACK = 8
"""Rides asked of a shard beyond its fair share of the limit."""

_Page = tuple[list[RecordedRide], Mapping[str, Any]]
"""Rides, and the key to go on from, empty where there are no more."""


class NoIndexError(ServiceError):
    """The table has no such index, or it is still being built."""


def read(table: Table, listing: Listing) -> Iterator[RecordedRide]:
    """Return the rides of `table` that `listing` wants, newest first; the first pages are read before it returns.

    Raises `NoIndexError` where they can't be read for want of an index.
    """
    index, partitions = BY_TIME, [{"N": str(shard)} for shard in range(TIME_SHARDS)]
    if listing.rider is not None:
        index, partitions = BY_USER, [{"S": listing.rider}]
    share = PAGE
    if listing.limit is not None:
        # One more than the limit, for rides are given once the ride after those of their moment has been seen.
        share = min(PAGE, listing.limit + 1, -(-listing.limit // len(partitions)) + SLACK)
    pool = ThreadPoolExecutor(len(partitions))
    shards = [_Shard(pool, table, _query(index, partition, listing), share) for partition in partitions]
    try:
        for shard in shards:
            shard.first.result()
    except BaseException as error:
        pool.shutdown(wait=False, cancel_futures=True)
        if isinstance(error, NoIndexError):
            raise _explained(table, index, error) from None
        raise
    return _read_on(pool, shards, listing)


def _read_on(pool: ThreadPoolExecutor, shards: "list[_Shard]", listing: Listing) -> Iterator[RecordedRide]:
    try:
        rides = merged(shard.rides(ahead=listing.limit is None) for shard in shards)
        yield from islice(filter(listing.wants, rides), listing.limit)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


class _Shard:
    """One partition of an index, of which the first `share` of rides is asked for at once."""

    def __init__(self, pool: ThreadPoolExecutor, table: Table, query: dict[str, Any], share: int) -> None:
        self._pool = pool
        self._table = table
        self._query = query
        self._share = share
        self.first = self._ask({})

    def rides(self, *, ahead: bool) -> Iterator[RecordedRide]:
        """Give its rides, newest first, page by page. With `ahead`, the next page is asked for before it is needed."""
        rides, start = self.first.result()
        while start:
            # A limit that is not reached by now is far off (a filter leaves most out): ask for twice as many each time.
            self._share = min(PAGE, self._share * 2)
            if ahead:
                following = self._ask(start)
                yield from rides
            else:
                yield from rides
                following = self._ask(start)
            rides, start = following.result()
        yield from rides

    def _ask(self, start: Mapping[str, Any]) -> Future[_Page]:
        return self._pool.submit(self._page, {"ExclusiveStartKey": start} if start else {})

    def _page(self, start: Mapping[str, Any]) -> _Page:
        answer = self._table.call(
            "query",
            "read the rides of",
            expected=("ValidationException", "ResourceNotFoundException"),
            answers="Items",
            ReturnConsumedCapacity="TOTAL",
            Limit=self._share,
            **self._query,
            **start,
        )
        if "Error" in answer:
            raise NoIndexError(f"cannot read the rides of {self._table.label}: {answer['Error'].get('Message')}")
        return list(filter(None, map(from_item, answer["Items"]))), answer.get("LastEvaluatedKey", {})


def _query(index: Index, partition: Mapping[str, str], listing: Listing) -> dict[str, Any]:
    """Return the parameters of the query for one partition: the listing's times bound the key."""
    times = {":since": listing.since, ":until": listing.until}
    given = {name: {"S": time} for name, time in times.items() if time is not None}
    condition = {
        "": "",
        ":since": " AND RequestTime >= :since",
        ":until": " AND RequestTime <= :until",
        ":since:until": " AND RequestTime BETWEEN :since AND :until",
    }
    return {
        "IndexName": index.name,
        "ScanIndexForward": False,
        "KeyConditionExpression": f"#partition = :partition{condition[''.join(given)]}",
        "ExpressionAttributeNames": {"#partition": index.partition_key},
        "ExpressionAttributeValues": {":partition": partition, **given},
    }


def _explained(table: Table, index: Index, refused: NoIndexError) -> ServiceError:
    """Say why a query of `index` was refused: DynamoDB's code for it is one that other things have too."""
    status = table.index_status(table.described("read the rides of"), index)
    if status == "ACTIVE":
        return ServiceError(
            refused.message, hint="read the table without its index:", command=("rides", "list", "--scan")
        )
    state = {None: "has no index", "CREATING": "is still building its index", "DELETING": "is deleting its index"}
    return NoIndexError(f"{table.label} {state.get(status, 'is changing its index')} {index.name}")

"""Reads rides from an index, which finds the newest at once, however many rides there are.

The index by time is spread over shards. All shards are read at the same time, each newest first, and merged. No shard
is read further than the merge needs.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Any

from wildrydes_cli.aws import Pages
from wildrydes_cli.aws_errors import code_and_message
from wildrydes_cli.errors import ServiceError
from wildrydes_cli.rides.listing import Listing, merged
from wildrydes_cli.rides.model import RecordedRide
from wildrydes_cli.stores.dynamodb.items import TIME_SHARDS
from wildrydes_cli.stores.dynamodb.schema import BY_TIME, BY_USER, Index, index_status
from wildrydes_cli.stores.dynamodb.table import Table

PAGE_RIDES = 1500
"""The most rides requested at once. Memory holds eight such pages, and eight more that were requested ahead."""
SLACK = 8
"""How many rides are requested from each shard beyond its share of the limit."""

_Page = tuple[list[RecordedRide], Mapping[str, Any]]
"""Rides, and the key where the next page starts. The key is empty on the last page."""


class NoIndexError(ServiceError):
    """The table does not have the index, or is still building it."""


def read(table: Table, listing: Listing) -> Iterator[RecordedRide]:
    """Return the rides of `table` that `listing` wants, newest first. Reads the first pages before it returns.

    Raises `NoIndexError` if the table lacks the index.
    """
    index, partitions = BY_TIME, [{"N": str(shard)} for shard in range(TIME_SHARDS)]
    if listing.rider is not None:
        index, partitions = BY_USER, [{"S": listing.rider}]
    share = PAGE_RIDES
    if listing.limit is not None:
        # One more than the limit: the merge yields a ride after it has seen one with a different time.
        share = min(PAGE_RIDES, listing.limit + 1, -(-listing.limit // len(partitions)) + SLACK)
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
    return _merge(pool, shards, listing)


def _merge(pool: ThreadPoolExecutor, shards: "list[_Shard]", listing: Listing) -> Iterator[RecordedRide]:
    try:
        rides = merged(shard.rides(ahead=listing.limit is None) for shard in shards)
        yield from islice(filter(listing.wants, rides), listing.limit)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


class _Shard:
    """One partition of an index. Its first `share` rides are requested at once."""

    def __init__(self, pool: ThreadPoolExecutor, table: Table, query: dict[str, Any], share: int) -> None:
        self._pool = pool
        self._table = table
        self._query = query
        self._share = share
        self._pages = Pages(f"read the rides of {table.label}")
        self.first = self._request({})

    def rides(self, *, ahead: bool) -> Iterator[RecordedRide]:
        """Yield its rides, newest first, page by page. With `ahead`, requests the next page before it is needed."""
        rides, start = self.first.result()
        while start:
            # If the limit is not reached by now, a filter skips most rides. Request twice as many each time.
            self._share = min(PAGE_RIDES, self._share * 2)
            if ahead:
                following = self._request(start)
                yield from rides
            else:
                yield from rides
                following = self._request(start)
            rides, start = following.result()
        yield from rides

    def _request(self, start: Mapping[str, Any]) -> Future[_Page]:
        return self._pool.submit(self._page, {"ExclusiveStartKey": self._pages.next(start)} if start else {})

    def _page(self, start: Mapping[str, Any]) -> _Page:
        answer = self._table.call(
            "query",
            "read the rides of",
            expected=("ValidationException", "ResourceNotFoundException"),
            ReturnConsumedCapacity="TOTAL",
            Limit=self._share,
            **self._query,
            **start,
        )
        if "Error" in answer:
            raise _refused(self._table, code_and_message(answer)[1])
        return self._table.rides_on(answer), answer.get("LastEvaluatedKey") or {}


def _query(index: Index, partition: Mapping[str, str], listing: Listing) -> dict[str, Any]:
    """Return the parameters of a query for one partition of `index`, within the times of `listing`."""
    condition, values = "#partition = :partition", {":partition": partition}
    if listing.since is not None and listing.until is not None:
        condition += " AND RequestTime BETWEEN :since AND :until"
    elif listing.since is not None:
        condition += " AND RequestTime >= :since"
    elif listing.until is not None:
        condition += " AND RequestTime <= :until"
    if listing.since is not None:
        values[":since"] = {"S": listing.since}
    if listing.until is not None:
        values[":until"] = {"S": listing.until}
    return {
        "IndexName": index.name,
        "ScanIndexForward": False,
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": {"#partition": index.partition_key},
        "ExpressionAttributeValues": values,
    }


def _refused(table: Table, said: str) -> NoIndexError:
    """Return the error for a page that was refused. If it is not the first one, nobody looks for the reason."""
    return NoIndexError(
        f"cannot read the rides of {table.label}: {said}",
        hint="read the table without its index:",
        command=("rides", "list", "--scan"),
    )


def _explained(table: Table, index: Index, refused: NoIndexError) -> ServiceError:
    """Explain why a query of `index` was refused. DynamoDB uses the same code for other reasons too."""
    status = index_status(table.label, table.described("read the rides of"), index)
    if status == "ACTIVE":
        return ServiceError(refused.message, hint=refused.hint, command=refused.command)
    state = {None: "has no index", "CREATING": "is still building its index", "DELETING": "is deleting its index"}
    return NoIndexError(f"{table.label} {state.get(status, 'is changing its index')} {index.name}")

"""Reads rides from an index, which finds the newest at once, however many rides there are.

The index by time is spread over shards. All shards are read at the same time, each newest first, and none further than
the listing needs.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Any

from wildrydes_cli.aws import Pages
from wildrydes_cli.aws_errors import code_and_message
from wildrydes_cli.errors import ServiceError
from wildrydes_cli.rides.listing import Listing, merged, newest
from wildrydes_cli.rides.model import RecordedRide
from wildrydes_cli.stores.dynamodb.items import TIME_SHARDS
from wildrydes_cli.stores.dynamodb.schema import BY_TIME, BY_USER, Index, index_status
from wildrydes_cli.stores.dynamodb.table import Table

PAGE_RIDES = 1500
"""The most rides requested at once. Memory holds eight such pages, and eight more that were requested ahead.

With larger pages, the first ride would come later. With smaller ones, a listing of every ride would wait more often.
"""
SLACK = 8
"""How many rides are requested from each shard beyond its share of the limit.

Shards differ by chance. With so much slack, one of them rarely has to be asked again, which would cost a round trip.
"""

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
        # One more than the limit: if the next ride has the same time, the ids decide which of the two is newer.
        share = min(PAGE_RIDES, listing.limit + 1, -(-listing.limit // len(partitions)) + SLACK)
    pool = ThreadPoolExecutor(len(partitions))
    shards = [_Shard(pool, table, _query(index, partition, listing), share) for partition in partitions]
    try:
        for shard in shards:
            shard.page.result()
    except BaseException as error:
        pool.shutdown(wait=False, cancel_futures=True)
        if isinstance(error, NoIndexError):
            raise _explained(table, index, error) from None
        raise
    return _read_on(pool, shards, listing)


def _read_on(pool: ThreadPoolExecutor, shards: "Sequence[_Shard]", listing: Listing) -> Iterator[RecordedRide]:
    try:
        if listing.limit is not None and listing.limit <= PAGE_RIDES:
            yield from _newest(shards, listing, listing.limit)
        else:
            rides = merged(shard.rides(ahead=listing.limit is None) for shard in shards)
            yield from islice(filter(listing.wants, rides), listing.limit)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _newest(shards: "Sequence[_Shard]", listing: Listing, limit: int) -> list[RecordedRide]:
    """Return the newest rides. Reads on in all shards that may have one of them, at the same time, until none may."""
    found: list[RecordedRide] = []
    reading = shards
    while reading:
        pages = [(shard, *shard.page.result()) for shard in reading]
        found = newest([*found, *(ride for _, rides, _ in pages for ride in rides if listing.wants(ride))], limit)
        oldest = found[-1].request_time or "" if len(found) == limit else ""
        reading = []
        for shard, rides, start in pages:
            if start and (not rides or (rides[-1].request_time or "") >= oldest):
                shard.request_next(start)
                reading.append(shard)
    return found


class _Shard:
    """One partition of an index. Its first `share` rides are requested at once."""

    def __init__(self, pool: ThreadPoolExecutor, table: Table, query: dict[str, Any], share: int) -> None:
        self._pool = pool
        self._table = table
        self._query = query
        self._share = share
        self._pages = Pages(f"read the rides of {table.label}")
        self.page = self._request({})
        """The page that was requested last."""

    def request_next(self, start: Mapping[str, Any]) -> None:
        """Request the page that begins at `start`, and twice as many rides as before.

        A listing that has not reached its limit by now skips most rides.
        """
        self._share = min(PAGE_RIDES, self._share * 2)
        self.page = self._request({"ExclusiveStartKey": self._pages.next(start)})

    def rides(self, *, ahead: bool) -> Iterator[RecordedRide]:
        """Yield its rides, newest first, page by page. With `ahead`, requests the next page before it is needed."""
        rides, start = self.page.result()
        while start:
            if ahead:
                self.request_next(start)
            yield from rides
            if not ahead:
                self.request_next(start)
            rides, start = self.page.result()
        yield from rides

    def _request(self, start: Mapping[str, Any]) -> Future[_Page]:
        return self._pool.submit(self._page, start)

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
    """Return the error for a page that was refused. If it was a first page, `_explained` looks for the reason."""
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

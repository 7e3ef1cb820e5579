"""Writes many rides at once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from typing import Any, TypeVar

from wildrydes_cli.aws_errors import ThrottledError
from wildrydes_cli.errors import NotConfiguredError, ServiceError, WildrydesError, counted
from wildrydes_cli.rides.model import RecordedRide, Ride
from wildrydes_cli.stores.dynamodb.items import to_item
from wildrydes_cli.stores.dynamodb.pace import Pace
from wildrydes_cli.stores.dynamodb.table import Table

T = TypeVar("T")
R = TypeVar("R")

BATCH = 25
"""How many items one BatchWriteItem can have (AWS: "BatchWriteItem")."""
WRITERS = 10
"""How many requests are sent at once. The client keeps as many connections open.

More writers would not be faster: near DynamoDB, ten keep Python busy.
"""

WriteResult = RecordedRide | WildrydesError | None
"""None: newly recorded. Otherwise the ride that has the id, or the error."""


def write_each(record: Callable[[Ride], RecordedRide | None], pace: Pace, rides: Sequence[Ride]) -> list[WriteResult]:
    """Call `record` for each ride, several at once. A ride that is throttled is tried again: ids make that safe."""

    def write(ride: Ride) -> WriteResult:
        try:
            return pace.patiently(lambda: record(ride))
        except (ServiceError, NotConfiguredError) as error:
            return error

    return at_once(write, rides)


def write_batches(table: Table, pace: Pace, rides: Sequence[Ride]) -> list[WriteResult]:
    """Write rides in batches, several at once. This overwrites items with the same id: a batch has no conditions."""
    batches = [rides[at : at + BATCH] for at in range(0, len(rides), BATCH)]
    return list(chain.from_iterable(at_once(lambda batch: _write_batch(table, pace, batch), batches)))


def at_once(function: Callable[[T], R], values: Iterable[T]) -> list[R]:
    """Return `function(value)` for each of `values`, calling it in several threads."""
    pool = ThreadPoolExecutor(WRITERS)
    try:
        return list(pool.map(function, values))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # Ctrl-C must not wait for a server that hangs


def _write_batch(table: Table, pace: Pace, rides: Sequence[Ride]) -> list[WriteResult]:
    """Write up to 25 rides. Sends what DynamoDB throttled again, however often: to write an item twice changes nothing.

    DynamoDB leaves out the items that it has no capacity for, and refuses a batch of which it can't write any (AWS:
    "BatchWriteItem").
    """
    left: dict[str, Mapping[str, Any]] = {ride.ride_id: {"PutRequest": {"Item": to_item(ride)}} for ride in rides}
    failure: WildrydesError | None = None
    try:
        while left:
            turn = pace.turn(len(left))
            sent = dict(islice(left.items(), turn.items))
            reason = "some items were not processed"
            try:
                unprocessed = table.write_batch(f"record {counted(len(sent))} in", sent)
            except ThrottledError as error:
                unprocessed, reason = set(sent), error.reason
            recorded = sent.keys() - unprocessed
            left = {ride_id: request for ride_id, request in left.items() if ride_id not in recorded}
            if recorded:
                pace.recorded(len(recorded))
            if unprocessed:
                pace.throttled(turn, reason)
    except (ServiceError, NotConfiguredError) as error:
        failure = error
    return [failure if ride.ride_id in left else None for ride in rides]

"""Many rides written at once."""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import TypeVar

from wildrydes_cli.errors import NotConfiguredError, ServiceError, WildrydesError
from wildrydes_cli.rides.model import RecordedRide, Ride
from wildrydes_cli.stores.dynamodb.items import to_item
from wildrydes_cli.stores.dynamodb.table import PARTITION_KEY, Table

T = TypeVar("T")
R = TypeVar("R")

BATCH = 25
"""Items that one BatchWriteItem takes (AWS: "BatchWriteItem")."""
WRITERS = 10
"""Requests under way at once: as many as the client keeps connections open."""
TRIES = 8
LONGEST_PAUSE = 5.0

WriteResult = RecordedRide | WildrydesError | None
"""What recording one of many came to: the ride that has its id, or what failed, or nothing to tell."""


def write_each(record: Callable[[Ride], RecordedRide | None], rides: Sequence[Ride]) -> list[WriteResult]:
    """Record each ride by itself, many at a time."""

    def tried(ride: Ride) -> WriteResult:
        try:
            return record(ride)
        except (ServiceError, NotConfiguredError) as error:
            return error

    return at_once(tried, rides)


def write_batches(table: Table, rides: Sequence[Ride]) -> list[WriteResult]:
    """Write rides without a condition, many at a time: they overwrite what has their ids."""
    batches = [rides[at : at + BATCH] for at in range(0, len(rides), BATCH)]
    return list(chain.from_iterable(at_once(lambda batch: _write_batch(table, batch), batches)))


def at_once(do: Callable[[T], R], each: Iterable[T]) -> list[R]:
    """Do something for each of many, a few at a time."""
    pool = ThreadPoolExecutor(WRITERS)
    try:
        return list(pool.map(do, each))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # Ctrl-C is not to wait for a server that hangs


def _write_batch(table: Table, rides: Sequence[Ride]) -> list[WriteResult]:
    """Write up to 25 rides; what DynamoDB does not get to is sent again, after a pause that grows."""
    left = {ride.ride_id: {"PutRequest": {"Item": to_item(ride)}} for ride in rides}
    failure: WildrydesError | None = None
    for pause in _pauses():
        time.sleep(pause)
        try:
            answer = table.call(
                "batch_write_item",
                f"record {len(left)} rides in",
                RequestItems={table.name: list(left.values())},
                ReturnConsumedCapacity="TOTAL",
            )
        except (ServiceError, NotConfiguredError) as error:
            failure = error
            break
        unprocessed = answer.get("UnprocessedItems", {}).get(table.name, ())
        left = {request["PutRequest"]["Item"][PARTITION_KEY]["S"]: request for request in unprocessed}
        if not left:
            break
        failure = ServiceError(f"cannot record rides in {table.label}: throttled, after several tries")
    return [failure if ride.ride_id in left else None for ride in rides]


def _pauses() -> Iterator[float]:
    """Give the seconds before each try, none before the first (AWS: "Exponential Backoff And Jitter")."""
    return (random.uniform(0, min(LONGEST_PAUSE, 0.05 * (2**number - 1))) for number in range(TRIES))  # noqa: S311

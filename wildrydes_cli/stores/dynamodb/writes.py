"""Writes many rides at once."""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any, TypeVar

from wildrydes_cli.errors import NotConfiguredError, ServiceError, WildrydesError, counted
from wildrydes_cli.rides.model import RecordedRide, Ride
from wildrydes_cli.stores.dynamodb.items import to_item
from wildrydes_cli.stores.dynamodb.table import Table

T = TypeVar("T")
R = TypeVar("R")

BATCH = 25
"""How many items one BatchWriteItem can have (AWS: "BatchWriteItem")."""
WRITERS = 10
"""How many requests are sent at once. The client keeps as many connections open."""
TRIES = 8
LONGEST_PAUSE = 5.0

WriteResult = RecordedRide | WildrydesError | None
"""None: newly recorded. Otherwise the ride that has the id, or the error."""


def write_each(record: Callable[[Ride], RecordedRide | None], rides: Sequence[Ride]) -> list[WriteResult]:
    """Call `record` for each ride, several at once."""

    def write(ride: Ride) -> WriteResult:
        try:
            return record(ride)
        except (ServiceError, NotConfiguredError) as error:
            return error

    return at_once(write, rides)


def write_batches(table: Table, rides: Sequence[Ride]) -> list[WriteResult]:
    """Write rides in batches, several at once. This overwrites items with the same id: a batch has no conditions."""
    batches = [rides[at : at + BATCH] for at in range(0, len(rides), BATCH)]
    return list(chain.from_iterable(at_once(lambda batch: _write_batch(table, batch), batches)))


def at_once(function: Callable[[T], R], values: Iterable[T]) -> list[R]:
    """Return `function(value)` for each of `values`, calling it in several threads."""
    pool = ThreadPoolExecutor(WRITERS)
    try:
        return list(pool.map(function, values))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # Ctrl-C must not wait for a server that hangs


def _write_batch(table: Table, rides: Sequence[Ride]) -> list[WriteResult]:
    """Write up to 25 rides. Sends what DynamoDB did not get to again, after a growing pause."""
    left: dict[str, Mapping[str, Any]] = {ride.ride_id: {"PutRequest": {"Item": to_item(ride)}} for ride in rides}
    failure: WildrydesError | None = None
    for pause in _pauses():
        time.sleep(pause)
        try:
            unprocessed = table.write_batch(f"record {counted(len(left))} in", left)
        except (ServiceError, NotConfiguredError) as error:
            failure = error
            break
        # What is sent again is never what the answer says.
        left = {ride_id: request for ride_id, request in left.items() if ride_id in unprocessed}
        if not left:
            break
        failure = ServiceError(f"cannot record rides in {table.label}: throttled, after several tries")
    return [failure if ride.ride_id in left else None for ride in rides]


def _pauses() -> Iterator[float]:
    """Yield the seconds to wait before each try, none before the first (AWS: "Exponential Backoff And Jitter")."""
    draw = random.SystemRandom().uniform
    return (draw(0, min(LONGEST_PAUSE, 0.05 * (2**number - 1))) for number in range(TRIES))

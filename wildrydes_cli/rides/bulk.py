"""How many unicorns are dispatched at once: like `dispatch`, but recorded in chunks."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import count, islice
from typing import NamedTuple

from wildrydes_cli.errors import NotConfiguredError, ServiceError, WildrydesError
from wildrydes_cli.rides.dispatch import BulkRecorder, Dispatched, resolve
from wildrydes_cli.rides.fleet import choose_unicorn
from wildrydes_cli.rides.model import RandomBytes, Ride, draw_ride_id, timestamp
from wildrydes_cli.rides.request_file import RideRequest

CHUNK = 1000
"""How many requests are recorded at once. No more than these are held in memory."""


class Outcome(NamedTuple):
    """What a request resulted in: a recorded ride, or an error."""

    request: RideRequest
    result: Dispatched | WildrydesError


def dispatch_all(
    store: BulkRecorder,
    requests: Iterable[RideRequest],
    *,
    batch: str | None,
    fail_fast: bool,
    now: Callable[[], datetime],
    random_bytes: RandomBytes,
) -> Iterator[Outcome]:
    """Dispatch a unicorn for each of `requests`, and yield the outcomes in the same order.

    A failed request does not stop the others. But after a `NotConfiguredError`, which would hit them all, no further
    chunk is tried.

    Args:
        store: Where to record the rides.
        requests: What to dispatch.
        batch: A name from which the ids of requests without one are derived, together with their rows. So the same
            requests can be repeated, and each is dispatched once. Without a name, ids are drawn.
        fail_fast: Record one request at a time, and stop at the first that fails.
        now: The clock.
        random_bytes: The source of randomness for ids and unicorns.
    """
    requests = iter(requests)
    fatal = WildrydesError if fail_fast else NotConfiguredError
    while chunk := list(islice(requests, 1 if fail_fast else CHUNK)):
        outcomes = _dispatch_chunk(store, chunk, batch, now, random_bytes)
        yield from outcomes
        if any(isinstance(outcome.result, fatal) for outcome in outcomes):
            return


def derived_ride_id(batch: str, row: int) -> str:
    """Return the ride id of `row` in the batch of that name. It has the form of a drawn id."""
    tries = count()
    return draw_ride_id(lambda size: hashlib.sha256(f"{batch}\0{row}\0{next(tries)}".encode()).digest()[:size])


def _dispatch_chunk(
    store: BulkRecorder,
    requests: Sequence[RideRequest],
    batch: str | None,
    now: Callable[[], datetime],
    random_bytes: RandomBytes,
) -> list[Outcome]:
    fresh: dict[int, Ride] = {}
    named: dict[int, Ride] = {}
    for request in requests:
        if request.pickup is None or request.error:
            continue
        ride_id = request.ride_id or (derived_ride_id(batch, request.row) if batch else None)
        rides = named if ride_id else fresh
        rides[request.row] = Ride(
            ride_id or draw_ride_id(random_bytes),
            request.rider,
            choose_unicorn(random_bytes),
            request.pickup,
            # Each ride has its own time. An index must read all rides of one millisecond to put them in order.
            timestamp(now()),
        )
    results: dict[int, Dispatched | WildrydesError] = {
        request.row: request.error for request in requests if request.error
    }
    results |= _record(store, fresh, fresh=True) | _record(store, named, fresh=False)
    return [Outcome(request, results[request.row]) for request in requests]


def _record(store: BulkRecorder, rides: dict[int, Ride], *, fresh: bool) -> dict[int, Dispatched | WildrydesError]:
    """Record the rides of some rows, and return the result for each row."""
    if not rides:
        return {}
    try:
        recorded = store.record_all(list(rides.values()), fresh=fresh)
    except (ServiceError, NotConfiguredError) as error:
        return dict.fromkeys(rides, error)
    results: dict[int, Dispatched | WildrydesError] = {}
    for (row, ride), found in zip(rides.items(), recorded, strict=True):
        try:
            results[row] = found if isinstance(found, WildrydesError) else resolve(ride, found)
        except WildrydesError as error:
            results[row] = error
    return results

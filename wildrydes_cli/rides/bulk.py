"""Dispatches many unicorns at once: like `dispatch`, but recorded in chunks."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import NamedTuple

from wildrydes_cli.errors import NotConfiguredError, ServiceError, StalledError, WildrydesError
from wildrydes_cli.rides.dispatch import BulkRecorder, Dispatched, resolve
from wildrydes_cli.rides.fleet import choose_unicorn
from wildrydes_cli.rides.model import RandomBytes, Ride, draw_ride_id, timestamp
from wildrydes_cli.rides.request_file import RideRequest

CHUNK = 1000
"""How many requests are recorded at once, and held in memory.

With more, results would come later, and an interruption would leave more rows unknown. With fewer, SQLite would spend
its time on transactions.
"""
FIRST_CHUNK = 100
"""How many requests are recorded first, before it is known how fast the store is."""
CHUNK_SECONDS = 5
"""How many seconds a chunk should take at most. A slow store gets smaller chunks, so that people see it move."""

FAILED_CHUNKS = 3
"""How many chunks in a row must fail entirely before the command stops.

A short outage must not end a long file. But each chunk that fails takes as long as all retries of a request.
"""


class Outcome(NamedTuple):
    """What a request resulted in: a recorded ride, or an error."""

    request: RideRequest
    result: Dispatched | WildrydesError


def dispatch_all(
    store: BulkRecorder,
    requests: Iterable[RideRequest | None],
    *,
    batch: str | None,
    one_by_one: bool,
    now: Callable[[], datetime],
    random_bytes: RandomBytes,
) -> Iterator[list[Outcome]]:
    """Dispatch a unicorn for each of `requests`, a chunk at a time, and yield the outcomes of each chunk in order.

    A failed request does not stop the others. The caller decides when to stop: see `Breaker`.

    Args:
        store: Where to record the rides.
        requests: What to dispatch. None means that nothing has come for a while: a chunk need not be full then.
        batch: A name, or None. With a name, the id of a request that has none is derived from the name and the row. So
            the same requests can be repeated, and each is dispatched once. Without a name, ids are drawn.
        one_by_one: Make each request a chunk of its own.
        now: The clock.
        random_bytes: The source of randomness for ids and unicorns.
    """
    coming, size = iter(requests), 1 if one_by_one else FIRST_CHUNK
    while chunk := _next_chunk(coming, size):
        started = now()
        outcomes = _dispatch_chunk(store, chunk, batch, now, random_bytes)
        if not one_by_one:
            size = _fitting_size(len(chunk), now() - started)
        yield outcomes


class Breaker:
    """Decides when to stop, so that not every row of a long file is tried against a service that is down.

    It trips at once if something must be set up first (`NotConfiguredError`), or if the store has given up
    (`StalledError`). It trips after three chunks in a row in which the service failed and no row was recorded. With
    `fail_fast`, it trips at the first failure.
    """

    def __init__(self, *, fail_fast: bool) -> None:
        self._fatal = (WildrydesError,) if fail_fast else (NotConfiguredError, StalledError)
        self._failed_chunks = 0

    def trips(self, outcomes: Sequence[Outcome]) -> bool:
        """Whether to stop after a chunk with these outcomes."""
        failures = [outcome.result for outcome in outcomes if isinstance(outcome.result, WildrydesError)]
        if any(isinstance(failure, self._fatal) for failure in failures):
            return True
        # A row that is wrong says nothing about the service.
        down = len(failures) == len(outcomes) and any(isinstance(failure, ServiceError) for failure in failures)
        self._failed_chunks = self._failed_chunks + 1 if down else 0
        return self._failed_chunks >= FAILED_CHUNKS


def _next_chunk(requests: Iterator[RideRequest | None], size: int) -> list[RideRequest]:
    """Return the next `size` requests, or fewer if no more have come for a while. Returns [] at the end."""
    chunk: list[RideRequest] = []
    for request in requests:
        if request is not None:
            chunk.append(request)
        if chunk and (request is None or len(chunk) >= size):
            break
    return chunk


def _fitting_size(requests: int, took: timedelta) -> int:
    """Return how many requests to record next, if recording the last `requests` `took` that long."""
    a_second = requests / max(0.001, took.total_seconds())
    return max(1, min(CHUNK, int(a_second * CHUNK_SECONDS)))


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
    repeated: dict[int, Ride] = {}
    named_ids = set()
    for request in requests:
        if request.pickup is None or request.error:
            continue
        ride_id = request.ride_id or (derived_ride_id(batch, request.row) if batch else None)
        if ride_id is None:
            rides = fresh
        elif ride_id not in named_ids:
            rides = named
        else:
            rides = repeated
        named_ids.add(ride_id)
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
    try:
        # A store may record the rides of one call in any order. Only the first row with an id counts, so it goes first.
        for rides, is_fresh in ((fresh, True), (named, False), (repeated, False)):
            results |= _record(store, rides, fresh=is_fresh)
    except (ServiceError, NotConfiguredError) as error:
        # The store would refuse the other rides too, after another wait.
        results |= {request.row: error for request in requests if request.row not in results}
    return [Outcome(request, results[request.row]) for request in requests]


def _record(store: BulkRecorder, rides: dict[int, Ride], *, fresh: bool) -> dict[int, Dispatched | WildrydesError]:
    """Record the rides of some rows, and return the result for each row.

    Raises `ServiceError` or `NotConfiguredError` if the store can't record anything.
    """
    if not rides:
        return {}
    recorded = store.record_all(list(rides.values()), fresh=fresh)
    results: dict[int, Dispatched | WildrydesError] = {}
    for (row, ride), found in zip(rides.items(), recorded, strict=True):
        try:
            results[row] = found if isinstance(found, WildrydesError) else resolve(ride, found)
        except WildrydesError as error:
            results[row] = error
    return results

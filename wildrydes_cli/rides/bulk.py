"""How many unicorns are dispatched: as `dispatch` does for one, and recorded many at a time."""

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple, Protocol

from wildrydes_cli.errors import NotConfiguredError, ServiceError, WildrydesError
from wildrydes_cli.rides.dispatch import Dispatched, resolve
from wildrydes_cli.rides.fleet import choose_unicorn
from wildrydes_cli.rides.model import RandomBytes, RecordedRide, Ride, draw_ride_id, timestamp
from wildrydes_cli.rides.request_file import RideRequest

CHUNK = 1000
"""Orders that are recorded at once. No more of them are held in memory, however many there are."""


class BulkRecorder(Protocol):
    """What `dispatch_all` needs of a store."""

    def record_all(self, rides: Sequence[Ride], *, fresh: bool) -> list[RecordedRide | WildrydesError | None]:
        """Record many rides at once: see `RideStore.record_all`."""


class Outcome(NamedTuple):
    """What an request came to: a ride that is recorded, or an error."""

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
    """Dispatch a unicorn for each of `requests`, and give what they came to, in their order.

    A request without an id gets one: drawn, or under a `batch` derived from that name and the request's row, so that
    the same requests may be given again, and dispatch once. A request that fails stops no other, unless `fail_fast`.
    Where something must be set up first (`NotConfiguredError`), none is tried after those under way.
    """
    requests = iter(requests)
    while chunk := list(islice(requests, 1 if fail_fast else CHUNK)):
        outcomes = _dispatch_chunk(store, chunk, batch, now, random_bytes)
        yield from outcomes
        ends = WildrydesError if fail_fast else NotConfiguredError
        if any(isinstance(outcome.result, ends) for outcome in outcomes):
            return


def derived_ride_id(batch: str, row: int) -> str:
    """Return the id of a row's ride under the name of a batch: 16 bytes of a hash, as they are drawn otherwise.

    A counter is raised while the id would begin with `-`, which every shell command would take for an option.
    """
    counter = 0
    while True:
        digest = hashlib.sha256(f"{batch}\0{row}\0{counter}".encode()).digest()[:16]
        ride_id = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if not ride_id.startswith("-"):
            return ride_id
        counter += 1


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
        unicorn = choose_unicorn(random_bytes)
        # Each has its own time: an index has to read all rides of one moment to put them in order.
        request_time = timestamp(now())
        rides[request.row] = Ride(
            ride_id or draw_ride_id(random_bytes), request.rider, unicorn, request.pickup, request_time
        )
    results: dict[int, Dispatched | WildrydesError] = {
        request.row: request.error for request in requests if request.error
    }
    results |= _record(store, fresh, fresh=True) | _record(store, named, fresh=False)
    return [Outcome(request, results[request.row]) for request in requests]


def _record(store: BulkRecorder, rides: dict[int, Ride], *, fresh: bool) -> dict[int, Dispatched | WildrydesError]:
    if not rides:
        return {}
    try:
        found = store.record_all(list(rides.values()), fresh=fresh)
    except (ServiceError, NotConfiguredError) as error:
        return dict.fromkeys(rides, error)
    results: dict[int, Dispatched | WildrydesError] = {}
    for (row, ride), each in zip(rides.items(), found, strict=True):
        try:
            results[row] = each if isinstance(each, WildrydesError) else resolve(ride, each)
        except WildrydesError as error:
            results[row] = error
    return results

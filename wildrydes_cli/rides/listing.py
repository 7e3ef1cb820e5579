"""Which rides a listing has, and in which order. Every store, and every way of reading, gives the same result."""

import heapq
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from wildrydes_cli.rides.model import RecordedRide


class Listing(NamedTuple):
    """Which rides are wanted: the newest `limit` of one rider or unicorn, requested from `since` until `until`.

    Both bounds are inclusive. None means no restriction. With `unsorted`, a store that would have to sort the rides in
    memory may yield them in its own order.
    """

    limit: int | None = None
    rider: str | None = None
    unicorn: str | None = None
    since: str | None = None
    until: str | None = None
    unsorted: bool = False

    @property
    def restricts(self) -> bool:
        """Whether rides other than the newest may be wanted: a rider, a unicorn or a time is given."""
        return any(each is not None for each in (self.rider, self.unicorn, self.since, self.until))

    def wants(self, ride: RecordedRide) -> bool:
        """Whether `ride` is one of those wanted, leaving `limit` aside."""
        return (
            (self.rider is None or ride.user == self.rider)
            and (self.unicorn is None or ride.unicorn == self.unicorn)
            and (self.since is None or (ride.request_time is not None and ride.request_time >= self.since))
            and (self.until is None or (ride.request_time is not None and ride.request_time <= self.until))
        )


EVERY_RIDE = Listing()


class _NewestFirst:
    """A ride's sort key: request time descending as text, then ride id ascending. Rides without a time are last."""

    __slots__ = ("ride_id", "time")

    def __init__(self, ride: RecordedRide) -> None:
        self.time = "" if ride.request_time is None else f"+{ride.request_time}"  # an empty time is still a time
        self.ride_id = ride.ride_id

    def __lt__(self, other: "_NewestFirst") -> bool:
        if self.time != other.time:
            return self.time > other.time
        return self.ride_id < other.ride_id


def newest(rides: Iterable[RecordedRide], limit: int | None = None) -> list[RecordedRide]:
    """Return the newest `limit` of `rides`, or all of them, newest first. Holds no more than that in memory."""
    if limit is None:
        return sorted(rides, key=_NewestFirst)
    return heapq.nsmallest(limit, rides, key=_NewestFirst)


def merged(sources: Iterable[Iterable[RecordedRide]]) -> Iterator[RecordedRide]:
    """Merge `sources` into one. Reads no source further than it must.

    Each source has its newest rides first. Its rides of the same time may be in any order, as in a DynamoDB index.
    """
    return heapq.merge(*map(_with_ties_sorted, sources), key=_NewestFirst)


def _with_ties_sorted(rides: Iterable[RecordedRide]) -> Iterator[RecordedRide]:
    for _, tied in groupby(rides, key=lambda ride: ride.request_time):
        yield from sorted(tied, key=lambda ride: ride.ride_id)

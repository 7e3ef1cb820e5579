"""The one order in which rides are listed, whichever store they come from and however they are read there."""

import heapq
from collections.abc import Iterable, Iterator
from itertools import groupby

from wildrydes_cli.rides.model import RecordedRide


class _NewestFirst:
    """A ride's sort key: request time descending as text, then ride id ascending; without a time, last."""

    __slots__ = ("ride_id", "time")

    def __init__(self, ride: RecordedRide) -> None:
        self.time = "" if ride.request_time is None else f"+{ride.request_time}"  # an empty time is still a time
        self.ride_id = ride.ride_id

    def __lt__(self, other: "_NewestFirst") -> bool:
        if self.time != other.time:
            return self.time > other.time
        return self.ride_id < other.ride_id


def newest(rides: Iterable[RecordedRide], limit: int | None = None) -> list[RecordedRide]:
    """Return the newest `limit` of `rides`, or all of them, newest first. No more than that is held in memory."""
    if limit is None:
        return sorted(rides, key=_NewestFirst)
    return heapq.nsmallest(limit, rides, key=_NewestFirst)


def merged(sources: Iterable[Iterable[RecordedRide]]) -> Iterator[RecordedRide]:
    """Merge sources of rides, each of them newest first by its times, into one. No source is read further than needed.

    Within a source, rides of one and the same time may come in any order, as they do from an index of DynamoDB.
    """
    return heapq.merge(*map(_with_ties_in_order, sources), key=_NewestFirst)


def _with_ties_in_order(rides: Iterable[RecordedRide]) -> Iterator[RecordedRide]:
    for _, tied in groupby(rides, key=lambda ride: ride.request_time):
        yield from sorted(tied, key=lambda ride: ride.ride_id)

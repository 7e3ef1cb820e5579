"""Rides followed as they are recorded."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta

from wildrydes_cli.rides.model import RecordedRide, timestamp

GRACE = timedelta(seconds=60)
"""How long after its request time a ride may show, for want of a clock or for an index that lags, and is still seen."""


def follow(
    read: Callable[[str], Iterable[RecordedRide] | None], now: Callable[[], datetime], since: str | None = None
) -> Iterator[list[RecordedRide]]:
    """Give the rides that are new at each poll, oldest first; whoever iterates decides when the next poll is.

    `read` gives the rides from a request time on, or None where they can't be read just now. Each poll reads again from
    `GRACE` before the newest ride seen (or now), and forgets the ids of older ones: a ride that shows within `GRACE` of
    its request time is never missed and never repeated. It starts from now, or from the request time `since`.
    """
    latest = now()
    start = floor = timestamp(latest - GRACE) if since is None else since
    before = () if since is not None else read(floor) or ()
    seen = {ride.ride_id: ride.request_time or "" for ride in before}
    while True:
        polled = now()
        if (there := read(floor)) is None:
            yield []
            continue
        fresh = [ride for ride in there if ride.ride_id not in seen]
        yield fresh[::-1]
        seen |= {ride.ride_id: ride.request_time or "" for ride in fresh}
        newest = max(seen.values(), default=None)
        # A writer whose clock is ahead must not make us skip what others write meanwhile.
        latest = min(filter(None, (polled, _moment(newest))))
        floor = max(start, timestamp(latest - GRACE))
        seen = {ride_id: time for ride_id, time in seen.items() if time >= floor}


def _moment(request_time: str | None) -> datetime | None:
    """Return the time that the text says, or None where it says none."""
    try:
        moment = datetime.fromisoformat(request_time or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

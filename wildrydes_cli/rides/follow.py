"""Follows rides as they are recorded."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta

from wildrydes_cli.rides.model import RecordedRide, timestamp

GRACE = timedelta(seconds=60)
"""How long after its request time a ride may appear (clock skew, index lag) and still be reported."""

MEMORY = timedelta(hours=1)
"""How long the id of a reported ride is remembered beyond that. A clock may be set back by as much."""


def follow(
    read: Callable[[str], Iterable[RecordedRide] | None], now: Callable[[], datetime], since: str | None = None
) -> Iterator[list[RecordedRide]]:
    """Yield the new rides of each poll, oldest first. The caller decides when the next poll happens.

    Each poll reads from `GRACE` before the newest ride seen, or before now. A ride that appears within `GRACE` of its
    request time is never missed and never repeated, unless the clock is set back by more than `MEMORY`. If it is set
    back to before the start, what is found at the first poll after that counts as old.

    Args:
        read: Returns the rides from a request time on, newest first, or None if they can't be read at the moment.
        now: The clock.
        since: The request time to start from, instead of now.
    """
    latest = now()
    start = floor = _before(latest, GRACE) if since is None else since
    before = () if since is not None else read(floor) or ()
    seen = {ride.ride_id: ride.request_time or "" for ride in before}
    forgotten = ""
    while True:
        polled = now()
        if (found := read(floor)) is None:
            yield []
            continue
        fresh = [ride for ride in found if ride.ride_id not in seen]
        yield [ride for ride in reversed(fresh) if (ride.request_time or "") >= start]
        seen |= {ride.ride_id: ride.request_time or "" for ride in fresh}
        newest = max(seen.values(), default=None)
        # If a writer's clock is ahead, we must still read what others write in the meantime.
        latest = min(filter(None, (polled, _moment(newest))))
        start = min(start, floor)
        floor = max(since or "", _before(latest, GRACE))
        # What was forgotten must not be read again, also if the clock is set back.
        forgotten = max(forgotten, _before(latest, GRACE + MEMORY))
        floor = max(floor, forgotten)
        seen = {ride_id: time for ride_id, time in seen.items() if time >= forgotten}


def _before(moment: datetime, age: timedelta) -> str:
    """Return the request time that is `age` before `moment`, or the earliest there is."""
    try:
        return timestamp(moment - age)
    except OverflowError:
        return timestamp(datetime.min.replace(tzinfo=UTC))


def _moment(request_time: str | None) -> datetime | None:
    """Return the time in the text, or None if it isn't one."""
    try:
        moment = datetime.fromisoformat(request_time or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

"""Follows rides as they are recorded."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta

from wildrydes_cli.rides.model import RecordedRide, timestamp

GRACE = timedelta(seconds=60)
"""How long after its request time a ride may appear (clock skew, index lag) and still be reported."""

MEMORY = timedelta(hours=1)
"""How much longer than `GRACE` the id of a reported ride is remembered. The clock may be set back by that much."""


def follow(
    read: Callable[[str], Iterable[RecordedRide] | None], now: Callable[[], datetime], since: str | None = None
) -> Iterator[list[RecordedRide]]:
    """Yield the new rides of each poll, oldest first. The caller decides when the next poll happens.

    Each poll reads from `GRACE` before the newest ride seen, or before now. A ride that appears within `GRACE` of its
    request time is never missed and never repeated, unless the clock is set back by more than `MEMORY`. If the clock is
    set back to before the start, the rides that the first poll after that finds count as old.

    Args:
        read: Returns the rides from a request time on, newest first, or None if they can't be read at the moment.
        now: The clock.
        since: The request time to start from, instead of now.
    """
    read_from = report_from = _before(now(), GRACE) if since is None else since
    seen = _request_times(read(read_from) or ()) if since is None else {}
    forget_before = ""
    while True:
        polled = now()
        if (found := read(read_from)) is None:
            yield []
            continue
        fresh = [ride for ride in found if ride.ride_id not in seen]
        yield [ride for ride in reversed(fresh) if (ride.request_time or "") >= report_from]
        report_from = min(report_from, read_from)  # if the clock was set back, `seen` has all the rides from before
        seen |= _request_times(fresh)
        latest = _latest(seen.values(), polled)
        # What is forgotten is not read again, even if the clock is set back.
        forget_before = max(forget_before, _before(latest, GRACE + MEMORY))
        read_from = max(since or "", _before(latest, GRACE), forget_before)
        seen = {ride_id: time for ride_id, time in seen.items() if time >= forget_before}


def _request_times(rides: Iterable[RecordedRide]) -> dict[str, str]:
    """Return the request time of each ride by its id. A missing time is empty."""
    return {ride.ride_id: ride.request_time or "" for ride in rides}


def _latest(times: Iterable[str], polled: datetime) -> datetime:
    """Return the time of the newest ride, or of the poll if that is earlier.

    A writer's clock may be ahead. What others write in the meantime must still be read.
    """
    newest = _moment(max(times, default=""))
    return min(newest, polled) if newest else polled


def _before(moment: datetime, age: timedelta) -> str:
    """Return the request time that is `age` before `moment`, or the earliest there is."""
    try:
        return timestamp(moment - age)
    except OverflowError:
        return timestamp(datetime.min.replace(tzinfo=UTC))


def _moment(request_time: str) -> datetime | None:
    """Return the time in the text, or None if it isn't one."""
    try:
        moment = datetime.fromisoformat(request_time)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

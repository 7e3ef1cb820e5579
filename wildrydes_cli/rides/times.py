"""Turns the times that a user types into the text by which rides are sorted."""

import re
from datetime import UTC, date, datetime, time, timedelta

from wildrydes_cli.errors import InvalidError
from wildrydes_cli.rides.model import timestamp

_DURATION = r"(\d{1,9})([smhdw])"
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_ALLOWED = (
    "a time such as 2026-11-23, 2026-11-23T08:15, 2026-11-23T08:15:30+01:00, or how long ago: 30s, 90m, 2h, 7d, 2w"
)


def bound(text: str, now: datetime, *, upper: bool = False) -> str:
    """Return the `RequestTime` that `text` means: an ISO 8601 date or time, or a duration before `now`.

    A time without an offset is UTC. A date means the whole day: as the `upper` bound, its last millisecond.
    Raises `InvalidError` for anything else.
    """
    try:
        if duration := re.fullmatch(_DURATION, text):
            return timestamp(now - timedelta(**{_UNITS[duration[2]]: int(duration[1])}))
        if len(text) == len("2026-11-23"):
            moment = datetime.combine(date.fromisoformat(text), time.max if upper else time.min)
        else:
            moment = datetime.fromisoformat(text)
        return timestamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError) as error:
        raise InvalidError("time", text, _ALLOWED) from error

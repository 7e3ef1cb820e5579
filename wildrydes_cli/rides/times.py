"""Turns the times that a user types into the text by which rides are sorted."""

import re
from datetime import UTC, date, datetime, time, timedelta

from wildrydes_cli.errors import InvalidError
from wildrydes_cli.rides.model import timestamp

_DURATION = r"([0-9]{1,9})([smhdw])"
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = _DATE + r"[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
_ALLOWED = (
    "a time such as 2026-11-23, 2026-11-23T08:15, 2026-11-23T08:15:30+01:00, or how long ago: 30s, 90m, 2h, 7d, 2w"
)


def bound(text: str, now: datetime, *, upper: bool = False) -> str:
    """Return the `RequestTime` that `text` means: a date, a date and time, or a duration before `now`.

    A time without an offset is UTC. A date means the whole day: as the `upper` bound, its last millisecond.
    Raises `InvalidError` for anything else, also for other forms of ISO 8601: `20261123` would not be a whole day.
    """
    try:
        if duration := re.fullmatch(_DURATION, text):
            return timestamp(now - timedelta(**{_UNITS[duration[2]]: int(duration[1])}))
        if re.fullmatch(_DATE, text):
            return timestamp(datetime.combine(date.fromisoformat(text), time.max if upper else time.min, UTC))
        if not re.fullmatch(_TIME, text):
            raise InvalidError("time", text, _ALLOWED)
        moment = datetime.fromisoformat(text)
        return timestamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError) as error:
        raise InvalidError("time", text, _ALLOWED) from error

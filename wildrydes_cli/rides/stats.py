"""Rides counted: by unicorn, by rider, and by when."""

from collections import Counter
from collections.abc import Iterable
from typing import Literal, NamedTuple

from wildrydes_cli.rides.model import RecordedRide

Period = Literal["day", "hour"]

_LENGTH = {"day": len("2026-11-23"), "hour": len("2026-11-23T08")}


class Stats(NamedTuple):
    """How many rides there are, and how they spread. Riders are the ten with the most, periods are in their order."""

    rides: int
    unicorns: list[tuple[str | None, int]]
    riders: list[tuple[str | None, int]]
    periods: list[tuple[str | None, int]]


def count(rides: Iterable[RecordedRide], period: Period) -> Stats:
    """Count `rides`. Of those with as many rides, the names are in their order; what a ride lacks is None, and last."""
    unicorns: Counter[str | None] = Counter()
    riders: Counter[str | None] = Counter()
    periods: Counter[str | None] = Counter()
    length = _LENGTH[period]
    for ride in rides:
        unicorns[ride.unicorn] += 1
        riders[ride.user] += 1
        periods[ride.request_time and ride.request_time[:length]] += 1
    return Stats(
        unicorns.total(), _most(unicorns), _most(riders)[:10], sorted(periods.items(), key=lambda each: _last(each[0]))
    )


def _most(counter: Counter[str | None]) -> list[tuple[str | None, int]]:
    return sorted(counter.items(), key=lambda each: (-each[1], *_last(each[0])))


def _last(name: str | None) -> tuple[bool, str]:
    return name is None, name or ""

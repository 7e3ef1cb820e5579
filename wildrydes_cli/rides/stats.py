"""Counts rides: by unicorn, by rider, and by day or hour."""

from collections import Counter
from collections.abc import Iterable
from typing import Literal, NamedTuple

from wildrydes_cli.rides.model import RecordedRide

Period = Literal["day", "hour"]

MOST_RIDERS = 10

_LENGTH = {"day": len("2026-11-23"), "hour": len("2026-11-23T08")}


class Stats(NamedTuple):
    """How many rides there are in all and of each kind.

    Unicorns and the ten most frequent riders are sorted by their number of rides, periods by time.
    """

    rides: int
    unicorns: list[tuple[str | None, int]]
    riders: list[tuple[str | None, int]]
    periods: list[tuple[str | None, int]]
    other_riders: int
    """How many riders there are besides the most frequent ones."""


def count(rides: Iterable[RecordedRide], period: Period) -> Stats:
    """Count `rides`. Ties sort by name, None last. None counts the rides that lack the value."""
    unicorns: Counter[str | None] = Counter()
    riders: Counter[str | None] = Counter()
    periods: Counter[str | None] = Counter()
    length = _LENGTH[period]
    for ride in rides:
        unicorns[ride.unicorn] += 1
        riders[ride.user] += 1
        periods[ride.request_time and ride.request_time[:length]] += 1
    frequent = _most(riders)[:MOST_RIDERS]
    return Stats(
        rides=unicorns.total(),
        unicorns=_most(unicorns),
        riders=frequent,
        other_riders=len(riders.keys() - {None} - dict(frequent).keys()),
        periods=sorted(periods.items(), key=lambda counted: _none_last(counted[0])),
    )


def _most(counter: Counter[str | None]) -> list[tuple[str | None, int]]:
    return sorted(counter.items(), key=lambda counted: (-counted[1], *_none_last(counted[0])))


def _none_last(name: str | None) -> tuple[bool, str]:
    return name is None, name or ""

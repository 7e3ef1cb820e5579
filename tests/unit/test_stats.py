"""`wildrydes rides stats`."""

import pytest

from tests.support.contract import ride
from tests.support.running import Cli
from wildrydes_cli.connection import Connection
from wildrydes_cli.rides.model import RecordedRide
from wildrydes_cli.rides.stats import count


@pytest.fixture
def _rides() -> None:
    store = Connection().open()
    for number in range(24):
        store.record(
            ride(f"r{number}", f"2026-11-{22 + number // 12}T{number % 12:02}:00:00.000Z", f"rider {number % 11:02}")
        )
    store.close()


@pytest.mark.usefixtures("_rides")
def test_rides_are_counted_by_unicorn_rider_and_day(wildrydes: Cli) -> None:
    stats = wildrydes("rides", "stats", "-o", "json").must().json
    assert list(stats) == ["Rides", "Unicorns", "Riders", "Days"]
    assert stats["Rides"] == 24
    assert stats["Unicorns"] == [{"Unicorn": "Angel", "Rides": 24}]
    assert stats["Riders"][:3] == [{"Rider": f"rider {n:02}", "Rides": 3 if n < 2 else 2} for n in range(3)]
    assert len(stats["Riders"]) == 10
    assert stats["Days"] == [{"Day": "2026-11-22", "Rides": 12}, {"Day": "2026-11-23", "Rides": 12}]


@pytest.mark.usefixtures("_rides")
def test_stats_can_count_by_hour_within_bounds(wildrydes: Cli) -> None:
    words = ("rides", "stats", "--by", "hour", "--since", "2026-11-22T10:00", "--until", "2026-11-22", "-o", "json")
    assert wildrydes(*words).must().json["Hours"] == [
        {"Hour": "2026-11-22T10", "Rides": 1},
        {"Hour": "2026-11-22T11", "Rides": 1},
    ]


@pytest.mark.usefixtures("_rides")
def test_stats_prints_one_line_per_count_to_a_pipe(wildrydes: Cli) -> None:
    lines = wildrydes("rides", "stats").must().out.splitlines()
    assert lines[:2] == ["Rides\t\t24", "Unicorn\tAngel\t24"]
    assert lines[-1] == "Day\t2026-11-23\t12"


def test_stats_without_rides_are_empty(wildrydes: Cli) -> None:
    assert wildrydes("rides", "stats", "-o", "json").must().json == {
        "Rides": 0,
        "Unicorns": [],
        "Riders": [],
        "Days": [],
    }


def test_rides_without_a_rider_are_not_another_rider() -> None:
    named = [RecordedRide(f"r{number}", f"rider {number}") for number in range(13)]
    for rides in (named, [*named, RecordedRide("x")], [*named, RecordedRide("x"), RecordedRide("y")]):
        stats = count(rides, "day")
        assert len({name for name, _ in stats.riders} - {None}) + stats.other_riders == 13


def test_missing_values_are_counted_last() -> None:
    stats = count([RecordedRide("a"), RecordedRide("b", "ada", "Gil", request_time="2026-11-23T08:00:00.000Z")], "day")
    assert stats.unicorns == [("Gil", 1), (None, 1)]
    assert stats.periods == [("2026-11-23", 1), (None, 1)]

"""Following rides: none is missed, none is repeated."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.contract import ride
from tests.support.running import Cli
from tests.unit.test_listing import reference
from wildrydes_cli.connection import Connection
from wildrydes_cli.rides.follow import follow
from wildrydes_cli.rides.listing import Listing
from wildrydes_cli.rides.model import RecordedRide, timestamp

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def at(seconds: float) -> str:
    return timestamp(START + timedelta(seconds=seconds))


class Table:
    """A table and a clock. Each ride appears in the table some time after its request time."""

    def __init__(self, shows: list[tuple[float, RecordedRide]]) -> None:
        self.shows = shows
        self.seconds = 0.0
        self.set_back = 0.0
        """The number of seconds by which the clock was set back."""

    def read(self, floor: str) -> Iterator[RecordedRide]:
        there = [each for shown, each in self.shows if shown <= self.seconds]
        return iter(reference(there, Listing(since=floor)))

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds - self.set_back)

    def polls(self, every: float, number: int, since: str | None = None) -> list[list[RecordedRide]]:
        polls = []
        for rides in islice(follow(self.read, self.now, since), number):
            polls.append(rides)
            self.seconds += every
        return polls


def test_follow_starts_now_and_gives_new_rides_oldest_first() -> None:
    old, first, second = (ride(name, at(when)).recorded for name, when in (("old", -5), ("first", 1), ("second", 2)))
    table = Table([(-5, old), (2.1, second), (1.1, first)])
    assert table.polls(5, 3) == [[], [first, second], []]


def test_follow_starts_at_since_if_it_is_given() -> None:
    old, new = ride("old", at(-3600)).recorded, ride("new", at(1)).recorded
    table = Table([(-3600, old), (1, new)])
    assert table.polls(5, 3, since=at(-7200)) == [[old], [new], []]


def test_follow_skips_a_late_ride_from_before_since() -> None:
    before, after = ride("before", at(-20)).recorded, ride("after", at(-5)).recorded
    assert Table([(8, before), (8, after)]).polls(5, 4, since=at(-10)) == [[], [], [after], []]


def test_a_ride_with_a_future_time_does_not_hide_other_rides() -> None:
    ahead, right = ride("ahead", at(3600)).recorded, ride("right", at(8)).recorded
    assert Table([(1, ahead), (9, right)]).polls(5, 4) == [[], [ahead], [right], []]


def test_a_time_with_an_offset_does_not_repeat_rides() -> None:
    hours = [ride(f"r{hour}", at(3600 * hour)).recorded for hour in range(6)]
    east = ride("east", "2026-11-23T18:00:00.000+10:00").recorded  # 08:00 UTC, but the last one when sorted as text
    table = Table([*((3600.0 * hour, each) for hour, each in enumerate(hours)), (5 * 3600 + 1, east)])
    given = [each.ride_id for poll in table.polls(600, 40) for each in poll]
    assert sorted(given) == sorted({*given})


def test_an_invalid_time_does_not_hide_other_rides() -> None:
    strange = RecordedRide("strange", "ada", request_time="tomorrow")
    right = ride("right", at(8)).recorded
    assert Table([(1, strange), (9, right)]).polls(5, 4) == [[], [strange], [right], []]


@pytest.mark.parametrize("back", [10, 180, 3500])
def test_setting_the_clock_back_neither_repeats_nor_hides_rides(back: float) -> None:
    times = {"older": -300, "old": -100, "there": -30, "r1": 1, "r2": 20, "r3": 40}
    table = Table([(when, ride(name, at(when)).recorded) for name, when in times.items()])
    table.shows.append((70, ride("after", at(70 - back)).recorded))
    given: list[str] = []
    for rides in islice(follow(table.read, table.now), 60):
        given += [each.ride_id for each in rides]
        table.seconds += 5
        table.set_back = back if table.seconds >= 50 else 0
    assert given == ["r1", "r2", "r3", "after"]


@pytest.mark.parametrize(("since", "names"), [(-200, ["old", "new"]), (-20, ["new"])])
def test_setting_the_clock_back_gives_no_rides_from_before_since(since: float, names: list[str]) -> None:
    table = Table([(-150, ride("old", at(-150)).recorded), (1, ride("new", at(1)).recorded)])
    given: list[str] = []
    for rides in islice(follow(table.read, table.now, at(since)), 60):
        given += [each.ride_id for each in rides]
        table.seconds += 5
        table.set_back = 300 if table.seconds >= 50 else 0
    assert given == names


def test_follow_can_start_on_the_first_day_of_the_calendar() -> None:
    first = ride("first", "0001-01-01T00:00:00.000Z").recorded
    new = ride("new", at(1)).recorded
    table = Table([(-1e9, first), (1, new)])
    assert table.polls(5, 3, since="0001-01-01T00:00:00.000Z") == [[first], [new], []]
    assert Table([(-1e9, first)]).polls(5, 3, since="0001-01-01T00:00:00.000Z") == [[first], [], []]


def test_rides_that_come_during_a_failure_are_given_later() -> None:
    first, second = ride("first", at(1)).recorded, ride("second", at(200)).recorded
    table = Table([(1, first), (200, second)])
    away = (5, 20, 100, 205)

    def read(floor: str) -> Iterator[RecordedRide] | None:
        return None if table.seconds in away else table.read(floor)

    given = []
    for rides, then in zip(follow(read, table.now), (5, 20, 100, 205, 210, 215), strict=False):
        given.append((table.seconds, [each.ride_id for each in rides]))
        table.seconds = then
    assert [(when, rides) for when, rides in given if rides] == [(210, ["first", "second"])]


@given(
    st.lists(st.tuples(st.floats(0.001, 300), st.floats(0, 59)), max_size=30),
    st.floats(0.5, 20),
    st.booleans(),
)
def test_a_ride_that_appears_within_a_minute_is_given_once(
    late: list[tuple[float, float]], every: float, since: bool
) -> None:
    shows = [(requested + delay, ride(f"r{n}", at(requested)).recorded) for n, (requested, delay) in enumerate(late)]
    polls = Table(shows).polls(every, int(400 / every), since=at(0) if since else None)
    given = [each.ride_id for rides in polls for each in rides]
    assert sorted(given) == sorted(each.ride_id for _, each in shows)


def test_watch_prints_its_heading_once(wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    coming = iter(["first", "second"])

    def sleep(_: float) -> None:
        if (ride_id := next(coming, None)) is None:
            raise KeyboardInterrupt
        with closing(Connection().open()) as store:
            store.record(ride(ride_id, timestamp(datetime.now(UTC))))

    monkeypatch.setattr("time.sleep", sleep)
    lines = wildrydes("rides", "watch").must(130).out.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["RideId", "first", "second"]


def test_watch_continues_after_its_file_is_deleted_and_recreated(
    wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    folder = home / ".local/share/wildrydes"
    with closing(Connection().open()) as store:
        store.record(ride("before", timestamp(datetime.now(UTC))))
    coming = iter(["first", "second"])

    def sleep(_: float) -> None:
        if (ride_id := next(coming, None)) is None:
            raise KeyboardInterrupt
        for each in folder.iterdir():
            each.unlink()
        with closing(Connection().open()) as store:
            store.record(ride(ride_id, timestamp(datetime.now(UTC))))

    monkeypatch.setattr("time.sleep", sleep)
    lines = wildrydes("rides", "watch", "--since", "1h", "-o", "jsonl").must(130).json_lines
    assert [line["RideId"] for line in lines] == ["before", "first", "second"]


def test_watch_can_start_on_the_first_day_of_the_calendar(wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Connection().open()) as store:
        store.record(ride("first", "0001-01-01T00:00:00.000Z"))
    monkeypatch.setattr("time.sleep", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    lines = wildrydes("rides", "watch", "--since", "0001-01-01", "-o", "jsonl").must(130).json_lines
    assert [line["RideId"] for line in lines] == ["first"]

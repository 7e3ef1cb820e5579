"""Rides followed: none missed, none repeated."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contract import ride
from tests.running import Cli
from tests.unit.test_listing import reference
from wildrydes_cli.connection import Connection
from wildrydes_cli.rides.follow import follow
from wildrydes_cli.rides.listing import Listing
from wildrydes_cli.rides.model import RecordedRide, timestamp

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def at(seconds: float) -> str:
    return timestamp(START + timedelta(seconds=seconds))


class World:
    """A table whose rides show some time after their request time, and a clock."""

    def __init__(self, shows: list[tuple[float, RecordedRide]]) -> None:
        self.shows = shows
        self.seconds = 0.0
        self.set_back = 0.0
        """By how much the clock has been set back."""

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


def test_it_starts_from_now_and_gives_what_is_new_oldest_first() -> None:
    old, first, second = (ride(name, at(when)).recorded for name, when in (("old", -5), ("first", 1), ("second", 2)))
    world = World([(-5, old), (2.1, second), (1.1, first)])
    assert world.polls(5, 3) == [[], [first, second], []]


def test_it_starts_from_since_where_that_is_told() -> None:
    old, new = ride("old", at(-3600)).recorded, ride("new", at(1)).recorded
    world = World([(-3600, old), (1, new)])
    assert world.polls(5, 3, since=at(-7200)) == [[old], [new], []]


def test_a_ride_before_since_is_not_given_however_late_it_shows() -> None:
    before, after = ride("before", at(-20)).recorded, ride("after", at(-5)).recorded
    assert World([(8, before), (8, after)]).polls(5, 4, since=at(-10)) == [[], [], [after], []]


def test_a_writer_whose_clock_is_ahead_hides_nobody_elses_rides() -> None:
    ahead, right = ride("ahead", at(3600)).recorded, ride("right", at(8)).recorded
    assert World([(1, ahead), (9, right)]).polls(5, 4) == [[], [ahead], [right], []]


def test_a_time_with_an_offset_repeats_no_ride() -> None:
    hours = [ride(f"r{hour}", at(3600 * hour)).recorded for hour in range(6)]
    east = ride("east", "2026-11-23T18:00:00.000+10:00").recorded  # 08:00 UTC, but the last one as text
    world = World([*((3600.0 * hour, each) for hour, each in enumerate(hours)), (5 * 3600 + 1, east)])
    given = [each.ride_id for poll in world.polls(600, 40) for each in poll]
    assert sorted(given) == sorted({*given})


def test_a_time_that_is_none_does_no_harm() -> None:
    strange = RecordedRide("strange", "ada", request_time="tomorrow")
    right = ride("right", at(8)).recorded
    assert World([(1, strange), (9, right)]).polls(5, 4) == [[], [strange], [right], []]


@pytest.mark.parametrize("back", [10, 180, 3500])
def test_a_clock_that_is_set_back_repeats_nothing_and_hides_nothing_new(back: float) -> None:
    times = {"older": -300, "old": -100, "there": -30, "r1": 1, "r2": 20, "r3": 40}
    world = World([(when, ride(name, at(when)).recorded) for name, when in times.items()])
    world.shows.append((70, ride("after", at(70 - back)).recorded))
    given: list[str] = []
    for rides in islice(follow(world.read, world.now), 60):
        given += [each.ride_id for each in rides]
        world.seconds += 5
        world.set_back = back if world.seconds >= 50 else 0
    assert given == ["r1", "r2", "r3", "after"]


@pytest.mark.parametrize(("since", "names"), [(-200, ["old", "new"]), (-20, ["new"])])
def test_a_clock_that_is_set_back_shows_nothing_from_before_since(since: float, names: list[str]) -> None:
    world = World([(-150, ride("old", at(-150)).recorded), (1, ride("new", at(1)).recorded)])
    given: list[str] = []
    for rides in islice(follow(world.read, world.now, at(since)), 60):
        given += [each.ride_id for each in rides]
        world.seconds += 5
        world.set_back = 300 if world.seconds >= 50 else 0
    assert given == names


def test_the_first_day_of_the_calendar_can_be_followed_from() -> None:
    first = ride("first", "0001-01-01T00:00:00.000Z").recorded
    new = ride("new", at(1)).recorded
    world = World([(-1e9, first), (1, new)])
    assert world.polls(5, 3, since="0001-01-01T00:00:00.000Z") == [[first], [new], []]
    assert World([(-1e9, first)]).polls(5, 3, since="0001-01-01T00:00:00.000Z") == [[first], [], []]


def test_what_comes_while_it_cannot_be_read_is_given_after() -> None:
    first, second = ride("first", at(1)).recorded, ride("second", at(200)).recorded
    world = World([(1, first), (200, second)])
    away = (5, 20, 100, 205)

    def read(floor: str) -> Iterator[RecordedRide] | None:
        return None if world.seconds in away else world.read(floor)

    given = []
    for rides, then in zip(follow(read, world.now), (5, 20, 100, 205, 210, 215), strict=False):
        given.append((world.seconds, [each.ride_id for each in rides]))
        world.seconds = then
    assert [(when, rides) for when, rides in given if rides] == [(210, ["first", "second"])]


@given(
    st.lists(st.tuples(st.floats(0.001, 300), st.floats(0, 59)), max_size=30),
    st.floats(0.5, 20),
    st.booleans(),
)
def test_what_shows_within_a_minute_is_given_once(late: list[tuple[float, float]], every: float, since: bool) -> None:
    shows = [(requested + delay, ride(f"r{n}", at(requested)).recorded) for n, (requested, delay) in enumerate(late)]
    polls = World(shows).polls(every, int(400 / every), since=at(0) if since else None)
    given = [each.ride_id for rides in polls for each in rides]
    assert sorted(given) == sorted(each.ride_id for _, each in shows)


@pytest.mark.parametrize("form", ["json", "csv"])
def test_watch_has_formats_that_have_no_end(wildrydes: Cli, form: str) -> None:
    wildrydes("rides", "watch", "-o", form).error(2)


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


def test_watch_goes_on_with_a_file_that_was_deleted_and_made_again(
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


def test_watch_from_the_first_day_of_the_calendar_is_no_bug(wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Connection().open()) as store:
        store.record(ride("first", "0001-01-01T00:00:00.000Z"))
    monkeypatch.setattr("time.sleep", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    lines = wildrydes("rides", "watch", "--since", "0001-01-01", "-o", "jsonl").must(130).json_lines
    assert [line["RideId"] for line in lines] == ["first"]

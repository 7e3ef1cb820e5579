"""What a list of rides says on a terminal, and which columns a window has room for: tables of values."""

from datetime import timedelta, timezone

import pytest

from tests.support.ages import AGES, NOW
from wildrydes_cli.output.columns import ago, cells, heading, time_of_day, widths
from wildrydes_cli.rides.model import RecordedRide

# Ages and times


@pytest.mark.parametrize(("time", "said", "in_short"), AGES)
def test_how_long_ago_a_ride_was(time: str, said: str, in_short: str) -> None:
    assert ago(time, NOW) == said
    assert ago(time, NOW.astimezone(timezone(timedelta(hours=-8)))) == said
    assert ago(time, NOW, short=True) == in_short


@pytest.mark.parametrize(
    ("time", "said", "in_short"),
    [
        ("2026-11-23T08:15:30.123Z", "08:15:30.123Z", "08:15:30"),
        ("2026-11-23T08:15:30Z", "08:15:30Z", "08:15:30"),
        ("2026-11-23T08:15:30.123+01:00", "08:15:30.123+01:00", "08:15:30.123+01:00"),
        ("2026-11-23T08:15:30", "08:15:30", "08:15:30"),
        ("2026-11-23", "2026-11-23", "2026-11-23"),
        ("Mon 23 NovT08:15:30", "Mon 23 NovT08:15:30", "Mon 23 NovT08:15:30"),
        ("T", "T", "T"),
        ("", "", ""),
    ],
)
def test_the_time_of_day_of_a_ride(time: str, said: str, in_short: str) -> None:
    assert time_of_day(time) == said
    assert time_of_day(time, short=True) == in_short


# Cells

RIDE = RecordedRide("r1", "ada", "Gil", "White", "Male", 47.61745, -122.28845, "2026-11-23T11:20:00.000Z")


def test_the_cells_of_a_ride() -> None:
    assert cells(RIDE, NOW) == {
        "Ride": "r1",
        "Rider": "ada",
        "Unicorn": "Gil",
        "Pickup": "47.6174, -122.2884",
        "Pickup in short": "47.62, -122.29",
        "When": "40 minutes ago",
        "When in short": "40m ago",
    }
    live = cells(RIDE, None)
    assert (live["When"], live["When in short"]) == ("11:20:00.000Z", "11:20:00")
    assert set(cells(RecordedRide("r1"), NOW).values()) == {"r1", ""}


@pytest.mark.parametrize(
    ("rider", "said"),
    [
        ("x" * 128, "x" * 128),
        ("x" * 129, "x" * 128 + "…"),
        ("\x1b" * 129, r"\x1b" * 128 + "…"),
        ("李" * 128, "李" * 128),
    ],
)
def test_a_rider_of_another_program_has_at_most_128_characters(rider: str, said: str) -> None:
    assert cells(RIDE._replace(user=rider), NOW)["Rider"] == said


# Columns

LONG = {"Pickup": 18, "When": 14}
BRIEF = {"Pickup": 18, "When in short": 7}
PLACE_BRIEF = {"Pickup in short": 14, "When in short": 7}


def row(ride: int = 22, rider: int = 3) -> dict[str, str]:
    """Return the cells of a ride whose id and rider are so long."""
    return cells(RIDE._replace(ride_id="i" * ride, user="r" * rider), NOW)


@pytest.mark.parametrize(
    ("window", "rider", "rest"),
    [
        (120, 3, {"Unicorn": 7, **LONG}),
        (120, 36, {"Unicorn": 7, **LONG}),
        (80, 3, {"Unicorn": 7, **LONG}),
        (80, 11, {"Unicorn": 7, **LONG}),
        (80, 12, {"Unicorn": 7, **BRIEF}),
        (80, 18, {"Unicorn": 7, **BRIEF}),
        (80, 19, {"Unicorn": 7, **PLACE_BRIEF}),
        (80, 22, {"Unicorn": 7, **PLACE_BRIEF}),
        (80, 23, {"Unicorn": 7, "When": 14}),
        (80, 31, {"Unicorn": 7, "When": 14}),
        (80, 32, {"Unicorn": 7, "When in short": 7}),
        (76, 36, {"Unicorn": 7}),
        (69, 36, {"Unicorn": 7}),
        (68, 36, {}),
        (60, 36, {}),
    ],
)
def test_a_rider_is_whole_before_times_and_places_are(window: int, rider: int, rest: dict[str, int]) -> None:
    assert widths([row(rider=rider)], window, len, live=False) == {"Ride": 22, "Rider": max(rider, 5)} | rest


@pytest.mark.parametrize(
    ("window", "rider", "chosen"),
    [
        (59, 36, {"Ride": 22, "Rider": 35}),  # takes two lines
        (36, 36, {"Ride": 22, "Rider": 12}),
        (35, 36, {"Ride": 22}),
        (29, 5, {"Ride": 22, "Rider": 5}),
        (28, 5, {"Ride": 22}),
        (22, 5, {"Ride": 22}),
        (10, 5, {"Ride": 10}),  # takes three lines
    ],
)
def test_a_narrow_window_shows_ids_and_then_riders(window: int, rider: int, chosen: dict[str, int]) -> None:
    assert widths([row(rider=rider)], window, len, live=False) == chosen


@pytest.mark.parametrize(
    ("ids", "width"),
    [
        ((2,), 4),
        ((5, 3, 3), 5),
        ((22,), 22),
        ((36,), 36),
        ((37,), 36),
        ((128,), 36),
        ((22, 22, 128), 22),
        ((5, 5, 128), 22),
        ((22, 36, 36), 36),
    ],
)
def test_the_usual_id_decides_how_wide_the_column_is(ids: tuple[int, ...], width: int) -> None:
    assert widths([row(ride) for ride in ids], 200, len, live=False)["Ride"] == width


def test_a_strange_ride_takes_no_column_from_the_others() -> None:
    strange = RIDE._replace(unicorn="u" * 99, latitude=1e99, longitude=1e99, request_time="t" * 99, user="r" * 99)
    chosen = widths([cells(strange, NOW)], 200, len, live=False)
    assert chosen == {"Ride": 4, "Rider": 36, "Unicorn": 16, "Pickup": 20, "When": 20}


@pytest.mark.parametrize(
    ("window", "chosen"),
    [
        (120, {"Ride": 22, "Rider": 36, "Unicorn": 9, "Pickup": 18, "When": 13}),
        (90, {"Ride": 22, "Rider": 20, "Unicorn": 9, "Pickup": 18, "When": 13}),
        (80, {"Ride": 22, "Rider": 15, "Unicorn": 9, "Pickup": 18, "When in short": 8}),
        (79, {"Ride": 22, "Rider": 18, "Unicorn": 9, "Pickup in short": 14, "When in short": 8}),
        (60, {"Ride": 22, "Rider": 15, "Unicorn": 9, "When in short": 8}),
    ],
)
def test_rides_that_are_not_known_yet_get_the_usual_room_and_riders_the_rest(
    window: int, chosen: dict[str, int]
) -> None:
    assert widths([], window, len, more=True, live=True) == chosen


def test_more_rows_than_a_screenful_get_the_usual_room_at_least() -> None:
    chosen = widths([row()], 120, len, more=True, live=False)
    assert chosen == {"Ride": 22, "Rider": 36, "Unicorn": 9, "Pickup": 18, "When": 16}
    assert list(map(heading, chosen)) == ["Ride", "Rider", "Unicorn", "Pickup", "When"]
    assert heading("When in short") == "When"

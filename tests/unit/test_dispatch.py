"""The core: what a ride may be, how a unicorn is chosen, and what a repeated request comes to."""

import math
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wildrydes_cli.errors import InvalidError, WildrydesError
from wildrydes_cli.rides.dispatch import Dispatched, dispatch, response_body
from wildrydes_cli.rides.fleet import FLEET, choose_unicorn
from wildrydes_cli.rides.model import (
    Location,
    RecordedRide,
    Ride,
    draw_ride_id,
    timestamp,
    valid_ride_id,
    valid_rider,
)

NOW = datetime(2026, 11, 23, 8, 15, 30, 123456, tzinfo=UTC)
PICKUP = Location(47.6, -122.3)


class Memory:
    """The least that `dispatch` needs of a store."""

    def __init__(self) -> None:
        self.rides: dict[str, RecordedRide] = {}

    def record(self, ride: Ride) -> RecordedRide | None:
        found = self.rides.get(ride.ride_id)
        self.rides.setdefault(ride.ride_id, ride.recorded)
        return found


def scripted(*chunks: bytes) -> Callable[[int], bytes]:
    """Randomness that is known beforehand."""
    left: Iterator[bytes] = iter(chunks)

    def random_bytes(count: int) -> bytes:
        chunk = next(left)
        assert len(chunk) == count
        return chunk

    return random_bytes


def ask(store: Memory, *, rider: str = "ada", pickup: Location = PICKUP, unicorn: int = 0) -> Dispatched:
    return dispatch(
        store, ride_id="ride-1", rider=rider, pickup=pickup, now=NOW, random_bytes=scripted(bytes([unicorn]))
    )


def test_a_dispatched_ride_is_recorded_with_all_that_the_contract_says() -> None:
    store = Memory()
    dispatched = ask(store, unicorn=2)
    assert not dispatched.repeated
    assert store.rides["ride-1"] == RecordedRide(
        "ride-1", "ada", "Rocinante", "Yellow", "Female", 47.6, -122.3, "2026-11-23T08:15:30.123Z"
    )
    assert list(response_body(dispatched.ride).items()) == [
        ("RideId", "ride-1"),
        ("Unicorn", {"Name": "Rocinante", "Color": "Yellow", "Gender": "Female"}),
        ("Eta", "30 seconds"),
        ("Rider", "ada"),
    ]


def test_a_repeated_request_gets_the_ride_that_was_recorded_first() -> None:
    store = Memory()
    first = ask(store, unicorn=0)
    second = ask(store, unicorn=1)
    assert second.repeated
    assert second.ride == first.ride


def test_a_write_whose_reply_was_lost_is_no_repetition() -> None:
    store = Memory()
    ask(store, unicorn=1)
    assert not ask(store, unicorn=1).repeated  # the very same ride: the client has sent it twice


@pytest.mark.parametrize("other", [{"rider": "bob"}, {"pickup": Location(1, 2)}])
def test_an_id_is_refused_to_another_rider_or_pickup(other: dict[str, object]) -> None:
    store = Memory()
    ask(store)
    before = dict(store.rides)
    with pytest.raises(WildrydesError, match="already recorded"):
        ask(store, **other)  # type: ignore[arg-type]
    assert store.rides == before


def test_a_ride_of_another_program_that_lacks_its_unicorn_is_not_ours() -> None:
    store = Memory()
    store.rides["ride-1"] = RecordedRide("ride-1", "ada", latitude=47.6, longitude=-122.3)
    with pytest.raises(WildrydesError, match="already recorded"):
        ask(store)


def test_every_unicorn_is_as_likely_as_the_others() -> None:
    chosen = Counter(choose_unicorn(scripted(bytes([byte]), b"\x00")) for byte in range(255))
    assert chosen == dict.fromkeys(FLEET, 85)
    assert choose_unicorn(scripted(b"\xff", b"\x01")) == FLEET[1]  # 255 would favour the first: drawn again


def test_ride_ids_are_16_bytes_in_url_safe_base64() -> None:
    assert draw_ride_id(scripted(bytes(16))) == "A" * 22
    assert draw_ride_id(scripted(b"\xff" * 16)) == "_____________________w"


def test_an_id_that_a_shell_would_take_for_an_option_is_drawn_again() -> None:
    dash = b"\xf8" + bytes(15)
    assert draw_ride_id(scripted(dash, dash, bytes(16))) == "A" * 22


@given(st.binary(min_size=16, max_size=16))
def test_every_drawn_id_is_a_valid_one(random: bytes) -> None:
    assert valid_ride_id(draw_ride_id(scripted(random, bytes(16))))


@pytest.mark.parametrize("ride_id", ["", "-a", "a b", "a" * 129, "é", "a\n", "a+b=="])
def test_ids_that_a_user_may_not_give(ride_id: str) -> None:
    with pytest.raises(InvalidError):
        valid_ride_id(ride_id)


@pytest.mark.parametrize("rider", ["", "x" * 129, "\ud800", None, 7, ["ada"]])
def test_riders_that_may_not_be(rider: object) -> None:
    with pytest.raises(InvalidError):
        valid_rider(rider)


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_every_point_on_earth_is_a_location(latitude: float, longitude: float) -> None:
    location = Location(latitude, longitude)
    assert location == Location(location.latitude, location.longitude)
    assert math.isclose(location.latitude, latitude, abs_tol=1e-15)
    assert "-0.0" not in (repr(location.latitude), repr(location.longitude))


@pytest.mark.parametrize("value", [90.0000001, -91, math.nan, math.inf, -math.inf, True, "47", None, 10**400])
def test_what_is_no_latitude(value: object) -> None:
    with pytest.raises(InvalidError, match=r"latitude .* is not a number from -90 to 90"):
        Location(value, 0)  # type: ignore[arg-type]


def test_what_is_no_longitude() -> None:
    with pytest.raises(InvalidError, match="longitude 181 is not a number from -180 to 180"):
        Location(0, 181)


def nested(depth: int) -> list[object]:
    value: list[object] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("value", [10**5000, nested(100_000)], ids=["long", "deep"])
def test_a_value_that_python_cannot_write_is_refused_all_the_same(value: object) -> None:
    with pytest.raises(InvalidError, match="latitude"):
        Location(value, 0)  # type: ignore[arg-type]


def test_a_long_wrong_value_is_shown_short() -> None:
    with pytest.raises(InvalidError) as caught:
        valid_rider("x" * 10_000)
    assert len(caught.value.message) < 200


@pytest.mark.parametrize("offset", [0, 9, -11.5])
def test_request_times_are_utc_with_milliseconds(offset: float) -> None:
    moment = NOW.astimezone(timezone(timedelta(hours=offset)))
    assert timestamp(moment) == "2026-11-23T08:15:30.123Z"
    assert timestamp(moment.replace(microsecond=0)) == "2026-11-23T08:15:30.000Z"

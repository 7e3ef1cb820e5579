"""The core: which rides are valid, how a unicorn is chosen, and what a repeated request returns."""

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
    """A store in memory. It has only what `dispatch` needs."""

    def __init__(self) -> None:
        self.rides: dict[str, RecordedRide] = {}

    def record(self, ride: Ride) -> RecordedRide | None:
        found = self.rides.get(ride.ride_id)
        self.rides.setdefault(ride.ride_id, ride.recorded)
        return found


def fixed_bytes(*chunks: bytes) -> Callable[[int], bytes]:
    """Return a function that returns `chunks` instead of random bytes."""
    left: Iterator[bytes] = iter(chunks)

    def random_bytes(count: int) -> bytes:
        chunk = next(left)
        assert len(chunk) == count
        return chunk

    return random_bytes


def request_ride(store: Memory, *, rider: str = "ada", pickup: Location = PICKUP, unicorn: int = 0) -> Dispatched:
    return dispatch(
        store, ride_id="ride-1", rider=rider, pickup=pickup, now=NOW, random_bytes=fixed_bytes(bytes([unicorn]))
    )


def test_a_dispatched_ride_is_recorded_with_all_fields_of_the_contract() -> None:
    store = Memory()
    dispatched = request_ride(store, unicorn=2)
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


def test_a_repeated_request_returns_the_recorded_ride() -> None:
    store = Memory()
    first = request_ride(store, unicorn=0)
    second = request_ride(store, unicorn=1)
    assert second.repeated
    assert second.ride == first.ride


def test_a_write_with_a_lost_reply_is_not_a_repeated_request() -> None:
    store = Memory()
    request_ride(store, unicorn=1)
    assert not request_ride(store, unicorn=1).repeated  # the same ride: the client sent it twice


@pytest.mark.parametrize("other", [{"rider": "bob"}, {"pickup": Location(1, 2)}])
def test_an_existing_id_is_refused_for_another_rider_or_pickup(other: dict[str, object]) -> None:
    store = Memory()
    request_ride(store)
    before = dict(store.rides)
    with pytest.raises(WildrydesError, match="already recorded"):
        request_ride(store, **other)  # type: ignore[arg-type]
    assert store.rides == before


def test_an_existing_ride_without_a_unicorn_is_not_returned() -> None:
    store = Memory()
    store.rides["ride-1"] = RecordedRide("ride-1", "ada", latitude=47.6, longitude=-122.3)
    with pytest.raises(WildrydesError, match="already recorded"):
        request_ride(store)


def test_every_unicorn_is_equally_likely() -> None:
    chosen = Counter(choose_unicorn(fixed_bytes(bytes([byte]), b"\x00")) for byte in range(255))
    assert chosen == dict.fromkeys(FLEET, 85)
    assert (
        choose_unicorn(fixed_bytes(b"\xff", b"\x01")) == FLEET[1]
    )  # 255 would make the first more likely, so another byte is drawn


def test_ride_ids_are_16_bytes_in_url_safe_base64() -> None:
    assert draw_ride_id(fixed_bytes(bytes(16))) == "A" * 22
    assert draw_ride_id(fixed_bytes(b"\xff" * 16)) == "_____________________w"


def test_a_drawn_id_never_starts_with_a_dash() -> None:
    dash = b"\xf8" + bytes(15)
    assert draw_ride_id(fixed_bytes(dash, dash, bytes(16))) == "A" * 22


@given(st.binary(min_size=16, max_size=16))
def test_every_drawn_id_is_valid(random: bytes) -> None:
    assert valid_ride_id(draw_ride_id(fixed_bytes(random, bytes(16))))


@pytest.mark.parametrize("ride_id", ["", "-a", "a b", "a" * 129, "é", "a\n", "a+b=="])
def test_an_invalid_ride_id_is_refused(ride_id: str) -> None:
    with pytest.raises(InvalidError):
        valid_ride_id(ride_id)


@pytest.mark.parametrize("rider", ["", "x" * 129, "\ud800", None, 7, ["ada"]])
def test_an_invalid_rider_is_refused(rider: object) -> None:
    with pytest.raises(InvalidError):
        valid_rider(rider)


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_every_point_on_earth_is_a_valid_location(latitude: float, longitude: float) -> None:
    location = Location(latitude, longitude)
    assert location == Location(location.latitude, location.longitude)
    assert math.isclose(location.latitude, latitude, abs_tol=1e-15)
    assert "-0.0" not in (repr(location.latitude), repr(location.longitude))


@pytest.mark.parametrize("value", [90.0000001, -91, math.nan, math.inf, -math.inf, True, "47", None, 10**400])
def test_an_invalid_latitude_is_refused(value: object) -> None:
    with pytest.raises(InvalidError, match=r"latitude .* is not a number from -90 to 90"):
        Location(value, 0)  # type: ignore[arg-type]


def test_an_invalid_longitude_is_refused() -> None:
    with pytest.raises(InvalidError, match="longitude 181 is not a number from -180 to 180"):
        Location(0, 181)


def nested(depth: int) -> list[object]:
    value: list[object] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("value", [10**5000, nested(100_000)], ids=["long", "deep"])
def test_a_value_that_python_cannot_print_is_refused(value: object) -> None:
    with pytest.raises(InvalidError, match="latitude"):
        Location(value, 0)  # type: ignore[arg-type]


def test_a_long_invalid_value_is_shortened_in_the_error() -> None:
    with pytest.raises(InvalidError) as caught:
        valid_rider("x" * 10_000)
    assert len(caught.value.message) < 200


@pytest.mark.parametrize("offset", [0, 9, -11.5])
def test_request_times_are_utc_with_milliseconds(offset: float) -> None:
    moment = NOW.astimezone(timezone(timedelta(hours=offset)))
    assert timestamp(moment) == "2026-11-23T08:15:30.123Z"
    assert timestamp(moment.replace(microsecond=0)) == "2026-11-23T08:15:30.000Z"

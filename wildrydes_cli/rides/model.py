"""What a ride is: `Ride`, valid once it exists, and `RecordedRide`, whatever a store holds of one.

What we write is strict, what we read is lenient: other programs write to the same table (the tutorial's own JavaScript
function records no pickup), and their rides are to be seen too.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from wildrydes_cli.errors import InvalidError

if TYPE_CHECKING:
    from decimal import Decimal

RandomBytes = Callable[[int], bytes]
"""A source of randomness: gives as many random bytes as it is asked for. `os.urandom` is one."""

NAME_LENGTH = 128

RIDE_ID_LENGTH = 128

_RIDE_ID = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


@dataclass(frozen=True)
class Location:
    """A point on Earth, in degrees: latitude within ±90, longitude within ±180.

    Both are rounded to 15 decimals, and -0 becomes 0, so that a location survives DynamoDB's decimal numbers and
    SQLite's binary ones alike. Raises `InvalidError` for anything that is not a finite number within its bounds.
    """

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "latitude", _degrees("latitude", self.latitude, 90))
        object.__setattr__(self, "longitude", _degrees("longitude", self.longitude, 180))


class Unicorn(NamedTuple):
    """A member of the fleet."""

    name: str
    color: str
    gender: str


class RecordedRide(NamedTuple):
    """A ride as a store holds it. What is absent there, or of the wrong type, is None.

    A coordinate is a float where that says the recorded number exactly as Python prints it, else a Decimal.
    """

    ride_id: str
    user: str | None = None
    unicorn: str | None = None
    color: str | None = None
    gender: str | None = None
    latitude: float | Decimal | None = None
    longitude: float | Decimal | None = None
    request_time: str | None = None


@dataclass(frozen=True)
class Ride:
    """A ride to record. Raises `InvalidError` for a ride id or a rider that the contract does not allow."""

    ride_id: str
    rider: str
    unicorn: Unicorn
    pickup: Location
    request_time: str

    def __post_init__(self) -> None:
        valid_ride_id(self.ride_id)
        valid_rider(self.rider)

    @property
    def recorded(self) -> RecordedRide:
        """The ride as it is found again in a store."""
        return RecordedRide(
            self.ride_id,
            self.rider,
            self.unicorn.name,
            self.unicorn.color,
            self.unicorn.gender,
            self.pickup.latitude,
            self.pickup.longitude,
            self.request_time,
        )


def valid_rider(rider: object) -> str:
    """Return `rider` if it may be one: 1 to 128 characters, none of them a lone surrogate. Raises `InvalidError`."""
    return _valid_name("rider", rider)


def valid_batch(batch: object) -> str:
    """Return `batch` if a batch of requests may be called that: what a rider may be called. Raises `InvalidError`."""
    return _valid_name("batch", batch)


def valid_ride_id(ride_id: object) -> str:
    """Return `ride_id` if it may be one, else raise `InvalidError`."""
    if (
        not isinstance(ride_id, str)
        or not 0 < len(ride_id) <= RIDE_ID_LENGTH
        or not _RIDE_ID.issuperset(ride_id)
        or ride_id.startswith("-")
    ):
        raise InvalidError("ride id", ride_id, f"1 to {RIDE_ID_LENGTH} of A-Z a-z 0-9 _ - and not beginning with -")
    return ride_id


def has_surrogate(text: str) -> bool:
    """Whether `text` has a lone surrogate, which no encoding has a place for."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return True
    return False


def draw_ride_id(random_bytes: RandomBytes) -> str:
    """Draw a ride id: 16 random bytes in URL-safe base64 without padding, 22 characters.

    One in 64 would begin with `-` and be taken for an option by every shell command: that one is drawn again.
    """
    while True:
        ride_id = base64.urlsafe_b64encode(random_bytes(16)).rstrip(b"=").decode()
        if not ride_id.startswith("-"):
            return ride_id


def timestamp(moment: datetime) -> str:
    """Return `moment` (with an offset) as a `RequestTime`: UTC in ISO 8601 with milliseconds and `Z`."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _degrees(what: str, value: object, bound: int) -> float:
    # bool is an int to Python; NaN compares false with everything, and so is refused here too.
    if isinstance(value, bool) or not isinstance(value, int | float) or not -bound <= value <= bound:
        raise InvalidError(what, value, f"a number from -{bound} to {bound}")
    return round(float(value), 15) + 0.0  # -0.0 + 0.0 is 0.0


def _valid_name(what: str, name: object) -> str:
    if not isinstance(name, str) or not 0 < len(name) <= NAME_LENGTH or has_surrogate(name):
        raise InvalidError(what, name, f"a name of 1 to {NAME_LENGTH} valid characters")
    return name

"""What a ride is: `Ride`, which is always valid, and `RecordedRide`, which is whatever a store holds.

We are strict in what we write and lenient in what we read. Other programs write to the same table, and their rides must
be visible too: the tutorial's own JavaScript function, for example, records no pickup.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from wildrydes_cli.errors import InvalidError

if TYPE_CHECKING:
    from decimal import Decimal

RandomBytes = Callable[[int], bytes]
"""A source of randomness: returns as many random bytes as it is asked for. `os.urandom` is one."""

NAME_LENGTH = 128
"""The longest name of a rider: that of a user in Cognito (AWS: "Quotas in Amazon Cognito")."""

RIDE_ID_LENGTH = 128
"""The longest ride id that a user can choose. Ours have 22 characters, and a UUID has 36."""

_DECIMAL = r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*"  # float() accepts 1_0, nan and Arabic digits too
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_RIDE_ID = rf"[A-Za-z0-9_][A-Za-z0-9_-]{{0,{RIDE_ID_LENGTH - 1}}}"


@dataclass(frozen=True)
class Location:
    """A point on Earth, in degrees: latitude within ±90, longitude within ±180.

    Both are rounded to 15 decimals, and -0 becomes 0. So a location is the same after a round trip through DynamoDB's
    decimal numbers or SQLite's binary ones. Raises `InvalidError` for anything but a finite number within bounds.
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
    """A ride as a store holds it. A value that is missing there, or has the wrong type, is None.

    A coordinate is a float if Python prints that float as exactly the recorded number, else a Decimal.
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
    """A ride to record. Raises `InvalidError` if the contract does not allow its id or its rider."""

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
        """The ride as a store returns it."""
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


def parse_degrees(text: str | None) -> Any:
    """Return the decimal number in `text`. Anything else is returned as it is, and `Location` refuses it."""
    return float(text) if text and re.fullmatch(_DECIMAL, text) else text


def parse_whole_number(what: str, text: str, lowest: int, highest: int) -> int:
    """Return the whole number in `text`, from `lowest` to `highest`. Raises `InvalidError` for anything else."""
    # int() accepts -1, 1_0, spaces and Arabic digits too, and takes long to convert thousands of digits.
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(highest)) and lowest <= int(text) <= highest):
        raise InvalidError(what, text, f"a whole number from {lowest} to {highest}")
    return int(text)


def valid_rider(rider: object) -> str:
    """Return `rider` if it is 1 to 128 characters without a lone surrogate, else raise `InvalidError`."""
    return _valid_name("rider", rider)


def valid_batch(batch: object) -> str:
    """Return `batch` if it could be the name of a rider: the same rule holds for both. Else raise `InvalidError`."""
    return _valid_name("batch", batch)


def valid_ride_id(ride_id: object) -> str:
    """Return `ride_id` if a user may choose it, else raise `InvalidError`.

    It may not begin with `-`: every shell command would take it for an option.
    """
    if not isinstance(ride_id, str) or not re.fullmatch(_RIDE_ID, ride_id):
        raise InvalidError("ride id", ride_id, f"1 to {RIDE_ID_LENGTH} of A-Z a-z 0-9 _ - and not beginning with -")
    return ride_id


def has_surrogate(text: str) -> bool:
    """Whether `text` has a lone surrogate, which cannot be encoded."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return True
    return False


def draw_ride_id(random_bytes: RandomBytes) -> str:
    """Draw a ride id: 16 random bytes in URL-safe base64 without padding, which is 22 characters.

    One in 64 would begin with `-`, and every shell command would take it for an option. In that case, draw again.
    """
    from binascii import b2a_base64  # base64 itself would add a hundredth to the start of `request`

    while True:
        ride_id = b2a_base64(random_bytes(16)).rstrip(b"=\n").translate(_URL_SAFE).decode()
        if not ride_id.startswith("-"):
            return ride_id


def timestamp(moment: datetime) -> str:
    """Return `moment`, which has an offset, as a `RequestTime`: UTC in ISO 8601 with milliseconds and `Z`."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _degrees(what: str, value: object, bound: int) -> float:
    # bool is an int to Python. NaN compares false with everything, so the comparison refuses it too.
    if isinstance(value, bool) or not isinstance(value, int | float) or not -bound <= value <= bound:
        raise InvalidError(what, value, f"a number from -{bound} to {bound}")
    return round(float(value), 15) + 0.0  # -0.0 + 0.0 is 0.0


def _valid_name(what: str, name: object) -> str:
    if not isinstance(name, str) or not 0 < len(name) <= NAME_LENGTH or has_surrogate(name):
        raise InvalidError(what, name, f"a name of 1 to {NAME_LENGTH} valid characters")
    return name

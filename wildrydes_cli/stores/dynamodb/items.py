"""Converts rides to DynamoDB items, in the typed form of the low-level client, and back."""

import zlib
from collections.abc import Mapping
from decimal import Decimal
from math import isfinite
from typing import Any

from wildrydes_cli.rides.model import RecordedRide, Ride

Item = Mapping[str, Mapping[str, Any]]
"""An item as the low-level client returns it: `{"RideId": {"S": "…"}, "PickupLocation": {"M": {…}}}`."""

PARTITION_KEY = "RideId"
"""The name of the attribute that is the table's key."""

TIME_SHARDS = 8
"""How many partitions today's rides have in the index by time.

Each takes 1,000 writes a second, but a listing has to read all of them.
"""

LARGEST_EXPONENT = 130
"""Larger than the exponent of any number in DynamoDB (AWS: "Supported data types and naming rules")."""


def time_shard(ride_id: str) -> int:
    """Return the shard of the index by time that a ride belongs to, from 0 to 7.

    Shards spread today's rides over eight partitions (AWS: "Using write sharding to distribute workloads evenly in your
    DynamoDB table").
    """
    return zlib.crc32(ride_id.encode()) % TIME_SHARDS


def to_item(ride: Ride) -> Item:
    """Return the item that records `ride`. DynamoDB keeps a number exactly as it is written, and Python prints it."""
    return {
        "RideId": {"S": ride.ride_id},
        "User": {"S": ride.rider},
        "Unicorn": {
            "M": {
                "Name": {"S": ride.unicorn.name},
                "Color": {"S": ride.unicorn.color},
                "Gender": {"S": ride.unicorn.gender},
            }
        },
        "PickupLocation": {
            "M": {
                "Latitude": {"N": repr(ride.pickup.latitude)},
                "Longitude": {"N": repr(ride.pickup.longitude)},
            }
        },
        "RequestTime": {"S": ride.request_time},
        "TimeShard": {"N": str(time_shard(ride.ride_id))},
    }


def from_item(item: object) -> RecordedRide | None:
    """Return the ride in `item`, or None if the item has no ride data besides its key.

    Rides of the tutorial's own function have no pickup, and may have a `UnicornName`. Some ports of it write `Rider`
    instead of `User`. A value of the wrong type counts as missing.
    """
    if not isinstance(item, Mapping):
        return None
    unicorn = _map(item, "Unicorn")
    pickup = _map(item, "PickupLocation")
    latitude, longitude = _number(pickup, "Latitude"), _number(pickup, "Longitude")
    if latitude is None or longitude is None:
        latitude = longitude = None
    name, color, gender = _text(unicorn, "Name"), _text(unicorn, "Color"), _text(unicorn, "Gender")
    if name is None and color is None and gender is None:
        name = _text(item, "UnicornName")
    user = _text(item, "User")
    if user is None:
        user = _text(item, "Rider")
    ride_id = _text(item, "RideId")
    ride = RecordedRide(ride_id or "", user, name, color, gender, latitude, longitude, _text(item, "RequestTime"))
    return ride if ride_id and any(value is not None for value in ride[1:]) else None


def _typed(item: Mapping[str, Any], name: str, type_: str) -> Any:
    value = item.get(name)
    return value.get(type_) if isinstance(value, Mapping) else None


def _text(item: Mapping[str, Any], name: str) -> str | None:
    value = _typed(item, name, "S")
    return value if isinstance(value, str) else None


def _map(item: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = _typed(item, name, "M")
    return value if isinstance(value, Mapping) else {}


def _number(item: Mapping[str, Any], name: str) -> float | Decimal | None:
    text = _typed(item, name, "N")
    if not isinstance(text, str):
        return None
    try:
        number = float(text)
        if repr(number) == text and isfinite(number):  # the common case: we wrote it ourselves
            return number
        exact = Decimal(text)
    except (ValueError, ArithmeticError):
        return None
    # DynamoDB has no such numbers, but another engine may. Drawing 1E+999999999 would fill the memory with zeros.
    if not exact.is_finite() or not -LARGEST_EXPONENT <= exact.adjusted() <= LARGEST_EXPONENT:
        return None
    return number if Decimal(repr(number)) == exact else exact

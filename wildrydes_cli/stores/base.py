"""The port: what a place that keeps rides can do. Both adapters pass one and the same contract test."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from wildrydes_cli.errors import InvalidError, WildrydesError
from wildrydes_cli.rides.model import RecordedRide, Ride, has_surrogate

KEY_BYTES = 2048

_TABLE_NAME = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-")


class TableStatus(NamedTuple):
    """What `setup` found or made. What an embedded table does not have is None."""

    table: str
    arn: str | None
    status: str
    created: bool
    store: str
    region: str | None
    account: str | None
    indexes: list[str] | None
    unindexed: int | None = 0
    """About how many items the index by time lacks, for want of a `TimeShard`; None where there is no such index."""


ProgressBar = Callable[[str, int, int], None]
"""Is told what is under way, how much of it is done, and of about how much (0 where that is not known)."""


@dataclass(frozen=True)
class Listing:
    """Which rides are wanted: the newest `limit`, of one rider or unicorn, requested within bounds that are inclusive.

    `scan` reads the whole table, also where there is an index; `by_index` rather fails than does so. In `unsorted`, a
    table that has to be read whole need not be held to be put in order.
    """

    limit: int | None = None
    rider: str | None = None
    unicorn: str | None = None
    since: str | None = None
    until: str | None = None
    scan: bool = False
    by_index: bool = False
    unsorted: bool = False

    def wants(self, ride: RecordedRide) -> bool:
        """Whether `ride` is one of those, leaving `limit` aside."""
        return (
            (self.rider is None or ride.user == self.rider)
            and (self.unicorn is None or ride.unicorn == self.unicorn)
            and (self.since is None or (ride.request_time is not None and ride.request_time >= self.since))
            and (self.until is None or (ride.request_time is not None and ride.request_time <= self.until))
        )


EVERY_RIDE = Listing()


class Count(NamedTuple):
    """How many rides a table has; or, where that is not `exact`, that it has more than so many."""

    rides: int
    exact: bool

    def __str__(self) -> str:
        many = f"{self.rides:,} ride{'s' * (self.rides != 1)}"
        return many if self.exact else f"more than {many}"


@dataclass
class Usage:
    """What a store was asked for so far, and what that cost."""

    requests: int = 0
    items_read: int = 0
    capacity_units: float = 0.0
    not_rides: int = 0
    """Items that have nothing of a ride but the key, and were left out."""
    scanned_for: str = ""
    """Why the whole table had to be read for a listing, where it had."""


class RideStore(Protocol):
    """A table of rides. Every method raises `WildrydesError` (its subclasses say of which kind) and nothing else."""

    usage: Usage

    @property
    def label(self) -> str:
        """The table and where it is, for people."""

    def setup(self, *, indexes: bool = True) -> TableStatus:
        """Make the table if it is absent, and wait until it can be used. Changes nothing about one that is there.

        Without `indexes` a new one is the tutorial's exact table.
        """

    def add_indexes(self, progress_bar: ProgressBar) -> TableStatus:
        """Make the table if it is absent, and give one that is there its indexes, and every older ride a place in them.

        It may be interrupted, and repeated at any point.
        """

    def record(self, ride: Ride) -> RecordedRide | None:
        """Record `ride` if no ride has its id. Returns None then, else the ride that has it; overwrites nothing."""

    def record_all(self, rides: Sequence[Ride], *, fresh: bool) -> list[RecordedRide | WildrydesError | None]:
        """Record many rides at once. Returns for each what `record` would, or what failed about it alone.

        Of `fresh` ones the ids were drawn just now: no ride can have them, and writes that overwrite will do.
        """

    def find(self, ride_id: str) -> RecordedRide | None:
        """Return the ride of that id, or None. Sees every write that was acknowledged before."""

    def rides(self, listing: Listing = EVERY_RIDE) -> Iterator[RecordedRide]:
        """Give the rides that `listing` wants: `RequestTime` descending as text, then `RideId` ascending.

        Rides without a `RequestTime` come last. Items that are no rides are left out and counted in `usage`.
        """

    def count(self) -> Count | None:
        """Count the rides, consistently and as far as one request goes; None where there is no table."""

    def delete(self) -> bool:
        """Delete the table and its rides, and wait until it is gone; return whether there was one."""

    def close(self) -> None:
        """Let go of files and sockets."""


def valid_table_name(name: str) -> str:
    """Return `name` if DynamoDB takes it for a table (AWS: "Naming rules"), else raise `InvalidError`."""
    if not 3 <= len(name) <= 255 or not _TABLE_NAME.issuperset(name):
        raise InvalidError("table", name, "a name of 3 to 255 of A-Z a-z 0-9 _ . -")
    return name


def valid_key(ride_id: str) -> str:
    """Return `ride_id` if it may be a key (AWS: "Partition key length"), whichever program wrote it.

    Raises `InvalidError`.
    """
    if has_surrogate(ride_id) or not 0 < len(ride_id.encode()) <= KEY_BYTES:
        raise InvalidError("ride id", ride_id, f"a text of 1 to {KEY_BYTES} bytes")
    return ride_id


def valid_limit(text: str) -> int:
    """Return the limit of a listing that `text` says. Raises `InvalidError`."""
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 10 and int(text)):
        raise InvalidError("limit", text, "a whole number from 1 to 999999999")
    return int(text)

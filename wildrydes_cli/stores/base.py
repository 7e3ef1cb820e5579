"""The port: what a store of rides can do. Both adapters pass the same contract test."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from wildrydes_cli.errors import InvalidError, counted
from wildrydes_cli.rides.dispatch import BulkRecorder
from wildrydes_cli.rides.listing import EVERY_RIDE, Listing
from wildrydes_cli.rides.model import RecordedRide, has_surrogate

KEY_BYTES = 2048
"""The longest partition key of DynamoDB (AWS: "Partition key length"). The embedded store takes the same ids."""


class TableStatus(NamedTuple):
    """The table that `setup` found or created. None stands for what an embedded table does not have."""

    table: str
    arn: str | None
    status: str
    created: bool
    store: str
    region: str | None
    account: str | None
    indexes: list[str] | None
    unindexed: int | None = 0
    """About how many items lack a `TimeShard` and so are not in the index by time. None if there is no such index."""
    added: tuple[str, ...] = ()
    """The indexes that `add_indexes` added."""
    sharded: int = 0
    """How many older rides `add_indexes` put into the index by time."""
    write_units: int | None = None
    """How many write units a second the table has. None if it is on demand."""


ProgressBar = Callable[[str, int, int], None]
"""Called with what is happening, how much of it is done, and about how much there is (0 if unknown)."""


class Count(NamedTuple):
    """How many rides a table has. If not `exact`, the table has more than that. None: they can't be counted."""

    rides: int | None
    exact: bool | None
    replicas: tuple[str, ...] = ()
    """The other regions that have a replica of the table, with the same rides."""

    def __str__(self) -> str:
        if self.rides is None:
            return "rides that can't be counted"
        return counted(self.rides) if self.exact else f"more than {counted(self.rides)}"

    @property
    def lost(self) -> str:
        """What is lost with the table, and what stays, for a question."""
        return f"{self} (its replicas in {' and '.join(self.replicas)} stay)" if self.replicas else str(self)


@dataclass
class Usage:
    """What a store was asked for so far, and what that cost."""

    requests: int = 0
    items_read: int = 0
    capacity_units: float = 0.0


@dataclass
class Findings:
    """What the listings of a store found out about its table."""

    not_rides: int = 0
    """Items that have no ride data besides their key, and were skipped."""
    not_indexed: bool = False
    """Whether a sample of a large table has rides that its index by time lacks."""
    scanned_for: str = ""
    """Why the whole table had to be read. Empty if it had not."""


Reading = Literal["any", "index", "scan"]
"""How to read a table: `scan` reads all of it, `index` refuses to, and `any` does so only if there is no index.

The embedded store ignores this."""


class RideStore(BulkRecorder, Protocol):
    """A table of rides. Its methods raise only `WildrydesError` and its subclasses, which are the kinds of errors."""

    usage: Usage
    findings: Findings

    @property
    def label(self) -> str:
        """The table and where it is, for people."""

    def setup(self, *, indexes: bool = True) -> TableStatus:
        """Create the table unless it exists, and wait until it can be used. Leaves an existing table as it is.

        Without `indexes`, a new table is exactly the tutorial's.
        """

    def add_indexes(self, progress_bar: ProgressBar) -> TableStatus:
        """Create the table unless it exists. Add the missing indexes, and put every older ride into them.

        It can be interrupted and repeated at any point.
        """

    def find(self, ride_id: str) -> RecordedRide | None:
        """Return the ride with that id, or None. Sees every write that was acknowledged before."""

    def rides(self, listing: Listing = EVERY_RIDE, reading: Reading = "any") -> Iterator[RecordedRide]:
        """Yield the rides that `listing` wants: `RequestTime` descending as text, then `RideId` ascending.

        Rides without a `RequestTime` come last. Items that are not rides are skipped and counted in `findings`.

        Raises `NotConfiguredError` if `reading` is `index` and the table has no index.
        """

    def count(self) -> Count | None:
        """Count the rides consistently, as far as one request can. Returns None if there is no table.

        The number is for a question. So if the store refuses to count, that is no error.
        """

    def delete(self) -> bool:
        """Delete the table and its rides, and wait until it is gone. Returns False if there was no table."""

    def close(self) -> None:
        """Close files and sockets."""


def valid_table_name(name: str) -> str:
    """Return `name` if DynamoDB accepts it for a table (AWS: "Naming rules"), else raise `InvalidError`."""
    if not re.fullmatch(r"[A-Za-z0-9_.-]{3,255}", name):
        raise InvalidError("table", name, "a name of 3 to 255 of A-Z a-z 0-9 _ . -")
    return name


def valid_key(ride_id: str) -> str:
    """Return `ride_id` if it can be a key (AWS: "Partition key length"), whichever program wrote it.

    Raises `InvalidError`.
    """
    if has_surrogate(ride_id) or not 0 < len(ride_id.encode()) <= KEY_BYTES:
        raise InvalidError("ride id", ride_id, f"a text of 1 to {KEY_BYTES} bytes")
    return ride_id

"""The embedded store: rides in one SQLite file, for a machine without AWS.

Several processes can write to the file at the same time, or create it at the same time. A ride that was acknowledged
survives a power cut.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from wildrydes_cli.errors import WildrydesError
from wildrydes_cli.rides.listing import EVERY_RIDE, Listing
from wildrydes_cli.rides.model import RecordedRide, Ride
from wildrydes_cli.stores.base import Count, Findings, ProgressBar, Reading, TableStatus, Usage
from wildrydes_cli.stores.sqlite.file import Execute, SQLiteFile

_COLUMNS = "ride_id, user, unicorn, color, gender, latitude, longitude, request_time"
_TYPES = (str, str, str, str, str, float, float, str)
_INSERT = f'INSERT INTO rides ("table", {_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?)'


class SQLiteRides:
    """A table of rides in the SQLite file at `path`, which is created on the first write.

    `busy_timeout` is how many seconds to wait for another process that is writing. A write takes milliseconds, so a
    process that has locked the file for half a minute will probably keep it locked. Several threads may use a store,
    but not at the same time.
    """

    def __init__(self, path: Path, table: str, *, busy_timeout: float = 30.0) -> None:
        self.table = table
        self.usage = Usage()
        self.findings = Findings()
        self._file = SQLiteFile(path, busy_timeout)

    @property
    def label(self) -> str:
        """The table and its file, for people."""
        path, home = self._file.path, os.path.expanduser("~")  # noqa: PTH111  # pathlib raises without a home
        shown = f"~/{path.relative_to(home)}" if path.is_relative_to(home) else path
        return f"table {self.table} in the embedded store {shown}"

    def setup(self, *, indexes: bool = True) -> TableStatus:  # noqa: ARG002  # this store always has its indexes
        """Create the file and the table in it, unless they exist."""
        with self._file.writing(f"set up {self.label}") as db:
            created = self._add_table(db)
        return TableStatus(self.table, None, "ACTIVE", created, "local", None, None, None)

    def add_indexes(self, progress_bar: ProgressBar) -> TableStatus:  # noqa: ARG002
        """Set up the table. A file of this version always has its indexes."""
        return self.setup()

    def record(self, ride: Ride) -> RecordedRide | None:
        """Record `ride` unless its id is taken. Returns None if recorded, else the ride that has the id."""
        with self._file.writing(f"record ride {ride.ride_id} in {self.label}") as db:
            self._add_table(db)
            return self._insert(db, ride)

    def record_all(self, rides: Sequence[Ride], *, fresh: bool) -> list[RecordedRide | WildrydesError | None]:
        """Record many rides in one transaction. Returns for each None, or the ride that has the id."""
        with self._file.writing(f"record rides in {self.label}") as db:
            self._add_table(db)
            if not fresh:
                return [self._insert(db, ride) for ride in rides]
            db.executemany(_INSERT, [(self.table, *ride.recorded) for ride in rides])
            return [None] * len(rides)

    def find(self, ride_id: str) -> RecordedRide | None:
        """Return the ride with that id, or None."""
        with self._file.reading(f"read ride {ride_id} from {self.label}") as execute:
            return self._find(execute, ride_id) if execute else None

    def rides(self, listing: Listing = EVERY_RIDE, reading: Reading = "any") -> Iterator[RecordedRide]:  # noqa: ARG002
        """Yield the rides that `listing` wants, newest first."""
        bounds = {
            '"table" =': self.table,
            "user =": listing.rider,
            "unicorn =": listing.unicorn,
            "request_time >=": listing.since,
            "request_time <=": listing.until,
        }
        given = {column: value for column, value in bounds.items() if value is not None}
        where = " AND ".join(f"{column} ?" for column in given)
        statement = f"SELECT {_COLUMNS} FROM rides WHERE {where} ORDER BY request_time DESC, ride_id LIMIT ?"
        limit = -1 if listing.limit is None else listing.limit
        with self._file.reading(f"read the rides of {self.label}") as execute:
            if not execute:
                return
            self.usage.requests += 1
            for row in execute(statement, (*given.values(), limit)):
                self.usage.items_read += 1
                if isinstance(row[0], str):
                    yield _recorded(row)
                else:
                    self.findings.not_rides += 1

    def count(self) -> Count | None:
        """Count the rides. Returns None if there is no table."""
        with self._file.reading(f"count the rides of {self.label}") as execute:
            if not execute or not execute("SELECT 1 FROM tables WHERE name = ?", (self.table,)).fetchone():
                return None
            self.usage.requests += 1
            (rides,) = execute('SELECT count(*) FROM rides WHERE "table" = ?', (self.table,)).fetchone()
            return Count(rides, exact=True)

    def delete(self) -> bool:
        """Delete the table and its rides. The file stays: it may hold other tables."""
        if self.count() is None:
            return False
        with self._file.writing(f"delete {self.label}") as db:
            self.usage.requests += 1
            db.execute('DELETE FROM rides WHERE "table" = ?', (self.table,))
            return db.execute("DELETE FROM tables WHERE name = ?", (self.table,)).rowcount == 1

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _add_table(self, db: sqlite3.Connection) -> bool:
        self.usage.requests += 1
        return db.execute("INSERT INTO tables VALUES (?) ON CONFLICT DO NOTHING", (self.table,)).rowcount == 1

    def _insert(self, db: sqlite3.Connection, ride: Ride) -> RecordedRide | None:
        self.usage.requests += 1
        inserted = db.execute(f"{_INSERT} ON CONFLICT DO NOTHING", (self.table, *ride.recorded)).rowcount
        return None if inserted else self._find(db.execute, ride.ride_id)

    def _find(self, execute: Execute, ride_id: str) -> RecordedRide | None:
        self.usage.requests += 1
        statement = f'SELECT {_COLUMNS} FROM rides WHERE "table" = ? AND ride_id = ?'
        row = execute(statement, (self.table, ride_id)).fetchone()
        self.usage.items_read += row is not None
        return _recorded(row) if row else None


def _recorded(row: tuple[Any, ...]) -> RecordedRide:
    """Return the ride in `row`. Someone may have edited the file, so a value of the wrong type counts as missing."""
    if tuple(map(type, row)) != _TYPES or not isfinite(row[5] + row[6]):
        row = tuple(value if type(value) is type_ else None for value, type_ in zip(row, _TYPES, strict=True))
        if None in row[5:7] or not isfinite(row[5] + row[6]):
            row = (*row[:5], None, None, row[7])
    return RecordedRide._make(row)

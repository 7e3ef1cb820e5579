"""The embedded adapter: rides in one SQLite file, for a machine with no AWS.

Several processes may write to the file at once, and make it at once. A ride that was acknowledged survives a power cut.
"""

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import Any
from urllib.parse import quote

from wildrydes_cli.dispatch.errors import NotConfigured, ServiceFailed, WildrydesError
from wildrydes_cli.dispatch.model import RecordedRide, Ride
from wildrydes_cli.stores.base import EVERY_RIDE, Count, Listing, Progress, TableStatus, Usage

APPLICATION_ID = 0x57696C64  # "Wild": marks the file as ours (SQLite: "PRAGMA application_id")
SCHEMA = (
    """
    CREATE TABLE tables (name TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE rides (
        "table" TEXT NOT NULL,
        ride_id TEXT NOT NULL,
        user TEXT NOT NULL,
        unicorn TEXT NOT NULL,
        color TEXT NOT NULL,
        gender TEXT NOT NULL,
        latitude REAL NOT NULL CHECK (latitude BETWEEN -90 AND 90),
        longitude REAL NOT NULL CHECK (longitude BETWEEN -180 AND 180),
        request_time TEXT NOT NULL,
        UNIQUE ("table", ride_id)
    );
    """,
    """
    CREATE INDEX rides_by_time ON rides ("table", request_time DESC, ride_id);
    CREATE INDEX rides_by_user ON rides ("table", user, request_time DESC, ride_id);
    """,
)
"""The schema, as the steps that led to it: a file of version N has had the first N of them."""
SCHEMA_VERSION = len(SCHEMA)

_COLUMNS = "ride_id, user, unicorn, color, gender, latitude, longitude, request_time"
_INSERT = f'INSERT INTO rides ("table", {_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?)'
_UNUSABLE = {"SQLITE_NOTADB", "SQLITE_CORRUPT", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH"}


class SQLiteRides:
    """A table of rides in the SQLite file at `path`, which is made on the first write.

    `busy_timeout` is how many seconds to wait for another process that is writing.
    """

    def __init__(self, path: Path, table: str, *, busy_timeout: float = 30.0) -> None:
        self.path = path
        self.table = table
        self.busy_timeout = busy_timeout
        self.usage = Usage()
        self._db: sqlite3.Connection | None = None
        self._schema = 0
        """The version of the open file's schema, once that is known to be one that can be written to."""

    @property
    def place(self) -> str:
        """The table and its file, for people."""
        return f"table {self.table} in the embedded store {self.path}"

    def setup(self, *, indexes: bool = True) -> TableStatus:  # noqa: ARG002  # this store always has its indexes
        """Make the file and the table in it, where they are absent."""
        with self._writing("set up") as db:
            created = self._add_table(db)
        return TableStatus(self.table, None, "ACTIVE", created, "local", None, None, None)

    def add_indexes(self, progress: Progress) -> TableStatus:  # noqa: ARG002
        """Set the table up: a file of this version has the indexes."""
        return self.setup()

    def record(self, ride: Ride) -> RecordedRide | None:
        """Record `ride` if no ride has its id. Returns None then, else the ride that has it; overwrites nothing."""
        with self._writing(f"record ride {ride.ride_id} in") as db:
            self._add_table(db)
            return self._insert(db, ride)

    def record_all(self, rides: Sequence[Ride], *, fresh: bool) -> list[RecordedRide | ServiceFailed | None]:
        """Record many rides in one transaction. Returns for each None, or the ride that has its id."""
        with self._writing(f"record {len(rides)} rides in") as db:
            self._add_table(db)
            if not fresh:
                return [self._insert(db, ride) for ride in rides]
            db.executemany(_INSERT, [(self.table, *ride.recorded) for ride in rides])
            return [None] * len(rides)

    def find(self, ride_id: str) -> RecordedRide | None:
        """Return the ride of that id, or None."""
        with self._translated(f"read ride {ride_id} from"):
            db = self._open_to_read()
            return self._find(db, ride_id) if db else None

    def rides(self, listing: Listing = EVERY_RIDE) -> Iterator[RecordedRide]:
        """Give the rides that `listing` wants, newest first."""
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
        with self._translated("read the rides of"):
            if not (db := self._open_to_read()):
                return
            self.usage.requests += 1
            for row in db.execute(statement, (*given.values(), limit)):
                self.usage.items_read += 1
                if isinstance(row[0], str):
                    yield _recorded(row)
                else:
                    self.usage.not_rides += 1

    def count(self) -> Count | None:
        """Count the rides; None where there is no such table."""
        with self._translated("count the rides of"):
            db = self._open_to_read()
            if not db or not db.execute("SELECT 1 FROM tables WHERE name = ?", (self.table,)).fetchone():
                return None
            self.usage.requests += 1
            (rides,) = db.execute('SELECT count(*) FROM rides WHERE "table" = ?', (self.table,)).fetchone()
            return Count(rides, exact=True)

    def delete(self) -> bool:
        """Delete the table and its rides; the file, which may hold other tables, stays."""
        if self.count() is None:
            return False
        with self._writing("delete") as db:
            self.usage.requests += 1
            db.execute('DELETE FROM rides WHERE "table" = ?', (self.table,))
            return db.execute("DELETE FROM tables WHERE name = ?", (self.table,)).rowcount == 1

    def close(self) -> None:
        """Close the file."""
        if self._db:
            self._db.close()
            self._db, self._schema = None, 0

    def _add_table(self, db: sqlite3.Connection) -> bool:
        self.usage.requests += 1
        return db.execute("INSERT INTO tables VALUES (?) ON CONFLICT DO NOTHING", (self.table,)).rowcount == 1

    def _insert(self, db: sqlite3.Connection, ride: Ride) -> RecordedRide | None:
        self.usage.requests += 1
        inserted = db.execute(f"{_INSERT} ON CONFLICT DO NOTHING", (self.table, *ride.recorded)).rowcount
        return None if inserted else self._find(db, ride.ride_id)

    def _find(self, db: sqlite3.Connection, ride_id: str) -> RecordedRide | None:
        self.usage.requests += 1
        statement = f'SELECT {_COLUMNS} FROM rides WHERE "table" = ? AND ride_id = ?'
        row = db.execute(statement, (self.table, ride_id)).fetchone()
        self.usage.items_read += row is not None
        return _recorded(row) if row else None

    @contextmanager
    def _writing(self, doing: str) -> Iterator[sqlite3.Connection]:
        """One transaction: committed where the block ends, rolled back where it raises."""
        with self._translated(doing):
            db = self._open_to_write()
            self._patiently(db, "BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:  # SQLite has rolled back by itself after some errors
                    db.execute("ROLLBACK")
                raise

    def _open_to_write(self) -> sqlite3.Connection:
        if self._db is None:
            _make_private(self.path)
            self._db = self._connect("mode=rw")
        if self._schema < SCHEMA_VERSION:
            self._db.execute("PRAGMA synchronous=FULL")
            self._schema = self._version(self._db)
            if self._schema < SCHEMA_VERSION:
                self._upgrade(self._db)
        return self._db

    def _open_to_read(self) -> sqlite3.Connection | None:
        """Open the file, or return None where it is absent or empty: reading makes nothing."""
        if self._db is None:
            try:
                if not self.path.stat().st_size:
                    return None
            except (FileNotFoundError, NotADirectoryError):
                return None
            self._db = self._connect(self._how_to_read())
        return self._db if self._schema or self._version(self._db) else None

    def _how_to_read(self) -> str:
        """Return how to open the file (SQLite: "Write-Ahead Logging", "Read-Only Databases").

        A file with a write-ahead log wants a file of shared memory beside it. Where none can be made, and no process
        has left a log, nothing can be under way in the file either.
        """
        if os.access(self.path.parent, os.W_OK):
            return "mode=rw"
        return "mode=ro" if Path(f"{self.path}-wal").exists() else "immutable=1"

    def _connect(self, how: str) -> sqlite3.Connection:
        uri = f"file:{quote(os.fspath(self.path.absolute()))}?{how}"
        return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=min(self.busy_timeout, 0.1))

    def _patiently(self, db: sqlite3.Connection, statement: str) -> sqlite3.Cursor:
        """Execute a statement that may have to wait for other processes, for `busy_timeout` seconds at the most.

        While SQLite itself waits, Ctrl-C is not heard; and it does not wait at all for the switch to a write-ahead log.
        """
        deadline = time.monotonic() + self.busy_timeout
        while True:
            try:
                return db.execute(statement)
            except sqlite3.OperationalError as error:
                if _name(error) != "SQLITE_BUSY" or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def _version(self, db: sqlite3.Connection) -> int:
        """Return the version of the file's schema, 0 where it has none yet. Raises `NotConfigured` if it isn't ours."""
        (version,) = self._patiently(db, "PRAGMA user_version").fetchone()
        (application,) = db.execute("PRAGMA application_id").fetchone()
        (tables,) = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if application != APPLICATION_ID and (application or tables):
            raise NotConfigured(f"{self.path} is another program's SQLite database", hint=_ELSEWHERE)
        if version > SCHEMA_VERSION:
            raise NotConfigured(
                f"{self.path} was written by a newer wildrydes (schema {version}, this one knows {SCHEMA_VERSION})",
                hint="pip install --upgrade wildrydes",
            )
        return int(version)

    def _upgrade(self, db: sqlite3.Connection) -> None:
        """Bring the schema to this version; of several processes that come here at once, one does the work."""
        self._patiently(db, "PRAGMA journal_mode=WAL")
        self._patiently(db, "BEGIN IMMEDIATE")
        for step in SCHEMA[self._version(db) :]:
            for statement in step.split(";"):
                db.execute(statement)
        db.execute(f"PRAGMA application_id={APPLICATION_ID}")
        db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        db.execute("COMMIT")
        self._schema = SCHEMA_VERSION

    @contextmanager
    def _translated(self, doing: str) -> Iterator[None]:
        """Turn SQLite's and the file system's errors into ours. `doing` is what was tried, up to the table's name."""
        try:
            yield
        except sqlite3.Error as error:
            raise self._explained(doing, error) from error
        except OSError as error:
            message = f"cannot {doing} {self.place}: {error.strerror}"
            raise NotConfigured(message, hint=_ELSEWHERE) from error

    def _explained(self, doing: str, error: sqlite3.Error) -> WildrydesError:
        name = _name(error)
        what = f"cannot {doing} {self.place}"
        if name == "SQLITE_BUSY":
            return ServiceFailed(
                f"{what}: it has been locked by another process for {self.busy_timeout:g} s",
                hint="wait for that process to end, and try again",
            )
        if name == "SQLITE_FULL" or name.startswith("SQLITE_IOERR"):
            return ServiceFailed(
                f"{what}: {error} ({name}); is the disk full?",
                hint="make room on the disk, or set WILDRYDES_DB to a file on another one",
            )
        if name in _UNUSABLE:
            return NotConfigured(f"{what}: {error}", hint=_ELSEWHERE)
        return WildrydesError(f"{what}: {error}", hint="wildrydes --version tells what to report")


_ELSEWHERE = "set WILDRYDES_DB to a file that wildrydes may make and write, such as ~/rides.db"


def _name(error: sqlite3.Error) -> str:
    """Return SQLite's primary code for `error`: extended ones (SQLITE_READONLY_DBMOVED) say more than we need."""
    name: str = getattr(error, "sqlite_errorname", "")
    return name if name.startswith("SQLITE_IOERR") else "_".join(name.split("_")[:2])


def _recorded(row: tuple[Any, ...]) -> RecordedRide:
    """Return the ride in `row`. A file may be edited, and SQLite keeps any type anywhere: what is wrong is absent."""
    ride_id, user, unicorn, color, gender, latitude, longitude, time = row
    if not (
        isinstance(latitude, float | int) and isinstance(longitude, float | int) and isfinite(latitude + longitude)
    ):
        latitude = longitude = None
    user, unicorn, color, gender, time = [
        text if isinstance(text, str) else None for text in (user, unicorn, color, gender, time)
    ]
    return RecordedRide(ride_id, user, unicorn, color, gender, latitude, longitude, time)


def _make_private(path: Path) -> None:
    """Make the file at `path` and the folders above it where absent, for the user's eyes only from the beginning."""
    for folder in reversed(path.absolute().parents):
        if not folder.exists():
            folder.mkdir(mode=0o700, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600))

"""The file of the embedded store: created readable only by its owner, opened, upgraded, and shared by processes.

A file that can't be used is reported, and left as it is.
"""

import os
import sqlite3
import stat
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from wildrydes_cli.errors import NotConfiguredError, ServiceError, WildrydesError
from wildrydes_cli.stores.sqlite.schema import APPLICATION_ID, SCHEMA, SCHEMA_VERSION

Execute = Callable[..., sqlite3.Cursor]
"""Executes an SQL statement with its values."""

_UNUSABLE = {"SQLITE_NOTADB", "SQLITE_CORRUPT", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH"}
_TEXT = partial(str, encoding="utf-8", errors="surrogateescape")
"""Decodes leniently, so that one bad text in an edited file does not hide other rows."""
_ELSEWHERE = "set WILDRYDES_DB to a file that wildrydes can create and write, such as ~/rides.db"


class SQLiteFile:
    """The SQLite file at `path`, which is created on the first write.

    `busy_timeout` is how many seconds to wait for another process that is writing.
    """

    def __init__(self, path: Path, busy_timeout: float) -> None:
        self.path = path
        self.busy_timeout = busy_timeout
        self._db: sqlite3.Connection | None = None
        self._schema = 0
        """The version of the open file's schema. 0 until it is known that the file can be written."""
        self._identity: tuple[int, int] | None = None
        """The device and inode of the open file."""

    @contextmanager
    def writing(self, action: str) -> Iterator[sqlite3.Connection]:
        """Run a block in one transaction. Commits when the block ends, rolls back if it raises."""
        with self._translated(action):
            db = self._open_to_write()
            with self._transaction(db):
                yield db

    @contextmanager
    def reading(self, action: str) -> Iterator[Execute | None]:
        """Give a block a function that executes a query, or None if there is no file yet. Reading creates no file."""
        with self._translated(action):
            db = self._open_to_read()
            yield partial(self._patiently, db) if db else None

    @contextmanager
    def _transaction(self, db: sqlite3.Connection) -> Iterator[None]:
        """Run a block in one transaction that may write."""
        self._patiently(db, "BEGIN IMMEDIATE")
        try:
            yield
            # Without a write-ahead log, a commit waits until nobody reads.
            self._patiently(db, "COMMIT")
        except BaseException:
            if db.in_transaction:  # SQLite has rolled back by itself after some errors
                db.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Close the file."""
        if self._db:
            self._db.close()
        self._db, self._schema, self._identity = None, 0, None

    def _open_to_write(self) -> sqlite3.Connection:
        self._close_if_replaced()
        if self._db is None:
            _make_private(self.path)
            self._db = self._connect()
        if self._schema < SCHEMA_VERSION:
            self._patiently(self._db, "PRAGMA synchronous=FULL")
            if sys.platform == "darwin":
                # On macOS, fsync alone does not flush the drive (SQLite: "PRAGMA fullfsync").
                self._db.execute("PRAGMA fullfsync=1")
                self._db.execute("PRAGMA checkpoint_fullfsync=1")
            self._schema = self._version(self._db)
            # A copy made with VACUUM INTO has no write-ahead log.
            if self._schema < SCHEMA_VERSION or self._journal(self._db) != "wal":
                self._upgrade(self._db)
        return self._db

    def _open_to_read(self) -> sqlite3.Connection | None:
        """Open the file, or return None if it is missing or empty."""
        self._close_if_replaced()
        if self._db is None:
            try:
                if not self.path.stat().st_size:
                    return None
            except (FileNotFoundError, NotADirectoryError):
                return None
            self._db = self._connect()
        return self._db if self._schema or self._version(self._db) else None

    def _close_if_replaced(self) -> None:
        """Close the file if another one now has its path, such as a restored backup."""
        if self._db and self._identity != _identity(self.path):
            self.close()

    def _connect(self) -> sqlite3.Connection:
        found = self.path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise NotConfiguredError(f"{self.path} is not a file", hint=_ELSEWHERE)
        # The mode only says that the file must exist. SQLite reads a file that can't be written, too.
        uri = f"file:{quote(os.fsencode(self.path.absolute()))}?mode=rw"
        db = sqlite3.connect(
            uri, uri=True, isolation_level=None, timeout=min(self.busy_timeout, 0.1), check_same_thread=False
        )
        db.text_factory = _TEXT
        self._identity = _identity(self.path)
        return db

    def _patiently(self, db: sqlite3.Connection, statement: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Execute a statement that may have to wait for other processes, for up to `busy_timeout` seconds.

        We wait here because SQLite does not react to Ctrl-C while it waits, and does not wait at all when it switches
        to a write-ahead log.
        """
        deadline = time.monotonic() + self.busy_timeout
        while True:
            try:
                return db.execute(statement, values)
            except sqlite3.OperationalError as error:
                if _name(error) != "SQLITE_BUSY" or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def _journal(self, db: sqlite3.Connection) -> str:
        (mode,) = self._patiently(db, "PRAGMA journal_mode").fetchone()
        return str(mode)

    def _version(self, db: sqlite3.Connection) -> int:
        """Return the version of the file's schema, 0 if it has none. Raises `NotConfiguredError` if it isn't ours."""
        # In one statement, because another process can create the schema at the same time.
        version, application, tables = self._patiently(
            db,
            "SELECT user_version, application_id, (SELECT count(*) FROM sqlite_schema)"
            " FROM pragma_user_version, pragma_application_id",
        ).fetchone()
        if application != APPLICATION_ID and (application or tables):
            raise NotConfiguredError(f"{self.path} is another program's SQLite database", hint=_ELSEWHERE)
        if version > SCHEMA_VERSION:
            raise NotConfiguredError(
                f"{self.path} was written by a newer wildrydes (schema {version}, this one knows {SCHEMA_VERSION})",
                hint="upgrade wildrydes, or set WILDRYDES_DB to another file",
            )
        return int(version)

    def _upgrade(self, db: sqlite3.Connection) -> None:
        """Bring the schema to this version. If several processes do this at once, one of them does the work."""
        self._patiently(db, "PRAGMA journal_mode=WAL")
        with self._transaction(db):
            for step in SCHEMA[self._version(db) :]:
                for statement in step.split(";"):
                    db.execute(statement)
            db.execute(f"PRAGMA application_id={APPLICATION_ID}")
            db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        self._schema = SCHEMA_VERSION

    @contextmanager
    def _translated(self, action: str) -> Iterator[None]:
        """Raise errors of SQLite and the file system as ours: "cannot `action`: …"."""
        try:
            yield
        except sqlite3.Error as error:
            raise self._explained(action, error) from error
        except OSError as error:
            message = f"cannot {action}: {error.strerror}"
            raise NotConfiguredError(message, hint=_ELSEWHERE) from error

    def _explained(self, action: str, error: sqlite3.Error) -> WildrydesError:
        name = _name(error)
        what = f"cannot {action}"
        if name == "SQLITE_BUSY":
            return ServiceError(
                f"{what}: it has been locked by another process for {self.busy_timeout:g} s",
                hint="wait until that process ends, and try again",
                nothing_written=True,
            )
        if name == "SQLITE_FULL" or name.startswith("SQLITE_IOERR"):
            return ServiceError(
                f"{what}: {error} ({name}); is the disk full?",
                hint="free some space on the disk, or set WILDRYDES_DB to a file on another disk",
            )
        if name in ("SQLITE_READONLY", "SQLITE_CANTOPEN") and not os.access(self.path.parent, os.W_OK):
            # Even to read, SQLite locks a second file beside the first (SQLite: "Write-Ahead Logging").
            return NotConfiguredError(
                f"{what}: its folder is read-only, and SQLite must create files there",
                hint="copy the file into a folder that you can write, and set WILDRYDES_DB to the copy",
            )
        if name in _UNUSABLE:
            return NotConfiguredError(f"{what}: {error}", hint=_ELSEWHERE)
        return WildrydesError(f"{what}: {error}", hint="report this, with the output of wildrydes --version")


def _identity(path: Path) -> tuple[int, int] | None:
    """Return the device and inode of the file at `path`, or None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _name(error: sqlite3.Error) -> str:
    """Return the name of SQLite's primary code for `error`, and of the extended code for I/O errors."""
    name: str = getattr(error, "sqlite_errorname", "")
    return name if name.startswith("SQLITE_IOERR") else "_".join(name.split("_")[:2])


def _make_private(path: Path) -> None:
    """Create the file at `path` and its missing folders, readable only by the user from the beginning."""
    for folder in reversed(path.absolute().parents):
        if not folder.exists():
            folder.mkdir(mode=0o700, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600))


def database_path() -> Path:
    """Return the file of the embedded store: `WILDRYDES_DB`, or `rides.db` in the user's data folder.

    The data folder is the one that the XDG Base Directory Specification names, or Apple on macOS. As the specification
    says, a relative `XDG_DATA_HOME` is ignored. The package platformdirs would add a twentieth to every start.

    Raises `NotConfiguredError` if the user has no home.
    """
    if named := os.environ.get("WILDRYDES_DB"):
        return Path(os.path.expanduser(named))  # noqa: PTH111  # pathlib raises if there is no such user
    folder = Path(os.environ.get("XDG_DATA_HOME", ""))
    if not folder.is_absolute():
        home = os.environ.get("HOME", os.path.expanduser("~"))  # noqa: PTH111  # as above
        folder = Path(home, "Library/Application Support" if sys.platform == "darwin" else ".local/share")
    if not folder.is_absolute():  # a user without a home, as in a container
        raise NotConfiguredError(
            "there is no home folder to keep rides in", hint="set WILDRYDES_DB to a file, such as /tmp/rides.db"
        )
    return folder / "wildrydes" / "rides.db"

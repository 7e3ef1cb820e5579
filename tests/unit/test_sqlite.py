"""The embedded store's file: private to its user, shared by processes, and not changed if it cannot be used."""

import os
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.contract import ride
from tests.support.running import Cli
from wildrydes_cli.errors import ServiceError, WildrydesError
from wildrydes_cli.stores.sqlite import schema
from wildrydes_cli.stores.sqlite.file import SQLiteFile
from wildrydes_cli.stores.sqlite.rides import SQLiteRides

REQUEST = ("request", "--lat", "1", "--lon", "2")
COMMANDS = [(*REQUEST, "--ride-id", "x"), ("rides", "list"), ("rides", "show", "x"), ("setup-table",)]


@contextmanager
def locked(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_the_user_can_access_the_file_and_its_new_folders(wildrydes: Cli, home: Path) -> None:
    umask = os.umask(0)
    try:
        wildrydes(*REQUEST).must()
    finally:
        os.umask(umask)
    folder = home / ".local/share/wildrydes"
    assert [mode(each) for each in (folder.parent.parent, folder.parent, folder)] == [0o700] * 3
    assert mode(folder / "rides.db") == 0o600


def test_xdg_or_the_user_sets_the_path_of_the_file(wildrydes: Cli, tmp_path: Path) -> None:
    wildrydes(*REQUEST, env={"XDG_DATA_HOME": str(tmp_path / "data")}).must()
    assert (tmp_path / "data/wildrydes/rides.db").is_file()
    wildrydes(*REQUEST, env={"XDG_DATA_HOME": "relative"}).must()
    assert (tmp_path / "home/.local/share/wildrydes/rides.db").is_file()
    wildrydes(*REQUEST, env={"WILDRYDES_DB": "~/deep/er/a b?c#%41.db"}).must()
    assert (tmp_path / "home/deep/er/a b?c#%41.db").is_file()


def test_on_macos_the_file_is_where_apple_says(
    wildrydes: Cli, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    wildrydes(*REQUEST).must()
    assert (home / "Library/Application Support/wildrydes/rides.db").is_file()
    wildrydes(*REQUEST, env={"XDG_DATA_HOME": str(tmp_path / "data")}).must()
    assert (tmp_path / "data/wildrydes/rides.db").is_file()


def test_a_ride_survives_a_power_cut(database: Path) -> None:
    store = SQLiteRides(database, "Rides")
    store.setup()
    assert store._file._db
    assert store._file._db.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    assert store._file._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    store.close()


def test_writes_are_flushed_to_the_drive_on_macos(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    with closing(SQLiteRides(database, "Rides")) as store:
        store.setup()
        assert store._file._db
        for pragma in ("fullfsync", "checkpoint_fullfsync"):
            assert store._file._db.execute(f"PRAGMA {pragma}").fetchone() == (1,)


def test_setup_table_describes_the_table_and_creates_it_once(wildrydes: Cli, database: Path) -> None:
    first = wildrydes("setup-table", "-o", "json").must().json
    assert first == {
        "Table": "Rides",
        "Arn": None,
        "Status": "ACTIVE",
        "Created": True,
        "Store": "local",
        "Region": None,
        "Account": None,
        "Indexes": None,
    }
    again = wildrydes("setup-table", "-o", "json").must().json
    assert again == {**first, "Created": False}
    assert "already exists" in wildrydes("setup-table").must().err
    assert database.is_file()


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("words", [REQUEST, ("request", "--from", "-"), ("request", "--from", "-", "--batch", "b")])
def test_the_first_request_creates_the_table(wildrydes: Cli, words: tuple[str, ...]) -> None:
    wildrydes(*words, stdin="lat,lon\n1,2\n").must()
    assert not wildrydes("setup-table", "-o", "json").must().json["Created"]
    assert wildrydes("delete-table", "--yes", "-o", "json").must().json["Rides"] == 1


def test_an_empty_file_is_a_new_store(wildrydes: Cli, database: Path) -> None:
    database.touch()
    assert wildrydes("rides", "list", "-o", "json").must().json == []
    wildrydes(*REQUEST).must()
    assert len(wildrydes("rides", "list", "-o", "json").json) == 1


def write_newer_version(path: Path) -> None:
    with closing(SQLiteRides(path, "Rides")) as store:
        store.record(ride())
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA user_version=99")


def cut_to(length: int) -> Callable[[Path], None]:
    def cut(path: Path) -> None:
        with closing(SQLiteRides(path, "Rides")) as store:
            store.record(ride())
        data = path.read_bytes()
        path.write_bytes(data[: length % len(data)])

    return cut


def write_another_programs_table(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("CREATE TABLE bookmarks (url TEXT)")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.write_bytes(os.urandom(8192)), "not a database"),
        (lambda path: path.write_bytes(b"hello\n"), "not a database"),
        (cut_to(15), "not a database"),
        (cut_to(100), "malformed"),
        (cut_to(4096), "malformed"),
        (cut_to(5000), "malformed"),
        (cut_to(-4096), "malformed"),
        (write_newer_version, "newer wildrydes"),
        (write_another_programs_table, "another program"),
        (Path.mkdir, "is not a file"),
    ],
    ids=[
        *("random bytes", "a text"),
        *("cut to 15 bytes", "cut to its header", "cut to a page", "cut within a page", "without its last page"),
        *("newer", "another program's", "a folder"),
    ],
)
def test_an_unusable_file_is_an_error_and_is_not_changed(
    wildrydes: Cli, database: Path, command: tuple[str, ...], spoil: object, said: str
) -> None:
    spoil(database)  # type: ignore[operator]
    before = database.read_bytes() if database.is_file() else b""
    message, hint = wildrydes(*command).error(3)
    assert str(database) in message
    assert said in message or ("directory" in message and said == "is not a file")
    assert "WILDRYDES_DB" in hint
    assert "pip" not in hint  # wildrydes may not be installed with pip
    assert (database.read_bytes() if database.is_file() else b"") == before
    assert [each.name for each in database.parent.iterdir()] == ["rides.db"]


def test_a_file_in_place_of_the_folder_is_an_error(wildrydes: Cli, database: Path) -> None:
    database.parent.rmdir()
    database.parent.touch()
    assert wildrydes("rides", "list", "-o", "json").must().json == []
    message, _ = wildrydes(*REQUEST).error(3)
    assert str(database) in message


def test_a_write_waits_for_a_locked_file(database: Path) -> None:
    with closing(SQLiteRides(database, "Rides")) as store:
        store.setup()
        with closing(sqlite3.connect(database, isolation_level=None, check_same_thread=False)) as other:
            other.execute("BEGIN IMMEDIATE")
            threading.Timer(0.3, lambda: other.execute("ROLLBACK")).start()
            assert store.record(ride()) is None


def test_a_file_that_stays_locked_is_an_error_and_nothing_is_written(database: Path) -> None:
    with closing(SQLiteRides(database, "Rides", busy_timeout=0.05)) as store:
        store.setup()
        with locked(database):
            with pytest.raises(ServiceError, match=r"locked by another process for 0\.05 s"):
                store.record(ride())
            assert list(store.rides()) == []
        assert store.record(ride()) is None


def test_a_new_file_that_stays_locked_is_an_error(database: Path) -> None:
    database.touch()
    store = SQLiteRides(database, "Rides", busy_timeout=0.05)
    with closing(store), locked(database), pytest.raises(ServiceError, match="locked"):
        store.setup()


def test_a_device_is_refused(wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WILDRYDES_DB", "/dev/null")
    message, hint = wildrydes(*REQUEST).error(3)
    assert "/dev/null is not a file" in message
    assert "WILDRYDES_DB" in hint
    assert wildrydes("rides", "list", "-o", "json").must().json == []


def restore_backup(path: Path, *ride_ids: str) -> None:
    """Replace the file at `path`, as somebody who restores a backup does."""
    backup = path.with_name("backup.db")
    with closing(SQLiteRides(path.with_name("elsewhere.db"), "Rides")) as store:
        store.setup()
        for ride_id in ride_ids:
            store.record(ride(ride_id))
        assert store._file._db
        store._file._db.execute("VACUUM INTO ?", (str(backup),))
    path.with_name("elsewhere.db").unlink()
    for each in path.parent.glob(f"{path.name}*"):
        each.unlink()
    backup.rename(path)


def test_a_replaced_or_deleted_file_is_opened_again(database: Path) -> None:
    def ids() -> list[str]:
        return [each.ride_id for each in store.rides()]

    with closing(SQLiteRides(database, "Rides")) as store:
        store.record(ride("before"))
        assert ids() == ["before"]
        restore_backup(database, "backup")
        assert ids() == ["backup"]
        store.record(ride("after"))
        assert sorted(ids()) == ["after", "backup"]
        restore_backup(database, "again")
        assert store.record(ride("again")) == ride("again").recorded
        for each in database.parent.iterdir():
            each.unlink()
        assert ids() == []
        store.record(ride("new"))
        assert ids() == ["new"]


def test_a_write_to_a_restored_file_waits_for_a_reader_and_turns_on_the_log(database: Path) -> None:
    restore_backup(database, "backup")
    with closing(sqlite3.connect(database, isolation_level=None, check_same_thread=False)) as reader:
        assert reader.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM rides").fetchone()
        threading.Timer(0.5, lambda: reader.execute("ROLLBACK")).start()
        with closing(SQLiteRides(database, "Rides")) as store:
            assert store.record(ride("new")) is None
            assert store._file._db
            assert store._file._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize("number", range(4))
def test_the_table_may_be_created_by_somebody_else_between_any_two_statements(
    database: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Another connection creates it after `number` statements of ours that are in no transaction."""
    execute, left = SQLiteFile._patiently, iter(range(number))

    def interrupted(self: SQLiteFile, db: sqlite3.Connection, *statement: Any) -> sqlite3.Cursor:
        if not db.in_transaction and next(left, None) is None:
            monkeypatch.setattr(SQLiteFile, "_patiently", execute)
            with closing(SQLiteRides(database, "Rides")) as other:
                other.record(ride("theirs"))
        return execute(self, db, *statement)

    monkeypatch.setattr(SQLiteFile, "_patiently", interrupted)
    with closing(SQLiteRides(database, "Rides")) as store:
        store.record(ride("ours"))
        assert {each.ride_id for each in store.rides()} == {"ours", "theirs"}


def test_a_commit_waits_for_a_reader(database: Path) -> None:
    restore_backup(database, "backup")
    file = SQLiteFile(database, busy_timeout=30)
    with closing(sqlite3.connect(database, isolation_level=None, check_same_thread=False)) as reader:
        with file.writing("write") as db:
            db.execute("PRAGMA user_version=2")
        db.execute("PRAGMA journal_mode=DELETE")
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM rides").fetchone()
        threading.Timer(0.5, lambda: reader.execute("ROLLBACK")).start()
        with file.writing("write") as db:
            db.execute("INSERT INTO tables VALUES ('Other')")
    file.close()


def test_a_failed_upgrade_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SQLiteRides(tmp_path / "rides.db", "Rides")
    with monkeypatch.context() as patch:
        patch.setattr("wildrydes_cli.stores.sqlite.file.SCHEMA", (*schema.SCHEMA[:1], "CREATE NONSENSE"))
        for _ in range(2):
            with pytest.raises(WildrydesError, match="NONSENSE"):
                store.setup()
    assert store.setup().created
    store.close()

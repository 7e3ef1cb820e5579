"""The embedded store's file: shared by processes, some of which are killed, and on full or read-only disks."""

import random
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.support.repeat import times
from tests.support.running import PROGRAM, Cli, Ended, line, obey_permissions, process
from wildrydes_cli.stores.sqlite.rides import SQLiteRides

REQUEST = ("request", "--lat", "1", "--lon", "2")


def test_many_processes_can_create_the_file_at_once(wildrydes: Cli, database: Path) -> None:
    count = times(6, 16)
    words = [*PROGRAM, *REQUEST, "-o", "json"]
    started = [subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(count)]
    ended = [(each.communicate()[1].decode(), each.returncode) for each in started]
    assert [code for _, code in ended] == [0] * count, ended
    assert len(wildrydes("rides", "list", "-o", "json").json) == count


WRITER = """
import sys
from pathlib import Path
from wildrydes_cli.rides.model import Location, Ride, Unicorn
from wildrydes_cli.stores.sqlite.rides import SQLiteRides

print("ready", flush=True)
store = SQLiteRides(Path(sys.argv[1]), "Rides")
for number in range(int(sys.argv[3])):
    ride_id = f"{sys.argv[2]}-{number}"
    store.record(Ride(ride_id, "ada", Unicorn("Gil", "White", "Male"), Location(1, 2), "2026-11-23T08:15:30.123Z"))
    print(ride_id, flush=True)
store.close()
"""
"""Records rides, and prints the id of each: its arguments are the file, a part of the ids, and how many rides."""


def writer(path: Path, name: int, rides: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WRITER, str(path), str(name), str(rides)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_many_processes_can_write_at_once(database: Path) -> None:
    count, rounds = times(4, 8), times(50, 500)
    started = [writer(database, number, rounds) for number in range(count)]
    written = [(len(each.communicate()[0].splitlines()), each.returncode) for each in started]
    assert written == [(1 + rounds, 0)] * count
    with closing(SQLiteRides(database, "Rides")) as store:
        assert len(list(store.rides())) == count * rounds


KILLS = times(15, 200)
KILLS_PER_FILE = 5


def test_a_crash_neither_loses_acknowledged_rides_nor_damages_the_file(
    wildrydes: Cli, database: Path, monkeypatch: pytest.MonkeyPatch, tell: Callable[[str], None]
) -> None:
    acknowledged = found = 0
    # The first writer of each file is killed at about the time when it creates the file.
    for file in range(KILLS // KILLS_PER_FILE):
        path = database.with_name(f"rides-{file}.db")
        monkeypatch.setenv("WILDRYDES_DB", str(path))
        written: set[str] = set()
        for kill in range(KILLS_PER_FILE):
            with writer(path, kill, sys.maxsize) as killed:
                assert killed.stdout
                assert line(killed) == "ready\n"
                time.sleep(random.uniform(0, 0.05))
                killed.kill()
                written |= set(killed.stdout.read().splitlines())
                assert killed.wait() == -signal.SIGKILL
            wildrydes(*REQUEST, "--ride-id", f"after-{kill}").must()
            written.add(f"after-{kill}")
            with closing(sqlite3.connect(path)) as db:
                assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        there = [each["RideId"] for each in wildrydes("rides", "list", "--all", "-o", "jsonl").must().json_lines]
        assert written <= set(there)
        assert len(set(there)) == len(there)
        acknowledged, found = acknowledged + len(written), found + len(there)
    tell(f"{KILLS} kills: {acknowledged:,} rides acknowledged, {found:,} there")
    assert acknowledged > times(20, 2 * KILLS)  # KILLS of them are recorded without a kill


class TestReadOnly:
    """A file or folder that can be read but not written."""

    @pytest.fixture(autouse=True)
    def recorded(self, wildrydes: Cli, database: Path) -> Iterator[None]:
        wildrydes(*REQUEST, "--ride-id", "there").must()
        database.chmod(0o400)
        database.parent.chmod(0o500)
        yield
        database.parent.chmod(0o700)

    def test_writing_is_an_error(self, database: Path) -> None:
        before = database.read_bytes()
        message, hint = process(*REQUEST, before=obey_permissions).error(3)
        assert str(database) in message
        assert "WILDRYDES_DB" in hint
        assert database.read_bytes() == before

    def test_reading_a_file_that_cannot_be_written_works(self, database: Path) -> None:
        database.parent.chmod(0o700)
        assert process("rides", "show", "there", "-o", "json", before=obey_permissions).must().json
        assert len(process("rides", "list", "-o", "json", before=obey_permissions).must().json) == 1

    def test_reading_in_a_folder_that_cannot_be_written_is_an_error(self, database: Path) -> None:
        before = database.read_bytes()
        for words in (("rides", "show", "there"), ("rides", "list")):
            message, hint = process(*words, before=obey_permissions).error(3)
            assert f"the embedded store {database}: its folder is read-only" in message
            assert "set WILDRYDES_DB to the copy" in hint
        database.parent.chmod(0o700)
        assert [each.name for each in database.parent.iterdir()] == [database.name]
        assert database.read_bytes() == before

    def test_reading_works_there_while_another_process_shares_the_file(self, database: Path) -> None:
        database.parent.chmod(0o700)
        database.chmod(0o600)
        with closing(SQLiteRides(database, "Rides")) as other:
            assert other.find("there")
            database.parent.chmod(0o500)
            assert process("rides", "show", "there", "-o", "json", before=obey_permissions).must().json

    def test_creating_a_file_in_a_read_only_folder_is_an_error(
        self, database: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("WILDRYDES_DB", str(database.parent / "other.db"))
        message, _ = process(*REQUEST, before=obey_permissions).error(3)
        assert "Permission denied" in message
        assert process("rides", "list", "-o", "json", before=obey_permissions).must().json == []


def test_many_processes_can_write_to_a_restored_file_that_is_being_read(wildrydes: Cli, database: Path) -> None:
    count = times(4, 8)
    wildrydes(*REQUEST).must()
    backup = database.with_name("backup.db")
    with closing(sqlite3.connect(database)) as db:
        db.execute("VACUUM INTO ?", (str(backup),))
    backup.rename(database)
    with closing(sqlite3.connect(database, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM rides").fetchone()
        started = [writer(database, number, 1) for number in range(count)]
        for each in started:
            assert line(each) == "ready\n"
        time.sleep(0.4)  # until they wait
        reader.execute("ROLLBACK")
        written = [(each.communicate()[0], each.returncode) for each in started]
    assert written == [(f"{number}-0\n", 0) for number in range(count)]
    assert len(wildrydes("rides", "list", "-o", "json").json) == count + 1


def _limit_file_size() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))


@pytest.fixture
def no_bytecode(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands cache no bytecode. Python would save what fits into the limit, and fail to load it ever after."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")


@pytest.mark.usefixtures("no_bytecode")
def test_reaching_a_file_size_limit_is_an_error_and_keeps_existing_rides(wildrydes: Cli, database: Path) -> None:
    wildrydes(*REQUEST, "--ride-id", "first").must()
    ended = Ended(0, "", "")
    for _ in range(200):
        ended = process(*REQUEST, before=_limit_file_size)
        if ended.code:
            break
    message, hint = ended.error(4)
    assert "is the disk full?" in message
    assert "--ride-id" in hint
    assert wildrydes("rides", "show", "first", "-o", "json").must().json["RideId"] == "first"
    with closing(sqlite3.connect(database)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.usefixtures("no_bytecode")
def test_reaching_a_file_size_limit_on_a_new_file_is_an_error(wildrydes: Cli, database: Path) -> None:
    message, _ = process(*REQUEST, before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))).error(4)
    assert str(database) in message
    assert wildrydes("rides", "list", "-o", "json").must().json == []
    wildrydes(*REQUEST).must()


def test_a_full_disk_is_an_error_and_keeps_existing_rides(wildrydes: Cli, database: Path) -> None:
    disk = database.parent
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "none", disk], check=False).returncode:
        pytest.skip("cannot mount a disk here; other tests use a file size limit instead")
    try:
        wildrydes(*REQUEST, "--ride-id", "first").must()
        with suppress(OSError), (disk / "filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(bytes(4096))
        message, hint = process(*REQUEST).error(4)
        assert "is the disk full?" in message
        assert "--ride-id" in hint
        (disk / "filler").unlink()
        assert wildrydes("rides", "show", "first", "-o", "json").must().json["RideId"] == "first"
        wildrydes(*REQUEST).must()
        with closing(sqlite3.connect(database)) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    finally:
        subprocess.run(["umount", disk], check=True)

"""The table behind the page: what is in it, and rows in it that no command writes."""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

from tests.support.running import Cli

MANY_ROWS = """
    WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?)
    INSERT INTO rides
    SELECT 'Rides', 'ride-' || n, 'rider ' || n, 'Gil', 'White', 'Male', n % 90, n % 180,
        strftime('%Y-%m-%dT%H:%M:%S.000Z', 'now', '-' || (n + 2) || ' minutes')
    FROM numbers
"""


def recorded(wildrydes: Cli) -> list[tuple[str, str, str]]:
    """Return the rider and the coordinates of each ride, newest first, with as many decimals as the page uses."""
    rides = wildrydes("rides", "list", "-o", "json").must().json
    degrees = [ride["PickupLocation"] for ride in rides]
    return [
        (ride["User"], f"{pickup['Latitude']:.5f}", f"{pickup['Longitude']:.5f}")
        for ride, pickup in zip(rides, degrees, strict=True)
    ]


def insert_many(database: Path, count: int) -> None:
    """Insert as many rides, one for each minute before now: of rider 0, rider 1 and so on."""
    with closing(sqlite3.connect(database)) as db, db:
        db.execute(MANY_ROWS, (count,))


def loosen(database: Path) -> None:
    """Make the table take any value, as one that somebody made by hand."""
    with closing(sqlite3.connect(database)) as db, db:
        db.execute("ALTER TABLE rides RENAME TO typed")
        db.execute(
            'CREATE TABLE rides ("table", ride_id, user, unicorn, color, gender, latitude, longitude, request_time)'
        )
        db.execute("INSERT INTO rides SELECT * FROM typed")


def insert(database: Path, rows: Iterable[Sequence[object]]) -> None:
    """Insert rows: the ride's id, rider, unicorn, colour, gender, latitude, longitude and time."""
    with closing(sqlite3.connect(database)) as db, db:
        db.executemany("INSERT INTO rides VALUES ('Rides', ?, ?, ?, ?, ?, ?, ?, ?)", rows)


def delete(database: Path, rider: str) -> None:
    """Delete the rides of one rider, as no command does."""
    with closing(sqlite3.connect(database)) as db, db:
        db.execute("DELETE FROM rides WHERE user = ?", (rider,))


def damage(database: Path) -> None:
    """Put a file in the place of the database that is none."""
    broken = database.with_suffix(".broken")
    broken.write_bytes(b"no database" * 999)
    broken.replace(database)
    for suffix in ("-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)

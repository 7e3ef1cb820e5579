"""A bad row in an edited file of the embedded store does not hide other rides."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.contract import ride
from tests.support.hostile import OBEYED
from tests.support.running import Cli
from wildrydes_cli.stores.sqlite.rides import SQLiteRides

ROWS = (
    "x'00ff', 'ada', 'Gil', 'White', 'Male', 1, 2, '2026'",
    "'blobs', x'00', x'ff', x'1b', x'', 1, 2, x'00'",
    "'numbers', 1, 2.5, 3, 4, 1, 2, 5",
    "'nulls', NULL, NULL, NULL, NULL, NULL, NULL, NULL",
    "'infinite', 'ada', 'Gil', 'White', 'Male', 9e999, -9e999, '2026'",
    "'texts', 'ada', 'Gil', 'White', 'Male', 'north', x'00', '2026'",
    "NULL, 'ada', 'Gil', 'White', 'Male', 1, 2, '2026'",
    "7, 'ada', 'Gil', 'White', 'Male', 1, 2, '2026'",
    "'nul' || char(0), char(0, 27), 'Gil', 'White', 'Male', 1, 2, '2026'",
)


NOT_UTF8 = "'broken', CAST(x'ff' AS TEXT), 'Gil', 'White', 'Male', 1, 2, '2026'"


@pytest.fixture
def edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Create an embedded store with one ride, in a table without types and constraints. Returns its path."""
    path = tmp_path / "rides.db"
    monkeypatch.setenv("WILDRYDES_DB", str(path))
    with closing(SQLiteRides(path, "Rides")) as store:
        store.record(ride("good"))
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("ALTER TABLE rides RENAME TO typed")
        db.execute(
            'CREATE TABLE rides ("table", ride_id, user, unicorn, color, gender, latitude, longitude, request_time)'
        )
        db.execute("INSERT INTO rides SELECT * FROM typed")
    return path


def insert(path: Path, row: str) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"INSERT INTO rides VALUES ('Rides', {row})")


@pytest.mark.parametrize("row", ROWS)
def test_a_row_with_wrong_types_does_not_hide_other_rides(wildrydes: Cli, edited: Path, row: str) -> None:
    insert(edited, row)
    for form in ("json", "jsonl", "geojson", "csv", "table"):
        listed = wildrydes("rides", "list", "-o", form).must()
        assert "good" in listed.out
        assert not OBEYED.search(listed.out)
        if form in ("json", "geojson"):
            json.loads(listed.out, parse_constant=pytest.fail)
    assert wildrydes("rides", "stats", "-o", "json").must().json["Rides"] in (1, 2)
    wildrydes("rides", "show", "good").must()
    if not row.startswith("'"):  # its id is not text
        assert re.search(r"\b1 items?\b", wildrydes("rides", "list").err)
    elif "||" not in row:
        ride_id = row.split("'")[1]
        assert wildrydes("rides", "show", ride_id, "-o", "json").must().json["RideId"] == ride_id


def test_a_text_that_is_not_utf8_does_not_hide_other_rides(wildrydes: Cli, edited: Path) -> None:
    insert(edited, NOT_UTF8)
    assert {"good", "broken"} <= {ride["RideId"] for ride in wildrydes("rides", "list", "-o", "json").must().json}
    wildrydes("rides", "stats").must()
    wildrydes("rides", "show", "broken").must()

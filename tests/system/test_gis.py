"""Rides in a geographic information system: geopandas, which reads with GDAL. Skipped where it is not installed."""

from pathlib import Path

import pytest

from tests.support.contract import ride
from wildrydes_cli.output.formats import write_geojson
from wildrydes_cli.rides.model import RecordedRide


def test_geopandas_reads_the_rides_as_rows_of_values(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    geopandas = pytest.importorskip("geopandas", reason="geopandas is not installed")
    first = ride("ride-1").recorded
    write_geojson([first, first._replace(ride_id="ride-2", latitude=None, longitude=None), RecordedRide("ride-3")])
    file = tmp_path / "rides.geojson"
    file.write_text(capsys.readouterr().out, encoding="utf-8")
    table = geopandas.read_file(file)
    assert list(table.columns) == ["id", "RideId", "User", "Unicorn", "Color", "Gender", "RequestTime", "geometry"]
    assert list(table["id"]) == ["ride-1", "ride-2", "ride-3"]
    assert list(table["Unicorn"])[:2] == ["Angel", "Angel"]
    assert str(table["RequestTime"][0]) == "2026-11-23 08:15:30.123000+00:00"
    assert (table.geometry[0].x, table.geometry[0].y) == (-122.28837066650185, 47.6174755835663)
    assert list(table.geometry.isna()) == [False, True, True]
    assert table.crs.to_epsg() == 4326

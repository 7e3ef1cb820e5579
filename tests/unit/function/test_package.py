"""The package has what the handler needs, and the same bytes for the same sources."""

import io
import zipfile

import pytest

from wildrydes_cli.deploy.package import FILES, package
from wildrydes_cli.function import table


def test_the_package_is_sorted_and_uncompressed_with_fixed_dates_and_modes() -> None:
    with zipfile.ZipFile(io.BytesIO(package("Rides"))) as archive:
        entries = archive.infolist()
    assert [entry.filename for entry in entries] == [f"wildrydes_cli/{name}" for name in sorted(FILES)]
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {(entry.create_system, entry.external_attr >> 16) for entry in entries} == {(3, 0o100644)}


@pytest.mark.parametrize("name", ["Rides", "a.b-c_d", "True"])
def test_the_package_names_the_table(name: str) -> None:
    with zipfile.ZipFile(io.BytesIO(package(name))) as archive:
        source = archive.read("wildrydes_cli/function/table.py").decode()
    said: dict[str, object] = {}
    exec(source, said)
    assert said["TABLE"] == name


def test_only_the_name_of_the_table_differs_between_packages() -> None:
    contents = []
    for name in ("Rides", "Class"):
        with zipfile.ZipFile(io.BytesIO(package(name))) as archive:
            contents.append({each: archive.read(each) for each in archive.namelist()})
    one, other = contents
    assert [name for name in one if one[name] != other[name]] == ["wildrydes_cli/function/table.py"]
    assert table.TABLE == "Rides"

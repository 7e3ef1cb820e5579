"""The package has what the handler needs, and the same bytes for the same sources."""

import io
import zipfile

from wildrydes_cli.deploy.package import FILES, package


def test_the_package_is_sorted_and_uncompressed_with_fixed_dates_and_modes() -> None:
    with zipfile.ZipFile(io.BytesIO(package())) as archive:
        entries = archive.infolist()
    assert [entry.filename for entry in entries] == [f"wildrydes_cli/{name}" for name in sorted(FILES)]
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {(entry.create_system, entry.external_attr >> 16) for entry in entries} == {(3, 0o100644)}

"""The package is the same bytes for the same sources, and holds what the handler needs."""

import io
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import wildrydes_cli
from wildrydes_cli.deploy.package import FILES, package


def test_the_package_is_stored_and_sorted_with_fixed_dates_and_modes() -> None:
    with zipfile.ZipFile(io.BytesIO(package())) as archive:
        entries = archive.infolist()
    assert [entry.filename for entry in entries] == [f"wildrydes_cli/{name}" for name in sorted(FILES)]
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {(entry.create_system, entry.external_attr >> 16) for entry in entries} == {(3, 0o100644)}


def test_the_same_sources_give_the_same_bytes_elsewhere(tmp_path: Path) -> None:
    source = Path(wildrydes_cli.__file__).parent
    shutil.copytree(source, tmp_path / "wildrydes_cli", ignore=shutil.ignore_patterns("__pycache__"))
    for file in tmp_path.rglob("*.py"):
        file.chmod(0o600)
        os.utime(file, (1, 1))
    script = "import sys; from wildrydes_cli.deploy.package import package; sys.stdout.buffer.write(package())"
    command = [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {script}"]
    there = subprocess.run(command, capture_output=True, check=True, env={**os.environ, "TZ": "Pacific/Auckland"})
    assert there.stdout == package()

"""The function's package: a zip of what the handler needs and nothing else, byte for byte the same every time."""

import io
import zipfile
from pathlib import Path

HANDLER = "wildrydes_cli.function.handler.handler"

FILES = (
    "__init__.py",
    "aws.py",
    "errors.py",
    "function/__init__.py",
    "function/handler.py",
    "rides/__init__.py",
    "rides/dispatch.py",
    "rides/fleet.py",
    "rides/model.py",
    "stores/__init__.py",
    "stores/base.py",
    "stores/dynamodb/__init__.py",
    "stores/dynamodb/items.py",
    "stores/dynamodb/rides.py",
    "stores/dynamodb/table.py",
)
"""The modules that the handler loads, and no others (a test compares). botocore is part of Lambda's own runtime."""


def package() -> bytes:
    """Return the zip.

    Lambda tells by its SHA-256 whether the code has changed. So nothing of the moment, the machine or the user is in
    it: sorted, stored (compressors differ), with one date and one mode.
    """
    source = Path(__file__).parent.parent
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in FILES:
            entry = zipfile.ZipInfo(f"{source.name}/{name}", date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # Unix, wherever it is made: the mode is read as Unix's
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, (source / name).read_bytes())
    return buffer.getvalue()

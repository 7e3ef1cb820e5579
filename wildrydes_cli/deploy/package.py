"""The function's package: a zip with the modules that the handler needs. It is the same bytes every time."""

import io
import zipfile
from importlib import resources

HANDLER = "wildrydes_cli.function.handler.handler"

FILES = (
    "__init__.py",
    "aws.py",
    "aws_errors.py",
    "aws_session.py",
    "errors.py",
    "function/__init__.py",
    "function/event.py",
    "function/handler.py",
    "rides/__init__.py",
    "rides/dispatch.py",
    "rides/fleet.py",
    "rides/listing.py",
    "rides/model.py",
    "shapes.py",
    "stores/__init__.py",
    "stores/base.py",
    "stores/dynamodb/__init__.py",
    "stores/dynamodb/items.py",
    "stores/dynamodb/rides.py",
    "stores/dynamodb/table.py",
)
"""The modules that the handler loads, and no others: a test compares them. Lambda's runtime has boto3."""


def package() -> bytes:
    """Return the zip.

    Its SHA-256 tells whether the deployed code differs. So the zip does not depend on the time, the machine or the
    user: files are sorted and have the same date and mode. They are not compressed, because compressors differ.
    """
    source = resources.files("wildrydes_cli")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in FILES:
            entry = zipfile.ZipInfo(f"wildrydes_cli/{name}", date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # Unix, on every system: this tells how to read the mode
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, source.joinpath(name).read_bytes())
    return buffer.getvalue()

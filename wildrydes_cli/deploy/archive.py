"""Zips that are the same bytes every time, so that a digest tells whether their files differ."""

import io
import zipfile
from collections.abc import Iterable


def archive(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return a zip of files, each a name and its content.

    The zip does not depend on the time, the machine or the user: all files have the same date and mode. They are not
    compressed, because compressors differ.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as zipped:
        for name, content in files:
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # Unix, on every system: this tells how to read the mode
            entry.external_attr = 0o100644 << 16
            zipped.writestr(entry, content)
    return buffer.getvalue()

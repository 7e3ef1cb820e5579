"""Rides as tab-separated lines, for a pipe. They are not in `formats`, because they need no `json`."""

import sys
from collections.abc import Iterable

from wildrydes_cli.output.text import visible
from wildrydes_cli.rides.model import RecordedRide

COLUMNS = ("RideId", "User", "Unicorn", "Color", "Gender", "Latitude", "Longitude", "RequestTime")
"""The columns of tab-separated lines and of csv, in the order of `RecordedRide`."""


def write_tabbed(rides: Iterable[RecordedRide], *, heading: bool) -> None:
    """Write one line per ride. Nothing is cut."""
    if heading:
        print(*COLUMNS, sep="\t")
    sys.stdout.writelines(
        "\t".join(["" if value is None else visible(str(value)) for value in ride]) + "\n" for ride in rides
    )

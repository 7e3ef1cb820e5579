"""How fast the writers of a table write, together.

DynamoDB throttles writes that a table has no capacity for (AWS: "DynamoDB throttling resolution guide"). If each writer
then tried again on its own, they would keep the table throttled. So all of them share one pace: it is halved when a
write is throttled, and grows while writes are recorded. TCP finds its pace in the same way.
"""

import time
from collections.abc import Callable
from threading import Lock
from typing import NamedTuple, TypeVar

from wildrydes_cli.aws_errors import ThrottledError
from wildrydes_cli.errors import StalledError

T = TypeVar("T")

FIRST_RATE = 1000.0
"""How many items a second may be written after the first throttled write. One partition takes no more than that (AWS:
"Best practices for designing and using partition keys effectively"). From here, a table with 5 write units is eight
halvings away."""
SLOWEST_RATE = 0.2
"""The fewest items a second. So in a minute without progress, twelve writes are tried."""
GROWTH = 0.05
"""How many items a second each recorded item adds: the pace doubles in 14 seconds.

In a simulation with this growth, tables with 1 to 4,000 write units took at most 1.4 times the shortest possible time.
They refused at most every third request. With twice the growth, they refused more; with less, large tables took
longer."""
PATIENCE = 60.0
"""How many seconds every write may be throttled. After a minute without progress, a person should decide what to do: to
raise the capacity, or to stop another writer."""


class Turn(NamedTuple):
    """How many `items` a writer may write now, and how many times the pace had been halved when it got its turn."""

    items: int
    halvings: int


class Pace:
    """The pace of all writers of the table called `label`. Threads share it.

    At first, they write as fast as they can. `warn` gets a line of text when that ends.
    """

    def __init__(self, label: str, warn: Callable[[str], None]) -> None:
        self._label = label
        self._warn = warn
        self._lock = Lock()
        self._halvings = 0
        self._rate = 0.0
        """Items a second, once a write was throttled."""
        self._free_at = 0.0
        """When the next items may be written."""
        self._throttled_since: float | None = None
        """When a write was throttled for the first time since an item was recorded."""
        self._stalled: StalledError | None = None
        """Why all writers have given up."""

    def turn(self, wanted: int) -> Turn:
        """Wait until some of the `wanted` items may be written: as many as the pace allows in a second, or one.

        Raises `StalledError` if another writer has given up.
        """
        with self._lock:  # while one writer waits, the others wait behind it
            if self._stalled:
                raise self._stalled
            if not self._halvings:
                return Turn(wanted, 0)
            time.sleep(max(0.0, self._free_at - time.monotonic()))
            items = min(wanted, max(1, int(self._rate)))
            self._free_at = time.monotonic() + items / self._rate
            return Turn(items, self._halvings)

    def recorded(self, items: int) -> None:
        """Go faster: so many items were recorded."""
        with self._lock:
            self._throttled_since = None
            self._rate += GROWTH * items

    def throttled(self, turn: Turn, reason: str) -> None:
        """Go slower: items of this `turn` were throttled.

        Raises `StalledError` if nothing has been recorded for a minute.
        """
        with self._lock:
            now = time.monotonic()
            if self._throttled_since is None:
                self._throttled_since = now
            if not self._stalled and now > self._throttled_since + PATIENCE:
                self._stalled = StalledError(
                    f"cannot write to {self._label}: every write was throttled for {PATIENCE:.0f} seconds ({reason})",
                    hint="raise the table's write capacity, or try again later",
                )
            if self._stalled:
                raise self._stalled
            if turn.halvings < self._halvings:
                return  # it was sent at an earlier pace
            self._halvings += 1
            if self._halvings == 1:
                self._rate = FIRST_RATE
                self._warn(f"{self._label} is throttled, so rides are written more slowly ({reason})")
            else:
                self._rate = max(SLOWEST_RATE, self._rate / 2)

    def patiently(self, write: Callable[[], T]) -> T:
        """Return `write()`, which writes one item. Calls it again while it is throttled."""
        while True:
            turn = self.turn(1)
            try:
                result = write()
            except ThrottledError as error:
                self.throttled(turn, error.reason)
            else:
                self.recorded(1)
                return result

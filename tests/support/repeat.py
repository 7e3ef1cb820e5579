"""How often tests repeat what depends on chance (a kill, a fault, a strange item), and how many cases they take.

With `THOROUGH=1` in the environment, as in CI, they repeat more, and take every case.
"""

import os
from collections.abc import Sequence
from itertools import cycle, islice, product
from typing import TypeVar

Case = TypeVar("Case")
Other = TypeVar("Other")

THOROUGH = bool(os.environ.get("THOROUGH"))
REPEAT = 5 if THOROUGH else 1
"""A factor, for what is quick enough if it is repeated a fifth as often as in CI. For anything slower, see `times`."""


def times(few: int, many: int) -> int:
    """Return `many` with `THOROUGH=1`, otherwise `few`: for what would be slow even a fifth as often."""
    return many if THOROUGH else few


def some_of(cases: Sequence[Case], step: int = 4) -> Sequence[Case]:
    """Return all `cases` with `THOROUGH=1`, otherwise one of `step` and the last: for slow cases that are alike."""
    return cases if THOROUGH else [*cases[:-1:step], cases[-1]]


def pairs_of(cases: Sequence[Case], others: Sequence[Other]) -> Sequence[tuple[Case, Other]]:
    """Return all pairs with `THOROUGH=1`, otherwise so few that each of `cases` and `others` is in at least one."""
    if THOROUGH:
        return list(product(cases, others))
    return list(islice(zip(cycle(cases), cycle(others), strict=False), max(len(cases), len(others))))

"""How often tests repeat what depends on chance (a kill, a fault, a strange item), and how many cases they take."""

import os
from collections.abc import Sequence
from typing import TypeVar

Case = TypeVar("Case")

REPEAT = 5 if os.environ.get("THOROUGH") else 1
"""Five times as often with `THOROUGH=1` in the environment, as in CI."""


def some_of(cases: Sequence[Case]) -> Sequence[Case]:
    """Return all `cases` with `THOROUGH=1`, otherwise every fourth and the last: for slow cases that are much alike."""
    return cases if REPEAT > 1 else [*cases[:-1:4], cases[-1]]

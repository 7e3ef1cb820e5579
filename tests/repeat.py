"""How often tests repeat what depends on chance: a kill at some moment, a fault, a strange item in a table."""

import os

REPEAT = 5 if os.environ.get("THOROUGH") else 1
"""Five times as often with `THOROUGH=1` in the environment, as in CI."""

"""How often the tests try what fails by bad luck only: a kill at a moment, a fault, a strange item in a table."""

import os

REPEAT = 5 if os.environ.get("THOROUGH") else 1
"""With `THOROUGH=1` in the environment, as in CI, five times as often."""

"""The unicorns of Wild Rydes, and how one of them is chosen."""

from wildrydes_cli.rides.model import RandomBytes, Unicorn

FLEET = (
    Unicorn("Angel", "White", "Female"),
    Unicorn("Gil", "White", "Male"),
    Unicorn("Rocinante", "Yellow", "Female"),
)


def choose_unicorn(random_bytes: RandomBytes) -> Unicorn:
    """Choose one unicorn of the fleet, uniformly at random."""
    # A byte has 256 values. The last few would favour the first unicorns, so draw again when one of those comes up.
    fair = 256 - 256 % len(FLEET)
    while (byte := random_bytes(1)[0]) >= fair:
        pass
    return FLEET[byte % len(FLEET)]

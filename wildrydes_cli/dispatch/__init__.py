"""The core: what a ride is and how one is dispatched. It has no I/O, no clock and no randomness of its own."""

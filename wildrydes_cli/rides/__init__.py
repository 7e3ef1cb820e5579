"""The core: rides are dispatched, listed, followed and counted. It has no I/O, clock or randomness of its own."""

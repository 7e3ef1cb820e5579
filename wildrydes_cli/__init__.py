"""Dispatch unicorns to riders, and inspect the rides: the Wild Rydes backend as a command-line tool."""

__version__ = "0.1.0"

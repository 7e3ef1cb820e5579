"""Rides that were recorded: put in order, followed, counted. Like the core, it knows no store and no clock."""

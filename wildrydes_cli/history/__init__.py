"""Rides that were recorded: put in order. Like the core, it knows no store and no clock."""

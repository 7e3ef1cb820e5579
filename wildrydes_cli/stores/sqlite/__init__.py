"""The SQLite adapter: one file, and the rides in it."""

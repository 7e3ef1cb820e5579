"""The SQLite adapter: its file, and the rides in it."""

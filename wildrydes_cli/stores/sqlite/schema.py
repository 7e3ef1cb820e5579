"""The schema of the embedded store's file."""

APPLICATION_ID = 0x57696C64  # "Wild" marks the file as ours (SQLite: "PRAGMA application_id")

SCHEMA = (
    """
    CREATE TABLE tables (name TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE rides (
        "table" TEXT NOT NULL,
        ride_id TEXT NOT NULL,
        user TEXT NOT NULL,
        unicorn TEXT NOT NULL,
        color TEXT NOT NULL,
        gender TEXT NOT NULL,
        latitude REAL NOT NULL CHECK (latitude BETWEEN -90 AND 90),
        longitude REAL NOT NULL CHECK (longitude BETWEEN -180 AND 180),
        request_time TEXT NOT NULL,
        UNIQUE ("table", ride_id)
    );
    """,
    """
    CREATE INDEX rides_by_time ON rides ("table", request_time DESC, ride_id);
    CREATE INDEX rides_by_user ON rides ("table", user, request_time DESC, ride_id);
    """,
)
"""The steps that create the schema. A file of version N has the first N steps."""

SCHEMA_VERSION = len(SCHEMA)

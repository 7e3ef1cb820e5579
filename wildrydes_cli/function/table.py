"""The table that the function records rides in. The function's package has the table that it was deployed for."""

TABLE = "Rides"

"""The RequestUnicorn Lambda function: what runs inside Lambda, and nothing else."""

TABLE_VARIABLE = "WILDRYDES_TABLE"
"""The environment variable that names the function's table."""

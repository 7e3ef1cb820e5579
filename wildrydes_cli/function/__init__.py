"""The RequestUnicorn Lambda function: what runs inside Lambda, and nothing else."""

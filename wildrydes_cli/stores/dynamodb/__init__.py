"""The DynamoDB adapter: its table, and the rides in it."""

"""The DynamoDB adapter: the table, its items and indexes, and the rides in it."""

"""Where rides are kept: one port (`base`), and an adapter for DynamoDB and for an embedded file each."""

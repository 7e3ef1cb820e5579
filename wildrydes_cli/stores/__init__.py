"""Where rides are kept: one port (`base`) and two adapters, for DynamoDB and for an embedded file."""

"""The policy documents of the function's role, and how to compare them."""

from typing import Any

MANAGED_POLICY = "AWSLambdaBasicExecutionRole"
INLINE_POLICY = "DynamoDBWriteAccess"

_VERSION = "2012-10-17"  # the version of the policy language

Policy = dict[str, Any]

TRUST_POLICY: Policy = {
    "Version": _VERSION,
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
"""Lets Lambda assume the role."""


def table_policy(table_arn: str) -> Policy:
    """Return the tutorial's `DynamoDBWriteAccess`: it allows putting items into one table."""
    return {
        "Version": _VERSION,
        "Statement": [{"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": table_arn}],
    }


def managed_policy_arn(arn: str) -> str:
    """Return the ARN of AWS's policy for writing logs, in the partition of `arn` (`aws`, `aws-cn`, `aws-us-gov`)."""
    return f"arn:{arn.split(':')[1]}:iam::aws:policy/service-role/{MANAGED_POLICY}"


def equivalent(found: Policy, wanted: Policy) -> bool:
    """Whether two policies mean the same."""
    return bool(_canonical(found) == _canonical(wanted))


def resources(policy: Policy) -> list[str]:
    """Return every resource that `policy` names."""
    statements = [each for each in _listed(policy.get("Statement", [])) if isinstance(each, dict)]
    return [str(name) for each in statements for name in _listed(each.get("Resource", []))]


def _canonical(policy: Any) -> Any:
    """Return a policy without what has no meaning: a list of one equals its element, and a Sid is only a label."""
    if isinstance(policy, dict):
        return {name: _canonical(value) for name, value in policy.items() if name != "Sid"}
    if isinstance(policy, list):
        return _canonical(policy[0]) if len(policy) == 1 else [_canonical(each) for each in policy]
    return policy


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]

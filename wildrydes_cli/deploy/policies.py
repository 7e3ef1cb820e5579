"""The policies of the function's role, as documents: what they ought to be, and whether a found one is that."""

from typing import Any

MANAGED_POLICY = "AWSLambdaBasicExecutionRole"
INLINE_POLICY = "DynamoDBWriteAccess"

_VERSION = "2012-10-17"  # of the policy language, not of ours

Policy = dict[str, Any]

TRUST_POLICY: Policy = {
    "Version": _VERSION,
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
"""Who may take the role: Lambda."""


def write_policy(table_arn: str) -> Policy:
    """Return what the role may do: put items into one table (the tutorial's `DynamoDBWriteAccess`)."""
    return {
        "Version": _VERSION,
        "Statement": [{"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": table_arn}],
    }


def managed_policy_arn(table_arn: str) -> str:
    """Return the ARN of AWS's own policy for writing logs, in the partition (China, GovCloud) of the table."""
    return f"arn:{table_arn.split(':')[1]}:iam::aws:policy/service-role/{MANAGED_POLICY}"


def equivalent(found: Policy, wanted: Policy) -> bool:
    """Whether two policies say the same, in however many lists."""
    return bool(_canonical(found) == _canonical(wanted))


def resources(policy: Policy) -> list[str]:
    """Return all that `policy` names as a resource."""
    found = [each.get("Resource", []) for each in _listed(policy["Statement"])]
    return [name for names in found for name in _listed(names)]


def _canonical(policy: Any) -> Any:
    """Return a policy without what makes no difference: a list of one is its element, and a Sid is only a name."""
    if isinstance(policy, dict):
        return {name: _canonical(value) for name, value in policy.items() if name != "Sid"}
    if isinstance(policy, list):
        return _canonical(policy[0]) if len(policy) == 1 else [_canonical(each) for each in policy]
    return policy


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]

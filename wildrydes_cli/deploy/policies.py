"""The policy documents of the function's role, and what policies of others mean."""

from fnmatch import fnmatchcase
from typing import Any

MANAGED_POLICY = "AWSLambdaBasicExecutionRole"
INLINE_POLICY = "DynamoDBWriteAccess"
LAMBDA = "lambda.amazonaws.com"
EVERYBODY = "*"
WRITE = "dynamodb:PutItem"

_EFFECTS = ("Allow", "Deny")
_VERSION = "2012-10-17"  # the version of the policy language

Policy = dict[str, Any]
Statement = dict[str, Any]

TRUST_POLICY: Policy = {
    "Version": _VERSION,
    "Statement": [{"Effect": "Allow", "Principal": {"Service": LAMBDA}, "Action": "sts:AssumeRole"}],
}
"""Lets Lambda assume the role."""


def table_policy(table_arn: str) -> Policy:
    """Return the tutorial's `DynamoDBWriteAccess`: it allows putting items into one table."""
    return {"Version": _VERSION, "Statement": [{"Effect": "Allow", "Action": WRITE, "Resource": table_arn}]}


def managed_policy_arn(arn: str) -> str:
    """Return the ARN of AWS's policy for writing logs, in the partition of `arn` (`aws`, `aws-cn`, `aws-us-gov`)."""
    return f"arn:{arn.split(':')[1]}:iam::aws:policy/service-role/{MANAGED_POLICY}"


def equivalent(found: Policy, wanted: Policy) -> bool:
    """Whether two policies mean the same."""
    return bool(_canonical(found) == _canonical(wanted))


def resources(policy: Policy) -> list[str]:
    """Return every resource that `policy` names."""
    return [name for each in statements(policy) for name in _listed(each.get("Resource", []))]


def statements(policy: Policy) -> list[Statement]:
    """Return the statements of a policy."""
    return _listed(policy.get("Statement", []))


def principals(statement: Statement) -> list[str]:
    """Return the principals that a statement is for. `EVERYBODY` is among them if it is for everybody."""
    named = statement.get("Principal", [])
    return [name for kind in (named.values() if isinstance(named, dict) else [named]) for name in _listed(kind)]


def trusted(policy: Policy) -> list[str]:
    """Return whom a trust policy lets assume the role, whatever the conditions."""
    allowed = [each for each in statements(policy) if _covers(each, "Allow", "sts:AssumeRole", "")]
    return sorted({name for each in allowed for name in principals(each)})


def allows(policy: Policy, action: str, resource: str) -> bool:
    """Whether `policy` allows an action on a resource. Conditions of what it allows are taken as met."""
    return any(_covers(each, "Allow", action, resource) for each in statements(policy)) and not any(
        _covers(each, "Deny", action, resource) and "Condition" not in each for each in statements(policy)
    )


def described(policy: Policy) -> str:
    """Say what a policy allows, for people."""
    said = {effect: [_named(each) for each in statements(policy) if each["Effect"] == effect] for effect in _EFFECTS}
    allowed, denied = (" and ".join(said[effect]) for effect in _EFFECTS)
    return f"{allowed or 'nothing'}{f', and denies {denied},' if denied else ''}"


def _covers(statement: Statement, effect: str, action: str, resource: str) -> bool:
    """Whether a statement is about an action on a resource. A trust policy names no resource."""
    return (
        statement.get("Effect") == effect
        and _names(statement, "Action", action.lower(), lambda pattern: pattern.lower())
        and _names(statement, "Resource", resource)
    )


def _names(statement: Statement, element: str, value: str, folded: Any = str) -> bool:
    """Whether an element of a statement, or the lack of it in the opposite element, names `value`."""
    listed = _listed(statement.get(element, statement.get(f"Not{element}", [])))
    patterns = [folded(each).replace("[", "[[]") for each in listed]  # IAM knows only two wildcards: * and ?
    return any(fnmatchcase(value, pattern) for pattern in patterns) == (element in statement)


def _named(statement: Statement) -> str:
    """Return the actions and the resources of a statement, for people."""
    actions, resources = (
        ("" if element in statement else "everything but ")
        + ", ".join(_listed(statement.get(element, statement.get(f"Not{element}", []))))
        for element in ("Action", "Resource")
    )
    return f"{actions} on {resources}"


def _canonical(policy: Any) -> Any:
    """Return a policy without what has no meaning: a list of one equals its element, and a Sid is only a label."""
    if isinstance(policy, dict):
        return {name: _canonical(value) for name, value in policy.items() if name != "Sid"}
    if isinstance(policy, list):
        return _canonical(policy[0]) if len(policy) == 1 else [_canonical(each) for each in policy]
    return policy


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]

"""The RequestUnicorn Lambda function: its handler, its package, its deployment, and what is asked of it remotely.

The names that are here are the tutorial's.
"""

from wildrydes_cli.errors import InvalidError

FUNCTION = "RequestUnicorn"
ROLE = "WildRydesLambda"
TABLE_VARIABLE = "WILDRYDES_TABLE"

ABSENT = ("NoSuchEntity", "ResourceNotFoundException")
"""The codes with which IAM, and Lambda and CloudWatch, say that there is no such thing."""

_NAME = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


def valid_name(name: str) -> str:
    """Return `name` if both Lambda and IAM take it for a function or a role, else raise `InvalidError`."""
    if not 0 < len(name) <= 64 or not _NAME.issuperset(name):
        raise InvalidError("name", name, "a name of 1 to 64 of A-Z a-z 0-9 _ -")
    return name


def function_command(verb: str, function: str, role: str = ROLE) -> tuple[str, ...]:
    """Return the `wildrydes function` command for that function and role, named where they are not the tutorial's."""
    named = (("--function-name", function, FUNCTION), ("--role-name", role, ROLE))
    return ("function", verb, *(word for option, name, usual in named if name != usual for word in (option, name)))


def log_group(function: str) -> str:
    """Return the CloudWatch log group that Lambda writes the log of `function` to."""
    return f"/aws/lambda/{function}"

"""What is deployed to AWS: what should exist, what does exist, the difference, and why."""

import re

from wildrydes_cli.errors import InvalidError

FUNCTION = "RequestUnicorn"
ROLE = "WildRydesLambda"

ABSENT = ("NoSuchEntity", "ResourceNotFoundException")
"""The error codes for "does not exist": IAM's, and that of Lambda and CloudWatch."""


def valid_name(name: str) -> str:
    """Return `name` if both Lambda and IAM accept it for a function or a role, else raise `InvalidError`."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
        raise InvalidError("name", name, "a name of 1 to 64 of A-Z a-z 0-9 _ -")
    return name


def function_command(verb: str, function: str, role: str = ROLE) -> tuple[str, ...]:
    """Return the `wildrydes function` command for a function and role. Names them unless they are the tutorial's."""
    named = (("--function-name", function, FUNCTION), ("--role-name", role, ROLE))
    return ("function", verb, *(word for option, name, usual in named if name != usual for word in (option, name)))


def log_group(function: str) -> str:
    """Return the CloudWatch log group that Lambda writes the log of `function` to."""
    return f"/aws/lambda/{function}"

"""What is deployed to AWS: what should exist, what does exist, the difference, and why."""

import os
import re

from wildrydes_cli.errors import InvalidError

FUNCTION = "RequestUnicorn"
ROLE = "WildRydesLambda"
API = "WildRydes"
USER_POOL = "WildRydes"

ABSENT = ("NoSuchEntity", "ResourceNotFoundException", "NotFoundException")
"""The error codes for "does not exist": those of IAM, of Lambda, CloudWatch and Cognito, and of API Gateway."""


def valid_name(name: str) -> str:
    """Return `name` if both Lambda and IAM accept it for a function or a role, else raise `InvalidError`."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
        raise InvalidError("name", name, "a name of 1 to 64 of A-Z a-z 0-9 _ -")
    return name


def valid_api_name(name: str) -> str:
    """Return `name` if Cognito accepts it for a user pool, and API Gateway for an API, else raise `InvalidError`."""
    if not re.fullmatch(r"[\w +=,.@-]{1,128}", name, re.ASCII):
        raise InvalidError("name", name, "a name of 1 to 128 of A-Z a-z 0-9 _ + = , . @ - and space")
    return name


def function_command(verb: str, function: str, role: str | None = None) -> tuple[str, ...]:
    """Return the `wildrydes function` command for a function and role. Names what a default or a variable does not."""
    return ("function", verb, *_named(("--function-name", function, FUNCTION), ("--role-name", role, ROLE)))


def api_command(verb: str, api: str, pool: str, function: str | None = None) -> tuple[str, ...]:
    """Return the `wildrydes api` command for an API, a user pool and a function, in the same way."""
    names = (("--api-name", api, API), ("--user-pool-name", pool, USER_POOL), ("--function-name", function, FUNCTION))
    return ("api", verb, *_named(*names))


def _named(*names: tuple[str, str | None, str]) -> list[str]:
    """Return options for names that a command would not use by itself. Each is an option, a name and its default."""
    return [
        word
        for option, name, default in names
        if name and name != (os.environ.get(f"WILDRYDES_{option.strip('-').replace('-', '_').upper()}") or default)
        for word in (option, name)
    ]


def log_group(function: str) -> str:
    """Return the CloudWatch log group that Lambda writes the log of `function` to."""
    return f"/aws/lambda/{function}"

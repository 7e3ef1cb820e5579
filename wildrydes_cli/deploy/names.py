"""The names of what is deployed. Options fill them, and every hint that names a command reads them."""

import os
import re
from collections.abc import Mapping
from itertools import takewhile
from typing import Any, NamedTuple
from unicodedata import category

from wildrydes_cli.errors import InvalidError
from wildrydes_cli.rides.model import valid_rider


class Names(NamedTuple):
    """What each thing that is deployed is called."""

    function: str = "RequestUnicorn"
    role: str = "WildRydesLambda"
    use_role: str | None = None
    """A role that exists, which the function runs with in place of one of ours. It is left alone."""
    api: str = "WildRydes"
    user_pool: str = "WildRydes"
    page: str = "WildRydes"

    @classmethod
    def chosen(cls, **given: str | None) -> "Names":
        """Return the names that a command works with: those of its options, and else those of the variables.

        So a hint of this command names the same things as the commands that do have the option.
        """
        usual: dict[str, Any] = {
            field: os.environ.get(VARIABLES[field]) or value for field, value in cls._field_defaults.items()
        }
        return cls(**{**usual, **given})

    def command(self, *words: str) -> tuple[str, ...]:
        """Return the `wildrydes` command that begins with `words`, with an option for each name that it needs.

        A name that the command takes needs its option, unless it is the default or a variable has it.
        """
        verb = next((size for size in (2, 1) if " ".join(words[:size]) in COMMANDS), 0)
        needed = [
            word
            for field in COMMANDS.get(" ".join(words[:verb]), ())
            if (name := getattr(self, field)) != (os.environ.get(VARIABLES[field]) or Names._field_defaults[field])
            and name is not None
            for word in (_option(field), name)
        ]
        return (*words[:verb], *needed, *words[verb:])

    def before(self, *words: str) -> tuple[tuple[str, ...], ...]:
        """Return the commands that create what the command `words` needs, in order."""
        return tuple(self.command(*each) for each in takewhile(words.__ne__, _ORDER))


def _option(field: str) -> str:
    return "--use-role" if field == "use_role" else f"--{field.replace('_', '-')}-name"


_ORDER = (("setup-table",), ("function", "deploy"), ("api", "deploy"))
"""The commands that deploy everything. Each needs what those before it create."""

VARIABLES: Mapping[str, str] = {
    "function": "WILDRYDES_FUNCTION_NAME",
    "role": "WILDRYDES_ROLE_NAME",
    "use_role": "WILDRYDES_USE_ROLE",
    "api": "WILDRYDES_API_NAME",
    "user_pool": "WILDRYDES_USER_POOL_NAME",
    "page": "WILDRYDES_PAGE_NAME",
}
"""The environment variable for each field of `Names`."""

COMMANDS: Mapping[str, tuple[str, ...]] = {
    "deploy": Names._fields,
    "delete": Names._fields,
    "status": Names._fields,
    "function deploy": ("function", "role", "use_role"),
    "function invoke": ("function",),
    "function logs": ("function",),
    "function delete": ("function", "role", "use_role"),
    "api deploy": ("function", "api", "user_pool"),
    "api invoke": ("api", "user_pool"),
    "api config": ("api", "user_pool"),
    "api delete": ("function", "api", "user_pool"),
    "page deploy": ("page", "api", "user_pool"),
    "page delete": ("page", "user_pool"),
    "serve": ("api", "user_pool"),
}
"""The names that each command takes, in the order of its options."""


def valid_name(name: str) -> str:
    """Return `name` if both Lambda and IAM accept it for a function or a role, else raise `InvalidError`."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
        raise InvalidError("name", name, "a name of 1 to 64 of A-Z a-z 0-9 _ -")
    return name


def valid_role_name(name: str) -> str:
    """Return `name` if IAM accepts it for a role, else raise `InvalidError`."""
    if not re.fullmatch(r"[\w+=,.@-]{1,64}", name, re.ASCII):
        raise InvalidError("name", name, "a name of 1 to 64 of A-Z a-z 0-9 _ + = , . @ -")
    return name


def valid_username(name: str) -> str:
    """Return `name` if it can be a rider and the name of a Cognito user, else raise `InvalidError`.

    Cognito takes letters, marks, symbols, numbers and punctuation, and no white space (Cognito: "AdminCreateUser").
    """
    if not all(category(character)[0] in "LMSNP" for character in valid_rider(name)):
        raise InvalidError("name", name, "a name without white space and control characters")
    return name


def valid_api_name(name: str) -> str:
    """Return `name` if Cognito accepts it for a user pool, and API Gateway for an API, else raise `InvalidError`."""
    if not re.fullmatch(r"[\w +=,.@-]{1,128}", name, re.ASCII):
        raise InvalidError("name", name, "a name of 1 to 128 of A-Z a-z 0-9 _ + = , . @ - and space")
    return name

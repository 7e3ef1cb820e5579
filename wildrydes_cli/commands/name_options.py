"""The options that name what is deployed. They are not in `options`, because commands for rides don't need them."""

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from wildrydes_cli.connection import option_parser
from wildrydes_cli.deploy.names import COMMANDS, VARIABLES, Names, valid_api_name, valid_name, valid_role_name
from wildrydes_cli.errors import UsageError

_OPTIONS: dict[str, tuple[Callable[[str], str], str]] = {
    "function": (valid_name, "The function's name. Pick your own in a shared account."),
    "role": (valid_name, "The name of the function's role."),
    "use_role": (
        valid_role_name,
        "An existing role that the function runs with, such as LabRole in AWS Academy. It is left alone.",
    ),
    "api": (valid_api_name, "The name of the REST API."),
    "user_pool": (valid_api_name, "The name of the Cognito user pool."),
    "page": (valid_api_name, "The name of the Amplify app that hosts the page."),
}
"""How the option for each field of `Names` is checked, and its help."""


def takes_names(command: Callable[..., None]) -> Callable[..., None]:
    """Replace the `names` parameter of a command with the options for the names that `COMMANDS` says.

    The command raises `UsageError` if both a role of ours and one that is left alone are named.
    """
    fields = COMMANDS[command.__name__.replace("_", " ")]
    kind = inspect.Parameter.KEYWORD_ONLY
    options = [
        inspect.Parameter(
            _parameter(field),
            kind,
            default=Names._field_defaults[field],
            annotation=Annotated[Names.__annotations__[field], _option(field)],
        )
        for field in fields
    ]

    @functools.wraps(command)
    def with_options(**given: Any) -> None:
        names = Names.chosen(**{field: given.pop(_parameter(field)) for field in fields})
        if "use_role" in fields:
            _require_one_role(names)
        command(names=names, **given)

    parameters: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(command, eval_str=True).parameters.items():
        parameters += options if name == "names" else [parameter.replace(kind=kind)]
    with_options.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return with_options


def _parameter(field: str) -> str:
    """Return the parameter whose name Typer makes the option of: `--api-name`, `--use-role`."""
    return field if field == "use_role" else f"{field}_name"


def _option(field: str) -> Any:
    valid, what = _OPTIONS[field]
    return typer.Option(parser=option_parser(valid), metavar="NAME", envvar=VARIABLES[field], help=what)


def _require_one_role(names: Names) -> None:
    if names.use_role and names.role != Names().role:
        raise UsageError(
            f"the function can't run with both role {names.role} and role {names.use_role}",
            hint=f"--role-name and {VARIABLES['role']} name a role of ours, --use-role and {VARIABLES['use_role']} "
            "one that is left alone: leave out one of them",
        )

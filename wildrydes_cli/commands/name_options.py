"""The options that name what is deployed. They are not in `options`, because commands for rides don't need them."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from wildrydes_cli.connection import option_parser
from wildrydes_cli.deploy.names import VARIABLES, Names, valid_api_name, valid_name, valid_role_name
from wildrydes_cli.errors import UsageError


def name_option(field: str, what: str, valid: Callable[[str], str], **more: Any) -> Any:
    """Return the option for a field of `Names`."""
    return typer.Option(parser=option_parser(valid), metavar="NAME", envvar=VARIABLES[field], help=what, **more)


FUNCTION, ROLE, API, USER_POOL, PAGE, _ = Names()
FunctionName = Annotated[
    str, name_option("function", "The function's name. Pick your own in a shared account.", valid_name)
]
RoleName = Annotated[str, name_option("role", "The name of the function's role.", valid_name)]
UseRole = Annotated[
    str | None,
    name_option(
        "use_role",
        "Run the function with a role that exists, such as LabRole in AWS Academy, and leave the role alone.",
        valid_role_name,
    ),
]
ApiName = Annotated[str, name_option("api", "The name of the REST API.", valid_api_name)]
UserPoolName = Annotated[str, name_option("user_pool", "The name of the Cognito user pool.", valid_api_name)]
PageName = Annotated[str, name_option("page", "The name of the Amplify app that hosts the page.", valid_api_name)]


def require_one_role(role: str, use_role: str | None) -> None:
    """Raise `UsageError` if both a role of ours and one that is left alone are named."""
    if use_role and role != ROLE:
        raise UsageError(
            f"the function can't run with both role {role} and role {use_role}",
            hint=f"--role-name and {VARIABLES['role']} name a role of ours, --use-role and {VARIABLES['use_role']} "
            "one that is left alone: leave out one of them",
        )

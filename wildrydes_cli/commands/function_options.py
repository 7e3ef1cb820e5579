"""The options that say which function is meant, the same for every command that has to do with it."""

from typing import Annotated

import typer

from wildrydes_cli.connection import option_parser
from wildrydes_cli.function import valid_name

FunctionName = Annotated[
    str,
    typer.Option(parser=option_parser(valid_name), metavar="NAME", help="The function, for an account that is shared."),
]
_role = typer.Option(
    "--role-name", parser=option_parser(valid_name), metavar="NAME", help="Its role, for a shared account."
)
RoleName = Annotated[str, _role]
OwnRole = Annotated[str | None, _role]

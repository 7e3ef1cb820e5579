"""`wildrydes status`."""

from collections import Counter

from wildrydes_cli.commands.options import (
    API,
    FUNCTION,
    ROLE,
    USER_POOL,
    ApiName,
    Format,
    FunctionName,
    RoleName,
    UserPoolName,
)
from wildrydes_cli.connection import Connection, takes_connection
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.errors import RefusedError, WildrydesError, counted
from wildrydes_cli.output.messages import announce
from wildrydes_cli.output.progress import spinner
from wildrydes_cli.output.results import write_status


@takes_connection
def status(
    connection: Connection,
    function_name: FunctionName = FUNCTION,
    role_name: RoleName = ROLE,
    api_name: ApiName = API,
    user_pool_name: UserPoolName = USER_POOL,
    output: Format = "table",
) -> None:
    """Show what exists on AWS, what is wrong, and how to fix it.

    Changes nothing. The exit code is 1 if something exists and is different from what it should be. What AWS refuses to
    show is shown as unknown, and the exit code is then 4.

    \b
    Examples:
      wildrydes status
      wildrydes status --profile ada -o json
    """
    account = connection.account()
    from wildrydes_cli.aws import location
    from wildrydes_cli.deploy.plan import Search, state_of
    from wildrydes_cli.deploy.site import Site

    names = Names(function_name, role_name, api_name, user_pool_name)
    modules = Site(account, connection.table, names).modules
    announce(f"looking at AWS in {location(account.client('dynamodb'))}")
    with spinner("looking"):
        search = Search(part for module in modules for part in module.parts.values())
    states = {
        name: state_of(part, search, module.commands[name]) for module in modules for name, part in module.parts.items()
    }
    rows = {
        name: (each.state, each.reason, connection.command(*each.command) if each.command else "")
        for name, each in states.items()
    }
    write_status(rows, output)
    found = Counter(each.state for each in states.values())
    if found["differs"]:
        raise WildrydesError(
            f"{counted(found['differs'], 'part')} {'is' if found['differs'] == 1 else 'are'} not as expected",
            hint="the lines above say why, and which command fixes it",
        )
    if found["unknown"]:
        first = next(each.reason for each in states.values() if each.state == "unknown")
        raise RefusedError(
            f"{counted(found['unknown'], 'part')} could not be looked at; the first: {first}",
            hint="the lines above say why; the permissions that this needs are in docs/reference.md",
        )

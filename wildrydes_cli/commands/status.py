"""`wildrydes status`."""

from collections import Counter

from wildrydes_cli.commands.name_options import takes_names
from wildrydes_cli.commands.options import SERVE, Format
from wildrydes_cli.connection import Connection, open_store, takes_connection
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.errors import RefusedError, WildrydesError, counted
from wildrydes_cli.output.messages import announce
from wildrydes_cli.output.progress import spinner
from wildrydes_cli.output.results import Row, write_status


@takes_connection
@takes_names
def status(
    connection: Connection,
    names: Names,
    output: Format = "table",
) -> None:
    """Show what exists on AWS, and what to do next.

    Goes through the modules of the tutorial, and changes nothing. The exit code is 1 if something is broken. If nothing
    is broken, but AWS did not show everything, it is 4.

    \b
    Examples:
      wildrydes status
      wildrydes status --profile ada -o json
    """
    if connection.local:
        _show_embedded(connection, output)
        return
    account = connection.account(instead=SERVE)
    from wildrydes_cli.aws import location
    from wildrydes_cli.deploy.site import MODULES, Site
    from wildrydes_cli.deploy.state import look, next_command

    site = Site(account, connection.table, names)
    announce(f"looking at AWS in {location(account.client('dynamodb'))}")
    steps = site.steps
    with spinner("looking"):
        states = look(steps)
    rows = {
        name: Row(each.state, each.reason, connection.command(*each.command) if each.command else "")
        for name, each in states.items()
    }
    sections = {module: [name for name in rows if steps[name].module == module] for module in MODULES}
    following = next_command(steps, states)
    write_status(rows, sections, site.values, connection.command(*following) if following else "", output)
    found = Counter(each.state for each in states.values())
    if set(found) == {"ready"}:
        announce(f"everything is ready; to remove all of it: {connection.command(*names.command('delete'))}")
    # A role that is used exists in an empty account too.
    if all(each.state == "absent" for name, each in states.items() if name != "Role" or not names.use_role):
        everything = names.command("deploy", *([] if site.app.is_served else ["--no-page"]))
        announce(f"to create all of it at once: {connection.command(*everything)}")
    if found["broken"]:
        raise WildrydesError(
            f"{counted(found['broken'], 'part')} {'is' if found['broken'] == 1 else 'are'} broken",
            hint="the lines above say why, and which command fixes it",
        )
    if found["unknown"]:
        first = next(each.reason for each in states.values() if each.state == "unknown")
        raise RefusedError(
            f"{counted(found['unknown'], 'part')} could not be looked at; the first: {first}",
            hint="the lines above say why; the permissions that this needs: wildrydes help permissions",
        )


def _show_embedded(connection: Connection, output: Format) -> None:
    """Show the embedded store with its rides, and what AWS would need."""
    with open_store(connection) as store:
        count = store.count()
        create = connection.command("setup-table")
        table = Row("ready", f"{count} in {store.label}") if count else Row("absent", "", create)
    aws = (
        Row("absent", "it is not used: --store or WILDRYDES_STORE says local")
        if connection.store == "local"
        else Row("absent", "it is not configured, so rides are kept on this machine", "aws configure")
    )
    write_status({"Table": table, "AWS": aws}, {"": ["Table", "AWS"]}, {}, connection.command(*SERVE), output)

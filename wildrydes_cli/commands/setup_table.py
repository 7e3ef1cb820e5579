"""`wildrydes setup-table`."""

from typing import Annotated

import typer

from wildrydes_cli.commands.options import Format
from wildrydes_cli.connection import Connection, open_store, takes_connection
from wildrydes_cli.errors import UsageError
from wildrydes_cli.output.messages import note
from wildrydes_cli.output.progress import progress_bar, spinner
from wildrydes_cli.output.results import added_indexes, write_table_status


@takes_connection
def setup_table(
    connection: Connection,
    no_indexes: Annotated[
        bool, typer.Option("--no-indexes", help="Create exactly the tutorial's table. Listing it reads all of it.")
    ] = False,
    add_indexes: Annotated[
        bool, typer.Option("--add-indexes", help="Add the indexes to an existing table. Safe to repeat.")
    ] = False,
    output: Format = "table",
) -> None:
    """Create the table of rides unless it exists.

    Waits until the table can be used, and prints its ARN, which the tutorial's next step needs. Safe to repeat: an
    existing table stays as it is.

    \b
    Examples:
      wildrydes setup-table
      wildrydes setup-table --region eu-west-1 --table ClassRides -o json
    """
    if no_indexes and add_indexes:
        raise UsageError("--no-indexes and --add-indexes contradict each other", hint="leave one of them out")
    with open_store(connection) as store:
        if add_indexes:
            with progress_bar() as bar:
                status = store.add_indexes(bar)
        else:
            with spinner(f"setting up {store.label}"):
                status = store.setup(indexes=not no_indexes)
    write_table_status(status, output)
    if add_indexes and not status.created:
        note(added_indexes(status))
    if status.added and status.write_units:
        note(
            f"each new index has {status.write_units} write units a second, like the table, but no auto scaling. "
            "An index that can't keep up slows down all writes: turn on its auto scaling, or use on-demand capacity"
        )
    add = connection.command("setup-table", "--add-indexes")
    if status.unindexed is None and not no_indexes:
        note(f"table {status.table} has no index by time, so rides list reads all of it. To add one: {add}")
    if status.unindexed and status.unindexed > 0:
        find = connection.command("rides", "list", "--scan")
        to_add = "" if add_indexes else f". To add rides among them to the index: {add}"
        note(
            f"about {status.unindexed} items of table {status.table} are not in its index by time. DynamoDB counts "
            "only every six hours, and items that are not rides, or have no RequestTime, are never in it. "
            f"To find them: {find}{to_add}"
        )

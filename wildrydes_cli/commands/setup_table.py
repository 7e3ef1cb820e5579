"""`wildrydes setup-table`."""

from typing import Annotated

import typer

from wildrydes_cli.commands import open_store
from wildrydes_cli.connection import Connection, takes_connection
from wildrydes_cli.errors import UsageError
from wildrydes_cli.output.messages import note
from wildrydes_cli.output.results import Format, progress_bar, spinner, write_json, write_record
from wildrydes_cli.stores.base import TableStatus


@takes_connection
def setup_table(
    connection: Connection,
    no_indexes: Annotated[
        bool, typer.Option("--no-indexes", help="Make the tutorial's exact table, which can only be read whole.")
    ] = False,
    add_indexes: Annotated[
        bool, typer.Option("--add-indexes", help="Give a table that is there its indexes; may be repeated.")
    ] = False,
    output: Format = "table",
) -> None:
    """Create the table of rides, where it is absent.

    It waits until the table can be used, and prints its ARN, which the tutorial's next step asks for. It is safe to
    repeat: a table that is there already is left as it is.

    \b
    Example:
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
    _show(status, output)
    if status.unindexed is None and not no_indexes:
        mend = connection.command("setup-table", "--add-indexes")
        note(f"table {status.table} has no index by time, so rides list reads all of it; {mend} adds one")
    if status.unindexed and status.unindexed > 0:
        find, mend = connection.command("rides", "list", "--scan"), connection.command("setup-table", "--add-indexes")
        note(
            f"about {status.unindexed} items of table {status.table} are not in its index by time, as DynamoDB counts "
            f"every six hours: {find} finds them, {mend} puts rides there (not what is none, or has no time)"
        )


def _show(status: TableStatus, output: str) -> None:
    values = {name.title(): value for name, value in status._asdict().items() if name != "unindexed"}
    if output == "json":
        write_json(values)
        return
    if not status.created:
        note(f"table {status.table} was there already")
    del values["Created"]
    values["Indexes"] = ", ".join(status.indexes or ())
    write_record("created" if status.created else "ready", values)

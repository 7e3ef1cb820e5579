"""`wildrydes delete-table`."""

from wildrydes_cli.commands.options import Format, Yes
from wildrydes_cli.connection import Connection, open_store, takes_connection
from wildrydes_cli.output.messages import confirm, note
from wildrydes_cli.output.progress import spinner
from wildrydes_cli.output.results import write_json, write_record


@takes_connection
def delete_table(connection: Connection, yes: Yes = False, output: Format = "table") -> None:
    """Delete the table and all its rides.

    Safe to repeat: if there is no table, nothing happens.

    \b
    Examples:
      wildrydes delete-table
      wildrydes delete-table --table ClassRides --yes
    """
    with open_store(connection) as store:
        with spinner(f"counting the rides of {store.label}"):
            rides = store.count()
        if rides is not None:
            confirm(f"delete {store.label}, with {rides.lost}", yes=yes)
            with spinner(f"deleting {store.label}"):
                rides = rides if store.delete() else None
        if rides is None:
            note(f"there is no {store.label}")
    if output != "table":
        many, exact = rides[:2] if rides else (None, None)
        write_json({"Table": connection.table, "Deleted": rides is not None, "Rides": many, "Exact": exact}, output)
    elif rides:
        write_record("deleted", {"Table": connection.table, "Rides": rides.rides if rides.exact else rides})

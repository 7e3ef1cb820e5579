"""`wildrydes delete-table`."""

from wildrydes_cli.commands import Yes, confirm, open_store
from wildrydes_cli.connection import Connection, takes_connection
from wildrydes_cli.output.messages import note
from wildrydes_cli.output.results import Format, spinner, write_json, write_record


@takes_connection
def delete_table(connection: Connection, yes: Yes = False, output: Format = "table") -> None:
    """Delete the table and all rides in it.

    It is safe to repeat: where there is no table, nothing is done.

    \b
    Example:
      wildrydes delete-table
      wildrydes delete-table --table ClassRides --yes
    """
    with open_store(connection) as store:
        with spinner(f"counting the rides of {store.label}"):
            rides = store.count()
        if rides is not None:
            confirm(f"delete {store.label}, with {rides}", yes=yes)
            with spinner(f"deleting {store.label}"):
                rides = rides if store.delete() else None
        if rides is None:
            note(f"there is no {store.label}")
    if output == "json":
        many, exact = rides or (None, None)
        write_json({"Table": connection.table, "Deleted": rides is not None, "Rides": many, "Exact": exact})
    elif rides:
        write_record("deleted", {"Table": connection.table, "Rides": rides})

"""`wildrydes delete-table`."""

from wildrydes_cli.commands import Yes, confirm, opened
from wildrydes_cli.connection import Connection, connected
from wildrydes_cli.output.messages import note
from wildrydes_cli.output.results import Format, waiting, write_json, write_record


@connected
def delete_table(connection: Connection, yes: Yes = False, output: Format = "table") -> None:
    """Delete the table and all rides in it.

    It is safe to repeat: where there is no table, nothing is done.

    \b
    Example:
      wildrydes delete-table
      wildrydes delete-table --table ClassRides --yes
    """
    with opened(connection) as store:
        with waiting(f"counting the rides of {store.place}"):
            rides = store.count()
        if rides is not None:
            confirm(f"delete {store.place}, with {rides}", yes=yes)
            with waiting(f"deleting {store.place}"):
                rides = rides if store.delete() else None
        if rides is None:
            note(f"there is no {store.place}")
    if output == "json":
        many, exact = rides or (None, None)
        write_json({"Table": connection.table, "Deleted": rides is not None, "Rides": many, "Exact": exact})
    elif rides:
        write_record("deleted", {"Table": connection.table, "Rides": rides})

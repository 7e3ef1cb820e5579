"""`wildrydes setup-table`."""

from wildrydes_cli.commands import opened
from wildrydes_cli.connection import Connection, connected
from wildrydes_cli.output import Format, waiting, write_json, write_record
from wildrydes_cli.streams import note


@connected
def setup_table(connection: Connection, output: Format = "table") -> None:
    """Create the table of rides if it is absent, and wait until it can be used.

    Prints the table's ARN, which the tutorial's next step asks for. It is safe to repeat: a table that is there already
    is left as it is.

    \b
    Example:
      wildrydes setup-table
      wildrydes setup-table --region eu-west-1 --table ClassRides -o json
    """
    with opened(connection) as store, waiting(f"setting up {store.place}"):
        status = store.setup()
    if output == "json":
        write_json({name.title(): value for name, value in status._asdict().items()})
        return
    if not status.created:
        note(f"table {status.table} was there already")
    record = {name.title(): value for name, value in status._asdict().items() if name != "created"}
    write_record("created" if status.created else "ready", record)

"""`wildrydes serve`."""

import signal
import sys
from typing import Annotated

import typer

from wildrydes_cli.commands.options import Rider, rider_or_login_name, whole_number
from wildrydes_cli.connection import Connection, open_store, takes_connection
from wildrydes_cli.errors import RefusedError, ServiceError
from wildrydes_cli.output.messages import note
from wildrydes_cli.output.progress import spinner
from wildrydes_cli.rides.listing import Listing
from wildrydes_cli.stores.base import RideStore


@takes_connection
def serve(
    connection: Connection,
    port: Annotated[
        int, typer.Option(parser=whole_number(0, 65535), metavar="PORT", help="The port. 0 is any that is free.")
    ] = 7433,
    host: Annotated[str, typer.Option(metavar="HOST", help="The address to listen on.")] = "127.0.0.1",
    rider: Rider = None,
    open_: Annotated[bool, typer.Option("--open", help="Open the page in your browser.")] = False,
) -> None:
    """Serve the tutorial's web application on this machine.

    Runs until Ctrl-C. The page shows a map and the rides. Click the map and request a unicorn: the request goes
    through the handler of the Lambda function, and the ride is recorded in the chosen store. No AWS account is
    needed. Prints the URL as soon as the page can be loaded.

    \b
    Examples:
      wildrydes serve --open
      wildrydes serve --port 0 --rider ada
    """
    from wildrydes_cli.serve.application import Application
    from wildrydes_cli.serve.server import is_private, listen, run, url_of

    rider = rider_or_login_name(rider)
    with open_store(connection) as store, listen(host, port) as listener:
        _check(store)
        private, url = is_private(listener), url_of(listener)

        def ready() -> None:
            if not private:
                note(
                    f"warning: whoever reaches this server by this machine's address can request rides as {rider}, "
                    "and see all rides"
                )
            print(url, flush=True)
            using = "" if sys.stderr.isatty() else f"using {store.label}; "  # a terminal has been told
            note(f"{using}riding as {rider}; Ctrl-C ends it")
            if open_:
                _open_browser(url)

        application = Application(store, rider, host, private=private, log_all=connection.verbose)
        ended_by = run(application, listener, ready)
    if ended_by != signal.SIGINT:
        raise typer.Exit(128 + ended_by)


def _check(store: RideStore) -> None:
    """Read a ride. An error that may pass by itself is only a warning. Any other is raised, before there is a page."""
    try:
        with spinner(f"reading {store.label}"):
            next(store.rides(Listing(limit=1, unsorted=True)), None)
    except RefusedError:
        raise
    except ServiceError as error:
        note(f"warning: {error.message}")


def _open_browser(url: str) -> None:
    import webbrowser

    if not webbrowser.open(url):
        note(f"there is no browser here. Open {url}")

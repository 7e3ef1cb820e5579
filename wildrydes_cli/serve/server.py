"""The server: waitress, with the limits of ours, on a socket of ours."""

import errno
import logging
import os
import signal
import socket
from collections.abc import Callable
from ipaddress import ip_address
from types import FrameType
from typing import Any

from wildrydes_cli.errors import NotConfiguredError

CONNECTIONS = 64
"""How many connections are open at once. A browser opens six."""

IDLE_SECONDS = 15
"""How many seconds until a connection is closed on which nothing happens, or a request has begun and does not end."""

_OTHER_HOST = "leave out --host, or name an address of this machine"
_MOST_READ_BYTES = 1024 * 1024  # of a body: waitress itself refuses a longer one
_HEADER_BYTES = 64 * 1024


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on `host` and `port`, or on a free port if `port` is 0.

    Raises `NotConfiguredError` if the port is taken, or the host is not this machine.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family, backlog=CONNECTIONS)
    except socket.gaierror as error:
        raise NotConfiguredError(f"cannot listen on {host}: {error.strerror}", hint=_OTHER_HOST) from error
    except (OSError, UnicodeError) as error:
        reason = os.strerror(error.errno or 0) if isinstance(error, OSError) else "it is not a host name"
        of_port = isinstance(error, OSError) and error.errno in (errno.EADDRINUSE, errno.EACCES)
        hint = "choose another --port; --port 0 is any that is free" if of_port else _OTHER_HOST
        raise NotConfiguredError(f"cannot listen on {host} port {port}: {reason}", hint=hint) from error


def url_of(listener: socket.socket) -> str:
    """Return the URL of the page on this machine."""
    host, port = listener.getsockname()[:2]
    if ip_address(host).is_unspecified:  # 0.0.0.0 and :: are all addresses of this machine, and no address to open
        host = "::1" if ":" in host else "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def is_private(listener: socket.socket) -> bool:
    """Whether only this machine reaches what listens."""
    return ip_address(listener.getsockname()[0]).is_loopback


def run(application: Callable[..., Any], listener: socket.socket, ready: Callable[[], None]) -> int:
    """Call `ready`, and serve until a signal comes. Returns its number.

    The request under way is answered first, for up to five seconds. A second signal ends the process at once.
    """
    import waitress.server
    from waitress.channel import HTTPChannel

    class Channel(HTTPChannel):  # type: ignore[misc]
        """A connection. To waitress, each byte of a request is an activity, so one a second would never end it."""

        last_activity: float

        def handle_read(self) -> None:
            request, before = self.request, self.last_activity
            super().handle_read()
            if request is not None and request is self.request:
                self.last_activity = before

    logging.getLogger("waitress").setLevel(logging.ERROR)  # it would warn about each request that waits
    server = waitress.server.create_server(
        application,
        sockets=[listener],
        threads=1,  # a store belongs to one thread
        ident="wildrydes",
        connection_limit=CONNECTIONS,
        channel_timeout=IDLE_SECONDS,
        cleanup_interval=1,
        max_request_body_size=_MOST_READ_BYTES,
        max_request_header_size=_HEADER_BYTES,
        asyncore_use_poll=True,
    )
    server.channel_class = Channel
    ended_by = signal.SIGINT

    def stop(number: int, _: FrameType | None) -> None:
        nonlocal ended_by
        ended_by = signal.Signals(number)
        for each in signals:
            signal.signal(each, lambda *_: os._exit(128 + number))
        raise KeyboardInterrupt

    every = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    signals = [each for each in every if signal.getsignal(each) is not signal.SIG_IGN]  # nohup ignores SIGHUP
    for each in signals:
        signal.signal(each, stop)
    try:
        ready()
        server.run()
    except KeyboardInterrupt:  # the signal came before the first request
        server.close()
    return ended_by

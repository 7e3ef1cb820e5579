"""Which requests are answered: those of our own page, and of programs on this machine. Other web sites are refused.

A page of any site can make its visitor's browser send requests to this machine. It can't choose what the browser says
about itself in `Host`, `Origin` and `Sec-Fetch-Site`, and without our consent it can't send JSON (OWASP: "Cross-Site
Request Forgery Prevention", "Fetch Metadata"). Programs that are not browsers send no `Origin` and `Sec-Fetch-Site`.
"""

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import NamedTuple

from wildrydes_cli.function.event import BODY_BYTES


class HTTPError(Exception):
    """The request gets an error as its response. Carries the `status` and the message of the response."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Address(NamedTuple):
    """Where the server is reached."""

    host: str
    """The name or address that it was told to listen on."""
    port: int
    private: bool
    """Whether only this machine reaches it."""
    allowed: tuple[str, ...] = ()
    """The names, in lower case, by which a proxy reaches it from elsewhere."""


def check_sender(method: str, path: str, headers: Mapping[str, str], address: Address) -> None:
    """Raise `HTTPError` if another site may have made a browser send the request.

    Args:
        method: The request's method.
        path: Its path. Other sites may link to the page, `/`.
        headers: Its headers, by their names in lower case. `host` has both values if it came twice.
        address: Where the server is reached.
    """
    named = headers.get("host", "")
    name = _name(named)
    if not _is_ours(name, address):
        told = f"this server is not {named[:100]}" if named else "the request does not name a server"
        raise HTTPError(403, f"{told}; use its address or localhost, or start it with --allow-host")
    linked = method in ("GET", "HEAD") and path == "/"
    if headers.get("sec-fetch-site", "none") not in ("same-origin", "none") and not linked:
        raise HTTPError(403, "another site may not use this server")
    # Compared as a text, because parsers disagree about what belongs to an origin.
    ours = {f"http://{named}"}
    if name in address.allowed:
        # A proxy speaks TLS to the browser. The one of GitHub Codespaces puts our own address in place of its name.
        ours |= {f"https://{named}", f"http://localhost:{address.port}"}
    if headers.get("origin", f"http://{named}") not in ours:
        raise HTTPError(403, f"another site may not use this server: {headers['origin'][:100]}")


def check_body(headers: Mapping[str, str]) -> None:
    """Raise `HTTPError` unless the body is JSON, which no form of another site can send, and short."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise HTTPError(415, "a request for a ride has the header Content-Type: application/json")
    if int(headers.get("content-length") or 0) > BODY_BYTES:
        raise HTTPError(413, f"a request for a ride has at most {BODY_BYTES} bytes")


def _name(named: str) -> str:
    """Return the name or address in a header `Host`, without its port."""
    return re.sub(r":[0-9]*$", "", named).removeprefix("[").removesuffix("]").lower()


def _is_ours(name: str, address: Address) -> bool:
    """Whether `name` is this server.

    A site can give its own name the address of this machine (DNS rebinding), so only these names are ours: `localhost`,
    the one that the server was told to listen on, and those that were allowed. Addresses can't be faked like that.
    """
    try:
        return ip_address(name).is_loopback or not address.private or name in address.allowed
    except ValueError:
        return name in ("localhost", address.host.lower(), *address.allowed)

"""The page of the web application: its files, and the headers that it is served with.

It is the same page wherever it is served. This room knows nothing of servers and of AWS.
"""

from importlib import resources
from importlib.resources.abc import Traversable

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
}
"""The media types of the page's files, by the ends of their names. Files with other names are not part of the page."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # with no-referrer, a form's Origin would be "null"
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    ),
}
"""The headers of every answer that the page gets, wherever it is served."""


def files() -> dict[str, Traversable]:
    """Return the page's files by their names."""
    return {file.name: file for file in resources.files(__name__).iterdir() if type_of(file.name)}


def type_of(name: str) -> str | None:
    """Return the media type of the file called `name`, or None if it is not part of the page."""
    return TYPES.get(name[name.rfind(".") :])

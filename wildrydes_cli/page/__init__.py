"""The page of the web application: its files, and the headers that it is served with.

It is the same page wherever it is served. Whoever serves it adds `SETTINGS`, the answer to the page's first question:
a JSON object. From `serve`, it has `Store`, `Limit` and `Rider`. The hosted page has `InvokeUrl`, `SignInUrl` and
`UserPoolClientId`. `serve --api` answers with both, without `Rider`. This room knows nothing of servers and of AWS.
"""

from importlib import resources
from pathlib import PurePath
from urllib.parse import urlsplit

SETTINGS = "config.json"

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
}
"""The media types of the page's files, by the ends of their names. Files with other names are not part of the page."""

_FOLDER = resources.files(__name__)
_PRELOADS = b"<!-- preloads -->"


def names() -> list[str]:
    """Return the names of the page's files."""
    return sorted(file.name for file in _FOLDER.iterdir() if PurePath(file.name).suffix in TYPES)


def read(name: str) -> bytes:
    """Return the content of one of the page's files.

    `index.html` names every module, so that a browser asks for all of them at once. Else it would find a module only
    after it has read another that imports it.
    """
    content = _FOLDER.joinpath(name).read_bytes()
    if name == "index.html":
        modules = [module for module in names() if module.endswith(".js")]
        links = "\n    ".join(f'<link rel="modulepreload" href="{module}">' for module in modules)
        content = content.replace(_PRELOADS, links.encode())
    return content


def type_of(name: str) -> str:
    """Return the media type of one of the page's files."""
    return TYPES[PurePath(name).suffix]


def headers(*urls: str) -> dict[str, str]:
    """Return the headers of every answer that the page gets. They let it talk to its own server and to `urls`."""
    origins = [f"{url.scheme}://{url.netloc}" for url in map(urlsplit, urls)]
    connect = " ".join(dict.fromkeys(("'self'", *origins)))
    return {
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "same-origin",  # with no-referrer, a form's Origin would be "null"
        "Content-Security-Policy": (
            f"default-src 'none'; script-src 'self'; style-src 'self'; connect-src {connect}; img-src data:; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
            "trusted-types 'none'"
        ),
    }

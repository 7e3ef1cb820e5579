"""The page's files, and the headers that it is served with."""

import gzip
import re
from html.parser import HTMLParser
from urllib.parse import unquote

from wildrydes_cli import page


class Links(HTMLParser):
    """Collects what a page refers to in its head: how, and to which file."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "link":
            self.found.append((given["rel"], given["href"]))


def test_the_page_has_files_of_four_types_and_no_others() -> None:
    names = page.names()
    assert {"index.html", "style.css", "main.js", "map.json"} <= set(names)
    assert page.SETTINGS not in names
    assert {page.type_of(name) for name in names} == {
        "text/css; charset=utf-8",
        "text/html; charset=utf-8",
        "text/javascript; charset=utf-8",
        "application/json",
    }
    for name in names:
        page.read(name).decode()


def test_a_browser_asks_for_every_file_at_once() -> None:
    """Else it finds a module only when it has read another that imports it."""
    links = Links()
    links.feed(page.read("index.html").decode())
    modules = {name for name in page.names() if name.endswith(".js")}
    assert [name for rel, name in links.found if rel == "modulepreload"] == sorted(modules)
    assert ("stylesheet", "style.css") in links.found
    assert ("preload", "map.json") in links.found
    assert "preloads" not in page.read("index.html").decode()


def test_the_tab_has_the_icon_of_the_header() -> None:
    html = page.read("index.html").decode()
    (icon,) = re.findall(r'<link rel="icon" href="(.*?)">', html)
    assert icon.startswith("data:image/svg+xml,")
    assert all(shape in unquote(icon) for shape in re.findall(r' d="(.*?)"', html))


def test_the_page_is_small() -> None:
    files = [page.read(name) for name in page.names()]
    assert sum(map(len, files)) <= 800_000
    assert sum(len(gzip.compress(file, 9)) for file in files) <= 300_000


def test_every_module_is_used_and_none_is_from_elsewhere() -> None:
    modules = {name: page.read(name).decode() for name in page.names() if name.endswith(".js")}
    imported = {found for code in modules.values() for found in re.findall(r'(?:from|import) "(.*)";', code)}
    assert imported == {f"./{name}" for name in modules} - {"./main.js"}


def test_the_headers_let_the_page_do_what_it_does_and_nothing_else() -> None:
    headers = page.headers()
    policy = headers.pop("Content-Security-Policy")
    assert headers == {
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "same-origin",
    }
    assert dict(directive.split(" ", 1) for directive in policy.split("; ")) == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }

"""What pages of other sites, and what gets into ours, can do: nothing."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.ride_page import RidePage, Tabs
from tests.browser.table import recorded
from tests.support.repeat import pairs_of
from tests.support.running import Cli
from tests.support.serving import PICKUP, Server

SITES = ("127.0.0.1", "localhost", "evil.example")
"""Another port of the same address, another name of it, and a site of the attacker."""
TRY = """async ([url, options]) => {
    try {
        const answer = await fetch(url, options);
        return `${answer.type} ${answer.status} ${await answer.text()}`.trim();
    } catch {
        return "refused";
    }
}"""
AS_JSON = {"method": "POST", "body": PICKUP, "headers": {"Content-Type": "application/json"}}
POSTS = [
    AS_JSON,
    {"method": "POST", "body": PICKUP},
    {"method": "POST", "body": PICKUP, "mode": "no-cors"},
    {"method": "POST", "body": PICKUP, "mode": "no-cors", "credentials": "include", "referrerPolicy": "no-referrer"},
]
FORM = """([url, encoding]) => {
    const form = document.createElement("form");
    Object.assign(form, { action: `${url}ride`, method: "post", enctype: encoding });
    const field = document.createElement("input");
    field.name = '{"PickupLocation": {"Latitude": 1, "Longitude": 2}, "x": "';
    field.value = '"}';
    form.append(field);
    document.body.append(form);
    form.submit();
}"""
LOAD = """async ([name, url]) => await new Promise((resolve) => {
    const element = document.createElement(name);
    element.onload = () => resolve("loaded");
    element.onerror = () => resolve("refused");
    element.rel = "stylesheet";
    element[name === "link" ? "href" : "src"] = url;
    document.body.append(element);
})"""
CATCH = "(script) => { try { script(); return 'done'; } catch (error) { return error.name; } }"


class OtherSite(NamedTuple):
    """A server of other sites: its port, and what it was asked for."""

    port: int
    asked: list[str]


@pytest.fixture
def other_site() -> Iterator[OtherSite]:
    """Serve the empty pages of other sites."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<title>Free unicorns</title>")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield OtherSite(server.server_port, asked)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def tab(tabs: Tabs) -> Page:
    """Return a tab in which the browser may complain about everything that it refuses."""
    tabs.expect_error("")
    return tabs.blank()


def refusals(tabs: Tabs, server: Server, method: str) -> int:
    """Return how many requests with this method the server has refused. It ends."""
    tabs.close()
    return server.end()[1].count(f"refused {method} ")


def test_other_sites_can_not_request_a_ride(
    tabs: Tabs, tab: Page, own_server: Server, other_site: OtherSite, wildrydes: Cli
) -> None:
    encodings = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data")
    forms = pairs_of(SITES, encodings)
    for site in SITES:
        tab.goto(f"http://{site}:{other_site.port}/")
        outcomes = [tab.evaluate(TRY, [f"{own_server.url}ride", options]) for options in POSTS]
        assert set(outcomes) <= {"refused", "opaque 0"}, outcomes
    for site, encoding in forms:
        tab.goto(f"http://{site}:{other_site.port}/")
        with tab.expect_navigation(url=f"{own_server.url}ride") as answer:
            tab.evaluate(FORM, [own_server.url, encoding])
        assert answer.value.status == 403, (site, encoding)
    assert recorded(wildrydes) == []
    # All of them came to the server. Before JSON, a browser asks whether it may send that.
    assert refusals(tabs, own_server, "POST") == len(SITES) * (len(POSTS) - 1) + len(forms)


def test_our_own_page_can_request_a_ride_the_way_others_tried(page: RidePage, server: Server, wildrydes: Cli) -> None:
    assert page.tab.evaluate(TRY, [f"{server.url}ride", AS_JSON]).startswith("basic 201 ")
    assert len(recorded(wildrydes)) == 1
    assert page.tab.evaluate(TRY, [f"{server.url}rides", {}]).startswith("basic 200 [")


def test_other_sites_can_read_nothing(tabs: Tabs, tab: Page, own_server: Server, other_site: OtherSite) -> None:
    for site in SITES:
        tab.goto(f"http://{site}:{other_site.port}/")
        for path in ("rides", "config.json", "map.json", ""):
            for options in ({}, {"mode": "no-cors"}):
                assert tab.evaluate(TRY, [own_server.url + path, options]) in ("refused", "opaque 0")
        for element, path in (("script", "rides"), ("script", "main.js"), ("link", "style.css"), ("img", "rides")):
            assert tab.evaluate(LOAD, [element, own_server.url + path]) == "refused"
    # The server refuses even what the browser would keep from them. Only a link to the page is answered.
    assert refusals(tabs, own_server, "GET") == len(SITES) * (4 * 2 - 1 + 4)


def test_other_sites_can_not_show_the_page_in_a_frame(tab: Page, server: Server, other_site: OtherSite) -> None:
    for site in SITES:
        tab.goto(f"http://{site}:{other_site.port}/")
        with tab.expect_event("console", lambda message: "frame-ancestors" in message.text):
            tab.evaluate(LOAD, ["iframe", server.url])
        (frame,) = tab.frames[1:]
        assert frame.locator("canvas").count() == 0


def test_a_site_that_takes_our_address_is_refused(tabs: Tabs, tab: Page, server: Server, wildrydes: Cli) -> None:
    """DNS rebinding: the attacker's name is given our address, so that our server and its page are one site."""
    site = f"http://evil.example:{server.port}/"
    answer = tab.goto(site)
    assert answer
    assert answer.status == 403
    assert tab.evaluate(TRY, [f"{site}ride", AS_JSON]).startswith("basic 403 ")
    assert tab.evaluate(TRY, [f"{site}rides", {}]).startswith("basic 403 ")
    assert recorded(wildrydes) == []


def test_the_page_makes_no_markup_of_text(page: RidePage, tabs: Tabs) -> None:
    tabs.expect_error("TrustedHTML")
    tabs.expect_error("TrustedScript")
    for script in (
        "document.body.innerHTML = '<p>'",
        "document.body.insertAdjacentHTML('beforeend', '<p>')",
        "document.createElement('script').text = 'window.ran = 1'",
        "document.createElement('iframe').srcdoc = '<p>'",
        "document.createElement('script').src = '/main.js'",
        "document.body.setAttribute('onclick', 'window.ran = 1')",
    ):
        assert page.tab.evaluate(f"({CATCH})(() => {{ {script}; }})") == "TypeError", script


def test_markup_that_gets_into_the_page_runs_nothing_and_loads_nothing(
    tabs: Tabs, tab: Page, server: Server, other_site: OtherSite
) -> None:
    markup = f"""
        <script>window.ran = "inline"</script>
        <script src="http://127.0.0.1:{other_site.port}/"></script>
        <img src="x" onerror="window.ran = 'handler'">
        <img src="http://127.0.0.1:{other_site.port}/">
        <iframe src="javascript:parent.ran = 'address'"></iframe>
        <iframe src="http://127.0.0.1:{other_site.port}/"></iframe>
        <style>main {{ display: none }}</style>
        <base href="http://127.0.0.1:{other_site.port}/">
    """

    def add_markup(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("</header>", f"</header>{markup}"))

    tab.route(server.url, add_markup)
    tab.goto(server.url)
    page = RidePage(tab)
    page.wait_until_ready()
    assert tab.locator("img").count() == 2
    assert tab.evaluate("window.ran ?? null") is None
    assert other_site.asked == []
    expect(page.request).to_be_visible()

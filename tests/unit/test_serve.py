"""What is behind the page of `wildrydes serve`: a WSGI call is a function, so these tests need no server."""

import io
import json
import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import create_autospec
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from tests.support.contract import ride
from wildrydes_cli import page
from wildrydes_cli.connection import Connection
from wildrydes_cli.errors import NotConfiguredError
from wildrydes_cli.function.event import BODY_BYTES
from wildrydes_cli.rides.listing import Listing
from wildrydes_cli.rides.model import RecordedRide
from wildrydes_cli.serve.application import MOST_RIDES, Application
from wildrydes_cli.serve.checks import Address, HTTPError, check_body, check_sender
from wildrydes_cli.serve.server import is_private, url_of
from wildrydes_cli.stores.sqlite.rides import SQLiteRides

OURS = {"host": "127.0.0.1:7433"}
JSON = {"content-type": "application/json"}
PRIVATE = Address("127.0.0.1", 7433, private=True)
PICKUP = b'{"PickupLocation": {"Latitude": 47.6, "Longitude": -122.3}}'


class Answer(NamedTuple):
    """What the application answered."""

    status: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Ask = Callable[..., Answer]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteRides]:
    store = SQLiteRides(tmp_path / "rides.db", "Rides")
    yield store
    store.close()


@pytest.fixture
def ask(store: SQLiteRides) -> Ask:
    """Return a function that sends the application a request. It checks that both keep to PEP 3333."""
    application = Application(store, "ada", PRIVATE, Connection().hint, log_all=False)

    def ask(method: str, target: str, body: bytes = b"", headers: Mapping[str, str] = JSON) -> Answer:
        path, _, query = target.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
        }
        for name, value in {**OURS, "content-length": str(len(body)), **headers}.items():
            key = name.upper().replace("-", "_")
            environ[key if key.startswith("CONTENT_") else f"HTTP_{key}"] = value
        setup_testing_defaults(environ)
        environ["wsgi.input"] = io.BytesIO(body)
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, named: list[tuple[str, str]], _: object = None) -> Callable[[bytes], object]:
            started.append((status, named))
            return io.BytesIO().write

        result = validator(application)(environ, start_response)
        answered = b"".join(result)
        result.close()  # type: ignore[attr-defined]
        ((status, named),) = started
        return Answer(status, dict(named), answered)

    return ask


# Whom it refuses

SITE = "http://127.0.0.1:7433"
PROXIED = {"host": "bo.proxy.example"}
LOCALHOST = {"host": "localhost:9", "origin": "http://localhost:9"}


@pytest.mark.parametrize(
    ("headers", "private", "refusal"),
    [
        (OURS, True, None),
        ({"host": "127.0.0.1"}, True, None),
        ({"host": "127.8.8.8:1"}, True, None),
        ({"host": "[::1]:80"}, True, None),
        ({"host": "[::1]"}, True, None),
        ({"host": "LOCALHOST"}, True, None),
        ({"host": "Desk.local:7433"}, True, None),  # --host
        (LOCALHOST, True, None),
        ({**OURS, "origin": SITE, "sec-fetch-site": "same-origin"}, True, None),
        ({**OURS, "sec-fetch-site": "none"}, True, None),
        ({}, True, "the request does not name a server"),
        ({"host": ""}, True, "the request does not name a server"),
        ({"host": "evil.example"}, True, "this server is not evil.example"),
        ({"host": "evil.example"}, False, "this server is not evil.example"),
        ({"host": "127.0.0.1.evil.example"}, True, "not 127.0.0.1.evil.example"),
        ({"host": "localhost.evil.example:80"}, True, "not localhost.evil.example:80"),
        ({"host": "notdesk.local"}, True, "not notdesk.local"),
        ({"host": "127.0.0.1, evil.example"}, True, "not 127.0.0.1, evil.example"),  # it came twice
        ({"host": "x" * 1000}, True, f"this server is not {'x' * 100};"),
        ({"host": "10.0.0.1"}, True, "this server is not 10.0.0.1"),
        ({"host": "10.0.0.1"}, False, None),  # an address can't be made to point here, as a name can
        ({**OURS, "sec-fetch-site": "cross-site"}, True, "another site may not use this server"),
        ({**OURS, "sec-fetch-site": "same-site"}, True, "another site may not use this server"),
        ({**OURS, "sec-fetch-site": ""}, True, "another site may not use this server"),
        ({**OURS, "origin": "null"}, True, "another site may not use this server: null"),
        ({**OURS, "origin": "http://evil.example"}, True, "this server: http://evil.example"),
        ({**OURS, "origin": "https://127.0.0.1:7433"}, True, "this server: https://127.0.0.1:7433"),
        ({**OURS, "origin": "http://127.0.0.1:7434"}, True, "this server: http://127.0.0.1:7434"),
        ({**OURS, "origin": f"{SITE}@evil.example"}, True, f"this server: {SITE}@evil.example"),
        ({**OURS, "origin": ""}, True, "another site may not use this server: "),
        # a proxy with the name that --allow-host names
        (PROXIED, True, None),
        ({**PROXIED, "host": "BO.proxy.example"}, True, None),
        ({**PROXIED, "origin": "https://bo.proxy.example", "sec-fetch-site": "same-origin"}, True, None),
        ({"host": "bo.proxy.example:8443", "origin": "https://bo.proxy.example:8443"}, True, None),
        ({**PROXIED, "origin": "http://bo.proxy.example"}, True, None),
        ({**PROXIED, "origin": "http://localhost:7433"}, True, None),
        ({**PROXIED, "origin": "http://localhost:7434"}, True, "this server: http://localhost:7434"),
        ({**PROXIED, "origin": "https://evil.example"}, True, "this server: https://evil.example"),
        ({**PROXIED, "origin": "https://bo.proxy.example.evil.example"}, True, "may not use this server: https://bo."),
        ({**PROXIED, "sec-fetch-site": "cross-site"}, True, "another site may not use this server"),
        ({"host": "eve.proxy.example"}, True, "not eve.proxy.example; use its address or localhost, or start it with"),
        ({**OURS, "origin": "https://bo.proxy.example"}, True, "this server: https://bo.proxy.example"),
    ],
)
def test_check_sender_refuses_what_another_site_may_have_made_a_browser_send(
    headers: Mapping[str, str], private: bool, refusal: str | None
) -> None:
    def check() -> None:
        check_sender("POST", "/ride", headers, Address("Desk.LOCAL", 7433, private, ("bo.proxy.example",)))

    if refusal is None:
        check()
        return
    with pytest.raises(HTTPError) as refused:
        check()
    assert refused.value.status == 403
    assert refusal in str(refused.value)


@pytest.mark.parametrize(
    ("method", "path", "is_answered"),
    [
        ("GET", "/", True),
        ("HEAD", "/", True),
        ("POST", "/", False),
        ("GET", "/index.html", False),
        ("GET", "/rides", False),
        ("GET", "//", False),
    ],
)
def test_another_site_may_link_to_the_page_and_to_nothing_else(method: str, path: str, is_answered: bool) -> None:
    headers = {**OURS, "sec-fetch-site": "cross-site"}
    if is_answered:
        check_sender(method, path, headers, PRIVATE)
    else:
        with pytest.raises(HTTPError):
            check_sender(method, path, headers, PRIVATE)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (JSON, None),
        ({"content-type": "application/JSON; charset=utf-8"}, None),
        ({"content-type": " application/json ;"}, None),
        ({}, 415),
        ({"content-type": ""}, 415),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "text/plain; application/json"}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
        ({"content-type": "multipart/form-data"}, 415),
        ({"content-type": "application/json-patch"}, 415),
        ({**JSON, "content-length": ""}, None),
        ({**JSON, "content-length": str(BODY_BYTES)}, None),
        ({**JSON, "content-length": str(BODY_BYTES + 1)}, 413),
    ],
)
def test_check_body_takes_short_json_which_no_form_of_another_site_can_send(
    headers: Mapping[str, str], status: int | None
) -> None:
    if status is None:
        check_body(headers)
        return
    with pytest.raises(HTTPError) as refused:
        check_body(headers)
    assert refused.value.status == status


# What it answers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", "200 OK"),
        ("HEAD", "/", "200 OK"),
        ("GET", "/map.json", "200 OK"),
        ("HEAD", "/rides", "200 OK"),
        ("GET", "/config.json", "200 OK"),
        ("POST", "/ride", "201 Created"),
        ("POST", "/rides", "405 Method Not Allowed"),
        ("POST", "/", "405 Method Not Allowed"),
        ("GET", "/ride", "405 Method Not Allowed"),
        ("HEAD", "/ride", "405 Method Not Allowed"),
        ("OPTIONS", "/ride", "405 Method Not Allowed"),
        ("DELETE", "/rides", "405 Method Not Allowed"),
        ("GET", "/nothing", "404 Not Found"),
        ("GET", "/__init__.py", "404 Not Found"),
        ("GET", "/../__init__.py", "404 Not Found"),
        ("GET", "/page/index.html", "404 Not Found"),
        ("GET", "//", "404 Not Found"),
        ("GET", "", "404 Not Found"),
        ("GET", "/rides?limit=0", "400 Bad Request"),
        ("GET", f"/rides?limit={MOST_RIDES + 1}", "400 Bad Request"),
        ("GET", "/rides?limit=x", "400 Bad Request"),
        ("GET", "/rides?limit=%C2%B2", "400 Bad Request"),
        ("GET", "/rides?since=tomorrow", "400 Bad Request"),
        ("GET", "/rides?since=%00", "400 Bad Request"),
    ],
)
def test_each_path_takes_its_method(ask: Ask, method: str, path: str, status: str) -> None:
    answer = ask(method, path, PICKUP if method == "POST" else b"")
    assert answer.status == status
    assert (answer.body == b"") == (method == "HEAD")
    if status[0] == "4" and method != "HEAD":
        assert list(answer.json) == ["Error"]


@pytest.mark.parametrize("path", ["/", "/map.json", "/style.css", "/rides", "/config.json", "/nothing"])
def test_every_answer_has_the_headers_of_the_page_and_is_kept_by_no_browser(ask: Ask, path: str) -> None:
    answer = ask("GET", path)
    headers = dict(answer.headers)
    name = "index.html" if path == "/" else path[1:]
    kind = page.type_of(name) if name in page.names() else "application/json"
    assert (headers.pop("Content-Type"), headers.pop("Content-Length")) == (kind, str(len(answer.body)))
    assert headers == {**page.headers(), "Cache-Control": "no-store"}
    assert ask("HEAD", path).headers == answer.headers


def test_a_file_of_the_page_is_answered_as_it_is(ask: Ask) -> None:
    for name in page.names():
        assert ask("GET", f"/{name}").body == page.read(name)
    assert ask("GET", "/").body == page.read("index.html")


def test_the_settings_say_where_rides_are_kept_how_many_are_shown_and_who_rides(ask: Ask, store: SQLiteRides) -> None:
    assert ask("GET", "/config.json").json == {"Store": store.label, "Limit": 500, "Rider": "ada"}


def test_the_answer_to_a_request_is_the_handlers_without_its_cors_header(ask: Ask) -> None:
    answer = ask("POST", "/ride", PICKUP)
    assert list(answer.json) == ["RideId", "Unicorn", "Eta", "Rider"]
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 900, b'{"PickupLocation": {"Latitude": 91}}'])
def test_a_bad_body_is_refused_by_the_handler_and_records_nothing(ask: Ask, body: bytes) -> None:
    answer = ask("POST", "/ride", body)
    assert (answer.status, list(answer.json)) == ("400 Bad Request", ["Error", "Reference"])
    assert ask("GET", "/rides").json == []


def test_rides_are_limited_by_time_and_number(ask: Ask, store: SQLiteRides) -> None:
    times = [f"2026-11-23T08:15:30.{number:03}Z" for number in range(3)]
    for time in times:
        store.record(ride(f"ride-{time[-4:-1]}", time))
    listed = ask("GET", "/rides").json
    assert [each["RequestTime"] for each in listed] == times[::-1]
    assert ask("GET", "/rides?limit=2").json == listed[:2]
    assert ask("GET", f"/rides?since={times[1]}").json == listed[:2]
    assert ask("GET", f"/rides?since={times[1]}&limit=1").json == listed[:1]


def test_what_is_refused_is_said_on_stderr_too(ask: Ask, capsys: pytest.CaptureFixture[str]) -> None:
    ask("GET", f"/{'x' * 200}")
    ask("GET", "/rides?limit=0")
    ask("POST", "/ride", PICKUP, {"content-type": "text/plain"})
    first, second, third = capsys.readouterr().err.splitlines()
    assert first == f"refused GET /{'x' * 99}: there is nothing at /{'x' * 99}"
    assert second.startswith("refused GET /rides: limit ")
    assert third == "refused POST /ride: a request for a ride has the header Content-Type: application/json"


def test_a_store_that_fails_is_answered_with_503_and_the_user_is_told_once_how_to_fix_it(
    ask: Ask, store: SQLiteRides, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise NotConfiguredError("the table is gone", hint="create it:", command=("setup-table",))

    told = "error: GET /rides: the table is gone\nhint: create it: wildrydes setup-table\n"
    with monkeypatch.context() as patch:
        patch.setattr(store, "rides", fail)
        for _ in range(2):  # the page asks every second or two
            answer = ask("GET", "/rides")
            assert (answer.status, answer.json) == ("503 Service Unavailable", {"Error": "the table is gone"})
        assert capsys.readouterr().err == told
    assert ask("GET", "/rides").status == "200 OK"
    monkeypatch.setattr(store, "rides", fail)
    ask("GET", "/rides")
    assert capsys.readouterr().err == told


def test_what_is_new_is_read_from_the_index_and_all_rides_from_wherever_they_are(
    ask: Ask, store: SQLiteRides, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page asks for what is new every second or two: a scan would read the whole table each time."""
    read: list[str] = []

    def rides(_: Listing, how: str) -> list[RecordedRide]:
        read.append(how)
        return []

    monkeypatch.setattr(store, "rides", rides)
    ask("GET", "/rides?since=2026-11-23T08:15:30Z")
    ask("GET", "/rides")
    assert read == ["index", "any"]


def test_a_ride_with_half_a_character_is_sent_as_json(
    ask: Ask, store: SQLiteRides, monkeypatch: pytest.MonkeyPatch
) -> None:
    ridden = RecordedRide("one", "ada \ud800", None, None, None, None, None, None)
    monkeypatch.setattr(store, "rides", lambda *_: [ridden])
    answer = ask("GET", "/rides")
    assert answer.body.isascii()
    assert answer.json[0]["User"] == "ada \ud800"


@pytest.mark.parametrize(
    ("address", "url"),
    [
        (("127.0.0.1", 7433), "http://127.0.0.1:7433/"),
        (("10.0.0.5", 80), "http://10.0.0.5:80/"),
        (("0.0.0.0", 7433), "http://127.0.0.1:7433/"),
        (("::1", 7433, 0, 0), "http://[::1]:7433/"),
        (("::", 7433, 0, 0), "http://[::1]:7433/"),
    ],
)
def test_the_url_that_is_printed_can_be_opened_on_this_machine(address: tuple[object, ...], url: str) -> None:
    listener = create_autospec(socket.socket, instance=True)
    listener.getsockname.return_value = address
    assert url_of(listener) == url
    assert is_private(listener) == ("127.0.0.1" in address or "::1" in address)

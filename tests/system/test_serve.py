"""`wildrydes serve`, over real sockets: what it answers, whom it refuses, how it ends."""

import io
import json
import random
import re
import select
import shlex
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.support.hostile import HOSTILE
from tests.support.repeat import times
from tests.support.running import PROGRAM, Cli, Terminal, line, patched, process, started
from tests.support.serving import JSON, PICKUP, Server, serving
from tests.support.stub import stub
from wildrydes_cli import page


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


# What it answers


def test_serve_answers_with_the_page_and_its_files(server: Server) -> None:
    html = server.ask("GET", "/", headers={})
    assert (html.status, html.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert b"<title>" in html.body
    land = server.ask("GET", "/map.json", headers={})
    assert (land.status, land.headers["content-type"]) == (200, "application/json")
    assert {"tiles", "places"} <= set(land.json)
    head = server.ask("HEAD", "/", headers={})
    assert (head.status, head.headers["content-length"]) == (200, str(len(html.body)))
    requests = [f"{method} / HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() for method in ("HEAD", "GET")]
    _, _, rest = server.raw(b"".join(requests)).partition(b"\r\n\r\n")
    assert rest.startswith(b"HTTP/1.1 200 ")  # the answer to HEAD has no body


def test_serve_has_every_file_that_the_page_refers_to(server: Server) -> None:
    """The page works offline: it refers to nothing else. And it has no file that nothing uses."""
    types = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "json": "application/json"}
    name = rb"[\"'](?:\./|/)?([a-z]+\.(?:css|js|json))[\"']"
    wanted, seen = {"/"}, set[str]()
    while wanted - seen:
        path = (wanted - seen).pop()
        answer = server.ask("GET", path, headers={})
        assert (path, answer.status) == (path, 200)
        assert answer.headers["content-type"] == types.get(path.rpartition(".")[2], "text/html; charset=utf-8")
        assert "default-src 'none'; script-src 'self'" in answer.headers["content-security-policy"]
        assert not re.findall(rb"https?://(?!www.w3.org/)", answer.body)
        seen.add(path)
        used = re.sub(rb"<link .*preload.*>", b"", answer.body)
        wanted |= {f"/{found.decode()}" for found in re.findall(name, used)}
    assert seen == {"/", "/config.json", *(f"/{name}" for name in page.names())} - {"/index.html"}


def test_serve_records_a_ride_as_its_own_rider(server: Server, wildrydes: Cli) -> None:
    told = {"PickupLocation": {"Latitude": 1, "Longitude": 2}, "Rider": "eve", "User": "eve", "RideId": "mine"}
    answer = server.ask("POST", "/ride", json.dumps(told), {**JSON, "Authorization": "eve"})
    assert (answer.status, answer.json["Rider"]) == (201, "ada")
    (ride,) = wildrydes("rides", "list", "-o", "json").must().json
    assert (ride["RideId"], ride["User"]) == (answer.json["RideId"], "ada")
    code, err = server.end()
    assert code == 0
    assert json.loads(err.splitlines()[1])["RideId"] == ride["RideId"]


def test_serve_lists_what_rides_list_prints(server: Server, wildrydes: Cli) -> None:
    for number in range(3):
        wildrydes("request", "--lat", "1", "--lon", str(number), "--rider", "bob").must()
    listed = wildrydes("rides", "list", "-o", "json").must().json
    assert server.ask("GET", "/rides").json == listed
    assert server.ask("GET", "/rides?limit=2").json == listed[:2]
    assert server.ask("GET", f"/rides?since={listed[1]['RequestTime']}").json == listed[:2]
    assert server.ask("GET", "/rides?since=2999-01-01").json == []
    settings = server.ask("GET", "/config.json").json
    assert settings.pop("Store").startswith("table Rides in the embedded store ~/")
    assert settings == {"Limit": 500, "Rider": "ada"}


def test_serve_sends_hostile_text_as_json_that_is_safe(server: Server, wildrydes: Cli) -> None:
    names = [name for name in HOSTILE if 0 < len(name) <= 128 and "\x00" not in name]
    for name in names:
        wildrydes("request", "--lat", "1", "--lon", "2", "--rider", name)
    found = server.ask("GET", "/rides")
    assert {ride["User"] for ride in found.json} <= set(names)
    assert found.json
    assert b"\x1b" not in found.body


# Whom it refuses

REFUSED = [
    ("POST", "/ride", {"Host": "evil.example"}, 403),
    ("GET", "/", {"Host": "127.0.0.1.evil.example"}, 403),
    ("GET", "/", {"Host": ""}, 403),
    ("POST", "/ride", {"Sec-Fetch-Site": "cross-site"}, 403),
    ("POST", "/ride", {"Origin": "http://evil.example"}, 403),
    ("POST", "/ride", {"Content-Type": "text/plain"}, 415),
    ("OPTIONS", "/ride", {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}, 403),
    ("OPTIONS", "/ride", {}, 405),
    ("GET", "/../__init__.py", {}, 404),
    ("GET", "/%2e%2e/__init__.py", {}, 404),
    ("GET", "/rides?since=%00", {}, 400),
]
"""Some of what tests/unit/test_serve.py has, and what the server itself makes of paths and headers."""


def test_serve_refuses_other_sites_and_what_is_not_there(server: Server) -> None:
    for method, path, headers, status in REFUSED:
        answer = server.ask(method, path, PICKUP if method == "POST" else None, {**JSON, **headers})
        assert (answer.status, method, path, headers) == (status, method, path, headers)
        assert answer.json["Error"]
        assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert server.ask("GET", "/rides").json == []
    _, err = server.end()
    assert err.count("refused ") == len(REFUSED)


def test_serve_refuses_a_long_body(server: Server) -> None:
    for length in (10 * 1024 + 1, 500_000):
        body = json.dumps({"PickupLocation": {"Latitude": 1, "Longitude": 2}, "x": "y" * length})
        assert server.ask("POST", "/ride", body).status == 413
    assert server.ask("GET", "/rides").json == []


LET_IN = [
    {"Host": "localhost:9"},
    {"Sec-Fetch-Site": "same-origin"},
    {"Host": "localhost:9", "Origin": "http://localhost:9", "Sec-Fetch-Site": "same-origin"},
]


def test_serve_lets_its_own_page_and_programs_in_and_other_sites_link_to_the_page(server: Server) -> None:
    for headers in LET_IN:
        answer = server.ask("POST", "/ride", PICKUP, {**JSON, **headers})
        assert (answer.status, headers) == (201, headers)
    assert server.ask("GET", "/", headers={"Sec-Fetch-Site": "cross-site"}).status == 200


BROKEN = [
    b"",
    b"nonsense\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n",
    b"POST /ride HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1\r\n"
    b"Content-Length: 50\r\n\r\n" + PICKUP.encode(),
    b"POST /ride HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: x\r\n\r\n{}",
    b"POST /ride HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{}",
    b"POST /ride HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET /\xff\x00 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
    b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01",
]


def test_serve_records_nothing_from_a_broken_request(server: Server) -> None:
    for sent in BROKEN:
        answer = server.raw(sent)
        assert b" 20" not in answer[:20], sent
        assert server.ask("GET", "/rides").json == [], sent


# How it holds up


def test_serve_records_each_of_many_requests_once(server: Server, wildrydes: Cli) -> None:
    def request(_: int) -> str:
        answer = server.ask("POST", "/ride", PICKUP)
        assert answer.status == 201
        ride_id: str = answer.json["RideId"]
        return ride_id

    with ThreadPoolExecutor(8) as clients:
        ids = list(clients.map(request, range(times(100, 1000))))
    listed = wildrydes("rides", "list", "--all", "-o", "jsonl").must().json_lines
    assert sorted(ride["RideId"] for ride in listed) == sorted(ids)


def test_serve_answers_while_others_are_idle_or_send_half_a_request(server: Server) -> None:
    with ExitStack() as open_:
        for number in range(50):
            connection = open_.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            if number % 2:
                connection.sendall(b"POST /ride HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Len")
        assert server.ask("POST", "/ride", PICKUP).status == 201
        assert server.end()[0] == 0


def test_serve_answers_500_while_the_store_fails_and_goes_on_after_that(tmp_path: Path) -> None:
    env = tmp_path / "file.db"
    variables = {"WILDRYDES_DB": str(env), "LOGNAME": "ada", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    with serving(env=variables) as server:
        env.write_bytes(b"SQLite format 3\x00" + b"\xff" * 4096)
        failed = server.ask("POST", "/ride", PICKUP)
        assert (failed.status, set(failed.json)) == (500, {"Error", "Reference"})
        assert str(tmp_path) not in failed.body.decode()
        assert server.ask("GET", "/rides").status == 503
        env.unlink()
        assert server.ask("POST", "/ride", PICKUP).status == 201
        code, err = server.end()
    assert code == 0
    assert failed.json["Reference"] in err


def test_serve_answers_although_nobody_reads_its_log_any_more(wildrydes: Cli) -> None:
    with started("serve", "--port", "0", stderr=subprocess.PIPE) as process:
        server = Server(process, line(process).strip(), io.StringIO())
        assert process.stderr
        process.stderr.close()
        answers = [server.ask("POST", "/ride", PICKUP) for _ in range(3)]
        server.end()
    assert [answer.status for answer in answers] == [201] * 3
    assert len(wildrydes("rides", "list", "-o", "json").must().json) == 3


def test_serve_answers_a_browser_that_runs_until_its_user_leaves_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Browsers for terminals do, such as lynx."""
    loaded = tmp_path / "loaded"
    script = f"import sys, urllib.request as r; open({str(loaded)!r}, 'wb').write(r.urlopen(sys.argv[1]).read())"
    monkeypatch.setenv("BROWSER", shlex.join([sys.executable, "-c", script, "%s"]))
    with serving("--open") as server:
        deadline = time.monotonic() + 20
        while not loaded.exists() or loaded.read_bytes() != page.read("index.html"):
            assert time.monotonic() < deadline, "the browser waits for the page, and serve for the browser"
            time.sleep(0.02)
        assert server.end()[0] == 0


def test_serve_gives_the_url_to_open_where_there_is_no_browser(tmp_path: Path) -> None:
    env = patched(tmp_path, "import webbrowser\nwebbrowser.open = lambda url: False\n")
    with started("serve", "--port", "0", "--open", stderr=subprocess.STDOUT, env=env) as process:
        url, _, note = (line(process).strip() for _ in range(3))
        process.send_signal(signal.SIGINT)
    assert note == f"there is no browser here. Open {url}"


@pytest.fixture
def locked(home: Path, wildrydes: Cli) -> Iterator[Callable[[], None]]:
    """A database that another process has locked, and a function that unlocks it."""
    wildrydes("setup-table").must()
    (file,) = home.rglob("rides.db")
    with sqlite3.connect(file, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        yield lambda: None if not other.in_transaction else other.rollback()
    other.close()


def test_serve_finishes_the_request_under_way_before_sigterm_ends_it(
    locked: Callable[[], None], wildrydes: Cli
) -> None:
    with serving() as server, ThreadPoolExecutor(1) as client:
        answer = client.submit(server.ask, "POST", "/ride", PICKUP)
        time.sleep(0.5)  # until it waits for the lock
        server.process.send_signal(signal.SIGTERM)
        locked()
        assert answer.result(20).status == 201
        assert server.process.wait(20) == 143
    assert len(wildrydes("rides", "list", "-o", "json").must().json) == 1


@pytest.mark.usefixtures("locked")
def test_a_second_signal_ends_serve_at_once() -> None:
    with serving() as server, ThreadPoolExecutor(1) as client:
        answer = client.submit(server.ask, "POST", "/ride", PICKUP)
        time.sleep(0.5)  # until it waits for the lock
        server.process.send_signal(signal.SIGINT)
        time.sleep(0.1)
        assert server.process.poll() is None
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(3) == 130
        assert isinstance(answer.exception(5), OSError | HTTPException)


def test_serve_goes_on_under_nohup_when_its_terminal_is_closed() -> None:
    with serving(program=["nohup", *PROGRAM]) as server:
        server.process.send_signal(signal.SIGHUP)
        assert server.ask("GET", "/config.json").status == 200
        assert server.end(signal.SIGTERM)[0] == 143


def test_with_verbose_serve_writes_a_line_about_every_request() -> None:
    for words, count in ((("--verbose",), 2), ((), 0)):
        with serving(*words) as server:
            server.ask("GET", "/config.json")
            server.ask("POST", "/ride", PICKUP)
            err = server.end()[1]
        lines = re.findall(r"^\d\d:\d\d:\d\d (GET /config\.json 200|POST /ride 201)$", err, re.MULTILINE)
        assert len(lines) == count, err


def test_ctrl_c_ends_serve_with_0_on_a_terminal() -> None:
    terminal = Terminal("serve", "--port", "0", columns=200)
    shown = terminal.until("Ctrl-C ends it")
    assert "http://127.0.0.1:" in shown
    assert "using table Rides" in shown
    assert "riding as ada" in shown
    terminal.type("\x03")
    ended = terminal.end(timeout=5).must(0)
    assert "Traceback" not in ended.out


def test_sigterm_ends_serve_with_143(server: Server) -> None:
    server.ask("GET", "/")
    assert server.end(signal.SIGTERM)[0] == 143


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[Server]:
    """A server that waits a second for the rest of a request, not 15, and a fifth of one for a database, not 30."""
    script = (
        "from wildrydes_cli.serve import server\n"
        "from wildrydes_cli.stores.sqlite.rides import SQLiteRides\n"
        "server.IDLE_SECONDS = 1\n"
        "SQLiteRides.__init__.__kwdefaults__['busy_timeout'] = 0.2\n"
    )
    with serving(env=patched(tmp_path, script)) as server:
        yield server


def test_serve_answers_others_when_all_connections_are_idle_or_slow(impatient: Server) -> None:
    """The slow ones send a byte now and then, and never a whole request."""
    head = b"POST /ride HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n"
    with ExitStack() as open_, ThreadPoolExecutor(1) as client:
        address = ("127.0.0.1", impatient.port)
        others = [open_.enter_context(socket.create_connection(address, timeout=20)) for _ in range(64)]
        for number, connection in enumerate(others):
            connection.sendall((b"", head, head + b"\r\n")[number % 3])
        answer = client.submit(impatient.ask, "POST", "/ride", PICKUP)
        slow = [connection for number, connection in enumerate(others) if number % 3]
        deadline = time.monotonic() + 10
        while slow and time.monotonic() < deadline:
            closed = select.select(slow, [], [], 0.1)[0]
            slow = [connection for connection in slow if connection not in closed]
            for connection in slow:
                with suppress(ConnectionError):
                    connection.sendall(b"x")
        assert slow == []
        assert answer.result(20).status == 201
        for connection in others[::3]:
            assert connection.recv(1) == b""


def test_serve_goes_on_after_another_process_has_locked_the_database(
    impatient: Server, wildrydes: Cli, home: Path
) -> None:
    wildrydes("setup-table").must()
    (file,) = home.rglob("rides.db")
    # A write lock does not keep anybody from reading. An exclusive one does.
    for locking, listed in (("EXCLUSIVE", 503), ("NORMAL", 200)):
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute(f"PRAGMA locking_mode={locking}")
            other.execute("BEGIN IMMEDIATE")
            started = time.monotonic()
            failed = impatient.ask("POST", "/ride", PICKUP)
            assert (failed.status, set(failed.json)) == (500, {"Error", "Reference"})
            assert time.monotonic() - started >= 0.2
            assert impatient.ask("GET", "/rides").status == listed
        assert impatient.ask("POST", "/ride", PICKUP).status == 201
        assert impatient.ask("GET", "/rides").status == 200
    assert len(impatient.ask("GET", "/rides").json) == 2
    err = impatient.end()[1]
    assert failed.json["Reference"] in err
    assert err.count("it has been locked by another process for 0.2 s") == 3


def test_serve_has_recorded_each_ride_that_it_answered_before_sigterm_ended_it(
    wildrydes: Cli, tell: Callable[[str], None]
) -> None:
    answered: list[str] = []
    chance = random.Random(3)

    def request_until_it_ends(server: Server) -> None:
        """Request rides. Fails if an answer is cut or late, or is neither a ride nor a 503."""
        with suppress(ConnectionError):
            while (answer := server.ask("POST", "/ride", PICKUP)).status != 503:
                assert answer.status == 201
                answered.append(answer.json["RideId"])

    servers = times(2, 10)
    for _ in range(servers):
        enough = len(answered) + chance.randrange(20, 100)
        with serving() as server, ThreadPoolExecutor(8) as clients:
            ended = [clients.submit(request_until_it_ends, server) for _ in range(8)]
            while len(answered) < enough and not any(each.done() for each in ended):
                time.sleep(0.001)
            assert server.end(signal.SIGTERM)[0] == 143
            for each in ended:
                each.result(40)
            before = len(answered)
            request_until_it_ends(server)
            assert len(answered) == before >= enough
    there = [ride["RideId"] for ride in wildrydes("rides", "list", "--all", "-o", "jsonl").must().json_lines]
    lost = set(there) - set(answered)
    assert sorted(there) == sorted([*answered, *lost])
    assert len(lost) <= servers  # of each server, at most the last answer
    tell(f"{servers} servers ended by SIGTERM: {len(answered)} rides answered, {len(there)} there")


# How it starts


def test_serve_explains_a_taken_port(server: Server, wildrydes: Cli) -> None:
    message, hint = wildrydes("serve", "--port", str(server.port)).error(3)
    assert message == f"cannot listen on 127.0.0.1 port {server.port}: Address already in use"
    assert "--port 0" in hint


def test_the_default_port_is_7433(wildrydes: Cli) -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that ended do not take it
        with suppress(OSError):  # it is taken already
            listener.bind(("127.0.0.1", 7433))
            listener.listen()
        message, _ = wildrydes("serve").error(3)
    assert message == "cannot listen on 127.0.0.1 port 7433: Address already in use"


def test_serve_explains_a_host_that_is_not_here(wildrydes: Cli) -> None:
    for host in ("192.0.2.1", "no.such.host.invalid", "fe80::1"):
        message, hint = wildrydes("serve", "--port", "0", "--host", host).error(3)
        assert host in message
        assert "address of this machine" in hint


def test_serve_does_not_start_if_the_rides_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "text.db").write_text("this is not a database")
    for file in ("text.db", "."):
        monkeypatch.setenv("WILDRYDES_DB", str(tmp_path / file))
        assert str(tmp_path) in process("serve", "--port", "0").error(3)[0]
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    assert "no AWS credentials" in process("serve", "--port", "0").error(3)[0]


@pytest.mark.usefixtures("aws_credentials", "one_try")
def test_serve_does_not_start_without_permission_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other failures of the service may pass: see the test of DynamoDB that was away."""
    with stub(lambda *_: (400, {"__type": "AccessDeniedException", "message": "no"})) as served:
        monkeypatch.setenv("AWS_ENDPOINT_URL", served.url)
        assert "access denied" in process("serve", "--port", "0").error(4)[0]


@pytest.mark.parametrize("port", ["-1", "65536", "x"])
def test_serve_refuses_a_port_that_is_none(wildrydes: Cli, port: str) -> None:
    message, _ = wildrydes("serve", "--port", port).error(2)
    assert message.endswith(f"'{port}' is not a whole number from 0 to 65535")


def test_serve_answers_under_the_names_of_a_proxy_that_it_was_told() -> None:
    names = ("bo-7433.app.github.dev", "BO.vfs.cloud9.us-east-1.amazonaws.com")
    with serving("--rider", "bob", *(f"--allow-host={name}" for name in names)) as server:
        for name in names:
            headers = {**JSON, "Host": name, "Origin": f"https://{name}", "Sec-Fetch-Site": "same-origin"}
            assert server.ask("POST", "/ride", PICKUP, headers).status == 201
        codespaces = {**JSON, "Host": names[0], "Origin": f"http://localhost:{server.port}"}
        assert server.ask("POST", "/ride", PICKUP, codespaces).status == 201
        assert server.ask("GET", "/", headers={"Host": "eve-7433.app.github.dev"}).status == 403
        assert "whoever reaches this server under its names can request rides as bob" in server.end()[1]
    for wrong in ("https://name.example", "name.example:80", "*", ""):
        message, _ = process("serve", "--port", "0", "--allow-host", wrong).error(2)
        assert "is not a host name, such as name-7433.app.github.dev" in message


def test_serve_warns_when_other_machines_reach_it() -> None:
    with serving("--host", "0.0.0.0", "--rider", "bob") as server:  # only for a moment
        assert server.ask("GET", "/", headers={"Host": "10.1.2.3:80"}).status == 200
        assert server.ask("GET", "/", headers={"Host": "evil.example"}).status == 403
        _, err = server.end()
    assert server.url.startswith("http://127.0.0.1:")  # nobody can open 0.0.0.0
    assert "request rides as bob, and see all rides" in err

"""Whatever an endpoint answers, a command succeeds, or fails with an error and a hint."""

import io
import json
import random
import re
import socketserver
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from math import isfinite
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import typer.main

from tests.support.hostile import HOSTILE, OBEYED
from tests.support.nonsense import PAGES, ROLE_ARN, STATUSES, Engine, Reply
from tests.support.repeat import times
from tests.support.running import AWS, Ended
from tests.support.stub import described, refusal
from wildrydes_cli import aws
from wildrydes_cli.aws import Account
from wildrydes_cli.cli import app
from wildrydes_cli.deploy.requests import Response

ANSWERS = times(12, 300)
"""The minimum number of invalid answers that each command gets."""

COMMANDS = [
    "setup-table",
    "setup-table --no-indexes",
    "setup-table --add-indexes",
    "delete-table --yes",
    "request --lat 1 --lon 2 --rider ada",
    "request --lat 1 --lon 2 --rider ada --ride-id mine",
    "request --from rows.csv --rider ada",
    "request --from rows.csv --rider ada --batch monday",
    "request --from rows.csv --rider ada --fail-fast",
    "rides list",
    "rides list --all",
    "rides list --scan",
    "rides list --rider ada --since 2020-01-01 --limit 2",
    "rides show r1",
    "rides stats",
    "rides stats --by hour --scan",
    "rides watch --since 2020-01-01",
    "function deploy --dry-run",
    "function deploy --yes",
    "function invoke",
    "function invoke --event event.json",
    "function logs --since 2020-01-01",
    "function logs --since 2020-01-01 --follow",
    "function delete --yes",
    "api deploy --dry-run",
    "api deploy --yes",
    "api invoke",
    "api delete --yes",
    "api delete --users --yes",
    "status",
]
ENDLESS = ("rides watch", "function logs --since 2020-01-01 --follow")


class Stream(io.TextIOWrapper):
    """A stream that can pretend to be a terminal."""

    tty = False

    def isatty(self) -> bool:
        return self.tty


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Ended]:
    """Return a function that runs commands in this process. It creates the Typer app once and never waits."""
    for name, value in {**AWS, "AWS_MAX_ATTEMPTS": "1", "COLUMNS": "100", "TERM": "xterm"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.csv").write_text("lat,lon,ride_id\n" + "1,2,\n" * 30 + "3,4,mine\n91,2,\n")
    (tmp_path / "event.json").write_text('{"body": "{}"}')
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setattr(aws, "WAIT_SECONDS", 5)
    polls = 0

    def pause(_: float) -> None:
        nonlocal polls
        polls += 1
        if polls % 3 == 0:
            raise KeyboardInterrupt

    for command in ("rides_watch", "function_logs"):
        monkeypatch.setattr(f"wildrydes_cli.commands.{command}.pause", pause)
    chance = random.Random(1)

    def send(*_: object, **__: object) -> Response:
        """Answer in place of the deployed API."""
        body = chance.choice(PAGES).decode(errors="replace")
        return Response(chance.choice(STATUSES), {"x": chance.choice(HOSTILE)}, body)

    monkeypatch.setattr("wildrydes_cli.deploy.requests.send", send)
    root: Any = typer.main.get_command(app)

    def run(*words: str, tty: bool = False) -> Ended:
        streams = [Stream(io.BytesIO(), encoding="utf-8") for _ in range(2)]
        streams[0].tty = tty
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", streams[0])
            patch.setattr(sys, "stderr", streams[1])
            try:
                root.main(list(words), prog_name="wildrydes")
            except SystemExit as ending:
                code = int(ending.code or 0)
            except KeyboardInterrupt:
                code = 130
        texts = []
        for stream in streams:
            stream.flush()
            data = stream.detach()
            assert isinstance(data, io.BytesIO)
            texts.append(data.getvalue().decode())
        return Ended(code, *texts)

    return run


class SynchronousExecutor:
    """An executor that runs tasks immediately and in order, so that a case can be repeated."""

    def __init__(self, _: int) -> None:
        self.map = map

    def submit(self, function: Callable[..., Any], *given: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        try:
            future.set_result(function(*given))
        except BaseException as error:
            future.set_exception(error)
        return future

    def shutdown(self, **_: object) -> None:
        pass


@pytest.fixture(scope="module")
def clients() -> dict[str, Any]:
    """Return a cache of clients, because creating a client takes longer than everything else."""
    return {}


@pytest.fixture
def answer(clients: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Callable[[Engine], None]:
    """Return a function that selects the engine that answers all requests instead of AWS."""
    make = Account.client
    turn: list[Engine] = []

    def client(self: Account, service: str, **settings: Any) -> Any:
        key = f"{service} {settings}"
        if key not in clients:
            clients[key] = make(self, service, **settings)
            clients[key].close = lambda: None
        clients[key].meta.events.unregister("before-send", unique_id="engine")
        clients[key].meta.events.register("before-send", turn[0].send, unique_id="engine")
        return clients[key]

    def answer(engine: Engine) -> None:
        turn[:] = [engine]

    monkeypatch.setattr(Account, "client", client)
    for user in ("query", "writes"):
        monkeypatch.setattr(f"wildrydes_cli.stores.dynamodb.{user}.ThreadPoolExecutor", SynchronousExecutor)
    return answer


def check_result(words: Sequence[str], ended: Ended, *, tty: bool = False) -> None:
    """Check the exit code and the output of a command that may have had invalid answers."""
    said = ended.out + ended.err
    endless = " ".join(words).startswith(ENDLESS)
    assert ended.code in (0, 1, 2, 3, 4, *([130] if endless else [])), ended.code
    assert "This is a bug" not in said
    assert "Traceback" not in said
    if tty:
        said = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", said)
    assert not OBEYED.search(said)
    if ended.code in (0, 130):
        assert not re.search("^(error|hint):", ended.err, re.MULTILINE)
    else:
        lines = ended.err.splitlines()
        assert lines[-2].startswith("error: ")
        assert lines[-1].startswith("hint: ")
        assert len(lines[-2]) > len("error: ") + 3
        assert len(lines[-1]) > len("hint: ") + 3
    form = words[words.index("-o") + 1] if "-o" in words else "table"
    if form == "json" and (ended.out or ended.code == 0):
        # A list that fails after its first rides has no end (reference: "JSON and other formats").
        cut = ended.code and ended.out.startswith("[") and not ended.out.rstrip().endswith("]")
        parse_json(f"{ended.out}]" if cut else ended.out)
    if form == "jsonl":
        for line in ended.out.splitlines():
            parse_json(line)


def parse_json(text: str) -> Any:
    """Return the value of a JSON `text`. Fails for a number that other readers refuse, or read as infinity."""

    def finite(number: str) -> float:
        value = float(number)
        assert isfinite(value), f"{number} is not JSON, or has no finite value"
        return value

    return json.loads(text, parse_constant=finite, parse_float=finite)


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", "[-Infinity]", '{"x": 1e999}', "-1e999"])
def test_a_number_without_a_finite_value_is_no_output(text: str) -> None:
    with pytest.raises(AssertionError):
        parse_json(text)


def formats_of(command: str) -> list[str]:
    """Return the output formats of `command`."""
    if command.startswith("rides list"):
        return ["table", "json", "jsonl", "csv", "geojson"]
    if command in ENDLESS or "--from" in command:
        return ["table", "jsonl"]
    return ["table", "json", "jsonl"] if command.startswith(("request", "function logs")) else ["table", "json"]


def run_case(run: Callable[..., Ended], answer: Callable[[Engine], None], command: str, number: int) -> int:
    """Run case `number` of a command. Returns the number of invalid answers."""
    choose = random.Random(f"{command} {number}")
    engine = Engine(choose)
    answer(engine)
    words = [*command.split(), "-o", choose.choice(formats_of(command)), *choose.choice([[], ["--verbose"]])]
    tty = choose.random() < 0.2
    said = ""
    try:
        ended = run(*words, tty=tty)
        said = f"exit {ended.code}\n{ended.out[:1500]}\n{ended.err[:1500]}"
        check_result(words, ended, tty=tty)
        assert ended.code or not command.startswith("request ") or engine.acknowledged
    except BaseException as error:
        error.add_note(f"case {number}: {' '.join(words)}\n{_summary(engine)}\n{said}")
        raise
    return len(engine.nonsense)


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_handle_invalid_answers(
    run: Callable[..., Ended], answer: Callable[[Engine], None], command: str, tell: Callable[[str], None]
) -> None:
    number = answers = 0
    while answers < ANSWERS:
        number += 1
        answers += run_case(run, answer, command, number)
    tell(f"{command}: {answers} nonsensical answers in {number} runs")


def _summary(engine: Engine) -> str:
    answers = [f"{operation}: {_short(reply)}" for operation, reply in engine.nonsense]
    return "\n".join([f"asked {', '.join(engine.asked[:12])}", *answers[:6]])


def _short(reply: Reply) -> str:
    return f"{reply.status} {reply.headers} {reply.body[:600]!r}"


class Scripted(Engine):
    """An engine with fixed answers for some operations, or for one call of an operation. Other answers are usual."""

    def __init__(self, answers: dict[str, tuple[Any, ...]]) -> None:
        super().__init__(random.Random(1), chance=0)
        self.table, self.indexes, self.large = "ACTIVE", [], False
        self.role = self.function = True
        self.repeats = self.crashes = False
        self._script = {name: Reply(*told) for name, told in answers.items()}

    def reply(self, operation: str, body: Any) -> Reply:
        time = f"{operation} {self.asked.count(operation) + 1}"
        if told := self._script.get(time) or self._script.get(operation):
            self._sticky[operation] = told
        return super().reply(operation, body)


def _role(created: str, trust: Any) -> bytes:
    role = f"<Arn>{ROLE_ARN}</Arn><CreateDate>{created}</CreateDate>"
    role += f"<AssumeRolePolicyDocument>{quote(json.dumps(trust))}</AssumeRolePolicyDocument>"
    return f"<GetRoleResponse><GetRoleResult><Role>{role}</Role></GetRoleResult></GetRoleResponse>".encode()


def _nested(depth: int) -> dict[str, Any]:
    return {"Statement": _nested(depth - 1)} if depth else {}


FOUND: list[tuple[str, dict[str, tuple[Any, ...]], int, str]] = [
    ("rides list --scan", {"dynamodb.Scan": (200, b'{"Count": 2, "ScannedCount": 2}')}, 4, "does not answer like"),
    ("rides list", {"dynamodb.Scan": (200, b'{"Items": [], "ConsumedCapacity": {"CapacityUnits": 1e0}}')}, 0, ""),
    (
        "rides show r1",
        {"dynamodb.GetItem": (200, b'{"Item": {}, "ConsumedCapacity": {"CapacityUnits": 1' + b"0" * 400 + b"}}")},
        1,
        "there is no ride r1",
    ),
    ("rides show r1", {"dynamodb.GetItem": (200, b'{"Item": 7, "ConsumedCapacity": {}}')}, 4, "does not answer like"),
    ("delete-table --yes", {"dynamodb.Scan": (200, b'{"Count": -1}')}, 4, "does not answer like"),
    # A successful answer with an error and an item, as if the id already existed.
    (
        "request --lat 1 --lon 2 --rider ada",
        {"dynamodb.PutItem": (200, b'{"ConsumedCapacity": {}, "Error": 7, "Item": {"RideId": {"S": "x"}}}')},
        4,
        "not from DynamoDB",
    ),
    # The unprocessed items are not ours, so they must not be sent again.
    (
        "request --from rows.csv --rider ada",
        {"dynamodb.BatchWriteItem": (200, b'{"ConsumedCapacity": [], "UnprocessedItems": {"Other": []}}')},
        4,
        "returned unprocessed items that were never sent",
    ),
    (
        "request --from rows.csv --rider ada",
        {
            "dynamodb.BatchWriteItem": (
                200,
                json.dumps(
                    {
                        "ConsumedCapacity": [],
                        "UnprocessedItems": {"Rides": [{"PutRequest": {"Item": {"RideId": {"S": "x"}}}}]},
                    }
                ).encode(),
            )
        },
        4,
        "returned unprocessed items that were never sent",
    ),
    (
        "rides list",
        {
            "dynamodb.Scan": (200, b'{"Items": [{}], "LastEvaluatedKey": {"RideId": {"S": "a"}}}'),
            "dynamodb.Query": (200, b'{"Items": [], "LastEvaluatedKey": {"RideId": {"S": "a"}}}'),
            "dynamodb.Query 9": (400, json.dumps(refusal("ResourceNotFoundException")[1]).encode()),
        },
        4,
        "--scan",
    ),
    # An answer to PutItem with items, like a page.
    (
        "request --lat 1 --lon 2 --rider ada",
        {"dynamodb.PutItem": (200, b'{"ConsumedCapacity": {}, "Items": true}')},
        0,
        "",
    ),
    ("setup-table --add-indexes", {"dynamodb.UpdateTable": (200, b'{"TableDescription": {}}')}, 4, "does not appear"),
    (
        "setup-table --add-indexes",
        {"dynamodb.DescribeTable": (200, json.dumps(described("ARCHIVED")[1]).encode())},
        3,
        "its state is ARCHIVED",
    ),
    ("function invoke", {"lambda.Invoke": (200, b"{", {"Content-Length": "99"})}, 4, "may have run"),
    ("function invoke -o json", {"lambda.Invoke": (200, b'{"statusCode": 201, "body": NaN}')}, 1, "no status"),
    ("function invoke -o json", {"lambda.Invoke": (200, b'{"statusCode": 201, "body": 1e999}')}, 1, "no status"),
    ("function invoke -o json", {"lambda.Invoke": (200, b'{"a":' * 960 + b"1" + b"}" * 960)}, 1, "no status"),
    (
        "function invoke",
        {"lambda.Invoke": (200, b'{"statusCode": 201, "body": "' + b"[" * 960 + b"]" * 960 + b'"}')},
        0,
        "",
    ),
    ("function invoke", {"lambda.Invoke": (200, b'{"statusCode": 201, "body": "NaN"}')}, 0, ""),
    (
        "function deploy --yes",
        {"iam.GetRole": (200, _role("2026-11-23", {}).replace(b"2026-11-23", b"tomorrow"))},
        4,
        "does not answer like",
    ),
    ("function deploy --yes", {"iam.GetRole": (200, _role("2026-11-23", _nested(200)))}, 4, "does not answer like"),
]
"""Answers that caused bugs: the command, the answers, the exit code and a part of the error."""


@pytest.mark.parametrize(("command", "answers", "code", "said"), FOUND)
def test_answers_that_caused_bugs_are_handled(
    run: Callable[..., Ended],
    answer: Callable[[Engine], None],
    command: str,
    answers: dict[str, tuple[Any, ...]],
    code: int,
    said: str,
) -> None:
    engine = Scripted(answers)
    answer(engine)
    ended = run(*command.split())
    check_result(command.split(), ended)
    assert (ended.code, said in ended.err) == (code, True), ended


WIRE = [
    b"",
    b"HTTP/1.1 200 OK\r\n",
    b"nonsense\r\n\r\n",
    b"HTTP/9.9 200\r\n\r\n{}",
    b"HTTP/1.1 xyz OK\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}",
    b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nno gzip",
    b"HTTP/1.1 200 OK\r\n" + b"x: " + b"y" * 70_000 + b"\r\n\r\n{}",
    b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 200 + b"\r\n{}",
    b"HTTP/1.1 200 OK\r\n\xff\x00: \x1b[31m\r\n\r\n{}",
    b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    b"\x16\x03\x01\x02\x00",
]
"""Responses that are not valid HTTP."""


@contextmanager
def listening(reply: Callable[[str, bytes], bytes]) -> Iterator[str]:
    """Serve on loopback. `reply` gets an operation and a body, and returns the bytes to send."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            headers = {}
            while line := self.rfile.readline().strip():
                name, _, value = line.decode("latin-1").partition(":")
                headers[name.lower()] = value.strip()
            body = self.rfile.read(int(headers.get("content-length", 0)))
            if "x-operation" in headers:
                with suppress(ConnectionError):
                    self.wfile.write(reply(headers["x-operation"], body))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_commands_handle_invalid_answers_over_sockets(
    run: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch, tell: Callable[[str], None]
) -> None:
    turn = [Engine(random.Random())]
    turns = threading.Lock()
    answers = broken = 0

    def reply(operation: str, body: bytes) -> bytes:
        nonlocal answers, broken
        with turns:  # requests come in parallel
            answers += 1
            if turn[0].nonsense_wanted():
                broken += 1
                return turn[0].choose.choice(WIRE)
            made = turn[0].reply(operation, body)
        headers = {"Content-Length": str(len(made.body)), **made.headers}
        lines = [f"HTTP/1.1 {made.status} x", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join([*lines, "Connection: close", "", ""]).encode("utf-8", "surrogateescape") + made.body

    def name(request: Any, event_name: str, **_: object) -> None:
        request.headers["X-Operation"] = event_name.partition(".")[2]

    clients: dict[str, Any] = {}
    make = Account.client

    def client(self: Account, service: str, **settings: Any) -> Any:
        if service not in clients:
            clients[service] = make(self, service, **settings)
            clients[service].meta.events.register("before-send", name)
            clients[service].close = lambda: None
        return clients[service]

    monkeypatch.setattr(Account, "client", client)
    with listening(reply) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        for number in range(times(1, 9)):
            for position, command in enumerate(COMMANDS):
                turn[0] = Engine(random.Random(f"{command} {number}"), chance=0.2)
                words = [*command.split(), "-o", formats_of(command)[(number + position) % 2]]
                ended = run(*words)
                try:
                    check_result(words, ended)
                except AssertionError as error:
                    error.add_note(f"{number}: {' '.join(words)}\n{_summary(turn[0])}\n{ended}")
                    raise
    tell(f"{answers} answers over sockets, {broken} of them not valid HTTP")

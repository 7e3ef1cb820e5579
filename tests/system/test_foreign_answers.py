"""Where something else than AWS answers, a command fails with an error and a hint, and claims nothing."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.support.repeat import pairs_of
from tests.support.running import Cli, Ended
from tests.support.stub import Answer, described, refusal, stub

COMMANDS = [
    "setup-table",
    "setup-table --add-indexes",
    "delete-table --yes",
    "request --lat 1 --lon 2 --rider ada",
    "request --from rows.csv --rider ada",
    "rides list",
    "rides list --scan",
    "rides show r1",
    "rides stats",
    "rides watch",
    "function deploy --yes",
    "function invoke",
    "function logs",
    "function logs --follow",
    "function delete --yes",
    "api deploy --yes",
    "api invoke",
    "api delete --users --yes",
    "status",
]

PORTAL = b"<!DOCTYPE html><html><body>Log in to the network</body></html>"
PAGES: dict[str, tuple[Answer, dict[str, str]]] = {
    "a captive portal": ((200, PORTAL), {"Content-Type": "text/html"}),
    "a redirect to a captive portal": ((302, b""), {"Location": "http://127.0.0.1:1/"}),
    "a proxy that refuses": ((403, b"<html>Forbidden \x1b[31m by policy</html>"), {"Content-Type": "text/html"}),
    "a proxy without the service": ((502, b"<html>Bad gateway</html>"), {"Content-Type": "text/html"}),
    "S3": ((200, b"<?xml version='1.0'?><ListAllMyBucketsResult/>"), {"Content-Type": "application/xml"}),
    "a list": ((200, b"[]"), {"Content-Type": "application/json"}),
    "a text": ((200, b"It works!"), {"Content-Type": "text/plain"}),
    "JSON that is cut": ((200, b'{"Table": {"Tab'), {"Content-Type": "application/json"}),
    "an error of something else": ((400, b'{"error": ["no"], "message": {}}'), {"Content-Type": "application/json"}),
}


@pytest.fixture(autouse=True)
def files(aws_credentials: None, one_try: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.csv").write_text("lat,lon,ride_id\n1,2,\n3,4,mine\n")
    monkeypatch.setattr("wildrydes_cli.aws.FIRST_PAUSE", 0.001)
    monkeypatch.setattr("wildrydes_cli.stores.dynamodb.indexes.REFUSALS", 2)


def failed(ended: Ended, code: int = 4) -> str:
    """Return the error of a command that failed."""
    assert "This is a bug" not in ended.err
    message, hint = ended.error(code)
    assert len(hint) > 3
    return message


def answers(pages: dict[str, Answer]) -> Callable[[str, Any], Answer]:
    """Return a function that answers an operation with its page, and others as DynamoDB does for a table of ours."""
    usual = {"DescribeTable": described("ACTIVE"), "Scan": (200, {"Items": []})}
    return lambda operation, _: pages.get(operation) or usual.get(operation) or (200, {})


@pytest.mark.parametrize(("command", "page"), pairs_of(COMMANDS, list(PAGES)))
def test_a_page_of_something_else_is_an_error(
    wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, command: str, page: str
) -> None:
    answer, headers = PAGES[page]
    with stub(lambda *_: answer, headers) as served:
        monkeypatch.setenv("AWS_ENDPOINT_URL", served.url)
        anything = command == "function invoke" and answer[0] == 200  # a function can answer what it likes
        failed(wildrydes(*command.split()), 1 if anything else 4)


FOREIGN: list[tuple[str, dict[str, Answer], str]] = [
    ("rides list --scan", {"Scan": (200, b'{"Count": 2, "ScannedCount": 2}')}, "its answer lacks Items"),
    ("rides show r1", {"GetItem": (200, b"{}")}, "its answer lacks ConsumedCapacity"),
    (
        "setup-table",
        {"DescribeTable": (200, b'{"Table": {"TableStatus": "ACTIVE"}}')},
        "its answer lacks Table.TableArn",
    ),
    # What was not processed is sent again, so it must not be what the answer says.
    (
        "request --from rows.csv --rider ada",
        {"BatchWriteItem": (200, {"UnprocessedItems": {"Rides": [{"PutRequest": {"Item": {"RideId": {"S": "x"}}}}]}})},
        "returned unprocessed items that were never sent",
    ),
    ("setup-table --add-indexes", {"UpdateTable": (200, {"TableDescription": {}})}, "does not appear"),
]
"""Answers that do not fit what was asked: the command, the answers, and a part of the error."""


@pytest.mark.parametrize(("command", "pages", "said"), FOREIGN)
def test_an_answer_that_does_not_fit_is_an_error(
    wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, command: str, pages: dict[str, Answer], said: str
) -> None:
    with stub(answers(pages)) as served:
        monkeypatch.setenv("AWS_ENDPOINT_URL", served.url)
        ended = wildrydes(*command.split())
    assert said in failed(ended) + ended.err


def test_a_later_page_of_the_index_that_is_refused_is_an_error(wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(operation: str, asked: Any) -> Answer:
        if operation == "Query" and "ExclusiveStartKey" in asked:
            return refusal("ResourceNotFoundException")
        more = {"RideId": {"S": "a"}}
        return described("ACTIVE") if operation == "DescribeTable" else (200, {"Items": [], "LastEvaluatedKey": more})

    with stub(answer) as served:
        monkeypatch.setenv("AWS_ENDPOINT_URL", served.url)
        ended = wildrydes("rides", "list")
    assert "cannot read the rides of table Rides" in failed(ended)
    assert ended.err.endswith("wildrydes rides list --scan\n")


# What is not valid HTTP

WIRE = {
    "nothing": b"",
    "no headers": b"HTTP/1.1 200 OK\r\n",
    "no HTTP": b"nonsense\r\n\r\n",
    "another version": b"HTTP/9.9 200\r\n\r\n{}",
    "no status": b"HTTP/1.1 xyz OK\r\n\r\n",
    "cut short": b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}",
    "no length": b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}",
    "a bad chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "a cut chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}",
    "no gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nno gzip",
    "a long header": b"HTTP/1.1 200 OK\r\n" + b"x: " + b"y" * 70_000 + b"\r\n\r\n{}",
    "many headers": b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 200 + b"\r\n{}",
    "a bad header": b"HTTP/1.1 200 OK\r\n\xff\x00: \x1b[31m\r\n\r\n{}",
    "TLS": b"\x16\x03\x01\x02\x00",
}
READABLE = {"no headers", "no gzip", "a bad header"}
"""What HTTP clients read all the same. From `function invoke`, these are answers: a function can answer anything."""


@contextmanager
def sending(response: bytes) -> Iterator[str]:
    """Answer every request on a port of loopback with `response`, and close the connection."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            length = 0
            while line := self.rfile.readline().strip():
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            self.rfile.read(length)
            with suppress(ConnectionError):
                self.wfile.write(response)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(("command", "response"), pairs_of(COMMANDS, list(WIRE)))
def test_a_response_that_is_not_http_is_an_error(
    wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, command: str, response: str
) -> None:
    with sending(WIRE[response]) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        ended = wildrydes(*command.split())
    if command == "function invoke" and response in READABLE:
        assert "answered no status" in failed(ended, 1)
        return
    message = failed(ended)
    if command == "function invoke":
        assert "may have run" in message

"""Tests of the function commands that need servers or processes."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

import wildrydes_cli
from tests.support.repeat import pairs_of
from tests.support.running import PROGRAM, Cli, Terminal, line, started
from tests.support.stub import Answer, described, refusal, stub
from wildrydes_cli.deploy.package import package

NOW = int(time.time() * 1000)


def pages(*messages: str) -> Callable[[str, Any], Answer]:
    """Return the answers of a log with one event per page. Everything else is refused."""

    def answer(operation: str, parameters: Any) -> Answer:
        if operation != "FilterLogEvents":
            return refusal("AccessDeniedException")
        at = int(parameters.get("nextToken", 0))
        if at == len(messages):
            return refusal("AccessDeniedException")
        event = {"timestamp": NOW + at, "message": messages[at], "logStreamName": "a", "eventId": str(at)}
        return 200, {"events": [event], "nextToken": str(at + 1)}

    return answer


@pytest.mark.usefixtures("aws_credentials")
@pytest.mark.parametrize("follow", [(), ("--follow",)])
def test_each_page_is_printed_before_the_next_is_read(wildrydes: Cli, follow: tuple[str, ...]) -> None:
    with stub(pages("first", "second")) as served:
        ended = wildrydes("function", "logs", "--endpoint-url", served.url, *follow)
    ended.error(4)
    assert [line.split("\t")[1] for line in ended.out.splitlines()] == ["first", "second"]
    assert [operation for operation, _ in served.asked].count("FilterLogEvents") == 3


@pytest.mark.usefixtures("aws_credentials")
def test_follow_prints_events_to_a_pipe_immediately() -> None:
    def answer(operation: str, _: object) -> Answer:
        event = {"timestamp": NOW, "message": "there it is", "logStreamName": "a", "eventId": "1"}
        shown = operation == "FilterLogEvents" and len(served.asked) < 5
        return (200, {"events": [event]}) if shown else refusal("AccessDeniedException")

    with stub(answer) as served:
        words = ("function", "logs", "--follow", "--endpoint-url", served.url)
        with started(*words, stderr=subprocess.DEVNULL) as process:
            assert line(process).endswith("\tthere it is\n")
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=30) == 130


def test_the_package_has_the_same_bytes_in_another_environment(tmp_path: Path) -> None:
    source = Path(wildrydes_cli.__file__).parent
    shutil.copytree(source, tmp_path / "wildrydes_cli", ignore=shutil.ignore_patterns("__pycache__"))
    for file in tmp_path.rglob("*.py"):
        file.chmod(0o600)
        os.utime(file, (1, 1))
    script = "import sys; from wildrydes_cli.deploy.package import package; sys.stdout.buffer.write(package('Rides'))"
    command = [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {script}"]
    there = subprocess.run(command, capture_output=True, check=True, env={**os.environ, "TZ": "Pacific/Auckland"})
    assert there.stdout == package("Rides")


@pytest.mark.usefixtures("aws_credentials")
def test_a_failed_invocation_is_not_retried(wildrydes: Cli) -> None:
    asked = []

    class Failing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            self.send_error(503)

        def log_message(self, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Failing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        wildrydes("function", "invoke", "--endpoint-url", url).error(4)
        server.shutdown()
    assert asked == ["/2015-03-31/functions/RequestUnicorn/invocations"]


COMMANDS = [("deploy",), ("deploy", "--dry-run"), ("delete", "--yes"), ("logs",), ("invoke",)]
OTHERS = [
    (403, b"<html><body>Forbidden</body></html>"),
    (400, b'{"__type": "UnknownOperationException"}'),
    (404, b""),
    (200, b"<html><body>Welcome</body></html>"),
    (200, b"<x/>"),
    (200, b"{}"),
    (200, b"[]"),
    (200, b""),
]


@pytest.mark.usefixtures("aws_credentials", "one_try")
@pytest.mark.parametrize(("other", "words"), pairs_of(OTHERS, COMMANDS), ids=str)
def test_an_endpoint_with_only_dynamodb_is_an_error_of_the_service(
    wildrydes: Cli, words: tuple[str, ...], other: Answer
) -> None:
    def answer(operation: str, _: Any) -> Answer:
        return described("ACTIVE") if operation == "DescribeTable" else other

    with stub(answer) as served:
        ended = wildrydes("function", *words, "--endpoint-url", served.url)
    # A function may answer anything, and to Lambda that is a success.
    answered = words == ("invoke",) and other[0] == 200
    message, hint = ended.error(1 if answered else 4)
    assert "no status" in message if answered else message.startswith("cannot ")
    assert ("bug" in ended.err, "logs" in hint) == (False, answered)
    assert not ended.out or answered


@pytest.mark.usefixtures("aws_credentials")
def test_ctrl_c_during_an_invocation_says_that_the_function_may_have_run() -> None:
    asked, over = threading.Event(), threading.Event()

    def answer(*_: object) -> Answer:
        asked.set()
        over.wait()
        return 200, b"{}"

    with stub(answer) as served:
        terminal = Terminal("function", "invoke", "--endpoint-url", served.url)
        try:
            assert asked.wait(30)
            terminal.type("\x03")
            shown = terminal.end(timeout=10).must(130).out
        finally:
            over.set()
    assert "function RequestUnicorn may have run, and recorded a ride" in shown
    assert "wildrydes rides list" in shown


@pytest.mark.usefixtures("aws_credentials")
def test_follow_ends_when_its_reader_closes_the_pipe(tmp_path: Path) -> None:
    event = {"timestamp": NOW, "message": "there", "logStreamName": "a", "eventId": "1"}

    def answer(operation: str, _: object) -> Answer:
        return (200, {"events": [event]}) if operation == "FilterLogEvents" else refusal("AccessDeniedException")

    with stub(answer) as served:
        command = f"{' '.join(PROGRAM)} function logs --follow --endpoint-url {served.url}"
        script = f"{command} | head -1; echo ${{PIPESTATUS[0]}}"
        ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True, timeout=60)
    line, code = ended.stdout.splitlines()
    assert line.endswith("\tthere")
    assert code == "0"

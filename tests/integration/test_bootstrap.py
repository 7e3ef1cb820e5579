"""AWS's own runtime client runs the package against a fake Runtime API.

AWS's page "Using the Lambda runtime API for custom runtimes" describes the protocol.
"""

import io
import json
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from tests.integration import engines
from tests.support.running import AWS, Cli
from wildrydes_cli.deploy.package import HANDLER, package
from wildrydes_cli.deploy.request_unicorn import RUNTIME
from wildrydes_cli.function.event import request_event


class RuntimeAPI:
    """A fake Runtime API. It hands out one event at a time and takes the function's answer to each."""

    def __init__(self) -> None:
        self.events: SimpleQueue[bytes] = SimpleQueue()
        self.answers: SimpleQueue[tuple[str, bytes]] = SimpleQueue()

    def ask(self, event: object) -> Any:
        """Send `event` to the function, and return its answer."""
        self.events.put(json.dumps(event).encode())
        path, answer = self.answers.get(timeout=15)
        assert path == "/2018-06-01/runtime/invocation/request-1/response", answer
        return json.loads(answer)

    @contextmanager
    def served(self) -> Iterator[str]:
        """Serve until the block ends. Yields the address."""
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                event = api.events.get()
                headers = {
                    "Content-Type": "application/json",
                    "Lambda-Runtime-Aws-Request-Id": "request-1",
                    "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700",  # the client requires one
                    "Lambda-Runtime-Deadline-Ms": "9999999999999",
                    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:000000000000:function:f",
                }
                self.reply(200, event, headers)

            def do_POST(self) -> None:
                api.answers.put((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
                self.reply(202, b"{}", {})

            def reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"127.0.0.1:{server.server_port}"
            server.shutdown()


@pytest.fixture(scope="session")
def lambda_python(pytestconfig: pytest.Config) -> Path:
    """A Python with Lambda's packages. It has the deployed function's version if this machine has that version."""
    python = engines.find_python(RUNTIME.removeprefix("python"))
    return engines.virtual_environment(pytestconfig.cache.mkdir("lambda"), "lambda", python)


@pytest.fixture
def function(lambda_python: Path, ministack: str, tmp_path: Path) -> Iterator[RuntimeAPI]:
    """Unpack the package into its own folder, and start it as Lambda does."""
    task = tmp_path / "task"
    with zipfile.ZipFile(io.BytesIO(package("BootstrapRides"))) as archive:
        archive.extractall(task)
    environment = {
        "AWS_LAMBDA_FUNCTION_NAME": "RequestUnicorn",
        **AWS,
        "AWS_ENDPOINT_URL": ministack,
        "LAMBDA_TASK_ROOT": str(task),
        "PYTHONDONTWRITEBYTECODE": "1",  # on Lambda, /var/task is read-only
    }
    api = RuntimeAPI()
    with api.served() as address:
        runtime = subprocess.Popen(
            [lambda_python, "-m", "awslambdaric", HANDLER],
            cwd=task,
            env={**environment, "AWS_LAMBDA_RUNTIME_API": address},
            stderr=subprocess.PIPE,
        )
        try:
            yield api
        finally:
            runtime.kill()
            runtime.communicate()


@pytest.mark.usefixtures("aws_credentials")
def test_the_package_alone_answers_events_and_records_rides(
    function: RuntimeAPI, ministack: str, wildrydes: Cli
) -> None:
    there = ("--table", "BootstrapRides", "--region", "us-east-1", "--endpoint-url", ministack)
    wildrydes("setup-table", *there).must()
    answers = [function.ask(request_event(rider)) for rider in ("ada", "grace")]
    assert [answer["statusCode"] for answer in answers] == [201, 201]
    rides = wildrydes("rides", "list", "-o", "json", *there).must().json
    assert {json.loads(answer["body"])["RideId"] for answer in answers} == {ride["RideId"] for ride in rides}
    assert {ride["User"] for ride in rides} == {"ada", "grace"}


def test_a_bad_event_does_not_end_the_function(function: RuntimeAPI) -> None:
    events: tuple[object, ...] = (None, [], {}, {"body": "\ud800"})
    for event in events:
        assert function.ask(event)["statusCode"] == 500
        assert function.ask(request_event() | {"body": "{"})["statusCode"] == 400

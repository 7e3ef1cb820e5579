"""Run `wildrydes serve` in its own process, and talk to it as a program that is no browser."""

import errno
import http.client
import json
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple
from urllib.parse import urlsplit

from tests.support.running import END_WITH_TESTS, PROGRAM, line

JSON = {"Content-Type": "application/json"}
PICKUP = json.dumps({"PickupLocation": {"Latitude": 47.6, "Longitude": -122.3}})


class Answer(NamedTuple):
    """What the server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Server:
    """A running `wildrydes serve`."""

    def __init__(self, process: "subprocess.Popen[str]", url: str, log: IO[str]) -> None:
        self.process = process
        self.log = log
        self.url = url
        self.port = urlsplit(url).port or 0

    def ask(self, method: str, path: str, body: str | None = None, headers: Mapping[str, str] = JSON) -> Answer:
        """Send one request, as a program that is no browser."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body and body.encode(), dict(headers))
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def raw(self, sent: bytes) -> bytes:
        """Send bytes, and return all that comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            received = b""
            try:
                connection.sendall(sent)
                connection.shutdown(socket.SHUT_WR)
                while more := connection.recv(65536):
                    received += more
            except OSError as error:  # it can close the connection before it has read all
                if error.errno not in (errno.ECONNRESET, errno.EPIPE, errno.ENOTCONN):
                    raise
            return received

    def end(self, number: int = signal.SIGINT) -> tuple[int, str]:
        """Send a signal. Returns the exit code, and what was written to stderr."""
        self.process.send_signal(number)
        self.process.wait(timeout=20)
        self.log.seek(0)
        return self.process.returncode, self.log.read()


@contextmanager
def serving(*words: str, env: Mapping[str, str] | None = None, program: Sequence[str] = PROGRAM) -> Iterator[Server]:
    """Run the server for as long as the block. Its log is a file, because a pipe that nobody reads becomes full."""
    command = [*END_WITH_TESTS, *program, "serve", "--port", "0", *words]
    with (
        TemporaryFile("w+", encoding="utf-8") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=env) as process,
    ):
        try:
            yield Server(process, line(process).strip(), log)
        finally:
            process.kill()

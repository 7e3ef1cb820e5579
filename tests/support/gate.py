"""A proxy in front of the engines that can act at each write: it kills a command before or after AWS carries it out."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import urlsplit

from tests.support.fake_aws import READS

Moment = Literal["before", "after"]
_HOP_BY_HOP = ("content-length", "transfer-encoding", "connection", "date", "server")


class Gate:
    """Passes requests on: those for Amplify to `amplify`, all others to `engine`. Both are URLs."""

    def __init__(self, engine: str, amplify: str) -> None:
        self.url = ""
        self.writes: list[str] = []
        """The writes that came: the name of the operation, or its method and path."""
        self.on_write: Callable[[Moment], bool] = lambda _: False
        """Called before and after each write. If it returns True, the client gets no answer."""
        self._engine = engine
        self._amplify = amplify

    def passed_on(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes] | None:
        """Return what the engine answers: status, headers and body. None if the client shall get no answer."""
        credential = headers.get("Authorization", "")
        operation = headers.get("X-Amz-Target", "").rpartition(".")[2]
        if not operation and body.startswith(b"Action="):
            operation = body.decode().removeprefix("Action=").partition("&")[0]
        is_write = "aws4_request" in credential and not (operation.startswith(READS) if operation else method == "GET")
        if is_write:
            self.writes.append(operation or f"{method} {path}")
            if self.on_write("before"):
                return None
        where = urlsplit(self._amplify if "/amplify/aws4_request" in credential else self._engine)
        connection = http.client.HTTPConnection(where.netloc, timeout=30)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        if is_write and self.on_write("after"):
            return None
        kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in _HOP_BY_HOP]
        return answer.status, kept, content


@contextmanager
def gate(engine: str, amplify: str) -> Iterator[Gate]:
    """Run the proxy until the block ends."""
    proxy = Gate(engine, amplify)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            passed = proxy.passed_on(self.command, self.path, dict(self.headers), body)
            if passed is None:
                self.close_connection = True
                return
            status, headers, content = passed
            self.send_response(status)
            for name, value in [*headers, ("Content-Length", str(len(content)))]:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_PUT = do_DELETE = do_PATCH = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Say nothing: a killed client leaves its request."""

    with Server(("127.0.0.1", 0), Handler) as server:
        proxy.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield proxy
        server.shutdown()

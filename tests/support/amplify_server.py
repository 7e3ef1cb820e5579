"""Puts the stand-in for Amplify on a socket of loopback, with the pages that it hosts."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote

from tests.support.amplify import Amplify, AmplifyError, Served, model

OPERATIONS = (
    "CreateApp",
    "ListApps",
    "DeleteApp",
    "CreateBranch",
    "GetBranch",
    "UpdateBranch",
    "CreateDeployment",
    "StartDeployment",
    "GetJob",
    "ListJobs",
    "StopJob",
)


def _route(operation: str) -> tuple[str, re.Pattern[str], str]:
    """Return the method of an operation, a pattern for its path, and its name."""
    http = model().operation_model(operation).http
    parts = re.split(r"\{(\w+)\}", http["requestUri"])
    pattern = "".join(f"(?P<{part}>[^/]+)" if at % 2 else re.escape(part) for at, part in enumerate(parts))
    return http["method"], re.compile(f"{pattern}/?"), operation


def _read(method: str, path: str, headers: Any, body: bytes) -> tuple[str, dict[str, Any]]:
    """Return the operation that a request asks for, and its parameters."""
    path, _, query = path.partition("?")
    matches = [(pattern.fullmatch(path), name) for verb, pattern, name in map(_route, OPERATIONS) if verb == method]
    found = next(((match, name) for match, name in matches if match), None)
    if not found:
        raise AmplifyError("UnknownOperationException", f"{method} {path}", 404)
    if "/amplify/aws4_request" not in (headers.get("Authorization") or ""):
        raise AmplifyError("UnauthorizedException", "the request is not signed for amplify", 401)
    match, operation = found
    members = model().operation_model(operation).input_shape.members
    given: dict[str, Any] = {name: unquote(value) for name, value in match.groupdict().items()}
    for name, value in parse_qsl(query, keep_blank_values=True):
        given[name] = int(value) if members[name].type_name == "integer" else value
    return operation, given | (json.loads(body) if body else {})


def answer(amplify: Amplify, method: str, path: str, headers: Any, body: bytes) -> Served:
    """Answer a signed request as Amplify's endpoint does."""
    try:
        operation, given = _read(method, path, headers, body)
        content = json.dumps(amplify.call(operation, given)).encode()
        return Served(200, {"Content-Type": "application/json"}, content)
    except AmplifyError as error:
        content = json.dumps({"message": str(error)}).encode()
        return Served(error.status, {"Content-Type": "application/json", "x-amzn-ErrorType": error.code}, content)


@contextmanager
def amplify_server(seconds: float = 0.3) -> Iterator[tuple[str, Amplify]]:
    """Serve Amplify until the block ends. Yields its URL, and what it has.

    Pages are at http://BRANCH.APP.localhost:PORT/. Browsers resolve such names to this machine.
    """
    amplify = Amplify(seconds)
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            host = (self.headers.get("Host") or "").partition(":")[0]
            with lock:
                if host.endswith(".localhost"):
                    served = amplify.page(f"{host.removesuffix('.localhost')}.{amplify.domain}", self.path)
                elif self.path.startswith("/upload?") and self.command == "PUT":
                    served = amplify.upload(dict(parse_qsl(self.path.partition("?")[2]))["X-Amz-Signature"], body)
                else:
                    served = answer(amplify, self.command, self.path, self.headers, body)
            self.send_response(served.status)
            for name, value in {**served.headers, "Content-Length": str(len(served.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(served.body)

        do_POST = do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        amplify.domain = f"localhost:{server.server_port}"
        url = f"http://127.0.0.1:{server.server_port}"
        amplify.upload_url = f"{url}/upload"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield url, amplify
        finally:
            server.shutdown()

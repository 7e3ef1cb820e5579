"""Servers on loopback that speak AWS's protocols: one gives the answers that the test chooses, one is moto's."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, Any]
"""A status and a body. Bytes are sent as they are, anything else as JSON."""
NO_ANSWER: Answer = (0, b"")
"""The server closes the connection instead of answering."""


ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/Rides"


@dataclass
class Stub:
    """The server's URL, and the requests it received: the name and the parameters of each operation."""

    url: str = ""
    asked: list[tuple[str, Any]] = field(default_factory=list)


def refusal(code: str, message: str = "No.") -> Answer:
    """Return an error response like DynamoDB's."""
    return 400, {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": message}


def described(status: str) -> Answer:
    """Return what DescribeTable answers for one of our tables in `status`."""
    return 200, {
        "Table": {
            "TableName": "Rides",
            "TableArn": ARN,
            "TableStatus": status,
            "KeySchema": [{"AttributeName": "RideId", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "RideId", "AttributeType": "S"}],
            "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
        }
    }


def _usual(operation: str, parameters: Any) -> dict[str, Any]:
    """Return what DynamoDB adds to an answer: the cost if requested, or the table's description."""
    if operation in ("CreateTable", "UpdateTable", "DeleteTable"):
        return {"TableDescription": {}}
    if parameters.get("ReturnConsumedCapacity") != "TOTAL":
        return {}
    cost = {"TableName": "Rides", "CapacityUnits": 1.0}
    return {"ConsumedCapacity": [cost] if operation == "BatchWriteItem" else cost}


@contextmanager
def stub(answer: Callable[[str, Any], Answer], headers: Mapping[str, str] | None = None) -> Iterator[Stub]:
    """Serve until the block ends. `answer` gets an operation and its parameters. `headers` are part of every answer.

    A body in bytes is sent as it is. A dict gets the fields that DynamoDB adds to every answer of that operation.
    Services other than DynamoDB and the logs name no operation in a header. For them, `answer` gets the method and the
    path, such as `POST /2015-03-31/functions/RequestUnicorn/invocations`, and the body.
    """
    served = Stub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # it would delay the body by 40 ms

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            asked = self.rfile.read(length)
            if len(asked) < length:  # the client was killed
                self.close_connection = True
                return
            target = self.headers.get("X-Amz-Target")
            operation = target.rpartition(".")[2] if target else f"{self.command} {self.path}"
            parameters = json.loads(asked) if target else asked
            served.asked.append((operation, parameters))
            status, body = answer(operation, parameters)
            if not status:
                self.close_connection = True
                return
            if status == 200 and target and isinstance(body, dict):
                body = _usual(operation, parameters) | body
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
                self.send_header(name, value)
            with suppress(ConnectionError):  # the client may have given up
                self.end_headers()
                self.wfile.write(data)

        do_GET = do_PUT = do_DELETE = do_POST  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        served.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def moto_server(port: int = 0) -> Iterator[str]:
    """Run moto's server until the block ends, on a free port if `port` is 0. Yields its URL.

    What is in its AWS stays in this process, so a server that is started later has it too.
    """
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    host, listens = server.get_host_and_port()
    try:
        yield f"http://{host}:{listens}"
    finally:
        server.stop()

"""A proxy in front of the engines of integration tests, which then answer by AWS's rules: see `aws_rules`.

It passes on the bytes of requests and answers, unless a rule refuses or changes them. It can also act at each write:
kill a command before or after AWS carries the write out.
"""

import http.client
import json
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cache, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.sax.saxutils import escape

import boto3
from botocore.exceptions import ClientError
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel

from tests.support.aws_rules import every
from tests.support.aws_rules.call import Call, Json, Rule
from tests.support.fake_aws import READS
from tests.support.running import AWS

Moment = Literal["before", "after"]

_SCOPE = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")
_DEPLOYED = re.compile(r"/_aws/execute-api/(?P<api>[^/]+)/(?P<stage>[^/]+)(?P<path>/[^?]*)")
_HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding", "content-length", "date", "server")


class Response(NamedTuple):
    """What is answered."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Request(NamedTuple):
    """What a client sends."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Forward = Callable[[Request], Response]
"""Asks the engine."""


@dataclass
class Proxy:
    """Passes requests on: those for Amplify to `amplify`, all others to `engine`. Both are URLs."""

    engine: str
    amplify: str
    url: str = ""
    rules: list[Rule] = field(default_factory=list)
    """Rules that hold beside those that always do: see `aws_rules.moments`."""
    writes: list[str] = field(default_factory=list)
    """The writes that came."""
    on_write: Callable[[Moment], bool] = lambda _: False
    """Called before and after each write. If it returns True, the client gets no answer."""
    answer_browser: Callable[[Request, Forward], Response] = lambda request, forward: forward(request)
    """Answers requests that are not for a service, such as those for Cognito's pages."""
    _changing: defaultdict[str, threading.Lock] = field(default_factory=lambda: defaultdict(threading.Lock))
    """A lock for each service: a rule such as "names are unique" looks first, and nothing may be created meanwhile."""

    def answer(self, request: Request) -> Response | None:
        """Answer a request. None if the client shall get no answer."""
        if scope := _SCOPE.search(request.headers.get("authorization", "")):
            key, region, service = scope.groups()
            operation, sent = _read(service, request)
        elif deployed := _DEPLOYED.match(request.target):
            key, region, service, operation = AWS["AWS_ACCESS_KEY_ID"], "us-east-1", "execute-api", "Invoke"
            sent = {**deployed.groupdict(), "method": request.method}
        elif "x-amz-target" in request.headers:  # what riders ask of Cognito, such as SignUp, is not signed
            key, region, service = AWS["AWS_ACCESS_KEY_ID"], AWS["AWS_REGION"], "cognito-idp"
            operation, sent = _read(service, request)
        else:
            return self.answer_browser(request, lambda each: self._forward(each, self.engine))
        is_write = service != "execute-api" and not operation.startswith(READS)
        if is_write:
            self.writes.append(operation)
            if self.on_write("before"):
                return None
        if service == "amplify":
            answered = self._forward(request, self.amplify)
        else:
            call = Call(service, operation, dict(sent), partial(_ask, self.engine, key, region, service))
            with self._changing[service] if is_write else nullcontext():
                answered = self._by_rules(call, sent, request)
        return None if is_write and self.on_write("after") else answered

    def _by_rules(self, call: Call, sent: Json, request: Request) -> Response:
        """Pass a call on, as far as AWS's rules let it, and as they change it."""
        passed: list[Response] = []

        def proceed() -> Json:
            changed = call.parameters != sent
            body = json.dumps(call.parameters).encode() if changed else request.body
            response = self._forward(request._replace(body=body), self.engine)
            passed.append(response)
            if response.status >= 300:
                raise ClientError({"Error": {"Code": "", "Message": ""}}, call.operation)
            return _parsed(response)

        try:
            answered = every.answer(call, proceed, self.rules)
        except ClientError as error:
            if passed and passed[-1].status >= 300:
                return passed[-1]
            return _refusal(call.service, error.response)
        if passed and answered == _parsed(passed[-1]):  # a rule may have changed it in place
            return passed[-1]
        return Response(200, [("Content-Type", "application/json")], json.dumps(answered).encode())

    def _forward(self, request: Request, url: str) -> Response:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        try:
            headers = {name: value for name, value in request.headers.items() if name not in _HOP_BY_HOP}
            connection.request(request.method, request.target, request.body, headers)
            answer = connection.getresponse()
            kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in _HOP_BY_HOP]
            return Response(answer.status, kept, answer.read())
        finally:
            connection.close()


def _ask(url: str, key: str, region: str, service: str, name: str, **parameters: Any) -> Json:
    """Ask an engine for an operation, such as `GetPolicy`, or one of another service, such as `lambda.GetPolicy`.

    Emulators take a key of 12 digits for an account. Whoever has any other key may lack permissions, so the account's
    owner asks.
    """
    other, _, operation = name.rpartition(".")
    with _making:
        client = _client(url, key if key.isdecimal() else AWS["AWS_ACCESS_KEY_ID"], region, other or service)
    answer: Json = client._make_api_call(operation, parameters)
    return answer


@cache
def _client(url: str, key: str, region: str, service: str) -> Any:
    return boto3.client(service, region, endpoint_url=url, aws_access_key_id=key, aws_secret_access_key="x")


_making = threading.Lock()
"""Making a client is not safe in threads."""


@cache
def _routes(service: str) -> list[tuple[str, re.Pattern[str], OperationModel]]:
    """Return the method, a pattern for the path, and the model of each operation of a service."""
    model = ServiceModel(Loader().load_service_model(service, "service-2"), service)
    routes = []
    for operation in map(model.operation_model, model.operation_names):
        parts = re.split(r"\{(\w+)\+?\}", operation.http["requestUri"].partition("?")[0])
        pattern = "".join(f"(?P<{part}>[^/]+)" if at % 2 else re.escape(part) for at, part in enumerate(parts))
        routes.append((operation.http["method"], re.compile(f"{pattern.rstrip('/')}/?"), operation))
    return routes


def _read(service: str, request: Request) -> tuple[str, Json]:
    """Return the operation that a request asks for, and its parameters: all of JSON, the plain ones of a query."""
    if target := request.headers.get("x-amz-target"):
        return target.rpartition(".")[2], json.loads(request.body)
    if service in ("iam", "sts"):
        sent = dict(parse_qsl(request.body.decode()))
        return sent.pop("Action", ""), sent
    path, _, query = request.target.partition("?")
    for method, pattern, operation in _routes(service):
        if method == request.method and (match := pattern.fullmatch(path)):
            places = {
                member.serialization.get("name", name): name
                for name, member in operation.input_shape.members.items()
                if member.serialization.get("location")
            }
            given: Json = {places[name]: unquote(value) for name, value in match.groupdict().items()}
            for name, value in parse_qsl(query):
                if name in places:
                    several = operation.input_shape.members[places[name]].type_name == "list"
                    given[places[name]] = [value] if several else value
            streamed = operation.input_shape.serialization.get("payload")
            return operation.name, given if streamed or not request.body else given | json.loads(request.body)
    return "", {}


def _parsed(response: Response) -> Json:
    """Return the JSON of an answer, or nothing if it has none."""
    try:
        parsed = json.loads(response.body)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _refusal(service: str, response: Json) -> Response:
    """Return an error as the service writes it."""
    code, message = response["Error"]["Code"], response["Error"]["Message"]
    status = response["ResponseMetadata"]["HTTPStatusCode"]
    if service == "iam":
        error = f"<Type>Sender</Type><Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
        text = f"<ErrorResponse><Error>{error}</Error><RequestId>x</RequestId></ErrorResponse>"
        return Response(status, [("Content-Type", "text/xml")], text.encode())
    more = {name: value for name, value in response.items() if name not in ("Error", "ResponseMetadata")}
    body = {"__type": code, "message": message, **more}
    headers = [("Content-Type", "application/json"), ("x-amzn-errortype", code)]
    return Response(status, headers, json.dumps(body).encode())


@contextmanager
def proxy(engine: str, amplify: str = "") -> Iterator[Proxy]:
    """Run the proxy on loopback until the block ends."""
    served = Proxy(engine, amplify)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # it would delay the body by 40 ms

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Transfer-Encoding") == "chunked":  # as microburst sends it
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
            headers = {name.lower(): value for name, value in self.headers.items()}
            response = served.answer(Request(self.command, self.path, headers, body))
            if response is None:
                self.close_connection = True
                return
            self.send_response(response.status)
            for name, value in [*response.headers, ("Content-Length", str(len(response.body)))]:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(response.body)

        do_GET = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_POST  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Say nothing: a killed client leaves its request."""

    with Server(("127.0.0.1", 0), Handler) as server:
        served.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield served
        finally:
            server.shutdown()

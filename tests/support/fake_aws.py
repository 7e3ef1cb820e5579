"""The fake of AWS for unit tests: moto in this process, AWS's rules, and what a test says that goes wrong.

Its fixture is `aws`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, ConnectionClosedError
from moto import mock_aws

from tests.support.amplify import Amplify, AmplifyError
from tests.support.aws_rules import every
from tests.support.aws_rules.call import Call, Json, Rule
from tests.support.service_model import report
from wildrydes_cli.aws import Account
from wildrydes_cli.aws_http import Response

__all__ = ["AWS", "Json", "fake_aws"]

READS = ("Describe", "Filter", "Get", "List", "Scan")


class AWS:
    """An AWS account that is empty at first, the calls to it, and what goes wrong with them."""

    def __init__(self) -> None:
        self._account = Account("us-east-1")
        self.calls: list[tuple[str, Json]] = []
        self.tries: dict[str, object] = {}
        """How often botocore would send each operation, where the client says so."""
        self.before: dict[str, Callable[[str, Json], object]] = {}
        """Functions by operation. Each is called once, just before the next call of its operation."""
        self.planted: dict[str, Json | list[Json] | Callable[[Json], Json]] = {}
        """Answers by operation, for which moto is not asked. A list has the answers to several calls, in order. A
        function gets moto's answer, and returns what is answered."""
        self.failures: dict[str, list[BaseException]] = {}
        self.rules: list[Rule] = []
        """Rules that hold beside those that always do. See `aws_rules.moments`."""
        self.amplify = Amplify()
        self.sent: list[tuple[str, str]] = []
        """The method and URL of each request that is not signed."""
        self.prepared: tuple[str, ...] = ()
        """What has filled the account: see `prepared`."""
        self.asked = 0
        """How many calls there were after that."""
        self._lost: list[str] = []
        self._writes_left: int | None = None

    @property
    def writes(self) -> list[str]:
        """The calls that changed something or tried to."""
        return [operation for operation, _ in self.calls if not operation.startswith(READS)]

    def parameters(self, operation: str) -> Json:
        """Return the parameters of the last call of `operation`."""
        return [parameters for name, parameters in self.calls if name == operation][-1]

    def client(self, service: str) -> Any:
        """Return a client for the test's own calls."""
        return self._account.client(service)

    def fail(
        self, operation: str, code: str | BaseException = "ServiceException", message: str = "boom", times: int = 1
    ) -> None:
        """Make the next calls of `operation` fail: with an error of AWS, or with an exception."""
        error = ClientError({"Error": {"Code": code, "Message": message}}, operation) if isinstance(code, str) else code
        self.failures[operation] = [error] * times

    def lose(self, operation: str) -> None:
        """Carry out the next call of `operation`, and lose its answer."""
        self._lost.append(operation)

    def interrupt_after(self, writes: int | None) -> None:
        """Press Ctrl-C once, just before the write after so many, or never."""
        self._writes_left = writes

    def answer(self, client: Any, operation: str, parameters: Json, ask_moto: Callable[..., Any]) -> Any:
        """Answer a call in place of botocore's `BaseClient._make_api_call`, which is `ask_moto`."""
        self.tries[operation] = (client.meta.config.retries or {}).get("total_max_attempts")
        if self._writes_left is not None and not operation.startswith(READS):
            self._writes_left -= 1
            if self._writes_left < 0:
                self._writes_left = None
                raise KeyboardInterrupt
        self.asked += 1
        self.calls.append((operation, parameters))
        if before := self.before.pop(operation, None):
            before(operation, parameters)
        planted, failures = self.planted.get(operation), self.failures.get(operation)
        if failures or isinstance(planted, dict | list):
            report(client.meta.service_model.operation_model(operation), parameters)
        if failures:
            raise failures.pop()
        if client.meta.service_model.service_name == "amplify":
            ask_moto = self._ask_amplify
        if isinstance(planted, dict | list):
            return planted.pop(0) if isinstance(planted, list) else planted
        call = Call(
            client.meta.service_model.service_name,
            operation,
            parameters,
            lambda operation, **parameters: ask_moto(client, operation, parameters),
        )
        answer = every.answer(call, lambda: ask_moto(client, operation, call.parameters), self.rules)
        if operation in self._lost:
            self._lost.remove(operation)
            raise ConnectionClosedError(endpoint_url="https://aws.example")
        return planted(answer) if planted else answer

    def _ask_amplify(self, _: Any, operation: str, parameters: Json) -> Json:
        """Answer in place of moto, which has no Amplify."""
        try:
            return self.amplify.call(operation, parameters)
        except AmplifyError as error:
            raise ClientError({"Error": {"Code": error.code, "Message": str(error)}}, operation) from None

    def send(self, method: str, url: str, action: str, *, body: bytes = b"", **__: object) -> Response:
        """Answer in place of `Account.send`: take an upload for Amplify, or serve a page that it hosts."""
        parts = urlsplit(url)
        self.sent.append((method, url))
        if url.startswith(self.amplify.upload_url):
            served = self.amplify.upload(parse_qs(parts.query)["X-Amz-Signature"][0], body)
        else:
            served = self.amplify.page(parts.netloc, parts.path)
        return Response(
            served.status, {name.lower(): value for name, value in served.headers.items()}, served.body.decode()
        )


@contextmanager
def fake_aws(patch: pytest.MonkeyPatch) -> Iterator[AWS]:
    """Play AWS until the block ends. It must be configured."""
    account = AWS()
    ask_moto = BaseClient._make_api_call

    def answer(client: Any, operation: str, parameters: Json) -> Any:
        return account.answer(client, operation, parameters, ask_moto)

    with mock_aws(config={"iam": {"load_aws_managed_policies": True}}):
        patch.setattr(BaseClient, "_make_api_call", answer)
        patch.setattr(Account, "send", account.send)
        yield account

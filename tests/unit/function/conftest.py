"""A fake AWS account in this process, by moto, and a record of the calls to it."""

from collections.abc import Callable, Iterator
from typing import Any

import botocore.client
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from wildrydes_cli.aws import Account

READS = ("Describe", "Filter", "Get", "List", "Scan")


class AWS:
    """An AWS account that is empty at first. A test can make its calls fail."""

    def __init__(self) -> None:
        self._account = Account("us-east-1")
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.failures: dict[str, list[Exception]] = {}
        self.before: dict[str, Callable[[str, dict[str, Any]], None]] = {}
        """Functions by operation. Each is called once, just before the next call of its operation."""

    @property
    def writes(self) -> list[str]:
        """The calls that changed something or tried to."""
        return [operation for operation, _ in self.calls if not operation.startswith(READS)]

    def parameters(self, operation: str) -> dict[str, Any]:
        """Return the parameters of the last call of `operation`."""
        return [parameters for name, parameters in self.calls if name == operation][-1]

    def fail(self, operation: str, code: str = "ServiceException", message: str = "boom", times: int = 1) -> None:
        """Make the next calls of `operation` fail."""
        error = ClientError({"Error": {"Code": code, "Message": message}}, operation)
        self.failures[operation] = [error] * times

    def client(self, service: str) -> Any:
        """Return a client for the test's own calls."""
        return self._account.client(service)


@pytest.fixture
def aws(aws_credentials: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[AWS]:
    """Yield an empty account, and record the calls to it."""
    account = AWS()
    call = botocore.client.BaseClient._make_api_call

    def recorded(self: Any, operation: str, parameters: dict[str, Any]) -> Any:
        account.calls.append((operation, parameters))
        if before := account.before.pop(operation, None):
            before(operation, parameters)
        if failures := account.failures.get(operation):
            raise failures.pop()
        return call(self, operation, parameters)

    with mock_aws(config={"iam": {"load_aws_managed_policies": True}}):
        monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", recorded)
        yield account

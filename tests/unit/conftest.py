"""Unit tests run in this process: no server, no child process, no terminal. Tests that need one are in tests/system."""

import os
import pty
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.exceptions import NoCredentialsError

from tests.support.console import Console, create_function
from tests.support.fake_aws import AWS, fake_aws
from tests.support.gateway import SEND, Gateway
from tests.support.prepared import Prepared, prepare
from tests.support.running import Cli
from wildrydes_cli.aws import Account
from wildrydes_cli.output import messages


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a test fail if it opens a socket or a terminal, or starts a process."""

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("a unit test left this process: it belongs in tests/system")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "bind", refuse)
    monkeypatch.setattr(subprocess.Popen, "__init__", refuse)
    monkeypatch.setattr(os, "fork", refuse)
    monkeypatch.setattr(pty, "openpty", refuse)


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited, in no time."""
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    return waited


@pytest.fixture(autouse=True)
def not_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not sign requests, which takes a tenth of the time of all unit tests. moto only reads whose they are."""

    def name_key(self: SigV4Auth, request: Any) -> None:
        if self.credentials is None:
            raise NoCredentialsError
        scope = f"{self.credentials.access_key}/20261123/{self._region_name}/{self._service_name}/aws4_request"
        request.headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={scope}"

    monkeypatch.setattr(SigV4Auth, "add_auth", name_key)


_clients: dict[str, Any] = {}


@pytest.fixture(autouse=True)
def made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all tests share their clients."""
    create = Account.client

    def client(self: Account, service: str, **settings: Any) -> Any:
        if self.endpoint_url:
            return create(self, service, **settings)  # it may warn, and that is tested
        environment = sorted(item for item in os.environ.items() if item[0].startswith("AWS_"))
        key = str((self.region, self.profile, service, settings, environment))
        if key not in _clients:
            _clients[key] = create(self, service, **settings)
        return _clients[key]

    monkeypatch.setattr(Account, "client", client)


@pytest.fixture
def aws(aws_credentials: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[AWS]:
    """An empty account, in which nothing goes wrong until the test says so."""
    with fake_aws(monkeypatch) as account:
        yield account


@pytest.fixture(autouse=True)
def gateway(monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """A deployed API that is ready at once, and refuses whoever has no token."""
    gateway = Gateway()
    monkeypatch.setattr(SEND, gateway.send)
    return gateway


@pytest.fixture
def at_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make stdin and stderr of each command a terminal without colours. Its stdout stays a pipe."""

    def prepare() -> None:
        messages_prepare()
        for stream in (sys.stdin, sys.stderr):
            monkeypatch.setattr(stream, "isatty", lambda: True)

    messages_prepare = messages.prepare
    monkeypatch.setattr(messages, "prepare", prepare)
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def prepared(aws: AWS, pauses: list[float]) -> Prepared:
    """Return a function that fills the account, and takes no time in all tests but the first: see `prepare`."""

    def fill(make: Callable[[], object]) -> None:
        prepare(aws, make)
        pauses.clear()

    return fill


@pytest.fixture
def lambda_function(aws: AWS, prepared: Prepared) -> None:
    """A function for the API to invoke."""
    prepared(lambda: create_function(aws.client))
    aws.calls.clear()


@pytest.fixture
def our_function(prepared: Prepared, wildrydes: Cli) -> None:
    """The table, and the function with its role, as our commands make them."""
    prepared(lambda: [wildrydes(*words).must() for words in (("setup-table",), ("function", "deploy"))])


@pytest.fixture
def our_api(lambda_function: None, prepared: Prepared, wildrydes: Cli) -> None:
    """The API with its users, as our command makes them for some function."""
    prepared(lambda: wildrydes("api", "deploy").must())


@pytest.fixture
def by_the_book(lambda_function: None, console: Console, prepared: Prepared) -> None:
    """The API with its users, as a reader of the tutorial makes them in the console, up to the deployment."""

    def create() -> None:
        console.create_pool()
        console.create_client()
        console.create_tutorial_api()

    prepared(create)


@pytest.fixture
def console(aws: AWS) -> Console:
    """The console of the account."""
    return Console(aws)


@pytest.fixture
def client(aws_credentials: None) -> Iterator[Any]:
    """Return a DynamoDB client of an AWS that is empty, and that moto plays in this process."""
    from moto import mock_aws

    with mock_aws():
        client = Account().client("dynamodb")
        yield client
        client.close()

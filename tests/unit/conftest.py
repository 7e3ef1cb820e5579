"""Unit tests run in this process: no server, no child process, no terminal. Tests that need one are in tests/system."""

import os
import pty
import socket
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from wildrydes_cli.aws import Account


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


@pytest.fixture
def client(aws_credentials: None) -> Iterator[Any]:
    """Return a DynamoDB client of an AWS that is empty, and that moto plays in this process."""
    from moto import mock_aws

    with mock_aws():
        client = Account().client("dynamodb")
        yield client
        client.close()

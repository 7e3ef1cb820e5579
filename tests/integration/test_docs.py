"""The commands in the tutorial's document print what is shown there: from nothing to a ride on AWS, and back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration import engines
from tests.integration.conftest import ALONE
from tests.support.amplify_server import amplify_server
from tests.support.markdown import TUTORIAL
from tests.support.running import AWS, patched
from tests.support.transcripts import environment, run

RESOLVE = """
import socket
resolve = socket.getaddrinfo
def local(host, *rest, **more):
    return resolve("127.0.0.1" if str(host).endswith(".localhost") else host, *rest, **more)
socket.getaddrinfo = local
"""
"""Lets a process find the hosted page, whose name only browsers know everywhere."""


@pytest.fixture
def account(pytestconfig: pytest.Config, tmp_path: Path) -> Iterator[str]:
    """The URL of an AWS emulator of this test's own, in which there is nothing."""
    interpreter = engines.virtual_environment(pytestconfig.cache.mkdir("ministack"), "ministack")
    (tmp_path / "ministack").mkdir()
    with engines.ministack(interpreter, tmp_path / "ministack") as url:
        yield url


def test_the_session_of_the_tutorial_shows_what_its_commands_print(account: str, tmp_path: Path) -> None:
    folder = tmp_path / "session"
    folder.mkdir()
    with amplify_server() as (amplify, _):
        there = {"AWS_ENDPOINT_URL": account, "AWS_ENDPOINT_URL_AMPLIFY": amplify, "AWS_DEFAULT_REGION": "us-east-1"}
        variables = patched(tmp_path, RESOLVE + ALONE) | environment(tmp_path) | AWS | there
        assert run(TUTORIAL, folder, lambda _: variables) > 10

"""What every test gets: a home of its own, none of the caller's settings, and no network but loopback."""

import ipaddress
import os
import signal
import socket
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import JSONFileLoader, Loader
from hypothesis import HealthCheck, Phase, settings

from tests.planted import SECRETS
from tests.repeat import REPEAT
from tests.running import AWS, Cli

# A shell that runs the tests in the background has them ignore Ctrl-C, and every command that they start too.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A machine that is busy makes no test fail. A failing example is told as it was found, for to make it smaller can take
# minutes; `--hypothesis-profile smaller` does that.
settings.register_profile(
    "smaller",
    max_examples=40 * REPEAT,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile("ours", settings.get_profile("smaller"), phases=set(Phase) - {Phase.shrink, Phase.explain})
settings.load_profile("ours")

KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "VIRTUAL_ENV", "PYTHONPATH")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, in an environment without settings."""
    for name in os.environ:
        if name not in KEPT and not name.startswith(("PYTEST", "COV")):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("LOGNAME", "ada")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")  # it is not on loopback
    return home


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that would leave this machine."""
    connect = socket.socket.connect

    def refuse(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else "127.0.0.1"
        if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
            pytest.fail(f"a test tried to reach {host}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(scope="session", autouse=True)
def parsed_once() -> Iterator[None]:
    """botocore's descriptions of the services, found and parsed once and not once a client: most of the time of one."""
    load, find = JSONFileLoader.load_file, Loader.list_available_services
    load_once = cache(lambda path: load(JSONFileLoader(), path))
    find_once = cache(lambda kind: find(Loader(), kind))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JSONFileLoader, "load_file", lambda _, path: load_once(path))
        patch.setattr(Loader, "list_available_services", lambda _, type_name: list(find_once(type_name)))
        yield


@pytest.fixture
def aws_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS, configured: a region, and credentials that no AWS knows."""
    for name, value in AWS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def planted_secrets(one_try: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS, configured with credentials that `tests.planted.reveals` knows again."""
    for name, value in {**AWS, **SECRETS}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def one_try(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests that are sent once: before a second try, botocore really waits."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


@pytest.fixture
def wildrydes() -> Cli:
    """The command line, run in this process."""
    return Cli()


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Say something at the end of the run: what was counted, where a test that passes had luck or not."""
    return lambda text: record_property("told", text)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say it."""
    for report in terminalreporter.getreports("passed"):
        for name, text in report.user_properties:
            if name == "told":
                terminalreporter.write_line(text)

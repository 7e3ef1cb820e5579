"""Fixtures for every test: an empty home, none of the caller's settings, and no network except loopback."""

import gc
import ipaddress
import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.httpsession import URLLib3Session
from hypothesis import HealthCheck, Phase, settings

from tests.support import service_model
from tests.support.once import do_once
from tests.support.planted import SECRETS
from tests.support.repeat import REPEAT, THOROUGH
from tests.support.running import AWS, Cli
from tests.support.stub import moto_server

# A shell that starts the tests in the background makes them and their commands ignore Ctrl-C. This undoes it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A busy machine must not make a test fail. Hypothesis reports a failing example as it was found, because shrinking it
# can take minutes. `--hypothesis-profile smaller` shrinks it.
settings.register_profile(
    "smaller",
    max_examples=40 * REPEAT,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile("ours", settings.get_profile("smaller"), phases=set(Phase) - {Phase.shrink, Phase.explain})
settings.load_profile("ours")

service_model.hold_requests(BaseClient)

MOST_WORKERS = 8
"""How many processes run tests at most: each starts its own servers and its own browser."""


def pytest_xdist_auto_num_workers() -> int | None:
    """Return how many processes run tests. Three keep two cores busy, because tests also wait.

    pytest-xdist's own variable comes first.
    """
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2
    return min(MOST_WORKERS, max(2, cores * 3 // 2))


KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "VIRTUAL_ENV", "PYTHONPATH")
IN_CHILDREN = str(Path(__file__).parent / "support" / "in_children")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Create an empty home, and remove the caller's settings from the environment."""
    for name in os.environ:
        if name not in KEPT and not name.startswith(("PYTEST", "COV")):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("LOGNAME", "ada")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")  # the metadata service is not on loopback
    return home


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a test fail if it connects to another machine."""
    connect = socket.socket.connect

    def refuse(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else "127.0.0.1"
        if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
            pytest.fail(f"a test tried to reach {host}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(autouse=True)
def requests_that_fit(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make a test fail if it, or a Python process that it starts, sends a request that breaks the service's model."""
    broken = tmp_path / "broken_requests"
    monkeypatch.setenv(service_model.REPORT, str(broken))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [IN_CHILDREN, os.environ.get("PYTHONPATH")])))
    yield
    if broken.exists():
        pytest.fail(f"a request breaks the model of its service:\n{broken.read_text(encoding='utf-8')}")


@pytest.fixture(scope="session", autouse=True)
def done_once() -> Iterator[None]:
    """Have libraries do only once what takes them long.

    In the end, pytest looks for garbage five times, because some may hold a file that nobody closed. That takes each
    worker seconds, so it is done in CI only, and once.
    """
    with pytest.MonkeyPatch.context() as patch:
        do_once(patch)
        yield
    if THOROUGH:
        gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def http_sessions() -> Iterator[set[URLLib3Session]]:
    """Collect the HTTP sessions that botocore makes."""
    sessions: set[URLLib3Session] = set()
    make = URLLib3Session.__init__

    def made(self: URLLib3Session, *args: Any, **settings: Any) -> None:
        make(self, *args, **settings)
        sessions.add(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(URLLib3Session, "__init__", made)
        yield sessions


@pytest.fixture(autouse=True)
def connections_closed(http_sessions: set[URLLib3Session]) -> Iterator[None]:
    """Close the connections of the clients that a test made. The end of its process closes those of a command.

    Clients are in reference cycles. In a process as large as this one, Python hardly ever looks for those.
    """
    yield
    while http_sessions:
        http_sessions.pop().close()


@pytest.fixture
def aws_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Configure AWS: a region, and credentials that are not valid on AWS."""
    for name, value in AWS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Configure a file for the embedded store, in a folder of its own. Returns its path."""
    path = tmp_path / "files" / "rides.db"
    path.parent.mkdir()
    monkeypatch.setenv("WILDRYDES_DB", str(path))
    return path


@pytest.fixture
def planted_secrets(one_try: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Configure AWS with credentials that `tests.support.planted.reveals` recognizes."""
    for name, value in {**AWS, **SECRETS}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def one_try(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send every request only once, because botocore really waits before a retry."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """The URL of moto's server. Its AWS is empty at first."""
    with moto_server() as url:
        yield url


@pytest.fixture
def chunks_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return a function that lets a bulk request record so many rows at once, however long that takes."""

    def patch(size: int) -> None:
        for name, value in {"FIRST_CHUNK": size, "CHUNK": size, "CHUNK_SECONDS": 1_000_000}.items():
            monkeypatch.setattr(f"wildrydes_cli.rides.bulk.{name}", value)

    return patch


@pytest.fixture
def wildrydes() -> Cli:
    """Return a function that runs the command line in this process."""
    return Cli()


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Return a function that prints a line at the end of the run: the counts of a test that depends on chance."""
    return lambda text: record_property("told", text)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the lines that tests gave to `tell`."""
    for report in terminalreporter.getreports("passed"):
        for name, text in report.user_properties:
            if name == "told":
                terminalreporter.write_line(text)

"""Fixtures that start real engines, which the tests reach over sockets."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration import engines
from tests.support.amplify import Amplify
from tests.support.amplify_server import amplify_server
from tests.support.proxy import Proxy, proxy
from tests.support.running import Cli

UseAWS = Callable[[str], None]

ALONE = "from wildrydes_cli.deploy import calls\ncalls.DATE_SECONDS = 0"
"""A script for `running.patched`, with which a process does what the fixture `alone` has this one do."""


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else deploys at the same time, so a deployment does not wait for what others create.

    That is four seconds of each. The processes of a test wait, unless they run `ALONE`.
    """
    monkeypatch.setattr("wildrydes_cli.deploy.calls.DATE_SECONDS", 0)


@pytest.fixture(scope="session")
def ministack(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an AWS emulator that allows everything to everyone."""
    interpreter = engines.virtual_environment(pytestconfig.cache.mkdir("ministack"), "ministack")
    with engines.ministack(interpreter, tmp_path_factory.mktemp("ministack")) as url:
        yield url


@pytest.fixture(scope="session")
def ministack_auth(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an AWS emulator that enforces IAM."""
    interpreter = engines.virtual_environment(pytestconfig.cache.mkdir("ministack"), "ministack")
    with engines.ministack(interpreter, tmp_path_factory.mktemp("ministack_auth"), AUTH="true") as url:
        yield url


@pytest.fixture(scope="session")
def strict(ministack: str) -> Iterator[Proxy]:
    """A proxy in front of the emulator that allows everything to everyone. It answers by AWS's rules."""
    with proxy(ministack) as served:
        yield served


@pytest.fixture(scope="session")
def strict_auth(ministack_auth: str) -> Iterator[Proxy]:
    """A proxy in front of the emulator that enforces IAM. It answers by AWS's rules."""
    with proxy(ministack_auth) as served:
        yield served


@pytest.fixture(scope="session")
def microburst(pytestconfig: pytest.Config) -> Path:
    """The Python of the environment that has microburst."""
    return engines.virtual_environment(pytestconfig.cache.mkdir("microburst"), "microburst")


@pytest.fixture(scope="session")
def faulty(microburst: Path, strict: Proxy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[engines.Faults]:
    """The fault-injecting proxy in front of the AWS emulator and AWS's rules."""
    with engines.microburst(microburst, tmp_path_factory.mktemp("microburst"), strict.url) as faults:
        yield faults


@pytest.fixture(scope="session")
def amplify() -> Iterator[tuple[str, Amplify]]:
    """A stand-in for Amplify, whose jobs end at once, and its URL."""
    with amplify_server(seconds=0) as served:
        yield served


@pytest.fixture
def use_aws(amplify: tuple[str, Amplify], aws_credentials: None, monkeypatch: pytest.MonkeyPatch) -> UseAWS:
    """Return a function that points the command line at an engine's URL, and at a stand-in for Amplify."""

    def use(url: str) -> None:
        amplify[1].apps.clear()
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        monkeypatch.setenv("AWS_ENDPOINT_URL_AMPLIFY", amplify[0])

    return use


@pytest.fixture
def faults(faulty: engines.Faults, use_aws: UseAWS, wildrydes: Cli) -> Iterator[engines.Faults]:
    """The proxy, without rules. The command line uses it, and an empty table is behind it."""
    use_aws(faulty.url)
    faulty.rules()
    wildrydes("delete-table", "--yes").must()
    wildrydes("setup-table").must()
    yield faulty
    faulty.rules()

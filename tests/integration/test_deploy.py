"""`deploy` over sockets: if it is killed at any of its writes, the next one completes it."""

import os
import signal
from collections.abc import Iterator
from itertools import count

import pytest

from tests.support.amplify import Amplify
from tests.support.gate import Gate, Moment, gate
from tests.support.repeat import some_of
from tests.support.running import PROGRAM, Cli, started
from wildrydes_cli.aws import Account

WRITES = 28
"""How many writes a first deployment has: a test counts them."""
accounts = count(100_000_000_000 + os.getpid() * 1000)


@pytest.fixture
def engine(
    ministack: str, amplify: tuple[str, Amplify], aws_credentials: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Gate]:
    """An account in which nothing exists, behind a proxy. In such an account, ministack answers no API."""
    account = str(next(accounts))
    amplify[1].apps.clear()
    with gate(ministack, amplify[0]) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", account)
        monkeypatch.setattr("wildrydes_cli.deploy.requests.probe", lambda _: "")
        monkeypatch.setattr("wildrydes_cli.deploy.hosting.Deployment.probe", lambda _: "")
        yield proxy


def test_a_first_deployment_has_so_many_writes(engine: Gate, wildrydes: Cli) -> None:
    wildrydes("deploy").must()
    assert len(engine.writes) == WRITES
    engine.writes.clear()
    assert set(wildrydes("deploy", "-o", "json").must().json["Parts"].values()) == {"unchanged"}
    assert engine.writes == []


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("number", some_of(range(WRITES)))
def test_a_deployment_that_is_killed_is_completed_by_the_next(
    engine: Gate, wildrydes: Cli, number: int, moment: Moment
) -> None:
    left = number

    def kill(now: Moment) -> bool:
        nonlocal left
        left -= now == moment
        if left >= 0:
            return False
        os.kill(process.pid, signal.SIGKILL)
        return True

    engine.on_write = kill
    with started("deploy", program=PROGRAM) as process:
        assert process.wait(timeout=60) == -signal.SIGKILL
    engine.on_write = lambda _: False
    wildrydes("deploy").must()
    engine.writes.clear()
    assert set(wildrydes("deploy", "-o", "json").must().json["Parts"].values()) == {"unchanged"}
    assert engine.writes == []
    apis = Account().client("apigateway").get_rest_apis()["items"]
    pools = Account().client("cognito-idp").list_user_pools(MaxResults=9)["UserPools"]
    apps = Account().client("amplify").list_apps()["apps"]
    assert (len(apis), len(pools), len(apps)) == (1, 1, 1)

"""`deploy` over sockets: if it is killed at any of its writes, the next one completes it."""

import os
import signal
import subprocess
from collections.abc import Iterator
from itertools import count, product
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import ALONE
from tests.support.amplify import Amplify
from tests.support.proxy import Moment, Proxy, proxy
from tests.support.repeat import some_of
from tests.support.running import Cli, patched, started
from wildrydes_cli.aws import Account

WRITES = 28
"""How many writes a first deployment has: a test counts them."""
REMOVALS = 11
"""How many writes a deletion has, where there is no log."""
MOMENTS: tuple[Moment, ...] = ("before", "after")
accounts = count(100_000_000_000 + os.getpid() * 1000)


@pytest.fixture
def engine(
    ministack: str, amplify: tuple[str, Amplify], aws_credentials: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Proxy]:
    """An account in which nothing exists, behind a proxy. In such an account, ministack answers no API."""
    account = str(next(accounts))
    amplify[1].apps.clear()
    with proxy(ministack, amplify[0]) as served:
        monkeypatch.setenv("AWS_ENDPOINT_URL", served.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", account)
        monkeypatch.setattr("wildrydes_cli.deploy.requests.probe", lambda _: "")
        monkeypatch.setattr("wildrydes_cli.deploy.hosting.Deployment.probe", lambda _: "")
        yield served


def kill(engine: Proxy, env: dict[str, str], number: int, moment: Moment, *words: str) -> None:
    """Run a command, and kill it before or after its write with that number, counted from 0."""
    left = number

    def on_write(now: Moment) -> bool:
        nonlocal left
        left -= now == moment
        if left >= 0:
            return False
        os.kill(process.pid, signal.SIGKILL)
        return True

    engine.on_write = on_write
    with started(*words, env=env) as process:
        assert process.wait(timeout=60) == -signal.SIGKILL
    engine.on_write = lambda _: False
    engine.writes.clear()


def what_is_there() -> list[str]:
    """Return what exists of all that is deployed."""
    clients = {
        service: Account().client(service)
        for service in ("dynamodb", "iam", "lambda", "logs", "apigateway", "cognito-idp", "amplify")
    }
    return [
        *clients["dynamodb"].list_tables()["TableNames"],
        *(each["RoleName"] for each in clients["iam"].list_roles()["Roles"]),
        *(each["FunctionName"] for each in clients["lambda"].list_functions()["Functions"]),
        *(each["logGroupName"] for each in clients["logs"].describe_log_groups()["logGroups"]),
        *(each["id"] for each in clients["apigateway"].get_rest_apis()["items"]),
        *(each["Id"] for each in clients["cognito-idp"].list_user_pools(MaxResults=9)["UserPools"]),
        *(each["appId"] for each in clients["amplify"].list_apps()["apps"]),
    ]


def test_everything_is_made_by_so_many_writes_and_removed_by_so_many(engine: Proxy, wildrydes: Cli) -> None:
    assert what_is_there() == []
    wildrydes("deploy").must()
    assert len(engine.writes) == WRITES
    engine.writes.clear()
    assert set(wildrydes("deploy", "-o", "json").must().json["Parts"].values()) == {"unchanged"}
    assert engine.writes == []
    assert len(what_is_there()) == 6
    removed = wildrydes("delete", "--yes", "-o", "json").must().json
    assert removed == dict.fromkeys(removed, "deleted") | {"LogGroup": "absent"}
    assert len(engine.writes) == REMOVALS
    assert what_is_there() == []


@pytest.mark.parametrize(("number", "moment"), some_of(list(product(range(WRITES), MOMENTS)), step=30))
def test_a_deployment_that_is_killed_is_completed_by_the_next(
    engine: Proxy, wildrydes: Cli, tmp_path: Path, number: int, moment: Moment
) -> None:
    kill(engine, patched(tmp_path, ALONE), number, moment, "deploy")
    wildrydes("deploy").must()
    engine.writes.clear()
    assert set(wildrydes("deploy", "-o", "json").must().json["Parts"].values()) == {"unchanged"}
    assert engine.writes == []
    apis = Account().client("apigateway").get_rest_apis()["items"]
    pools = Account().client("cognito-idp").list_user_pools(MaxResults=9)["UserPools"]
    apps = Account().client("amplify").list_apps()["apps"]
    assert (len(apis), len(pools), len(apps)) == (1, 1, 1)


@pytest.mark.parametrize(("number", "moment"), some_of(list(product(range(REMOVALS), MOMENTS)), step=21))
def test_a_deletion_that_is_killed_is_completed_by_the_next(
    engine: Proxy, wildrydes: Cli, tmp_path: Path, number: int, moment: Moment
) -> None:
    wildrydes("deploy").must()
    kill(engine, patched(tmp_path, ALONE), number, moment, "delete", "--yes")
    wildrydes("delete", "--yes").must()
    assert what_is_there() == []


def test_two_deployments_at_once_make_one_of_each(engine: Proxy, wildrydes: Cli, tmp_path: Path) -> None:
    """One may find that the other is deploying the page. Whoever runs it again then finds nothing to do."""
    impatient = "from wildrydes_cli.deploy import hosting, requests\nhosting.PROBE_SECONDS = requests.PROBE_SECONDS = 0"
    streams: dict[str, Any] = {"env": patched(tmp_path, impatient), "stderr": subprocess.PIPE}
    with started("deploy", **streams) as one, started("deploy", **streams) as other:
        said = [process.communicate(timeout=60)[1] for process in (one, other)]
        codes = [one.returncode, other.returncode]
    assert 0 in codes, said
    for code, err in zip(codes, said, strict=True):
        assert code == 0 or (code == 4 and err.endswith("hint: run this again\n")), err
    assert set(wildrydes("deploy", "-o", "json").must().json["Parts"].values()) == {"unchanged"}
    assert len(what_is_there()) == 6

"""`rides watch`, on a terminal and in a script."""

import json
import signal
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.contract import ride
from tests.support.running import PROGRAM, Cli, Terminal, line, patched, started
from tests.support.stub import Answer, refusal, stub
from wildrydes_cli.rides.model import timestamp
from wildrydes_cli.stores.dynamodb.items import to_item


@pytest.fixture
def often(tmp_path: Path) -> Mapping[str, str]:
    """The environment of a command that looks for new rides ten times a second, not every two seconds."""
    return patched(tmp_path, "from wildrydes_cli.commands import options\noptions.FOLLOW_SECONDS = 0.1\n")


def test_watch_prints_rides_as_they_come_until_ctrl_c(wildrydes: Cli, often: Mapping[str, str]) -> None:
    wildrydes("request", "--lat", "1", "--lon", "2", "--rider", "old", "--ride-id", "old").must()
    terminal = Terminal("rides", "watch", columns=120, env=often)
    terminal.until("When")
    wildrydes("request", "--lat", "1", "--lon", "2", "--rider", "eve\x1b[2J", "--ride-id", "new").must()
    assert "old" not in terminal.until(r"eve\x1b[2J")
    terminal.type("\x03")
    ended = terminal.end().must(130)
    assert "Traceback" not in ended.out


@pytest.mark.parametrize(("form", "number", "code"), [("json", 2, 130), ("jsonl", 15, 143)], ids=["INT", "TERM"])
def test_watch_prints_each_ride_to_a_pipe_immediately(
    wildrydes: Cli, often: Mapping[str, str], form: str, number: int, code: int
) -> None:
    wildrydes("request", "--lat", "1", "--lon", "2", "--ride-id", "old").must()
    with started("rides", "watch", "--since", "1h", "-o", form, env=often) as process:
        assert json.loads(line(process))["RideId"] == "old"
        wildrydes("request", "--lat", "1", "--lon", "2", "--ride-id", "new").must()
        assert json.loads(line(process))["RideId"] == "new"
        process.send_signal(number)
        assert process.wait(timeout=10) == code


def test_a_second_sigterm_ends_a_command_that_hangs_while_it_ends(wildrydes: Cli, tmp_path: Path) -> None:
    wildrydes("request", "--lat", "1", "--lon", "2").must()
    hang = "import os, time\nos._exit = lambda _: print('hanging', flush=True) or time.sleep(60)\n"
    with started("rides", "watch", "--since", "1h", "-o", "jsonl", env=patched(tmp_path, hang)) as process:
        json.loads(line(process))
        process.terminate()
        assert line(process) == "hanging\n"
        process.terminate()
        assert process.wait(timeout=10) == -signal.SIGTERM


@pytest.mark.usefixtures("aws_credentials", "one_try")
def test_watch_continues_after_a_temporary_failure(often: Mapping[str, str]) -> None:
    asked = 0
    new = to_item(ride("new", timestamp(datetime.now(UTC))))

    def answer(_: str, parameters: Any) -> Answer:
        nonlocal asked
        asked += 1
        if "Limit" in parameters and "IndexName" not in parameters:
            return 200, {"Items": [], "LastEvaluatedKey": {"RideId": {"S": "x"}}}  # a large table
        if 17 < asked <= 21:  # each poll queries eight shards, but stops after a failure
            return refusal("ThrottlingException")
        first = parameters["ExpressionAttributeValues"][":partition"] == {"N": "0"}
        return 200, {"Items": [new] if asked > 21 and first else []}

    with stub(answer) as served:
        words = ("rides", "watch", "-o", "jsonl", "--endpoint-url", served.url)
        with started(*words, stderr=subprocess.PIPE, env=often) as process:
            assert process.stderr
            assert json.loads(line(process))["RideId"] == "new"
            process.send_signal(2)
            assert "throttled" in process.stderr.read()


@pytest.mark.usefixtures("aws_credentials", "one_try")
def test_watch_fails_if_its_first_read_fails(wildrydes: Cli) -> None:
    with stub(lambda *_: refusal("ThrottlingException")) as served:
        wildrydes("rides", "watch", "--endpoint-url", served.url).error(4)


@pytest.mark.usefixtures("aws_credentials", "one_try")
def test_watch_ends_when_access_is_denied(wildrydes: Cli) -> None:
    def answer(*_: object) -> Answer:
        return (200, {"Items": []}) if len(served.asked) < 12 else refusal("AccessDeniedException")

    with stub(answer) as served:
        assert "access denied" in wildrydes("rides", "watch", "--endpoint-url", served.url).error(4)[0]
    assert len(served.asked) > 12


@pytest.mark.parametrize("form", ["jsonl", "table"])
def test_watch_ends_when_its_reader_closes_the_pipe(wildrydes: Cli, form: str) -> None:
    wildrydes("request", "--lat", "1", "--lon", "2", "--ride-id", "there").must()
    script = f"{' '.join(PROGRAM)} rides watch --since 1h -o {form} | head -1; echo ${{PIPESTATUS[0]}}"
    ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True, timeout=60)
    line, code = ended.stdout.splitlines()  # no other ride comes
    assert "RideId" in line
    assert code == "0"
    assert ended.stderr == ""

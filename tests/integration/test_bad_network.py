"""Many requests over a network where one in five fails: no ride is lost, no ride is duplicated, no error is hidden."""

import json
import os
import random
import shlex
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.integration.engines import Faults
from tests.support.repeat import REPEAT, times
from tests.support.running import PROGRAM, Cli, Ended
from wildrydes_cli.aws import Account

REQUEST = ("request", "--lat", "1", "--lon", "2", "--rider", "ada", "-o", "json")
PATIENT = 30
IMPATIENT = 0.5
"""How many seconds the tool waits for an answer, in tests that do not have late answers, and in those that do."""
FAULTS: dict[str, dict[str, Any]] = {
    "throttled": {"error": {"code": "ProvisionedThroughputExceededException"}},
    "500": {"error": {"code": "InternalServerError", "status": 500}},
    "503": {"error": {"code": "ServiceUnavailable", "status": 503}},
    "late": {"latency": IMPATIENT * 1400},  # ms; the write lands after the tool has given up
    "reset before the write": {"reset": True},
    "reset after the write": {"response": {"abort_bytes": 1}},
    "truncated": {"response": {"truncate_frac": 0.5}},
    "corrupt": {"response": {"corrupt_bytes": 8}},
    "denied": {"error": {"code": "AccessDeniedException"}},
    "expired": {"error": {"code": "ExpiredTokenException"}},
}


def rules(*names: str, one_in: int, operation: str = "PutItem") -> list[dict[str, Any]]:
    """Return rules that hit one in `one_in` writes. Each fault in `names` is equally likely."""
    matching = {"service": "dynamodb", "operation": operation}
    return [
        # Only the first rule that fires counts, so a later rule needs a higher probability to be equally likely.
        {**matching, **FAULTS[name], "probability": 1 / (one_in * len(names) - at)}
        for at, name in enumerate(names)
    ]


_make_client = Account.client


@cache
def _client(service: str, attempts: str, read_timeout: float) -> Any:
    return _make_client(Account(), service, read_timeout=read_timeout)


@pytest.fixture(autouse=True)
def wait_for_answers(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Return a function that sets how many seconds the tool waits for an answer. It waits for long at first.

    Creating a client takes ten times as long as a request. Commands with the same settings share one.
    """

    def wait(seconds: float) -> None:
        def client(_: Account, service: str) -> Any:
            return _client(service, os.environ.get("AWS_MAX_ATTEMPTS", ""), seconds)

        monkeypatch.setattr(Account, "client", client)

    wait(PATIENT)
    return wait


def rides(wildrydes: Cli) -> list[str]:
    return [ride["RideId"] for ride in wildrydes("rides", "list", "--all", "--scan", "-o", "json").must().json]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_request_reports_any_fault_and_can_be_repeated(
    faults: Faults,
    wildrydes: Cli,
    monkeypatch: pytest.MonkeyPatch,
    wait_for_answers: Callable[[float], None],
    fault: str,
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    wait_for_answers(IMPATIENT)
    faults.rules(*[{**rule, "times": 1} for rule in rules(fault, one_in=1)])
    ended = wildrydes(*REQUEST, "--ride-id", "one")
    assert faults.fired() == ["PutItem"]
    if ended.code:  # a corrupt answer can still be a valid one
        _, hint = ended.error(3 if fault == "expired" else 4)
        assert fault == "expired" or "--ride-id one" in hint
    else:
        assert fault == "corrupt"
    wait_for_answers(PATIENT)
    wildrydes(*REQUEST, "--ride-id", "one").must()
    assert rides(wildrydes) == ["one"]


def test_no_ride_is_lost_duplicated_or_unreported_on_a_bad_network(
    faults: Faults,
    wildrydes: Cli,
    monkeypatch: pytest.MonkeyPatch,
    wait_for_answers: Callable[[float], None],
    tell: Callable[[str], None],
) -> None:
    wait_for_answers(IMPATIENT)
    acknowledged: list[str] = []
    repeatable: dict[str, str] = {}
    codes: Counter[int] = Counter()
    fired = 0
    # Without a retry, the user sees every fault. With a retry, most faults are hidden, and two can hit one request.
    for attempts, requests, kinds in ((1, 160 * REPEAT, tuple(FAULTS)), (2, 40 * REPEAT, tuple(FAULTS)[:-1])):
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", str(attempts))
        faults.rules(*rules(*kinds, one_in=5))
        for _ in range(requests):
            ended = wildrydes(*REQUEST)
            codes[ended.code] += 1
            if ended.code == 0:
                assert ended.err == ""
                acknowledged.append(ended.json["RideId"])
            elif ended.code == 3:
                assert "expired" in ended.error(3)[0]
            else:
                _, hint = ended.error(4)
                words = shlex.split(hint[hint.index("wildrydes request") :])
                repeatable[words[words.index("--ride-id") + 1]] = shlex.join(words[1:])
        fired += len(faults.fired())
    faults.rules()
    wait_for_answers(PATIENT)
    time.sleep(2 * IMPATIENT)  # late writes land
    there = rides(wildrydes)
    landed = repeatable.keys() & set(there)
    tell(
        f"{codes.total():,} requests, {fired} faults: {len(acknowledged)} acknowledged, {codes[4]} exited with "
        f"4 ({len(landed)} of their rides were recorded anyway), {codes[3]} with 3; {len(there)} rides in the table"
    )
    assert fired > 15 * REPEAT
    assert landed
    assert len(set(acknowledged)) == len(acknowledged)
    assert sorted(there) == sorted([*acknowledged, *landed])

    again = random.sample(sorted(repeatable), times(4, 40))
    for ride_id in again:
        assert wildrydes(*shlex.split(repeatable[ride_id])).must().json["RideId"] == ride_id
    assert sorted(rides(wildrydes)) == sorted({*there, *again})


ROWS = times(150, 300)
FILE = "lat,lon\n" + "".join(f"{row % 90},{row % 180}\n" for row in range(ROWS))
IN_BULK = [name for name in FAULTS if name not in ("expired", "late")]  # "expired" ends the whole file, "late" is slow


def acknowledged(ended: Ended) -> list[str]:
    assert [line["Row"] for line in ended.json_lines] == list(range(1, ROWS + 1))
    return [line["RideId"] for line in ended.json_lines if "Error" not in line]


def test_repeating_a_batch_after_network_faults_completes_it(
    faults: Faults, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, tell: Callable[[str], None]
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    words = ("request", "--from", "-", "--batch", "b", "-o", "jsonl")
    faults.rules(*rules(*IN_BULK, one_in=5))
    first = wildrydes(*words, stdin=FILE)
    first.error(4)
    assert set(acknowledged(first)) <= set(rides(wildrydes))
    faults.rules()
    again = acknowledged(wildrydes(*words, stdin=FILE).must())
    assert sorted(again) == sorted(rides(wildrydes))
    assert len(again) == ROWS
    tell(f"{ROWS} rows: {len(acknowledged(first))} acknowledged by the first run, the rest by the second")


def test_acknowledged_rides_with_new_ids_are_recorded_once_despite_faults(
    faults: Faults, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    # A corrupt answer can still be a valid one, and then the rows of that batch do not fail.
    names = [name for name in IN_BULK if name != "corrupt"]
    at_least_one = {**rules("500", one_in=1, operation="BatchWriteItem")[0], "times": 1}
    faults.rules(*rules(*names, one_in=3, operation="BatchWriteItem"), at_least_one)
    ended = wildrydes("request", "--from", "-", "-o", "jsonl", stdin=FILE)
    faults.rules()
    there = rides(wildrydes)
    ended.error(4)
    assert set(acknowledged(ended)) <= set(there)
    assert len(there) == len(set(there)) <= ROWS


def test_expired_credentials_end_a_batch_that_can_be_repeated_later(
    faults: Faults, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    words = ("request", "--from", "-", "--batch", "b", "-o", "jsonl")
    faults.rules({**rules("expired", one_in=1)[0], "times": 1})
    wildrydes(*words, stdin=FILE).error(3)
    faults.rules()
    assert sorted(acknowledged(wildrydes(*words, stdin=FILE).must())) == sorted(rides(wildrydes))


def test_a_batch_killed_several_times_has_one_ride_per_row(faults: Faults, wildrydes: Cli, tmp_path: Path) -> None:
    rows = times(200, 2000)
    file = tmp_path / "pickups.csv"
    file.write_text("lat,lon\n" + "1,2\n" * rows)
    words = [*PROGRAM, "request", "--from", str(file), "--batch", "b", "-o", "jsonl"]
    chance = random.Random(5)
    seen: set[str] = set()
    for number in range(times(2, 7)):
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            assert process.stdout
            if number % 2:
                seen.add(json.loads(process.stdout.readline())["RideId"])
            else:
                time.sleep(0.5)
            time.sleep(chance.random() / 2)
            process.kill()
            seen |= {json.loads(line)["RideId"] for line in process.stdout if line.endswith("\n")}
    ended = subprocess.run(words, capture_output=True, text=True, check=True)
    there = rides(wildrydes)
    assert sorted(json.loads(line)["RideId"] for line in ended.stdout.splitlines()) == sorted(there)
    assert len(there) == rows
    assert seen
    assert seen <= set(there)

"""Many requests over a network where one in five goes wrong: nothing lost, nothing doubled, nothing unsaid."""

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
from tests.repeat import REPEAT
from tests.running import PROGRAM, Cli, Ended
from wildrydes_cli.aws import Account

REQUEST = ("request", "--lat", "1", "--lon", "2", "--rider", "ada", "-o", "json")
READ_TIMEOUT = 0.5
FAULTS: dict[str, dict[str, Any]] = {
    "throttled": {"error": {"code": "ProvisionedThroughputExceededException"}},
    "500": {"error": {"code": "InternalServerError", "status": 500}},
    "503": {"error": {"code": "ServiceUnavailable", "status": 503}},
    "late": {"latency": READ_TIMEOUT * 1400},  # ms; it is written after the tool has given up
    "reset before it is written": {"reset": True},
    "reset after it is written": {"response": {"abort_bytes": 1}},
    "truncated": {"response": {"truncate_frac": 0.5}},
    "corrupt": {"response": {"corrupt_bytes": 8}},
    "denied": {"error": {"code": "AccessDeniedException"}},
    "expired": {"error": {"code": "ExpiredTokenException"}},
}


def rules(*names: str, one_in: int, operation: str = "PutItem") -> list[dict[str, Any]]:
    """Return rules that befall one write in so many, each of the faults of `names` as often as the others."""
    matching = {"service": "dynamodb", "operation": operation}
    return [
        # The first that fires counts: a later one has to fire more often, to fire as often.
        {**matching, **FAULTS[name], "probability": 1 / (one_in * len(names) - at)}
        for at, name in enumerate(names)
    ]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the tool give up sooner than it does, so that an answer can be late in a short time."""
    make = Account.client

    @cache
    def client(service: str, _: str) -> Any:
        return make(Account(), service, read_timeout=READ_TIMEOUT)

    # To make a client takes ten times as long as a request: one does for all commands of as many attempts.
    monkeypatch.setattr(Account, "client", lambda _, service: client(service, os.environ.get("AWS_MAX_ATTEMPTS", "")))


def rides(wildrydes: Cli) -> list[str]:
    return [ride["RideId"] for ride in wildrydes("rides", "list", "--all", "--scan", "-o", "json").must().json]


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_goes_wrong_the_request_says_so_and_can_be_repeated(
    faults: Faults, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    faults.rules(*[{**rule, "times": 1} for rule in rules(fault, one_in=1)])
    ended = wildrydes(*REQUEST, "--ride-id", "one")
    assert faults.fired() == ["PutItem"]
    if ended.code:  # a corrupt answer may by chance still be one
        _, hint = ended.error(3 if fault == "expired" else 4)
        assert fault == "expired" or "--ride-id one" in hint
    else:
        assert fault == "corrupt"
    wildrydes(*REQUEST, "--ride-id", "one").must()
    assert rides(wildrydes) == ["one"]


def test_of_many_requests_none_is_lost_doubled_or_unsaid(
    faults: Faults, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, tell: Callable[[str], None]
) -> None:
    acknowledged: list[str] = []
    repeatable: dict[str, str] = {}
    codes: Counter[int] = Counter()
    fired = 0
    # Without a second try every fault is seen by the user; with one most are mended unseen, and one may follow another.
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
    time.sleep(2 * READ_TIMEOUT)  # what is late gets there
    there = rides(wildrydes)
    landed = repeatable.keys() & set(there)
    tell(
        f"{codes.total():,} requests, {fired} faults: {len(acknowledged)} acknowledged, {codes[4]} failed with "
        f"4 ({len(landed)} of their rides were recorded all the same), {codes[3]} with 3; {len(there)} rides there"
    )
    assert fired > 15 * REPEAT
    assert landed
    assert len(set(acknowledged)) == len(acknowledged)
    assert sorted(there) == sorted([*acknowledged, *landed])

    again = random.sample(sorted(repeatable), 8 * REPEAT)
    for ride_id in again:
        assert wildrydes(*shlex.split(repeatable[ride_id])).must().json["RideId"] == ride_id
    assert sorted(rides(wildrydes)) == sorted({*there, *again})


ROWS = 300
FILE = "lat,lon\n" + "".join(f"{row % 90},{row % 180}\n" for row in range(ROWS))
IN_BULK = [name for name in FAULTS if name not in ("expired", "late")]  # the one ends it all, the other takes its time


def acknowledged(ended: Ended) -> list[str]:
    assert [line["Row"] for line in ended.json_lines] == list(range(1, ROWS + 1))
    return [line["RideId"] for line in ended.json_lines if "Error" not in line]


def test_a_batch_on_a_bad_network_is_whole_once_it_has_been_repeated(
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
    tell(f"{ROWS} rows: {len(acknowledged(first))} acknowledged at first, and the rest when repeated")


def test_of_drawn_rides_on_a_bad_network_what_was_acknowledged_is_there_once(
    faults: Faults, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    faults.rules(*rules(*IN_BULK, one_in=3, operation="BatchWriteItem"))
    ended = wildrydes("request", "--from", "-", "-o", "jsonl", stdin=FILE)
    fired = faults.fired()
    faults.rules()
    there = rides(wildrydes)
    assert ended.code == (4 if fired else 0)
    assert set(acknowledged(ended)) <= set(there)
    assert len(there) == len(set(there)) <= ROWS


def test_credentials_that_expire_half_way_end_a_batch_which_goes_on_later(
    faults: Faults, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    words = ("request", "--from", "-", "--batch", "b", "-o", "jsonl")
    faults.rules({**rules("expired", one_in=1)[0], "times": 1})
    wildrydes(*words, stdin=FILE).error(3)
    faults.rules()
    assert sorted(acknowledged(wildrydes(*words, stdin=FILE).must())) == sorted(rides(wildrydes))


def test_a_batch_killed_half_way_ends_as_many_rides_as_rows(faults: Faults, wildrydes: Cli, tmp_path: Path) -> None:
    rows = 1_000 * REPEAT
    file = tmp_path / "pickups.csv"
    file.write_text("lat,lon\n" + "1,2\n" * rows)
    words = [*PROGRAM, "request", "--from", str(file), "--batch", "b", "-o", "jsonl"]
    chance = random.Random(5)
    seen: set[str] = set()
    for _ in range(2 + REPEAT):
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            time.sleep(0.5 + chance.random())
            process.kill()
            assert process.stdout
            seen |= {json.loads(line)["RideId"] for line in process.stdout if line.endswith("\n")}
    ended = subprocess.run(words, capture_output=True, text=True, check=True)
    there = rides(wildrydes)
    assert sorted(json.loads(line)["RideId"] for line in ended.stdout.splitlines()) == sorted(there)
    assert len(there) == rows
    assert seen <= set(there)

"""A bulk request that is throttled, interrupted or killed: no row is lost or dispatched twice."""

import json
import random
import re
import signal
import subprocess
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.support.repeat import pairs_of, times
from tests.support.running import PROGRAM, Cli, Terminal, line, process, started
from tests.support.stub import Answer, refusal, stub
from tests.support.throttled import ThrottledTable


def listed(wildrydes: Cli) -> list[Any]:
    rides: list[Any] = wildrydes("rides", "list", "--all", "-o", "json").must().json
    return rides


def test_a_bulk_request_says_after_which_row_its_reader_closed_the_pipe(tmp_path: Path) -> None:
    file = tmp_path / "pickups.csv"
    file.write_text("lat,lon\n" + "1,2\n" * 6000)
    script = f"{' '.join(PROGRAM)} request --from {file} --batch b -o jsonl | head -1; echo ${{PIPESTATUS[0]}}"
    ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[1] == "4"
    assert "cannot write the output after row" in ended.stderr
    assert "rerun the same command" in ended.stderr


def test_a_bulk_request_says_at_which_row_credentials_expired(
    wildrydes: Cli, aws: None, chunks_of: Callable[[int], None]
) -> None:
    chunks_of(1000)
    asked = 0

    def answer(*_: object) -> Answer:
        nonlocal asked
        asked += 1
        return refusal("ExpiredTokenException") if asked > 10 else (200, {})

    with stub(answer) as served:
        words = ("request", "--from", "-", "-o", "jsonl", "--endpoint-url", served.url)
        ended = wildrydes(*words, stdin="lat,lon\n" + "1,2\n" * 2000)
    message, hint = ended.error(3)
    assert (
        "750 of 1,000 rows failed; the first error: 25 rows, from row 251 (line 252) to row 275 (line 276)" in message
    )
    assert "aws sso login" in hint
    assert len([line for line in ended.json_lines if "Error" not in line]) == 250


def test_rows_recorded_before_the_credentials_expired_are_not_reported_as_failed(wildrydes: Cli, aws: None) -> None:
    asked = count()

    def answer(*_: object) -> Answer:
        return refusal("ExpiredTokenException") if next(asked) >= 2 else (200, {})

    with stub(answer) as served:
        words = ("request", "--from", "-", "--batch", "b", "-o", "jsonl", "--endpoint-url", served.url)
        ended = wildrydes(*words, stdin="lat,lon\n" + "1,2\n" * 5).must(3)
    assert ["Error" in line for line in ended.json_lines].count(False) == 2


def test_a_terminal_gets_a_progress_bar_and_a_summary(tmp_path: Path) -> None:
    file = tmp_path / "pickups.csv"
    file.write_text("lat,lon\n" + "1,2\n" * 500)
    screen = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", Terminal("request", "--from", str(file)).end().must().out)
    assert re.search(r"500 rides, [\d,]+ a second ━+ 100%", screen)
    assert re.search(r"rides requested .*Rows +500 .*Dispatched +500 ", screen, re.DOTALL)


class Throttling:
    """A fake DynamoDB that leaves items of a batch unprocessed, or refuses one batch."""

    def __init__(self, *, broken: bool = False) -> None:
        self.items: dict[str, Any] = {}
        self.batches = 0
        self.broken = broken

    def __call__(self, operation: str, parameters: Any) -> Answer:
        assert operation == "BatchWriteItem"
        [(table, requests)] = parameters["RequestItems"].items()
        self.batches += 1
        if self.broken and self.batches == 2:
            return refusal("AccessDeniedException")
        done = requests if self.batches % 2 else requests[:3]
        for request in done:
            item = request["PutRequest"]["Item"]
            assert item["RideId"]["S"] not in self.items
            self.items[item["RideId"]["S"]] = item
        left = requests[len(done) :]
        return 200, {"UnprocessedItems": {table: left} if left else {}}


@pytest.fixture
def aws(aws_credentials: None, one_try: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wildrydes_cli.stores.dynamodb.writes.WRITERS", 1)


@pytest.mark.usefixtures("aws")
def test_unprocessed_items_are_sent_again(wildrydes: Cli) -> None:
    throttling = Throttling()
    with stub(throttling) as served:
        words = ("request", "--from", "-", "-o", "jsonl", "--endpoint-url", served.url)
        answers = wildrydes(*words, stdin="lat,lon\n" + "1,2\n" * 100).must().json_lines
    assert [each["RideId"] for each in answers] == sorted(throttling.items, key=[e["RideId"] for e in answers].index)
    assert len(throttling.items) == 100


@pytest.mark.usefixtures("aws_credentials", "one_try")
@pytest.mark.parametrize("batch", [(), ("--batch", "b")], ids=["new ids", "a batch"])
def test_a_table_with_few_write_units_gets_every_row_once(wildrydes: Cli, batch: tuple[str, ...]) -> None:
    """Here over sockets; tests/unit/test_throttling.py has the rest."""
    table = ThrottledTable(units=15, burst=0)  # fewer than a request has rows, however slow this machine is
    with stub(table) as served:
        words = ("request", "--from", "-", "-o", "jsonl", *batch, "--endpoint-url", served.url)
        ended = wildrydes(*words, stdin="lat,lon\n" + "1,2\n" * 50).must()
    assert table.written == dict.fromkeys([line["RideId"] for line in ended.json_lines], 1)
    assert table.refused or table.partial
    assert ended.err.count("is throttled, so rides are written more slowly") == 1


@pytest.mark.usefixtures("aws")
def test_a_failed_batch_exits_with_4_and_other_rows_are_recorded(wildrydes: Cli) -> None:
    throttling = Throttling(broken=True)
    with stub(throttling) as served:
        words = ("request", "--from", "-", "-o", "jsonl", "--endpoint-url", served.url)
        ended = wildrydes(*words, stdin="lat,lon\n" + "1,2\n" * 60)
    message, _ = ended.error(4)
    assert "25 of 60 rows failed; the first error: 25 rows, from row 26 (line 27) to row 50 (line 51): " in message
    assert {line["RideId"] for line in ended.json_lines if "Error" not in line} == set(throttling.items)


@pytest.mark.usefixtures("aws")
def test_a_missing_table_ends_a_bulk_request(wildrydes: Cli) -> None:
    with stub(lambda *_: refusal("ResourceNotFoundException")) as served:
        words = ("request", "--from", "-", "--endpoint-url", served.url)
        _, hint = wildrydes(*words, stdin="lat,lon\n" + "1,2\n" * 60).error(3)
    assert "create it: wildrydes setup-table --endpoint-url" in hint


ROWS = times(2_000, 10_000)


def test_a_bulk_request_that_is_killed_five_times_records_every_row_once(wildrydes: Cli, tmp_path: Path) -> None:
    file = tmp_path / "pickups.csv"
    file.write_text("lat,lon\n" + "".join(f"{row % 90},{row % 180}\n" for row in range(ROWS)))
    words = ("request", "--from", str(file), "--batch", "b", "-o", "jsonl")
    acknowledged: set[str] = set()
    chance = random.Random(7)
    for _ in range(5):
        with started(*words, stderr=subprocess.DEVNULL) as running:
            assert running.stdout
            lines = [line(running) for _ in range(chance.randrange(1, ROWS // 3))]
            time.sleep(chance.random() / 20)
            running.send_signal(signal.SIGKILL)
            lines += running.stdout.readlines()
        acknowledged |= {json.loads(line)["RideId"] for line in lines if line.endswith("\n")}
    assert 0 < len(listed(wildrydes)) < ROWS
    rows = process(*words).must().json_lines
    assert len({row["RideId"] for row in rows}) == ROWS
    rides = {ride["RideId"] for ride in listed(wildrydes)}
    assert len(rides) == ROWS
    assert acknowledged <= rides


def default_signals() -> None:
    """Make the child process react to SIGHUP, even if the tests run under nohup."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


ENDINGS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]


@pytest.mark.parametrize(
    ("batch", "number", "code"),
    [(batch, *ending) for batch, ending in pairs_of((("--batch", "b"), ()), ENDINGS)],
)
def test_an_interrupted_bulk_request_says_how_to_continue(batch: tuple[str, ...], number: int, code: int) -> None:
    words = ("request", "--from", "-", *batch, "-o", "jsonl")
    with started(*words, stdin=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=default_signals) as running:
        assert running.stdin
        assert running.stdout
        assert running.stderr
        running.stdin.write("lat,lon\n" + "1,2\n" * 5000)
        running.stdin.flush()
        line(running)
        running.send_signal(number)
        running.stdin.close()
        running.stdout.read()
        error = running.stderr.read()
    assert running.returncode == code
    assert "error: interrupted after row" in error
    assert ("--batch NAME" in error) == (not batch)
    assert "Traceback" not in error


@pytest.mark.parametrize(
    ("fail_fast", "number", "code"),
    [(fail_fast, *ending) for fail_fast, ending in pairs_of(((), ("--fail-fast",)), ENDINGS)],
)
def test_rows_are_dispatched_and_printed_as_they_arrive(
    wildrydes: Cli, fail_fast: tuple[str, ...], number: int, code: int
) -> None:
    words = ("request", "--from", "-", *fail_fast, "-o", "jsonl")
    with started(*words, stdin=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=default_signals) as running:
        assert running.stdin
        assert running.stderr
        running.stdin.write("lat,lon\n")
        for row in (1, 2, 3):
            running.stdin.write("1,2\n")
            running.stdin.flush()
            assert json.loads(line(running))["Row"] == row
        assert len(listed(wildrydes)) == 3
        running.send_signal(number)  # it waits for a row, and stdin is still open
        error = running.stderr.read()
        assert running.wait(timeout=30) == code
    assert "error: interrupted after row 3; later rows may have been recorded too" in error
    assert len(listed(wildrydes)) == 3


def test_a_bulk_request_continues_under_nohup(wildrydes: Cli) -> None:
    words, streams = ("request", "--from", "-", "-o", "jsonl"), {"stdin": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with started(*words, program=["nohup", *PROGRAM], **streams) as running:
        assert running.stdin
        running.stdin.write("lat,lon\n1,2\n")
        running.stdin.flush()
        line(running)
        running.send_signal(signal.SIGHUP)
        running.stdin.write("1,2\n")
        running.stdin.close()
        line(running)
    assert running.returncode == 0
    assert len(listed(wildrydes)) == 2


def test_a_closed_stdin_is_a_usage_error() -> None:
    script = f"{' '.join(PROGRAM)} request --from - -o jsonl <&-; echo $?"
    ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout == "2\n"
    assert "error: cannot read -: Bad file descriptor" in ended.stderr


@pytest.mark.usefixtures("aws")
def test_a_bulk_request_stops_if_the_service_refuses_everything(
    wildrydes: Cli, chunks_of: Callable[[int], None]
) -> None:
    chunks_of(100)
    with stub(lambda *_: refusal("AccessDeniedException")) as served:
        words = ("request", "--from", "-", "-o", "jsonl", "--endpoint-url", served.url)
        ended = wildrydes(*words, stdin="lat,lon\n" + "1,2\n" * 1_000)
    message, _ = ended.error(4)
    assert "300 of 300 rows failed" in message
    assert "stopped after row 300" in message
    assert len(served.asked) == 300 / 25


@pytest.mark.usefixtures("aws")
def test_an_error_about_one_ride_is_in_the_singular(wildrydes: Cli) -> None:
    with stub(lambda *_: refusal("AccessDeniedException")) as served:
        words = ("request", "--from", "-", "-o", "jsonl", "--endpoint-url", served.url)
        ended = wildrydes(*words, stdin="lat,lon\n1,2\n")
    assert "cannot record 1 ride in table Rides" in ended.error(4)[0]

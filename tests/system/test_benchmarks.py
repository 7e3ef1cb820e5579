"""The servers that the benchmarks run answer as DynamoDB does. Otherwise a benchmark fails, or measures an error."""

from pathlib import Path

import pytest

from tests.benchmarks.measure import served
from tests.support.running import Cli

HERE = ("--lat", "47.6", "--lon", "-122.3", "--rider", "ada")


@pytest.mark.usefixtures("aws_credentials")
def test_the_server_that_takes_writes_at_once_is_taken_for_dynamodb(
    wildrydes: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("lat,lon,rider\n" + "1,2,ada\n" * 30)
    with served("instant.py") as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        wildrydes("request", *HERE).must()
        for batch in ((), ("--batch", "monday")):
            lines = wildrydes("request", "--from", str(file), "-o", "jsonl", *batch).must().json_lines
            assert [line["Row"] for line in lines] == list(range(1, 31))


@pytest.mark.usefixtures("aws_credentials")
def test_the_server_that_sends_pages_at_once_is_taken_for_dynamodb(
    wildrydes: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served("pages.py", "3000") as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        listed = wildrydes("rides", "list", "--all", "-o", "jsonl").must().json_lines
        assert len({ride["RideId"] for ride in listed}) == 3000


@pytest.mark.usefixtures("aws_credentials")
def test_the_proxy_that_puts_a_server_far_away_changes_nothing_else(
    wildrydes: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served("pages.py", "3000") as server, served("distance.py", server, "0.01") as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server)
        near = wildrydes("rides", "list", "--all", "-o", "json").must().json
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        assert wildrydes("rides", "list", "--all", "-o", "json").must().json == near

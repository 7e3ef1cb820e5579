"""`wildrydes serve` with DynamoDB behind it."""

import subprocess
import uuid
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.integration.conftest import UseAWS
from tests.support.running import PROGRAM, Cli, patched
from tests.support.serving import PICKUP, serving
from tests.support.stub import moto_server


@pytest.fixture(autouse=True)
def table(monkeypatch: pytest.MonkeyPatch, one_try: None) -> None:
    """Use a table of this test's own."""
    monkeypatch.setenv("WILDRYDES_TABLE", f"Rides-{uuid.uuid4().hex}")


def test_serve_records_and_lists_rides_in_dynamodb(moto: str, use_aws: UseAWS, wildrydes: Cli, tmp_path: Path) -> None:
    use_aws(moto)
    wildrydes("setup-table", "--no-indexes").must()
    # A table above the real limit is slow to fill.
    small = patched(tmp_path, "from wildrydes_cli.stores.dynamodb import rides\nrides.SAMPLE = 1\n")
    with serving("--rider", "bob", env=small) as server:
        asked = [server.ask("POST", "/ride", PICKUP) for _ in range(3)]
        assert [answer.status for answer in asked] == [201] * 3
        assert moto in server.ask("GET", "/config.json").json["Store"]
        listed = wildrydes("rides", "list", "-o", "json").must().json
        assert {ride["RideId"] for ride in listed} == {answer.json["RideId"] for answer in asked}
        assert {ride["User"] for ride in listed} == {"bob"}
        assert server.ask("GET", "/rides").json == listed
        # The page asks often for what is new, and a scan reads the whole table. So that needs an index.
        since = f"/rides?since={listed[1]['RequestTime']}"
        refused = server.ask("GET", since)
        assert refused.status == 503
        assert "has no index RidesByTime" in refused.json["Error"]
        # A server that starts now would fail at once, so it does not.
        ended = subprocess.run(
            [*PROGRAM, "serve", "--port", "0"], env=small, capture_output=True, text=True, check=False
        )
        assert (ended.returncode, ended.stdout) == (3, "")
        error, hint = ended.stderr.splitlines()[-2:]
        assert error.startswith("error: table ")
        assert error.endswith(" has no index RidesByTime")
        assert hint.startswith("hint: add the indexes: wildrydes setup-table --add-indexes")
        wildrydes("setup-table", "--add-indexes").must()
        new = server.ask("GET", since)
        assert (new.status, new.json) == (200, [ride for ride in listed if ride["RequestTime"] >= since[-24:]])
        assert server.ask("GET", "/rides?limit=2").json == listed[:2]
        assert f"\n{hint}\n" in server.end()[1]


def test_serve_goes_on_after_dynamodb_was_away(use_aws: UseAWS, wildrydes: Cli) -> None:
    with moto_server() as url:
        use_aws(url)
        wildrydes("setup-table").must()
    with serving() as server:
        for rides in (1, 2):
            with moto_server(urlsplit(url).port or 0):
                assert server.ask("POST", "/ride", PICKUP).status == 201
                assert len(server.ask("GET", "/rides").json) == rides
            failed = server.ask("POST", "/ride", PICKUP)
            assert (failed.status, set(failed.json)) == (500, {"Error", "Reference"})
            assert url not in failed.json["Error"]
            assert server.ask("GET", "/rides").status == 503
        said = server.end()[1]
    assert failed.json["Reference"] in said
    assert said.startswith("warning: cannot read the rides of table Rides")  # it was away at the start, too

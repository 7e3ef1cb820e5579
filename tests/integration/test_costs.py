"""The costs in docs/reference.md that an engine can measure: requests and write units."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.integration.conftest import UseAWS
from tests.support.contract import ride
from tests.support.markdown import REFERENCE, rows, sections
from tests.support.running import Cli, Ended
from wildrydes_cli.aws import Account
from wildrydes_cli.rides.model import timestamp
from wildrydes_cli.stores.dynamodb.rides import SAMPLE, DynamoDBRides

COSTS = {row[0]: row[1:] for row in rows(sections(REFERENCE.read_text(encoding="utf-8"), 2)["What it costs"])}
HERE = ("--lat", "47.6174", "--lon", "-122.2884", "--rider", "ada")


def requests(ended: Ended) -> int:
    return int(re.findall(r"sent (\d+) requests? to AWS", ended.must().err)[0])


def units(ended: Ended) -> float:
    return float(re.findall(r"([\d.]+) capacity units?", ended.err)[0])


def said(command: str, column: int = 0) -> int:
    """Return the number at the start of a cell in the reference's table of costs."""
    return int(re.findall(r"^\d+", COSTS[command][column])[0])


@pytest.fixture
def larger_table(ministack: str, use_aws: UseAWS, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Create a table that is too large to be read whole. Each ride has a different time."""
    use_aws(ministack)
    monkeypatch.setenv("WILDRYDES_TABLE", "RidesThatCost")
    wildrydes("delete-table", "--yes").must()
    wildrydes("setup-table").must()
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    times = [timestamp(noon + timedelta(milliseconds=number)) for number in range(SAMPLE + 50)]
    store = DynamoDBRides(Account().client("dynamodb"), "RidesThatCost")
    store.record_all([ride(f"ride-{number}", time) for number, time in enumerate(times)], fresh=True)
    store.close()


@pytest.mark.usefixtures("larger_table")
def test_a_command_costs_what_the_reference_says(wildrydes: Cli) -> None:
    asked = wildrydes("request", *HERE, "--ride-id", "known", "--verbose")
    assert (requests(asked), units(asked)) == (said("`request`"), said("`request`", 1)) == (1, 3)
    commands = {
        "`request` for an id that is taken": ["request", *HERE, "--ride-id", "known"],
        "`rides show`": ["rides", "show", "known"],
        "`rides list` of a larger table": ["rides", "list"],
        "`rides list --rider` of a larger table": ["rides", "list", "--rider", "ada"],
        "`rides list --all`, `rides stats` of a larger table": ["rides", "stats"],
        "`rides list --scan`": ["rides", "list", "--scan"],
    }
    sent = {name: requests(wildrydes(*words, "--verbose")) for name, words in commands.items()}
    assert sent == {name: said(name) for name in commands}
    rows = "".join(json.dumps({"lat": 1, "lon": 2}) + "\n" for _ in range(50))
    many = wildrydes("request", "--from", "-", "--verbose", stdin=rows)
    assert (requests(many), units(many)) == (2, 150)  # 25 rides per request, 3 units per ride
    assert "25 rides" in COSTS["`request --from`"][0]
    assert said("`request --from`", 1) == 3
    assert requests(wildrydes("delete-table", "--yes", "--verbose")) == said("`delete-table`")
    wildrydes("setup-table").must()
    wildrydes("request", *HERE).must()
    small = requests(wildrydes("rides", "list", "--verbose"))
    assert small == said(f"every listing of a table of up to {SAMPLE} items")

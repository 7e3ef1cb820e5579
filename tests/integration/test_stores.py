"""The DynamoDB adapter passes the store contract and does its main job over HTTP, against real servers."""

import json
import subprocess
import uuid
from collections.abc import Iterator
from itertools import product

import pytest

from tests.integration.conftest import UseAWS
from tests.support.contract import DynamoDBContract
from tests.support.repeat import times
from tests.support.running import PROGRAM, Cli, process
from wildrydes_cli.aws import Account
from wildrydes_cli.stores.base import RideStore
from wildrydes_cli.stores.dynamodb.rides import DynamoDBRides

SCRIPTS = times(3, 5)
ENGINES = ["moto", "ministack"]
HERE = ("--lat", "47.6174755835663", "--lon", "-122.28837066650185")


@pytest.fixture
def engine(request: pytest.FixtureRequest, use_aws: UseAWS, monkeypatch: pytest.MonkeyPatch) -> str:
    """Point the command line at an engine and a new table. Returns the engine's URL."""
    url: str = request.getfixturevalue(request.param)
    use_aws(url)
    monkeypatch.setenv("WILDRYDES_TABLE", f"Rides-{uuid.uuid4().hex}")
    return url


class HTTPContract(DynamoDBContract):
    """The contract over HTTP."""

    @pytest.fixture
    def store(self, use_aws: UseAWS, url: str) -> Iterator[RideStore]:
        use_aws(url)
        store = DynamoDBRides(Account().client("dynamodb"), f"Rides-{uuid.uuid4().hex}")
        yield store
        store.close()


class TestMoto(HTTPContract):
    @pytest.fixture
    def url(self, moto: str) -> str:
        return moto


class TestMinistack(HTTPContract):
    @pytest.fixture
    def url(self, ministack: str) -> str:
        return ministack


every_engine = pytest.mark.parametrize("engine", ENGINES, indirect=True)


@pytest.mark.parametrize(
    ("engine", "way"),
    list(product(ENGINES, ("option", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB"))),
    indirect=["engine"],
)
def test_a_ride_can_be_requested_and_found_again(
    engine: str, way: str, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    there = ("--endpoint-url", engine) if way == "option" else ()
    if not there:
        monkeypatch.setenv(way, engine)
    message, hint = wildrydes("rides", "list", *there).error(3)
    assert "the table does not exist" in message
    wildrydes(*hint.split("wildrydes ")[1].split(), *there).must()

    ride = wildrydes("request", *HERE, "--rider", "ada", "-o", "json", *there).must().json
    [listed] = wildrydes("rides", "list", "-o", "json", *there).must().json
    shown = wildrydes("rides", "show", ride["RideId"], "-o", "json", *there).must().json
    assert listed == shown
    assert (shown["RideId"], shown["User"], shown["Unicorn"]) == (ride["RideId"], "ada", ride["Unicorn"])
    assert shown["PickupLocation"] == {"Latitude": 47.6174755835663, "Longitude": -122.28837066650185}

    again = wildrydes("request", *HERE, "--rider", "ada", "--ride-id", ride["RideId"], "-o", "json", *there).must()
    assert again.json == ride
    wildrydes("request", *HERE, "--rider", "bob", "--ride-id", ride["RideId"], *there).error(1)
    assert len(wildrydes("rides", "list", "-o", "json", *there).json) == 1


@pytest.mark.parametrize("engine", ["ministack"], indirect=True)
@pytest.mark.usefixtures("engine")
def test_each_command_of_a_script_sees_what_the_others_did() -> None:
    """Here, each command is a process, as in a script."""
    assert process("setup-table", "-o", "json").must().json["Created"]
    ride = process("request", *HERE, "--rider", "ada", "-o", "json").must().json
    [listed] = process("rides", "list", "-o", "json").must().json
    assert (listed["RideId"], listed["User"], listed["Unicorn"]) == (ride["RideId"], "ada", ride["Unicorn"])


@every_engine
@pytest.mark.usefixtures("engine")
def test_many_scripts_can_set_up_the_table_at_the_same_time() -> None:
    words = [*PROGRAM, "setup-table", "-o", "json"]
    started = [
        subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(SCRIPTS)
    ]
    ended = [(each.communicate(), each.returncode) for each in started]
    assert [code for _, code in ended] == [0] * SCRIPTS, ended
    assert sorted(json.loads(out)["Created"] for (out, _), _ in ended) == [False] * (SCRIPTS - 1) + [True]


@every_engine
@pytest.mark.usefixtures("engine")
def test_a_table_without_indexes_is_upgraded(wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wildrydes_cli.stores.dynamodb.rides.SAMPLE", 1)  # a table above the real limit is slow to fill
    wildrydes("setup-table", "--no-indexes").must()
    for number in range(3):
        wildrydes("request", "--lat", str(number), "--lon", "2", "--rider", f"r{number}").must()
    scanned = wildrydes("rides", "list", "-o", "json").must()
    assert "has no index RidesByTime" in scanned.err
    assert wildrydes("setup-table", "--add-indexes", "-o", "json").must().json["Indexes"] == [
        "RidesByTime",
        "RidesByUser",
    ]
    listed = wildrydes("rides", "list", "-o", "json").must()
    assert listed.json == scanned.json
    assert listed.err == ""
    assert [each["User"] for each in wildrydes("rides", "list", "--rider", "r1", "-o", "json").must().json] == ["r1"]
    assert wildrydes("rides", "stats", "-o", "json").must().json["Rides"] == 3


@every_engine
@pytest.mark.usefixtures("engine")
def test_a_table_with_another_key_is_refused(wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"Rides-{uuid.uuid4().hex}"
    client = Account().client("dynamodb")
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "rideId", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "rideId", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.close()
    monkeypatch.setenv("WILDRYDES_TABLE", name)
    for words in (("setup-table",), ("request", *HERE), ("rides", "list"), ("rides", "show", "x")):
        message, _ = wildrydes(*words).error(1)
        assert "found partition key rideId (String); expected partition key RideId (String)" in message

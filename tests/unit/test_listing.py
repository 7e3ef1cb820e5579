"""Every way of reading rides gives the same result as a simple reference implementation."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.contract import ride
from tests.support.repeat import REPEAT
from tests.support.stub import described
from wildrydes_cli.errors import NotConfiguredError
from wildrydes_cli.rides.listing import Listing
from wildrydes_cli.rides.model import RecordedRide, Ride
from wildrydes_cli.stores.base import RideStore  # noqa: TC001  # pytest reads the annotations
from wildrydes_cli.stores.dynamodb import query as index
from wildrydes_cli.stores.dynamodb import rides as dynamodb
from wildrydes_cli.stores.dynamodb.items import TIME_SHARDS, time_shard, to_item
from wildrydes_cli.stores.dynamodb.rides import DynamoDBRides
from wildrydes_cli.stores.dynamodb.schema import BY_TIME, BY_USER
from wildrydes_cli.stores.sqlite.rides import SQLiteRides

TIMES = [f"2026-11-23T08:00:00.{number:03}Z" for number in range(4)]
RIDERS = ("ada", "bob")
times = st.sampled_from(TIMES)
rides = st.builds(ride, st.text("ab_", min_size=1, max_size=4), times, st.sampled_from(RIDERS))
listings = st.builds(
    Listing,
    limit=st.none() | st.integers(1, 12),
    rider=st.none() | st.sampled_from(RIDERS),
    unicorn=st.none() | st.sampled_from(["Angel", "Gil"]),
    since=st.none() | times,
    until=st.none() | times,
    unsorted=st.just(False),  # the order is compared
).filter(lambda listing: not (listing.since and listing.until and listing.since > listing.until))
tables = count()


def reference(recorded: Sequence[RecordedRide], listing: Listing) -> list[RecordedRide]:
    """Return what a listing must give, computed in the simplest way."""
    wanted = [
        ride
        for ride in recorded
        if listing.rider in (None, ride.user)
        and listing.unicorn in (None, ride.unicorn)
        and (listing.since is None or (ride.request_time or "") >= listing.since)
        and (listing.until is None or (ride.request_time is not None and ride.request_time <= listing.until))
    ]
    wanted.sort(key=lambda ride: ride.ride_id)
    wanted.sort(key=lambda ride: (ride.request_time is not None, ride.request_time or ""), reverse=True)
    return wanted[: listing.limit]


def _key(item: Mapping[str, Any]) -> str:
    return item["RideId"]["S"]  # type: ignore[no-any-return]


def _within(condition: str, time: str, given: Mapping[str, Any]) -> bool:
    """Return whether the sort key `time` is within the bounds in the rest of a key condition."""
    since, until = (str(given.get(name, {}).get("S")) for name in (":since", ":until"))
    match condition:
        case "":
            return True
        case " AND RequestTime >= :since":
            return time >= since
        case " AND RequestTime <= :until":
            return time <= until
        case " AND RequestTime BETWEEN :since AND :until":
            return since <= time <= until
    raise AssertionError(condition)


class Client:
    """A fake DynamoDB client on items in memory. Its pages have `size` items. It sorts equal times in another order."""

    meta = SimpleNamespace(
        region_name="us-east-1", partition="aws", endpoint_url="https://dynamodb.us-east-1.amazonaws.com"
    )

    def __init__(self, items: Sequence[Mapping[str, Any]], size: int, *, indexed: bool) -> None:
        self.items = sorted(items, key=_key, reverse=True)
        self.size = size
        self.indexes = [BY_USER, BY_TIME] if indexed else []

    def describe_table(self, **_: object) -> dict[str, Any]:
        description: dict[str, Any] = described("ACTIVE")[1]
        built = [{**index.definition, "IndexStatus": "ACTIVE"} for index in self.indexes]
        return {"Table": description["Table"] | {"GlobalSecondaryIndexes": built}}

    def scan(self, **asked: Any) -> dict[str, Any]:
        return self._page(self.items, asked)

    def query(self, **asked: Any) -> dict[str, Any]:
        assert asked["ScanIndexForward"] is False
        index = next((each for each in self.indexes if each.name == asked["IndexName"]), None)
        if index is None:
            refused = {"Code": "ValidationException", "Message": "The table does not have the specified index"}
            raise ClientError({"Error": refused}, "Query")
        assert asked["ExpressionAttributeNames"] == {"#partition": index.partition_key}
        given = asked["ExpressionAttributeValues"]
        partition, condition = asked["KeyConditionExpression"].split(" = :partition", 1)
        assert partition == "#partition"
        found = [
            item
            for item in self.items
            if item.get(index.partition_key) == given[":partition"]
            and _within(condition, item["RequestTime"]["S"], given)
        ]
        found.sort(key=lambda item: item["RequestTime"]["S"], reverse=True)
        return self._page(found, asked)

    def _page(self, found: Sequence[Mapping[str, Any]], asked: Mapping[str, Any]) -> dict[str, Any]:
        start = asked.get("ExclusiveStartKey", {}).get("at", 0)
        end = start + min(asked.get("Limit", self.size), self.size)
        more = {"LastEvaluatedKey": {"at": end}} if end < len(found) else {}
        return {"Items": found[start:end], **more}


@given(
    st.lists(rides, max_size=30, unique_by=lambda ride: ride.ride_id),
    st.lists(listings, min_size=4, max_size=4),
    st.integers(1, 5),
)
def test_the_index_and_the_scan_match_the_reference(
    monkeypatch: pytest.MonkeyPatch, recorded: list[Ride], wanted: list[Listing], size: int
) -> None:
    monkeypatch.setattr(index, "PAGE_RIDES", size)
    monkeypatch.setattr(index, "SLACK", size % 3)
    monkeypatch.setattr(dynamodb, "SAMPLE", size)
    store = DynamoDBRides(Client([to_item(each) for each in recorded], size, indexed=True), "Rides")
    for listing in wanted:
        expected = reference([each.recorded for each in recorded], listing)
        assert list(store.rides(listing)) == expected
        assert not store.findings.scanned_for
        assert list(store.rides(listing, "scan")) == expected


names = st.text("ab_", min_size=1, max_size=3)


others = st.fixed_dictionaries(
    {
        "RideId": names.map(lambda text: {"S": text}),
    },
    optional={
        "User": st.sampled_from([{"S": "ada"}, {"N": "1"}]),
        "Rider": st.just({"S": "bob"}),
        "UnicornName": st.just({"S": "Gil"}),
        "RequestTime": st.sampled_from([{"S": text} for text in (*TIMES, "")] + [{"N": "7"}]),
        "Other": st.just({"BOOL": True}),
    },
)


@given(
    st.lists(others, max_size=12, unique_by=_key),
    st.lists(listings, min_size=4, max_size=4),
)
def test_the_scan_of_a_table_of_other_programs_matches_the_reference(
    monkeypatch: pytest.MonkeyPatch, items: list[dict[str, Any]], wanted: list[Listing]
) -> None:
    monkeypatch.setattr(dynamodb, "SAMPLE", 3)
    store = DynamoDBRides(Client(items, 3, indexed=False), "Rides")

    def text(item: dict[str, Any], name: str) -> str | None:
        return item.get(name, {}).get("S")  # type: ignore[no-any-return]

    recorded = [
        RecordedRide(
            item["RideId"]["S"],
            text(item, "User") if text(item, "User") is not None else text(item, "Rider"),
            text(item, "UnicornName"),
            request_time=text(item, "RequestTime"),
        )
        for item in items
    ]
    recorded = [each for each in recorded if each[1:] != (None,) * 7]
    for listing in wanted:
        assert list(store.rides(listing)) == reference(recorded, listing)
        assert "has no index" in store.findings.scanned_for or 0 < len(items) <= 3


@given(st.lists(rides, max_size=30, unique_by=lambda ride: ride.ride_id), st.lists(listings, min_size=4, max_size=4))
def test_the_embedded_store_matches_the_reference(tmp_path: Path, recorded: list[Ride], wanted: list[Listing]) -> None:
    with closing(SQLiteRides(tmp_path / "rides.db", f"Rides{next(tables)}")) as store:
        for each in recorded:
            store.record(each)
        for listing in wanted:
            assert list(store.rides(listing)) == reference([each.recorded for each in recorded], listing)


@settings(max_examples=4 * REPEAT)
@given(st.lists(rides, max_size=30, unique_by=lambda ride: ride.ride_id), st.lists(listings, min_size=4, max_size=4))
def test_moto_matches_the_reference(
    client: Any, monkeypatch: pytest.MonkeyPatch, recorded: list[Ride], wanted: list[Listing]
) -> None:
    monkeypatch.setattr(index, "PAGE_RIDES", 3)
    store = DynamoDBRides(client, f"Rides{next(tables)}")
    store.setup()
    for each in recorded:
        store.record(each)
    for listing in wanted:
        assert list(store.rides(listing)) == reference([each.recorded for each in recorded], listing)


def test_listing_the_newest_rides_costs_the_same_in_every_large_table(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wildrydes_cli.stores.dynamodb.rides.SAMPLE", 60)
    costs = []
    for name, number in (("Few", 50), ("Many", 150), ("More", 350)):
        store = DynamoDBRides(client, name)
        store.setup()
        for at in range(0, number, 25):
            batch = [ride(f"r{n}", f"2026-11-23T08:00:{n // 20:02}.{n % 20:03}Z") for n in range(at, at + 25)]
            client.batch_write_item(RequestItems={name: [{"PutRequest": {"Item": to_item(each)}} for each in batch]})
        before = store.usage.requests
        assert len(list(store.rides(Listing(limit=30)))) == 30
        costs.append((store.usage.requests - before, store.usage.items_read))
    assert costs[0] == (1, 50)  # the whole table
    assert costs[1] == costs[2] == (9, 60 + 96)  # a sample, and ceil(30 / 8) + 8 rides of each shard


def in_every_shard(number: int) -> list[Ride]:
    """Return `number` rides of each shard, of one millisecond, in no order."""
    shards: dict[int, list[Ride]] = {shard: [] for shard in range(TIME_SHARDS)}
    for each in map(str, count()):
        shards[time_shard(each)].append(ride(each, TIMES[0]))
        if all(len(rides) >= number for rides in shards.values()):
            return [each for rides in shards.values() for each in rides[:number]]
    raise AssertionError


class CountingClient(Client):
    """Counts the queries. Answers one only when all shards have been asked: so they are read at the same time."""

    def __init__(self, items: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(items, 1_000_000, indexed=True)
        self.queries: list[int] = []
        self._all_asked = Barrier(TIME_SHARDS)

    def query(self, **asked: Any) -> dict[str, Any]:
        self.queries.append(asked["Limit"])
        self._all_asked.wait(10)
        return super().query(**asked)


def test_rides_of_one_millisecond_are_in_order_however_many_pages_they_fill() -> None:
    rides = in_every_shard(40)
    client = CountingClient([to_item(each) for each in rides])
    listed = list(DynamoDBRides(client, "Rides").rides(Listing(limit=30)))
    assert listed == reference([each.recorded for each in rides], Listing(limit=30))
    assert client.queries == [12] * 8 + [24] * 8 + [48] * 8


def test_a_filter_that_skips_most_rides_reads_all_shards_on_at_the_same_time() -> None:
    client = CountingClient([to_item(each) for each in in_every_shard(100)])
    assert not list(DynamoDBRides(client, "Rides").rides(Listing(limit=30, unicorn="Gil")))
    assert client.queries == [12] * 8 + [24] * 8 + [48] * 8 + [96] * 8


def test_an_empty_page_of_an_index_is_not_its_end() -> None:
    class Hesitant(Client):
        def query(self, **asked: Any) -> dict[str, Any]:
            if "ExclusiveStartKey" not in asked:
                return {"Items": [], "LastEvaluatedKey": {"at": 0}}
            return super().query(**asked)

    rides = in_every_shard(30)
    client = Hesitant([to_item(each) for each in rides], 1_000_000, indexed=True)
    for listing in (Listing(limit=10), Listing()):
        found = list(DynamoDBRides(client, "Rides").rides(listing))
        assert found == reference([each.recorded for each in rides], listing)


def test_following_requires_the_index(client: Any) -> None:
    store: RideStore = DynamoDBRides(client, "Unfollowed")
    store.setup(indexes=False)
    with pytest.raises(NotConfiguredError, match="has no index RidesByTime") as caught:
        list(store.rides(Listing(since=TIMES[0]), "index"))
    assert caught.value.command == ("setup-table", "--add-indexes")


def test_a_file_of_the_previous_version_is_read_and_upgraded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from wildrydes_cli.stores.sqlite import file as sqlite_file
    from wildrydes_cli.stores.sqlite import schema

    path = tmp_path / "rides.db"
    with monkeypatch.context() as before:
        before.setattr(sqlite_file, "SCHEMA", schema.SCHEMA[:1])
        before.setattr(sqlite_file, "SCHEMA_VERSION", 1)
        with closing(SQLiteRides(path, "Rides")) as store:
            store.record(ride("old"))

    def version_and_indexes() -> tuple[int, set[str]]:
        with closing(sqlite3.connect(path)) as db:
            names = {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql > ''")}
            return db.execute("PRAGMA user_version").fetchone()[0], names

    assert version_and_indexes() == (1, set())
    with closing(SQLiteRides(path, "Rides")) as store:
        assert [each.ride_id for each in store.rides()] == ["old"]
        assert version_and_indexes() == (1, set())  # reading changes nothing
        store.record(ride("new"))
        assert [each.ride_id for each in store.rides()] == ["new", "old"]
    assert version_and_indexes() == (2, {"rides_by_time", "rides_by_user"})


@pytest.mark.parametrize(
    "listing", [Listing(limit=30), Listing(), Listing(rider="ada", limit=30), Listing(since=TIMES[0])]
)
def test_the_embedded_store_uses_an_index_and_does_not_sort(tmp_path: Path, listing: Listing) -> None:
    with closing(SQLiteRides(tmp_path / "rides.db", "Rides")) as store:
        store.setup()
        asked: list[str] = []
        assert store._file._db
        store._file._db.set_trace_callback(asked.append)
        list(store.rides(listing))
        plan = " ".join(row[3] for row in store._file._db.execute(f"EXPLAIN QUERY PLAN {asked[0]}"))
    assert "USING INDEX rides_by_" in plan
    assert "TEMP B-TREE" not in plan

"""The tests that every store of rides must pass. Each adapter runs them on its own table."""

from dataclasses import replace

import pytest

from wildrydes_cli.rides.fleet import FLEET
from wildrydes_cli.rides.listing import Listing
from wildrydes_cli.rides.model import Location, RecordedRide, Ride
from wildrydes_cli.stores.base import Reading, RideStore
from wildrydes_cli.stores.dynamodb.rides import DynamoDBRides


def ride(ride_id: str = "ride-1", time: str = "2026-11-23T08:15:30.123Z", rider: str = "ada") -> Ride:
    return Ride(ride_id, rider, FLEET[0], Location(47.6174755835663, -122.28837066650185), time)


class StoreContract:
    """The contract. A subclass provides the fixture `store`, whose table does not exist yet."""

    @pytest.fixture
    def table(self, store: RideStore) -> RideStore:
        store.setup()
        return store

    def test_setup_creates_the_table_only_once(self, store: RideStore) -> None:
        first, second = store.setup(), store.setup()
        assert first.created
        assert not second.created
        assert first._replace(created=False) == second
        assert first.status == "ACTIVE"

    def test_adding_indexes_creates_a_missing_table_and_can_be_repeated(self, store: RideStore) -> None:
        first, second = (store.add_indexes(lambda *_: None) for _ in range(2))
        assert first.created
        assert first._replace(created=False) == second == store.setup()

    def test_setting_up_again_keeps_the_rides(self, table: RideStore) -> None:
        table.record(ride())
        table.setup()
        assert list(table.rides()) == [ride().recorded]

    def test_a_recorded_ride_is_found_with_the_same_values(self, table: RideStore) -> None:
        assert table.record(ride()) is None
        assert table.find("ride-1") == RecordedRide(
            "ride-1",
            "ada",
            "Angel",
            "White",
            "Female",
            47.6174755835663,
            -122.28837066650185,
            "2026-11-23T08:15:30.123Z",
        )

    def test_coordinates_come_back_as_they_were_written(self, table: RideStore) -> None:
        for number, latitude in enumerate((0, -0.0, 1e-15, 90, -90, 1 / 3, 47.123456789012345)):
            pickup = Location(latitude, -latitude)
            table.record(replace(ride(f"ride-{number}"), pickup=pickup))
            found = table.find(f"ride-{number}")
            assert found
            assert (repr(found.latitude), repr(found.longitude)) == (repr(pickup.latitude), repr(pickup.longitude))

    def test_an_id_is_recorded_once_and_never_overwritten(self, table: RideStore) -> None:
        table.record(ride(rider="ada"))
        assert table.record(ride(rider="bob")) == ride(rider="ada").recorded
        assert list(table.rides()) == [ride(rider="ada").recorded]

    def test_finding_a_missing_ride_returns_none(self, table: RideStore) -> None:
        assert table.find("ride-1") is None

    def test_an_empty_table_lists_nothing(self, table: RideStore) -> None:
        assert list(table.rides()) == []
        assert list(table.rides(Listing(limit=1))) == []

    def test_rides_come_newest_first_and_then_by_id(self, table: RideStore) -> None:
        same = "2026-11-23T08:00:00.000Z"
        rides = [ride("b", same), ride("a", same), ride("_", same), ride("c", "2026-11-23T09:00:00.000Z")]
        rides += [ride("d", "2025-01-01T00:00:00.000Z")]
        for each in rides:
            table.record(each)
        assert [each.ride_id for each in table.rides()] == ["c", "_", "a", "b", "d"]
        assert [each.ride_id for each in table.rides(Listing(limit=3))] == ["c", "_", "a"]
        assert [each.ride_id for each in table.rides(Listing(limit=99))] == ["c", "_", "a", "b", "d"]

    def test_any_valid_rider_is_stored_unchanged(self, table: RideStore) -> None:
        riders = ("Ada Lovelace", "😀 李 \u202e\x1b[31m\x00\n", "x" * 128, "'; DROP TABLE rides")
        for number, rider in enumerate(riders):
            table.record(ride(f"ride-{number}", rider=rider))
        assert {each.ride_id: each.user for each in table.rides()} == {
            f"ride-{number}": rider for number, rider in enumerate(riders)
        }

    def test_usage_counts_what_was_read(self, table: RideStore) -> None:
        table.record(ride("a"))
        table.record(ride("b"))
        before = table.usage.items_read
        list(table.rides())
        assert table.usage.items_read - before == 2
        assert table.usage.requests > 0


class DynamoDBContract(StoreContract):
    """The contract of a store on DynamoDB, whose tables other programs write to as well."""

    def test_rides_of_the_tutorials_own_function_are_listed(self, table: RideStore) -> None:
        assert isinstance(table, DynamoDBRides)
        client, name = table._table.client, table._table.name
        unicorn = {"Name": {"S": "Rocinante"}, "Color": {"S": "Yellow"}, "Gender": {"S": "Female"}}
        for ride_id, rider, second in (("SvLnijIAtg6inAFUBRT+Fg==", "ada", 1), ("b", "bob", 3)):
            item = {"RideId": {"S": ride_id}, "User": {"S": rider}, "Unicorn": {"M": unicorn}}
            item |= {"RequestTime": {"S": f"2026-11-23T08:00:0{second}.000Z"}}
            client.put_item(TableName=name, Item=item)
        table.record(ride("ours", "2026-11-23T08:00:02.000Z"))

        def ids(listing: Listing, reading: Reading = "any") -> list[str]:
            return [each.ride_id for each in table.rides(listing, reading)]

        newest, _, oldest = list(table.rides())
        assert newest == RecordedRide(
            "b", "bob", "Rocinante", "Yellow", "Female", request_time="2026-11-23T08:00:03.000Z"
        )
        assert (oldest.ride_id, oldest.user) == ("SvLnijIAtg6inAFUBRT+Fg==", "ada")
        assert ids(Listing(limit=2)) == ["b", "ours"]
        assert ids(Listing(rider="ada")) == ["ours", "SvLnijIAtg6inAFUBRT+Fg=="]
        assert ids(Listing(unicorn="Rocinante")) == ["b", "SvLnijIAtg6inAFUBRT+Fg=="]
        assert ids(Listing(since="2026-11-23T08:00:02.000Z")) == ["b", "ours"]
        assert ids(Listing(until="2026-11-23T08:00:02.000Z")) == ["ours", "SvLnijIAtg6inAFUBRT+Fg=="]
        assert ids(Listing(since="2026-11-23T08:00:03.000Z"), "index") == ["b"]  # as watch reads
        assert not table.findings.not_indexed

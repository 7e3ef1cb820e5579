"""Run the contract on both adapters in this process: on a file, and on moto's mock of DynamoDB."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws

from tests.support.contract import DynamoDBContract, StoreContract
from wildrydes_cli.aws import Account
from wildrydes_cli.stores.base import RideStore
from wildrydes_cli.stores.dynamodb.rides import DynamoDBRides
from wildrydes_cli.stores.sqlite.rides import SQLiteRides


class TestSQLite(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[RideStore]:
        store = SQLiteRides(tmp_path / "rides.db", "Rides")
        yield store
        store.close()


class TestDynamoDB(DynamoDBContract):
    @pytest.fixture
    def store(self, aws_credentials: None) -> Iterator[RideStore]:
        with mock_aws():
            store = DynamoDBRides(Account().client("dynamodb"), "Rides")
            yield store
            store.close()

"""The schema of the table: its key and its indexes, in the form of DynamoDB's requests and descriptions."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from wildrydes_cli.errors import WildrydesError
from wildrydes_cli.stores.dynamodb.items import PARTITION_KEY


class Index(NamedTuple):
    """A global secondary index of whole rides, sorted by `RequestTime` under its own partition key."""

    name: str
    partition_key: str
    type: str

    @property
    def types(self) -> dict[str, str]:
        """The types of the attributes in its key."""
        return {self.partition_key: self.type, "RequestTime": "S"}

    @property
    def definition(self) -> dict[str, Any]:
        """The index in the form of CreateTable and UpdateTable."""
        return {
            "IndexName": self.name,
            "KeySchema": [
                {"AttributeName": self.partition_key, "KeyType": "HASH"},
                {"AttributeName": "RequestTime", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }


BY_TIME = Index("RidesByTime", "TimeShard", "N")
BY_USER = Index("RidesByUser", "User", "S")


def table_definition(indexes: Iterable[Index]) -> dict[str, Any]:
    """Return the key and the `indexes` of a new table, in the form of CreateTable."""
    types = {PARTITION_KEY: "S"}
    for index in indexes:
        types |= index.types
    definition: dict[str, Any] = {
        "AttributeDefinitions": attribute_definitions(types),
        "KeySchema": [{"AttributeName": PARTITION_KEY, "KeyType": "HASH"}],
    }
    if definitions := [index.definition for index in indexes]:  # DynamoDB refuses an empty list of indexes
        definition["GlobalSecondaryIndexes"] = definitions
    return definition


def attribute_definitions(types: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the names and types of attributes in the form of CreateTable and UpdateTable."""
    return [{"AttributeName": name, "AttributeType": type_} for name, type_ in types.items()]


def changes(description: Mapping[str, Any]) -> list[str]:
    """Return what DynamoDB is changing, according to the description of a table: "index RidesByTime is CREATING".

    Such a state ends by itself, however long that takes.
    """
    states = {"the table": description["TableStatus"]}
    states |= {f"index {each['IndexName']}": each["IndexStatus"] for each in _indexes(description)}
    return [f"{what} is {state}" for what, state in states.items() if state in ("CREATING", "UPDATING", "DELETING")]


def provisioned_units(description: Mapping[str, Any]) -> dict[str, int]:
    """Return the provisioned throughput of a table, in the form of UpdateTable. It is empty for a table on demand."""
    if (description.get("BillingModeSummary") or {}).get("BillingMode") == "PAY_PER_REQUEST":
        return {}
    found = description.get("ProvisionedThroughput") or {}
    return {name: found[name] for name in ("ReadCapacityUnits", "WriteCapacityUnits") if found.get(name)}


def index_status(label: str, description: Mapping[str, Any], index: Index) -> str | None:
    """Return the status of `index` in the description of a table, or None if the table does not have it.

    `label` is the table's name for people. Raises `WildrydesError` if the table has a different index under that name.
    """
    for found in _indexes(description):
        if found["IndexName"] == index.name:
            if {**found, **index.definition} != found:
                raise WildrydesError(
                    f"{label} has a different index {index.name}; expected {index.partition_key} and "
                    "RequestTime as its key, and all attributes",
                    hint="delete that index, or use another table, such as --table Rides2",
                )
            status: str = found["IndexStatus"]
            return status
    return None


def _indexes(description: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    indexes: Iterable[Mapping[str, Any]] = description.get("GlobalSecondaryIndexes") or ()
    return indexes

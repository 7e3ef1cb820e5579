"""Tables that AWS is creating, changing or deleting, and tables that can't be used."""

from collections.abc import Mapping
from itertools import chain, repeat
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.aws_rules.moments import BusyTable, NotThereYet
from tests.support.fake_aws import AWS, Json
from tests.support.running import Cli
from wildrydes_cli.aws import WAIT_SECONDS
from wildrydes_cli.stores.dynamodb.lifecycle import REFUSALS
from wildrydes_cli.stores.dynamodb.schema import BY_TIME

MISSING = None
CREATING, DELETING, UPDATING, ACTIVE = (
    {"TableStatus": status} for status in ("CREATING", "DELETING", "UPDATING", "ACTIVE")
)
BUILDING = {**ACTIVE, "GlobalSecondaryIndexes": [{**BY_TIME.definition, "IndexStatus": "CREATING"}]}
IN_USE = ("ResourceInUseException", "Attempt to change a resource which is still in use: Table is being updated: Rides")
ABSENT = {"Table": "Rides", "Deleted": False, "Rides": None, "Exact": None}


def describe(aws: AWS, *answers: Mapping[str, Any] | None) -> None:
    """Let DescribeTable answer with these parts of a description in turn, or that there is no table. Then as it is.

    A table that does not exist is not described.
    """
    coming = chain(answers, repeat({}))

    def answer(answered: Json) -> Json:
        changed = next(coming)
        if changed is MISSING:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "not found"}}, "DescribeTable")
        return {"Table": {**answered["Table"], **changed}}

    aws.planted["DescribeTable"] = answer


def test_a_table_is_created_changed_and_deleted_while_aws_is_slow(wildrydes: Cli, aws: AWS) -> None:
    aws.rules += [NotThereYet(), BusyTable(looks=3)]
    assert wildrydes("setup-table", "--no-indexes", "-o", "json").must().json["Created"]
    added = wildrydes("setup-table", "--add-indexes", "-o", "json").must()
    assert added.json["Indexes"] == ["RidesByTime", "RidesByUser"]
    aws.client("dynamodb").update_table(TableName="Rides", BillingMode="PAY_PER_REQUEST")
    deleted = wildrydes("delete-table", "--yes", "-o", "json").must()
    assert deleted.json["Deleted"]
    assert deleted.err.count("can't be deleted yet: the table is UPDATING") == 1


@pytest.mark.parametrize("words", [(), ("--add-indexes",)])
def test_a_new_table_may_be_missing_in_some_answers(wildrydes: Cli, aws: AWS, words: tuple[str, ...]) -> None:
    """AWS: "DescribeTable": the metadata might not be available at that moment."""
    describe(aws, MISSING, CREATING, MISSING, CREATING, ACTIVE, MISSING)
    made = wildrydes("setup-table", *words, "-o", "json").must().json
    assert (made["Created"], made["Status"]) == (True, "ACTIVE")


def test_a_table_that_stays_in_creation_is_an_error(wildrydes: Cli, aws: AWS, pauses: list[float]) -> None:
    describe(aws, *[CREATING] * 2 * WAIT_SECONDS)
    message, hint = wildrydes("setup-table").error(4)
    assert message == "table Rides in us-east-1 can't be used after 300 seconds: its state is still CREATING"
    assert hint.endswith("wildrydes setup-table")
    assert WAIT_SECONDS <= sum(pauses) < WAIT_SECONDS + 2


def test_an_old_table_that_is_still_being_deleted_is_an_error(wildrydes: Cli, aws: AWS) -> None:
    """Also if DynamoDB first says that there is none, and then refuses to create another one."""
    wildrydes("setup-table").must()
    describe(aws, MISSING, MISSING, DELETING)
    message, hint = wildrydes("setup-table").error(4)
    assert message == "table Rides in us-east-1 is being deleted"
    assert hint.endswith("wildrydes setup-table")


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ("INACCESSIBLE_ENCRYPTION_CREDENTIALS", "the AWS KMS key that encrypts it is disabled or gone"),
        ("ARCHIVING", ""),
        ("ARCHIVED", "AWS keeps only a backup"),
        ("REPLICATION_NOT_AUTHORIZED", ""),
    ],
)
@pytest.mark.parametrize("words", [(), ("--add-indexes",)])
def test_a_table_that_cannot_be_used_is_not_called_ready(
    wildrydes: Cli, aws: AWS, status: str, why: str, words: tuple[str, ...]
) -> None:
    """The states of AWS's "TableDescription"."""
    wildrydes("setup-table").must()
    describe(aws, {"TableStatus": status})
    message, hint = wildrydes("setup-table", *words).error(3)
    assert f"table Rides in us-east-1 can't be used: its state is {status}" in message
    assert why in message
    assert hint.endswith("wildrydes setup-table --table Rides2")


@pytest.mark.parametrize(
    ("state", "said"), [(UPDATING, "the table is UPDATING"), (BUILDING, "index RidesByTime is CREATING")]
)
def test_delete_table_waits_while_aws_changes_the_table(
    wildrydes: Cli, aws: AWS, state: Mapping[str, Any], said: str
) -> None:
    """AWS: "DeleteTable": in the states CREATING and UPDATING, DynamoDB returns a ResourceInUseException."""
    wildrydes("setup-table").must()
    describe(aws, *[state] * 99)
    aws.fail("DeleteTable", *IN_USE, times=40)
    ended = wildrydes("delete-table", "--yes", "-o", "json").must()
    assert ended.json["Deleted"]
    waiting = f"table Rides in us-east-1 can't be deleted yet: {said}. Waiting; Ctrl-C stops that\n"
    assert ended.err == waiting
    assert aws.writes.count("DeleteTable") == 41
    assert wildrydes("delete-table", "--yes", "-o", "json").must().json == ABSENT


def test_a_refusal_to_delete_that_has_no_visible_reason_is_an_error(wildrydes: Cli, aws: AWS) -> None:
    wildrydes("setup-table").must()
    aws.fail("DeleteTable", "LimitExceededException", "Too many tables are being changed", times=99)
    message, hint = wildrydes("delete-table", "--yes").error(4)
    assert message == "cannot delete table Rides in us-east-1: Too many tables are being changed"
    assert hint.endswith("wildrydes delete-table")
    assert aws.writes.count("DeleteTable") == REFUSALS + 1


def test_delete_table_does_not_claim_a_table_that_somebody_else_is_deleting(wildrydes: Cli, aws: AWS) -> None:
    """DynamoDB refuses the second of two deletions: terraform-provider-aws, pull request 3355."""
    wildrydes("setup-table").must()
    describe(aws, ACTIVE, DELETING, DELETING, MISSING)
    aws.fail("DeleteTable", "ResourceInUseException", "Table is being deleted: Rides")
    assert wildrydes("delete-table", "--yes", "-o", "json").must().json == ABSENT


def test_a_table_that_is_never_gone_is_an_error(wildrydes: Cli, aws: AWS) -> None:
    wildrydes("setup-table").must()
    describe(aws, *[DELETING] * 2 * WAIT_SECONDS)
    message, hint = wildrydes("delete-table", "--yes").error(4)
    assert message == "table Rides in us-east-1 is not gone after 300 seconds: its state is still DELETING"
    assert hint.endswith("wildrydes delete-table")


def test_delete_table_waits_for_a_table_that_is_being_created(wildrydes: Cli, aws: AWS) -> None:
    """DynamoDB would neither count its rides nor delete it."""
    wildrydes("setup-table").must()
    aws.calls.clear()
    describe(aws, CREATING, CREATING, ACTIVE)
    assert wildrydes("delete-table", "--yes", "-o", "json").must().json["Deleted"]
    assert [operation for operation, _ in aws.calls][:4] == ["DescribeTable"] * 3 + ["Scan"]


def test_the_question_says_in_which_regions_replicas_keep_the_rides(wildrydes: Cli, aws: AWS) -> None:
    wildrydes("setup-table").must()
    everywhere = {"Replicas": [{"RegionName": region} for region in ("eu-west-1", "us-east-1", "eu-west-3")]}
    describe(aws, everywhere)
    message, _ = wildrydes("delete-table").error(2)
    replicas = "(its replicas in eu-west-1 and eu-west-3 stay)"
    assert message.startswith(f"this would delete table Rides in us-east-1, with 0 rides {replicas}, and")
    describe(aws, everywhere, everywhere)
    assert f"delete table Rides with 0 rides {replicas} in us-east-1" in wildrydes("delete").error(2)[0]
    describe(aws, {"Replicas": [{"RegionName": "us-east-1"}]})
    assert "replica" not in wildrydes("delete-table").error(2)[0]


@pytest.mark.parametrize("said", ["not authorized to perform: dynamodb:Scan", "KMS key access denied exception"])
def test_rides_that_may_not_be_counted_can_be_deleted(wildrydes: Cli, aws: AWS, said: str) -> None:
    """The number is only for the question."""
    wildrydes("setup-table").must()
    aws.fail("Scan", "AccessDeniedException", said, times=99)
    unknown = "with rides that can't be counted"
    assert f"delete table Rides in us-east-1, {unknown}, and" in wildrydes("delete-table").error(2)[0]
    assert f"delete table Rides {unknown} in us-east-1" in wildrydes("delete").error(2)[0]
    deleted = {"Table": "Rides", "Deleted": True, "Rides": None, "Exact": None}
    assert wildrydes("delete-table", "--yes", "-o", "json").must().json == deleted
    wildrydes("setup-table").must()
    assert wildrydes("delete-table", "--yes").must().out == "Table\tRides\nRides\trides that can't be counted\n"
    wildrydes("setup-table").must()
    assert wildrydes("delete", "--yes", "-o", "json").must().json["Table"] == "deleted"


def test_rides_that_can_be_counted_later_are_not_deleted_yet(wildrydes: Cli, aws: AWS) -> None:
    wildrydes("setup-table").must()
    aws.calls.clear()
    aws.fail("Scan", "ProvisionedThroughputExceededException", "too fast")
    assert wildrydes("delete-table", "--yes").error(4)[1].startswith("try again in a while")
    assert aws.writes == []


def test_an_index_that_another_process_has_just_added_is_looked_at_again(wildrydes: Cli, aws: AWS) -> None:
    """DescribeTable may be behind: then DynamoDB says that the index exists."""
    wildrydes("setup-table").must()
    describe(aws, {}, {}, {"GlobalSecondaryIndexes": []})
    aws.fail("UpdateTable", "ValidationException", "Attempting to create an index which already exists")
    added = wildrydes("setup-table", "--add-indexes", "-o", "json").must()
    assert added.json["Indexes"] == ["RidesByTime", "RidesByUser"]
    assert aws.writes.count("UpdateTable") == 1


def test_an_index_that_dynamodb_finds_invalid_is_an_error(wildrydes: Cli, aws: AWS) -> None:
    wildrydes("setup-table", "--no-indexes").must()
    aws.fail("UpdateTable", "ValidationException", "One or more parameter values were invalid")
    message, _ = wildrydes("setup-table", "--add-indexes").error(4)
    assert "One or more parameter values were invalid" in message


def test_a_new_index_of_a_provisioned_table_is_pointed_out(wildrydes: Cli, aws: AWS) -> None:
    """It has no auto scaling, and throttles its table (AWS: re:Post, "dynamodb-gsi-throttling-table")."""
    aws.client("dynamodb").create_table(
        TableName="Rides",
        KeySchema=[{"AttributeName": "RideId", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "RideId", "AttributeType": "S"}],
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 6},
    )
    said = "each new index has 6 write units a second, like the table, but no auto scaling."
    assert said in wildrydes("setup-table", "--add-indexes").must().err
    assert "write units" not in wildrydes("setup-table", "--add-indexes").must().err  # nothing was added
    wildrydes("setup-table", "--table", "OnDemand", "--no-indexes").must()
    assert "write units" not in wildrydes("setup-table", "--table", "OnDemand", "--add-indexes").must().err

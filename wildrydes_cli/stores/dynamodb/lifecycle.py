"""Creates the table, waits while AWS is changing it, and deletes it."""

import math
from collections.abc import Callable, Iterable
from typing import Any

from wildrydes_cli import aws
from wildrydes_cli.aws_errors import code_and_message
from wildrydes_cli.errors import NotConfiguredError, ServiceError
from wildrydes_cli.stores.dynamodb.schema import Index, changes, table_definition
from wildrydes_cli.stores.dynamodb.table import Table

BUSY = ("ResourceInUseException", "LimitExceededException")
"""What DynamoDB answers while the table, one of its indexes, or too many other tables are being changed."""
REFUSALS = 30
"""How often a change may be refused, once a second, while nothing seems to be changing.

A description may be some seconds old. After half a minute, the refusal has another reason.
"""

_USABLE = ("ACTIVE", "UPDATING")
"""The states of a table that can be read and written (AWS: "TableDescription")."""
_WHY = {
    "INACCESSIBLE_ENCRYPTION_CREDENTIALS": ": the AWS KMS key that encrypts it is disabled or gone",
    "ARCHIVED": ": the AWS KMS key that encrypts it was gone for a week, and AWS keeps only a backup",
}


def create(table: Table, indexes: Iterable[Index]) -> bool:
    """Create `table` with `indexes` unless it exists. Returns whether this call created it."""
    in_use = ("ResourceInUseException",)
    definition = {"BillingMode": "PAY_PER_REQUEST", **table_definition(indexes)}
    return table.call_unless(in_use, "create_table", "create", **definition) is not None


def usable(table: Table, description: dict[str, Any] | None) -> dict[str, Any]:
    """Wait until `table` can be used, and return its description. `description` is the one that is known so far.

    DynamoDB may say that a new table does not exist (AWS: "DescribeTable"). Then it is asked again.

    Raises:
        ServiceError: The table is being deleted, or AWS has not created it in time.
        NotConfiguredError: The table can't be used in its state, which will not end by itself.
    """
    status = "unknown"
    for _ in aws.polls(aws.WAIT_SECONDS):
        description = description or table.describe()
        if description:
            status = description["TableStatus"]
            if status in _USABLE:
                return description
            if status == "DELETING":
                raise ServiceError(
                    f"{table.label} is being deleted", hint="try again in a minute:", command=("setup-table",)
                )
            if status != "CREATING":
                raise NotConfiguredError(
                    f"{table.label} can't be used: its state is {status}{_WHY.get(status, '')}",
                    hint="use another table:",
                    command=("setup-table", "--table", f"{table.name}2"),
                )
        description = None
    raise ServiceError(
        f"{table.label} can't be used after {aws.WAIT_SECONDS} seconds: its state is still {status}",
        hint="wait on:",
        command=("setup-table",),
    )


def delete(table: Table, warn: Callable[[str], None]) -> bool:
    """Delete `table`, and wait until it is gone. Returns False if there was none, or somebody else deletes it.

    DynamoDB refuses to delete a table that it is changing, or whose index it is building. That can take hours. So
    `warn` gets a line of text that says what this waits for.
    """
    deleted, tries = False, 0
    for _ in aws.polls(math.inf):
        answer = table.call_unless(("ResourceNotFoundException",), "delete_table", "delete", expected=BUSY)
        if answer is None:
            return False
        deleted = "Error" not in answer
        description = None if deleted else table.describe()
        if description is None or description["TableStatus"] == "DELETING":
            break
        if changing := changes(description):
            warn(f"{table.label} can't be deleted yet: {' and '.join(changing)}. Waiting; Ctrl-C stops that")
        elif (tries := tries + 1) > REFUSALS:
            said = code_and_message(answer)[1]
            raise ServiceError(
                f"cannot delete {table.label}: {said}", hint="try again in a while:", command=("delete-table",)
            )
    wait_until_gone(table)
    return deleted


def wait_until_gone(table: Table) -> None:
    """Wait until `table`, which is being deleted, is gone."""
    status = "unknown"
    for _ in aws.polls(aws.WAIT_SECONDS):
        if (description := table.describe()) is None:
            return
        status = description["TableStatus"]
    raise ServiceError(
        f"{table.label} is not gone after {aws.WAIT_SECONDS} seconds: its state is still {status}",
        hint="wait on:",
        command=("delete-table",),
    )

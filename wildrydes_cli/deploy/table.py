"""The table of rides, as something that is deployed. `wildrydes setup-table` creates it, in either kind of store."""

from collections.abc import Callable

from wildrydes_cli.aws import Account
from wildrydes_cli.deploy.plan import MISSING, UNCHANGED, Difference, Json, broken, differs
from wildrydes_cli.errors import NotConfiguredError, WildrydesError
from wildrydes_cli.stores.dynamodb.rides import DynamoDBRides
from wildrydes_cli.stores.dynamodb.schema import BY_TIME, BY_USER, index_status
from wildrydes_cli.stores.dynamodb.table import Table


class RidesTable:
    """The DynamoDB table called `name`. `announce` is told of each change."""

    needs = ()

    def __init__(self, account: Account, name: str, announce: Callable[[str], None]) -> None:
        self._announce = announce
        self.table = Table(account.client("dynamodb"), name)
        self.found: Json | None = None
        """The table as DynamoDB describes it, or None."""

    def find(self) -> None:
        """Ask DynamoDB for the table."""
        self.found = self.table.describe()

    @property
    def arn(self) -> str:
        """The table's ARN.

        Raises `NotConfiguredError` if the table does not exist, `WildrydesError` if it has a different key.
        """
        if self.found is None:
            raise NotConfiguredError(f"{self.table.label} does not exist", hint="create it:", command=("setup-table",))
        self.table.require_key(self.found)
        return str(self.found["TableArn"])

    def arn_beside(self, arn: str) -> str:
        """Return the ARN that the table has, or would have, in the account that another ARN names."""
        return self.arn if self.found else self.arn_in(arn)

    def arn_in(self, arn: str) -> str:
        """Return the ARN that a table of this name has in the account that another ARN names, and in our region."""
        _, partition, _, _, account, *_ = arn.split(":")
        return f"arn:{partition}:dynamodb:{self.table.client.meta.region_name}:{account}:table/{self.table.name}"

    def look(self) -> Difference:
        """Say whether the table can be used. Raises `WildrydesError` if it has a different key."""
        if self.found is None:
            return MISSING
        self.table.require_key(self.found)
        status = self.found["TableStatus"]
        if status in ("ACTIVE", "UPDATING"):
            return UNCHANGED
        reason = f"its state is {status}"
        return Difference("updated", (differs(reason) if status == "CREATING" else broken(reason),))

    def apply(self, _: Difference) -> None:
        """Create the table with its indexes, and wait until it can be used."""
        self._announce(f"{'wait for' if self.found else 'create'} {self.table.label}")
        rides = DynamoDBRides(self.table.client, self.table.name)
        rides.setup()
        self.find()


class Indexes:
    """The indexes of `table`."""

    def __init__(self, table: RidesTable) -> None:
        self._table = table
        self.needs = (table,)

    def find(self) -> None:
        """Do nothing: the description of the table has its indexes."""

    def look(self) -> Difference:
        """Say whether the indexes can be used.

        Raises `WildrydesError` if the table has a different key, or a different index under the name of one of ours.
        """
        if (found := self._table.found) is None:
            return MISSING
        self._table.table.require_key(found)
        states = {index.name: index_status(self._table.table.label, found, index) for index in (BY_TIME, BY_USER)}
        if not any(states.values()):
            return Difference("updated", (differs("the table has none, so listing rides reads all of it"),))
        odd = [differs(f"{name} is {status or 'missing'}") for name, status in states.items() if status != "ACTIVE"]
        return Difference("updated", tuple(odd)) if odd else UNCHANGED


class TableRemoval:
    """Removes `table` with its rides. `announce` is told of each change."""

    def __init__(self, table: RidesTable, announce: Callable[[str], None]) -> None:
        self.lost = ""
        """What would be lost with the table, in words."""
        self.kept = ""
        """Why the table stays, if it does."""
        self._table = table
        self._announce = announce
        self.needs = (table,)

    def find(self) -> None:
        """Count the rides, and see whether the table may be deleted."""
        if (found := self._table.found) is None:
            return
        if found.get("DeletionProtectionEnabled"):
            self.kept = "it has deletion protection"
            return
        try:
            self._table.table.require_key(found)
        except WildrydesError:
            self.kept = "it has a different key, so it is not a table of rides"
            return
        count = self._rides.count()
        self.lost = count.lost if count else ""

    def remove(self) -> bool:
        """Delete the table, and wait until it is gone."""
        if self._table.found is None:
            return False
        self._announce(f"delete {self._table.table.label}")
        return self._rides.delete()

    @property
    def _rides(self) -> DynamoDBRides:
        return DynamoDBRides(self._table.table.client, self._table.table.name, self._announce)

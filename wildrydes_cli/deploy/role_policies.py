"""The two policies that the function's role has."""

import json

from wildrydes_cli.deploy.calls import ABSENT, patiently
from wildrydes_cli.deploy.plan import MISSING, UNCHANGED, Difference, broken, differs, existing
from wildrydes_cli.deploy.policies import (
    INLINE_POLICY,
    MANAGED_POLICY,
    WRITE,
    Policy,
    allows,
    described,
    equivalent,
    managed_policy_arn,
    resources,
    table_policy,
)
from wildrydes_cli.deploy.role import Role
from wildrydes_cli.deploy.table import RidesTable

_AWS_POLICIES_THAT_WRITE = (
    "AdministratorAccess",
    "AmazonDynamoDBFullAccess",
    "AmazonDynamoDBFullAccess_v2",
    "PowerUserAccess",
)
"""AWS's own policies that let a role put items into every table (AWS: "AWS Managed Policy Reference")."""


class ManagedPolicy:
    """AWS's own policy for writing logs, attached to `role`."""

    def __init__(self, role: Role) -> None:
        self.attached: list[str] = []
        """The ARNs of all managed policies of the role."""
        self._role = role
        self.needs = (role,)

    @property
    def _arn(self) -> str:
        return managed_policy_arn(existing(self._role.found)["Arn"])

    def find(self) -> None:
        """Ask IAM which managed policies the role has."""
        self.attached = [policy["PolicyArn"] for policy in self._role.listed("AttachedPolicies")]

    def look(self) -> Difference:
        """Say whether the policy is attached."""
        if self._role.found is None:
            return MISSING
        if self._arn in self.attached:
            return UNCHANGED
        reason = f"it is not attached to role {self._role.name}, so the function can't write its log"
        return Difference("created", (broken(reason),))

    def apply(self, _: Difference) -> None:
        """Attach the policy."""
        action = f"attach policy {MANAGED_POLICY} to role {self._role.name}"
        self._role.change(self._role.iam.attach_role_policy, action, PolicyArn=self._arn)


class InlinePolicy:
    """The policy in `role` that allows it to put items into `table`, and nothing else.

    `managed` has the role's other policies.
    """

    def __init__(self, role: Role, table: RidesTable, managed: ManagedPolicy) -> None:
        self._role = role
        self._table = table
        self._managed = managed
        self._found: Policy | None = None
        self._others: dict[str, Policy] = {}
        """The role's other inline policies. They are looked for only if ours does not do."""
        self.needs = (role, table, managed)

    @property
    def _table_arn(self) -> str:
        return self._table.arn_beside(existing(self._role.found)["Arn"])

    def find(self) -> None:
        """Ask IAM for the policy."""
        self._found = inline_policy(self._role, INLINE_POLICY)
        if self._role.found and not (self._found and allows(self._found, WRITE, self._table_arn)):
            names = [name for name in self._role.listed("PolicyNames") if name != INLINE_POLICY]
            self._others = {name: policy for name in names if (policy := inline_policy(self._role, name))}

    def look(self) -> Difference:
        """Compare the policy. Raises `WildrydesError` if the table has a different key."""
        if self._role.found is None:
            return MISSING
        table = self._table_arn
        if self._found is None:
            reason = f"role {self._role.name} does not have it"
            if self._instead:
                return Difference("created", (differs(f"{reason}, and has {self._instead}"),))
            return Difference("created", (broken(f"{reason}, nor another policy that allows {WRITE} on {table}"),))
        if equivalent(self._found, table_policy(table)):
            return UNCHANGED
        reason = f"it allows {described(self._found)} instead of {described(table_policy(table))}"
        works = allows(self._found, WRITE, table) or self._instead
        others = [arn for arn in resources(self._found) if arn != table]
        return Difference(
            "updated",
            (differs(reason) if works else broken(reason),),
            overwrites=f"policy {INLINE_POLICY} of role {self._role.name}, which names {', '.join(others)}"
            if others
            else "",
        )

    def apply(self, _: Difference) -> None:
        """Put the policy into the role."""
        self._role.change(
            self._role.iam.put_role_policy,
            f"put policy {INLINE_POLICY} on role {self._role.name}",
            PolicyName=INLINE_POLICY,
            PolicyDocument=json.dumps(table_policy(self._table.arn)),
        )

    @property
    def _instead(self) -> str:
        """The names of the role's other policies that allow the same, or may: a customer's own are not looked into."""
        inline = [name for name, policy in self._others.items() if allows(policy, WRITE, self._table_arn)]
        managed = [arn.rpartition("/")[2] for arn in self._managed.attached if _may_write(arn)]
        return ", ".join([*inline, *managed])


def inline_policy(role: Role, name: str) -> Policy | None:
    """Ask IAM for an inline policy of `role`."""
    answer = patiently(
        role.iam.get_role_policy,
        f"look at policy {name} of role {role.name}",
        answer={"PolicyDocument": dict},
        absent=ABSENT,
        RoleName=role.name,
        PolicyName=name,
    )
    return answer and answer["PolicyDocument"]


def _may_write(arn: str) -> bool:
    return ":iam::aws:policy/" not in arn or arn.rpartition("/")[2] in _AWS_POLICIES_THAT_WRITE

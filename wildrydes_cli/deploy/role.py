"""The function's role and the two policies that it has."""

import json
from collections.abc import Callable
from typing import Any

from wildrydes_cli import aws
from wildrydes_cli.aws import Account
from wildrydes_cli.aws_errors import refusal
from wildrydes_cli.deploy.calls import ABSENT, BUSY_SECONDS, change
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.deploy.plan import MISSING, UNCHANGED, Difference, Json, appeared, differs, existing
from wildrydes_cli.deploy.policies import (
    INLINE_POLICY,
    MANAGED_POLICY,
    TRUST_POLICY,
    Policy,
    equivalent,
    managed_policy_arn,
    resources,
    table_policy,
)
from wildrydes_cli.deploy.table import RidesTable
from wildrydes_cli.errors import ServiceError

IAM_SECONDS = 60
"""How long IAM may need until a change can be seen everywhere (IAM: "Changes that I make are not always visible")."""

_BUSY = ("ConcurrentModification",)
"""The code with which IAM says that another deployment is changing the role."""

_ROLE = {"Arn": str, "AssumeRolePolicyDocument": dict}


class Role:
    """The role called `name`, which Lambda takes on to run a function.

    `announce` is told of each change.
    """

    needs = ()

    def __init__(self, account: Account, names: Names, announce: Callable[[str], None]) -> None:
        self.name = names.role
        self.iam = account.client("iam")
        self.found: Json | None = None
        """The role as IAM describes it, or None."""
        self._description = f"Runs {names.function} of Wild Rydes"
        self._announce = announce
        self._is_new = False

    def find(self) -> None:
        """Ask IAM for the role."""
        action = f"look at role {self.name}"
        answer = aws.call(self.iam.get_role, action, answer={"Role": _ROLE}, absent=ABSENT, RoleName=self.name)
        self.found = answer and answer["Role"]

    def look(self) -> Difference:
        """Compare the role's trust policy."""
        if self.found is None:
            return MISSING
        if equivalent(self.found["AssumeRolePolicyDocument"], TRUST_POLICY):
            return UNCHANGED
        return Difference(
            "updated",
            (differs("its trust policy is not for Lambda alone"),),
            overwrites=f"the trust policy of role {self.name}, which is not for Lambda alone",
        )

    def apply(self, difference: Difference) -> None:
        """Create the role, or replace its trust policy."""
        trust = json.dumps(TRUST_POLICY)
        if difference.change == "updated":
            action = f"update the trust policy of role {self.name}"
            self.change(self.iam.update_assume_role_policy, action, PolicyDocument=trust)
            return
        action = f"create role {self.name}"
        self._announce(action)
        self._is_new = True
        answer: Json = {}
        for _ in aws.polls(IAM_SECONDS, longest=5):
            answer = change(
                self.iam.create_role,
                action,
                expected=("EntityAlreadyExists",),  # another deployment was faster, or IAM still shows a deleted role
                busy=_BUSY,
                seconds=BUSY_SECONDS,
                RoleName=self.name,
                AssumeRolePolicyDocument=trust,
                Description=self._description,
            )
            if "Role" in answer:
                self.found = answer["Role"]
                return
            self.find()
            if self.found:
                if overwrites := self.look().overwrites:
                    raise appeared(overwrites)
                return
        raise refusal(answer, action)

    def remove(self) -> bool:
        """Remove the role and its policies. Policies go first (IAM: "Delete roles or instance profiles")."""
        action = f"delete role {self.name}"
        self._announce(action)
        if not self._strip_policies():
            return False
        answer = change(
            self.iam.delete_role,
            action,
            absent=ABSENT,
            busy=(*_BUSY, "DeleteConflict"),  # IAM may not know yet that the policies are gone
            seconds=IAM_SECONDS,
            waiting=lambda: self._announce("wait until IAM knows that its policies are gone"),
            RoleName=self.name,
        )
        return answer is not None

    def change(self, operation: Callable[..., Any], action: str, **parameters: Any) -> None:
        """Announce a change of the role, and make it. Waits while IAM is making another, or does not know the role yet.

        Raises `ServiceError` if the role was deleted.
        """
        self._announce(action)
        unknown = ("NoSuchEntity",)
        busy, seconds = (_BUSY + unknown, IAM_SECONDS) if self._is_new else (_BUSY, BUSY_SECONDS)
        absent = () if self._is_new else unknown
        answer = change(operation, action, absent=absent, busy=busy, seconds=seconds, RoleName=self.name, **parameters)
        if answer is None:
            raise ServiceError(f"cannot {action}: the role was deleted in the meantime", hint="deploy again")

    def _strip_policies(self) -> bool:
        """Remove all policies from the role. Returns False if there is no such role."""
        for listing, key, remove_one in (
            ("list_attached_role_policies", "AttachedPolicies", self.iam.detach_role_policy),
            ("list_role_policies", "PolicyNames", self.iam.delete_role_policy),
        ):
            pages = self.iam.get_paginator(listing).paginate(RoleName=self.name)
            action = f"list the policies of role {self.name}"
            found = aws.call(pages.build_full_result, action, answer={key: list}, absent=ABSENT)
            if found is None:
                return False
            for policy in found[key]:
                named = {"PolicyName": policy} if isinstance(policy, str) else {"PolicyArn": policy["PolicyArn"]}
                action = f"remove policy {next(iter(named.values()))} from role {self.name}"
                settings: Json = {"absent": ABSENT, "busy": _BUSY, "seconds": BUSY_SECONDS}
                change(remove_one, action, RoleName=self.name, **settings, **named)
        return True


class ManagedPolicy:
    """AWS's own policy for writing logs, attached to `role`."""

    def __init__(self, role: Role) -> None:
        self._role = role
        self._attached: list[str] = []
        self.needs = (role,)

    @property
    def _arn(self) -> str:
        return managed_policy_arn(existing(self._role.found)["Arn"])

    def find(self) -> None:
        """Ask IAM which managed policies the role has."""
        pages = self._role.iam.get_paginator("list_attached_role_policies").paginate(RoleName=self._role.name)
        action = f"list the policies of role {self._role.name}"
        answer = aws.call(pages.build_full_result, action, answer={"AttachedPolicies": list}, absent=ABSENT)
        self._attached = [policy["PolicyArn"] for policy in answer["AttachedPolicies"]] if answer else []

    def look(self) -> Difference:
        """Say whether the policy is attached."""
        if self._role.found is None:
            return MISSING
        if self._arn in self._attached:
            return UNCHANGED
        return Difference("created", (differs(f"it is not attached to role {self._role.name}"),))

    def apply(self, _: Difference) -> None:
        """Attach the policy."""
        action = f"attach policy {MANAGED_POLICY} to role {self._role.name}"
        self._role.change(self._role.iam.attach_role_policy, action, PolicyArn=self._arn)


class InlinePolicy:
    """The policy in `role` that allows it to put items into `table`, and nothing else."""

    def __init__(self, role: Role, table: RidesTable) -> None:
        self._role = role
        self._table = table
        self._found: Policy | None = None
        self.needs = (role, table)

    def find(self) -> None:
        """Ask IAM for the policy."""
        answer = aws.call(
            self._role.iam.get_role_policy,
            f"look at policy {INLINE_POLICY} of role {self._role.name}",
            answer={"PolicyDocument": dict},
            absent=ABSENT,
            RoleName=self._role.name,
            PolicyName=INLINE_POLICY,
        )
        self._found = answer and answer["PolicyDocument"]

    def look(self) -> Difference:
        """Compare the policy. Raises `WildrydesError` if the table has a different key."""
        if self._role.found is None:
            return MISSING
        if (found := self._found) is None:
            return Difference("created", (differs(f"role {self._role.name} does not have it"),))
        table = self._table.arn_beside(self._role.found["Arn"])
        if equivalent(found, table_policy(table)):
            return UNCHANGED
        others = [arn for arn in resources(found) if arn != table]
        return Difference(
            "updated",
            (differs(f"it allows something other than dynamodb:PutItem on {table}"),),
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

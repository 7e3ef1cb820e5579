"""The function's role and the two policies that it has."""

import json
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import Any

from wildrydes_cli import aws
from wildrydes_cli.aws import Account
from wildrydes_cli.deploy import ABSENT
from wildrydes_cli.deploy.calls import BUSY_SECONDS, change
from wildrydes_cli.deploy.plan import MISSING, UNCHANGED, Difference, Json, appeared
from wildrydes_cli.deploy.policies import (
    INLINE_POLICY,
    MANAGED_POLICY,
    TRUST_POLICY,
    equivalent,
    managed_policy_arn,
    resources,
    write_policy,
)
from wildrydes_cli.deploy.table import RidesTable
from wildrydes_cli.shapes import fits, is_arn, is_shallow


def _is_policy(document: object) -> bool:
    return isinstance(document, dict) and is_shallow(document)


_NEW_ROLE = {"Arn": is_arn, "CreateDate": lambda time: isinstance(time, datetime) and time.tzinfo is not None}
_ROLE = {**_NEW_ROLE, "AssumeRolePolicyDocument": _is_policy}
_POLICY = {"PolicyArn": is_arn}


class Role:
    """The role called `name`, which Lambda takes on to run a function.

    `announce` is told of each step.
    """

    def __init__(self, account: Account, name: str, description: str, announce: Callable[[str], None]) -> None:
        self.name = name
        self.iam = account.client("iam")
        self._description = description
        self._announce = announce

    @cached_property
    def found(self) -> Json | None:
        """The role as IAM describes it, or None."""
        return self._find()

    def look(self) -> Difference:
        """Find the role, and compare its trust policy."""
        self.found = self._find()
        if self.found is None:
            return MISSING
        if equivalent(self.found["AssumeRolePolicyDocument"], TRUST_POLICY):
            return UNCHANGED
        return Difference(
            "updated",
            "its trust policy is not for Lambda alone",
            overwrites=f"the trust policy of role {self.name}, which is not for Lambda alone",
        )

    def apply(self, difference: Difference) -> None:
        """Create the role, or replace its trust policy."""
        trust = json.dumps(TRUST_POLICY)
        if difference.change == "updated":
            action = f"update the trust policy of role {self.name}"
            self.change(self.iam.update_assume_role_policy, action, PolicyDocument=trust)
            return
        created = self.change(
            self.iam.create_role,
            f"create role {self.name}",
            expected=("EntityAlreadyExists",),  # another deployment was faster
            AssumeRolePolicyDocument=trust,
            Description=self._description,
        )
        wait, every = self.iam.get_waiter("role_exists").wait, {"Delay": 1, "MaxAttempts": 60}
        aws.call(wait, f"wait for role {self.name}", RoleName=self.name, WaiterConfig=every)
        if fits(created.get("Role"), _NEW_ROLE):
            self.found = created["Role"]
        elif overwrites := self.look().overwrites:  # somebody else was faster
            raise appeared(overwrites)

    def remove(self) -> bool:
        """Remove the role and its policies. Policies go first (IAM: "Delete roles or instance profiles")."""
        self._announce(f"delete role {self.name}")
        if not self._strip_policies():
            return False
        operation = self.iam.delete_role
        answer = aws.call(operation, f"delete role {self.name}", expected=ABSENT, RoleName=self.name)
        return "Error" not in answer

    def change(
        self, operation: Callable[..., Any], action: str, *, expected: tuple[str, ...] = (), **parameters: Any
    ) -> Json:
        """Announce a change of the role, and make it. Tries again while another deployment is changing the role."""
        self._announce(action)
        return change(
            operation,
            action,
            busy=("ConcurrentModification",),
            seconds=BUSY_SECONDS,
            expected=expected,
            RoleName=self.name,
            **parameters,
        )

    def _find(self) -> Json | None:
        answer = aws.call(
            self.iam.get_role,
            f"look at role {self.name}",
            answer={"Role": _ROLE},
            expected=ABSENT,
            RoleName=self.name,
        )
        found: Json | None = answer.get("Role")
        return found

    def _strip_policies(self) -> bool:
        """Remove all policies from the role. Returns False if there is no such role."""
        for listing, key, remove_one in (
            ("list_attached_role_policies", "AttachedPolicies", self.iam.detach_role_policy),
            ("list_role_policies", "PolicyNames", self.iam.delete_role_policy),
        ):
            pages = self.iam.get_paginator(listing).paginate(RoleName=self.name)
            action = f"list the policies of role {self.name}"
            found = aws.call(pages.build_full_result, action, answer={key: [(str, _POLICY)]}, expected=ABSENT)
            if "Error" in found:
                return False
            for policy in found[key]:
                named = {"PolicyName": policy} if isinstance(policy, str) else {"PolicyArn": policy["PolicyArn"]}
                action = f"remove policy {next(iter(named.values()))} from role {self.name}"
                aws.call(remove_one, action, expected=ABSENT, RoleName=self.name, **named)
        return True


class ManagedPolicy:
    """AWS's own policy for writing logs, attached to `role`."""

    def __init__(self, role: Role) -> None:
        self._role = role

    @property
    def _arn(self) -> str:
        return managed_policy_arn((self._role.found or {})["Arn"])

    def look(self) -> Difference:
        """See whether the policy is attached."""
        if self._role.found is None:
            return MISSING
        pages = self._role.iam.get_paginator("list_attached_role_policies").paginate(RoleName=self._role.name)
        action = f"list the policies of role {self._role.name}"
        found = aws.call(pages.build_full_result, action, answer={"AttachedPolicies": [_POLICY]})
        if self._arn in [policy["PolicyArn"] for policy in found["AttachedPolicies"]]:
            return UNCHANGED
        return Difference("created", f"it is not attached to role {self._role.name}")

    def apply(self, _: Difference) -> None:
        """Attach the policy."""
        action = f"attach policy {MANAGED_POLICY} to role {self._role.name}"
        self._role.change(self._role.iam.attach_role_policy, action, PolicyArn=self._arn)


class InlinePolicy:
    """The policy in `role` that allows it to put items into `table`, and nothing else."""

    def __init__(self, role: Role, table: RidesTable) -> None:
        self._role = role
        self._table = table

    def look(self) -> Difference:
        """Find the policy, and compare it."""
        if self._role.found is None:
            return MISSING
        answer = aws.call(
            self._role.iam.get_role_policy,
            f"look at policy {INLINE_POLICY} of role {self._role.name}",
            answer={"PolicyDocument": _is_policy},
            expected=ABSENT,
            RoleName=self._role.name,
            PolicyName=INLINE_POLICY,
        )
        if (found := answer.get("PolicyDocument")) is None:
            return Difference("created", f"role {self._role.name} does not have it")
        if equivalent(found, write_policy(self._table.arn)):
            return UNCHANGED
        others = [arn for arn in resources(found) if arn != self._table.arn]
        return Difference(
            "updated",
            f"it allows something other than dynamodb:PutItem on {self._table.arn}",
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
            PolicyDocument=json.dumps(write_policy(self._table.arn)),
        )

"""The role that the function runs with. Its policies are in `role_policies`."""

import json
from collections.abc import Callable
from typing import Any

from wildrydes_cli import aws
from wildrydes_cli.aws import Account
from wildrydes_cli.aws_errors import refusal
from wildrydes_cli.deploy.calls import ABSENT, BUSY_SECONDS, change
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.deploy.plan import MISSING, UNCHANGED, Difference, Json, Reason, appeared, broken, differs
from wildrydes_cli.deploy.policies import EVERYBODY, LAMBDA, TRUST_POLICY, Policy, equivalent, trusted
from wildrydes_cli.errors import ServiceError

IAM_SECONDS = 60
"""How long IAM may need until a change can be seen everywhere (IAM: "Changes that I make are not always visible")."""

BUSY = ("ConcurrentModification",)
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
        self.announce = announce
        self._is_new = False

    @property
    def has_our_description(self) -> bool:
        """Whether the role is described as the one that we create for this function."""
        return bool(self.found and self.found.get("Description") == self._description)

    def find(self) -> None:
        """Ask IAM for the role."""
        action = f"look at role {self.name}"
        answer = aws.call(self.iam.get_role, action, answer={"Role": _ROLE}, absent=ABSENT, RoleName=self.name)
        self.found = answer and answer["Role"]

    def look(self) -> Difference:
        """Compare the role's trust policy."""
        if self.found is None:
            return MISSING
        trust = self.found["AssumeRolePolicyDocument"]
        if equivalent(trust, TRUST_POLICY):
            return UNCHANGED
        who = ", ".join(trusted(trust)) or "nobody"
        overwritten = f"the trust policy of role {self.name}, which trusts {who}"
        return Difference("updated", (_compared(trust),), overwrites=overwritten)

    def apply(self, difference: Difference) -> None:
        """Create the role, or replace its trust policy."""
        trust = json.dumps(TRUST_POLICY)
        if difference.change == "updated":
            action = f"update the trust policy of role {self.name}"
            self.change(self.iam.update_assume_role_policy, action, PolicyDocument=trust)
            return
        action = f"create role {self.name}"
        self.announce(action)
        self._is_new = True
        answer: Json = {}
        for _ in aws.polls(IAM_SECONDS, longest=5):
            answer = change(
                self.iam.create_role,
                action,
                expected=("EntityAlreadyExists",),  # another deployment was faster, or IAM still shows a deleted role
                busy=BUSY,
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

    def change(self, operation: Callable[..., Any], action: str, **parameters: Any) -> None:
        """Announce a change of the role, and make it. Waits while IAM is making another, or does not know the role yet.

        Raises `ServiceError` if the role was deleted.
        """
        self.announce(action)
        unknown = ("NoSuchEntity",)
        busy, seconds = (BUSY + unknown, IAM_SECONDS) if self._is_new else (BUSY, BUSY_SECONDS)
        absent = () if self._is_new else unknown
        answer = change(operation, action, absent=absent, busy=busy, seconds=seconds, RoleName=self.name, **parameters)
        if answer is None:
            raise ServiceError(f"cannot {action}: the role was deleted in the meantime", hint="deploy again")


def _compared(trust: Policy) -> Reason:
    """Say how a trust policy differs from ours."""
    names = trusted(trust)
    who = ", ".join(names) or "nobody"
    if EVERYBODY in names:
        return broken(f"everybody may assume it: it trusts {who} instead of {LAMBDA}")
    if LAMBDA not in names:
        return broken(f"it trusts {who} instead of {LAMBDA}")
    return differs(f"it trusts {who} instead of {LAMBDA} alone" if names != [LAMBDA] else "its trust has a condition")

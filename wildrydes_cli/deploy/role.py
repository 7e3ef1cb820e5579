"""The role that the function runs with. Its policies are in `role_policies`."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from wildrydes_cli import aws
from wildrydes_cli.aws import Account
from wildrydes_cli.aws_errors import refusal
from wildrydes_cli.deploy.calls import ABSENT, patiently
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.deploy.plan import MISSING, UNCHANGED, Difference, Json, Reason, appeared, broken, differs
from wildrydes_cli.deploy.policies import EVERYBODY, LAMBDA, TRUST_POLICY, Policy, equivalent, trusted
from wildrydes_cli.errors import NotConfiguredError, RefusedError, ServiceError, WildrydesError

IAM_SECONDS = 60
"""How long IAM may need until a change can be seen everywhere (IAM: "Changes that I make are not always visible")."""

BUSY = ("ConcurrentModification",)
"""The code with which IAM says that another deployment is changing the role."""

_ROLE = {"Arn": str, "AssumeRolePolicyDocument": dict}


class Role:
    """The role called `names.role`, which Lambda takes on to run a function. `announce` is told of each change."""

    needs = ()
    is_ours = True

    def __init__(self, account: Account, names: Names, announce: Callable[[str], None]) -> None:
        self.name = names.role
        self.iam = account.client("iam")
        self.found: Json | None = None
        """The role as IAM describes it, or None."""
        self._description = f"Runs {names.function} of Wild Rydes"
        self.announce = announce
        self._is_new = False

    @property
    def arn(self) -> str | None:
        """The role's ARN, or None if there is no such role."""
        return str(self.found["Arn"]) if self.found else None

    @property
    def has_our_description(self) -> bool:
        """Whether the role is described as the one that we create for this function."""
        return bool(self.found and self.found.get("Description") == self._description)

    def find(self) -> None:
        """Ask IAM for the role."""
        action = f"look at role {self.name}"
        with _naming_the_way_out():
            answer = patiently(self.iam.get_role, action, answer={"Role": _ROLE}, absent=ABSENT, RoleName=self.name)
        self.found = answer and answer["Role"]

    def listed(self, key: Literal["AttachedPolicies", "PolicyNames"]) -> list[Any]:
        """Ask IAM for all policies of the role: those that are attached, or the names of those that are in it."""
        listing = {"AttachedPolicies": "list_attached_role_policies", "PolicyNames": "list_role_policies"}[key]
        pages = self.iam.get_paginator(listing).paginate(RoleName=self.name)
        action = f"list the policies of role {self.name}"
        answer = patiently(pages.build_full_result, action, answer={key: list}, absent=ABSENT)
        return list(answer[key]) if answer else []

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
        with _naming_the_way_out():
            self._create(trust)

    def _create(self, trust: str) -> None:
        action = f"create role {self.name}"
        self.announce(action)
        self._is_new = True
        answer: Json = {}
        for _ in aws.polls(IAM_SECONDS, longest=5):
            answer = patiently(
                self.iam.create_role,
                action,
                expected=("EntityAlreadyExists",),  # another deployment was faster, or IAM still shows a deleted role
                busy=BUSY,
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
        busy, absent = (BUSY + unknown, ()) if self._is_new else (BUSY, unknown)
        answer = patiently(operation, action, absent=absent, busy=busy, RoleName=self.name, **parameters)
        if answer is None:
            raise ServiceError(f"cannot {action}: the role was deleted in the meantime", hint="deploy again")


class UsedRole:
    """A role that somebody else made. The function runs with it, and it is left alone.

    Classes have accounts in which only such a role may be used (AWS Academy: "Learner Lab", LabRole).
    """

    needs = ()
    is_ours = False

    def __init__(self, account: Account, name: str) -> None:
        self.name = name
        self.arn: str | None = None
        """The role's ARN, or None if there is no such role."""
        self._iam, self._sts = account.client("iam"), account.client("sts")
        self._trust: Policy | None = None

    def find(self) -> None:
        """Ask IAM for the role. If we may not see it, its ARN is that of a role of this name in our account."""
        action = f"look at role {self.name}"
        try:
            answer = patiently(self._iam.get_role, action, answer={"Role": _ROLE}, absent=ABSENT, RoleName=self.name)
        except RefusedError:
            ours = patiently(self._sts.get_caller_identity, "ask who we are", answer={"Account": str})
            self.arn = f"arn:{self._sts.meta.partition}:iam::{ours['Account']}:role/{self.name}"
        else:
            if answer:
                self.arn, self._trust = answer["Role"]["Arn"], answer["Role"]["AssumeRolePolicyDocument"]

    def look(self) -> Difference:
        """Say whether Lambda can run the function with it. What it may do is not looked at."""
        if self.arn is None:
            missing = NotConfiguredError(
                f"role {self.name} does not exist", hint="--use-role takes a role that exists: aws iam list-roles"
            )
            return Difference("created", (broken("it does not exist"),), impossible=missing)
        if self._trust and LAMBDA not in trusted(self._trust):
            reason = _compared(self._trust)
            unusable = WildrydesError(
                f"Lambda can't run a function with role {self.name}: {reason.text}",
                hint="use a role that Lambda may assume",
            )
            return Difference("updated", (reason,), impossible=unusable)
        return Difference("unchanged", (differs("it is used, and left alone"),))

    def apply(self, _: Difference) -> None:
        """Do nothing: the role is left alone."""


@contextmanager
def _naming_the_way_out() -> Iterator[None]:
    """Give what is refused a hint that helps in an account of a class."""
    try:
        yield
    except RefusedError as error:
        hint = (
            "if your account only lets you use a role that exists, such as LabRole in AWS Academy: --use-role LabRole"
        )
        raise RefusedError(error.message, hint=hint) from error


def _compared(trust: Policy) -> Reason:
    """Say how a trust policy differs from ours."""
    names = trusted(trust)
    who = ", ".join(names) or "nobody"
    if EVERYBODY in names:
        return broken(f"everybody may assume it: it trusts {who} instead of {LAMBDA}")
    if LAMBDA not in names:
        return broken(f"it trusts {who} instead of {LAMBDA}")
    return differs(f"it trusts {who} instead of {LAMBDA} alone" if names != [LAMBDA] else "its trust has a condition")

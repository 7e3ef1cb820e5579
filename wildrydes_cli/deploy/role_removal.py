"""The function's role, as what is removed with the function."""

from collections.abc import Iterator
from typing import Any

from wildrydes_cli.deploy.calls import ABSENT, patiently
from wildrydes_cli.deploy.function import Function
from wildrydes_cli.deploy.plan import Json, existing
from wildrydes_cli.deploy.policies import INLINE_POLICY, TRUST_POLICY, described, equivalent, table_policy, trusted
from wildrydes_cli.deploy.role import BUSY, Role
from wildrydes_cli.deploy.role_policies import inline_policy
from wildrydes_cli.deploy.table import RidesTable


class RoleRemoval:
    """Removes `role` with all its policies, if it is ours and only `function` runs with it.

    A role is the same in all regions, and somebody may have made it by hand. So it counts as ours only if its trust
    policy and its policy for the table are exactly those that we make, the latter for `table` in this region. Other
    policies that somebody gave it go with it. If another function in this region runs with it, it stays.
    """

    def __init__(self, role: Role, function: Function, table: RidesTable) -> None:
        self.kept = ""
        """Why the role stays, if it does."""
        self._role = role
        self._function = function
        self._table = table
        self._attached: list[str] = []
        self._inline: list[str] = []
        self.needs = (role, function)

    @property
    def name(self) -> str:
        """The role's name."""
        return self._role.name

    @property
    def exists(self) -> bool:
        """Whether there is such a role."""
        return self._role.found is not None

    def find(self) -> None:
        """Ask for the role's policies, and for other functions that run with it."""
        if self._role.found:
            self._attached = [each["PolicyArn"] for each in self._role.listed("AttachedPolicies")]
            self._inline = self._role.listed("PolicyNames")
            self.kept = next(self._objections(), "")

    def remove(self) -> bool:
        """Remove the role and its policies. Policies go first (IAM: "Delete roles or instance profiles").

        Ours goes last: an interrupted deletion leaves what the next one recognizes.
        """
        if not self._role.found:
            return False
        iam = self._role.iam
        for arn in self._attached:
            self._change(iam.detach_role_policy, f"remove policy {arn} from role {self._role.name}", PolicyArn=arn)
        for name in sorted(self._inline, key=INLINE_POLICY.__eq__):
            self._change(iam.delete_role_policy, f"remove policy {name} from role {self._role.name}", PolicyName=name)
        action = f"delete role {self._role.name}"
        self._role.announce(action)
        busy = (*BUSY, "DeleteConflict")  # IAM may not know yet that the policies are gone
        return self._change(iam.delete_role, action, busy=busy)

    def _objections(self) -> Iterator[str]:
        """Yield why the role is not ours, or not the function's alone."""
        role = existing(self._role.found)
        if self._function.found and self._function.found["Role"] != role["Arn"]:
            yield f"function {self._function.name} runs with {self._function.found['Role']}"
        trust = role["AssumeRolePolicyDocument"]
        if not equivalent(trust, TRUST_POLICY):
            yield f"it is not as function deploy makes it: it trusts {', '.join(trusted(trust)) or 'nobody'}"
        found, wanted = inline_policy(self._role, INLINE_POLICY), table_policy(self._table.arn_in(role["Arn"]))
        if found and not equivalent(found, wanted):
            yield f"its policy {INLINE_POLICY} allows {described(found)}, and not {described(wanted)}"
        # Without its policy, a role of ours is what an interrupted deployment or deletion left.
        if not found and (self._inline or not self._role.has_our_description):
            yield f"it has no policy {INLINE_POLICY}"
        if others := self._function.others_with(self._role.name):
            yield f"{', '.join(others)} {'runs' if len(others) == 1 else 'run'} with it"

    def _change(self, operation: Any, action: str, busy: tuple[str, ...] = BUSY, **named: Any) -> bool:
        answer: Json | None = patiently(
            operation,
            action,
            absent=ABSENT,
            busy=busy,
            waiting=lambda: self._role.announce(f"wait until IAM lets us {action}"),
            RoleName=self._role.name,
            **named,
        )
        return answer is not None


class KeptRole:
    """A role that the function runs with, and that is left alone: a `role.UsedRole`."""

    needs = ()
    exists = True
    kept = "a role that --use-role names is left alone"

    def __init__(self, name: str) -> None:
        self.name = name

    def find(self) -> None:
        """Do nothing: nobody needs to look at it."""

    def remove(self) -> bool:
        """Do nothing: the role is left alone."""
        return False

"""The Cognito user pool, whose users may request rides."""

from collections.abc import Callable, Iterator
from typing import Any

from wildrydes_cli import aws
from wildrydes_cli.aws import Account
from wildrydes_cli.deploy.calls import ABSENT, create_once, keep_one, patiently, restated, the_one
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.deploy.plan import MISSING, Difference, Json, Reason, broken, differs, existing
from wildrydes_cli.errors import WildrydesError

TAGS = {"wildrydes": "api"}
"""The tag of what `wildrydes api deploy` created. It is part of the creation, so nothing of ours is ever untagged."""

PASSWORDS = {
    "MinimumLength": 8,
    "RequireUppercase": True,
    "RequireLowercase": True,
    "RequireNumbers": True,
    "RequireSymbols": True,
    "TemporaryPasswordValidityDays": 7,
}
"""The tutorial's rules for passwords, which are Cognito's default ones."""

_EMAIL = {"Name": "email", "AttributeDataType": "String", "Required": True, "Mutable": True}
BUSY = ("ConcurrentModificationException",)
"""What Cognito answers while somebody else changes the pool (hashicorp/terraform-provider-aws#19794)."""

_POOL = {"UserPool": {"Id": str, "Arn": str}}


class UserPool:
    """The user pool that is called `names.user_pool`. `announce` is told of each change.

    Args:
        account: How to reach AWS.
        names: The names of what is deployed.
        announce: Told of each change before it is made.
        sign_up: Whether anybody may register. Otherwise only an administrator creates users.
    """

    needs = ()

    def __init__(self, account: Account, names: Names, announce: Callable[[str], None], *, sign_up: bool) -> None:
        self.name = names.user_pool
        self.cognito = account.client("cognito-idp")
        self.announce = announce
        self.once = account.client("cognito-idp", **aws.ONE_TRY)
        self.found: Json | None = None
        """The pool as Cognito describes it, or None."""
        self._sign_up = sign_up

    @property
    def label(self) -> str:
        """The pool and where it is, for people."""
        return f"user pool {self.name} in {aws.location(self.cognito)}"

    @property
    def id(self) -> str:
        """The pool's id. The pool must exist."""
        return str(existing(self.found)["Id"])

    @property
    def is_ours(self) -> bool:
        """Whether `wildrydes api deploy` created the pool."""
        return _is_ours(existing(self.found))

    def find(self) -> None:
        """Ask Cognito for the pool. Raises `WildrydesError` if several pools have the name."""
        one = the_one(f"user pools {self.name}", self._named(), "Id")
        self.found = one and self._described(one)

    def look(self) -> Difference:
        """Compare the settings by which riders are refused, or can't register."""
        if not (pool := self.found):
            return MISSING
        faults = [*self._faults(pool)]
        reasons = (*(reason for reason, _ in faults), *self._lasting())
        if not faults:
            return Difference("unchanged", reasons)
        somebodys = ""
        if not self.is_ours:
            somebodys = f"the settings of {self.label}, which was made by hand"
        elif self._sign_up and _is_closed(pool):
            somebodys = f"the settings of {self.label}, where only an administrator creates users"
        elif any("MfaConfiguration" in change for _, change in faults):
            somebodys = f"the settings of {self.label}, which wants a second factor"
        return Difference("updated", reasons, somebodys)

    def apply(self, _: Difference) -> None:
        """Create the pool, or change what differs. Everything else stays as Cognito describes it.

        The name that a user signs in with is the name on their rides, so a new pool has no aliases. Cognito's own pages
        ask only for what is required, so it requires an e-mail address: without one, nobody who registers is confirmed.
        """
        if self.found:
            self._update(self.found)
            return
        action = f"create {self.label}"
        self.announce(action)
        created = create_once(
            self.once.create_user_pool,
            action,
            answer=_POOL,
            PoolName=self.name,
            UserPoolTags=TAGS,
            Schema=[_EMAIL],
            AutoVerifiedAttributes=["email"],
            UsernameConfiguration={"CaseSensitive": False},
            AdminCreateUserConfig={"AllowAdminCreateUserOnly": not self._sign_up},
            Policies={"PasswordPolicy": PASSWORDS},
            AccountRecoverySetting={"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]},
        )["UserPool"]
        self.found = keep_one(created, self._ours, "Id", "CreationDate", self._delete)

    @property
    def required(self) -> set[str]:
        """The attributes that every user of the pool must have, besides those that Cognito sets itself."""
        attributes = existing(self.found).get("SchemaAttributes") or []
        return {each["Name"] for each in attributes if each.get("Required")} - {"sub"}

    @property
    def named_by(self) -> list[str]:
        """What the users of the pool are named by, if not by a name of their own: `email`, `phone_number`, or both."""
        return existing(self.found).get("UsernameAttributes") or []

    def require_removable(self, page_delete: tuple[str, ...]) -> None:
        """Raise `WildrydesError` if the pool exists and Cognito would refuse to delete it.

        `page_delete` is the command that removes its domain unless another page uses it, or () if none does.
        """
        pool = self.found or {}
        protection = ["deletion protection"] if pool.get("DeletionProtection") == "ACTIVE" else []
        domains = [f"domain {pool[key]}" for key in ("Domain", "CustomDomain") if pool.get(key)]
        if not (obstacles := " and ".join(protection + domains)):
            return
        failed = f"cannot delete {self.label}: it has {obstacles}. Nothing was deleted"
        keep, by_hand = "leave out --users to keep the pool", f"the Cognito console can remove {obstacles}"
        if protection or not page_delete:
            raise WildrydesError(failed, hint=f"{by_hand}; or {keep}")
        hint = f"{keep}; {by_hand}, and so can this, unless another page uses it:"
        raise WildrydesError(failed, hint=hint, command=page_delete)

    def remove(self) -> bool:
        """Delete the pool with its clients and users."""
        return self._delete(self.found) if self.found else False

    def _lasting(self) -> Iterator[Reason]:
        """Yield what keeps the tutorial's page from registering riders, and can't be changed in a pool that exists."""
        if wanted := " and ".join(self.required - {"email"}):
            yield differs(f"who registers must also give {wanted}, which the tutorial's page does not")
        if named_by := " or ".join(self.named_by):
            why = "the tutorial's page, which gives them other names, can't register them"
            yield differs(f"its users are named by their {named_by}: {why}")

    def _faults(self, pool: Json) -> Iterator[tuple[Reason, Json]]:
        """Yield each setting that is not as it should be, and the change that repairs it."""
        if pool.get("MfaConfiguration") == "ON":
            why = "it wants a second factor (MFA is ON, not OFF), which the tutorial's page does not ask for"
            yield broken(why), {"MfaConfiguration": "OFF"}
        admin = pool.get("AdminCreateUserConfig") or {}
        closed = _is_closed(pool)
        if closed == self._sign_up:
            who = "only an administrator creates users", "anybody may register"
            found, wanted = who if closed else who[::-1]
            yield (
                differs(f"{found}; expected is that {wanted}"),
                {"AdminCreateUserConfig": {**admin, "AllowAdminCreateUserOnly": not self._sign_up}},
            )
        confirms = pool.get("AutoVerifiedAttributes") or (pool.get("LambdaConfig") or {}).get("PreSignUp")
        if self._sign_up and not confirms:
            why = "it verifies no address, not email: nobody who registers is ever confirmed"
            yield broken(why), {"AutoVerifiedAttributes": ["email"]}

    def _update(self, pool: Json) -> None:
        action = f"change {self.label}"
        self.announce(action)
        changes = {name: value for _, change in self._faults(pool) for name, value in change.items()}
        settings = restated(self.cognito, "UpdateUserPool", pool | {"PoolName": pool.get("Name")})
        if (settings.get("Policies") or {}).get("PasswordPolicy", {}).get("TemporaryPasswordValidityDays"):
            # Cognito describes both, and refuses both (aws/aws-sdk-js#3817).
            for each in (settings, changes):
                each.get("AdminCreateUserConfig", {}).pop("UnusedAccountValidityDays", None)
        template = settings.get("VerificationMessageTemplate") or {}
        if {"EmailMessage", "EmailMessageByLink"} <= template.keys():  # it may describe both, and refuses both
            unused = "" if template.get("DefaultEmailOption") == "CONFIRM_WITH_LINK" else "ByLink"
            for name in ("EmailMessage", "EmailSubject"):
                template.pop(f"{name}{unused}", None)
        patiently(self.cognito.update_user_pool, action, busy=BUSY, UserPoolId=pool["Id"], **settings | changes)
        self.found = pool | changes

    def _named(self) -> list[Json]:
        """Ask Cognito for all pools, and return those that have the name."""
        pages = self.cognito.get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 60})
        listed = patiently(pages.build_full_result, f"look for {self.label}", answer={"UserPools": [{"Id": str}]})
        return [pool for pool in listed["UserPools"] if pool.get("Name") == self.name]

    def _ours(self) -> list[Json]:
        """Return the pools of the name that `wildrydes api deploy` created."""
        return [pool for pool in map(self._described, self._named()) if pool and _is_ours(pool)]

    def _described(self, listed: Json) -> Json | None:
        describe, action = self.cognito.describe_user_pool, f"look for {self.label}"
        answer = patiently(describe, action, answer=_POOL, absent=ABSENT, UserPoolId=listed["Id"])
        return answer and answer["UserPool"]

    def _delete(self, pool: Json) -> bool:
        action = f"delete {self.label}"
        self.announce(action)
        answer = patiently(
            self.cognito.delete_user_pool,
            action,
            absent=ABSENT,
            busy=("InvalidParameterException",) if pool.get("Domain") else (),  # it may still be deleting the domain
            waiting=lambda: self.announce(f"wait up to a minute until Cognito lets us {action}"),
            UserPoolId=pool["Id"],
        )
        return answer is not None


def _is_closed(pool: Json) -> bool:
    return bool((pool.get("AdminCreateUserConfig") or {}).get("AllowAdminCreateUserOnly"))


def _is_ours(pool: Json) -> bool:
    tags: Any = pool.get("UserPoolTags") or {}
    return bool(tags.get("wildrydes") == TAGS["wildrydes"])

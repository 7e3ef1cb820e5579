"""The Cognito user pool whose users may request rides, and the app client that a web page signs them in with."""

from collections.abc import Callable
from typing import Any

from wildrydes_cli import aws
from wildrydes_cli.aws import Account
from wildrydes_cli.deploy.calls import ABSENT, change, create_once, the_one
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.deploy.plan import MISSING, UNCHANGED, Difference, Found, Json, existing
from wildrydes_cli.errors import WildrydesError

APP_CLIENT = "WildRydesWebApp"
ADMIN_FLOW = "ALLOW_ADMIN_USER_PASSWORD_AUTH"

TAGS = {"wildrydes": "api"}
"""The tag of what `wildrydes api deploy` created. It is part of the creation, so nothing of ours is ever untagged."""

# Cognito takes what is left unsaid for True.
_PASSWORDS = {
    "MinimumLength": 12,
    "RequireUppercase": False,
    "RequireLowercase": False,
    "RequireNumbers": False,
    "RequireSymbols": False,
    "TemporaryPasswordValidityDays": 1,
}
_POOL = {"Id": str, "Arn": str}
_CLIENT = {"ClientId": str}


class UserPool:
    """The user pool that is called `names.user_pool`. `announce` is told of each change.

    A pool that exists is used as it is: Cognito resets every setting that an update does not name (Cognito: "Updating
    user pool and app client configuration").
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

    def find(self) -> None:
        """Ask Cognito for the pool. Raises `WildrydesError` if several pools have the name."""
        action = f"look for {self.label}"
        pages = self.cognito.get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 60})
        listed = aws.call(pages.build_full_result, action, answer={"UserPools": [{"Id": str, "Name": str}]})
        named = [pool for pool in listed["UserPools"] if pool["Name"] == self.name]
        one = the_one(f"user pools {self.name}", named, "Id")
        self.found = one and self._described(action, one["Id"])

    def _described(self, action: str, pool: str) -> Json | None:
        describe = self.cognito.describe_user_pool
        answer = aws.call(describe, action, answer={"UserPool": _POOL}, absent=ABSENT, UserPoolId=pool)
        return answer and answer["UserPool"]

    @property
    def id(self) -> str:
        """The pool's id. The pool must exist."""
        return str(existing(self.found)["Id"])

    def look(self) -> Difference:
        """Say whether the pool exists."""
        return UNCHANGED if self.found else MISSING

    def apply(self, _: Difference) -> None:
        """Create the pool. The name that a user signs in with is the name on their rides, so it has no aliases."""
        action = f"create {self.label}"
        self.announce(action)
        created = create_once(
            self.once.create_user_pool,
            action,
            answer={"UserPool": _POOL},
            PoolName=self.name,
            UserPoolTags=TAGS,
            AutoVerifiedAttributes=["email"],
            UsernameConfiguration={"CaseSensitive": False},
            AdminCreateUserConfig={"AllowAdminCreateUserOnly": not self._sign_up},
            Policies={"PasswordPolicy": _PASSWORDS},
            AccountRecoverySetting={"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]},
        )
        self.found = created["UserPool"]

    @property
    def requires_email(self) -> bool:
        """Whether every user of the pool must have an e-mail address."""
        attributes = existing(self.found).get("SchemaAttributes") or []
        return any(each.get("Name") == "email" and each.get("Required") for each in attributes)

    @property
    def named_by(self) -> list[str]:
        """What the users of the pool are named by, if not by a name of their own: `email`, `phone_number`, or both."""
        return existing(self.found).get("UsernameAttributes") or []

    def require_removable(self) -> None:
        """Raise `WildrydesError` if the pool exists and Cognito would refuse to delete it."""
        pool = self.found or {}
        obstacles = [
            name
            for name, stands in (
                ("deletion protection", pool.get("DeletionProtection") == "ACTIVE"),
                ("a domain", pool.get("Domain") or pool.get("CustomDomain")),
            )
            if stands
        ]
        if obstacles:
            has = " and ".join(obstacles)
            raise WildrydesError(
                f"cannot delete {self.label}: it has {has}. Nothing was deleted",
                hint=f"remove {has} in the Cognito console, or leave out --users to keep the pool",
            )

    def remove(self) -> bool:
        """Delete the pool with its clients and users."""
        if not self.found:
            return False
        action = f"delete {self.label}"
        self.announce(action)
        return aws.call(self.cognito.delete_user_pool, action, absent=ABSENT, UserPoolId=self.id) is not None


class AppClient:
    """The app client called `name` of `pool`. It has no secret, because a web page can't keep one."""

    def __init__(self, pool: UserPool, name: str = APP_CLIENT) -> None:
        self.name = name
        self.found: Json | None = None
        """The client as Cognito describes it, or None."""
        self._pool = pool
        self.needs: tuple[Found, ...] = (pool,)

    def find(self) -> None:
        """Ask Cognito for the client. Raises `WildrydesError` if several clients have the name."""
        if not (pool := self._pool.found):
            return
        action = f"look for app client {self.name} of {self._pool.label}"
        named = {"UserPoolId": pool["Id"], "PaginationConfig": {"PageSize": 60}}
        pages = self._pool.cognito.get_paginator("list_user_pool_clients").paginate(**named)
        shape = {"UserPoolClients": [{"ClientId": str, "ClientName": str}]}
        listed = aws.call(pages.build_full_result, action, answer=shape)["UserPoolClients"]
        mine = [client for client in listed if client["ClientName"] == self.name]
        if one := the_one(f"app clients {self.name}", mine, "ClientId"):
            answer = aws.call(
                self._pool.cognito.describe_user_pool_client,
                action,
                answer={"UserPoolClient": _CLIENT},
                absent=ABSENT,
                UserPoolId=pool["Id"],
                ClientId=one["ClientId"],
            )
            self.found = answer and answer["UserPoolClient"]

    @property
    def id(self) -> str:
        """The client's id. The client must exist."""
        return str(existing(self.found)["ClientId"])

    def look(self) -> Difference:
        """Say whether the client exists. Raises `WildrydesError` if it has a secret."""
        if not self.found:
            return MISSING
        if self.found.get("ClientSecret"):
            raise WildrydesError(
                f"app client {self.name} of {self._pool.label} has a secret, which a web page cannot keep",
                hint="delete that client in the Cognito console, then deploy again",
            )
        return UNCHANGED

    def apply(self, _: Difference) -> None:
        """Create the client. Pages sign in with SRP. The admin flow is for `wildrydes api invoke`, and needs IAM."""
        self.found = self._create(
            create_once,
            ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", ADMIN_FLOW],
            IdTokenValidity=60,
            AccessTokenValidity=60,
            RefreshTokenValidity=1,
            TokenValidityUnits={"IdToken": "minutes", "AccessToken": "minutes", "RefreshToken": "days"},
        )

    def create_temporary(self) -> None:
        """Create the client with nothing but the admin flow, and tokens that last five minutes.

        Raises `NoAnswerError` if it may have been created all the same.
        """
        self.found = self._create(
            change,
            ExplicitAuthFlows=[ADMIN_FLOW, "ALLOW_REFRESH_TOKEN_AUTH"],  # Cognito wants the second with any other
            IdTokenValidity=5,
            AccessTokenValidity=5,
            RefreshTokenValidity=60,
            TokenValidityUnits=dict.fromkeys(("IdToken", "AccessToken", "RefreshToken"), "minutes"),
        )

    def remove(self) -> bool:
        """Delete the client."""
        if not self.found:
            return False
        delete, action = self._pool.cognito.delete_user_pool_client, f"delete app client {self.name}"
        return aws.call(delete, action, absent=ABSENT, UserPoolId=self._pool.id, ClientId=self.id) is not None

    def _create(self, create: Callable[..., Json], **settings: Any) -> Json:
        action = f"create app client {self.name} of {self._pool.label}"
        self._pool.announce(action)
        created = create(
            self._pool.once.create_user_pool_client,
            action,
            answer={"UserPoolClient": _CLIENT},
            UserPoolId=self._pool.id,
            ClientName=self.name,
            GenerateSecret=False,
            PreventUserExistenceErrors="ENABLED",
            EnableTokenRevocation=True,
            **settings,
        )
        client: Json = created["UserPoolClient"]
        return client

"""App clients of the user pool: what signs riders in."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from wildrydes_cli.deploy.calls import ABSENT, create_once, keep_one, patiently, restated, the_one
from wildrydes_cli.deploy.plan import MISSING, UNCHANGED, Difference, Found, Json, Reason, broken, existing
from wildrydes_cli.deploy.users import BUSY, UserPool
from wildrydes_cli.errors import WildrydesError

WEB_CLIENT = "WildRydesWebApp"

REFRESH = "ALLOW_REFRESH_TOKEN_AUTH"
"""Cognito refuses a list of flows without it: "REFRESH_TOKEN_AUTH should always be allowed" (aws/aws-cdk#7625)."""
_SRP = "ALLOW_USER_SRP_AUTH"
"""How the tutorial's page signs in: the password does not leave the page."""
_ADMIN = "ALLOW_ADMIN_USER_PASSWORD_AUTH"
"""How `wildrydes api invoke` signs in. It needs IAM, so it is of no use to strangers."""
_CLIENT = {"UserPoolClient": {"ClientId": str}}
_ALL_TOKENS = ("IdToken", "AccessToken", "RefreshToken")


class AppClient:
    """The app client called `name` of `pool`. It has no secret, because a web page can't keep one."""

    def __init__(self, pool: UserPool, name: str) -> None:
        self.name = name
        self.found: Json | None = None
        """The client as Cognito describes it, or None."""
        self._pool = pool
        self.needs: tuple[Found, ...] = (pool,)

    @property
    def label(self) -> str:
        """The client and its pool, for people."""
        return f"app client {self.name} of {self._pool.label}"

    @property
    def id(self) -> str:
        """The client's id. The client must exist."""
        return str(existing(self.found)["ClientId"])

    def find(self) -> None:
        """Ask Cognito for the client. Raises `WildrydesError` if several clients have the name."""
        if self._pool.found:
            one = the_one(f"app clients {self.name}", self._named(), "ClientId")
            self.found = one and self._described(one)

    def look(self) -> Difference:
        """Compare the settings by which riders are refused."""
        if not (client := self.found):
            return MISSING
        if client.get("ClientSecret") or client.get("ClientSecretArn"):  # Secrets Manager may keep the secret
            why, delete = "has a secret, which a web page cannot keep", "delete that client in the Cognito console"
            impossible = WildrydesError(f"{self.label} {why}", hint=f"{delete}, then deploy again")
            return Difference("updated", (broken(f"it {why}; {delete}"),), impossible=impossible)
        if not (reasons := tuple(reason for reason, _ in self.faults(client))):
            return UNCHANGED
        return Difference("updated", reasons, self.somebodys)

    def apply(self, _: Difference) -> None:
        """Create the client, or change what differs. Everything else stays as Cognito describes it."""
        if self.found:
            self._update(self.found)
            return
        created = self._create(create_once, **self.settings)
        self.found = kept = keep_one(created, self._all, "ClientId", "CreationDate", self._delete)
        if kept is not created and tuple(self.faults(kept)):
            self._update(kept)  # another deployment created it, for a page of its own

    def create_temporary(self) -> None:
        """Create the client with nothing but the admin flow, and tokens that last five minutes.

        Raises `NoAnswerError` if it may have been created all the same.
        """
        self.found = self._create(
            patiently,
            ExplicitAuthFlows=[_ADMIN, REFRESH],
            IdTokenValidity=5,
            AccessTokenValidity=5,
            RefreshTokenValidity=60,
            TokenValidityUnits=dict.fromkeys(_ALL_TOKENS, "minutes"),
        )

    def remove(self) -> bool:
        """Delete the client."""
        return self._delete(self.found) if self.found else False

    @property
    def settings(self) -> Json:
        """The settings with which the client is created."""
        return {}

    @property
    def somebodys(self) -> str:
        """What an update of the client would overwrite that seems to belong to someone else."""
        return "" if self._pool.is_ours else f"the settings of {self.label}, which was made by hand"

    def faults(self, client: Json) -> Iterable[tuple[Reason, Json]]:  # noqa: ARG002  # for clients of a kind
        """Return each setting that is not as it should be, and the change that repairs it."""
        return ()

    def _update(self, client: Json) -> None:
        action = f"change {self.label}"
        self._pool.announce(action)
        changes = {name: value for _, each in self.faults(client) for name, value in each.items()}
        settings = restated(self._pool.cognito, "UpdateUserPoolClient", client) | changes
        patiently(self._pool.cognito.update_user_pool_client, action, busy=BUSY, **settings)
        self.found = client | changes

    def _create(self, create: Callable[..., Json], **settings: Any) -> Json:
        action = f"create {self.label}"
        self._pool.announce(action)
        created: Json = create(
            self._pool.once.create_user_pool_client,
            action,
            answer=_CLIENT,
            UserPoolId=self._pool.id,
            ClientName=self.name,
            GenerateSecret=False,
            PreventUserExistenceErrors="ENABLED",
            EnableTokenRevocation=True,
            **settings,
        )["UserPoolClient"]
        return created

    def _named(self) -> list[Json]:
        """Ask Cognito for all clients of the pool, and return those that have the name."""
        named = {"UserPoolId": self._pool.id, "PaginationConfig": {"PageSize": 60}}
        pages = self._pool.cognito.get_paginator("list_user_pool_clients").paginate(**named)
        shape = {"UserPoolClients": [{"ClientId": str}]}
        listed = patiently(pages.build_full_result, f"look for {self.label}", answer=shape)["UserPoolClients"]
        return [client for client in listed if client.get("ClientName") == self.name]

    def _all(self) -> list[Json]:
        """Return all clients of the pool that have the name."""
        return [client for client in map(self._described, self._named()) if client]

    def _described(self, listed: Json) -> Json | None:
        answer = patiently(
            self._pool.cognito.describe_user_pool_client,
            f"look for {self.label}",
            answer=_CLIENT,
            absent=ABSENT,
            UserPoolId=self._pool.id,
            ClientId=listed["ClientId"],
        )
        described: Json | None = answer and answer["UserPoolClient"]
        return described

    def _delete(self, client: Json) -> bool:
        delete, action = self._pool.cognito.delete_user_pool_client, f"delete {self.label}"
        named = {"UserPoolId": self._pool.id, "ClientId": client["ClientId"]}
        self._pool.announce(action)
        return patiently(delete, action, absent=ABSENT, busy=BUSY, **named) is not None


class WebClient(AppClient):
    """The app client with which the tutorial's page registers riders and signs them in."""

    def __init__(self, pool: UserPool) -> None:
        super().__init__(pool, WEB_CLIENT)

    @property
    def settings(self) -> Json:
        """The settings with which the client is created."""
        return {
            "ExplicitAuthFlows": [_SRP, REFRESH],
            "IdTokenValidity": 60,
            "AccessTokenValidity": 60,
            "RefreshTokenValidity": 1,
            "TokenValidityUnits": {"IdToken": "minutes", "AccessToken": "minutes", "RefreshToken": "days"},
        }

    def faults(self, client: Json) -> Iterator[tuple[Reason, Json]]:
        """Yield each setting that is not as it should be, and the change that repairs it."""
        flows = client.get("ExplicitAuthFlows") or []
        # Flows without ALLOW_ are of the time when all clients could use SRP, but for one (Cognito: "InitiateAuth").
        modern = any(flow.startswith("ALLOW_") for flow in flows)
        if (modern and _SRP not in flows) or "CUSTOM_AUTH_FLOW_ONLY" in flows:
            kept = [flow for flow in flows if flow.startswith("ALLOW_")]
            yield (
                broken(f"its sign-in flows are {', '.join(flows)}, without {_SRP}: the tutorial's page can't sign in"),
                {"ExplicitAuthFlows": [*kept, _SRP, *([REFRESH] if not kept else [])]},
            )
        writable = client.get("WriteAttributes") or []
        if writable and "email" not in writable:
            why = f"it may write {', '.join(writable)}, not email: the tutorial's page can't register riders"
            yield broken(why), {"WriteAttributes": [*writable, "email"]}

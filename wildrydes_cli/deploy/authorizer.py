"""The authorizer: it lets only the users of the pool in.

A browser sends the ID token of a Cognito user. API Gateway checks it, and invokes the function with the token's claims.
"""

from wildrydes_cli.deploy.calls import ABSENT
from wildrydes_cli.deploy.plan import MISSING, Difference, Json, Reason, differs
from wildrydes_cli.deploy.resources import Resources
from wildrydes_cli.deploy.rest_api import RESOURCE, RestApi
from wildrydes_cli.deploy.users import UserPool
from wildrydes_cli.errors import WildrydesError

IDENTITY_SOURCE = "method.request.header.Authorization"

_AUTHORIZER = {"id": str}


class Authorizer:
    """What lets only the users of `pool` in. It is the authorizer that POST uses, or else the one with our name."""

    def __init__(self, api: RestApi, resources: Resources, pool: UserPool) -> None:
        self._api = api
        self._resources = resources
        self._pool = pool
        self.found: Json | None = None
        """The authorizer as API Gateway describes it, or None."""
        self.needs = (resources, pool)

    def find(self) -> None:
        """Ask API Gateway for the authorizers."""
        if not self._api.found:
            return
        answer = self._api.ask("get_authorizers", "list the authorizers", limit=500)
        used = self._resources.methods.get("POST", {}).get("authorizerId")
        listed = answer.get("items") or []
        named = [each for each in listed if each.get("name") == self._api.name]
        self.found = next(iter([each for each in listed if each["id"] == used] + named), None)

    @property
    def pool_arn(self) -> str | None:
        """The ARN of the user pool that the authorizer should use. None until that pool exists."""
        return str(self._pool.found["Arn"]) if self._pool.found else None

    def look(self) -> Difference:
        """Compare the authorizer."""
        if not (found := self.found):
            return MISSING
        reasons: list[Reason] = []
        cognito = found.get("type") == "COGNITO_USER_POOLS"
        other_pool = cognito and found.get("providerARNs") != [self.pool_arn]
        if not cognito:
            reasons.append(differs("it does not check Cognito's tokens"))
        if other_pool:
            reasons.append(differs("it names another user pool"))
        if found.get("identitySource") != IDENTITY_SOURCE:
            reasons.append(differs("its token source is not Authorization"))
        if reasons and (users := self._resources.users_of(found["id"])):
            why = "; ".join(reason.text for reason in reasons)
            raise WildrydesError(
                f"cannot replace authorizer {found.get('name')} of {self._api.label} ({why}): "
                f"it is also used by {', '.join(users)}",
                hint=f"choose another authorizer for POST {RESOURCE} in the console, or another --api-name",
            )
        return self._api.difference(f"authorizer {found.get('name')}", reasons, foreign=other_pool or not cognito)

    def apply(self, _: Difference) -> None:
        """Create the authorizer. One that differs goes first, and before it what uses it (ConflictException)."""
        name = self._api.name
        if old := self.found:
            name = old.get("name") or name
            for verb, method in list(self._resources.methods.items()):
                if method.get("authorizerId") == old["id"]:
                    self._resources.delete_method(verb)
            self._api.write("delete_authorizer", f"delete authorizer {name}", absent=ABSENT, authorizerId=old["id"])
        self.found = self._api.write(
            "create_authorizer",
            f"create authorizer {name}",
            answer=_AUTHORIZER,
            name=name,
            type="COGNITO_USER_POOLS",
            providerARNs=[self.pool_arn],
            identitySource=IDENTITY_SOURCE,
        )

"""The authorizer: it lets only the users of the pool in.

A browser sends the ID token of a Cognito user. API Gateway checks it, and invokes the function with the token's claims.
"""

from collections.abc import Iterator

from wildrydes_cli.deploy.calls import ABSENT
from wildrydes_cli.deploy.plan import MISSING, UNCHANGED, Difference, Json, Reason, broken, differs
from wildrydes_cli.deploy.resources import Method
from wildrydes_cli.deploy.rest_api import RESOURCE, Listed, RestApi
from wildrydes_cli.deploy.users import UserPool
from wildrydes_cli.errors import WildrydesError

IDENTITY_SOURCE = "method.request.header.Authorization"

_AUTHORIZER = {"id": str}


class Authorizer:
    """What lets only the users of `pool` in. It is the authorizer that POST uses, or else the one with our name."""

    def __init__(self, api: RestApi, post: Method, options: Method, pool: UserPool) -> None:
        self._api = api
        self._post = post
        self._options = options
        self._pool = pool
        self._listing = Listed(api, "get_authorizers", "authorizers", limit=500)
        self.found: Json | None = None
        """The authorizer as API Gateway describes it, or None."""
        self.needs = (self._listing, post, options, pool)

    def find(self) -> None:
        """Choose the authorizer from all that the API has."""
        used = (self._post.found or {}).get("authorizerId")
        named = [each for each in self._listing.items if each.get("name") == self._api.name]
        self.found = next(iter([each for each in self._listing.items if each["id"] == used] + named), None)

    @property
    def pool_arn(self) -> str | None:
        """The ARN of the user pool that the authorizer should use. None until that pool exists."""
        return str(self._pool.found["Arn"]) if self._pool.found else None

    def look(self) -> Difference:
        """Compare the authorizer with what `apply` creates."""
        if not self._api.found:
            return MISSING
        if not (found := self.found):
            names = ", ".join(sorted(str(each.get("name")) for each in self._listing.items))
            others = f"; the API has {names}, which POST {RESOURCE} does not use" if names else ""
            return Difference("created", (broken(f"it does not exist{others}"),))
        reasons = list(self._reasons(found))
        if reasons and (users := self._post.resources.users_of(found["id"])):
            difference, used = Difference("updated", tuple(reasons)), f"it is also used by {', '.join(users)}"
            impossible = WildrydesError(
                f"cannot replace authorizer {found.get('name')} of {self._api.label} ({difference.reason}): {used}",
                hint=f"choose another authorizer for POST {RESOURCE} in the console, or another --api-name",
            )
            return difference._replace(reasons=(*reasons, differs(used)), impossible=impossible)
        foreign = found.get("type") != "COGNITO_USER_POOLS" or found.get("providerARNs") != [self.pool_arn]
        return self._api.difference(f"authorizer {found.get('name')}", reasons, foreign=foreign)

    def apply(self, _: Difference) -> None:
        """Create the authorizer. One that differs goes first, and before it what uses it (ConflictException)."""
        name = self._api.name
        if old := self.found:
            name = old.get("name") or name
            for method in (self._post, self._options):
                if method.found and method.found.get("authorizerId") == old["id"]:
                    method.delete()
            self._api.write("delete_authorizer", f"delete authorizer {name}", absent=ABSENT, authorizerId=old["id"])
            self.found = None
        elif self._is_there():  # another deployment is creating the same API
            return
        created = self._api.write(
            "create_authorizer",
            f"create authorizer {name}",
            is_there=self._is_there,
            taken=("BadRequestException",),  # "Authorizer name must be unique" (aws/aws-cdk#13711)
            answer=_AUTHORIZER,
            name=name,
            type="COGNITO_USER_POOLS",
            providerARNs=[self.pool_arn],
            identitySource=IDENTITY_SOURCE,
        )
        self.found = created or self.found

    def _is_there(self) -> bool:
        self._listing.find()
        self.find()
        return self.look() == UNCHANGED

    def _reasons(self, found: Json) -> Iterator[Reason]:
        if (kind := found.get("type")) != "COGNITO_USER_POOLS":
            yield broken(f"it is of type {kind}, not COGNITO_USER_POOLS: it does not check Cognito's tokens")
            return
        pools = found.get("providerARNs") or []
        names = ", ".join(arn.rpartition("/")[2] for arn in pools) or "no pool"
        if self.pool_arn not in pools:
            ours = self._pool.id if self._pool.found else f"user pool {self._pool.name}, which does not exist"
            yield broken(f"it lets the users of {names} in, not those of {ours}")
        elif len(pools) > 1:
            yield differs(f"it lets the users of {names} in, not only those of {self._pool.id}")
        if (source := found.get("identitySource")) != IDENTITY_SOURCE:
            yield broken(f"its token source is {_header(source)}, not Authorization")
        if expression := found.get("identityValidationExpression"):
            yield broken(f"its token validation is {expression}, not empty: it refuses the tokens of other app clients")


def _header(source: str | None) -> str:
    """Return what a reader typed as the token source."""
    return (source or "").removeprefix("method.request.header.") or "empty"

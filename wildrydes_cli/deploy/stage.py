"""The stage: the deployed API, with its throttling."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

from wildrydes_cli.deploy.authorizer import Authorizer
from wildrydes_cli.deploy.function import Function
from wildrydes_cli.deploy.gateway_responses import OWN_ANSWERS
from wildrydes_cli.deploy.methods import CORS
from wildrydes_cli.deploy.plan import MISSING, UNCHANGED, Difference, Found, Json, Part, Reason, broken, differs
from wildrydes_cli.deploy.resources import Method, Resources
from wildrydes_cli.deploy.rest_api import RESOURCE, STAGE, RestApi, replaced
from wildrydes_cli.deploy.snapshot import Snapshot

RATE, BURST = 10, 20
"""The stage's throttling: requests a second, and at once. The account's default is a thousand times as many."""

_ACCOUNTS_DEFAULT = (10_000, 5_000)
_NEW_FUNCTION = differs("it is deployed again with its function")
_LIMITS = {"rateLimit": RATE, "burstLimit": BURST}


class Stage:
    """The stage `prod`: the deployed API, with its throttling.

    The description of our deployments has a digest of what they contain, because an API can be changed without being
    deployed.

    Args:
        api: The API.
        snapshot: What the stage serves.
        methods: The methods of `/ride`.
        resources: The settings and resources of the API.
        authorizer: The authorizer.
        contents: Everything else that is served only after a deployment.
        function: The function that POST calls.
    """

    def __init__(
        self,
        api: RestApi,
        snapshot: Snapshot,
        methods: Sequence[Method],
        resources: Resources,
        authorizer: Authorizer,
        contents: Sequence[Part],
        function: Function,
    ) -> None:
        self._api = api
        self._snapshot = snapshot
        self._methods = methods
        self._resources = resources
        self._authorizer = authorizer
        self._contents = contents
        self._function = function
        self.needs: tuple[Found, ...] = (snapshot, resources, authorizer, *contents, function)

    def find(self) -> None:
        """Do nothing: the snapshot has been found."""

    def look(self) -> Difference:
        """Compare what the stage serves. Only throttling and a canary that somebody chose are worth a question."""
        if not self._api.found:
            return MISSING
        if not (stage := self._snapshot.stage):
            others = ", ".join(self._snapshot.stages)
            where = f"the API is deployed to {others}, not to {STAGE}" if others else "the API is not deployed"
            return Difference("created", (broken(f"it does not exist: {where}"),))
        settings = list(_settings(stage))
        reasons = [*self._reasons_to_deploy(), *(reason for reason, _ in settings)]
        chosen = [limits for key in _keys(stage) if (limits := _limits(stage, key)) not in (None, (RATE, BURST))]
        if chosen or stage.get("canarySettings"):
            return self._api.difference(f"stage {STAGE}", reasons, foreign=bool(stage.get("canarySettings")))
        return Difference("updated", tuple(reasons)) if reasons else UNCHANGED

    def apply(self, difference: Difference) -> None:
        """Deploy the API to the stage, unless the stage certainly serves it already, and throttle the stage."""
        stage = self._snapshot.stage or {}
        patches = [patch for _, patches in _settings(stage) for patch in patches]
        is_old = self._snapshot.mark != self._wanted or _NEW_FUNCTION in difference.reasons
        if not stage or is_old or list(self._reasons_to_deploy()):
            self._api.write("create_deployment", f"deploy stage {STAGE}", stageName=STAGE, description=self._wanted)
            patches = patches or _throttle("/*/*")  # nothing says that a deployment keeps the settings
        if patches:
            self._api.write("update_stage", f"throttle stage {STAGE}", stageName=STAGE, patchOperations=patches)

    @property
    def _wanted(self) -> str:
        authorizer = self._authorizer.found and self._authorizer.found["id"]
        made_of = [self._function.uri, self._authorizer.pool_arn, authorizer, CORS, OWN_ANSWERS]
        return f"wildrydes {hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:16]}"

    def _reasons_to_deploy(self) -> Iterator[Reason]:
        """Yield why the API must be deployed again."""
        if self._authorizer.look() != UNCHANGED:
            yield differs("it is deployed again with its authorizer")  # else it would still ask the old one
        elif self._resources.look() != UNCHANGED:
            yield differs("it is deployed again with the API")  # API Gateway: "Updates … that require redeployment"
        elif not self._function.found:
            yield _NEW_FUNCTION
        elif self._snapshot.mark != self._wanted:
            yield from self._gaps()

    def _gaps(self) -> Iterator[Reason]:
        """Yield why a deployment whose description lacks our digest may not serve what is wanted."""
        if not self._snapshot.found:
            yield broken("it has no deployment")
            return
        gaps = [gap for method in self._methods for gap in self._snapshot.gaps(method)]
        yield from gaps
        if self._snapshot.mark:
            yield broken("what was changed since the last deployment is not deployed")
        elif not gaps and any(part.look() != UNCHANGED for part in self._contents):
            yield differs("it is deployed again with what is changed")
        elif not gaps and self._api.is_ours:
            yield differs("its deployment is not one of this command, so what it serves is not certain")


def _settings(stage: Json) -> Iterator[tuple[Reason, list[Json]]]:
    """Yield each setting of the stage that is not as it should be, and the changes that repair it."""
    for key in _keys(stage):
        path = "/" + "/".join(part.replace("/", "~1") for part in key.rsplit("/", 1))
        where = "" if key == "*/*" else f" of {_method(key)}"
        if (limits := _limits(stage, key)) != (RATE, BURST):
            expected = f"{RATE} requests a second and {BURST} at once"
            if limits and 0 in limits:
                reason = broken(f"it refuses everything: its throttling{where} is {_words(limits)}, not {expected}")
            else:
                found = _words(limits) if limits else "that of the account"
                reason = differs(f"its throttling{where} is {found}, not {expected}")
            yield reason, _throttle(path)
        if where and stage.get("cacheClusterEnabled") and stage["methodSettings"][key].get("cachingEnabled"):
            reason = broken(f"it answers {_method(key)} from a cache, with the rides of others")
            yield reason, [replaced(f"{path}/caching/enabled", "false")]
    if canary := stage.get("canarySettings"):
        percent = canary.get("percentTraffic") or 0
        reason = differs(f"a canary answers {percent:g} % of the requests with another deployment")
        yield reason, [{"op": "remove", "path": "/canarySettings"}]


def _keys(stage: Json) -> list[str]:
    """Return the keys of the stage's settings: for all methods, and for those of ours that have settings of their own.

    A method's key is `~1ride/POST` (AWS CLI: the examples of `update-stage`) or `ride/POST`.
    """
    ours = [f"POST {RESOURCE}", f"OPTIONS {RESOURCE}"]
    return ["*/*", *(key for key in stage.get("methodSettings") or {} if _method(key) in ours)]


def _method(key: str) -> str:
    path, _, verb = key.replace("~1", "/").rpartition("/")
    return f"{verb} /{path.strip('/')}"


def _limits(stage: Json, key: str) -> tuple[Any, Any] | None:
    """Return how many requests are answered a second, and at once. None means that nobody has chosen it."""
    settings = (stage.get("methodSettings") or {}).get(key) or {}
    limits = (settings.get("throttlingRateLimit"), settings.get("throttlingBurstLimit"))
    negative = any(limit is not None and limit < 0 for limit in limits)  # -1 is Terraform's way of saying none
    return None if None in limits or negative or (key == "*/*" and limits == _ACCOUNTS_DEFAULT) else limits


def _words(limits: tuple[Any, Any]) -> str:
    return f"{limits[0]:g} requests a second and {limits[1]:g} at once"


def _throttle(path: str) -> list[Json]:
    return [replaced(f"{path}/throttling/{name}", str(limit)) for name, limit in _LIMITS.items()]

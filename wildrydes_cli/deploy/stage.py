"""The stage: the deployed API, with its throttling."""

import hashlib
import json
from typing import Any

from wildrydes_cli.deploy.authorizer import Authorizer
from wildrydes_cli.deploy.calls import ABSENT
from wildrydes_cli.deploy.function import Function
from wildrydes_cli.deploy.gateway_responses import OWN_ANSWERS
from wildrydes_cli.deploy.methods import CORS
from wildrydes_cli.deploy.plan import MISSING, UNCHANGED, Difference, Json, differs
from wildrydes_cli.deploy.rest_api import STAGE, RestApi

RATE, BURST = 10, 20
"""The stage's throttling: requests a second, and at once. The account's default is a thousand times as many."""


class Stage:
    """The stage `prod`: the deployed API, with its throttling.

    The description of our deployments has a digest of what they contain, because an API can be changed without being
    deployed.
    """

    def __init__(self, api: RestApi, authorizer: Authorizer, function: Function) -> None:
        self._api = api
        self._authorizer = authorizer
        self._function = function
        self.found: Json | None = None
        """The stage as API Gateway describes it, or None."""
        self._deployed: str | None = None
        """The description of the stage's deployment."""
        self.needs = (authorizer, function)

    def find(self) -> None:
        """Ask API Gateway for the stage and its deployment."""
        if not self._api.found:
            return
        stages = self._api.ask("get_stages", "list the stages").get("item") or []
        self.found = next((stage for stage in stages if stage["stageName"] == STAGE), None)
        if self.found and (deployment := self.found.get("deploymentId")):
            action = "look at the deployment"
            answer = self._api.ask("get_deployment", action, absent=ABSENT, deploymentId=deployment)
            self._deployed = answer and answer.get("description")

    @property
    def _wanted(self) -> str:
        authorizer = self._authorizer.found and self._authorizer.found["id"]
        made_of = [self._function.uri, self._authorizer.pool_arn, authorizer, CORS, OWN_ANSWERS]
        return f"wildrydes {hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:16]}"

    @property
    def _reason_to_deploy(self) -> str:
        """Why the API must be deployed again, or "" if it need not."""
        if self._authorizer.look() != UNCHANGED:  # the stage would still ask the old one
            return "it is deployed again with its authorizer"
        if self._deployed == self._wanted:
            return ""
        ours = (self._deployed or "").startswith("wildrydes ")
        return f"what was changed since {'is not' if ours else 'may not be'} deployed"

    @property
    def _throttling(self) -> tuple[Any, Any]:
        """How many requests the stage answers: a second, and at once. None means the account's default."""
        settings = ((self.found or {}).get("methodSettings") or {}).get("*/*") or {}
        return settings.get("throttlingRateLimit"), settings.get("throttlingBurstLimit")

    def look(self) -> Difference:
        """Compare what the stage serves. Only throttling that somebody chose is worth a question."""
        if not self._api.found:
            return MISSING
        if not self.found:
            return Difference("created", (differs("it does not exist: the API is not deployed"),))
        reasons = [differs(self._reason_to_deploy)] if self._reason_to_deploy else []
        if self._throttling != (RATE, BURST):
            reasons.append(
                differs("its throttling is different" if any(self._throttling) else "it has no throttling of its own")
            )
        if any(self._throttling) and self._throttling != (RATE, BURST):
            return self._api.difference(f"stage {STAGE}", reasons)
        return Difference("updated", tuple(reasons)) if reasons else UNCHANGED

    def apply(self, _: Difference) -> None:
        """Deploy the API to the stage if that is necessary, and throttle it."""
        if not self.found or self._reason_to_deploy:
            self._api.write("create_deployment", f"deploy stage {STAGE}", stageName=STAGE, description=self._wanted)
        limits = {"rateLimit": RATE, "burstLimit": BURST}
        patches = [
            {"op": "replace", "path": f"/*/*/throttling/{name}", "value": str(limit)} for name, limit in limits.items()
        ]
        self._api.write("update_stage", f"throttle stage {STAGE}", stageName=STAGE, patchOperations=patches)

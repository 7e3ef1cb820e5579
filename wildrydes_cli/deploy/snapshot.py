"""What the stage serves: a snapshot of the API at the time of its deployment."""

from collections.abc import Iterator

from wildrydes_cli.deploy.calls import ABSENT
from wildrydes_cli.deploy.plan import Json, Reason, broken
from wildrydes_cli.deploy.resources import Method
from wildrydes_cli.deploy.rest_api import RESOURCE, STAGE, Listed, RestApi


class Snapshot:
    """The deployment that the stage `prod` of `api` serves: the API as it was."""

    def __init__(self, api: RestApi) -> None:
        self._api = api
        self._listing = Listed(api, "get_stages", "stages")
        self.stage: Json | None = None
        """The stage as API Gateway describes it, or None."""
        self.found: Json = {}
        """The stage's deployment, with a summary of its methods. Empty if there is none."""
        self.needs = (self._listing,)

    def find(self) -> None:
        """Ask API Gateway for the deployment of the stage."""
        self.stage = next((stage for stage in self._listing.items if stage["stageName"] == STAGE), None)
        if self.stage and (deployment := self.stage.get("deploymentId")):
            named: Json = {"deploymentId": deployment, "embed": ["apisummary"]}
            self.found = self._api.ask("get_deployment", "look at the deployment", absent=ABSENT, **named) or {}

    @property
    def stages(self) -> list[str]:
        """The names of all stages."""
        return sorted(stage["stageName"] for stage in self._listing.items)

    @property
    def mark(self) -> str:
        """The digest of what the deployment has, if it is one of ours, else ""."""
        description = str(self.found.get("description") or "")
        return description if description.startswith("wildrydes ") else ""

    def gaps(self, method: Method) -> Iterator[Reason]:
        """Yield how a method as it was deployed differs from the method as it is. Emulators may say less than AWS."""
        if not method.found or (summary := self.found.get("apiSummary")) is None:
            return
        if not (deployed := (summary.get(RESOURCE) or {}).get(method.verb)):
            yield broken(f"{method.label} is not deployed: it was created after the last deployment")
            return
        for name, what in (("authorizationType", "authorization"), ("apiKeyRequired", "need of an API key")):
            if name in deployed and (old := deployed[name]) != (new := method.found.get(name)):
                yield broken(f"{method.label} is deployed with the {what} {old}, not {new}")

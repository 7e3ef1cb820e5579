"""The gateway's own answers, such as 401 and 429."""

from wildrydes_cli.deploy.methods import CORS
from wildrydes_cli.deploy.plan import MISSING, UNCHANGED, Difference, Json, differs
from wildrydes_cli.deploy.rest_api import RestApi

OWN_ANSWERS = ("DEFAULT_4XX", "DEFAULT_5XX")

_ALLOW_ORIGIN = {"gatewayresponse.header.Access-Control-Allow-Origin": f"'{CORS['Origin']}'"}
_ERROR_TEMPLATES = {"application/json": '{"message":$context.error.messageString}'}


class GatewayResponses:
    """The gateway's own answers, such as 401 and 429. A page can read them only if they have a CORS header."""

    def __init__(self, api: RestApi) -> None:
        self._api = api
        self._found: dict[str, Json] = {}
        self.needs = (api,)

    def find(self) -> None:
        """Ask API Gateway for its own answers."""
        if not self._api.found:
            return
        answer = self._api.ask("get_gateway_responses", "list the gateway responses", limit=500)
        self._found = {each["responseType"]: each for each in answer.get("items") or []}

    def look(self) -> Difference:
        """Compare the answers."""
        if not self._api.found:
            return MISSING
        if not any(map(self._is_unreadable, OWN_ANSWERS)):
            return UNCHANGED
        reasons = [differs("a page cannot read its 401, 429 and 5xx answers")]
        if all(self._is_default(kind) for kind in OWN_ANSWERS if self._is_unreadable(kind)):
            return Difference("updated", tuple(reasons))  # nothing of anybody's is overwritten
        return self._api.difference("gateway responses", reasons)

    def apply(self, _: Difference) -> None:
        """Add the header to the answers that lack it."""
        for kind in filter(self._is_unreadable, OWN_ANSWERS):
            self._api.write(
                "put_gateway_response",
                f"put the CORS header on {kind}",
                responseType=kind,
                responseParameters=_ALLOW_ORIGIN,
                responseTemplates=_ERROR_TEMPLATES,
            )

    def _is_default(self, kind: str) -> bool:
        """Whether nobody changed the answer. API Gateway lists its default answers too, and says that they are."""
        return kind not in self._found or bool(self._found[kind].get("defaultResponse"))

    def _is_unreadable(self, kind: str) -> bool:
        """Whether a page cannot read the answer."""
        headers = self._found.get(kind, {}).get("responseParameters") or {}
        return not _ALLOW_ORIGIN.items() <= headers.items()

"""The gateway's own answers, such as 401 and 429."""

from wildrydes_cli.deploy.methods import CORS
from wildrydes_cli.deploy.plan import MISSING, UNCHANGED, Difference, Json, differs
from wildrydes_cli.deploy.rest_api import Listed, RestApi

OWN_ANSWERS = ("DEFAULT_4XX", "DEFAULT_5XX")
"""The answers from which all others take what they do not say themselves."""

_HEADER = "gatewayresponse.header.Access-Control-Allow-Origin"
_ORIGIN = f"'{CORS['Origin']}'"
_ERROR_TEMPLATES = {"application/json": '{"message":$context.error.messageString}'}


class GatewayResponses:
    """The gateway's own answers, such as 401 and 429. A page can read them only if they have a CORS header."""

    def __init__(self, api: RestApi) -> None:
        self._api = api
        self._listing = Listed(api, "get_gateway_responses", "gateway responses", limit=500)
        self.needs = (self._listing,)

    def find(self) -> None:
        """Do nothing: the listing has the answers."""

    def look(self) -> Difference:
        """Compare the answers. One that a page cannot read is no reason why riders can't request rides."""
        if not self._api.found:
            return MISSING
        if not (unreadable := self._unreadable):
            return UNCHANGED
        origins = " or ".join(sorted({_origin(found) or "missing" for found in unreadable.values()}))
        why = f"a page cannot read its own answers {', '.join(unreadable)}, such as 401 and 429"
        reasons = [differs(f"{why}: Access-Control-Allow-Origin is {origins}, not {_ORIGIN}")]
        if not any(unreadable.values()):
            return Difference("updated", tuple(reasons))  # nothing of anybody's is overwritten
        return self._api.difference("gateway responses", reasons)

    def apply(self, _: Difference) -> None:
        """Add the header to the answers that lack it. What else somebody put on them stays."""
        for kind, found in self._unreadable.items():
            kept = {name: found[name] for name in ("statusCode", "responseTemplates") if found.get(name)}
            self._api.write(
                "put_gateway_response",
                f"put the CORS header on {kind}",
                responseType=kind,
                responseParameters={**(found.get("responseParameters") or {}), _HEADER: _ORIGIN},
                **{"responseTemplates": _ERROR_TEMPLATES, **kept},
            )

    @property
    def _unreadable(self) -> dict[str, Json]:
        """The answers that a page cannot read, by their kinds. They are empty if nobody has changed them.

        API Gateway lists its default answers too, and says that they are. Those take their headers from `OWN_ANSWERS`.
        """
        changed = {each["responseType"]: each for each in self._listing.items if not each.get("defaultResponse")}
        answers: dict[str, Json] = {kind: {} for kind in OWN_ANSWERS} | changed
        return {kind: found for kind, found in answers.items() if _origin(found) != _ORIGIN}


def _origin(answer: Json) -> str | None:
    origin: str | None = (answer.get("responseParameters") or {}).get(_HEADER)
    return origin

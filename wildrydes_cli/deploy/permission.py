"""The function's permission for the API to invoke it."""

from fnmatch import fnmatchcase
from typing import Any

from wildrydes_cli import aws
from wildrydes_cli.aws_errors import refusal
from wildrydes_cli.deploy.calls import BUSY_SECONDS, patiently
from wildrydes_cli.deploy.function import IN_PROGRESS, Function
from wildrydes_cli.deploy.function_policy import FunctionPolicy
from wildrydes_cli.deploy.plan import MISSING, UNCHANGED, Difference, Json, broken
from wildrydes_cli.deploy.rest_api import RESOURCE, STAGE, RestApi
from wildrydes_cli.errors import ServiceError


class Permission:
    """The permission of `function` for `api` to invoke it by exactly one method."""

    def __init__(self, api: RestApi, function: Function, policy: FunctionPolicy) -> None:
        self._api = api
        self._function = function
        self._policy = policy
        self.needs = (api, function, policy)

    def find(self) -> None:
        """Do nothing: the function's policy has the permission."""

    def look(self) -> Difference:
        """Say whether the permission is there. One that the console added counts too, and one that allows more."""
        if not self._api.found:
            return MISSING
        if not self._function.found:
            return Difference("created", (broken(f"{self._function.label} does not exist"),))
        wanted = self._source.rpartition(":")[2]
        if self._is_there():
            return UNCHANGED
        ours = [each for each in self._policy.statements if each.get("Sid") == _sid(self._api.id)]
        near = [*ours, *filter(self._is_for_this_api, self._policy.statements)]
        found = " and ".join(sorted({str(_source(each)).rpartition(":")[2] for each in near}))
        why = f"it is for {found}, not for {wanted}" if near else f"there is none for {wanted}"
        return Difference("updated" if ours else "created", (broken(why),))

    def apply(self, _: Difference) -> None:
        """Add the permission. Replaces one that differs, and removes those of ours for APIs that are gone.

        The API may be newer than the plan. So this looks again.
        """
        if self._is_there():
            return
        for statement in self._policy.statements:
            if statement.get("Sid") == _sid(self._api.id) or self._is_left_behind(statement):
                self._policy.remove(statement["Sid"])
        action = f"allow REST API {self._api.name} to invoke function {self._function.name}"
        self._api.announce(action)
        answer: Json = {}
        for _tried in aws.polls(BUSY_SECONDS):
            answer = patiently(
                self._function.lambda_.add_permission,
                action,
                # Another deployment, or a try whose answer was lost, was faster; or the function is new.
                expected=(*IN_PROGRESS, "ResourceNotFoundException"),
                FunctionName=self._function.name,
                StatementId=_sid(self._api.id),
                Action="lambda:InvokeFunction",
                Principal="apigateway.amazonaws.com",
                SourceArn=self._source,
            )
            if self._policy.keeps(self._is_there):
                return
        if "Error" in answer:
            raise refusal(answer, action)
        raise ServiceError(f"cannot {action}: Lambda says that it did, and does not show it", hint="deploy again")

    def remove(self) -> bool:
        """Remove every permission for this API to invoke the function, and those of ours for APIs that are gone.

        An API that is gone leaves its permission behind if a deletion was interrupted, or if it was deleted elsewhere.
        """
        return [self._policy.remove(sid) for sid in sorted(self._removable)].count(True) > 0

    @property
    def exists(self) -> bool:
        """Whether there is a permission to remove."""
        return bool(self._removable)

    @property
    def _removable(self) -> set[str]:
        return {
            str(statement["Sid"])
            for statement in self._policy.statements
            if isinstance(statement.get("Sid"), str)
            if self._is_for_this_api(statement) or self._is_left_behind(statement)
        }

    def _is_there(self) -> bool:
        return any(self._allows(statement) for statement in self._policy.statements)

    @property
    def _source(self) -> str:
        """The ARN of `POST /ride` in every stage: the console's "Test" button uses a stage of its own."""
        _, partition, _, region, account, *_ = self._function.arn.split(":")
        return f"arn:{partition}:execute-api:{region}:{account}:{self._api.id}/*/POST{RESOURCE}"

    def _allows(self, statement: Json) -> bool:
        service = {"Service": "apigateway.amazonaws.com"}
        return (
            statement.get("Effect") == "Allow"
            and statement.get("Principal") in (service, service["Service"])
            and statement.get("Action") == "lambda:InvokeFunction"
            and isinstance(source := _source(statement), str)
            and fnmatchcase(self._source.replace("/*/", f"/{STAGE}/"), source)
        )

    def _is_for_this_api(self, statement: Json) -> bool:
        return self._api.found is not None and _api_id(statement) == self._api.id

    def _is_left_behind(self, statement: Json) -> bool:
        """Whether we added the statement for an API that does not exist any more."""
        api = _api_id(statement)
        return api not in self._api.ids and statement.get("Sid") == _sid(api)


def _sid(api: str) -> str:
    """Return the id of our statement for an API. It has the API's id, because several APIs can have one name."""
    return f"wildrydes-{api}"


def _api_id(statement: Json) -> str:
    """Return the id of the API that a statement is for, or ""."""
    parts = str(_source(statement)).split(":", 5)
    return parts[5].partition("/")[0] if len(parts) == 6 and parts[2] == "execute-api" else ""


def _source(statement: Json) -> Any:
    """Return the source ARN that a statement's condition names."""
    condition = statement.get("Condition")
    for operator in ("ArnLike", "ArnEquals", "StringEquals", "StringLike"):
        named = condition.get(operator) if isinstance(condition, dict) else None
        for key, value in named.items() if isinstance(named, dict) else ():
            if key.lower() == "aws:sourcearn":
                return value
    return None

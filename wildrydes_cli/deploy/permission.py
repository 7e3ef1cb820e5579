"""The function's permission for the API to invoke it."""

import re
from fnmatch import fnmatchcase
from typing import Any

from wildrydes_cli import aws
from wildrydes_cli.aws_errors import refusal
from wildrydes_cli.deploy.calls import BUSY_SECONDS
from wildrydes_cli.deploy.function import Function
from wildrydes_cli.deploy.function_policy import IN_PROGRESS, FunctionPolicy
from wildrydes_cli.deploy.plan import MISSING, UNCHANGED, Difference, Json, differs, existing
from wildrydes_cli.deploy.rest_api import RESOURCE, STAGE, RestApi
from wildrydes_cli.errors import ServiceError


class Permission:
    """The permission of `function` for `api` to invoke it by exactly one method."""

    def __init__(self, api: RestApi, function: Function, policy: FunctionPolicy) -> None:
        self._api = api
        self._function = function
        self._policy = policy
        self._sid = re.sub(r"[^A-Za-z0-9_-]", "-", f"wildrydes-{api.name}")[:100]
        self.needs = (api, function, policy)

    def find(self) -> None:
        """Do nothing: the function's policy has the permission."""

    def look(self) -> Difference:
        """Say whether the permission is there. One that the console added counts too, and one that allows more."""
        if not self._api.found:
            return MISSING
        if self._is_there():
            return UNCHANGED
        if any(statement.get("Sid") == self._sid for statement in self._policy.statements):
            return Difference("updated", (differs("it is for another API or method"),))
        return MISSING

    def apply(self, _: Difference) -> None:
        """Add the permission, in place of one that differs.

        The API may be newer than the plan, and the permission one for an API that was deleted. So this looks again.
        """
        difference = self.look()
        if difference == UNCHANGED:
            return
        if difference.change == "updated":
            self._policy.remove(self._sid)
        action = f"allow REST API {self._api.name} to invoke function {self._function.name}"
        self._api.announce(action)
        answer: Json = {}
        for _tried in aws.polls(BUSY_SECONDS):
            answer = aws.call(
                self._function.lambda_.add_permission,
                action,
                # Another deployment, or a try whose answer was lost, was faster; or the function is new.
                expected=(*IN_PROGRESS, "ResourceNotFoundException"),
                FunctionName=self._function.name,
                StatementId=self._sid,
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
        """Remove every permission for this API to invoke the function."""
        sids = {str(statement["Sid"]) for statement in self._policy.statements if self._is_for_this_api(statement)}
        return [self._policy.remove(sid) for sid in sorted(sids)].count(True) > 0

    def _is_there(self) -> bool:
        return any(self._allows(statement) for statement in self._policy.statements)

    @property
    def _source(self) -> str:
        """The ARN of `POST /ride` in every stage: the console's "Test" button uses a stage of its own."""
        _, partition, _, region, account, *_ = self._function.arn.split(":")
        return f"arn:{partition}:execute-api:{region}:{account}:{existing(self._api.found)['id']}/*/POST{RESOURCE}"

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
        if not isinstance(statement.get("Sid"), str):
            return False
        return statement["Sid"] == self._sid or (
            self._api.found is not None and f":{self._api.found['id']}/" in str(_source(statement))
        )


def _source(statement: Json) -> Any:
    """Return the source ARN that a statement's condition names."""
    condition = statement.get("Condition")
    for operator in ("ArnLike", "ArnEquals", "StringEquals", "StringLike"):
        named = condition.get(operator) if isinstance(condition, dict) else None
        for key, value in named.items() if isinstance(named, dict) else ():
            if key.lower() == "aws:sourcearn":
                return value
    return None

"""The function's permission for the API to invoke it."""

import re
from fnmatch import fnmatchcase
from typing import Any

from wildrydes_cli import aws
from wildrydes_cli.aws_errors import refusal
from wildrydes_cli.deploy.calls import ABSENT
from wildrydes_cli.deploy.function import Function
from wildrydes_cli.deploy.plan import MISSING, UNCHANGED, Difference, Json, differs, existing
from wildrydes_cli.deploy.rest_api import RESOURCE, STAGE, RestApi
from wildrydes_cli.shapes import json_value


class Permission:
    """The permission of `function` for `api` to invoke it by exactly one method."""

    def __init__(self, api: RestApi, function: Function) -> None:
        self._api = api
        self._function = function
        self._sid = re.sub(r"[^A-Za-z0-9_-]", "-", f"wildrydes-{api.name}")[:100]
        self._statements: list[Json] = []
        self.needs = (api, function)

    def find(self) -> None:
        """Ask Lambda for the statements of the function's policy. There are none if the function does not exist."""
        answer = aws.call(
            self._function.lambda_.get_policy,
            f"look at the policy of function {self._function.name}",
            answer={"Policy": str},
            absent=ABSENT,
            FunctionName=self._function.name,
        )
        self._statements = _statements(answer["Policy"]) if answer else []

    def look(self) -> Difference:
        """Say whether the permission is there. One that the console added counts too, and one that allows more."""
        if not self._api.found:
            return MISSING
        if any(self._allows(statement) for statement in self._statements):
            return UNCHANGED
        if any(statement.get("Sid") == self._sid for statement in self._statements):
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
            self._remove(self._sid)
        action = f"allow REST API {self._api.name} to invoke function {self._function.name}"
        self._api.announce(action)
        answer = aws.call(
            self._function.lambda_.add_permission,
            action,
            expected=("ResourceConflictException",),  # another deployment, or a try whose answer was lost, was faster
            FunctionName=self._function.name,
            StatementId=self._sid,
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=self._source,
        )
        if "Error" in answer:
            self.find()
            if self.look() != UNCHANGED:
                raise refusal(answer, action)

    def remove(self) -> bool:
        """Remove every permission for this API to invoke the function."""
        sids = {str(statement["Sid"]) for statement in self._statements if self._is_for_this_api(statement)}
        return [self._remove(sid) for sid in sorted(sids)].count(True) > 0

    def _remove(self, sid: str) -> bool:
        action = f"remove permission {sid} from function {self._function.name}"
        self._api.announce(action)
        remove = self._function.lambda_.remove_permission
        return aws.call(remove, action, absent=ABSENT, FunctionName=self._function.name, StatementId=sid) is not None

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


def _statements(policy: str) -> list[Json]:
    """Return the statements of a policy."""
    try:
        document = json_value(policy)
    except ValueError:
        return []
    listed = document.get("Statement") if isinstance(document, dict) else None
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _source(statement: Json) -> Any:
    """Return the source ARN that a statement's condition names."""
    condition = statement.get("Condition")
    for operator in ("ArnLike", "ArnEquals", "StringEquals", "StringLike"):
        named = condition.get(operator) if isinstance(condition, dict) else None
        for key, value in named.items() if isinstance(named, dict) else ():
            if key.lower() == "aws:sourcearn":
                return value
    return None

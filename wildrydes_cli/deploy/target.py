"""The function that the API invokes, and its permission to do so."""

import re
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from wildrydes_cli import aws
from wildrydes_cli.aws import Account
from wildrydes_cli.aws_errors import refusal
from wildrydes_cli.deploy import ABSENT, function_command
from wildrydes_cli.deploy.plan import MISSING, UNCHANGED, Difference, Json
from wildrydes_cli.deploy.rest_api import RESOURCE, STAGE, RestApi
from wildrydes_cli.errors import NotConfiguredError
from wildrydes_cli.shapes import is_arn, json_value


class Target:
    """The function called `name`, which the API invokes."""

    def __init__(self, account: Account, name: str) -> None:
        self.name = name
        self.lambda_ = account.client("lambda")

    @cached_property
    def found(self) -> str | None:
        """The function's ARN, or None if there is no such function."""
        answer = aws.call(
            self.lambda_.get_function_configuration,
            f"look at function {self.name} in {aws.location(self.lambda_)}",
            answer={"FunctionArn": is_arn},
            expected=ABSENT,
            FunctionName=self.name,
        )
        return None if "Error" in answer else answer["FunctionArn"]

    def require(self) -> None:
        """Raise `NotConfiguredError` if there is no such function."""
        _ = self.arn

    @property
    def arn(self) -> str:
        """The function's ARN. Raises `NotConfiguredError` if there is no such function."""
        if not self.found:
            raise NotConfiguredError(
                f"function {self.name} in {aws.location(self.lambda_)} does not exist",
                hint="create it:",
                command=function_command("deploy", self.name),
            )
        return self.found

    @property
    def uri(self) -> str:
        """The URI that an integration invokes the function by (API Gateway: "PutIntegration")."""
        _, partition, _, region, *_ = self.arn.split(":")
        return f"arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/{self.arn}/invocations"


class Permission:
    """The function's permission for the API to invoke it by exactly one method."""

    def __init__(self, api: RestApi, target: Target) -> None:
        self._api = api
        self._target = target
        self._sid = re.sub(r"[^A-Za-z0-9_-]", "-", f"wildrydes-{api.name}")[:100]

    @cached_property
    def _statements(self) -> list[Json]:
        """The statements of the function's policy. There are none if the function does not exist."""
        answer = aws.call(
            self._target.lambda_.get_policy,
            f"look at the policy of function {self._target.name}",
            answer={"Policy": str},
            expected=ABSENT,
            FunctionName=self._target.name,
        )
        try:
            policy = json_value(answer.get("Policy") or "{}")
        except ValueError:
            return []
        listed = policy.get("Statement") if isinstance(policy, dict) else None
        return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []

    def look(self) -> Difference:
        """Find the permission. One that the console added counts too, and one that allows more."""
        if not self._api.found:
            return MISSING
        if any(self._allows(statement) for statement in self._statements):
            return UNCHANGED
        if any(statement.get("Sid") == self._sid for statement in self._statements):
            return Difference("updated", "it is for another API or method")
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
        action = f"allow REST API {self._api.name} to invoke function {self._target.name}"
        self._api.announce(action)
        answer = aws.call(
            self._target.lambda_.add_permission,
            action,
            expected=("ResourceConflictException",),  # another deployment, or a try whose answer was lost, was faster
            FunctionName=self._target.name,
            StatementId=self._sid,
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=self._source,
        )
        if "Error" in answer:
            del self._statements
            if self.look() != UNCHANGED:
                raise refusal(answer, action)

    def remove(self) -> bool:
        """Remove every permission for this API to invoke the function."""
        mine = f":{self._api.id}/" if self._api.found else None
        found = [
            sid
            for statement in self._statements
            if isinstance(sid := statement.get("Sid"), str)
            and (sid == self._sid or (mine and mine in str(_source(statement))))
        ]
        return [self._remove(sid) for sid in found].count(True) > 0

    def _remove(self, sid: str) -> bool:
        action = f"remove permission {sid} from function {self._target.name}"
        self._api.announce(action)
        remove = self._target.lambda_.remove_permission
        answer = aws.call(remove, action, expected=ABSENT, FunctionName=self._target.name, StatementId=sid)
        return "Error" not in answer

    @property
    def _source(self) -> str:
        """The ARN of `POST /ride` in every stage: the console's "Test" button uses a stage of its own."""
        _, partition, _, region, account, *_ = self._target.arn.split(":")
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


def _source(statement: Json) -> Any:
    """Return the source ARN that a statement's condition names."""
    condition = statement.get("Condition")
    for operator in ("ArnLike", "ArnEquals", "StringEquals", "StringLike"):
        named = condition.get(operator) if isinstance(condition, dict) else None
        for key, value in named.items() if isinstance(named, dict) else ():
            if key.lower() == "aws:sourcearn":
                return value
    return None

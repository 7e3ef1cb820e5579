"""The function's resource policy: who may invoke it."""

import json
from collections.abc import Callable

from wildrydes_cli import aws
from wildrydes_cli.deploy.calls import ABSENT, BUSY_SECONDS, patiently
from wildrydes_cli.deploy.function import IN_PROGRESS, Function
from wildrydes_cli.deploy.plan import Json
from wildrydes_cli.deploy.policies import EVERYBODY, principals
from wildrydes_cli.errors import ServiceError

_CONDITIONS_OF_URLS = {"lambda:functionurlauthtype", "lambda:invokedviafunctionurl"}
"""The keys of the conditions with which everybody may use a function URL."""


class FunctionPolicy:
    """The resource policy of `function`. There is none if the policy would be empty, or the function does not exist."""

    needs = ()

    def __init__(self, function: Function) -> None:
        self.statements: list[Json] = []
        """The statements of the policy, as Lambda describes them."""
        self._function = function

    @property
    def open_to_strangers(self) -> dict[str, str]:
        """The statements by which strangers may invoke the function: their Sids, and who the strangers are.

        The function believes the name of the rider in its event, so whoever may invoke it rides as anybody (AWS
        Security Hub: "Lambda.1"). A function URL without sign-in has such a statement too.
        """
        found = {str(each.get("Sid")): _strangers(each) for each in self.statements if each.get("Effect") == "Allow"}
        return {sid: who for sid, who in found.items() if who}

    def find(self) -> None:
        """Ask Lambda for the policy. Needs only the function's name."""
        answer = patiently(
            self._function.lambda_.get_policy,
            f"look at the policy of function {self._function.name}",
            answer={"Policy": str},
            absent=ABSENT,
            FunctionName=self._function.name,
        )
        self.statements = _statements(answer["Policy"]) if answer else []

    def keeps(self, is_there: Callable[[], bool]) -> bool:
        """Whether `is_there` says that a new statement is in the policy, now and for the next moments.

        Of two statements that are added at the same time, Lambda may lose one, and says that it added both (Terraform's
        `internal/service/lambda/permission.go`).
        """
        for _ in aws.polls(0.5):
            self.find()
            if not is_there():
                return False
        return True

    def remove(self, sid: str) -> bool:
        """Remove the statement `sid`. Returns False if there is none."""
        action = f"remove permission {sid} from function {self._function.name}"
        self._function.announce(action)
        removed = False
        for _ in aws.polls(BUSY_SECONDS):
            answer = patiently(
                self._function.lambda_.remove_permission,
                action,
                absent=ABSENT,
                busy=IN_PROGRESS,
                FunctionName=self._function.name,
                StatementId=sid,
            )
            removed = removed or answer is not None
            self.find()
            if sid not in [statement.get("Sid") for statement in self.statements]:
                return removed
        raise ServiceError(f"cannot {action}: Lambda says that it did, and still shows it", hint="try again")


def _statements(policy: str) -> list[Json]:
    """Return the statements of a policy."""
    statements: list[Json] = json.loads(policy).get("Statement", [])
    return statements


def _strangers(statement: Json) -> str:
    """Say which strangers a statement allows to do something, if it does."""
    conditions = statement.get("Condition") or {}
    keys = {key.lower() for named in conditions.values() for key in named}
    if EVERYBODY in principals(statement) and keys <= _CONDITIONS_OF_URLS:
        return "everybody"
    if "apigateway.amazonaws.com" in principals(statement) and not keys:
        return "any API of any account"
    return ""

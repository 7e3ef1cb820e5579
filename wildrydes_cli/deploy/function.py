"""The Lambda function, as Lambda knows it. What it should be is in `request_unicorn`."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from wildrydes_cli import aws
from wildrydes_cli.aws import Account
from wildrydes_cli.deploy.calls import ABSENT, patiently
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.deploy.plan import Json
from wildrydes_cli.errors import NotConfiguredError, ServiceError, WildrydesError

IN_PROGRESS = ("ResourceConflictException",)
"""The code with which Lambda says that another change of the function is in progress, or that something exists."""

_FUNCTION = {"Configuration": {"FunctionName": str, "FunctionArn": str, "Role": str, "LastModified": str}}


class Function:
    """The Lambda function that is called `names.function`. `announce` is told of each change."""

    needs = ()

    def __init__(self, account: Account, names: Names, announce: Callable[[str], None]) -> None:
        self.name = names.function
        self.lambda_ = account.client("lambda")
        self.announce = announce
        self.found: Json | None = None
        """The function's configuration as Lambda describes it, or None."""
        self.concurrency: int | None = None
        """How many of it may run at the same time, if it has a limit of its own."""
        self._names = names

    @property
    def label(self) -> str:
        """The function and where it is, for people."""
        return f"function {self.name} in {aws.location(self.lambda_)}"

    def find(self) -> None:
        """Ask Lambda for the function."""
        answer = patiently(
            self.lambda_.get_function,
            f"look at {self.label}",
            answer=_FUNCTION,
            absent=ABSENT,
            FunctionName=self.name,
        )
        self.found = answer and answer["Configuration"]
        self.concurrency = ((answer or {}).get("Concurrency") or {}).get("ReservedConcurrentExecutions")

    @property
    def arn(self) -> str:
        """The function's ARN. Raises `NotConfiguredError` if there is no such function."""
        if self.found is None:
            raise NotConfiguredError(
                f"{self.label} does not exist",
                hint="create it:",
                command=self._names.command("function", "deploy"),
                first=self._names.before("function", "deploy"),
            )
        return str(self.found["FunctionArn"])

    @property
    def usual_log_group(self) -> str:
        """The CloudWatch log group that Lambda makes for a function of this name."""
        return f"/aws/lambda/{self.name}"

    @property
    def log_group(self) -> str:
        """The log group that the function logs to, which somebody may have chosen."""
        chosen = ((self.found or {}).get("LoggingConfig") or {}).get("LogGroup")
        return str(chosen or self.usual_log_group)

    @property
    def uri(self) -> str:
        """The URI that an integration invokes the function by (API Gateway: "PutIntegration")."""
        _, partition, _, region, *_ = self.arn.split(":")
        return f"arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/{self.arn}/invocations"

    def wait_until_known(self) -> None:
        """Wait until Lambda shows a function that was just created.

        https://github.com/hashicorp/terraform-provider-aws/issues/25440
        """
        for _ in aws.polls(60):
            self.find()
            if self.found:
                return

    def wait_until_idle(self) -> Json:
        """Wait until Lambda has finished its last change of the function. Returns the function's configuration.

        botocore's own waiters give up on a function whose last update failed. Our next update may fix it.
        """
        for tried, _ in enumerate(aws.polls(aws.WAIT_SECONDS)):
            self.find()
            if self.found is None:
                raise ServiceError(f"function {self.name} was deleted in the meantime", hint="deploy it again")
            if self.found.get("State") != "Pending" and self.found.get("LastUpdateStatus") != "InProgress":
                return self.found
            if not tried:
                self.announce(f"wait for function {self.name} to be active")
        raise ServiceError(f"function {self.name} is still not ready after {aws.WAIT_SECONDS} s", hint="try again")

    def wait(self) -> Json:
        """Wait until Lambda runs the function. Returns its configuration, or raises `ServiceError` if it failed."""
        function = self.wait_until_idle()
        if has_failed(function):
            reason = function.get("LastUpdateStatusReason") or function.get("StateReason")
            raise ServiceError(f"function {self.name} failed: {reason}", hint="deploy it again")
        return function

    def others_with(self, role: str) -> list[str]:
        """Return the names of the other functions in this region that run with `role`."""
        pages = self.lambda_.get_paginator("list_functions").paginate()
        action = f"look for other functions with role {role}"
        found = patiently(pages.build_full_result, action, answer={"Functions": [{"FunctionName": str, "Role": str}]})
        return [
            function["FunctionName"]
            for function in found["Functions"]
            if function["FunctionName"] != self.name and function["Role"].rpartition("/")[2] == role
        ]

    def remove(self) -> bool:
        """Remove the function."""
        if self.found is None:
            return False
        action = f"delete function {self.name}"
        self.announce(action)
        delete = self.lambda_.delete_function
        return patiently(delete, action, absent=ABSENT, busy=IN_PROGRESS, FunctionName=self.name) is not None


def has_failed(function: Json) -> bool:
    """Whether Lambda could not create the function, or could not make the last change of it."""
    return "Failed" in (function.get("State"), function.get("LastUpdateStatus"))


def is_new(account: Account, names: Names) -> bool:
    """Whether the function was deployed in the last minute, so that IAM may not let it write to the table yet.

    Returns False if that can't be known: it only makes a hint better.
    """
    function = Function(account, names, lambda _: None)
    with suppress(WildrydesError):
        function.find()
    changed = function.found and datetime.fromisoformat(function.found["LastModified"])
    return bool(changed and datetime.now(UTC) - changed < timedelta(minutes=1))

"""The function and its log, and the parts that a function is deployed with."""

import base64
import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cached_property
from typing import Any

from wildrydes_cli import aws
from wildrydes_cli.aws import Account
from wildrydes_cli.aws_errors import code_and_message, refusal
from wildrydes_cli.deploy import ABSENT, function_command, log_group
from wildrydes_cli.deploy.calls import BUSY_SECONDS, change
from wildrydes_cli.deploy.package import HANDLER, package
from wildrydes_cli.deploy.plan import MISSING, UNCHANGED, Difference, Json, Part, appeared
from wildrydes_cli.deploy.role import InlinePolicy, ManagedPolicy, Role
from wildrydes_cli.deploy.table import RidesTable
from wildrydes_cli.errors import ServiceError, WildrydesError, shortened
from wildrydes_cli.function import TABLE_VARIABLE
from wildrydes_cli.shapes import is_arn

RUNTIME = "python3.13"
ARCHITECTURES = ["arm64"]

ROLE_SECONDS = 60
"""How long to wait until Lambda can assume a new role."""

_BUSY = ("ResourceConflictException",)
"""The code with which Lambda says that another deployment has created, or is changing, the function."""

_ROLE_TOO_NEW = ("cannot be assumed", "valid principal")
"""Parts of Lambda's messages about a role that Lambda or KMS does not know yet."""


def _is_time(value: object) -> bool:
    try:
        return datetime.fromisoformat(str(value)).tzinfo is not None
    except ValueError:
        return False


_FUNCTION = {
    "FunctionName": str,
    "FunctionArn": is_arn,
    "Role": str,
    "LastModified": _is_time,
    "Runtime?": str,
    "Handler?": str,
    "Environment?": {"Variables?": dict, "Error?": dict},
}


class Function:
    """The Lambda function called `name`, which records rides in the table called `table`.

    `role` is created first. `announce` is told of each step.
    """

    def __init__(self, account: Account, name: str, role: Role, table: str, announce: Callable[[str], None]) -> None:
        self.name = name
        self.role = role
        self._table = table
        self._announce = announce
        self._lambda = account.client("lambda")

    @property
    def label(self) -> str:
        """The function and where it is, for people."""
        return f"function {self.name} in {aws.location(self._lambda)}"

    def look(self) -> Difference:
        """Find the function, and compare its code and configuration.

        Raises:
            WildrydesError: The function is a container image, and can't be updated with a zip.
            ServiceError: Its variables can't be read, and an update would lose them.
        """
        self._announce(f"look at {self.label}")
        found = self._find()
        if found is None:
            return MISSING
        self._require_updatable(found)
        reasons = list(self._reasons(found))
        if not reasons:
            return UNCHANGED
        runtime, handler = found.get("Runtime") or "", found.get("Handler") or ""
        ours = handler == HANDLER and runtime.startswith("python")
        other = f"{runtime}, handler {handler}"
        return Difference(
            "updated",
            "; ".join(reasons),
            overwrites="" if ours else f"function {self.name}, which is a different function ({other})",
        )

    def apply(self, difference: Difference) -> None:
        """Create the function, or update its configuration and code, which Lambda keeps apart."""
        if difference.change == "created":
            self._give_role(
                self._lambda.create_function,
                f"create function {self.name}",
                PackageType="Zip",
                Code={"ZipFile": self._package},
                Architectures=ARCHITECTURES,
                **self._configuration({}),
            )
            self._wait_until_idle()
            difference = self.look()  # somebody else may have been faster
            if difference.overwrites:
                raise appeared(difference.overwrites)
        if difference.change == "updated":
            self._update()

    def _update(self) -> None:
        found = self._wait_until_idle()
        self._give_role(
            self._lambda.update_function_configuration,
            f"update the configuration of function {self.name}",
            **self._configuration(_variables(found)),
        )
        self._wait_until_idle()
        action = f"update the code of function {self.name}"
        self._announce(action)
        change(
            self._lambda.update_function_code,
            action,
            busy=_BUSY,
            seconds=BUSY_SECONDS,
            FunctionName=self.name,
            Architectures=ARCHITECTURES,
            ZipFile=self._package,
        )

    def wait(self) -> Json:
        """Wait until Lambda runs the function. Returns its configuration, or raises `ServiceError` if it failed."""
        self._announce(f"wait for function {self.name} to be active")
        function = self._wait_until_idle()
        if _failed(function):
            reason = function.get("LastUpdateStatusReason") or function.get("StateReason")
            raise ServiceError(f"function {self.name} failed: {reason}", hint="deploy it again")
        return function

    def remove(self) -> bool:
        """Remove the function."""
        action = f"delete function {self.name}"
        self._announce(action)
        answer = aws.call(self._lambda.delete_function, action, expected=ABSENT, FunctionName=self.name)
        return "Error" not in answer

    def sharing_role(self) -> list[str]:
        """Return the names of the other functions in this region that run with the same role."""
        action = f"look for other functions with role {self.role.name}"
        self._announce(action)
        pages = self._lambda.get_paginator("list_functions").paginate()
        found = aws.call(pages.build_full_result, action, answer={"Functions": [{"FunctionName": str, "Role": str}]})
        return [
            function["FunctionName"]
            for function in found["Functions"]
            if function["FunctionName"] != self.name and function["Role"].rpartition("/")[2] == self.role.name
        ]

    @cached_property
    def _package(self) -> bytes:
        return package()

    def _find(self) -> Json | None:
        operation = self._lambda.get_function_configuration
        answer = aws.call(
            operation, f"look at function {self.name}", answer=_FUNCTION, expected=ABSENT, FunctionName=self.name
        )
        return None if "Error" in answer else answer

    def _configuration(self, variables: dict[str, str]) -> Json:
        """Return what the function's configuration should be. `variables` that the user set are kept."""
        # botocore's default retry mode tries DynamoDB ten times, which takes longer than the function has.
        ours = {TABLE_VARIABLE: self._table, "AWS_RETRY_MODE": "standard"}
        return {
            "Runtime": RUNTIME,
            "Handler": HANDLER,
            "Role": (self.role.found or {})["Arn"],
            "MemorySize": 128,
            "Timeout": 10,
            "Environment": {"Variables": variables | ours},
        }

    def _reasons(self, found: Json) -> list[str]:
        """Return why the function that was found must be updated."""
        if _failed(found):
            return ["its last update failed"]
        role = self.role.found
        if role is None:
            return [f"its role {self.role.name} does not exist"]
        # Lambda knows a role by more than its name. A role that was deleted and created again must be set again. It is
        # younger than the function's last change until then, also if the deployment that created it went no further.
        if role["CreateDate"] > datetime.fromisoformat(found["LastModified"]):
            return ["its role is newer than the function"]
        digest = base64.b64encode(hashlib.sha256(self._package).digest()).decode()
        code = [] if found.get("CodeSha256") == digest else ["its code is different"]
        wanted = {"Architectures": ARCHITECTURES, **self._configuration({})}
        variables = wanted.pop("Environment")["Variables"]
        return [
            *code,
            *_instead("its", found, wanted),
            *_instead("its variable", _variables(found), variables),
        ]

    def _require_updatable(self, found: Json) -> None:
        if found.get("PackageType") == "Image":
            raise WildrydesError(
                f"cannot update {self.label}: it is a container image, and ours is a zip",
                hint="deploy under another --function-name, or delete it first:",
                command=function_command("delete", self.name, self.role.name),
            )
        if unread := (found.get("Environment") or {}).get("Error"):
            raise ServiceError(
                f"cannot read the variables of {self.label}, and an update would lose them: {unread.get('Message')}",
                hint="deploying needs kms:Decrypt on the function's key: ask the account's administrator",
            )

    def _give_role(self, operation: Callable[..., Any], action: str, **parameters: Any) -> None:
        """Call `operation`, which gives the function its role, until Lambda knows the role.

        IAM takes seconds to tell Lambda of a new role (IAM: "Changes that I make are not always immediately visible").
        """
        self._announce(action)
        named = {"FunctionName": self.name, **parameters}
        for _ in aws.polls(ROLE_SECONDS, longest=8):
            answer = aws.call(operation, action, expected=("InvalidParameterValueException", *_BUSY), **named)
            if "Error" not in answer:
                return
            code, message = code_and_message(answer)
            if code in _BUSY:
                if operation == self._lambda.create_function:
                    return
                self._wait_until_idle()
            elif not any(words in message for words in _ROLE_TOO_NEW):
                break
        raise refusal(answer, action)

    def _wait_until_idle(self) -> Json:
        """Wait until Lambda has finished its last change of the function. Returns the function's configuration.

        botocore's own waiters give up on a function whose last update failed. Our next update may fix it.
        """
        for _ in aws.polls(aws.WAIT_SECONDS):
            function = self._find()
            if function is None:
                raise ServiceError(f"function {self.name} was deleted in the meantime", hint="deploy it again")
            if function.get("State") != "Pending" and function.get("LastUpdateStatus") != "InProgress":
                return function
        raise ServiceError(f"function {self.name} is still not ready after {aws.WAIT_SECONDS} s", hint="try again")


class LogGroup:
    """The log of the function called `function`. Lambda creates it, and creates it again if it delivers a late log."""

    def __init__(self, account: Account, function: str, announce: Callable[[str], None]) -> None:
        self.name = log_group(function)
        self._logs = account.client("logs")
        self._announce = announce

    def look(self) -> Difference:
        """Find the log group."""
        action = f"look for log group {self.name}"
        pages = self._logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=self.name)
        found = aws.call(pages.build_full_result, action, answer={"logGroups": [{"logGroupName": str}]})
        return UNCHANGED if self.name in [group["logGroupName"] for group in found["logGroups"]] else MISSING

    def remove(self) -> bool:
        """Remove the log group."""
        action = f"delete log group {self.name}"
        self._announce(action)
        answer = aws.call(self._logs.delete_log_group, action, expected=ABSENT, logGroupName=self.name)
        return "Error" not in answer


def function_parts(function: Function, table: RidesTable) -> dict[str, Part]:
    """Return the parts of `function`, in the order in which they are deployed."""
    role = function.role
    return {
        "Role": role,
        "ManagedPolicy": ManagedPolicy(role),
        "InlinePolicy": InlinePolicy(role, table),
        "Function": function,
    }


def _failed(function: Json) -> bool:
    return "Failed" in (function.get("State"), function.get("LastUpdateStatus"))


def _instead(whose: str, found: Json, wanted: Json) -> Iterator[str]:
    """Say which of the `wanted` values were not found, and what was found in their place."""
    for name, value in wanted.items():
        if name not in found:
            yield f"{whose} {name} is not set"
        elif found[name] != value:
            yield f"{whose} {name} is {shortened(found[name], 120)} instead of {shortened(value, 120)}"


def _variables(function: Json) -> dict[str, str]:
    return (function.get("Environment") or {}).get("Variables") or {}

"""Brings the function and its role to what they ought to be, from whatever is there: `Deployment`.

First it looks, then it changes what differs, and nothing else. So it may be repeated at will, goes on where an earlier
deployment failed, and can say beforehand what it would do.
"""

import base64
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wildrydes_cli import aws
from wildrydes_cli.aws import Account
from wildrydes_cli.deploy.package import HANDLER, package
from wildrydes_cli.deploy.policies import (
    INLINE_POLICY,
    MANAGED_POLICY,
    TRUST_POLICY,
    equivalent,
    managed_policy_arn,
    resources,
    write_policy,
)
from wildrydes_cli.errors import NotConfiguredError, ServiceError, WildrydesError
from wildrydes_cli.function import ABSENT, TABLE_VARIABLE, function_command
from wildrydes_cli.stores.dynamodb.table import Table

RUNTIME = "python3.13"
ARCHITECTURES = ["arm64"]

PAUSES = (1, 2, 4, 8, 8, 8, 8, 8, 8, 8)
"""Seconds between tries to give Lambda a role that it cannot assume yet; about a minute in all."""

WAIT_SECONDS = 300

_TOO_NEW = ("cannot be assumed", "CreateGrant", "valid principal")
"""What Lambda says of a role that IAM, or KMS for it, has not told it of yet."""

Json = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """What was found, and what is to be done: for each part `created`, `updated` or `unchanged`."""

    table_arn: str
    role: Json | None
    function: Json | None
    parts: dict[str, str]
    overwrites: list[str]
    """What is there already, looks like somebody else's, and would be lost: the rest of "it would overwrite …"."""


class Deployment:
    """The function called `function` and its role `role`, for the table called `table`.

    `announce` is told of each step as it begins.
    """

    def __init__(self, account: Account, table: str, function: str, role: str, announce: Callable[[str], None]) -> None:
        self.function = function
        self.role = role
        self.package = package()
        self._announce = announce
        self._table = Table(account.client("dynamodb"), table)
        self._iam = account.client("iam")
        self._lambda = account.client("lambda")

    @property
    def label(self) -> str:
        """The function and where it is, for people."""
        return f"function {self.function} in {aws.location(self._lambda)}"

    def plan(self) -> Plan:
        """Look at what is there, and say what differs from what ought to be. It changes nothing.

        Raises `NotConfiguredError` where there is no table, `WildrydesError` where its key is another, and for a
        function that cannot be updated.
        """
        self._announce(f"look at what is there of {self.label}")
        table = self._table.describe()
        if table is None:
            raise NotConfiguredError(
                f"cannot deploy function {self.function}: there is no {self._table.label}",
                hint="make it:",
                command=("setup-table",),
            )
        self._table.require_key(table)
        arn: str = table["TableArn"]
        role, function = self._found_role(), self._found_function()
        self._require_updatable(function or {})
        trust = role and role["AssumeRolePolicyDocument"]
        inline = role and self._found_inline_policy()
        attached = role and managed_policy_arn(arn) in self._attached()
        parts = {
            "Role": _difference(trust, TRUST_POLICY),
            "ManagedPolicy": "unchanged" if attached else "created",
            "InlinePolicy": _difference(inline, write_policy(arn)),
            "Function": self._function_difference(role, function),
        }
        strange = self._strange(parts, inline, function, arn)
        return Plan(arn, role, function, parts, strange)

    def carry_out(self, plan: Plan) -> Json:
        """Change what `plan` says. Returns the function's configuration, once Lambda runs it."""
        role_arn = self._put_role(plan)
        if plan.function is None:
            self._until_assumable(
                self._lambda.create_function,
                f"create function {self.function}",
                PackageType="Zip",
                Code={"ZipFile": self.package},
                Architectures=ARCHITECTURES,
                **self._configuration(role_arn, {}),
            )
        elif plan.parts["Function"] == "updated":
            self._update_function(plan.function, role_arn)
        self._announce(f"wait for function {self.function} to be active")
        function = self._wait_until_idle()
        if _failed(function):
            reason = function.get("LastUpdateStatusReason") or function.get("StateReason")
            raise ServiceError(f"function {self.function} failed: {reason}", hint="try again; it goes on where it was")
        return function

    def _put_role(self, plan: Plan) -> str:
        """Make the role, or what differs of it, and return its ARN."""
        iam, role, trust = self._iam, plan.role, json.dumps(TRUST_POLICY)
        if role is None:
            description = f"Runs {self.function} of Wild Rydes"
            parameters = {"AssumeRolePolicyDocument": trust, "Description": description}
            role = self._change_role(iam.create_role, f"create role {self.role}", **parameters)["Role"]
            waiting = {"Delay": 1, "MaxAttempts": 60}
            aws.call(
                iam.get_waiter("role_exists").wait,
                f"wait for role {self.role}",
                RoleName=self.role,
                WaiterConfig=waiting,
            )
        elif plan.parts["Role"] == "updated":
            action = f"update the trust policy of role {self.role}"
            self._change_role(iam.update_assume_role_policy, action, PolicyDocument=trust)
        if plan.parts["ManagedPolicy"] != "unchanged":
            action = f"attach policy {MANAGED_POLICY} to role {self.role}"
            self._change_role(iam.attach_role_policy, action, PolicyArn=managed_policy_arn(plan.table_arn))
        if plan.parts["InlinePolicy"] != "unchanged":
            action = f"put policy {INLINE_POLICY} on role {self.role}"
            document = json.dumps(write_policy(plan.table_arn))
            self._change_role(iam.put_role_policy, action, PolicyName=INLINE_POLICY, PolicyDocument=document)
        return str(role["Arn"])

    def _change_role(self, operation: Callable[..., Any], action: str, **parameters: Any) -> Any:
        self._announce(action)
        return aws.call(operation, action, RoleName=self.role, **parameters)

    def _update_function(self, found: Json, role_arn: str) -> None:
        """Bring the function's configuration and code, which Lambda keeps apart, to ours."""
        self._wait_until_idle()
        action = f"update the configuration of function {self.function}"
        configuration = self._configuration(role_arn, _variables(found))
        self._until_assumable(self._lambda.update_function_configuration, action, **configuration)
        self._wait_until_idle()
        action = f"update the code of function {self.function}"
        self._announce(action)
        code: Json = {"ZipFile": self.package, "Architectures": ARCHITECTURES}
        aws.call(self._lambda.update_function_code, action, FunctionName=self.function, **code)

    def _configuration(self, role_arn: str, variables: dict[str, str]) -> Json:
        """Return what the function's configuration ought to be; `variables` of the user's own are left."""
        # Of botocore's retry modes the older one, which is the default, tries DynamoDB ten times.
        ours = {TABLE_VARIABLE: self._table.name, "AWS_RETRY_MODE": "standard"}
        return {
            "Runtime": RUNTIME,
            "Handler": HANDLER,
            "Role": role_arn,
            "MemorySize": 128,
            "Timeout": 10,
            "Environment": {"Variables": variables | ours},
        }

    def _until_assumable(self, operation: Callable[..., Any], action: str, **parameters: Any) -> None:
        """Call `operation`, which gives the function its role, until the role is known to Lambda.

        IAM takes seconds to tell Lambda of a new role (IAM: "Changes that I make are not always immediately visible").
        """
        self._announce(action)
        named = {"FunctionName": self.function, **parameters}
        for pause in PAUSES:
            answer = aws.call(operation, action, expected=("InvalidParameterValueException",), **named)
            if "Error" not in answer:
                return
            if not any(words in answer["Error"].get("Message", "") for words in _TOO_NEW):
                break
            time.sleep(pause)
        aws.call(operation, action, **named)

    def _wait_until_idle(self) -> Json:
        """Wait until Lambda is done with what it was told last, and return the function's configuration.

        botocore's own waiters give up on a function whose last update failed; the next one may mend it.
        """
        for _ in range(WAIT_SECONDS):
            function = self._found_function()
            if function is None:
                raise ServiceError(f"function {self.function} was deleted meanwhile", hint="deploy it again")
            if function.get("State") != "Pending" and function.get("LastUpdateStatus") != "InProgress":
                return function
            time.sleep(1)
        raise ServiceError(f"function {self.function} is still not ready after {WAIT_SECONDS} s", hint="try again")

    def _function_difference(self, role: Json | None, found: Json | None) -> str:
        if found is None:
            return "created"
        if role is None or role["CreateDate"] > datetime.fromisoformat(found["LastModified"]) or _failed(found):
            # Lambda knows a role by more than its name: one that was made again is to be set again. It is younger than
            # the function's last change until it is, also where the deployment that made it got no further.
            return "updated"
        digest = base64.b64encode(hashlib.sha256(self.package).digest()).decode()
        configuration = self._configuration(role["Arn"], _variables(found))
        wanted = {"CodeSha256": digest, "Architectures": ARCHITECTURES, **configuration}
        present = {**found, "Environment": {"Variables": _variables(found)}}
        return "unchanged" if all(present.get(name) == value for name, value in wanted.items()) else "updated"

    def _require_updatable(self, function: Json) -> None:
        """Raise where an update would fail, or lose variables of the user's own."""
        if function.get("PackageType") == "Image":
            raise WildrydesError(
                f"cannot update {self.label}: it is a container image, and ours is a zip",
                hint="deploy under another --function-name, or delete it first:",
                command=function_command("delete", self.function, self.role),
            )
        if unread := function.get("Environment", {}).get("Error"):
            raise ServiceError(
                f"cannot read the variables of {self.label}, which an update would lose: {unread.get('Message')}",
                hint="whoever deploys needs kms:Decrypt on the function's key: ask the account's administrator",
            )

    def _strange(self, parts: dict[str, str], inline: Json | None, function: Json | None, table_arn: str) -> list[str]:
        """Return what of the things found is not ours, and would be overwritten."""
        strange = []
        if function and not (function["Handler"] == HANDLER and function["Runtime"].startswith("python")):
            other = f"{function['Runtime']}, handler {function['Handler']}"
            strange.append(f"function {self.function}, which is another one ({other})")
        if parts["Role"] == "updated":
            strange.append(f"the trust policy of role {self.role}, which is not for Lambda alone")
        if others := [name for name in resources(inline or {"Statement": []}) if name != table_arn]:
            strange.append(f"policy {INLINE_POLICY} of role {self.role}, which names {', '.join(others)}")
        return strange

    def _found_role(self) -> Json | None:
        answer = aws.call(self._iam.get_role, f"look at role {self.role}", expected=ABSENT, RoleName=self.role)
        return answer.get("Role")  # type: ignore[no-any-return]

    def _found_inline_policy(self) -> Json | None:
        action = f"look at policy {INLINE_POLICY} of role {self.role}"
        answer = aws.call(
            self._iam.get_role_policy, action, expected=ABSENT, RoleName=self.role, PolicyName=INLINE_POLICY
        )
        return answer.get("PolicyDocument")  # type: ignore[no-any-return]

    def _attached(self) -> list[str]:
        action = f"list the policies of role {self.role}"
        pages = self._iam.get_paginator("list_attached_role_policies").paginate(RoleName=self.role)
        return [each["PolicyArn"] for each in aws.call(pages.build_full_result, action)["AttachedPolicies"]]

    def _found_function(self) -> Json | None:
        action = f"look at function {self.function}"
        operation = self._lambda.get_function_configuration
        answer = aws.call(operation, action, expected=ABSENT, FunctionName=self.function)
        return None if "Error" in answer else answer


def _difference(found: Json | None, wanted: Json) -> str:
    if found is None:
        return "created"
    return "unchanged" if equivalent(found, wanted) else "updated"


def _failed(function: Json) -> bool:
    return "Failed" in (function.get("State"), function.get("LastUpdateStatus"))


def _variables(function: Json) -> dict[str, str]:
    return function.get("Environment", {}).get("Variables", {})  # type: ignore[no-any-return]

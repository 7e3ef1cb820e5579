"""The function as it should be: its code, its configuration and its role."""

import base64
import hashlib
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

from wildrydes_cli import aws
from wildrydes_cli.aws_errors import code_and_message, refusal
from wildrydes_cli.deploy.calls import BUSY_SECONDS, change
from wildrydes_cli.deploy.function import Function, has_failed
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.deploy.package import HANDLER, package
from wildrydes_cli.deploy.plan import MISSING, UNCHANGED, Difference, Json, appeared, differs, existing
from wildrydes_cli.deploy.role import Role
from wildrydes_cli.errors import WildrydesError, shortened

RUNTIME = "python3.13"
ARCHITECTURES = ["arm64"]

ROLE_SECONDS = 180
"""How long to wait until Lambda can assume a new role. A minute is not always enough.

https://github.com/hashicorp/terraform-provider-aws/issues/8248
"""

_OLD_VARIABLES = ("WILDRYDES_TABLE", "AWS_RETRY_MODE")
"""The variables that an earlier version gave the function. The package has what they said."""

_BUSY = ("ResourceConflictException",)
"""The code with which Lambda says that another deployment has created, or is changing, the function."""

_ROLE_TOO_NEW = ("cannot be assumed", "valid principal")
"""Parts of Lambda's messages about a role that Lambda or KMS does not know yet."""


class RequestUnicorn:
    """What `function` should be. It runs with `role`, and records rides in the table called `table`."""

    def __init__(self, function: Function, role: Role, table: str, names: Names) -> None:
        self._function = function
        self._role = role
        self._table = table
        self._delete = names.command("function", "delete")
        self._lambda = function.lambda_
        self.needs = (role, function)

    def find(self) -> None:
        """Do nothing: all that is compared is found by the function and its role."""

    def look(self) -> Difference:
        """Compare the function's code and configuration.

        Raises `WildrydesError` if the function is a container image, which can't be updated with a zip.
        """
        found = self._function.found
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
            tuple(map(differs, reasons)),
            overwrites="" if ours else f"function {self._function.name}, which is a different function ({other})",
        )

    def apply(self, difference: Difference) -> None:
        """Create the function, or update its configuration and code, which Lambda keeps apart."""
        if difference.change == "created":
            self._give_role(
                self._lambda.create_function,
                f"create function {self._function.name}",
                PackageType="Zip",
                Code={"ZipFile": self._package},
                Architectures=ARCHITECTURES,
                **self._configuration,
            )
            self._function.wait_until_known()
            self._function.wait_until_idle()
            difference = self.look()  # somebody else may have been faster
            if difference.overwrites:
                raise appeared(difference.overwrites)
        if difference.change == "updated":
            self._update()

    def _update(self) -> None:
        variables = _variables(self._function.wait_until_idle())
        kept = {name: value for name, value in variables.items() if name not in _OLD_VARIABLES}
        self._give_role(
            self._lambda.update_function_configuration,
            f"update the configuration of function {self._function.name}",
            **self._configuration,
            **({"Environment": {"Variables": kept}} if kept != variables else {}),
        )
        self._function.wait_until_idle()
        action = f"update the code of function {self._function.name}"
        self._function.announce(action)
        change(
            self._lambda.update_function_code,
            action,
            busy=_BUSY,
            seconds=BUSY_SECONDS,
            FunctionName=self._function.name,
            Architectures=ARCHITECTURES,
            ZipFile=self._package,
        )

    @cached_property
    def _package(self) -> bytes:
        return package(self._table)

    @property
    def _configuration(self) -> Json:
        """What the function's configuration should be."""
        return {
            "Runtime": RUNTIME,
            "Handler": HANDLER,
            "Role": existing(self._role.found)["Arn"],
            "MemorySize": 128,
            "Timeout": 10,
        }

    def _reasons(self, found: Json) -> list[str]:
        """Return why the function that was found must be updated."""
        if has_failed(found):
            return ["its last update failed"]
        role = self._role.found
        if role is None:
            return [f"its role {self._role.name} does not exist"]
        digest = base64.b64encode(hashlib.sha256(self._package).digest()).decode()
        code = [] if found.get("CodeSha256") == digest else ["its code is different"]
        variables = [f"it needs no variable {name}" for name in _OLD_VARIABLES if name in _variables(found)]
        return [*code, *_instead("its", found, {"Architectures": ARCHITECTURES, **self._configuration}), *variables]

    def _require_updatable(self, found: Json) -> None:
        label = self._function.label
        if found.get("PackageType") == "Image":
            raise WildrydesError(
                f"cannot update {label}: it is a container image, and ours is a zip",
                hint="deploy under another --function-name, or delete it first:",
                command=self._delete,
            )

    def _give_role(self, operation: Callable[..., Any], action: str, **parameters: Any) -> None:
        """Call `operation`, which gives the function its role, until Lambda knows the role.

        IAM takes seconds to tell Lambda of a new role (IAM: "Changes that I make are not always immediately visible").
        """
        self._function.announce(action)
        named = {"FunctionName": self._function.name, **parameters}
        waiting = f"wait until Lambda knows role {self._role.name}"
        for _ in aws.polls(ROLE_SECONDS, longest=8):
            answer = aws.call(operation, action, expected=("InvalidParameterValueException", *_BUSY), **named)
            if "Error" not in answer:
                return
            code, message = code_and_message(answer)
            if code in _BUSY:
                if operation == self._lambda.create_function:
                    return
                self._function.wait_until_idle()
            elif not any(words in message for words in _ROLE_TOO_NEW):
                raise refusal(answer, action)
            elif waiting:
                self._function.announce(waiting)
                waiting = ""
        refused = refusal(answer, action)
        if code not in _BUSY:
            refused.hint = f"IAM has not told Lambda of role {self._role.name} yet: try again in a minute"
        raise refused


def _instead(whose: str, found: Json, wanted: Json) -> Iterator[str]:
    """Say which of the `wanted` values were not found, and what was found in their place."""
    for name, value in wanted.items():
        if name not in found:
            yield f"{whose} {name} is not set"
        elif found[name] != value:
            yield f"{whose} {name} is {shortened(found[name], 120)} instead of {shortened(value, 120)}"


def _variables(function: Json) -> dict[str, str]:
    """Return the function's variables, as far as we may read them. An update that does not name them keeps them."""
    return (function.get("Environment") or {}).get("Variables") or {}

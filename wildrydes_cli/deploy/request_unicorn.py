"""The function as it should be: its code, its configuration and its role."""

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

from wildrydes_cli import aws
from wildrydes_cli.aws_errors import code_and_message, refusal
from wildrydes_cli.deploy.calls import patiently
from wildrydes_cli.deploy.function import IN_PROGRESS, Function
from wildrydes_cli.deploy.function_policy import FunctionPolicy
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.deploy.package import HANDLER, package
from wildrydes_cli.deploy.plan import MISSING, UNCHANGED, Difference, Json, Reason, appeared, broken, differs
from wildrydes_cli.deploy.role import Role, UsedRole
from wildrydes_cli.errors import WildrydesError, shortened

RUNTIME = "python3.13"
ARCHITECTURES = ["arm64"]
SETTINGS = {"Runtime": RUNTIME, "Handler": HANDLER, "MemorySize": 128, "Timeout": 10}

ROLE_SECONDS = 180
"""How long to wait until Lambda can assume a new role. A minute is not always enough.

https://github.com/hashicorp/terraform-provider-aws/issues/8248
"""

_OLD_VARIABLES = ("WILDRYDES_TABLE", "AWS_RETRY_MODE")
"""The variables that an earlier version gave the function. The package has what they said."""

_ROLE_TOO_NEW = ("cannot be assumed", "valid principal")
"""Parts of Lambda's messages about a role that Lambda or KMS does not know yet."""


class RequestUnicorn:
    """What `function` should be. It runs with `role`, and records rides in the table called `table`.

    `policy` says who may invoke it.
    """

    def __init__(
        self, function: Function, policy: FunctionPolicy, role: Role | UsedRole, table: str, names: Names
    ) -> None:
        self._function = function
        self._policy = policy
        self._role = role
        self._table = table
        self._delete = names.command("function", "delete")
        self._lambda = function.lambda_
        self.needs = (role, function, policy)

    def find(self) -> None:
        """Do nothing: all that is compared is found by the function, its policy and its role."""

    def look(self) -> Difference:
        """Compare the function's code and configuration."""
        found = self._function.found
        if found is None:
            return MISSING
        if found.get("PackageType") == "Image":
            return self._image()
        reasons = tuple(self._reasons(found))
        if not reasons:
            return UNCHANGED
        return Difference("updated", reasons, ", and ".join(self._overwritten(found)), self._obstacle(found))

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
            for sid in self._policy.open_to_strangers:
                self._policy.remove(sid)
            self._update()
            if self._function.concurrency == 0:
                action = f"remove the limit of the concurrency of function {self._function.name}"
                self._function.announce(action)
                delete = self._lambda.delete_function_concurrency
                patiently(delete, action, busy=IN_PROGRESS, FunctionName=self._function.name)

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
        patiently(
            self._lambda.update_function_code,
            action,
            busy=IN_PROGRESS,
            FunctionName=self._function.name,
            Architectures=ARCHITECTURES,
            ZipFile=self._package,
        )

    @cached_property
    def _package(self) -> bytes:
        return package(self._table)

    @property
    def _configuration(self) -> Json:
        return {**SETTINGS, "Role": self._role.arn}

    def _is_our_code(self, found: Json) -> bool:
        digest = base64.b64encode(hashlib.sha256(self._package).digest()).decode()
        return bool(found.get("CodeSha256") == digest)

    def _reasons(self, found: Json) -> Iterator[Reason]:
        """Yield why the function that was found must be updated."""
        if found.get("State") == "Failed":
            yield broken(f"Lambda could not create it: {found.get('StateReason')}")
        if found.get("LastUpdateStatus") == "Failed":
            yield differs(f"its last update failed: {found.get('LastUpdateStatusReason')}")
        if self._function.concurrency == 0:
            yield broken("its concurrency is 0, so nobody can invoke it; it should have no limit of its own")
        for sid, who in self._policy.open_to_strangers.items():
            yield broken(f"{who} may invoke it, by its permission {sid}; only APIs of this account should")
        yield from self._reasons_of_the_role(found)
        if not (ours := self._is_our_code(found)):
            yield differs("its code is different")
        for name, value in {"Architectures": ARCHITECTURES, **SETTINGS}.items():
            if (other := found.get(name)) != value:
                text = f"its {name} is {shortened(other, 120)} instead of {shortened(value, 120)}"
                yield broken(text) if ours and _keeps_our_code_from_running(name, other) else differs(text)
        for name in _OLD_VARIABLES:
            if name in _variables(found):
                yield differs(f"it needs no variable {name}")

    def _reasons_of_the_role(self, found: Json) -> Iterator[Reason]:
        role, other = self._role, found["Role"]
        if role.arn is None and other.rpartition("/")[2] == role.name:
            yield broken(f"its role {role.name} does not exist")
        elif role.arn != other:
            yield differs(f"its role is {other} instead of {role.arn or role.name}")

    def _overwritten(self, found: Json) -> Iterator[str]:
        """Yield what an update would take away that seems to belong to someone else."""
        name, runtime, handler = self._function.name, found.get("Runtime") or "", found.get("Handler") or ""
        if not self._is_our_code(found) and not (handler == HANDLER and runtime.startswith("python")):
            yield f"function {name}, which is a different function ({runtime}, handler {handler})"
        role = found["Role"].rpartition("/")[2]
        if self._role.is_ours and role != self._role.name:
            keeping = f"--use-role {role}, or --role-name {role} if wildrydes made it"
            yield f"the role of function {name}, which is {role} (to keep it: {keeping})"
        for sid, who in self._policy.open_to_strangers.items():
            yield f"permission {sid} of function {name}, by which {who} may invoke it"
        if self._function.concurrency == 0:
            yield f"the concurrency of function {name}, which is 0"

    def _image(self) -> Difference:
        impossible = WildrydesError(
            f"cannot update {self._function.label}: it is a container image, and ours is a zip",
            hint="deploy under another --function-name, or delete it first:",
            command=self._delete,
        )
        return Difference("updated", (differs("it is a container image instead of a zip"),), impossible=impossible)

    def _obstacle(self, found: Json) -> WildrydesError | None:
        """Return why Lambda would not take an update: the function needs more permissions than its new role has.

        Lambda answers "The provided execution role does not have permissions to call CreateNetworkInterface on EC2", or
        the like for a dead-letter queue, after the role was made.
        """
        needs = {
            "is in a VPC": (found.get("VpcConfig") or {}).get("VpcId"),
            "has a dead-letter queue": (found.get("DeadLetterConfig") or {}).get("TargetArn"),
        }
        for what, which in needs.items():
            if which and self._role.is_ours and self._role.arn != found["Role"]:
                return WildrydesError(
                    f"cannot update {self._function.label}: it {what} ({which}), and role {self._role.name} has no "
                    f"permission for that",
                    hint="take that setting away in the Lambda console, or deploy under another --function-name",
                )
        return None

    def _give_role(self, operation: Callable[..., Any], action: str, **parameters: Any) -> None:
        """Call `operation`, which gives the function its role, until Lambda knows the role.

        IAM takes seconds to tell Lambda of a new role (IAM: "Changes that I make are not always immediately visible").
        """
        self._function.announce(action)
        named = {"FunctionName": self._function.name, **parameters}
        waiting = f"wait until Lambda knows role {self._role.name}"
        for _ in aws.polls(ROLE_SECONDS, longest=8):
            answer = patiently(operation, action, expected=("InvalidParameterValueException", *IN_PROGRESS), **named)
            if "Error" not in answer:
                return
            code, message = code_and_message(answer)
            if code in IN_PROGRESS:
                if operation == self._lambda.create_function:
                    return
                self._function.wait_until_idle()
            elif not any(words in message for words in _ROLE_TOO_NEW):
                raise refusal(answer, action)
            elif waiting:
                self._function.announce(waiting)
                waiting = ""
        refused = refusal(answer, action)
        if code not in IN_PROGRESS:
            refused.hint = f"IAM has not told Lambda of role {self._role.name} yet: try again in a minute"
        raise refused


def _keeps_our_code_from_running(setting: str, value: object) -> bool:
    """Whether Lambda can't run our code with a setting. The code needs Python 3.11."""
    if setting == "Runtime":
        return not re.fullmatch(r"python3\.(1[1-9]|[2-9]\d)", str(value))
    return setting == "Handler"


def _variables(function: Json) -> dict[str, str]:
    """Return the function's variables, as far as we may read them. An update that does not name them keeps them."""
    return (function.get("Environment") or {}).get("Variables") or {}

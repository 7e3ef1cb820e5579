"""Rules of AWS that hold for a moment or by chance. A test chooses them: `aws.rules.append(BusyFunction())`.

Each keeps what it has seen. `clock` returns the time in seconds. Unit tests never wait, so there it is the sum of what
was waited for: `NewRole(20, lambda: sum(pauses))`.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain

from tests.support.aws_rules.call import Call, Json, Proceed

Clock = Callable[[], float]


AFTER = {
    "CreateRole": ("GetRole", "AttachRolePolicy", "PutRolePolicy"),
    "CreateFunction": ("GetFunction", "GetFunctionConfiguration", "AddPermission"),
    "CreateTable": ("DescribeTable",),
}
"""The operations that may not find at first what another has created."""


@dataclass
class NotThereYet:
    """What was just created is not found, the first `times` that one of `operations` asks for it.

    DynamoDB: "DescribeTable". IAM: "Changes that I make are not always immediately visible". For Lambda:
    https://github.com/hashicorp/terraform-provider-aws/issues/25440.
    """

    operations: tuple[str, ...] = tuple(chain.from_iterable(AFTER.values()))
    times: int = 1
    _left: Counter[str] = field(default_factory=Counter)

    def __call__(self, call: Call, proceed: Proceed) -> Json:
        if self._left[call.operation]:
            self._left[call.operation] -= 1
            code = "NoSuchEntity" if call.service == "iam" else "ResourceNotFoundException"
            call.refuse(code, "Not found.", 404)
        answered = proceed()
        for operation in AFTER.get(call.operation, ()):
            if operation in self.operations:
                self._left[operation] = self.times
        return answered


@dataclass
class NewRole:
    """Lambda can't assume a role in the first `seconds` after its creation.

    https://github.com/hashicorp/terraform-provider-aws/issues/8248.
    """

    seconds: float
    clock: Clock = time.monotonic
    _made: dict[str, float] = field(default_factory=dict)

    def __call__(self, call: Call, proceed: Proceed) -> Json:
        if call.operation == "CreateRole":
            self._made[call.parameters["RoleName"]] = self.clock()
        role = str(call.parameters.get("Role", "")).rpartition("/")[2]
        if role in self._made and self.clock() < self._made[role] + self.seconds:
            message = "The role defined for the function cannot be assumed by Lambda."
            call.refuse("InvalidParameterValueException", message)
        return proceed()


@dataclass
class BusyFunction:
    """A change of a function takes until there were `looks` more requests: looks, and changes, which are refused.

    Lambda: "Lambda function states"; "DeleteFunction" and "DeleteFunctionConcurrency", their errors.
    https://github.com/ansible-collections/community.aws/issues/830.
    """

    looks: int = 2
    _left: Counter[str] = field(default_factory=Counter)

    def __call__(self, call: Call, proceed: Proceed) -> Json:
        name = str(call.parameters.get("FunctionName", ""))
        changes = call.operation.startswith(("UpdateFunction", "AddPermission", "RemovePermission", "DeleteFunction"))
        if changes and self._left[name]:
            self._left[name] -= 1
            message = "The operation cannot be performed at this time. An update is in progress for resource: "
            call.refuse("ResourceConflictException", message + name, 409)
        answered = proceed()
        if call.operation in ("CreateFunction", "UpdateFunctionCode", "UpdateFunctionConfiguration"):
            self._left[name] = self.looks
        if call.operation in ("GetFunction", "GetFunctionConfiguration") and self._left[name]:
            self._left[name] -= 1
            busy = {"LastUpdateStatus": "InProgress"}
            if call.operation == "GetFunctionConfiguration":
                return answered | busy
            return answered | {"Configuration": answered["Configuration"] | busy}
        return answered


@dataclass
class LostPermission:
    """Of two permissions that are added within a second, the first is forgotten, and both are acknowledged.

    Terraform: internal/service/lambda/permission.go, where AWS is said to have acknowledged it.
    https://github.com/hashicorp/terraform-provider-aws/issues/789.
    """

    clock: Clock = time.monotonic
    times: int = 1
    _last: tuple[str, float] = ("", float("-inf"))

    def __call__(self, call: Call, proceed: Proceed) -> Json:
        if call.operation != "AddPermission":
            return proceed()
        answered, (before, when) = proceed(), self._last
        self._last = (call.parameters["StatementId"], self.clock())
        if self.times and before and self.clock() < when + 1:
            self.times -= 1
            call.find("RemovePermission", FunctionName=call.parameters["FunctionName"], StatementId=before)
        return answered


@dataclass
class RoleOfTheVariables:
    """A function's variables can be read only by the role, with its hidden id, that was last set under another ARN.

    Terraform: "aws_lambda_function", on KMSAccessDeniedException. `role_id` returns the id of a role's ARN.
    """

    role_id: Callable[[str], str]
    _granted: dict[str, tuple[str, str]] = field(default_factory=dict)

    def __call__(self, call: Call, proceed: Proceed) -> Json:
        name, role = str(call.parameters.get("FunctionName", "")), call.parameters.get("Role")
        if call.operation == "Invoke" and (granted := self._granted.get(name)):
            described = call.ask("GetFunctionConfiguration", FunctionName=name)
            if (described.get("Environment") or {}).get("Variables") and self.role_id(granted[0]) != granted[1]:
                message = "Lambda was unable to decrypt the environment variables because KMS access was denied."
                call.refuse("KMSAccessDeniedException", message, 502)
        answered = proceed()
        if role and self._granted.get(name, ("",))[0] != role:
            self._granted[name] = (role, self.role_id(role))
        return answered


@dataclass
class OneDeletionIn30Seconds:
    """API Gateway deletes one API in 30 seconds.

    API Gateway: "Quotas". https://github.com/boto/boto3/issues/876, https://github.com/rebuy-de/aws-nuke/issues/358.
    """

    clock: Clock = time.monotonic
    _last: float = float("-inf")

    def __call__(self, call: Call, proceed: Proceed) -> Json:
        if call.operation != "DeleteRestApi":
            return proceed()
        if self.clock() < self._last + 30:
            call.refuse("TooManyRequestsException", "Too Many Requests", 429)
        answered = proceed()
        self._last = self.clock()
        return answered


@dataclass
class AskedTooOften:
    """API Gateway answers an account `often` times at once, and then 10 times a second. Others ask too, all the time.

    API Gateway: "Quotas", "Total operations". https://github.com/aws/aws-cdk/issues/15573.
    """

    often: float
    clock: Clock = time.monotonic
    _at: float = 0.0

    def __call__(self, call: Call, proceed: Proceed) -> Json:
        if call.service != "apigateway":
            return proceed()
        self.often, self._at = min(40, self.often + 10 * (self.clock() - self._at)), self.clock()
        if self.often < 1:
            call.refuse("TooManyRequestsException", "Too Many Requests", 429)
        self.often -= 1
        return proceed()


@dataclass
class SlowAmplify:
    """Amplify refuses each operation the first `times`, because it was asked too often.

    https://github.com/aws-amplify/amplify-hosting/issues/3748: the code is that of a bad request.
    """

    times: int = 1
    _left: dict[str, int] = field(default_factory=dict)

    def __call__(self, call: Call, proceed: Proceed) -> Json:
        left = self._left.setdefault(call.operation, self.times)
        if call.service == "amplify" and left:
            self._left[call.operation] = left - 1
            message = f"Rate exceeded while calling {call.operation}, please slow down or try again later."
            call.refuse("BadRequestException", message)
        return proceed()


@dataclass
class SlowDomain:
    """A domain that was deleted is taken for `seconds`. Until then its pool can't be deleted.

    Terraform waits for the end of both: internal/service/cognitoidp/user_pool_domain.go and wait.go.
    https://github.com/hashicorp/terraform-provider-aws/issues/28124.
    """

    seconds: float
    clock: Clock = time.monotonic
    _gone: dict[str, float] = field(default_factory=dict)

    def __call__(self, call: Call, proceed: Proceed) -> Json:
        pool = str(call.parameters.get("UserPoolId", ""))
        if self.clock() < self._gone.get(pool, float("-inf")):
            if call.operation == "CreateUserPoolDomain":
                call.refuse("InvalidParameterException", "Domain already exists.")
            if call.operation == "DeleteUserPool":
                message = "User pool cannot be deleted. It has a domain configured that should be deleted first."
                call.refuse("InvalidParameterException", message)
        answered = proceed()
        if call.operation == "DeleteUserPoolDomain":
            self._gone[pool] = self.clock() + self.seconds
        return answered


@dataclass
class Conflicting:
    """Somebody else changes the same thing at the same time, the first `times` that one of `operations` is called.

    API Gateway: https://github.com/hashicorp/terraform-provider-aws/issues/27027. Log groups:
    https://github.com/aws/aws-cdk/issues/15709. Cognito: "UpdateUserPool", "DeleteUserPoolDomain" and others, their
    errors; https://github.com/hashicorp/terraform-provider-aws/issues/19794. IAM: "CreateRole", its errors. A role that
    just lost its policies: https://github.com/hashicorp/terraform/pull/14707.
    """

    operations: tuple[str, ...]
    times: int = 1

    def __call__(self, call: Call, proceed: Proceed) -> Json:
        if call.operation in self.operations and self.times:
            self.times -= 1
            code = {
                "apigateway": "ConflictException",
                "logs": "OperationAbortedException",
                "cognito-idp": "ConcurrentModificationException",
                "iam": "ConcurrentModification",
                "lambda": "ResourceConflictException",
            }[call.service]
            if call.operation == "DeleteRole":
                code = "DeleteConflict"
            message = "Unable to complete operation due to concurrent modification. Please try again later."
            call.refuse(code, message, 409)
        return proceed()


@dataclass
class ThrottledWrites:
    """DynamoDB writes nothing until `until` on the clock.

    DynamoDB: "BatchWriteItem": if none of the items can be processed, the whole request is refused.
    """

    until: float
    clock: Clock = time.monotonic
    code: str = "ProvisionedThroughputExceededException"

    def __call__(self, call: Call, proceed: Proceed) -> Json:
        if call.operation in ("PutItem", "UpdateItem", "BatchWriteItem") and self.clock() < self.until:
            call.refuse(self.code, "The level of configured provisioned throughput for the table was exceeded.")
        return proceed()


@dataclass
class BusyTable:
    """A table is being created or changed until it was looked at `looks` times. Until then it can't be deleted.

    DynamoDB: "CreateTable", "UpdateTable", "DeleteTable".
    """

    looks: int = 2
    _states: dict[str, tuple[str, int]] = field(default_factory=dict)

    def __call__(self, call: Call, proceed: Proceed) -> Json:
        name = str(call.parameters.get("TableName", ""))
        state, left = self._states.get(name, ("ACTIVE", 0))
        if call.operation in ("DeleteTable", "UpdateTable") and left:
            message = f"Attempt to change a resource which is still in use: Table is being {state.lower()}: {name}"
            call.refuse("ResourceInUseException", message)
        answered = proceed()
        if call.operation in ("CreateTable", "UpdateTable"):
            self._states[name] = ("CREATING" if call.operation == "CreateTable" else "UPDATING", self.looks)
        if call.operation == "DescribeTable" and left:
            self._states[name] = (state, left - 1)
            return answered | {"Table": answered["Table"] | {"TableStatus": state}}
        return answered


@dataclass
class RepeatedToken:
    """A page of the log is empty and has the token that was sent, `times` times. Then the log goes on.

    https://github.com/boto/boto3/issues/1584, https://github.com/aws/aws-cli/issues/3191.
    """

    times: int = 1

    def __call__(self, call: Call, proceed: Proceed) -> Json:
        token = call.parameters.get("nextToken")
        if call.operation == "FilterLogEvents" and token and self.times:
            self.times -= 1
            return {"events": [], "searchedLogStreams": [], "nextToken": token}
        return proceed()


@dataclass
class NoNetworkInterfaces:
    """A function in a VPC can't be given a role that may not make network interfaces.

    Lambda: "Giving Lambda functions access to resources in an Amazon VPC". `roles` are those that may.
    """

    roles: tuple[str, ...] = ()

    def __call__(self, call: Call, proceed: Proceed) -> Json:
        if call.operation == "UpdateFunctionConfiguration" and call.parameters.get("Role") not in (None, *self.roles):
            found = call.ask("GetFunctionConfiguration", FunctionName=call.parameters["FunctionName"])
            if (found.get("VpcConfig") or {}).get("VpcId"):
                message = "The provided execution role does not have permissions to call CreateNetworkInterface on EC2"
                call.refuse("InvalidParameterValueException", message)
        return proceed()

"""What a rule of AWS is.

A rule sees a call on its way to an emulator: to moto in unit tests (`fake_aws`), to a server in integration tests
(`proxy`). It refuses the call, changes it, or changes the answer. The rules in `api_gateway`, `cognito`, `invoking` and
`others` always hold. Those in `moments` hold for a moment or by chance, such as a role that Lambda does not know yet: a
test chooses them. Each rule says where it comes from. `every` puts them together.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from botocore.exceptions import ClientError

Json = dict[str, Any]

ABSENT = ("NotFoundException", "ResourceNotFoundException", "NoSuchEntity")


@dataclass
class Call:
    """A call on its way to an emulator. Rules may change its parameters."""

    service: str
    operation: str
    parameters: Json
    ask: Callable[..., Json]
    """Asks the emulator, without any rule: `ask("GetMethod", restApiId=…)`, or of another service `lambda.Invoke`."""

    def find(self, operation: str, **parameters: Any) -> Json | None:
        """Ask the emulator for something that may not exist."""
        try:
            return self.ask(operation, **parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] in ABSENT:
                return None
            raise

    def refuse(self, code: str, message: str, status: int = 400, **more: Any) -> NoReturn:
        """Answer with an error."""
        error = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}, **more}
        raise ClientError(error, self.operation)


Proceed = Callable[[], Json]
Rule = Callable[[Call, Proceed], Json]
"""Gets a call, and what carries it out. Returns the answer."""

RULES: dict[str, list[Rule]] = {}
"""The rules that always hold, by `service.Operation`."""


def rule(service: str, *operations: str) -> Callable[[Rule], Rule]:
    """Let a rule hold always for operations of a service."""

    def hold(function: Rule) -> Rule:
        for operation in operations:
            RULES.setdefault(f"{service}.{operation}", []).append(function)
        return function

    return hold

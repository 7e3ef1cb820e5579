"""Invokes the deployed function."""

import base64
import json
from typing import Any, NamedTuple

from wildrydes_cli import aws
from wildrydes_cli.aws import Account
from wildrydes_cli.aws_errors import CHECK_ENDPOINT, NoAnswerError, refusal
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.errors import InterruptError, NotConfiguredError, ServiceError, WildrydesError
from wildrydes_cli.shapes import json_value


class Invocation(NamedTuple):
    """What the function answered, as JSON, and the end of its log. If it `crashed`, the answer is Lambda's reason."""

    payload: Any
    crashed: bool
    log: str


def invoking_client(account: Account) -> Any:
    """Return a client for invoking functions. It waits as long as our functions may take, and sends one request."""
    # A second try would dispatch a second unicorn.
    return account.client("lambda", read_timeout=60, **aws.ONE_TRY)


def invoke(client: Any, names: Names, event: Any) -> Invocation:
    """Have the deployed function answer `event`.

    Args:
        client: A client from `invoking_client`.
        names: The names of what is deployed.
        event: The event, as JSON.

    Raises:
        NotConfiguredError: There is no such function.
        ServiceError: Lambda refused or failed. If no answer came, the message says that the function may have run.
        InterruptError: Ctrl-C.
    """
    function = names.function
    action = f"invoke function {function} in {aws.location(client)}"
    known = {
        "ResourceNotFoundException": NotConfiguredError(
            f"cannot {action}: the function does not exist",
            hint="create it:",
            command=names.command("function", "deploy"),
            first=names.before("function", "deploy"),
        ),
        # Variables are encrypted for the role that the function had at that time (Terraform: "aws_lambda_function").
        # Deploying removes those of an earlier version, and keeps the user's.
        "KMSAccessDeniedException": WildrydesError(
            f"cannot {action}: it can't decrypt its variables, as its role was deleted and created again",
            hint="remove the function's own variables in the Lambda console, or deploy it again:",
            command=names.command("function", "deploy"),
        ),
    }
    may_have_run = f"function {function} may have run, and recorded a ride"
    hint, command = "look before you try again:", ("rides", "list")
    try:
        answer = aws.call(
            client.invoke,
            action,
            known=known,
            expected=("TooManyRequestsException",),
            FunctionName=function,
            LogType="Tail",
            Payload=json.dumps(event),
        )
        if "Error" in answer:
            raise _throttled(answer, action, names)
        text = _read(answer["Payload"], action)
    except NoAnswerError as error:
        raise ServiceError(f"{error.message}; {may_have_run}", hint=hint, command=command) from error
    except KeyboardInterrupt as error:
        raise InterruptError(f"interrupted; {may_have_run}", error, hint=hint, command=command) from error
    return Invocation(_json_or_text(text), bool(answer.get("FunctionError")), _decoded(answer.get("LogResult") or ""))


def _read(payload: Any, action: str) -> str:
    """Return the text of the answer.

    Raises:
        NoAnswerError: The answer can't be read to its end.
    """
    try:
        text: bytes = aws.call(payload.read, action)
    except NotConfiguredError as error:  # a length that is no number: settings can't be the reason once AWS answered
        raise NoAnswerError(error.message, hint=CHECK_ENDPOINT) from error
    return text.decode(errors="replace")


def _throttled(answer: Any, action: str, names: Names) -> WildrydesError:
    """Explain why Lambda did not run the function. Its "Reason" tells the function's own limit from the account's."""
    refused = refusal(answer, action)
    if answer.get("Reason") == "ReservedFunctionConcurrentInvocationLimitExceeded":
        refused.hint = "the function's own limit of concurrency is reached, or 0, as the console's Throttle sets it:"
        refused.command = names.command("status")
    return refused


def _json_or_text(text: str) -> Any:
    try:
        return json_value(text or "null")
    except ValueError:  # a function with a runtime of its own can answer anything
        return text


def _decoded(log: str) -> str:
    try:
        return base64.b64decode(log).decode(errors="replace")
    except ValueError:
        return ""

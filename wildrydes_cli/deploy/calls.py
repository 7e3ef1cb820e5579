"""Calls that find something by its name, and calls that change something, whatever others do at the same time."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, overload

from wildrydes_cli import aws
from wildrydes_cli.aws_errors import THROTTLED, NoAnswerError, code_and_message, refusal
from wildrydes_cli.deploy.plan import Json
from wildrydes_cli.errors import ServiceError, WildrydesError
from wildrydes_cli.shapes import Shape

ABSENT = ("NoSuchEntity", "ResourceNotFoundException", "NotFoundException")
"""The error codes for "does not exist": those of IAM, of Lambda, CloudWatch and Cognito, and of API Gateway."""

BUSY_SECONDS = 10
"""How long to try again while another deployment is changing the same thing."""

DATE_SECONDS = 1
"""How exactly AWS says when something was created. API Gateway says it in whole seconds."""

_PATIENCE_SECONDS = 60
"""How long to try again while AWS is busy or asked too often. API Gateway deletes one API in 30 seconds (its "Quotas").

It answers 10 requests a second to an account, and 40 at once. A class that shares an account asks more.
"""


def the_one(kind: str, found: Sequence[Json], identifier: str) -> Json | None:
    """Return the only one of those that were found by their name, or None.

    Raises `WildrydesError` if there are several. It lists them by their `identifier`, and calls them `kind`.
    """
    if len(found) > 1:
        ids = ", ".join(sorted(str(each[identifier]) for each in found))
        raise WildrydesError(
            f"there are {len(found)} {kind}: {ids}. Nothing was changed",
            hint="delete all of them but one, or choose another name",
        )
    return found[0] if found else None


@overload
def patiently(
    operation: Callable[..., Any],
    action: str,
    *,
    absent: tuple[str, ...],
    expected: tuple[str, ...] = ...,
    known: Mapping[str, WildrydesError] | None = ...,
    busy: tuple[str, ...] = ...,
    answer: Shape = ...,
    waiting: Callable[[], object] = ...,
    **parameters: Any,
) -> Json | None: ...
@overload
def patiently(
    operation: Callable[..., Any],
    action: str,
    *,
    expected: tuple[str, ...] = ...,
    known: Mapping[str, WildrydesError] | None = ...,
    busy: tuple[str, ...] = ...,
    answer: Shape = ...,
    waiting: Callable[[], object] = ...,
    **parameters: Any,
) -> Json: ...
def patiently(
    operation: Callable[..., Any],
    action: str,
    *,
    absent: tuple[str, ...] = (),
    expected: tuple[str, ...] = (),
    known: Mapping[str, WildrydesError] | None = None,
    busy: tuple[str, ...] = (),
    answer: Shape = object,
    waiting: Callable[[], object] = lambda: None,
    **parameters: Any,
) -> Json | None:
    """Call `operation`, as `aws.call` does, and wait while it can't be carried out.

    While AWS answers with a `busy` code, or that it is asked too often, this tries again for up to a minute.
    Calls `waiting` before the second try.
    """
    refused: Json = {}
    for tried, _ in enumerate(aws.polls(_PATIENCE_SECONDS, longest=5)):
        if tried == 1:
            waiting()
        codes = (*expected, *busy, *THROTTLED)
        answered: Json | None
        answered = aws.call(operation, action, answer=answer, absent=absent, expected=codes, known=known, **parameters)
        if answered is None or "Error" not in answered or code_and_message(answered)[0] in expected:
            return answered
        refused = answered
    raise refusal(refused, action)


def create_once(operation: Callable[..., Any], action: str, *, answer: Shape, **parameters: Any) -> Json:
    """Call `operation`, which creates something whose name need not be unique. Never creates a second one.

    The client of `operation` must not try again by itself. A request that was throttled created nothing, so that is
    tried again.
    """
    try:
        created: Json = patiently(operation, action, answer=answer, **parameters)
    except NoAnswerError as error:
        raise ServiceError(
            f"{error.message}; it may have been created all the same", hint="run this again: it looks first"
        ) from error
    return created


def keep_one(
    created: Json, listed: Callable[[], Sequence[Json]], identifier: str, date: str, delete: Callable[[Json], object]
) -> Json:
    """Return the one that everybody uses, if several things of one name were created at the same time.

    It is the oldest. Of several with the same `date`, it is the one with the smallest `identifier`. If it is not the
    one that was `created` here, the latter is deleted. Nothing else is deleted: whoever created the others does that.

    Args:
        created: What we have just created.
        listed: Asks for all that may be used. What was created need not be among them yet.
        identifier: The name of the identifier in a description.
        date: The name of the time of creation in a description.
        delete: Deletes what was created.
    """
    time.sleep(DATE_SECONDS)  # afterwards, everything that is as old as this is listed
    others = [each for each in listed() if each[identifier] != created[identifier]]
    kept = min([created, *others], key=lambda each: (each[date], each[identifier])) if others else created
    if kept is not created:
        delete(created)
    return kept


def restated(client: Any, operation: str, described: Json) -> Json:
    """Return the parameters with which an update changes nothing: what is `described`, as far as `operation` takes it.

    Cognito resets what an update leaves out (Cognito: "UpdateUserPool"). botocore's model of the service says what the
    operation takes, so this also restates what Cognito may add. Empty texts are left out: Cognito may refuse them.
    """
    shape = client.meta.service_model.operation_model(operation).input_shape
    parameters: Json = _restated(described, shape)
    return parameters


def _restated(value: Any, shape: Any) -> Any:
    if shape.type_name != "structure":
        return value
    return {
        name: _restated(inner, shape.members[name])
        for name, inner in value.items()
        if name in shape.members and inner not in (None, "")
    }

"""Answers a call by all rules."""

from collections.abc import Iterable
from functools import partial

from tests.support.aws_rules import api_gateway, cognito, invoking, others  # noqa: F401  # they register their rules
from tests.support.aws_rules.call import RULES, Call, Json, Proceed, Rule


def answer(call: Call, proceed: Proceed, chosen: Iterable[Rule] = ()) -> Json:
    """Answer a call by the rules that hold for it, and by the `chosen` ones, which see every call.

    `proceed` asks the emulator for what the call has become.
    """
    for each in [*RULES.get(f"{call.service}.{call.operation}", ()), *chosen]:
        proceed = partial(each, call, proceed)
    return proceed()

"""Finds out whose account this is."""

import re
from contextlib import suppress

from wildrydes_cli import aws
from wildrydes_cli.aws import Account
from wildrydes_cli.errors import WildrydesError

_SECONDS = 5
"""How long STS may take: only a question names the account."""


def account_number(account: Account) -> str:
    """Ask STS for the number of the account (STS: "GetCallerIdentity"). Returns "" if there is no answer.

    STS answers everybody, but not every network lets requests to it pass. So this does not try again.
    """
    with suppress(WildrydesError):
        sts = account.client("sts", **aws.ONE_TRY, read_timeout=_SECONDS)
        number = aws.call(sts.get_caller_identity, "ask who we are", answer={"Account": str})["Account"]
        return number if re.fullmatch(r"\d{12}", number) else ""
    return ""

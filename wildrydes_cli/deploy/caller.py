"""Whose account it is in which everything is deployed."""

from contextlib import suppress
from typing import Any

from wildrydes_cli import aws
from wildrydes_cli.aws import Account
from wildrydes_cli.errors import WildrydesError


class Caller:
    """Who sends our requests, as STS knows them."""

    needs = ()

    def __init__(self, account: Account) -> None:
        self._sts = account.client("sts", **aws.ONE_TRY)
        self.found: dict[str, Any] | None = None
        """The caller as STS describes them, with their account. None if STS does not answer."""

    def find(self) -> None:
        """Ask STS, which answers everybody (STS: "GetCallerIdentity"). Not every network lets requests to it pass."""
        with suppress(WildrydesError):
            self.found = aws.call(self._sts.get_caller_identity, "look who asks", answer={"Arn": str})

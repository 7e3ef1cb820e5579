"""Removes the function, its role and its log; never the table."""

from collections.abc import Callable
from typing import Any

from wildrydes_cli import aws
from wildrydes_cli.aws import Account
from wildrydes_cli.function import ABSENT, log_group


def remove(account: Account, function: str, role: str | None, announce: Callable[[str], None]) -> dict[str, str]:
    """Remove what is there, and return for each part `deleted`, or `absent` where there was none.

    Without a `role`, that is `left`. A role goes after its policies (IAM: "Delete roles or instance profiles"), and the
    log group goes last: Lambda delivers what the function logged late, and makes the group again.
    """
    functions, iam, logs = (account.client(service) for service in ("lambda", "iam", "logs"))

    def deleted(what: str, operation: Callable[..., Any], **parameters: Any) -> str:
        announce(f"delete {what}")
        answer = aws.call(operation, f"delete {what}", expected=ABSENT, **parameters)
        return "absent" if "Error" in answer else "deleted"

    def role_deleted() -> str:
        if role is None:
            return "left"
        return deleted(f"role {role}", iam.delete_role, RoleName=role) if _strip_policies(iam, role) else "absent"

    group = log_group(function)
    return {
        "Function": deleted(f"function {function}", functions.delete_function, FunctionName=function),
        "Role": role_deleted(),
        "LogGroup": deleted(f"log group {group}", logs.delete_log_group, logGroupName=group),
    }


def _strip_policies(iam: Any, role: str) -> bool:
    """Take all policies from `role`; return whether there is such a role."""
    for listing, key, remove_one in (
        ("list_attached_role_policies", "AttachedPolicies", iam.detach_role_policy),
        ("list_role_policies", "PolicyNames", iam.delete_role_policy),
    ):
        pages = iam.get_paginator(listing).paginate(RoleName=role)
        found = aws.call(pages.build_full_result, f"list the policies of role {role}", expected=ABSENT)
        if "Error" in found:
            return False
        for policy in found[key]:
            named = {"PolicyName": policy} if isinstance(policy, str) else {"PolicyArn": policy["PolicyArn"]}
            action = f"take policy {next(iter(named.values()))} from role {role}"
            aws.call(remove_one, action, expected=ABSENT, RoleName=role, **named)
    return True

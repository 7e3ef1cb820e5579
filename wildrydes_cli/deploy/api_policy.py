"""What the resource policy of an API means: whom it lets send requests."""

import json
import re

from wildrydes_cli.deploy.policies import EVERYBODY, Statement, principals, resources, statements

_ACTIONS = ("execute-api:Invoke", "execute-api:*", "*")
_EVERYTHING = r"\*|(execute-api:|arn:[^/]+)(/\*)+"
"""The resources that are all of an API: `*`, `execute-api:/*`, or its ARN and `/*`."""


def allows_everybody(policy: str) -> bool:
    """Whether the resource policy of an API lets everybody send every request.

    API Gateway describes a policy as JSON whose quotes are escaped (Terraform: `flattenAPIPolicy`).
    """
    try:
        document = json.loads(policy if policy.lstrip().startswith('{"') else json.loads(f'"{policy}"'))
    except ValueError:
        return False
    listed = statements(document) if isinstance(document, dict) else []
    return all(each.get("Effect") == "Allow" for each in listed) and any(map(_is_for_everybody, listed))


def _is_for_everybody(statement: Statement) -> bool:
    actions = statement.get("Action", [])
    return (
        "Condition" not in statement
        and EVERYBODY in principals(statement)
        and any(action in _ACTIONS for action in (actions if isinstance(actions, list) else [actions]))
        and any(re.fullmatch(_EVERYTHING, each) for each in resources({"Statement": statement}))
    )

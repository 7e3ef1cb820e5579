"""When an API may invoke its function. No emulator asks."""

import json
from fnmatch import fnmatchcase

from tests.support.aws_rules.call import Call, Json, Proceed, rule


@rule("execute-api", "Invoke")
def an_api_invokes_only_the_function_that_allows_it_and_by_post(call: Call, proceed: Proceed) -> Json:
    """API Gateway answers 500 else. https://repost.aws/knowledge-center/api-gateway-internal-server-error.

    The integration's own method must be POST: https://github.com/localstack/localstack/issues/10473, seen on AWS.
    """
    sent = call.parameters
    resources = call.ask("apigateway.GetResources", restApiId=sent["api"], limit=500).get("items") or []
    resource = next((each for each in resources if each["path"] == sent["path"]), None)
    method = resource and call.find(
        "apigateway.GetMethod", restApiId=sent["api"], resourceId=resource["id"], httpMethod=sent["method"]
    )
    integration = (method or {}).get("methodIntegration") or {}
    if integration.get("type") in ("AWS", "AWS_PROXY"):
        function = integration["uri"].partition("/functions/")[2].removesuffix("/invocations")
        policy = call.find("lambda.GetPolicy", FunctionName=function.rpartition(":")[2])
        wanted = f"{sent['api']}/{sent['stage']}/{sent['method']}{sent['path']}"
        if integration.get("httpMethod") != "POST" or not (policy and _allows(policy["Policy"], wanted)):
            call.refuse("InternalServerErrorException", "Internal server error", 500)
    return proceed()


def _allows(policy: str, wanted: str) -> bool:
    """Whether a policy lets API Gateway invoke the function for a method, such as `abcdef/prod/POST/ride`.

    Lambda: "AddPermission", SourceArn: it is compared as StringLike.
    """
    for statement in json.loads(policy)["Statement"]:
        principal = statement["Principal"]
        service = principal.get("Service", "") if isinstance(principal, dict) else principal
        conditions = (statement.get("Condition") or {}).values()
        sources = [value for each in conditions for key, value in each.items() if key.lower() == "aws:sourcearn"]
        if service in ("apigateway.amazonaws.com", "*") and all(
            fnmatchcase(wanted, source.rpartition(":")[2]) for source in sources
        ):
            return True
    return False

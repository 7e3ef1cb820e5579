"""Rules of API Gateway that the emulators lack, each with its source."""

from typing import Any

from tests.support.aws_rules.call import Call, Json, Proceed, rule

_METHOD = ("restApiId", "resourceId", "httpMethod")


def _listed(call: Call, operation: str, **parameters: Any) -> list[Json]:
    """Return what API Gateway lists about the API of a call."""
    found: list[Json] = call.ask(operation, restApiId=call.parameters["restApiId"], **parameters).get("items") or []
    return found


def _named(call: Call, *names: str) -> Json:
    return {name: call.parameters[name] for name in names}


@rule("apigateway", "CreateResource")
def resources_of_a_parent_have_different_names(call: Call, proceed: Proceed) -> Json:
    """As LocalStack does, whose API Gateway is tested against AWS. The message is widely quoted."""
    for each in _listed(call, "GetResources", limit=500):
        if (each.get("parentId"), each.get("pathPart")) == (call.parameters["parentId"], call.parameters["pathPart"]):
            message = f"Another resource with the same parent already has this name: {each['pathPart']}"
            call.refuse("ConflictException", message, 409)
    return proceed()


@rule("apigateway", "GetResources")
def methods_are_listed_only_if_they_are_wanted(call: Call, proceed: Proceed) -> Json:
    """API Gateway: "GetResources", embed. Without it, each method is an empty object, as answers of `aws` show."""
    answered = proceed()
    if call.parameters.get("embed") != ["methods"]:
        for resource in answered.get("items") or answered.get("item") or []:
            if methods := resource.get("resourceMethods"):
                resource["resourceMethods"] = {verb: {} for verb in methods}
    return answered


@rule("apigateway", "GetAuthorizers", "GetGatewayResponses")
def a_list_has_25_items_unless_more_are_wanted(call: Call, proceed: Proceed) -> Json:
    """API Gateway: "GetAuthorizers" and "GetGatewayResponses", limit."""
    answered, limit = proceed(), int(call.parameters.get("limit", 25))
    return {name: each[:limit] if name in ("items", "item") else each for name, each in answered.items()}


@rule("apigateway", "CreateAuthorizer")
def authorizers_of_an_api_have_different_names(call: Call, proceed: Proceed) -> Json:
    """https://github.com/aws/aws-cdk/issues/13711 and https://github.com/serverless/serverless/issues/4711.

    The code is that of the newer API, which has the same message: https://github.com/aws/aws-cdk/issues/20170.
    """
    name = call.parameters["name"]
    if name in [each["name"] for each in _listed(call, "GetAuthorizers", limit=500)]:
        message = f"Authorizer name must be unique. Authorizer {name} already exists in this RestApi."
        call.refuse("BadRequestException", message)
    return proceed()


@rule("apigateway", "DeleteAuthorizer")
def an_authorizer_in_use_stays(call: Call, proceed: Proceed) -> Json:
    """https://github.com/hashicorp/terraform-provider-aws/issues/14812, with the answer of AWS."""
    authorizer = call.parameters["authorizerId"]
    for resource in _listed(call, "GetResources", limit=500, embed=["methods"]):
        for verb in resource.get("resourceMethods") or {}:
            method = call.ask(
                "GetMethod", restApiId=call.parameters["restApiId"], resourceId=resource["id"], httpMethod=verb
            )
            if method.get("authorizerId") == authorizer:
                message = f"Cannot delete authorizer '{authorizer}', is referenced in method: {verb}/{resource['path']}"
                call.refuse("ConflictException", message, 409)
    return proceed()


@rule("apigateway", "PutMethod")
def a_method_is_put_once(call: Call, proceed: Proceed) -> Json:
    """https://github.com/aws/aws-cli/issues/3992, reproduced there by AWS."""
    if call.find("GetMethod", **_named(call, *_METHOD)):
        call.refuse("ConflictException", "Method already exists for this resource", 409)
    return proceed()


@rule("apigateway", "PutMethod")
def an_authorizer_of_a_method_exists(call: Call, proceed: Proceed) -> Json:
    """API Gateway: "PutMethod", authorizerId. The message is LocalStack's, whose API Gateway is tested against AWS."""
    if call.parameters["authorizationType"] in ("CUSTOM", "COGNITO_USER_POOLS"):
        ids = [each["id"] for each in _listed(call, "GetAuthorizers", limit=500)]
        if call.parameters.get("authorizerId") not in ids:
            message = (
                "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS "
                "requires a valid authorizer."
            )
            call.refuse("BadRequestException", message)
    return proceed()


@rule("apigateway", "PutMethodResponse")
def a_response_of_a_method_is_put_once(call: Call, proceed: Proceed) -> Json:
    """The message is quoted by programs that expect it."""
    if _has_response(call):
        call.refuse("ConflictException", "Response already exists for this resource", 409)
    return proceed()


@rule("apigateway", "PutIntegrationResponse")
def a_response_of_an_integration_needs_one_of_the_method(call: Call, proceed: Proceed) -> Json:
    """API Gateway: "PutIntegrationResponse", statusCode: it maps to an existing MethodResponse."""
    if not _has_response(call):
        call.refuse("NotFoundException", "Invalid Response status code specified", 404)
    return proceed()


def _has_response(call: Call) -> bool:
    """Whether the method has a response of the status of a call."""
    method = call.find("GetMethod", **_named(call, *_METHOD)) or {}
    return call.parameters["statusCode"] in (method.get("methodResponses") or {})


_DEPLOYED: dict[str, Json] = {}
"""The methods of each API as they were deployed, by the id of the deployment, for `a_deployment_has_a_summary`."""


@rule("apigateway", "CreateDeployment")
def a_deployment_keeps_what_is_deployed_and_all_of_it_is_integrated(call: Call, proceed: Proceed) -> Json:
    """API Gateway: "Deploy REST APIs in API Gateway": a deployment is a snapshot.

    CloudFormation: "AWS::ApiGateway::Deployment", why it depends on methods. The messages are widely quoted.
    """
    by_path = _methods(call)
    methods = [method for verbs in by_path.values() for method in verbs.values()]
    if not methods:
        call.refuse("BadRequestException", "The REST API doesn't contain any methods")
    if not all(method.get("methodIntegration") for method in methods):
        call.refuse("BadRequestException", "No integration defined for method")
    answered = proceed()
    _DEPLOYED[answered["id"]] = {
        path: {verb: {name: method[name] for name in ("authorizationType", "apiKeyRequired")} for verb, method in verbs}
        for path, verbs in ((path, verbs.items()) for path, verbs in by_path.items() if verbs)
    }
    return answered


def _methods(call: Call) -> dict[str, dict[str, Json]]:
    """Return the methods of each resource, by path and verb. Not every emulator has them in GetResources."""
    api = {"restApiId": call.parameters["restApiId"]}
    return {
        resource["path"]: {
            verb: call.ask("GetMethod", resourceId=resource["id"], httpMethod=verb, **api)
            for verb in resource.get("resourceMethods") or {}
        }
        for resource in _listed(call, "GetResources", limit=500, embed=["methods"])
    }


@rule("apigateway", "GetDeployment")
def a_deployment_has_a_summary(call: Call, proceed: Proceed) -> Json:
    """API Gateway: "GetDeployment", embed. moto has none."""
    answered = proceed()
    if call.parameters.get("embed") == ["apisummary"]:
        return {"apiSummary": _DEPLOYED[answered["id"]], **answered} if answered["id"] in _DEPLOYED else answered
    return {name: value for name, value in answered.items() if name != "apiSummary"}


@rule("apigateway", "DeleteRestApi")
def an_api_behind_a_custom_domain_stays(call: Call, proceed: Proceed) -> Json:
    """https://github.com/serverless/serverless/issues/3638, https://github.com/glomex/gcdt/issues/373."""
    for domain in call.ask("GetDomainNames", limit=500).get("items") or []:
        mappings = call.ask("GetBasePathMappings", domainName=domain["domainName"]).get("items") or []
        if call.parameters["restApiId"] in [each["restApiId"] for each in mappings]:
            message = (
                "Deleting RestApi failed. Please remove all base path mappings related to the RestApi in your domains"
            )
            call.refuse("BadRequestException", f"{message}: {domain['domainName']}")
    return proceed()

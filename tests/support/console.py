"""What a reader of the tutorial does by hand in AWS's console, in the fake account of `fake_aws`. Fixture `console`."""

import json
from collections.abc import Callable
from typing import Any

from tests.support.fake_aws import AWS, Json

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:RequestUnicorn"
URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"


def create_function(client: Callable[[str], Any], name: str = "RequestUnicorn") -> None:
    """Create a function that need not work."""
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = client("iam").create_role(RoleName=f"Role-{name}", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    client("lambda").create_function(
        FunctionName=name, Runtime="python3.13", Role=role, Handler="index.handler", Code={"ZipFile": b"zip"}
    )


class Console:
    """The console of an account, for everything of ours that has one name."""

    def __init__(self, aws: AWS, name: str = "WildRydes") -> None:
        self._name = name
        self._gateway, self._cognito, self._lambda = map(aws.client, ("apigateway", "cognito-idp", "lambda"))

    @property
    def apis(self) -> list[str]:
        """The ids of all APIs of the name."""
        return [api["id"] for api in self._gateway.get_rest_apis()["items"] if api["name"] == self._name]

    @property
    def pools(self) -> list[str]:
        """The ids of all user pools of the name."""
        pages = self._cognito.get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 60})
        listed = pages.build_full_result()["UserPools"]
        return [pool["Id"] for pool in listed if pool["Name"] == self._name]

    @property
    def api(self) -> str:
        """The id of the only API."""
        (api,) = self.apis
        return api

    @property
    def pool(self) -> str:
        """The id of the only user pool."""
        (pool,) = self.pools
        return pool

    @property
    def sid(self) -> str:
        """The id of the statement with which `api deploy` allows the only API to invoke the function."""
        return f"wildrydes-{self.api}"

    def clients(self, pool: str) -> list[Json]:
        """The app clients of a pool."""
        pages = self._cognito.get_paginator("list_user_pool_clients").paginate(UserPoolId=pool)
        listed: list[Json] = pages.build_full_result()["UserPoolClients"]
        return listed

    def users(self) -> list[str]:
        """The names of the users of the only pool."""
        return [user["Username"] for user in self._cognito.list_users(UserPoolId=self.pool)["Users"]]

    def policy(self) -> list[Json]:
        """The statements of the function's policy."""
        try:
            policy = self._lambda.get_policy(FunctionName="RequestUnicorn")["Policy"]
        except self._lambda.exceptions.ResourceNotFoundException:
            return []
        statements: list[Json] = json.loads(policy)["Statement"]
        return statements

    def create_pool(self, **settings: Any) -> str:
        """Create a user pool. The console's own choice is to verify e-mail addresses."""
        usual = {"AutoVerifiedAttributes": ["email"]}
        pool: str = self._cognito.create_user_pool(PoolName=self._name, **usual | settings)["UserPool"]["Id"]
        return pool

    def create_client(self, name: str = "WildRydesWebApp", **settings: Any) -> str:
        """Create an app client in the only pool."""
        client = self._cognito.create_user_pool_client(UserPoolId=self.pool, ClientName=name, **settings)
        made: str = client["UserPoolClient"]["ClientId"]
        return made

    def create_api(self) -> str:
        """Create an API with the resource `/ride`."""
        made: str = self._gateway.create_rest_api(name=self._name)["id"]
        self.create_resource("ride", made)
        return made

    def create_tutorial_api(self) -> None:
        """Create the API as the tutorial says, up to the deployment."""
        self.create_api()
        self.create_authorizer()
        self.set_post()
        self.enable_cors()
        self.add_permission()

    def create_resource(self, name: str, api: str = "") -> str:
        """Create a resource, and return its id."""
        named = {"restApiId": api or self.api, "parentId": self.resource("/", api), "pathPart": name}
        made: str = self._gateway.create_resource(**named)["id"]
        return made

    def resource(self, path: str = "/ride", api: str = "") -> str:
        """The id of a resource."""
        listed = self._gateway.get_resources(restApiId=api or self.api)["items"]
        (found,) = (resource["id"] for resource in listed if resource["path"] == path)
        return str(found)

    def create_authorizer(self, pool: str = "", name: str = "WildRydes", **settings: Any) -> str:
        """Create an authorizer."""
        usual = {
            "type": "COGNITO_USER_POOLS",
            "providerARNs": [f"arn:aws:cognito-idp:us-east-1:123456789012:userpool/{pool or self.pool}"],
            "identitySource": "method.request.header.Authorization",
        }
        made: str = self._gateway.create_authorizer(restApiId=self.api, name=name, **usual | settings)["id"]
        return made

    @property
    def authorizer(self) -> str:
        """The id of the only authorizer of the name."""
        listed = self._gateway.get_authorizers(restApiId=self.api)["items"]
        (authorizer,) = (str(each["id"]) for each in listed if each["name"] == "WildRydes")
        return authorizer

    def mistype_token_source(self, source: str) -> None:
        """Type another name into "Token source" of the authorizer."""
        patch = {"op": "replace", "path": "/identitySource", "value": f"method.request.header.{source}"}
        named = {"restApiId": self.api, "authorizerId": self.authorizer}
        self._gateway.update_authorizer(patchOperations=[patch], **named)

    def set_post(self, *, uri: str = URI, proxy: bool = True, integration: Json | None = None, **method: Any) -> None:
        """Create POST, in place of one that exists.

        It asks for a token, and calls the function, unless `method` and `integration` say otherwise.
        """
        settings = {"authorizationType": "COGNITO_USER_POOLS", **method}
        if settings["authorizationType"] != "NONE" and "authorizerId" not in settings:
            settings["authorizerId"] = self.authorizer
        self._put("POST", **settings)
        if uri:
            kind = "AWS_PROXY" if proxy else "AWS"
            settings = {"type": kind, "integrationHttpMethod": "POST", "uri": uri} | (integration or {})
            self._gateway.put_integration(**settings, **self._at("POST"))

    def enable_cors(
        self,
        *,
        authorization: str = "NONE",
        template: str = '{"statusCode": 200}',
        headers: Json | None = None,
        **method: Any,
    ) -> None:
        """Do what the button "Enable CORS" does, with other `headers` where they are given. "" leaves one out."""
        settings = {"authorizerId": self.authorizer} if authorization != "NONE" else {}
        self._put("OPTIONS", authorizationType=authorization, **settings, **method)
        usual = {
            "Headers": "Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token",
            "Methods": "OPTIONS,POST",
            "Origin": "*",
        }
        named = {
            f"method.response.header.Access-Control-Allow-{name}": f"'{value}'"
            for name, value in (usual | (headers or {})).items()
            if value
        }
        at = self._at("OPTIONS")
        self._gateway.put_integration(type="MOCK", requestTemplates={"application/json": template}, **at)
        self._gateway.put_method_response(statusCode="200", responseParameters=dict.fromkeys(named, True), **at)
        self._gateway.put_integration_response(statusCode="200", responseParameters=named, **at)

    def delete_method(self, verb: str, path: str = "/ride") -> None:
        """Delete a method."""
        self._gateway.delete_method(**self._at(verb, path))

    def deploy(self) -> None:
        """Deploy to the stage `prod`."""
        self._gateway.create_deployment(restApiId=self.api, stageName="prod")

    def delete_permission(self) -> None:
        """Delete the permission that `api deploy` added."""
        self._lambda.remove_permission(FunctionName="RequestUnicorn", StatementId=self.sid)

    def allow_another_api(self) -> None:
        """Make the permission that `api deploy` added one for another API."""
        self.delete_permission()
        self.add_permission(sid=self.sid, api="abcdef1234")

    def add_permission(self, *, sid: str = "3f1b8c04", api: str = "") -> None:
        """Allow an API to invoke the function, as the console does when POST is saved."""
        self._lambda.add_permission(
            FunctionName="RequestUnicorn",
            StatementId=sid,
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:us-east-1:123456789012:{api or self.api}/*/POST/ride",
        )

    def _put(self, verb: str, **settings: Any) -> None:
        at = self._at(verb)
        resources = self._gateway.get_resources(restApiId=self.api)["items"]
        if any(verb in (each.get("resourceMethods") or {}) for each in resources if each["path"] == "/ride"):
            self._gateway.delete_method(**at)
        self._gateway.put_method(**settings, **at)

    def _at(self, verb: str, path: str = "/ride") -> Json:
        return {"restApiId": self.api, "resourceId": self.resource(path), "httpMethod": verb}

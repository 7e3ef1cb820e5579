"""Rules of Cognito that the emulators lack, each with its source."""

from urllib.parse import urlsplit

from tests.support.aws_rules.call import Call, Json, Proceed, rule

DEFAULT_PASSWORDS = {
    "MinimumLength": 8,
    "RequireUppercase": True,
    "RequireLowercase": True,
    "RequireNumbers": True,
    "RequireSymbols": True,
    "TemporaryPasswordValidityDays": 7,
}


@rule("cognito-idp", "CreateUserPool", "UpdateUserPool")
def passwords_need_every_kind_of_character_unless_the_policy_says_no(call: Call, proceed: Proceed) -> Json:
    """Cognito: "Adding user pool password requirements", the default policy."""
    policies = call.parameters.get("Policies") or {}
    passwords = DEFAULT_PASSWORDS | (policies.get("PasswordPolicy") or {})
    call.parameters = {**call.parameters, "Policies": {**policies, "PasswordPolicy": passwords}}
    return proceed()


@rule("cognito-idp", "UpdateUserPool")
def an_update_of_a_pool_resets_what_it_does_not_name(call: Call, proceed: Proceed) -> Json:
    """Cognito: "UpdateUserPool". https://github.com/aws/aws-cli/issues/3302 and 6484.

    Somebody who measured each setting (https://github.com/go-to-k/cdkd/issues/2675) found that some are kept. AWS does
    not promise that, so here everything is reset.
    """
    usual = {
        "AutoVerifiedAttributes": [],
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": False},
        "AccountRecoverySetting": {"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]},
        "DeletionProtection": "INACTIVE",
        "MfaConfiguration": "OFF",
        "LambdaConfig": {},
        "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
        "UserPoolTags": {},
        "UserPoolTier": "ESSENTIALS",
    }
    call.parameters = usual | call.parameters
    return proceed()


@rule("cognito-idp", "UpdateUserPoolClient")
def an_update_of_a_client_resets_what_it_does_not_name(call: Call, proceed: Proceed) -> Json:
    """Cognito: "UpdateUserPoolClient". https://github.com/boto/boto3/issues/1607."""
    usual = {
        "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"],
        "RefreshTokenValidity": 30,
        "AccessTokenValidity": 60,
        "IdTokenValidity": 60,
        "TokenValidityUnits": {"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "days"},
        "CallbackURLs": [],
        "LogoutURLs": [],
        "AllowedOAuthFlows": [],
        "AllowedOAuthScopes": [],
        "AllowedOAuthFlowsUserPoolClient": False,
        "SupportedIdentityProviders": [],
        "PreventUserExistenceErrors": "LEGACY",
        "EnableTokenRevocation": True,
    }
    call.parameters = usual | call.parameters
    return proceed()


@rule("cognito-idp", "CreateUserPoolClient", "UpdateUserPoolClient")
def a_client_may_always_refresh_tokens(call: Call, proceed: Proceed) -> Json:
    """https://github.com/aws/aws-cdk/issues/7625 (with AWS's log), https://github.com/aws/aws-cdk/pull/10561."""
    flows = call.parameters.get("ExplicitAuthFlows") or []
    if any(flow.startswith("ALLOW_") for flow in flows) and "ALLOW_REFRESH_TOKEN_AUTH" not in flows:
        call.refuse("InvalidParameterException", "REFRESH_TOKEN_AUTH should always be allowed.")
    if len({flow.startswith("ALLOW_") for flow in flows}) > 1:  # Cognito: "CreateUserPoolClient", ExplicitAuthFlows
        call.refuse("InvalidParameterException", "ExplicitAuthFlows can't mix values with and without ALLOW_.")
    return proceed()


@rule("cognito-idp", "CreateUserPoolClient", "UpdateUserPoolClient")
def tokens_are_valid_for_a_certain_time(call: Call, proceed: Proceed) -> Json:
    """Cognito: "Using tokens", the lifetimes: ID and access 5 minutes to a day, refresh an hour to 10 years."""
    seconds = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
    units = call.parameters.get("TokenValidityUnits") or {}
    for token, unit, least, most in (
        ("IdToken", "hours", 300, 86400),
        ("AccessToken", "hours", 300, 86400),
        ("RefreshToken", "days", 3600, 315_360_000),
    ):
        given = call.parameters.get(f"{token}Validity")
        if given and not least <= given * seconds[units.get(token, unit)] <= most:
            call.refuse("InvalidParameterException", "Invalid range for token validity.")
    return proceed()


@rule("cognito-idp", "CreateUserPoolClient", "UpdateUserPoolClient")
def browsers_come_back_by_https(call: Call, proceed: Proceed) -> Json:
    """Cognito: "CreateUserPoolClient", CallbackURLs. Names under localhost are those of the stand-in for Amplify."""
    for url in [*(call.parameters.get("CallbackURLs") or []), *(call.parameters.get("LogoutURLs") or [])]:
        scheme, host = urlsplit(url).scheme, urlsplit(url).hostname or ""
        if scheme == "http" and host not in ("localhost", "127.0.0.1", "::1") and not host.endswith(".localhost"):
            call.refuse("InvalidParameterException", f"{url} cannot use the HTTP protocol.")
    return proceed()


@rule("cognito-idp", "CreateUserPoolDomain")
def a_pool_has_one_domain_and_no_domain_is_anybody_elses(call: Call, proceed: Proceed) -> Json:
    """Cognito: "Configuring a user pool domain". The messages are widely quoted."""
    domain = call.parameters["Domain"]
    for word in ("aws", "amazon", "cognito"):
        if word in domain:
            call.refuse("InvalidParameterException", f"Domain cannot contain reserved word: {word}")
    if call.ask("DescribeUserPoolDomain", Domain=domain).get("DomainDescription"):
        call.refuse("InvalidParameterException", "Domain already associated with another user pool.")
    if _pool(call).get("Domain"):
        call.refuse("InvalidParameterException", "User pool already has a domain configured.")
    return proceed()


@rule("cognito-idp", "DeleteUserPoolDomain")
def a_domain_that_is_gone_is_a_wrong_parameter(call: Call, proceed: Proceed) -> Json:
    """The tests of github.com/aws-amplify/amplify-cli have the code and the message."""
    pool = _pool(call)
    if call.parameters["Domain"] not in (pool.get("Domain"), pool.get("CustomDomain")):
        call.refuse("InvalidParameterException", "No such domain or user pool exists.")
    return proceed()


@rule("cognito-idp", "DeleteUserPool")
def a_pool_with_a_domain_or_with_protection_stays(call: Call, proceed: Proceed) -> Json:
    """Cognito: "DeleteUserPool", its examples, and DeletionProtection."""
    pool = _pool(call)
    if pool.get("DeletionProtection") == "ACTIVE":
        message = "The user pool cannot be deleted because deletion protection is activated. "
        call.refuse("InvalidParameterException", f"{message}Deletion protection must be inactivated first.")
    if pool.get("Domain") or pool.get("CustomDomain"):
        message = "User pool cannot be deleted. It has a domain configured that should be deleted first."
        call.refuse("InvalidParameterException", message)
    return proceed()


def _pool(call: Call) -> Json:
    """Return the user pool of a call, with nothing in it if there is none."""
    found = call.find("DescribeUserPool", UserPoolId=call.parameters["UserPoolId"])
    return (found or {}).get("UserPool") or {}


def _pool_of_client(call: Call) -> Json:
    """Return the user pool of a call that names only an app client, with nothing in it if there is none."""
    for pool in call.ask("ListUserPools", MaxResults=60)["UserPools"]:
        at = {"UserPoolId": pool["Id"]}
        if call.find("DescribeUserPoolClient", ClientId=call.parameters["ClientId"], **at):
            found: Json = call.ask("DescribeUserPool", **at)["UserPool"]
            return found
    return {}


@rule("cognito-idp", "SignUp")
def nobody_registers_where_only_administrators_create_users(call: Call, proceed: Proceed) -> Json:
    """Cognito: "AdminCreateUserConfigType". The message is widely quoted."""
    if (_pool_of_client(call).get("AdminCreateUserConfig") or {}).get("AllowAdminCreateUserOnly"):
        call.refuse("NotAuthorizedException", "SignUp is not permitted for this user pool")
    return proceed()


@rule("cognito-idp", "SignUp")
def who_registers_gives_what_the_pool_requires(call: Call, proceed: Proceed) -> Json:
    """Cognito: "SignUp", UserAttributes. The message is widely quoted."""
    given = {each["Name"] for each in call.parameters.get("UserAttributes") or [] if each["Value"]}
    for attribute in _pool_of_client(call).get("SchemaAttributes") or []:
        name = attribute["Name"]
        if attribute.get("Required") and name not in given | {"sub"}:
            message = f"Attributes did not conform to the schema: {name}: The attribute is required\n"
            call.refuse("InvalidParameterException", message)
    return proceed()


@rule("cognito-idp", "AdminInitiateAuth")
def a_client_allows_the_flow(call: Call, proceed: Proceed) -> Json:
    """Cognito: "AdminInitiateAuth": the flow must be supported in the app client. The message is widely quoted."""
    at = {"UserPoolId": call.parameters["UserPoolId"], "ClientId": call.parameters["ClientId"]}
    client = call.ask("DescribeUserPoolClient", **at)["UserPoolClient"]
    flows = client.get("ExplicitAuthFlows") or []
    if call.parameters["AuthFlow"] == "ADMIN_USER_PASSWORD_AUTH" and "ALLOW_ADMIN_USER_PASSWORD_AUTH" not in flows:
        call.refuse("InvalidParameterException", "Auth flow not enabled for this client")
    return proceed()

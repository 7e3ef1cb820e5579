"""The user pool and its app client: who may register, what refuses riders, and that nothing else is changed."""

from typing import Any

import pytest

from tests.support.console import Console
from tests.support.fake_aws import AWS, Json
from tests.support.running import Cli

pytestmark = pytest.mark.usefixtures("lambda_function")

OURS = {"UserPoolTags": {"wildrydes": "api", "class": "monday"}}
"""The tags of a pool that we created, and of which somebody takes care."""

ARN = "arn:aws:lambda:us-east-1:123456789012:function:Hook"
POOL: Json = {
    "Policies": {
        "PasswordPolicy": {
            "MinimumLength": 16,
            "RequireUppercase": False,
            "RequireLowercase": False,
            "RequireNumbers": False,
            "RequireSymbols": False,
            "PasswordHistorySize": 3,
            "TemporaryPasswordValidityDays": 2,
        },
        "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]},
    },
    "DeletionProtection": "ACTIVE",
    "LambdaConfig": {"PostConfirmation": ARN},
    "AutoVerifiedAttributes": ["email"],
    "SmsVerificationMessage": "Your code is {####}",
    "EmailVerificationMessage": "Your code is {####}",
    "EmailVerificationSubject": "Your code",
    "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_CODE", "EmailMessage": "Your code is {####}"},
    "SmsAuthenticationMessage": "Your code is {####}",
    "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
    "MfaConfiguration": "OPTIONAL",
    "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True},
    "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT", "ReplyToEmailAddress": "ada@example.com"},
    "SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::123456789012:role/Sms", "ExternalId": "x"},
    "UserPoolTags": OURS["UserPoolTags"],
    "AdminCreateUserConfig": {
        "AllowAdminCreateUserOnly": True,
        "InviteMessageTemplate": {"EmailSubject": "Ride", "EmailMessage": "{username}, your password is {####}"},
    },
    "UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"},
    "DcrConfiguration": {"EnableStatus": "Disabled"},
    "AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "admin_only"}]},
    "UserPoolTier": "PLUS",
    "KeyConfiguration": {"KeyType": "AWS_OWNED_KEY"},
    "IssuerConfiguration": {"Type": "ORIGINAL"},
    "AcrConfiguration": {},
}
"""Settings of a pool that are not the default: one for each that Cognito resets if an update leaves it out."""

CLIENT: Json = {
    "ClientName": "WildRydesWebApp",
    "RefreshTokenValidity": 7,
    "AccessTokenValidity": 30,
    "IdTokenValidity": 30,
    "TokenValidityUnits": {"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "days"},
    "ReadAttributes": ["email"],
    "WriteAttributes": ["email"],
    "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
    "SupportedIdentityProviders": ["COGNITO"],
    "CallbackURLs": ["https://example.com/"],
    "LogoutURLs": ["https://example.com/"],
    "DefaultRedirectURI": "https://example.com/",
    "AllowedOAuthFlows": ["code"],
    "AllowedOAuthScopes": ["openid"],
    "AllowedOAuthFlowsUserPoolClient": True,
    "AnalyticsConfiguration": {"ApplicationId": "a1"},
    "PreventUserExistenceErrors": "ENABLED",
    "EnableTokenRevocation": False,
    "EnablePropagateAdditionalUserContextData": False,
    "AuthSessionValidity": 15,
    "RefreshTokenRotation": {"Feature": "DISABLED"},
}
"""The same for an app client. Its flows are those that must change."""


def described(aws: AWS, operation: str, name: str, **settings: Any) -> None:
    """Let Cognito describe a pool or a client with these settings."""
    aws.planted[operation] = lambda answer: {name: answer[name] | settings}


def deployed(wildrydes: Cli, *words: str) -> dict[str, str]:
    """Deploy, and return what became of each part."""
    parts: dict[str, str] = wildrydes("api", "deploy", "-o", "json", *words).must().json["Parts"]
    return parts


def state(wildrydes: Cli, part: str) -> tuple[str, str, str]:
    """Return the state, reason and command of a part, as `status` says."""
    row = wildrydes("status", "-o", "json").json["Parts"][part]
    return row["State"], row["Reason"] or "", row["Command"] or ""


def members(aws: AWS, operation: str) -> set[str]:
    """Return what botocore's model says that an update can change."""
    model = aws.client("cognito-idp").meta.service_model.operation_model(operation)
    return set(model.input_shape.members)


# Who may register


@pytest.mark.usefixtures("our_api")
def test_a_pool_of_ours_is_closed_and_opened_again(aws: AWS, wildrydes: Cli, console: Console) -> None:
    for words, closed in ((("--no-sign-up",), True), ((), False)):
        assert deployed(wildrydes, *words, *(() if closed else ("--yes",)))["UserPool"] == "updated"
        pool = aws.client("cognito-idp").describe_user_pool(UserPoolId=console.pool)["UserPool"]
        assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is closed
        assert deployed(wildrydes, *words)["UserPool"] == "unchanged"


@pytest.mark.parametrize("command", [("api", "deploy"), ("deploy", "--no-page")], ids=" ".join)
def test_a_closed_pool_is_not_opened_without_asking(aws: AWS, wildrydes: Cli, command: tuple[str, ...]) -> None:
    deployed(wildrydes, "--no-sign-up")
    aws.calls.clear()
    closed = "the settings of user pool WildRydes in us-east-1, where only an administrator creates users"
    assert closed in wildrydes(*command).error(2)[0]
    assert aws.writes == []
    plan = wildrydes(*command, "--dry-run", "-o", "json").must().json
    assert closed in plan["Overwrites"]


@pytest.mark.usefixtures("our_api")
def test_what_is_planned_for_a_pool_is_said(wildrydes: Cli) -> None:
    plan = wildrydes("api", "deploy", "--no-sign-up", "--dry-run", "-o", "json").must().json
    assert plan["Differences"] == {
        "UserPool": "anybody may register; expected is that only an administrator creates users"
    }
    deployed(wildrydes, "--no-sign-up")
    reason = "only an administrator creates users; expected is that anybody may register"
    assert state(wildrydes, "UserPool") == ("differs", reason, "wildrydes api deploy")


def test_a_pool_that_was_made_by_hand_is_not_changed_without_asking(aws: AWS, wildrydes: Cli, console: Console) -> None:
    console.create_pool(AdminCreateUserConfig={"AllowAdminCreateUserOnly": True})
    aws.calls.clear()
    message, _ = wildrydes("api", "deploy").error(2)
    assert "overwrite the settings of user pool WildRydes in us-east-1, which was made by hand" in message
    assert aws.writes == []
    assert deployed(wildrydes, "--no-sign-up")["UserPool"] == "unchanged"
    assert deployed(wildrydes, "--yes")["UserPool"] == "updated"


# What an update must say


def test_every_setting_that_an_update_would_reset_is_known(aws: AWS) -> None:
    """After an upgrade of botocore, this says what Cognito has added. Give it a value above."""
    assert members(aws, "UpdateUserPool") - {"UserPoolId", "PoolName"} == set(POOL)
    only_for_secrets = {"PublishSecretsInAWSSecretsManager"}
    assert members(aws, "UpdateUserPoolClient") - {"UserPoolId", "ClientId"} - only_for_secrets == set(CLIENT)


def test_an_update_of_a_pool_keeps_its_settings_and_says_nothing_that_is_only_described(
    aws: AWS, wildrydes: Cli, console: Console
) -> None:
    """Cognito: "If you don't provide a value for an attribute, Amazon Cognito sets it to its default value"."""
    console.create_pool(**OURS)
    described(aws, "DescribeUserPool", "UserPool", **POOL)
    aws.planted["UpdateUserPool"] = {}
    deployed(wildrydes, "--yes")
    opened = POOL["AdminCreateUserConfig"] | {"AllowAdminCreateUserOnly": False}
    named = {"UserPoolId": console.pool, "PoolName": "WildRydes"}
    assert aws.parameters("UpdateUserPool") == POOL | named | {"AdminCreateUserConfig": opened}


def test_an_update_of_a_pool_says_once_how_long_a_password_is_valid(aws: AWS, wildrydes: Cli, console: Console) -> None:
    """Cognito describes both, and refuses both.

    "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays" (aws-sdk-js#3817)
    """
    console.create_pool(**OURS)
    admin = {"AllowAdminCreateUserOnly": True, "UnusedAccountValidityDays": 7}
    policy = {"PasswordPolicy": {"MinimumLength": 8, "TemporaryPasswordValidityDays": 7}}
    described(aws, "DescribeUserPool", "UserPool", AdminCreateUserConfig=admin, Policies=policy)
    aws.planted["UpdateUserPool"] = {}
    deployed(wildrydes, "--yes")
    sent = aws.parameters("UpdateUserPool")
    assert sent["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": False}
    assert sent["Policies"] == policy


@pytest.mark.parametrize(
    ("option", "kept"),
    [
        ("CONFIRM_WITH_CODE", ("EmailMessage", "EmailSubject")),
        ("CONFIRM_WITH_LINK", ("EmailMessageByLink", "EmailSubjectByLink")),
    ],
)
def test_an_update_of_a_pool_says_only_the_message_that_is_used(
    aws: AWS, wildrydes: Cli, console: Console, option: str, kept: tuple[str, str]
) -> None:
    """Cognito: "When you supply both parameters with either choice, Amazon Cognito returns an error"."""
    console.create_pool(**OURS)
    template = {
        "DefaultEmailOption": option,
        "EmailMessage": "{####}",
        "EmailSubject": "a code",
        "EmailMessageByLink": "{##here##}",
        "EmailSubjectByLink": "a link",
        "SmsMessage": "Your code is {####}",
    }
    closed = {"AllowAdminCreateUserOnly": True}
    described(aws, "DescribeUserPool", "UserPool", VerificationMessageTemplate=template, AdminCreateUserConfig=closed)
    aws.planted["UpdateUserPool"] = {}
    deployed(wildrydes, "--yes")
    sent = aws.parameters("UpdateUserPool")["VerificationMessageTemplate"]
    assert sent == {name: template[name] for name in ("DefaultEmailOption", "SmsMessage", *kept)}


def test_a_text_that_is_empty_is_not_said(aws: AWS, wildrydes: Cli, console: Console) -> None:
    """Some engines describe what is not set as an empty text, which Cognito refuses."""
    console.create_pool(**OURS)
    console.create_client(ExplicitAuthFlows=["ALLOW_REFRESH_TOKEN_AUTH"])
    described(aws, "DescribeUserPoolClient", "UserPoolClient", DefaultRedirectURI="")
    deployed(wildrydes)
    assert "DefaultRedirectURI" not in aws.parameters("UpdateUserPoolClient")


def test_an_update_of_a_client_keeps_its_settings(aws: AWS, wildrydes: Cli, console: Console) -> None:
    console.create_pool(**OURS)
    client = console.create_client()
    more = {"ClientType": "public", "LastModifiedDate": "2026-11-23"}
    described(aws, "DescribeUserPoolClient", "UserPoolClient", **CLIENT, **more)
    aws.planted["UpdateUserPoolClient"] = {}
    deployed(wildrydes)
    flows = {"ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"]}
    named = {"UserPoolId": console.pool, "ClientId": client}
    assert aws.parameters("UpdateUserPoolClient") == CLIENT | named | flows


# What refuses riders


def test_a_pool_that_wants_a_second_factor_is_broken_and_changed_only_after_a_question(
    aws: AWS, wildrydes: Cli, console: Console
) -> None:
    console.create_pool(**OURS)
    described(aws, "DescribeUserPool", "UserPool", MfaConfiguration="ON")
    why = "it wants a second factor (MFA is ON, not OFF), which the tutorial's page does not ask for"
    assert state(wildrydes, "UserPool") == ("broken", why, "wildrydes api deploy")
    assert "which wants a second factor" in wildrydes("api", "deploy").error(2)[0]
    deployed(wildrydes, "--yes")
    assert aws.parameters("UpdateUserPool")["MfaConfiguration"] == "OFF"


def test_a_pool_that_confirms_nobody_who_registers_is_broken(aws: AWS, wildrydes: Cli, console: Console) -> None:
    console.create_pool(AutoVerifiedAttributes=[], **OURS)
    why = "it verifies no address, not email: nobody who registers is ever confirmed"
    assert state(wildrydes, "UserPool") == ("broken", why, "wildrydes api deploy")
    assert deployed(wildrydes)["UserPool"] == "updated"
    assert state(wildrydes, "UserPool")[0] == "ready"


@pytest.mark.parametrize(
    "setting",
    [
        {"MfaConfiguration": "OPTIONAL"},
        {"AutoVerifiedAttributes": ["phone_number"]},
        {"AutoVerifiedAttributes": [], "LambdaConfig": {"PreSignUp": ARN}},
        {"AliasAttributes": ["email"]},
        {"DeletionProtection": "ACTIVE", "UserPoolTier": "LITE"},
    ],
)
def test_a_pool_that_works_is_ready(aws: AWS, wildrydes: Cli, console: Console, setting: Json) -> None:
    console.create_pool()
    described(aws, "DescribeUserPool", "UserPool", **setting)
    assert state(wildrydes, "UserPool") == ("ready", "", "")


def test_a_pool_that_is_closed_need_confirm_nobody(aws: AWS, wildrydes: Cli, console: Console) -> None:
    console.create_pool(AutoVerifiedAttributes=[], AdminCreateUserConfig={"AllowAdminCreateUserOnly": True})
    assert deployed(wildrydes, "--no-sign-up")["UserPool"] == "unchanged"


def test_what_a_pool_requires_is_named_although_nothing_changes_it(aws: AWS, wildrydes: Cli, console: Console) -> None:
    console.create_pool()
    schema = [{"Name": name, "Required": name != "locale"} for name in ("sub", "email", "locale", "name")]
    described(aws, "DescribeUserPool", "UserPool", SchemaAttributes=schema)
    reason = "who registers must also give name, which the tutorial's page does not"
    assert state(wildrydes, "UserPool") == ("ready", reason, "")
    assert deployed(wildrydes)["UserPool"] == "unchanged"
    assert "UpdateUserPool" not in aws.writes


def test_that_riders_are_named_by_their_address_is_said_although_nothing_changes_it(
    aws: AWS, wildrydes: Cli, console: Console
) -> None:
    """The tutorial's page signs riders up as ada-at-example.com. Cognito: "Username should be an email."."""
    console.create_pool(UsernameAttributes=["email"])
    reason = (
        "its users are named by their email: the tutorial's page, which gives them other names, can't register them"
    )
    assert state(wildrydes, "UserPool") == ("ready", reason, "")
    assert deployed(wildrydes)["UserPool"] == "unchanged"


@pytest.mark.parametrize(
    ("flows", "repaired"),
    [
        (["ALLOW_REFRESH_TOKEN_AUTH"], ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"]),
        (
            ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"],
        ),
        (["CUSTOM_AUTH_FLOW_ONLY"], ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]),
    ],
)
def test_a_client_with_which_the_page_can_not_sign_in_is_broken_and_repaired(
    aws: AWS, wildrydes: Cli, console: Console, flows: list[str], repaired: list[str]
) -> None:
    console.create_pool()
    console.create_client(ExplicitAuthFlows=flows)
    listed = ", ".join(flows)
    reason = f"its sign-in flows are {listed}, without ALLOW_USER_SRP_AUTH: the tutorial's page can't sign in"
    assert state(wildrydes, "AppClient") == ("broken", reason, "wildrydes api deploy")
    message, _ = wildrydes("api", "deploy").error(2)
    assert "overwrite the settings of app client WildRydesWebApp of user pool WildRydes in us-east-1" in message
    assert deployed(wildrydes, "--yes")["AppClient"] == "updated"
    assert aws.parameters("UpdateUserPoolClient")["ExplicitAuthFlows"] == repaired
    assert deployed(wildrydes)["AppClient"] == "unchanged"


@pytest.mark.parametrize(
    "flows", [[], ["USER_PASSWORD_AUTH"], ["ADMIN_NO_SRP_AUTH"], ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]]
)
def test_a_client_with_which_the_page_can_sign_in_is_ready(wildrydes: Cli, console: Console, flows: list[str]) -> None:
    """A client without flows has SRP. So has one with flows of the time before they were called ALLOW_."""
    console.create_pool()
    console.create_client(ExplicitAuthFlows=flows)
    assert state(wildrydes, "AppClient") == ("ready", "", "")


def test_a_client_whose_refresh_tokens_are_rotated_gets_no_flow_for_them(
    aws: AWS, wildrydes: Cli, console: Console
) -> None:
    """Cognito then refuses ALLOW_REFRESH_TOKEN_AUTH (hashicorp/terraform-provider-aws#47196)."""
    console.create_pool(**OURS)
    console.create_client()
    rotated = {"ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH"], "RefreshTokenRotation": {"Feature": "ENABLED"}}
    described(aws, "DescribeUserPoolClient", "UserPoolClient", **rotated)
    aws.planted["UpdateUserPoolClient"] = {}
    deployed(wildrydes)
    sent = aws.parameters("UpdateUserPoolClient")
    assert sent["ExplicitAuthFlows"] == ["ALLOW_CUSTOM_AUTH", "ALLOW_USER_SRP_AUTH"]


def test_a_client_that_may_not_write_an_address_is_broken_and_repaired(
    aws: AWS, wildrydes: Cli, console: Console
) -> None:
    console.create_pool(**OURS)
    console.create_client(WriteAttributes=["name"])
    reason = "it may write name, not email: the tutorial's page can't register riders"
    assert state(wildrydes, "AppClient") == ("broken", reason, "wildrydes api deploy")
    assert deployed(wildrydes)["AppClient"] == "updated"
    assert aws.parameters("UpdateUserPoolClient")["WriteAttributes"] == ["name", "email"]


@pytest.mark.parametrize("managed", [False, True])
def test_a_client_with_a_secret_is_broken(aws: AWS, wildrydes: Cli, console: Console, *, managed: bool) -> None:
    """Of a secret that Secrets Manager keeps, Cognito describes only the ARN."""
    console.create_pool()
    console.create_client(GenerateSecret=not managed)
    if managed:
        arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:s"
        described(aws, "DescribeUserPoolClient", "UserPoolClient", ClientSecretArn=arn)
    why = "it has a secret, which a web page cannot keep; delete that client in the Cognito console"
    assert state(wildrydes, "AppClient") == ("broken", why, "")

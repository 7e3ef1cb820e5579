"""`page deploy` hosts the page, whose riders sign in and ride through the API, from wherever an earlier one stopped."""

import json
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest

from tests.support.amplify import Branch, Served, settings_of
from tests.support.console import Console
from tests.support.fake_aws import AWS
from tests.support.parts import PAGE_PARTS
from tests.support.prepared import Prepared
from tests.support.running import Cli
from tests.support.throttled import Clock
from wildrydes_cli import page
from wildrydes_cli.aws import Account
from wildrydes_cli.errors import ServiceError

Json = dict[str, Any]

FIRST = [
    "CreateUserPoolDomain",
    "CreateApp",
    "CreateBranch",
    "CreateUserPoolClient",
    "CreateDeployment",
    "UpdateBranch",
    "StartDeployment",
]
"""The writes of a first deployment. Between the last three, the files are uploaded."""
SIGN_IN = (
    "CallbackURLs",
    "LogoutURLs",
    "AllowedOAuthFlowsUserPoolClient",
    "AllowedOAuthFlows",
    "AllowedOAuthScopes",
    "SupportedIdentityProviders",
)
"""The settings of the app client without which riders can't sign in."""
LOCAL = ["http://localhost:7433/", "http://127.0.0.1:7433/"]


@pytest.fixture(autouse=True)
def api(aws: AWS, our_api: None, prepared: Prepared, wildrydes: Cli) -> Json:
    """A deployed API with its users, and the table of the function."""
    prepared(lambda: wildrydes("setup-table").must())
    deployed: Json = wildrydes("api", "deploy", "-o", "json").must().json
    aws.calls.clear()
    return deployed


def parts(how: str, **but: str) -> dict[str, str]:
    """Return the same for every part of the page, except for those that are named."""
    return dict.fromkeys(PAGE_PARTS, how) | but


def deploy(wildrydes: Cli, *words: str) -> Json:
    """Deploy the page, and return the result."""
    result: Json = wildrydes("page", "deploy", "-o", "json", *words).must().json
    return result


def branch(aws: AWS) -> Branch:
    """Return the branch of the only app."""
    (app,) = aws.amplify.apps.values()
    return app.branches["main"]


def page_client(aws: AWS, console: Console) -> Json:
    """Return the page's app client."""
    (listed,) = (each for each in console.clients(console.pool) if each["ClientName"] == "WildRydesPage")
    cognito, named = aws.client("cognito-idp"), {"UserPoolId": console.pool, "ClientId": listed["ClientId"]}
    client: Json = cognito.describe_user_pool_client(**named)["UserPoolClient"]
    return client


def state_of_deployment(wildrydes: Cli) -> tuple[str, str]:
    """Return the state of what is deployed to the page, and the reason."""
    row = wildrydes("status", "-o", "json").json["Parts"]["Deployment"]
    return row["State"], row["Reason"]


def test_the_page_is_hosted_with_its_settings_and_headers(aws: AWS, wildrydes: Cli, api: Json) -> None:
    ended = wildrydes("page", "deploy", "-o", "json").must()
    result = ended.json
    assert list(result) == ["PageUrl", "AppId", "InvokeUrl", "SignInUrl", "UserPoolClientId", "Region", "Parts"]
    assert aws.writes == FIRST
    assert result["Parts"] == parts("created")
    assert result["PageUrl"] == f"https://main.{result['AppId']}.amplifyapp.com/"
    assert result["SignInUrl"].startswith("https://wildrydes-")
    assert result["SignInUrl"].endswith(".auth.us-east-1.amazoncognito.com")
    served = branch(aws)
    assert set(served.files) == {*page.names(), page.SETTINGS}
    assert settings_of(served.files) == {
        "InvokeUrl": api["InvokeUrl"],
        "SignInUrl": result["SignInUrl"],
        "UserPoolClientId": result["UserPoolClientId"],
    }
    ((pattern, headers),) = served.headers
    assert pattern == "**"
    origin = api["InvokeUrl"].removesuffix("/prod")
    assert f"connect-src 'self' {origin} {result['SignInUrl']};" in headers["Content-Security-Policy"]
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    assert ended.err == "it may take a minute until the sign-in pages answer\n"


def test_the_page_itself_is_looked_at_in_the_end(aws: AWS, wildrydes: Cli) -> None:
    url = deploy(wildrydes)["PageUrl"]
    assert aws.sent[-1] == ("GET", f"{url}config.json")
    branch(aws).headers = []
    ended = wildrydes("page", "deploy").must()
    assert "lacks the header Content-Security-Policy of customHttp.yml" in ended.err
    branch(aws).files["config.json"] = b"{}"
    assert "config.json is not what was deployed (status 200)" in wildrydes("page", "deploy").must().err


def test_a_page_that_hangs_is_asked_for_about_a_minute(
    aws: AWS, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(wildrydes)
    clock = Clock()
    monkeypatch.setattr("wildrydes_cli.deploy.hosting.time", clock)

    def hang(*_: object, **__: object) -> NoReturn:
        clock.seconds += 15
        raise ServiceError("the page hangs")

    monkeypatch.setattr(Account, "send", hang)
    assert "the page hangs" in wildrydes("page", "deploy").must().err
    assert clock.seconds <= 90


def test_the_app_client_allows_nothing_but_the_way_back_to_the_page(aws: AWS, wildrydes: Cli) -> None:
    url = deploy(wildrydes)["PageUrl"]
    sent = aws.parameters("CreateUserPoolClient")
    assert sent["CallbackURLs"] == sent["LogoutURLs"] == [url]
    assert sent["AllowedOAuthFlows"] == ["code"]
    assert sent["AllowedOAuthScopes"] == ["openid"]
    assert sent["AllowedOAuthFlowsUserPoolClient"] is True
    assert sent["GenerateSecret"] is False
    # Cognito: "REFRESH_TOKEN_AUTH should always be allowed" (github.com/aws/aws-cdk, issue 7625).
    assert sent["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"]


def test_repeating_it_changes_nothing(aws: AWS, wildrydes: Cli) -> None:
    deploy(wildrydes)
    aws.calls.clear()
    result = deploy(wildrydes)
    assert aws.writes == []
    assert result["Parts"] == parts("unchanged")


def test_a_dry_run_changes_nothing_and_says_what_would(aws: AWS, wildrydes: Cli) -> None:
    result = deploy(wildrydes, "--dry-run")
    assert aws.writes == []
    assert result["Parts"] == parts("created")


def test_it_needs_the_api_and_its_users(aws: AWS, wildrydes: Cli) -> None:
    for name in ("--api-name", "--user-pool-name"):
        message, hint = wildrydes("page", "deploy", name, "Other").error(3)
        assert "Other in us-east-1 does not exist" in message
        assert hint.startswith("create it: wildrydes setup-table && wildrydes function deploy && ")
        assert hint.endswith(f" wildrydes api deploy {name} Other")
    assert aws.writes == []


@pytest.mark.parametrize("done", range(len(FIRST)))
def test_an_interrupted_deployment_is_completed_by_the_next(
    aws: AWS, wildrydes: Cli, console: Console, done: int
) -> None:
    aws.interrupt_after(done)
    wildrydes("page", "deploy").must(130)
    deploy(wildrydes)
    aws.calls.clear()
    assert deploy(wildrydes)["Parts"] == parts("unchanged")
    assert aws.writes == []
    assert branch(aws).active
    assert page_client(aws, console)["CallbackURLs"] == [deploy(wildrydes)["PageUrl"]]


@pytest.mark.parametrize("operation", FIRST)
def test_after_a_lost_answer_the_next_deployment_looks_first(
    aws: AWS, wildrydes: Cli, console: Console, operation: str
) -> None:
    aws.lose(operation)
    first = wildrydes("page", "deploy")
    if first.code:
        assert "may have been created all the same" in first.error(4)[0] or operation == "UpdateBranch"
    deploy(wildrydes)
    assert deploy(wildrydes)["Parts"] == parts("unchanged")
    assert len(aws.amplify.apps) == 1
    page_client(aws, console)
    for create in ("CreateUserPoolDomain", "CreateApp", "CreateUserPoolClient", "StartDeployment"):
        assert aws.tries.get(create) == 1


def test_an_upload_that_is_refused_is_completed_by_the_next(
    aws: AWS, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(aws.amplify, "upload", lambda *_: Served(403, {}, b""))
        message, _ = wildrydes("page", "deploy").error(4)
    assert message.endswith("the upload was answered with 403")
    deploy(wildrydes)
    assert "StopJob" in aws.writes
    assert deploy(wildrydes)["Parts"] == parts("unchanged")


def test_a_job_that_fails_says_why_and_is_deployed_again(aws: AWS, wildrydes: Cli) -> None:
    aws.amplify.fails = "Quota exceeded."
    message, hint = wildrydes("page", "deploy").error(4)
    assert message.endswith("the job ended as FAILED: Quota exceeded.")
    assert hint == "run this again"
    assert state_of_deployment(wildrydes) == ("broken", "its deployment did not succeed: FAILED")
    aws.amplify.fails = ""
    assert deploy(wildrydes)["Parts"] == parts("unchanged", Deployment="updated")


def test_a_job_that_takes_too_long_is_stopped_by_the_next(aws: AWS, wildrydes: Cli, pauses: list[float]) -> None:
    aws.amplify.seconds = 1_000_000
    message, hint = wildrydes("page", "deploy").error(4)
    assert message.endswith("deploy the page to Amplify app WildRydes in us-east-1: job 1 is still PENDING after 300 s")
    assert hint == "run this again: it stops the job if that is not done"
    assert sum(pauses) > 300
    assert state_of_deployment(wildrydes) == ("broken", "its deployment is not done yet: PENDING")
    aws.before["CreateDeployment"] = lambda *_: setattr(aws.amplify, "seconds", 0)
    assert deploy(wildrydes)["Parts"] == parts("unchanged", Deployment="updated")
    assert "StopJob" in aws.writes


def test_a_job_that_amplify_does_not_stop_is_named(aws: AWS, wildrydes: Cli, pauses: list[float]) -> None:
    aws.amplify.seconds = 1_000_000
    wildrydes("page", "deploy").error(4)
    aws.fail("StopJob", "BadRequestException", "not this one")
    message, _ = wildrydes("page", "deploy").error(4)
    app = "Amplify app WildRydes in us-east-1"
    assert message == f"cannot stop the unfinished job of {app}: job 1 is still PENDING after 300 s"


def test_a_refusal_is_shown_although_somebody_deleted_a_job(aws: AWS, wildrydes: Cli) -> None:
    deploy(wildrydes)
    somebody_deploys(aws)

    def refuse(*_: object) -> None:
        del branch(aws).jobs["2"]
        aws.fail("CreateDeployment", "BadRequestException", "not today")

    aws.before["CreateDeployment"] = refuse
    assert "not today" in wildrydes("page", "deploy", "--yes").error(4)[0]


def somebody_deploys(aws: AWS) -> Json:
    """Deploy our files once more, as somebody else would. Returns what names the job."""
    (app,) = aws.amplify.apps
    amplify, at = aws.client("amplify"), {"appId": app, "branchName": "main"}
    job = amplify.create_deployment(**at)
    aws.amplify.upload(job["zipUploadUrl"].partition("=")[2], branch(aws).jobs["1"].zip)
    amplify.start_deployment(jobId=job["jobId"], **at)
    return at | {"jobId": job["jobId"]}


def test_what_somebody_else_deployed_is_asked_about(aws: AWS, wildrydes: Cli) -> None:
    deploy(wildrydes)
    somebody_deploys(aws)
    message, _ = wildrydes("page", "deploy").error(2)
    assert "(account 123456789012), and overwrite what somebody deployed to Amplify app WildRydes" in message
    assert deploy(wildrydes, "--yes")["Parts"] == parts("unchanged", Deployment="updated")


def test_what_somebody_else_deployed_is_asked_about_also_if_a_later_job_is_not_done(aws: AWS, wildrydes: Cli) -> None:
    deploy(wildrydes)
    job, amplify = somebody_deploys(aws), aws.client("amplify")
    amplify.get_job(**job)
    amplify.create_deployment(appId=job["appId"], branchName=job["branchName"])
    message, _ = wildrydes("page", "deploy").error(2)
    assert "(account 123456789012), and overwrite what somebody deployed to Amplify app WildRydes" in message
    assert deploy(wildrydes, "--yes")["Parts"] == parts("unchanged", Deployment="updated")


def test_two_deployments_of_ours_that_were_interrupted_are_no_reason_to_ask(aws: AWS, wildrydes: Cli) -> None:
    deploy(wildrydes)
    app = next(iter(aws.amplify.apps))
    branch(aws).settings["description"] += "0"  # a job that was marked and never started
    aws.client("amplify").create_deployment(appId=app, branchName="main")
    assert deploy(wildrydes)["Parts"] == parts("unchanged", Deployment="updated")


def test_another_api_needs_another_deployment(aws: AWS, wildrydes: Cli, api: Json) -> None:
    deploy(wildrydes)
    wildrydes("api", "delete", "--yes").must()
    assert state_of_deployment(wildrydes) == ("broken", "the API, the app client or the sign-in pages are missing")
    new = wildrydes("api", "deploy", "-o", "json").must().json["InvokeUrl"]
    assert state_of_deployment(wildrydes) == ("broken", "it uses another API or another user pool")
    assert deploy(wildrydes)["Parts"] == parts("unchanged", Deployment="updated")
    assert settings_of(branch(aws).files)["InvokeUrl"] == new != api["InvokeUrl"]


def test_another_version_of_the_page_is_deployed(aws: AWS, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    deploy(wildrydes)
    read = page.read
    monkeypatch.setattr(page, "read", lambda name: read(name) + b"\n")
    assert state_of_deployment(wildrydes) == ("differs", "its files are different")
    assert deploy(wildrydes)["Parts"] == parts("unchanged", Deployment="updated")


def test_an_app_that_was_deleted_is_made_again_and_the_client_brings_riders_there(
    aws: AWS, wildrydes: Cli, console: Console
) -> None:
    before = deploy(wildrydes)["PageUrl"]
    aws.amplify.apps.clear()
    result = deploy(wildrydes)
    assert result["Parts"] == parts("created", Domain="unchanged", PageClient="updated")
    assert page_client(aws, console)["CallbackURLs"] == sorted([before, result["PageUrl"]])


def test_what_somebody_added_to_the_client_stays(aws: AWS, wildrydes: Cli, console: Console) -> None:
    """An update resets what it does not name (Cognito: "Updating user pool and app client configuration")."""
    url = deploy(wildrydes)["PageUrl"]
    client = page_client(aws, console)
    named = {name: client[name] for name in ("UserPoolId", "ClientId", "ClientName")}
    added = {"CallbackURLs": ["https://example.com/"], "IdTokenValidity": 5, "ReadAttributes": ["email"]}
    aws.client("cognito-idp").update_user_pool_client(**named, **added, AllowedOAuthFlows=["implicit"])
    assert deploy(wildrydes)["Parts"] == parts("unchanged", PageClient="updated")
    found = page_client(aws, console)
    assert found["CallbackURLs"] == sorted(["https://example.com/", url])
    assert found["AllowedOAuthFlows"] == ["code", "implicit"]
    assert (found["IdTokenValidity"], found["ReadAttributes"]) == (5, ["email"])


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"CallbackURLs": ["https://example.com/"]}, "its CallbackURLs lacks {url}"),
        ({"AllowedOAuthScopes": ["email"]}, "its AllowedOAuthScopes lacks openid"),
        ({"AllowedOAuthFlowsUserPoolClient": False}, "its AllowedOAuthFlowsUserPoolClient is False, and needs True"),
    ],
)
def test_a_client_that_brings_nobody_back_is_broken_and_repaired(
    aws: AWS, wildrydes: Cli, console: Console, settings: Json, reason: str
) -> None:
    url = deploy(wildrydes)["PageUrl"]
    client = page_client(aws, console)
    described = {name: client[name] for name in ("UserPoolId", "ClientId", *SIGN_IN)}
    aws.client("cognito-idp").update_user_pool_client(**described | settings)
    state = wildrydes("status", "-o", "json").must(1).json["Parts"]["PageClient"]
    assert (state["State"], state["Command"]) == ("broken", "wildrydes page deploy")
    assert state["Reason"] == reason.format(url=url)
    assert deploy(wildrydes)["Parts"] == parts("unchanged", PageClient="updated")


def test_an_app_that_is_built_from_git_is_left_alone(aws: AWS, wildrydes: Cli) -> None:
    deploy(wildrydes)
    (app,) = aws.amplify.apps.values()
    app.settings["repository"] = "https://git.example/wildrydes-site"
    aws.calls.clear()
    message, hint = wildrydes("page", "deploy", "--yes").error(1)
    assert "is built from the Git repository https://git.example/wildrydes-site" in message
    assert hint == "choose another --page-name"
    assert aws.writes == []
    found = wildrydes("status", "-o", "json").json
    assert (found["Parts"]["App"]["State"], found["Parts"]["App"]["Command"]) == ("differs", None)
    assert found["Next"] != "wildrydes page deploy"  # it would fail


def test_two_apps_of_the_name_are_an_error(aws: AWS, wildrydes: Cli) -> None:
    for _ in range(2):
        aws.client("amplify").create_app(name="WildRydes")
    aws.calls.clear()
    assert "there are 2 Amplify apps WildRydes" in wildrydes("page", "deploy").error(1)[0]
    assert aws.writes == []


def test_a_domain_that_is_taken_is_an_error_with_a_way_on(aws: AWS, wildrydes: Cli) -> None:
    taken = "Domain already associated with another user pool."
    aws.fail("CreateUserPoolDomain", "InvalidParameterException", taken, times=99)
    message, hint = wildrydes("page", "deploy").error(4)
    assert taken in message
    assert hint == "give the pool a domain in the Cognito console, and run this again: it uses any domain"
    assert aws.amplify.apps == {}


@pytest.mark.usefixtures("at_terminal")
def test_the_wait_for_a_domain_is_announced_once(aws: AWS, wildrydes: Cli) -> None:
    taken = "Domain already associated with another user pool."
    aws.fail("CreateUserPoolDomain", "InvalidParameterException", taken, times=3)
    said = wildrydes("page", "deploy").must().err
    assert said.count("wait up to a minute: Cognito may still be deleting a domain\n") == 1


def test_a_region_without_amplify_has_a_way_on(aws: AWS, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wildrydes_cli.aws.Account.is_served", lambda *_: False)
    message, hint = wildrydes("page", "deploy").error(3)
    assert message == "there is no AWS Amplify in us-east-1"
    assert hint.endswith("serve --api: wildrydes page deploy --no-hosting")
    assert wildrydes("status", "-o", "json").must().json["Parts"]["App"]["State"] == "absent"
    assert not any(operation == "ListApps" for operation, _ in aws.calls)


def test_without_hosting_riders_sign_in_on_this_machine(aws: AWS, wildrydes: Cli, console: Console) -> None:
    result = deploy(wildrydes, "--no-hosting")
    assert list(result) == ["InvokeUrl", "SignInUrl", "UserPoolClientId", "Region", "Parts"]
    assert result["Parts"] == {"Domain": "created", "PageClient": "created"}
    assert page_client(aws, console)["CallbackURLs"] == LOCAL
    assert aws.amplify.apps == {}
    assert deploy(wildrydes, "--no-hosting")["Parts"] == {"Domain": "unchanged", "PageClient": "unchanged"}
    url = deploy(wildrydes)["PageUrl"]
    assert page_client(aws, console)["CallbackURLs"] == sorted([*LOCAL, url])


@pytest.mark.parametrize(("port", "first"), [(7433, ""), (8080, "leave out --host and --port, and ")])
def test_serve_says_how_riders_sign_in_on_this_machine(
    wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, port: int, first: str
) -> None:
    deploy(wildrydes)
    listener = SimpleNamespace(getsockname=lambda: ("127.0.0.1", port))
    monkeypatch.setattr("wildrydes_cli.serve.server.listen", lambda *_: nullcontext(listener))
    message, hint = wildrydes("serve", "--api").error(2)
    assert message == f"Cognito's pages do not bring riders back to http://127.0.0.1:{port}/"
    assert hint == f"{first}let riders sign in here: wildrydes page deploy --no-hosting"


def test_without_hosting_amplify_is_not_needed(wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    services: list[str] = []
    create = Account.client

    def client(account: Account, service: str, **settings: Any) -> Any:
        services.append(service)
        return create(account, service, **settings)

    monkeypatch.setattr(Account, "client", client)
    deploy(wildrydes, "--no-hosting")
    assert set(services) == {"apigateway", "cognito-idp"}


@pytest.mark.parametrize(
    ("region", "domain", "url"),
    [
        ("eu-west-1", {"Domain": "rides"}, "https://rides.auth.eu-west-1.amazoncognito.com"),
        ("us-gov-west-1", {"Domain": "rides"}, "https://rides.auth-fips.us-gov-west-1.amazoncognito.com"),
        ("eu-west-1", {"Domain": "rides", "CustomDomain": "auth.example.com"}, "https://auth.example.com"),
    ],
)
def test_riders_sign_in_where_the_pool_has_its_pages(
    aws: AWS, wildrydes: Cli, region: str, domain: Json, url: str
) -> None:
    """GovCloud has only auth-fips (AWS GovCloud (US) User Guide: "Amazon Cognito")."""
    pool = {"Id": "x_pool", "Name": "WildRydes", "Arn": "arn:x", "UserPoolTags": {"wildrydes": "api"}}
    aws.planted |= {
        "GetRestApis": {"items": [{"id": "api", "name": "WildRydes"}]},
        "ListUserPools": {"UserPools": [pool]},
        "DescribeUserPool": {"UserPool": pool | domain},
        "ListUserPoolClients": {"UserPoolClients": []},
        "CreateUserPoolClient": {"UserPoolClient": {"ClientId": "client"}},
    }
    assert deploy(wildrydes, "--no-hosting", "--region", region)["SignInUrl"] == url


def test_the_result_for_people_has_the_url(wildrydes: Cli) -> None:
    out = wildrydes("page", "deploy").must().out
    assert "PageUrl\thttps://main." in out
    assert json.dumps("Parts") not in out

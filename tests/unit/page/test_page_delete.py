"""`page delete` removes what `page deploy` made, and nothing else."""

from typing import Any

import pytest

from tests.support.console import Console
from tests.support.fake_aws import AWS
from tests.support.prepared import Prepared
from tests.support.running import Cli

Json = dict[str, Any]
ALL = {"PageClient": "deleted", "App": "deleted", "Domain": "deleted"}


@pytest.fixture(autouse=True)
def deployed(aws: AWS, our_api: None, prepared: Prepared, wildrydes: Cli) -> None:
    """An API with its users, and the page."""
    prepared(lambda: wildrydes("page", "deploy").must())
    aws.calls.clear()


def delete(wildrydes: Cli, *words: str) -> Json:
    """Delete the page, and return what became of each part."""
    removed: Json = wildrydes("page", "delete", "--yes", "-o", "json", *words).must().json
    return removed


def test_the_client_goes_first_and_the_api_and_the_users_stay(aws: AWS, wildrydes: Cli, console: Console) -> None:
    removed = delete(wildrydes)
    assert removed == ALL
    assert list(removed) == list(ALL)
    assert aws.writes == ["DeleteUserPoolClient", "DeleteApp", "DeleteUserPoolDomain"]
    assert aws.amplify.apps == {}
    assert (len(console.apis), len(console.pools)) == (1, 1)
    assert [each["ClientName"] for each in console.clients(console.pool)] == ["WildRydesWebApp"]
    assert delete(wildrydes) == dict.fromkeys(ALL, "absent")
    wildrydes("api", "delete", "--users", "--yes").must()


def test_an_app_and_a_domain_of_somebody_else_stay(aws: AWS, wildrydes: Cli, console: Console) -> None:
    (app,) = aws.amplify.apps.values()
    app.settings["tags"] = {}
    cognito, pool = aws.client("cognito-idp"), console.pool
    domain = cognito.describe_user_pool(UserPoolId=pool)["UserPool"]["Domain"]
    cognito.delete_user_pool_domain(UserPoolId=pool, Domain=domain)
    cognito.create_user_pool_domain(UserPoolId=pool, Domain="the-class")
    ended = wildrydes("page", "delete", "--yes", "-o", "json").must()
    assert ended.json == ALL | {"App": "left", "Domain": "left"}
    assert "Amplify app WildRydes stays: it was made by hand" in ended.err
    assert "domain the-class stays: it was made by hand" in ended.err
    assert aws.amplify.apps


def test_what_another_page_signs_riders_in_with_stays_with_the_pool(aws: AWS, wildrydes: Cli, console: Console) -> None:
    first = next(iter(aws.amplify.apps))
    wildrydes("page", "deploy", "--page-name", "Other").must()
    ended = wildrydes("page", "delete", "--page-name", "Other", "--yes", "-o", "json").must()
    assert ended.json == ALL | {"PageClient": "left", "Domain": "left"}
    assert list(aws.amplify.apps) == [first]
    why = f"stays: riders of https://main.{first}.amplifyapp.com/ sign in with it\n"
    assert f"app client WildRydesPage {why}" in ended.err
    wildrydes("page", "deploy", "--page-name", "Other").must()
    everything = wildrydes("delete", "--page-name", "Other", "--yes", "-o", "json").must()
    assert {name for name, outcome in everything.json.items() if outcome == "left"} == {
        "PageClient",
        "Domain",
        "UserPool",
    }
    assert f"user pool WildRydes {why}" in everything.err
    assert delete(wildrydes) == ALL  # of an app that is gone, no URL counts
    assert console.clients(console.pool)


NO_AMPLIFY = ("ListApps", "AccessDeniedException", "not authorized to perform: amplify:ListApps")
UNSEEN = "Amplify app WildRydes stays: cannot look for Amplify app WildRydes in us-east-1"


def test_where_amplify_is_refused_the_sign_in_can_be_deleted(aws: AWS, wildrydes: Cli, console: Console) -> None:
    """Accounts of a class may forbid Amplify. `page deploy --no-hosting` needs none."""
    delete(wildrydes)
    aws.fail(*NO_AMPLIFY, times=99)
    wildrydes("page", "deploy", "--no-hosting").must()
    ended = wildrydes("page", "delete", "--yes", "-o", "json").must()
    assert ended.json == ALL | {"App": "left"}
    assert f"{UNSEEN}: access denied (not authorized to perform: amplify:ListApps)" in ended.err
    wildrydes("api", "delete", "--users", "--yes").must()
    assert (console.apis, console.pools) == ([], [])


@pytest.mark.parametrize("command", [("deploy",), ("page", "deploy")])
def test_where_amplify_is_refused_a_deployment_says_how_to_do_without_it(
    aws: AWS, wildrydes: Cli, command: tuple[str, ...]
) -> None:
    aws.fail(*NO_AMPLIFY, times=99)
    message, hint = wildrydes(*command).error(4)
    assert "access denied" in message
    assert "administrator" in hint
    assert hint.endswith(". To do without Amplify: deploy has --no-page, and page deploy has --no-hosting")


def test_where_amplify_is_refused_everything_else_can_be_deleted(aws: AWS, wildrydes: Cli, console: Console) -> None:
    delete(wildrydes)
    aws.fail(*NO_AMPLIFY, times=99)
    wildrydes("page", "deploy", "--no-hosting").must()
    ended = wildrydes("delete", "--yes", "-o", "json").must()
    assert {name for name, outcome in ended.json.items() if outcome == "left"} == {"App"}
    assert UNSEEN in ended.err
    assert (console.apis, console.pools) == ([], [])


@pytest.mark.parametrize("theirs", ["", "unicorns://signed-in", "http://localhost:8000/"])
def test_where_amplify_is_refused_every_url_of_elsewhere_is_another_pages(
    aws: AWS, wildrydes: Cli, console: Console, theirs: str
) -> None:
    """A page of this name may be hosted all the same, by somebody who may use Amplify."""
    (app,) = aws.amplify.apps
    page = f"https://main.{app}.amplifyapp.com/"
    aws.fail(*NO_AMPLIFY, times=99)
    aws.planted["DescribeUserPoolClient"] = lambda answer: {
        "UserPoolClient": answer["UserPoolClient"] | {"CallbackURLs": [theirs or page, "http://127.0.0.1:7433/"]}
    }
    ended = wildrydes("page", "delete", "--yes", "-o", "json").must()
    is_here = theirs.startswith("http://localhost")
    assert ended.json == (ALL | {"App": "left"} if is_here else dict.fromkeys(ALL, "left"))
    why = f"stays: riders of {theirs or page} sign in with it\n"
    assert (f"app client WildRydesPage {why}" in ended.err) == (not is_here)


def test_a_domain_that_somebody_else_deletes_meanwhile_is_absent(aws: AWS, wildrydes: Cli) -> None:
    remove = aws.client("cognito-idp").delete_user_pool_domain
    aws.before["DeleteUserPoolDomain"] = lambda _, parameters: remove(**parameters)
    assert delete(wildrydes) == ALL | {"Domain": "absent"}


def test_a_domain_that_cognito_refuses_to_delete_is_an_error(aws: AWS, wildrydes: Cli) -> None:
    aws.fail("DeleteUserPoolDomain", "InvalidParameterException", "Something else is wrong")
    assert "Something else is wrong" in wildrydes("page", "delete", "--yes").error(4)[0]


def test_it_asks_first(aws: AWS, wildrydes: Cli) -> None:
    message, hint = wildrydes("page", "delete").error(2)
    assert "delete app client WildRydesPage; Amplify app WildRydes; domain wildrydes-" in message
    assert "in us-east-1 (account 123456789012), and" in message
    assert "--yes" in hint
    assert aws.writes == []

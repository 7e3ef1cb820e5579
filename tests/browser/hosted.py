"""All of Wild Rydes on emulators of AWS, with its page hosted: for tests of the page whose riders sign in."""

import json
import os
import re
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.ride_page import RidePage, Tabs
from tests.integration import engines
from tests.support.amplify import Amplify
from tests.support.amplify_server import amplify_server
from tests.support.proxy import proxy
from tests.support.running import AWS, Cli
from tests.support.sign_up_pages import SignUpPages

PASSWORD = "Correct-Horse-9!battery"
COMMANDS = (("setup-table",), ("function", "deploy"), ("api", "deploy"), ("page", "deploy"))


class Site(NamedTuple):
    """What is deployed: what `page deploy` printed, the environment that leads there, and the stand-in for Amplify."""

    deployed: dict[str, Any]
    environment: dict[str, str]
    amplify: Amplify

    @property
    def url(self) -> str:
        """The URL of the hosted page."""
        return str(self.deployed["PageUrl"])

    @property
    def cognito(self) -> Any:
        """A client for Cognito."""
        return boto3.client("cognito-idp", region_name="us-east-1", endpoint_url=self.environment["AWS_ENDPOINT_URL"])

    @property
    def pool(self) -> str:
        """The id of the user pool."""
        (pool,) = self.cognito.list_user_pools(MaxResults=9)["UserPools"]
        return str(pool["Id"])

    def invite(self, user: str) -> str:
        """Create a user, as an administrator does. Returns a password that the user must change."""
        password = "Temporary-1-word"
        mail = [{"Name": "email", "Value": "rider@example.com"}, {"Name": "email_verified", "Value": "true"}]
        self.cognito.admin_create_user(
            UserPoolId=self.pool,
            Username=user,
            TemporaryPassword=password,
            MessageAction="SUPPRESS",
            UserAttributes=mail,
        )
        return password

    def register(self, user: str) -> None:
        """Register as `user`, and confirm the address."""
        client, mail = self.deployed["UserPoolClientId"], [{"Name": "email", "Value": "rider@example.com"}]
        self.cognito.sign_up(ClientId=client, Username=user, Password=PASSWORD, UserAttributes=mail)
        self.cognito.admin_confirm_sign_up(UserPoolId=self.pool, Username=user)

    def mailed_code(self, address: str) -> str:
        """Return the code that Cognito sent to an address."""
        with urllib.request.urlopen(f"{self.environment['AWS_ENDPOINT_URL']}/_ministack/ses/messages") as answer:
            accounts = json.load(answer)["messages"]
        (body,) = (each["BodyText"] for sent in accounts.values() for each in sent if each["To"] == [address])
        (code,) = re.findall(r"\d{6}", body)
        return str(code)


@contextmanager
def hosted_site(environment_of_ministack: Path, home: Path) -> Iterator[Site]:
    """Deploy everything, for as long as the block runs. AWS's rules and Cognito's pages are before the emulator."""
    interpreter = engines.virtual_environment(environment_of_ministack, "ministack")
    with (
        engines.ministack(interpreter, home, AUTH="true") as url,
        amplify_server() as (amplify_url, amplify),
        proxy(url) as served,
        pytest.MonkeyPatch.context() as patch,
    ):
        served.answer_browser = SignUpPages(served).answer
        environment = {**AWS, "AWS_ENDPOINT_URL": served.url, "AWS_ENDPOINT_URL_AMPLIFY": amplify_url}
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setattr("wildrydes_cli.deploy.calls.DATE_SECONDS", 0)  # nobody else creates anything here
        resolve_localhost(patch)
        for command in COMMANDS:
            deployed = Cli()(*command, "-o", "json").must()
        assert "does not answer as it should" not in deployed.err
        yield Site(deployed.json, environment, amplify)


def resolve_localhost(patch: pytest.MonkeyPatch) -> None:
    """Let this process find names such as main.d1.localhost on this machine, as browsers do (RFC 6761, 6.3)."""
    resolve = socket.getaddrinfo

    def here(host: Any, *args: Any, **kwargs: Any) -> Any:
        return resolve("127.0.0.1" if str(host).endswith(".localhost") else host, *args, **kwargs)

    patch.setattr(socket, "getaddrinfo", here)


class Rider:
    """Somebody in front of the page, and the requests that their tab has sent."""

    def __init__(self, tabs: Tabs, url: str) -> None:
        self.url = url
        self.tab: Page = tabs.blank()
        self.page = RidePage(self.tab)
        self.sent: list[Request] = []
        self.tab.on("request", self._remember)
        self.sign = self.tab.locator("#sign")
        self.who = self.tab.locator("#who")
        self.tab.goto(url)
        self.page.wait_for_text("sign", "Sign in")

    def _remember(self, request: Request) -> None:
        self.sent.append(request)  # Playwright does not take a method of a list

    def enter(self, user: str, password: str) -> None:
        """Fill in Cognito's page, as ministack draws it."""
        self.tab.fill("#username", user)
        self.tab.fill("#password", password)
        self.tab.locator("button[type=submit]").click()

    def sign_in(self, user: str, password: str = PASSWORD) -> None:
        """Sign in, and come back to the page."""
        self.sign.click()
        self.enter(user, password)
        self.page.wait_for_text("who", f"riding as {user}")

    def sign_up(self, user: str, address: str) -> None:
        """Fill in Cognito's page for riders who register, as the stand-in draws it."""
        self.tab.get_by_label("username").fill(user)
        self.tab.get_by_label("email").fill(address)
        self.tab.get_by_label("password").fill(PASSWORD)
        self.tab.get_by_role("button").click()

    def confirm(self, code: str) -> None:
        """Fill in the code that came by mail."""
        self.tab.get_by_label("code").fill(code)
        self.tab.get_by_role("button").click()

    def ride(self) -> None:
        """Click the map and request a unicorn."""
        self.page.click_map()
        self.page.request.click()
        expect(self.page.log).to_contain_text("is on")

    def asked(self, part: str) -> list[Request]:
        """Return the requests whose URL has `part`."""
        return [request for request in self.sent if part in request.url]

    def kept(self) -> str:
        """Return all that the tab keeps, and its address."""
        script = "JSON.stringify([{...sessionStorage}, {...localStorage}, document.cookie, location.href])"
        return str(self.tab.evaluate(script))


def set_environment(site: Site, patch: pytest.MonkeyPatch) -> None:
    """Let commands of a test use the site."""
    for name in [each for each in os.environ if each.startswith("AWS_")]:
        patch.delenv(name)
    for name, value in site.environment.items():
        patch.setenv(name, value)
    resolve_localhost(patch)

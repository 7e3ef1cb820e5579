"""The hosted page signs riders in on Cognito's pages, and their rides go through the API. Nothing is left behind."""

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.browser.hosted import PASSWORD, Rider, Site, hosted_site, set_environment
from tests.browser.ride_page import Tabs
from tests.browser.test_accessibility import AXE, violations
from tests.support.running import Cli
from tests.support.serving import serving

Open = Callable[[], Rider]


@pytest.fixture(scope="module")
def deployed(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """All of Wild Rydes, with one registered user, ada."""
    with hosted_site(pytestconfig.cache.mkdir("ministack"), tmp_path_factory.mktemp("hosted")) as site:
        site.register("ada")
        yield site


@pytest.fixture
def site(deployed: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The site, which commands of the test use too."""
    set_environment(deployed, monkeypatch)
    return deployed


@pytest.fixture
def rider(tabs: Tabs, site: Site) -> Rider:
    """Somebody who has opened the hosted page."""
    tabs.expect_error("status of 401")
    tabs.expect_error("favicon.ico")  # ministack's pages have none
    return Rider(tabs, site.url)


def riders(wildrydes: Cli) -> list[str]:
    """Return who rode, the newest first."""
    return [ride["User"] for ride in wildrydes("rides", "list", "--scan", "-o", "json").must().json]


def test_a_rider_signs_in_rides_and_signs_out(site: Site, rider: Rider, wildrydes: Cli) -> None:
    before = len(riders(wildrydes))
    rider.sign.click()
    rider.enter("ada", "wrong")
    expect(rider.tab.locator(".error")).to_be_visible()
    rider.enter("ada", PASSWORD)
    rider.page.wait_for_text("who", "riding as ada")
    expect(rider.tab).to_have_url(site.url)
    rider.ride()
    expect(rider.page.rides).to_have_count(1)
    assert riders(wildrydes)[0] == "ada"
    assert len(riders(wildrydes)) == before + 1
    rider.sign.click()
    rider.page.wait_for_text("sign", "Sign in")
    expect(rider.who).to_be_hidden()
    assert len(rider.asked("/logout?")) == 1
    assert rider.tab.evaluate("sessionStorage.length") == 0


def test_no_password_no_code_and_no_token_stays_anywhere(rider: Rider) -> None:
    rider.sign_in("ada")
    rider.ride()
    (redeemed,) = rider.asked("/oauth2/token")
    secrets = dict(pair.split("=") for pair in str(redeemed.post_data).split("&"))
    token = rider.asked("/prod/ride")[-1].headers["authorization"]
    for secret in (PASSWORD, secrets["code"], secrets["code_verifier"], *token.split(".")):
        assert secret not in rider.kept()
    (authorized,) = rider.asked("/oauth2/authorize")
    assert "code_challenge_method=S256" in authorized.url
    assert secrets["code_verifier"] not in authorized.url
    assert PASSWORD not in "".join(request.url for request in rider.sent)


def test_the_pickup_survives_the_sign_in_and_a_reload_signs_in_again_by_itself_once(site: Site, rider: Rider) -> None:
    rider.page.type_pickup("48.8584", "2.2945")
    button = rider.tab.locator("#request")
    expect(button).to_have_text("Sign in to request")
    button.click()
    rider.enter("ada", PASSWORD)
    rider.page.wait_for_text("who", "riding as ada")
    assert rider.page.pickup() == ("48.8584", "2.2945")
    rider.page.request.click()
    expect(rider.page.log).to_contain_text("is on")
    rider.tab.reload()
    expect(rider.tab.locator("#username")).to_be_visible()  # ministack has no session, so it asks
    assert "/oauth2/authorize?" in rider.tab.url
    rider.tab.goto(site.url)
    rider.page.wait_for_text("sign", "Sign in")


def test_a_user_who_was_invited_chooses_a_password(site: Site, rider: Rider, wildrydes: Cli) -> None:
    temporary = site.invite("Zoë")
    rider.sign.click()
    rider.enter("Zoë", temporary)
    rider.tab.fill("#new_password", PASSWORD)
    rider.tab.fill("#confirm_password", PASSWORD)
    rider.tab.locator("button[type=submit]").click()
    rider.page.wait_for_text("who", "riding as Zoë")
    rider.ride()
    assert riders(wildrydes)[0] == "Zoë"


def test_whoever_registers_gets_a_code_by_mail_and_rides(site: Site, rider: Rider, wildrydes: Cli) -> None:
    rider.sign.click()
    rider.tab.get_by_role("link", name="Sign up").click()
    rider.sign_up("grace", "")
    expect(rider.tab.locator(".error")).to_contain_text("email: The attribute is required")
    rider.sign_up("grace", "grace@example.com")
    rider.confirm("000000")
    expect(rider.tab.locator(".error")).to_contain_text("Invalid verification code")
    rider.confirm(site.mailed_code("grace@example.com"))
    rider.page.wait_for_text("who", "riding as grace")
    expect(rider.tab).to_have_url(site.url)
    rider.ride()
    assert riders(wildrydes)[0] == "grace"
    rider.sign.click()
    rider.sign_in("grace")


@pytest.fixture
def closed(site: Site, wildrydes: Cli) -> Iterator[None]:
    """Let only an administrator create users."""
    wildrydes("api", "deploy", "--no-sign-up").must()
    yield
    wildrydes("api", "deploy", "--yes").must()


@pytest.mark.usefixtures("closed")
def test_nobody_registers_in_a_closed_pool(rider: Rider) -> None:
    rider.sign.click()
    expect(rider.tab.locator("#username")).to_be_visible()
    expect(rider.tab.get_by_role("link", name="Sign up")).to_have_count(0)
    rider.tab.goto(rider.tab.url.replace("/oauth2/authorize?", "/signup?"))
    rider.sign_up("mallory", "mallory@example.com")
    expect(rider.tab.locator(".error")).to_have_text("SignUp is not permitted for this user pool")


def test_a_token_that_is_refused_signs_out_and_says_so(rider: Rider) -> None:
    def refuse(route: Route) -> None:
        headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "application/json"}
        route.fulfill(status=401, body='{"message":"Unauthorized"}', headers=headers)

    rider.sign_in("ada")
    rider.tab.route("**/prod/ride", refuse)
    rider.page.click_map()
    rider.page.request.click()
    expect(rider.page.log).to_contain_text("Your sign-in has ended. Sign in again.")
    rider.page.wait_for_text("sign", "Sign in")
    assert rider.tab.evaluate("sessionStorage.length") == 0


def test_an_answer_that_nobody_asked_for_sends_nothing(site: Site, rider: Rider) -> None:
    for query in ("code=stolen&state=guessed", "code=stolen", "error=access_denied&state=x"):
        rider.tab.goto(f"{site.url}?{query}")
        expect(rider.page.log).to_contain_text("You are not signed in. That sign-in did not begin in this tab.")
        expect(rider.tab).to_have_url(site.url)
        assert rider.asked("/oauth2/") == [], query


def test_other_scripts_hosts_and_frames_are_kept_out(site: Site, tabs: Tabs, rider: Rider) -> None:
    tabs.expect_error("Content Security Policy")
    tabs.expect_error("TrustedScript")
    tabs.expect_error("frame-ancestors")
    tabs.expect_error("violates the following")
    script = """async () => {
        const seen = [];
        addEventListener("securitypolicyviolation", (event) => seen.push(event.effectiveDirective));
        const script = document.createElement("script");
        try { script.textContent = "window.ran = 1"; document.head.append(script); } catch { seen.push("trusted"); }
        try { await fetch("https://evil.example/"); } catch { seen.push("fetch"); }
        await new Promise((resolve) => setTimeout(resolve, 100));
        return [Boolean(window.ran), ...seen];
    }"""
    ran, *seen = rider.tab.evaluate(script)
    assert not ran
    assert "connect-src" in seen
    frame = tabs.blank()
    frame.set_content(f'<iframe src="{site.url}" width=800 height=600></iframe>')
    frame.wait_for_timeout(500)
    assert not [each for each in frame.frames if each.url == site.url and each.locator("#sign").count()]


def test_everybody_can_sign_in(rider: Rider) -> None:
    def broken() -> Any:
        rider.tab.evaluate(AXE)
        return violations(rider.page)

    assert broken() == [], "signed out"
    rider.sign.focus()
    rider.tab.keyboard.press("Enter")
    rider.enter("ada", PASSWORD)
    rider.page.wait_for_text("who", "riding as ada")
    rider.ride()
    assert broken() == [], "with a ride"


def test_serve_lists_everybodys_rides_and_sends_requests_to_the_api(site: Site, tabs: Tabs, wildrydes: Cli) -> None:
    tabs.expect_error("favicon.ico")  # ministack's pages have none
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
    url = f"http://127.0.0.1:{port}/"
    message, hint = wildrydes("serve", "--api", "--port", port).error(2)
    assert message == f"Cognito's pages do not bring riders back to {url}"
    assert hint == "leave out --host and --port, and let riders sign in here: wildrydes page deploy --no-hosting"
    add_url(site, url)
    with serving("--api", "--port", port) as server:
        assert server.ask("POST", "/ride", "{}").status == 404
        rider = Rider(tabs, server.url)
        listed = len(riders(wildrydes))
        expect(rider.page.rides).to_have_count(listed)
        rider.sign_in("ada")
        rider.ride()
        expect(rider.page.rides).to_have_count(listed + 1)
        rider.page.look_again()
        expect(rider.page.log).not_to_contain_text("rides with")  # the rider's own ride is told once
        tabs.close()
    assert riders(wildrydes)[0] == "ada"


def add_url(site: Site, url: str) -> None:
    """Let Cognito bring riders back to `url`."""
    named = {"UserPoolId": site.pool, "ClientId": site.deployed["UserPoolClientId"]}
    client = site.cognito.describe_user_pool_client(**named)["UserPoolClient"]
    kept = {name: value for name, value in client.items() if value and "Date" not in name and name != "ClientSecret"}
    urls = {name: [*client[name], url] for name in ("CallbackURLs", "LogoutURLs")}
    site.cognito.update_user_pool_client(**{**kept, **urls})

"""Fixtures for the tests of the page of `wildrydes serve` in Chromium.

Playwright drives the Chromium of this machine and downloads none. Its own program ends with the tests.
"""

import asyncio
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.ride_page import PATIENCE, RidePage, SharedTab, Tabs
from tests.support.serving import Server, serving

NAMES = (
    "chromium-headless-shell",  # has no windows, so the tests take less time
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
REQUIRED = bool(os.environ.get("REQUIRE_BROWSER"))
NONE_HERE = "there is no Chromium here: apt-get install chromium, or set CHROMIUM to its path"
OFF = (
    # Playwright turns these off, but only the last list counts: they ask the network, or for https.
    "AimEnabled,HttpsFirstBalancedModeAutoEnable,HttpsUpgrades,MediaRouter,NetworkTimeServiceQuerying,"
    "OptimizationHints,PaintHolding,PreconnectToSearch,"
    # Every new window starts a process for each of these, though nobody sees a window: that takes a second.
    "WebUIOmniboxAimPopup,WebUIOmniboxPopup,SpareRendererForSitePerProcess,"
    # This would keep other sites from our server. Not every browser has it, so the tests must do without.
    "LocalNetworkAccessChecks"
)
QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--renderer-process-limit=1",  # of a profile: otherwise, each tab first starts a process for its empty page
    f"--disable-features={OFF}",
    "--host-resolver-rules=MAP *.example 127.0.0.1",  # what an attacker's name server does
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser, skip one test that stands for all of this folder: the summary has one line about them.

    The tests of the hosted page come first. A worker that has nothing left to do takes tests from the end of another's,
    and of these it would take some, and deploy everything once more.
    """
    places = [place for place, item in enumerate(items) if Path(__file__).parent in item.path.parents]
    ours = sorted((items[place] for place in places), key=lambda item: item.path.name != "test_sign_in.py")
    for place, item in zip(places, ours, strict=True):
        items[place] = item
    if ours and not CHROMIUM and not REQUIRED:
        ours[0].add_marker(pytest.mark.skip(reason=f"{len(ours)} tests: {NONE_HERE}"))
        items[:] = [item for item in items if item not in ours[1:]]


class Driven(NamedTuple):
    """A browser, and the event loop of what drives it."""

    browser: Browser
    loop: asyncio.AbstractEventLoop


@pytest.fixture(scope="session")
def driven(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driven]:
    """Start one browser for all tests of this process."""
    if not CHROMIUM:
        pytest.fail(NONE_HERE)
    expect.set_options(timeout=PATIENCE)
    home = str(tmp_path_factory.mktemp("chromium"))
    with sync_playwright() as playwright:
        loop = asyncio.get_running_loop()
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=QUIET,
            env={"PATH": os.environ["PATH"], "HOME": home},
            chromium_sandbox=os.geteuid() != 0,  # root has none
        )
        asyncio._set_running_loop(None)
        yield Driven(browser, loop)
        asyncio._set_running_loop(loop)
        browser.close()


@pytest.fixture
def browser(driven: Driven) -> Iterator[Browser]:
    """Lend the browser to a test. Between tests, other tests of this process may use event loops of their own."""
    asyncio._set_running_loop(driven.loop)
    yield driven.browser
    asyncio._set_running_loop(None)


@pytest.fixture(scope="session")
def shared_tab() -> SharedTab:
    """Keep a tab for all tests of this process that take `page`."""
    return SharedTab()


@pytest.fixture
def tabs(browser: Browser, shared_tab: SharedTab) -> Iterator[Tabs]:
    """Open tabs for a test. It fails if there was an error in one that it did not expect."""
    tabs = Tabs(browser, shared_tab)
    yield tabs
    tabs.close()


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the path of the embedded store that the test's server and commands use."""
    path = tmp_path / "rides.db"
    monkeypatch.setenv("WILDRYDES_DB", str(path))
    return path


class Shared(NamedTuple):
    """The server of all tests of this process, and a link: the path at which it looks for the database."""

    server: Server
    link: Path


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """Start one server for all tests of this process: it takes a quarter of a second to start."""
    folder = tmp_path_factory.mktemp("shared")
    link = folder / "rides.db"
    none_of = ("AWS_", "WILDRYDES_")  # the caller's settings
    kept = {name: value for name, value in os.environ.items() if not name.startswith(none_of)}
    with serving(env={**kept, "HOME": str(folder), "LOGNAME": "ada", "WILDRYDES_DB": str(link)}) as server:
        yield Shared(server, link)


@pytest.fixture
def server(shared: Shared, database: Path) -> Server:
    """Serve this test's database. The server notices that another file has its path."""
    shared.link.unlink(missing_ok=True)
    shared.link.symlink_to(database)
    return shared.server


@pytest.fixture
def own_server(tabs: Tabs, database: Path) -> Iterator[Server]:
    """Start a server for this test only. The tabs are closed first: without a server, they would report errors."""
    with serving() as server:
        yield server
        tabs.close()


@pytest.fixture
def page(tabs: Tabs, server: Server) -> RidePage:
    """Open the page, in the tab of the tests before. There are no rides yet."""
    return tabs.open_again(server.url)

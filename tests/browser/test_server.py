"""What the page shows of others' rides, and of a server that fails, goes away and comes back."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from tests.browser.ride_page import RidePage, Tabs, show
from tests.browser.table import damage, delete, insert, insert_many, recorded
from tests.support.running import Cli
from tests.support.serving import Server, serving


def test_a_ride_from_the_command_line_is_shown_within_two_seconds(page: RidePage, wildrydes: Cli) -> None:
    wildrydes("request", "--lat", "1.5", "--lon", "103.8", "--rider", "bob").must()
    expect(page.rides).to_have_count(1, timeout=3000)  # one second for a busy machine
    expect(page.rides).to_contain_text("bob · ")
    expect(page.log).to_have_text(re.compile(r"^bob rides with (Angel|Gil|Rocinante)\.$"))


def test_two_tabs_show_each_others_rides(page: RidePage, server: Server) -> None:
    other = show(page.tab.context.new_page(), server.url)
    for number, (here, there) in enumerate([(page, other), (other, page)], start=1):
        here.click_map()
        here.request.click()
        expect(here.log).to_contain_text("has arrived")
        there.look_again()
        expect(there.rides).to_have_count(number)
        expect(there.log).to_contain_text("ada rides with")
        expect(here.rides).to_have_count(number)


def test_a_request_that_fails_says_so_and_can_be_repeated(
    tabs: Tabs, own_server: Server, database: Path, wildrydes: Cli
) -> None:
    tabs.expect_error("500 (Internal Server Error)")
    tabs.expect_error("503 (Service Unavailable)")  # the list of rides
    page = tabs.open(own_server.url)
    damage(database)
    page.click_map()
    page.request.click()
    failed = page.log.locator(".bad").filter(has_text="reference")
    expect(failed).to_have_text(re.compile(r"^[A-Z].* \(reference [0-9a-f-]{36}\)\.$"))
    expect(page.rides).to_have_count(0)
    database.unlink()
    pickup = page.pickup()
    page.request.click()
    expect(page.log).to_contain_text("has arrived")
    expect(page.rides).to_have_count(1)
    assert recorded(wildrydes) == [("ada", *pickup)]
    reference = failed.inner_text().rpartition(" ")[2].rstrip(").")
    tabs.close()
    assert reference in own_server.end()[1]


@pytest.mark.usefixtures("database")
def test_the_page_says_once_when_the_server_goes_away_and_when_it_comes_back(tabs: Tabs, wildrydes: Cli) -> None:
    tabs.expect_error("net::ERR_")
    tab = tabs.blank()
    tab.clock.install()
    with serving() as server:
        page = show(tab, server.url)
        page.click_map()
    tab.clock.fast_forward(1500)
    expect(page.log).to_have_text("The server does not answer. Trying again…")
    for _ in range(2):
        with tab.expect_event("requestfailed"):
            page.look_again()
    expect(page.log).to_have_text("The server does not answer. Trying again…")  # once
    page.request.click()
    expect(page.log).to_contain_text("No answer came. The ride may be recorded all the same")
    wildrydes("request", "--lat", "1", "--lon", "2", "--rider", "bob").must()
    with serving("--port", str(server.port)):
        tab.clock.fast_forward(1500)
        expect(page.log).to_contain_text("The server answers again.")
        expect(page.rides).to_have_count(1)
        page.request.click()
        expect(page.log).to_contain_text("has arrived")
        expect(page.rides).to_have_count(2)


def test_a_server_that_comes_back_with_another_store_has_other_rides(
    tabs: Tabs, database: Path, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rider has the store as a tip."""
    other = database.with_name("other.db")
    tabs.expect_error("net::ERR_")
    wildrydes("request", "--lat", "1", "--lon", "2", "--rider", "bob").must()
    with serving() as server:
        page = tabs.open(server.url)
        expect(page.rides).to_contain_text("bob")
        expect(page.rider).to_have_attribute("title", re.compile(re.escape(str(database))))
    monkeypatch.setenv("WILDRYDES_DB", str(other))
    wildrydes("request", "--lat", "3", "--lon", "4", "--rider", "eve").must()
    page.look_again()
    expect(page.log).to_have_text("The server does not answer. Trying again…")
    with serving("--port", str(server.port), "--rider", "zoe"):
        page.look_again()
        expect(page.rider).to_have_text("zoe")
        expect(page.rider).to_have_attribute("title", re.compile(re.escape(str(other))))
        expect(page.rides).to_have_count(1)
        expect(page.rides).to_contain_text("eve")


def test_rides_that_were_deleted_go_and_new_ones_are_counted_from_one(
    page: RidePage, database: Path, wildrydes: Cli
) -> None:
    for rider in ("bob", "eve"):
        wildrydes("request", "--lat", "1", "--lon", "2", "--rider", rider).must()
        page.look_again()
        expect(page.rides.first).to_contain_text(rider)
    expect(page.rides).to_have_count(2)
    delete(database, "bob")
    page.look_again()
    expect(page.rides).to_have_count(1)
    expect(page.rides).to_contain_text("eve")
    expect(page.log).not_to_contain_text("gone")
    wildrydes("delete-table", "--yes").must()
    page.look_again()
    expect(page.heading).to_have_text("No rides yet")
    expect(page.rides).to_have_count(0)
    expect(page.log.locator("p").last).to_have_text("The rides that were here are gone.")
    wildrydes("request", "--lat", "3", "--lon", "4", "--rider", "zoe").must()
    page.look_again()
    expect(page.heading).to_have_text("Rides so far: 1")
    expect(page.rides).to_contain_text("zoe")


def test_each_half_minute_the_page_asks_for_its_settings_and_for_all_rides(
    tabs: Tabs, server: Server, database: Path, wildrydes: Cli
) -> None:
    """So a ride from a clock that is far behind is shown, too."""
    wildrydes("request", "--lat", "1", "--lon", "2", "--rider", "bob").must()
    tab = tabs.blank()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url.removeprefix(server.url)))
    tab.clock.install()
    page = show(tab, server.url)
    expect(page.rides).to_have_count(1)
    insert_many(database, 1)  # two minutes ago
    tab.clock.fast_forward(4000)
    with tab.expect_response("**/rides?since=*"):
        page.look_again()
    expect(page.rides).to_have_count(1)
    assert asked.count("config.json") == 1
    with tab.expect_response("**/config.json"):
        tab.clock.fast_forward(30_000)
    expect(page.rides).to_have_count(2)
    expect(page.rides.last).to_contain_text("rider 0")
    expect(page.log).to_contain_text("rider 0 rides with Gil.")


def test_of_100_000_rides_the_page_shows_the_newest_500_and_asks_for_new_ones_only(
    tabs: Tabs, server: Server, database: Path, wildrydes: Cli
) -> None:
    wildrydes("setup-table").must()
    insert_many(database, 100_000)
    page = tabs.open_again(server.url)
    expect(page.heading).to_have_text("The newest 500 rides")
    expect(page.rides).to_have_count(500)
    expect(page.rides.first).to_contain_text("rider 0 ·")
    expect(page.rides.last).to_contain_text("rider 499 ·")
    with page.tab.expect_response(re.compile(r"/rides\?since=")) as answer:
        page.look_again()
        assert len(answer.value.json()) in (1, 2, 3)  # those of the last minute before the newest one
    wildrydes("request", "--lat", "1", "--lon", "2", "--rider", "bob").must()
    page.look_again()
    expect(page.rides.first).to_contain_text("bob")
    expect(page.rides).to_have_count(500)
    expect(page.rides.last).to_contain_text("rider 498 ·")


def test_a_tab_that_nobody_sees_asks_for_nothing(page: RidePage, wildrydes: Cli) -> None:
    hide = "(hide) => Object.defineProperty(document, 'hidden', { value: hide, configurable: true })"
    asked: list[str] = []
    page.stop_clock()
    page.tab.on("request", lambda request: asked.append(request.url))
    page.tab.evaluate(hide, True)
    page.tab.wait_for_timeout(100)  # for an answer that is on its way
    asked.clear()
    wildrydes("request", "--lat", "1", "--lon", "2", "--rider", "bob").must()
    page.look_again()
    page.tab.clock.run_for(40_000)
    assert asked == []
    page.tab.evaluate(hide, False)
    page.look_again()
    expect(page.rides).to_contain_text("bob")


def test_a_server_that_is_slow_is_asked_once(page: RidePage) -> None:
    asked: list[Route] = []

    def hold(route: Route) -> None:
        asked.append(route)

    page.tab.route("**/rides*", hold)
    page.look_again()
    for _ in range(3):
        page.look_again()
    expect(page.heading).to_have_text("No rides yet")
    page.tab.wait_for_timeout(100)
    assert len(asked) == 1
    asked[0].fulfill(json=[])
    page.tab.wait_for_timeout(50)
    page.look_again()
    page.tab.wait_for_timeout(50)
    assert len(asked) == 2
    page.tab.unroute("**/rides*")


def test_many_rides_at_once_are_one_sentence_and_few_have_one_each(
    page: RidePage, database: Path, wildrydes: Cli
) -> None:
    wildrydes("setup-table").must()
    for many in (5, 6):
        rows = [
            (f"{many}-{number}", f"rider {number}", "Gil", "White", "Male", 1, 2, f"2026-01-0{many}T00:00:0{number}Z")
            for number in range(many)
        ]
        insert(database, rows)
        page.look_again()
        expect(page.rides).to_have_count(5 if many == 5 else 11)
    expect(page.log.locator("p")).to_have_text(
        [*(f"rider {number} rides with Gil." for number in range(5)), "6 new rides."]
    )


def test_a_map_that_can_not_be_loaded_is_asked_for_until_it_comes(tabs: Tabs, server: Server) -> None:
    tabs.expect_error("503 (Service Unavailable)")
    tabs.expect_error("preload")
    left = [1, 2, 3]

    def fail_at_first(route: Route) -> None:
        route.fulfill(status=503) if left and left.pop() else route.continue_()

    tab = tabs.blank()
    tab.clock.install()
    tab.route("**/map.json", fail_at_first)
    tab.goto(server.url)
    page = RidePage(tab)
    world = tab.locator("#world")
    expect(page.log.get_by_text("The map could not be loaded. Trying again…")).to_have_count(1)
    for _ in range(3):
        expect(world).to_have_attribute("aria-busy", "true")
        tab.clock.run_for(2000)
    expect(world).to_have_attribute("aria-busy", "false")
    expect(page.log.get_by_text("The map could not be loaded")).to_have_count(1)

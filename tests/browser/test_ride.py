"""A ride, from the choice of its pickup to the unicorn: by mouse and by keyboard."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from tests.browser.ride_page import Look, RidePage, Tabs, show
from tests.browser.table import delete, insert_many, recorded
from tests.support.running import Cli
from tests.support.serving import Server

CLICK_AFTER_THE_ANSWER = """(button) => {
    const click = new MutationObserver(() => {
        click.disconnect();
        button.click();
    });
    click.observe(document.getElementById("log"), { childList: true });
}"""
ARRIVED = re.compile(r"(Angel|Gil|Rocinante) has arrived\. Giddy up!$")
IS_COMING = re.compile(
    r"^(Angel|Rocinante), your (white|yellow) unicorn, is on her way\.|^Gil, your white unicorn, is on his way\."
)


def test_a_click_and_the_button_dispatch_a_unicorn_and_the_pickup_is_cleared_when_it_has_arrived(
    page: RidePage, wildrydes: Cli
) -> None:
    page.tab.clock.install()
    hint = page.tab.get_by_text("the map to set your pickup")
    expect(hint).to_be_visible()
    expect(page.rider).to_have_text("ada")
    expect(page.heading).to_have_text("No rides yet")
    expect(page.request).to_be_disabled()
    page.click_map()
    expect(hint).to_be_hidden()
    pickup = page.pickup()
    expect(page.request).to_have_text("Request Unicorn")
    page.request.click()
    expect(page.log.locator("p").first).to_have_text(IS_COMING)
    expect(page.log.locator("p").last).to_have_text(ARRIVED)
    expect(page.rides).to_have_count(1)
    expect(page.rides).to_contain_text("ada · ")
    expect(page.rides).to_contain_text("just now")
    expect(page.heading).to_have_text("Rides so far: 1")
    assert recorded(wildrydes) == [("ada", *pickup)]
    assert page.pickup() == ("", "")
    expect(hint).to_be_visible()
    expect(page.limits).to_be_hidden()
    expect(page.request).to_be_disabled()
    page.tab.clock.fast_forward(1000)  # until a second click is no double click
    expect(page.request).to_have_text("Set your pickup on the map")


def test_a_pickup_that_was_set_in_the_meantime_is_kept(tabs: Tabs, server: Server) -> None:
    page = tabs.open(server.url, Look(moves=True))
    page.stop_clock()
    page.click_map()
    page.request.click()
    expect(page.log).to_contain_text("is on h")
    page.tab.clock.fast_forward(1200)  # until a second click is no double click
    expect(page.request).to_be_disabled()  # it has been requested already
    page.click_map(200, 200)
    expect(page.request).to_be_enabled()
    pickup = page.pickup()
    page.tab.clock.fast_forward(1500)
    expect(page.log).to_contain_text(ARRIVED)
    assert page.pickup() == pickup
    expect(page.request).to_be_enabled()


def test_without_a_pickup_the_button_leads_to_the_map_or_to_what_is_wrong(page: RidePage, wildrydes: Cli) -> None:
    page.request.click(force=True)
    expect(page.map).to_be_focused()
    page.latitude.fill("95")
    page.request.click(force=True)
    expect(page.latitude).to_be_focused()
    expect(page.limits).to_be_visible()
    assert recorded(wildrydes) == []


def test_a_double_click_requests_one_ride(page: RidePage, wildrydes: Cli) -> None:
    """Also if the second click comes just after the answer to the first one, or less than a second later."""
    page.stop_clock()
    page.click_map()
    page.request.evaluate(CLICK_AFTER_THE_ANSWER)
    page.request.dblclick()
    expect(page.log).to_contain_text("is on")
    page.tab.clock.run_for(900)
    expect(page.log).to_contain_text(ARRIVED)
    assert len(recorded(wildrydes)) == 1
    page.click_map()
    expect(page.request).to_be_disabled()
    page.tab.clock.fast_forward(100)
    expect(page.request).to_be_enabled()
    page.request.click()
    expect(page.rides).to_have_count(2)
    assert len(recorded(wildrydes)) == 2


def test_after_a_request_that_failed_a_second_click_waits_too(tabs: Tabs, page: RidePage) -> None:
    tabs.expect_error("503 (Service Unavailable)")
    asked = []

    def fail(route: Route) -> None:
        asked.append(route.request.post_data)
        route.fulfill(status=503, json={"Error": "the table is busy"})

    page.tab.route("**/ride", fail)
    page.tab.clock.install()
    page.click_map()
    page.request.evaluate(CLICK_AFTER_THE_ANSWER)
    page.request.dblclick()
    expect(page.log.get_by_text("The table is busy.")).to_have_count(1)
    expect(page.request).to_be_disabled()
    page.tab.clock.fast_forward(1000)
    expect(page.request).to_be_enabled()
    assert len(asked) == 1
    page.request.click()
    expect(page.log.get_by_text("The table is busy.")).to_have_count(2)


def test_the_map_shows_a_pickup_to_which_a_unicorn_comes(page: RidePage) -> None:
    """Whoever typed it may have moved the map since."""
    page.type_pickup("-33.92487", "18.42406")
    page.look_at(35, 139, 9)
    page.request.click()
    expect(page.log).to_contain_text(ARRIVED)
    assert page.view()[:2] == pytest.approx((-33.92487, 18.42406))


def test_a_ride_of_ones_own_is_the_one_that_is_shown(page: RidePage, database: Path, wildrydes: Cli) -> None:
    wildrydes("setup-table").must()
    insert_many(database, 50)
    page.look_again()
    expect(page.rides).to_have_count(50)
    page.rides.last.click()
    page.click_map()
    page.request.click()
    expect(page.rides).to_have_count(51)
    expect(page.rides.first).to_be_in_viewport()
    expect(page.chosen).to_have_count(0)


def test_the_list_says_how_long_ago_a_ride_was_and_exactly_when(tabs: Tabs, server: Server, wildrydes: Cli) -> None:
    wildrydes("request", "--lat", "1", "--lon", "2").must()
    tab = tabs.blank()
    tab.clock.install()
    page = show(tab, server.url)
    expect(page.rides).to_contain_text("just now")
    (ride,) = wildrydes("rides", "list", "-o", "json").must().json
    expect(page.rides.locator("small")).to_have_attribute("title", ride["RequestTime"])
    tab.clock.fast_forward(120_000)
    expect(page.rides).to_contain_text("2 minutes ago")


def request_and_see_it_as_ours(page: RidePage) -> None:
    """Request a ride. The page must list it once, and must not announce it as somebody else's."""
    page.click_map()
    page.request.click()
    expect(page.log).to_contain_text(ARRIVED)
    page.look_again()
    expect(page.rides).to_have_count(1)
    expect(page.log).not_to_contain_text(" rides with ")


def test_a_ride_whose_answer_is_slow_is_not_announced_as_somebody_elses(page: RidePage) -> None:
    script = """async () => {
        document.dispatchEvent(new Event("visibilitychange"));
        await fetch("/config.json");  // the server answers one request at a time
        await new Promise((done) => setTimeout(done, 100));
    }"""

    def answer_late(route: Route) -> None:
        response = route.fetch()
        page.tab.evaluate(script)
        route.fulfill(response=response)

    page.tab.route("**/ride", answer_late)
    request_and_see_it_as_ours(page)


def test_a_ride_is_not_announced_as_somebody_elses_by_an_answer_that_comes_before_its_own(page: RidePage) -> None:
    polls: list[Route] = []

    def hold(route: Route) -> None:
        polls.append(route)

    def answer_after_a_poll(route: Route) -> None:
        response = route.fetch()
        page.tab.unroute("**/rides*")
        polls[0].fulfill(response=polls[0].fetch())
        page.wait_until_painted()
        route.fulfill(response=response)

    page.tab.route("**/rides*", hold)
    page.tab.route("**/ride", answer_after_a_poll)
    with page.tab.expect_request("**/rides*"):
        page.look_again()
    request_and_see_it_as_ours(page)


def test_where_no_server_lists_rides_the_first_ride_is_new_too(tabs: Tabs, server: Server) -> None:
    """So it gets a ring on the map."""
    tab = tabs.blank()
    tab.route("**/config.json", lambda route: route.fulfill(json={}))
    tab.goto(server.url)
    page = RidePage(tab)
    expect(page.heading).to_have_text("No rides yet")
    page.click_map()
    page.request.click()
    expect(page.rides).to_have_count(1)
    assert page.tab.evaluate("async () => (await import('/rides.js')).rides[0].seen") > 0
    expect(page.log).not_to_contain_text(" rides with ")


def test_the_log_grows_then_scrolls_unless_somebody_reads_further_up_and_keeps_the_newest_50_sentences(
    page: RidePage,
) -> None:
    say = """async (sentence) => (await import("/log.js")).say(sentence)"""
    heights = []
    for number in range(12):
        page.tab.evaluate(say, f"Sentence {number}.")
        heights.append(page.log.evaluate("(log) => log.clientHeight"))
    assert heights[0] < heights[4] < heights[-1] == heights[-2]
    expect(page.log.locator("p").last).to_be_in_viewport()
    page.log.evaluate("(log) => { log.scrollTop = 0; }")
    page.tab.evaluate(say, "Sentence 12.")
    assert page.log.evaluate("(log) => log.scrollTop") == 0
    page.log.evaluate("(log) => { log.scrollTop = log.scrollHeight; }")
    for number in range(13, 61):
        page.tab.evaluate(say, f"Sentence {number}.")
    expect(page.log.locator("p")).to_have_count(50)
    expect(page.log.locator("p").first).to_have_text("Sentence 11.")
    expect(page.log.locator("p").last).to_have_text("Sentence 60.")
    expect(page.log.locator("p").last).to_be_in_viewport()


def test_a_click_on_a_ride_shows_it_on_the_map(page: RidePage, wildrydes: Cli) -> None:
    wildrydes("request", "--lat", "-33.9", "--lon", "18.4").must()
    wildrydes("request", "--lat", "1.3", "--lon", "103.8").must()
    page.look_again()
    expect(page.rides).to_have_count(2)
    page.rides.filter(has_text="-33.9, 18.4").click()
    expect(page.chosen).to_contain_text("-33.9, 18.4")
    page.map.press("Enter")
    assert page.degrees() == pytest.approx((-33.9, 18.4), abs=0.01)
    for zoom, wanted in ((12, 12), (4, 7)):  # as near as somebody has chosen, but not from afar
        page.look_at(50, 8, zoom)
        page.rides.filter(has_text="1.3, 103.8").click()
        assert page.view() == pytest.approx((1.3, 103.8, wanted))


def test_the_keyboard_is_enough(page: RidePage, wildrydes: Cli) -> None:
    wildrydes("request", "--lat", "-33.9", "--lon", "18.4", "--rider", "bob").must()
    page.look_again()
    expect(page.log).to_contain_text("bob rides with")
    page.press("Tab")
    expect(page.map).to_be_focused()
    page.press("ArrowRight", "ArrowRight", "ArrowUp", "+", "Enter")
    expect(page.log).to_contain_text(f"The pickup is {', '.join(page.pickup())}.")
    latitude, longitude = page.degrees()
    assert (latitude > 47.62, longitude > -122.39) == (True, True)
    pickup = page.pickup()
    page.press("Tab", "Tab", "Tab", "Tab", "Tab")  # over two buttons and two fields
    expect(page.request).to_be_focused()
    page.press("Enter")
    expect(page.log).to_contain_text(ARRIVED)
    expect(page.request).to_be_focused()
    assert recorded(wildrydes)[0] == ("ada", *pickup)
    page.press("Tab", "Tab", "Tab", "Tab")  # over the log and a button, and to the second ride
    expect(page.rides.last).to_be_focused()
    page.press("Enter")
    expect(page.chosen).to_contain_text("bob")
    expect(page.chosen).to_be_focused()
    page.map.press("Enter")
    assert page.degrees() == pytest.approx((-33.9, 18.4), abs=0.01)


def test_the_focus_stays_on_a_ride_when_others_come_and_go(page: RidePage, database: Path, wildrydes: Cli) -> None:
    wildrydes("request", "--lat", "1", "--lon", "2", "--rider", "bob").must()
    for rider in ("eve", "zoe"):
        wildrydes("request", "--lat", "3", "--lon", "4", "--rider", rider).must()
    page.look_again()
    expect(page.rides).to_have_count(3)
    page.rides.last.press("Enter")
    delete(database, "eve")
    wildrydes("request", "--lat", "3", "--lon", "4", "--rider", "ann").must()
    page.look_again()
    expect(page.rides).to_contain_text(["ann", "zoe", "bob"])
    expect(page.chosen).to_contain_text("bob")
    expect(page.chosen).to_be_focused()

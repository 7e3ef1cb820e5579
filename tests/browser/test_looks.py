"""How the page looks and moves: dark or light, on a desk or on a telephone, with motion or without."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.ride_page import PHONE, Look, RidePage, Tabs, show
from tests.browser.table import insert, insert_many
from tests.support.running import Cli
from tests.support.serving import Server


def test_the_page_is_dark_where_the_system_is(tabs: Tabs, server: Server) -> None:
    """Also if the system changes."""
    tab = tabs.blank()
    tab.emulate_media(color_scheme="dark")
    page = show(tab, server.url)
    background = "getComputedStyle(document.body).backgroundColor"
    assert page.brightness() < 100
    assert page.tab.evaluate(background) == "rgb(20, 29, 41)"
    page.tab.emulate_media(color_scheme="light")
    page.tab.evaluate("new Promise(requestAnimationFrame)")
    page.tab.evaluate("new Promise(requestAnimationFrame)")
    assert page.brightness() > 180
    assert page.tab.evaluate(background) == "rgb(255, 255, 255)"


def test_a_drag_moves_the_map_and_the_wheel_zooms_it(page: RidePage) -> None:
    mouse = page.tab.mouse
    page.click_map(300, 300)
    before = page.degrees()
    mouse.move(300, 300)
    mouse.down()
    mouse.move(400, 350, steps=4)
    mouse.up()
    assert page.degrees() == before  # a drag is no click
    page.click_map(400, 350)
    assert page.degrees() == pytest.approx(before, abs=0.001)
    wide = page.degrees_across()
    mouse.move(400, 350)
    mouse.wheel(0, -300)
    page.click_map(400, 350)
    assert page.degrees() == pytest.approx(before, abs=0.001)  # what is under the mouse stays there
    assert page.degrees_across() < wide / 1.5


def test_on_a_telephone_the_wheel_over_the_map_does_not_scroll_the_page_and_a_chosen_ride_brings_the_map_back(
    tabs: Tabs, server: Server, database: Path, wildrydes: Cli
) -> None:
    wildrydes("setup-table").must()
    insert_many(database, 100)
    page = tabs.open(server.url, PHONE)
    expect(page.rides).to_have_count(100)
    for over_map, y in ((True, 200), (False, 600)):
        page.tab.mouse.move(200, y)
        page.tab.mouse.wheel(0, 100)
        page.tab.wait_for_timeout(100)  # a page scrolls a little after the event
        assert (page.tab.evaluate("scrollY") == 0) == over_map
    page.rides.last.click()
    expect(page.map).to_be_in_viewport(ratio=0.9)


def test_nothing_is_wider_than_a_telephone(tabs: Tabs, server: Server, database: Path, wildrydes: Cli) -> None:
    wildrydes("setup-table").must()
    insert(database, [("long", "W" * 128, "M" * 128, "White", "Male", -89.123456789, -179.123456789, "2026-01-01")])
    page = tabs.open(server.url, PHONE)
    insert(database, [("new", "W" * 128, "M" * 128, "White", "Male", 1, 2, "2026-01-01T00:00:01Z")])
    page.look_again()
    expect(page.log).to_contain_text("WWW")
    page.type_pickup("91", "181")
    expect(page.limits).to_be_visible()
    assert page.tab.evaluate("document.documentElement.scrollWidth") == PHONE.width
    box = page.map.bounding_box()
    assert box
    assert box["width"] == PHONE.width  # the map is above the rest, not beside it


def test_unicorns_of_one_colour_can_be_told_apart(page: RidePage, database: Path, wildrydes: Cli) -> None:
    wildrydes("setup-table").must()
    pixel = 360 / (256 * 2**11)  # degrees, at the level at which the map opens
    insert(
        database,
        [
            ("one", "ada", "Angel", "White", "Female", 47.6, -122.3, "2026-01-01T00:00:01Z"),
            ("two", "bob", "Gil", "White", "Male", 47.6, -122.3 - 100 * pixel, "2026-01-01T00:00:02Z"),
        ],
    )
    page.look_again()
    expect(page.rides.locator("i")).to_have_text(["G", "A"])
    script = """async () => {
        const { rides } = await import("/rides.js");
        const { toScreen } = await import("/view.js");
        await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
        const ink = document.getElementById("map").getContext("2d");
        return rides.map(({ point }) => {
            const { x, y } = toScreen(point);
            const { data } = ink.getImageData(Math.round(x) - 5, Math.round(y) - 5, 10, 10);
            const isDark = (at) => data[at] + data[at + 1] + data[at + 2] < 250;
            return [...Array(100).keys()].filter((pixel) => isDark(4 * pixel));
        });
    }"""
    gil, angel = page.tab.evaluate(script)
    assert len(gil) > 3  # the ink of a letter
    assert len(angel) > 3
    assert gil != angel


def test_on_a_desk_the_list_scrolls_and_in_a_low_window_the_panel_but_never_the_page(
    page: RidePage, database: Path, wildrydes: Cli
) -> None:
    """A low window is a phone on its side, and a laptop on which everything is half as large again."""
    below = "document.documentElement.scrollHeight - innerHeight"
    wildrydes("setup-table").must()
    insert_many(database, 50)
    page.look_again()
    expect(page.rides).to_have_count(50)
    assert page.tab.evaluate(below) == 0
    assert page.tab.evaluate("document.getElementById('list').scrollHeight") > 800
    for number in range(12):  # then the log grows no more
        page.tab.evaluate("async (number) => (await import('/log.js')).say(`Sentence ${number}.`)", number)
    page.tab.set_viewport_size({"width": 1280, "height": 720})
    assert page.tab.locator("main").evaluate("(main) => main.scrollHeight - main.clientHeight") == 0
    for width, height in ((844, 390), (960, 500), (1280, 600)):
        page.tab.set_viewport_size({"width": width, "height": height})
        assert page.tab.evaluate(below) == 0, (width, height)
        page.tab.locator("#rides").scroll_into_view_if_needed()
        for ride in page.rides.all()[:2]:
            expect(ride).to_be_in_viewport(ratio=1)


def test_the_chosen_ride_and_buttons_can_be_seen_also_where_the_system_chooses_the_colors(
    page: RidePage, wildrydes: Cli
) -> None:
    """The colour of the chosen ride alone hardly differs from the others'."""
    for _ in range(2):
        wildrydes("request", "--lat", "47.6", "--lon", "-122.3").must()
    page.look_again()
    expect(page.rides).to_have_count(2)
    left = "(button) => button.querySelector('b').getBoundingClientRect().left"
    before = page.rides.first.evaluate(left)
    page.rides.first.click()
    look = "(button) => getComputedStyle(button).borderInlineStartWidth"
    for forced in (None, "active"):
        page.tab.emulate_media(forced_colors=forced)
        assert page.chosen.evaluate(look) == "3px"
        assert page.rides.last.evaluate(look) != "3px"
    for name in ("#closer", "#request"):  # in the colours of the system, buttons have a border
        assert page.tab.locator(name).evaluate("(button) => getComputedStyle(button).borderTopStyle") == "solid", name
    page.tab.emulate_media(forced_colors=None)
    assert page.rides.first.evaluate(left) == before


def test_the_focus_can_be_seen_wherever_it_is(page: RidePage, wildrydes: Cli) -> None:
    wildrydes("request", "--lat", "47.6", "--lon", "-122.3").must()
    page.look_again()
    expect(page.rides).to_have_count(1)
    outline = """() => {
        const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
        return [document.activeElement.id || document.activeElement.tagName, outlineStyle, outlineWidth];
    }"""
    stops = []
    for _ in range(9):
        page.press("Tab")
        stops.append(page.tab.evaluate(outline))
    assert [name for name, *_ in stops] == [
        *("map", "closer", "farther", "lat", "lon", "request", "log", "everything", "BUTTON")
    ]
    assert {tuple(look) for _, *look in stops} == {("solid", "3px")}


def test_a_telephone_takes_taps_and_pinches_and_says_so(tabs: Tabs, server: Server) -> None:
    page = tabs.open(server.url, PHONE)
    expect(page.tab.locator("#hint")).to_have_text("Tap the map to set your pickup", use_inner_text=True)
    page.tab.touchscreen.tap(100, 200)
    west = page.degrees()
    page.tab.touchscreen.tap(300, 200)
    east = page.degrees()
    assert west[1] < east[1]
    spread_two_fingers(page)
    assert page.degrees() == east  # a pinch is no tap
    page.tab.touchscreen.tap(100, 200)
    nearer_west = page.degrees()
    page.tab.touchscreen.tap(300, 200)
    nearer_east = page.degrees()
    assert nearer_east[1] - nearer_west[1] == pytest.approx((east[1] - west[1]) / 2, rel=0.1)
    page.request.tap()
    expect(page.log).to_contain_text("has arrived")


def spread_two_fingers(page: RidePage) -> None:
    """Put two fingers on the map, 100 pixels apart, and move them until they are 200 pixels apart."""
    browser = page.tab.context.new_cdp_session(page.tab)

    def touch(kind: str, *fingers: int) -> None:
        points = [{"x": x, "y": 200, "id": number} for number, x in enumerate(fingers)]
        browser.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 145)
    touch("touchStart", 145, 245)
    for moved in range(10, 51, 10):
        touch("touchMove", 145 - moved, 245 + moved)
    touch("touchEnd")


def test_where_motion_is_not_wanted_the_unicorn_is_there_at_once(tabs: Tabs, server: Server) -> None:
    page = tabs.open(server.url, Look(640, 480))
    page.click_map(300, 200)
    page.record_motion()
    page.request.click()
    expect(page.log).to_contain_text("has arrived")
    expect(page.rides).to_have_count(1)
    expect(page.request).to_have_text("Set your pickup on the map")  # a second later
    pictures, seconds = page.recorded_motion()
    assert seconds < 1
    assert 1 < pictures < 6


def test_where_motion_is_wanted_the_unicorn_flies(tabs: Tabs, server: Server) -> None:
    page = tabs.open(server.url, Look(640, 480, moves=True))  # small, because each frame is compared
    page.click_map(300, 200)
    page.record_motion()
    page.request.click()
    page.tab.wait_for_function("() => seen.times.length === 2")  # `expect` would look once a second
    pictures, seconds = page.recorded_motion()
    assert seconds > 2
    assert pictures > 8

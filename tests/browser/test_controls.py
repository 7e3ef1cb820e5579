"""What moves and zooms the map, and what sets the pickup on it: keys, buttons, mouse, wheel and fingers."""

import pytest
from playwright.sync_api import expect

from tests.browser.ride_page import PHONE, RidePage, Tabs
from tests.support.serving import Server

KEYS = [
    # The key; whether the middle of the map moves north and east; how much nearer the map comes.
    ("ArrowLeft", 0, -1, 0),
    ("ArrowRight", 0, 1, 0),
    ("ArrowUp", 1, 0, 0),
    ("ArrowDown", -1, 0, 0),
    ("+", 0, 0, 0.5),
    ("=", 0, 0, 0.5),
    ("-", 0, 0, -0.5),
    # The browser's own.
    ("Control+=", 0, 0, 0),
    ("Control+-", 0, 0, 0),
    ("Meta+ArrowUp", 0, 0, 0),
    ("Alt+ArrowUp", 0, 0, 0),
]


def moved(before: tuple[float, float, float], after: tuple[float, float, float]) -> tuple[int, int, float]:
    """Return whether the map has moved north and east, and how much nearer it came."""
    north, east = (round(new - old, 9) for old, new in zip(before[:2], after[:2], strict=True))
    return (north > 0) - (north < 0), (east > 0) - (east < 0), round(after[2] - before[2], 6)


def test_keys_and_buttons_move_or_zoom_the_map_unless_a_key_is_the_browsers(page: RidePage) -> None:
    home = page.view()
    page.map.focus()
    for key, *wanted in KEYS:
        before = page.view()
        page.press(key)
        assert moved(before, page.view()) == tuple(wanted), key
    page.press("ArrowUp", "ArrowRight", "+", "Home")
    assert page.view() == pytest.approx(home)
    for name, steps in (("Zoom in", 1), ("Zoom out", -1)):
        before = page.view()
        page.tab.get_by_role("button", name=name).click()
        assert moved(before, page.view()) == (0, 0, steps), name


def test_a_click_sets_the_pickup_although_the_hand_is_not_still_and_only_with_the_main_button(page: RidePage) -> None:
    before = page.view()
    page.map.click(position={"x": 300, "y": 300}, button="right")
    page.map.click(position={"x": 300, "y": 300}, button="middle")
    assert page.pickup() == ("", "")
    mouse = page.tab.mouse
    mouse.move(300, 300)
    mouse.down()
    mouse.move(302, 301)
    mouse.up()
    assert page.pickup() != ("", "")
    assert page.view() == before


def test_a_drag_goes_on_outside_the_map_and_ends_there(page: RidePage) -> None:
    mouse = page.tab.mouse
    before = page.view()
    mouse.move(800, 300)
    mouse.down()
    mouse.move(900, 300)
    half = page.view()
    mouse.move(1000, 300)
    assert page.view()[1] - half[1] == pytest.approx(half[1] - before[1])
    mouse.up()
    after = page.view()
    mouse.move(500, 300)
    mouse.move(400, 300)
    assert page.view() == after
    assert page.pickup() == ("", "")


def test_a_wheel_that_counts_lines_zooms_as_one_that_counts_pixels(page: RidePage) -> None:
    """Firefox counts lines: some 3 for each click of the wheel."""
    turn = "(map, turn) => void map.dispatchEvent(new WheelEvent('wheel', { cancelable: true, ...turn }))"
    for sent in ({"deltaY": -100, "deltaMode": 0}, {"deltaY": -3, "deltaMode": 1}):
        before = page.view()[2]
        page.map.evaluate(turn, sent)
        assert 0.1 < page.view()[2] - before < 0.5, sent


def test_a_finger_that_the_system_took_away_does_not_count(tabs: Tabs, server: Server) -> None:
    page = tabs.open(server.url, PHONE)
    browser = page.tab.context.new_cdp_session(page.tab)
    before = page.view()
    for kind, fingers in (
        ("touchStart", [(100, 100)]),
        ("touchCancel", []),
        ("touchStart", [(200, 200)]),
        ("touchMove", [(250, 200)]),
        ("touchEnd", []),
    ):
        points = [{"x": x, "y": y, "id": 0} for x, y in fingers]
        browser.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert moved(before, page.view()) == (0, -1, 0)  # with two fingers, it would zoom
    assert page.pickup() == ("", "")


def test_the_hint_says_to_click_and_does_not_keep_clicks_from_the_map(page: RidePage) -> None:
    hint = page.tab.locator("#hint")
    expect(hint).to_have_text("Click the map to set your pickup", use_inner_text=True)
    box = hint.bounding_box()
    assert box
    page.tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert page.pickup() != ("", "")
    expect(hint).to_be_hidden()

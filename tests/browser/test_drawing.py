"""What is drawn on the map: its lines, the pin, the rides, and the unicorn that flies."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.ride_page import KINDS, Look, RidePage, Tabs, show
from tests.browser.table import insert
from tests.support.running import Cli
from tests.support.serving import Server

LAND, *_ = KINDS
CORNERS = {
    # Where four tiles meet, and there is nothing but land.
    "Texas": (31.9522, -101.25),
    "Kazakhstan": (48.9225, 67.5),
    "Siberia": (61.6063, 123.75),
}
PIN = (214, 36, 110)
TEXT = (28, 39, 51)
WHITE = (255, 255, 255)
YELLOW = (255, 216, 77)
PURPLE = (112, 64, 216)
GOLD = (255, 206, 71)
RED = (255, 95, 109)  # of the rainbow

STROKES = """
    window.strokes = new Set();
    const stroke = CanvasRenderingContext2D.prototype.stroke;
    CanvasRenderingContext2D.prototype.stroke = function (...path) {
        const pixels = this.getTransform().a;
        const dash = this.getLineDash().map((part) => Math.round(part * pixels)).join(" ");
        const where = this.globalCompositeOperation === "source-atop" ? "on land" : "";
        strokes.add([this.strokeStyle, dash, where].filter(Boolean).join(", "));
        stroke.apply(this, path);
    };
"""
DRAWN = """async () => {
    const { repaint } = await import("/canvas.js");
    strokes.clear();
    repaint();
    await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
    return [...strokes];
}"""
COAST, STATE, BORDER = "#9fbac8", "#c3c0b8", "#a09c94"
STATES, DISPUTED = f"{STATE}, 4 3, on land", f"{BORDER}, 3 3"
LINES = {
    # The lines from far to near. Dashes are in pixels.
    "the world": ((20, 0, 1.7), {BORDER, DISPUTED}),
    "America": ((40, -100, 3.5), {BORDER, DISPUTED, STATES}),
    "Kashmir": ((34.5, 76, 6), {BORDER, DISPUTED, COAST}),
    "Nebraska": ((41, -100, 12), {BORDER, COAST}),  # of the tiles there
}


def test_tiles_have_no_edges_and_no_gaps_and_the_world_goes_on_beyond_its_edge(page: RidePage) -> None:
    x, y = page.middle()
    for name, (latitude, longitude) in CORNERS.items():
        for zoom in (6.4, 9.1):
            page.look_at(latitude + 0.007, longitude + 0.007, zoom)  # so that a tile ends within a pixel
            for color in page.colors(x - 40, y - 40, 80, 80):
                assert max(abs(part - other) for part, other in zip(color, LAND, strict=True)) < 4, (name, zoom, color)
    for longitude in (179.9, -179.9):  # of Chukotka
        page.look_at(67.3, longitude, 6)
        for beside in (-60, 60):
            assert set(page.colors(x + beside, y, 10, 10)) == {LAND}, (longitude, beside)


def test_lines_are_drawn_where_they_can_be_read(tabs: Tabs, server: Server) -> None:
    tab = tabs.blank()
    tab.add_init_script(STROKES)
    page = show(tab, server.url)
    for name, (view, lines) in LINES.items():
        page.look_at(*view)
        assert {each for each in tab.evaluate(DRAWN) if each.split(",")[0] in (COAST, STATE, BORDER)} == lines, name


def test_the_pin_is_at_the_pickup(page: RidePage) -> None:
    page.click_map(300, 300)
    page.wait_until_painted()
    assert set(page.colors(298, 282, 4, 3)) == {PIN}
    x, y = page.where(PIN) or (0, 0)
    assert abs(x - 300) < 1
    assert 270 < y < 285


def test_the_keyboard_has_a_cross_in_the_middle_of_the_map(page: RidePage) -> None:
    x, y = page.middle()

    def has_cross() -> bool:
        page.wait_until_painted()
        return set(page.colors(x + 6, y - 1, 6, 2)) == {TEXT}

    page.click_map(x + 200, y)
    assert not has_cross()
    page.press("ArrowLeft")
    assert has_cross()
    page.press("Tab")
    assert not has_cross()


def test_the_newest_ride_is_on_top_and_the_chosen_one_above_it_with_its_names(
    page: RidePage, database: Path, wildrydes: Cli
) -> None:
    wildrydes("setup-table").must()
    insert(
        database,
        [
            ("one", "ada", "Rocinante", "Yellow", "Female", 47.5, -121.9, "2026-01-01T00:00:01Z"),
            ("two", "bob", "Gil", "White", "Male", 47.5, -121.9, "2026-01-01T00:00:02Z"),
        ],
    )
    page.look_again()
    expect(page.rides).to_have_count(2)
    x, y = page.middle()
    page.look_at(47.5, -121.9, 11)
    assert set(page.colors(x - 6, y - 2, 1, 4)) == {WHITE}
    page.rides.nth(1).click()
    page.look_at(47.5, -121.9, 11)
    assert set(page.colors(x - 9, y - 2, 1, 4)) == {YELLOW}
    label = page.colors(x - 30, y + 18, 60, 16)
    assert label.most_common(1)[0][0] == WHITE
    assert label[TEXT] > 5


def test_the_unicorn_comes_from_the_farther_side_looks_ahead_and_stays_where_its_rider_is(
    tabs: Tabs, server: Server
) -> None:
    page = tabs.open(server.url, Look(moves=True))
    page.stop_clock()
    for number, (x, direction) in enumerate([(150, -1), (750, 1)], start=1):  # to the left, and to the right
        page.click_map(x, 300)
        page.request.click()
        expect(page.log.get_by_text("is on h")).to_have_count(number)
        page.tab.clock.fast_forward(700)
        rainbow, medal, horn = (page.where(color) for color in (RED, PURPLE, GOLD))
        assert rainbow, x
        assert medal, x
        assert horn, x
        assert direction * rainbow[0] < direction * medal[0] < direction * horn[0], x
        page.tab.clock.fast_forward(2000)
        expect(page.log.get_by_text("has arrived")).to_have_count(number)
        page.map.press("ArrowLeft")
        page.tab.clock.fast_forward(50)
        medal = page.where(PURPLE)
        assert medal, x
        assert abs(medal[0] - (x + 60)) < 8, x  # the head covers more of one side
        page.tab.clock.fast_forward(2500)  # now it goes
        page.tab.clock.fast_forward(50)
        assert page.where(PURPLE) is None, x


def test_a_unicorn_arrives_although_the_next_one_comes(tabs: Tabs, server: Server) -> None:
    page = tabs.open(server.url, Look(moves=True))
    page.stop_clock()
    for x in (300, 500):
        page.click_map(x, 300)
        page.request.click()
        expect(page.log.get_by_text("is on h")).to_have_count(1 if x == 300 else 2)
        page.tab.clock.fast_forward(1100)
    page.tab.clock.fast_forward(2000)
    expect(page.log.get_by_text("has arrived")).to_have_count(2)
    assert page.pickup() == ("", "")


def test_the_map_fills_a_window_that_has_changed_and_keeps_its_middle(page: RidePage) -> None:
    before = page.view()
    page.tab.set_viewport_size({"width": 1600, "height": 700})
    expect(page.map).to_have_attribute("width", "1232")
    expect(page.map).to_have_attribute("height", "700")
    assert page.view() == pytest.approx(before)
    x, y = page.middle()
    page.click_map(x, y)
    assert page.degrees() == pytest.approx(before[:2], abs=0.001)


def test_the_map_is_sharp_on_a_screen_with_more_pixels(tabs: Tabs, server: Server) -> None:
    page = tabs.open(server.url, Look(scale=2))
    expect(page.map).to_have_attribute("width", "1824")  # 912 pixels of the page
    page.click_map(300, 300)
    page.wait_until_painted()
    x, y = page.where(PIN) or (0, 0)
    assert abs(x - 600) < 1
    assert 540 < y < 570

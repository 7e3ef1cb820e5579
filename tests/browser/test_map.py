"""The map: what is land and what is water, its names, and how fast it is."""

import statistics
from collections.abc import Callable
from math import cos, radians
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.ride_page import KINDS, PHONE, Look, RidePage, Tabs, show
from tests.browser.table import insert, insert_many
from tests.support.repeat import some_of, times
from tests.support.running import Cli
from tests.support.serving import Server

_, WATER, _ = KINDS
SEEN = {
    # What is a little below the middle of the map, from near and from far.
    "Seattle": (47.62, -122.33, "urban", "land"),
    "Lake Washington": (47.63, -122.25, "water", None),
    "Elliott Bay": (47.62, -122.42, "water", None),
    "Bainbridge Island": (47.65, -122.53, "land", None),
    "Chicago": (41.85, -87.72, "urban", "land"),
    "Lake Michigan": (43.5, -87, "water", "water"),
    "Lake Superior": (47.8, -87, "water", "water"),
    "Lake Geneva": (46.44, 6.5, "water", None),
    "Lake Victoria": (-1, 33, "water", "water"),
    "the Caspian": (42, 51, "water", "water"),
    "the Pacific": (0, -150, "water", "water"),
    "Paris": (48.87, 2.4, "urban", "land"),
    "Chengdu": (30.5, 103.4, "land", "land"),
    "Kansas": (38, -98, "land", "land"),
    "Siberia": (60, 100, "land", "land"),
    "Antarctica": (-80, 60, "land", "land"),
    "Greenland": (72, -40, "land", "land"),
}

WRITTEN = """
    window.written = [];
    const fillText = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
        const { width } = this.measureText(text);
        const size = parseFloat(/([\\d.]+)px/.exec(this.font)[1]);
        written.push([text, x - width / 2, y - size / 2, x + width / 2, y + size / 2, size]);
        fillText.call(this, text, x, y);
    };
"""
NAMES = """async () => {
    const { repaint } = await import("/canvas.js");
    written.length = 0;
    repaint();
    await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
    const box = ({ left, top, right, bottom }) => ["a control", left, top, right, bottom, 0];
    const controls = document.querySelectorAll("#world > div, #world > p:not([hidden])");
    return [written, [...controls].map((control) => box(control.getBoundingClientRect()))];
}"""
VIEWS = {
    "the world": (20, 0, 0),
    "Europe": (50, 10, 4.6),
    "the Great Lakes": (44.5, -85, 5.6),
    "Japan": (36, 138, 6.5),
    "Puget Sound": (47.6, -122.4, 8),
    "Seattle": (47.61, -122.4, 11),
    "Paris": (48.86, 2.35, 9.6),
}

NAMED = {
    # What is looked at, some of the names that are there, and some that are not.
    "the world": ((20, 0, 1.7), {"RUSSIA", "UNITED STATES", "OF AMERICA", "Tokyo", "Paris"}, {"Versailles"}),
    "the edge of the world": ((-17, 179.9, 6), {"FIJI", "Suva", "Apia"}, set()),
    "Europe": ((50, 10, 4.6), {"FRANCE", "London", "Paris", "Berlin", "Vienna", "Rome"}, {"Versailles"}),
    "Paris": ((48.86, 2.35, 10), {"Paris", "Versailles"}, {"FRANCE"}),
    "Washington": ((47.6, -122.4, 8), {"Seattle", "Olympia"}, {"UNITED STATES", "OF AMERICA"}),
    "Kansas": ((38.5, -98, 7.5), {"Wichita"}, {"UNITED STATES", "OF AMERICA"}),
}

PICTURE = """
    new MutationObserver((_, observer) => {
        if (document.getElementById("world")?.ariaBusy === "false") {
            observer.disconnect();
            requestAnimationFrame(() => setTimeout(() => window.painted = performance.now()));
        }
    }).observe(document, { subtree: true, childList: true, attributes: true });
"""
SINCE_HTML = """async () => {
    while (!window.painted) {
        await new Promise((later) => setTimeout(later, 5));
    }
    return painted - performance.getEntriesByType("navigation")[0].responseEnd;
}"""
FRAMES = """async (many) => {
    const { panBy } = await import("/view.js");
    const frame = () => new Promise(requestAnimationFrame);
    const times = [];
    for (let last = await frame(), count = 0; count < many; count++) {
        panBy(-5, 2);
        const now = await frame();
        times.push(now - last);
        last = now;
    }
    return times;
}"""


def test_land_is_where_land_is_and_rivers_are_drawn(page: RidePage) -> None:
    for name, (latitude, longitude, near, far) in some_of(list(SEEN.items())):
        for zoom, wanted in ((11, near), (4.2, far)):
            page.look_at(latitude, longitude, zoom)
            if wanted:
                assert page.kind_below_the_middle() == wanted, f"{name} at {zoom}"
    x, y = page.middle()
    page.look_at(48.87, 2.25, 11)  # the Seine
    assert 100 < page.colors(x - 100, y - 100, 200, 200)[WATER] < 4000


SYDNEY = ("-33.87", "151.21")


def test_the_map_opens_on_the_rides_unless_somebody_has_moved_it_before_they_came(
    tabs: Tabs, server: Server, wildrydes: Cli
) -> None:
    wildrydes("request", "--lat", SYDNEY[0], "--lon", SYDNEY[1]).must()
    tab = tabs.blank()
    page = show(tab, server.url)
    page.map.press("Enter")
    assert page.degrees() == pytest.approx((-33.87, 151.21), abs=0.01)

    def answer_late(route: Route) -> None:
        page.map.press("ArrowUp")
        route.continue_()

    tab.route("**/rides", answer_late, times=1)
    tab.goto(server.url)
    page.wait_until_ready()
    page.map.press("Enter")
    assert page.degrees() == pytest.approx((47.63, -122.4), abs=0.05)


def test_without_rides_the_map_opens_on_seattle_and_it_names_where_its_data_is_from(page: RidePage) -> None:
    expect(page.tab.get_by_text("Natural Earth")).to_be_visible()
    page.map.press("Enter")
    assert page.degrees() == pytest.approx((47.61, -122.4), abs=0.01)


def test_a_button_shows_all_rides(page: RidePage, wildrydes: Cli) -> None:
    everything = page.tab.get_by_role("button", name="Show all on the map")
    expect(everything).to_be_hidden()
    for latitude, longitude in (SYDNEY, ("47.6", "-122.3")):
        wildrydes("request", "--lat", latitude, "--lon", longitude).must()
    page.look_again()
    everything.click()
    assert page.longitude_at(30) < 151.21
    assert page.longitude_at(880) > -122.3
    assert page.degrees_across() % 360 > 40  # it is far away


def names(tab: Page) -> tuple[list[Any], list[Any]]:
    """Return the names that the map shows, and its controls: text, left, top, right, bottom, size of letters."""
    written, controls = tab.evaluate(NAMES)
    return [each for each in written if len(each[0]) > 1], controls  # a ride has one letter


@pytest.mark.parametrize("look", [Look(), PHONE], ids=["desk", "phone"])
def test_no_name_covers_another_or_is_cut(
    tabs: Tabs, server: Server, database: Path, wildrydes: Cli, look: Look
) -> None:
    wildrydes("setup-table").must()
    insert_many(database, 200)
    tab = tabs.blank(look)
    tab.add_init_script(WRITTEN)
    page = show(tab, server.url)
    expect(page.rides).to_have_count(200)
    box = page.map.bounding_box()
    assert box
    sizes = set()
    for where, view in VIEWS.items():
        page.look_at(*view)
        written, controls = names(tab)
        sizes |= {size for *_, size in written}
        for number, (text, left, top, right, bottom, _) in enumerate(written):
            assert left >= 0, (where, text)
            assert top >= 0, (where, text)
            assert right <= box["width"], (where, text)
            assert bottom <= box["height"], (where, text)
            for other, *others, _ in [*written[:number], *controls]:
                is_apart = right <= others[0] or left >= others[2] or bottom <= others[1] or top >= others[3]
                assert is_apart, (where, text, other)
    assert len(sizes) >= 3  # of places; water and countries have one of them


def test_the_map_names_what_matters_most_at_each_level(tabs: Tabs, server: Server) -> None:
    tab = tabs.blank()
    tab.add_init_script(WRITTEN)
    page = show(tab, server.url)
    for where, (view, wanted, unwanted) in NAMED.items():
        page.look_at(*view)
        found = {text for text, *_ in names(tab)[0]}
        assert wanted <= found, where
        assert not unwanted & found, where


def test_a_name_makes_way_for_a_ride(tabs: Tabs, server: Server, database: Path, wildrydes: Cli) -> None:
    wildrydes("setup-table").must()
    tab = tabs.blank()
    tab.add_init_script(WRITTEN)
    page = show(tab, server.url)
    page.look_at(47.98, -122.2, 8.5)

    def place() -> tuple[float, float]:
        """Return where the name Everett is: the middle of its box."""
        ((_, left, top, right, bottom, _),) = (each for each in names(tab)[0] if each[0] == "Everett")
        return (left + right) / 2, (top + bottom) / 2

    x, y = place()
    page.click_map(x, y)
    latitude, longitude = page.degrees()
    insert(database, [("one", "ada", "Gil", "White", "Male", latitude, longitude, "2026-01-01T00:00:01Z")])
    page.look_again()
    expect(page.rides).to_have_count(1)
    assert place()[0] < x - 20 or abs(place()[1] - y) > 10


def test_a_name_is_not_below_a_ride_on_its_place_or_below_the_label_of_the_chosen_one(
    tabs: Tabs, server: Server, database: Path, wildrydes: Cli
) -> None:
    wildrydes("setup-table").must()
    rider, pixel = "W" * 22, 0.0026  # degrees
    insert(
        database,
        [
            ("one", "ada", "Gil", "White", "Male", 47.9605, -122.1999, "2026-01-01T00:00:02Z"),
            ("two", rider, "Gil", "White", "Male", 47.9605 + 26 * pixel, -122.1999, "2026-01-01T00:00:01Z"),
            ("three", "bob", "Gil", "White", "Male", 47.9605 - 24 * pixel, -122.1999, "2026-01-01T00:00:03Z"),
        ],
    )
    tab = tabs.blank()
    tab.add_init_script(WRITTEN)
    page = show(tab, server.url)
    expect(page.rides).to_have_count(3)
    page.look_at(47.9605, -122.1999, 8.5)
    x, y = page.middle()
    ((_, left, top, right, bottom, _),) = (each for each in names(tab)[0] if each[0] == "Everett")
    assert right < x - 8 or left > x + 8 or bottom < y - 8 or top > y + 8
    page.rides.last.click()
    written = {text: box for text, *box in names(tab)[0]}
    left, top, right, bottom, _ = written.pop(f"{rider} · Gil")
    assert not [
        text for text, box in written.items() if box[0] < right and box[2] > left and box[1] < bottom and box[3] > top
    ]


def test_the_scale_bar_is_as_long_as_it_says(page: RidePage) -> None:
    for latitude, zoom in ((0, 5), (47.6, 11), (60, 13), (-33, 8)):
        page.look_at(latitude, 10, zoom)
        text, width = page.tab.locator("#scale").evaluate("(bar) => [bar.textContent, bar.style.width]")
        number, unit = text.split()
        metres = float(number) * {"m": 1, "km": 1000}[unit]
        west, east = (page.longitude_at(400 + moved) for moved in (0, float(width.removesuffix("px"))))
        assert (east - west) * 111_320 * cos(radians(latitude)) == pytest.approx(metres, rel=0.02)


def test_how_soon_the_first_picture_is_there(tabs: Tabs, server: Server, tell: Callable[[str], None]) -> None:
    took = []
    for _ in range(times(1, 9)):
        tab = tabs.blank()
        tab.add_init_script(PICTURE)
        tab.goto(server.url)
        took.append(float(tab.evaluate(SINCE_HTML)))
    tell(f"the page: its first map after its HTML in {statistics.median(took):.0f} ms (median of {len(took)})")


def test_how_smooth_the_map_moves_with_500_rides(
    tabs: Tabs, server: Server, database: Path, wildrydes: Cli, tell: Callable[[str], None]
) -> None:
    wildrydes("setup-table").must()
    insert_many(database, 500)
    page = tabs.open_again(server.url)
    expect(page.rides).to_have_count(500)
    figures = []
    for where in some_of(("the world", "Europe", "the Great Lakes", "Seattle")):
        page.look_at(*VIEWS[where])
        frames = page.tab.evaluate(FRAMES, times(30, 90))
        middle, late = statistics.median(frames), statistics.quantiles(frames, n=20)[-1]
        figures.append(f"{where} {middle:.1f} / {late:.1f} ms")
    tell(f"the page: panning with 500 rides, a frame every (median / 95th percentile) {', '.join(figures)}")

"""The rules of axe-core (WCAG 2.2 and good practice) find nothing wrong with the page, in any of its states."""

from importlib import resources
from pathlib import Path
from typing import Literal

from playwright.sync_api import expect

from tests.browser.ride_page import RidePage, Tabs
from tests.browser.table import damage
from tests.support.repeat import pairs_of
from tests.support.running import Cli

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
RUN = """async () => {
    const { violations } = await axe.run({ resultTypes: ["violations"] });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}"""


def violations(page: RidePage) -> list[str]:
    """Return which rules the page breaks, and where: on a desk and on a telephone, light and dark.

    What is wrong for one pair of these is mostly wrong for others, so not all pairs are tried at a desk.
    """
    found = []
    for width, scheme in pairs_of((390, 1280), SCHEMES):
        page.tab.set_viewport_size({"width": width, "height": 800})
        page.tab.emulate_media(color_scheme=scheme)
        found += [f"{width} pixels wide, {scheme}: {violation}" for violation in page.tab.evaluate(RUN)]
    return found


def test_everybody_can_use_the_page(tabs: Tabs, page: RidePage, database: Path, wildrydes: Cli) -> None:
    tabs.expect_error("500 (Internal Server Error)")
    tabs.expect_error("503 (Service Unavailable)")
    page.tab.evaluate(AXE)
    assert violations(page) == [], "at the start"
    page.type_pickup("95", "0")
    expect(page.limits).to_be_visible()
    assert violations(page) == [], "with a latitude that is none"
    wildrydes("request", "--lat", "47.6", "--lon", "-122.3").must()
    wildrydes("request", "--lat", "47.7", "--lon", "-122.2").must()
    page.look_again()
    expect(page.rides).to_have_count(2)
    page.rides.first.click()
    expect(page.chosen).to_be_visible()
    assert violations(page) == [], "with a ride that was chosen"
    damage(database)
    page.click_map(200, 200)
    page.request.click()
    expect(page.log.locator(".bad").filter(has_text="reference")).to_be_visible()
    assert violations(page) == [], "with an error in the log"

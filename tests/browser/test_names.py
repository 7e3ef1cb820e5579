"""Whatever is in the table, the page shows it as text: it runs nothing, and hides nothing."""

import unicodedata
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.ride_page import RidePage, Tabs
from tests.browser.table import insert, loosen
from tests.support.hostile import HOSTILE, OBEYED
from tests.support.running import Cli
from tests.support.serving import Server, serving

MARKUP = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "</bdi></button><svg onload=alert(1)>",
    '"><iframe srcdoc="<script>parent.alert(1)</script>">',
    "javascript:alert(1)",
    "&lt;b&gt; & &amp;",
    "{{constructor.constructor('alert(1)')()}}",
]
OURS = {"LI", "BUTTON", "I", "B", "BDI", "SMALL", "SPAN", "P"}
"""The elements that the list and the log are made of."""


def shown(text: str) -> str:
    """Return a text as the page shows it."""
    return "".join(
        f"\\u{{{ord(each):x}}}" if unicodedata.category(each) in ("Cc", "Cf", "Zl", "Zp", "Cs") else each
        for each in text
    )


def elements(page: RidePage) -> set[str]:
    """Return the names of the elements in the list and in the log."""
    script = "(found) => found.map((each) => each.tagName)"
    return set(page.tab.locator("#list *, #log *").evaluate_all(script))


def choose_each(page: RidePage) -> None:
    """Click each ride, so that the map shows its names."""
    script = """async (rides) => {
        for (const ride of rides) {
            ride.click();
            await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
        }
    }"""
    page.rides.evaluate_all(script)


def in_table(name: str) -> tuple[object, ...]:
    """Return a row with this text in each of its texts."""
    return (name, name, name, name, name, 47.6, -122.3, name)


@pytest.fixture
def loose(database: Path, wildrydes: Cli) -> Path:
    """Return the path of a database whose table takes any value."""
    wildrydes("setup-table").must()
    loosen(database)
    return database


def test_a_hostile_name_is_shown_as_text(tabs: Tabs, loose: Path, server: Server) -> None:
    names = [*HOSTILE, *MARKUP]
    insert(loose, map(in_table, names))
    page = tabs.open_again(server.url)
    expect(page.rides).to_have_count(len(names))
    riders = page.rides.locator("bdi:first-child").all_text_contents()
    unicorns = page.rides.locator("bdi:last-child").all_text_contents()
    assert sorted(riders) == sorted(unicorns) == sorted(map(shown, names))
    assert not OBEYED.search(page.tab.locator("html").inner_html().replace("\n", ""))
    assert elements(page) <= OURS
    choose_each(page)
    expect(page.rides.last).to_have_attribute("aria-current", "true")


def test_a_hostile_name_is_text_in_the_log_and_as_the_rider(tabs: Tabs, loose: Path) -> None:
    hostile = MARKUP[0] + "\u202egnp.exe\u200b"
    with serving("--rider", hostile) as server, closing(tabs):
        page = tabs.open(server.url)
        expect(page.rider).to_have_text(shown(hostile))
        insert(loose, [in_table(name) for name in MARKUP[:3]])
        page.look_again()
        for name in MARKUP[:3]:
            expect(page.log).to_contain_text(f"{name} rides with {name}.")
        page.click_map()
        page.request.click()
        expect(page.log).to_contain_text("has arrived")
        expect(page.rides).to_have_count(4)
        assert elements(page) <= OURS
        expect(page.rides.filter(has_text=shown(hostile))).to_have_count(1)


def test_a_ride_that_lacks_something_is_shown_with_what_it_has(tabs: Tabs, loose: Path, server: Server) -> None:
    rows = {
        "Somebody · a unicornno pickup": ("nothing", None, None, None, None, None, None, None),
        "no pickup · Gilno pickup": ("here", "no pickup", "Gil", "White", "Male", None, None, "2026-01-01"),
        "no unicorn · a unicorn1.5, 2": ("there", "no unicorn", None, None, None, 1.5, 2.0, "2026-01-02"),
        "no color · Gil1.5, 2": ("bare", "no color", "Gil", None, None, 1.5, 2.0, "2026-01-03"),
        "half · Gilno pickup": ("half", "half", "Gil", "White", "Male", 1.5, None, "2026-01-04"),
        "off Earth · Gil95, 500": ("off", "off Earth", "Gil", "White", "Male", 95.0, 500.0, "2026-01-05"),
        f"{'x' * 128}… · Gil1.5, 2": ("long", "x" * 300_000, "Gil", "White", "Male", 1.5, 2.0, "2026-01-06"),
        "future · Gil1.5, 2": ("future", "future", "Gil", "White", "Male", 1.5, 2.0, "2999-01-01T00:00:00Z"),
        "no time · Gil1.5, 2": ("when", "no time", "Gil", "White", "Male", 1.5, 2.0, "\u202eyesterday" * 99),
    }
    insert(loose, rows.values())
    page = tabs.open_again(server.url)
    expect(page.rides).to_have_count(len(rows))
    script = "(rides) => rides.map((each) => each.querySelector('b').textContent + each.lastChild.textContent)"
    assert sorted(page.rides.evaluate_all(script)) == sorted(rows)
    choose_each(page)
    page.click_map()
    page.request.click()
    expect(page.log).to_contain_text("has arrived")
    expect(page.rides).to_have_count(len(rows) + 1)

"""Makes the pictures of the documents again, from the program itself: `python tests/pictures.py`. Needs Chromium."""

import base64
import io
import os
import random
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from playwright.sync_api import Browser, Page, expect, sync_playwright
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser.conftest import CHROMIUM, QUIET  # noqa: E402
from tests.browser.hosted import PASSWORD, hosted_site  # noqa: E402
from tests.browser.ride_page import PATIENCE, RidePage, show  # noqa: E402
from tests.support.running import PROGRAM, Terminal  # noqa: E402
from tests.support.serving import serving  # noqa: E402
from wildrydes_cli.rides.fleet import FLEET  # noqa: E402
from wildrydes_cli.rides.model import Location, Ride, draw_ride_id, timestamp  # noqa: E402
from wildrydes_cli.stores.sqlite.rides import SQLiteRides  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
COLUMNS = 90
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
RIDERS = ("ada", "grace", "linus", "margaret", "radia", "ken")
PLACES = (
    (47.6062, -122.3321),  # Seattle
    (47.6101, -122.2015),  # Bellevue
    (47.6740, -122.1215),  # Redmond
    (47.5650, -122.6270),  # Bremerton
    (47.6650, -122.3150),
    (47.7550, -122.3400),
    (47.4800, -122.2080),
    (47.5301, -122.0326),
)


def record_rides(database: Path) -> None:
    """Record a day of rides around Seattle."""
    choose = random.Random(7)
    store = SQLiteRides(database, "Rides")
    store.setup()
    now = datetime.now(UTC)
    for number in range(24):
        latitude, longitude = choose.choice(PLACES)
        store.record(
            Ride(
                draw_ride_id(choose.randbytes),
                choose.choice(RIDERS),
                choose.choice(FLEET),
                Location(
                    round(latitude + choose.uniform(-0.02, 0.02), 4), round(longitude + choose.uniform(-0.03, 0.03), 4)
                ),
                timestamp(now - timedelta(minutes=3 + 1.35**number)),
            )
        )
    store.close()


def _as_background(bar: re.Match[str]) -> str:
    """Return a bar as coloured spaces. Block letters would be drawn with gaps between them."""
    return f"\x1b[46m{' ' * len(bar[1])}\x1b[0m "


def terminal_picture() -> str:
    """Return an SVG of a terminal: a list of rides and their counts, as the commands draw them."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    for words in (("rides", "list", "--limit", "8"), ("rides", "stats")):
        console.print(Text(f"$ wildrydes {' '.join(words)}", style="bold"))
        without_notes = ("sh", "-c", '"$0" "$@" 2> /dev/null', *PROGRAM)
        screen = Terminal(*words, columns=COLUMNS, program=without_notes).end().must()
        console.print(Text.from_ansi(re.sub("\x1b\\[36;49m(█+)[^ █\x1b]?", _as_background, screen.out)))
    # Rich's own format loads a font from the network. With another font, letters must be as wide as their cells.
    template = re.sub(r"\s*@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    svg = console.export_svg(title="wildrydes", code_format=template, unique_id="wildrydes")
    svg = re.sub(r'height="[0-9.]+" shape-rendering', 'height="20" shape-rendering', svg)  # gaps between the bars
    return svg.replace("textLength=", 'lengthAdjust="spacingAndGlyphs" textLength=')


def page_picture(browser: Browser, url: str, scheme: Scheme) -> bytes:
    """Return a WebP of the page while a unicorn is on its way."""
    page = show(new_tab(browser, scheme), url)
    page.type_pickup("47.6553", "-122.3250")
    return picture_of_a_flight(page)


def hosted_picture(browser: Browser, url: str, scheme: Scheme) -> bytes:
    """Return a WebP of the hosted page, where ada is signed in and has a second unicorn on its way."""
    tab = new_tab(browser, scheme)
    page = RidePage(tab)
    tab.goto(url)
    tab.locator("#sign").click()
    tab.fill("#username", "ada")
    tab.fill("#password", PASSWORD)
    tab.locator("button[type=submit]").click()
    expect(tab.locator("#who")).to_have_text("riding as ada")
    page.type_pickup("47.6101", "-122.2015")
    page.request.click()
    expect(page.log).to_contain_text("has arrived")
    page.type_pickup("47.6553", "-122.3250")
    return picture_of_a_flight(page)


def new_tab(browser: Browser, scheme: Scheme) -> Page:
    """Open an empty tab."""
    return browser.new_page(viewport={"width": 1280, "height": 680}, device_scale_factor=1.25, color_scheme=scheme)


def picture_of_a_flight(page: RidePage) -> bytes:
    """Request a unicorn, and return a WebP of the page while it is on its way. Closes the tab."""
    tab, before = page.tab, page.log.inner_text()
    page.request.click()
    expect(page.log).not_to_have_text(before)
    tab.wait_for_timeout(1500)  # the unicorn flies for 2.6 seconds
    shot = tab.context.new_cdp_session(tab).send("Page.captureScreenshot", {"format": "webp", "quality": 80})
    tab.close()
    return base64.b64decode(shot["data"])


def main() -> None:
    """Write all pictures."""
    PICTURES.mkdir(exist_ok=True)
    expect.set_options(timeout=PATIENCE)
    for name in os.environ:
        if name.startswith(("AWS_", "WILDRYDES_", "NO_COLOR", "COLUMNS")):
            del os.environ[name]
    with TemporaryDirectory() as home, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET, chromium_sandbox=os.geteuid() != 0)
        os.environ |= {"HOME": home, "LOGNAME": "ada"}
        for scheme in SCHEMES:
            database = Path(home, f"{scheme}.db")
            os.environ["WILDRYDES_DB"] = str(database)
            record_rides(database)
            (PICTURES / "terminal.svg").write_text(terminal_picture(), encoding="utf-8")
            with serving("--rider", "ada") as server:
                (PICTURES / f"page-{scheme}.webp").write_bytes(page_picture(browser, server.url, scheme))
        with hosted_site(ROOT / ".pytest_cache" / "d" / "ministack", Path(home)) as site:
            site.register("ada")
            for scheme in SCHEMES:
                (PICTURES / f"hosted-{scheme}.webp").write_bytes(hosted_picture(browser, site.url, scheme))
        browser.close()
    for picture in sorted(PICTURES.iterdir()):
        print(f"{picture.relative_to(ROOT)}: {picture.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()

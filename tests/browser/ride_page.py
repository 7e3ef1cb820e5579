"""The page of `wildrydes serve`, as somebody in front of a browser sees it."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, WebError

PATIENCE = 15_000
"""After how many milliseconds a test no longer waits. A busy machine must not make it fail."""

KINDS = {(246, 245, 241): "land", (201, 220, 230): "water", (233, 230, 222): "urban"}
"""What the colours of the map mean in light mode: red, green and blue."""

LOOK_AT = """async ([latitude, longitude, zoom]) => {
    const { lookAt } = await import("/view.js");
    lookAt({ latitude, longitude }, zoom);
    await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
}"""
LEAVE = "void Object.defineProperty(document, 'hidden', { value: true })"
"""Hides the page: then it asks its server for nothing."""
HAS_TEXT = "([name, text]) => document.getElementById(name)?.textContent === text"
READY = """() => document.getElementById("world").ariaBusy === "false"
    && document.getElementById("rider").textContent !== "…" && document.getElementById("sofar").textContent !== "Rides"
"""
VIEW = """async () => {
    const { view } = await import("/view.js");
    const { unproject } = await import("/projection.js");
    const { latitude, longitude } = unproject(view);
    return [latitude, longitude, view.zoom];
}"""


class RidePage:
    """One tab with the page."""

    def __init__(self, tab: Page) -> None:
        self.tab = tab
        self.map = tab.get_by_role("application", name="Set your pickup")
        self.latitude = tab.get_by_label("Latitude")
        self.longitude = tab.get_by_label("Longitude")
        self.limits = tab.get_by_role("alert")
        self.request = tab.locator("#request")
        self.log = tab.get_by_role("log", name="What happens")
        self.heading = tab.locator("#sofar")
        self.rides = tab.locator("#list").get_by_role("button")
        self.chosen = tab.locator("#list [aria-current=true]")
        self.rider = tab.locator("#rider")

    def wait_until_ready(self) -> None:
        """Wait until the page has the map, the rider and the rides. `expect` would look at them only now and then."""
        self.tab.wait_for_function(READY)

    def wait_for_text(self, name: str, text: str) -> None:
        """Wait until an element has this text, also on the next page. This looks more often than `expect`."""
        self.tab.wait_for_function(HAS_TEXT, arg=[name, text])

    def wait_until_painted(self) -> None:
        """Wait until the map shows what has just changed."""
        self.tab.evaluate("new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)))")

    def look_again(self) -> None:
        """Make the page ask for news now. It does so by itself when somebody comes back to its tab."""
        self.tab.evaluate("void document.dispatchEvent(new Event('visibilitychange'))")

    def stop_clock(self) -> None:
        """From now on, time passes in the page only when a test lets it.

        `tab.clock.run_for` paints each frame of that time, `tab.clock.fast_forward` only the last one.
        """
        self.tab.clock.install()
        self.tab.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))

    def click_map(self, x: float = 400, y: float = 300) -> None:
        """Click a point of the map."""
        self.map.click(position={"x": x, "y": y})

    def type_pickup(self, latitude: str, longitude: str) -> None:
        """Type coordinates, and leave the fields."""
        self.latitude.fill(latitude)
        self.longitude.fill(longitude)
        self.longitude.blur()

    def pickup(self) -> tuple[str, str]:
        """Return the coordinates in the fields."""
        return self.latitude.input_value(), self.longitude.input_value()

    def degrees(self) -> tuple[float, float]:
        """Return the coordinates in the fields as numbers."""
        latitude, longitude = self.pickup()
        return float(latitude), float(longitude)

    def degrees_across(self) -> float:
        """Return how many degrees of longitude there are between two points of the map. Changes the pickup."""
        west, east = self.longitude_at(200), self.longitude_at(600)
        return east - west

    def press(self, *keys: str) -> None:
        """Press keys, wherever the focus is."""
        for key in keys:
            self.tab.keyboard.press(key)

    def brightness(self) -> float:
        """Return how bright the map is, from 0 for black to 255 for white."""
        script = """(map) => {
            const { data } = map.getContext("2d").getImageData(0, 0, map.width, map.height);
            let sum = 0;
            for (let at = 0; at < data.length; at += 4) {
                sum += data[at] + data[at + 1] + data[at + 2];
            }
            return sum / data.length * 4 / 3;
        }"""
        return float(self.map.evaluate(script))

    def kind_below_the_middle(self) -> str:
        """Return what the map shows most a little below its middle: land, water or urban."""
        x, y = self.middle()
        return KINDS[self.colors(x - 10, y + 10, 21, 11).most_common(1)[0][0]]

    def middle(self) -> tuple[int, int]:
        """Return the point in the middle of the map."""
        box = self.map.bounding_box()
        assert box
        return round(box["width"] / 2), round(box["height"] / 2)

    def colors(self, left: int, top: int, width: int = 1, height: int = 1) -> Counter[tuple[int, int, int]]:
        """Return the colours in a part of the map, and how many pixels have each: red, green and blue."""
        script = """(map, part) => {
            const { data } = map.getContext("2d").getImageData(...part);
            const counts = new Map();
            for (let at = 0; at < data.length; at += 4) {
                const color = data.slice(at, at + 3).join(" ");
                counts.set(color, (counts.get(color) ?? 0) + 1);
            }
            return [...counts].map(([color, count]) => [...color.split(" ").map(Number), count]);
        }"""
        counts = self.map.evaluate(script, [left, top, width, height])
        return Counter({(red, green, blue): count for red, green, blue, count in counts})

    def where(self, color: tuple[int, int, int]) -> tuple[float, float] | None:
        """Return the point in the middle of all that has this colour on the map. None if nothing has it."""
        script = """(map, color) => {
            const { data } = map.getContext("2d").getImageData(0, 0, map.width, map.height);
            let [count, x, y] = [0, 0, 0];
            for (let at = 0; at < data.length; at += 4) {
                if (color.every((part, index) => data[at + index] === part)) {
                    count += 1;
                    x += (at / 4) % map.width;
                    y += Math.floor(at / 4 / map.width);
                }
            }
            return count ? [x / count, y / count] : null;
        }"""
        found = self.map.evaluate(script, color)
        return found and tuple(found)

    def look_at(self, latitude: float, longitude: float, zoom: float) -> None:
        """Show a place in the middle of the map."""
        self.tab.evaluate(LOOK_AT, [latitude, longitude, zoom])

    def view(self) -> tuple[float, float, float]:
        """Return what the map shows in its middle, and how near: latitude, longitude and zoom."""
        latitude, longitude, zoom = self.tab.evaluate(VIEW)
        return latitude, longitude, zoom

    def longitude_at(self, x: float) -> float:
        """Return the longitude of a point of the map. Changes the pickup."""
        self.click_map(x)
        return self.degrees()[1]

    def record_motion(self) -> None:
        """From now on, remember each picture that the map shows, and when each line of the log comes."""
        script = """(map) => {
            const [log, pictures, times] = [document.getElementById("log"), new Set(), []];
            new MutationObserver(() => times.push(performance.now())).observe(log, { childList: true });
            const look = () => {
                pictures.add(map.toDataURL());
                requestAnimationFrame(look);
            };
            look();
            window.seen = { pictures, times };
        }"""
        self.map.evaluate(script)

    def recorded_motion(self) -> tuple[int, float]:
        """Return how many pictures there were, and how many seconds passed between the lines of the log."""
        pictures, times = self.tab.evaluate("[seen.pictures.size, seen.times]")
        return pictures, (times[-1] - times[0]) / 1000


@dataclass(frozen=True)
class Look:
    """How somebody's browser is set up."""

    width: int = 1280
    height: int = 800
    moves: bool = False
    has_touch: bool = False
    scale: float = 1
    """How many of its pixels one of the page is wide."""


PHONE = Look(width=390, height=844, has_touch=True)


class Tabs:
    """Opens tabs, and collects what their consoles say about errors."""

    def __init__(self, browser: Browser, shared: "SharedTab") -> None:
        self._browser = browser
        self._shared = shared
        self._lent: Page | None = None
        self._contexts: list[BrowserContext] = []
        self._errors: list[str] = []
        self._expected: list[str] = []
        self._listeners: dict[Any, Any] = {
            "console": self._hear,
            "weberror": self._hear_of_error,
            "dialog": self._hear_of_dialog,
        }

    def blank(self, look: Look | None = None) -> Page:
        """Open an empty tab, in a profile of its own."""
        tab = new_tab(self._browser, look or Look())
        self._contexts.append(tab.context)
        self._listen(tab.context)
        return tab

    def open(self, url: str, look: Look | None = None) -> RidePage:
        """Open the page, in a profile of its own."""
        return show(self.blank(look), url)

    def open_again(self, url: str) -> RidePage:
        """Open the page in the tab that tests share. A test opens it there once."""
        self._lent = self._shared.tab(self._browser)
        self._listen(self._lent.context)
        return show(self._lent, url)

    def expect_error(self, part: str) -> None:
        """Say that an error may be in the console whose text has this part."""
        self._expected.append(part)

    def close(self) -> None:
        """Close all tabs. Fails if there was an error that was not expected."""
        while self._contexts:
            self._contexts.pop().close()
        if self._lent:
            self._lent.evaluate(LEAVE)  # afterwards, we have heard all
            for event, listener in self._listeners.items():
                self._lent.context.remove_listener(event, listener)
            self._shared.clean()
            self._lent = None
        errors = [error for error in self._errors if not any(part in error for part in self._expected)]
        self._errors.clear()
        assert not errors, errors

    def _listen(self, context: BrowserContext) -> None:
        for event, listener in self._listeners.items():
            context.on(event, listener)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" or "preload" in message.text:  # Chromium warns of a preloaded file that is not used
            self._errors.append(f"{message.text} {message.location['url']}")

    def _hear_of_error(self, error: WebError) -> None:
        self._errors.append(str(error.error))

    def _hear_of_dialog(self, dialog: Dialog) -> None:
        self._errors.append(f"a script ran: {dialog.message}")


class SharedTab:
    """A tab for one test after the other: to open a window and its profile takes as long as to open the page.

    The page starts anew for each test.
    """

    def __init__(self) -> None:
        self._tab: Page | None = None

    def tab(self, browser: Browser) -> Page:
        """Return the tab."""
        self._tab = self._tab or new_tab(browser, Look())
        return self._tab

    def clean(self) -> None:
        """Undo what a test told the browser. If the tab has Playwright's clock, which stays in it, close the tab."""
        assert self._tab
        tab, *others = self._tab.context.pages
        if others or tab.evaluate("!String(setTimeout).includes('native code')"):
            tab.context.close()
            self._tab = None
            return
        tab.unroute_all()
        tab.mouse.up()
        tab.emulate_media(color_scheme="light", reduced_motion="reduce", forced_colors="none")
        tab.set_viewport_size({"width": Look.width, "height": Look.height})


def new_tab(browser: Browser, look: Look) -> Page:
    """Open an empty tab, in a profile of its own."""
    context = browser.new_context(
        viewport={"width": look.width, "height": look.height},
        color_scheme="light",
        reduced_motion="no-preference" if look.moves else "reduce",
        has_touch=look.has_touch,
        device_scale_factor=look.scale,
    )
    context.set_default_timeout(PATIENCE)
    return context.new_page()


def show(tab: Page, url: str) -> RidePage:
    """Open the page in a tab."""
    tab.goto(url)
    page = RidePage(tab)
    page.wait_until_ready()
    return page

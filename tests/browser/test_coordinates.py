"""The pickup, typed instead of clicked."""

from playwright.sync_api import expect

from tests.browser.ride_page import RidePage
from tests.browser.table import recorded
from tests.support.running import Cli


def test_coordinates_that_are_none_are_refused(page: RidePage) -> None:
    for latitude, longitude in (("90.1", "0"), ("-91", "0"), ("0", "180.01"), ("0", "-1000"), ("1e3", "0")):
        page.type_pickup(latitude, longitude)
        expect(page.limits).to_have_text("A latitude is from −90 to 90, a longitude from −180 to 180.")  # noqa: RUF001
        wrong, right = (page.latitude, page.longitude) if longitude == "0" else (page.longitude, page.latitude)
        expect(wrong).to_have_attribute("aria-invalid", "true")
        expect(right).not_to_have_attribute("aria-invalid", "true")
        expect(page.request).to_be_disabled()


PASTE = """(field, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text", text);
    return field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


def test_a_pair_of_coordinates_can_be_pasted_into_either_field_and_the_browser_pastes_whatever_else(
    page: RidePage,
) -> None:
    for text in ("47.6", "47.6, here", "1, 2, 3"):
        assert page.latitude.evaluate(PASTE, text), text
        assert page.pickup() == ("", ""), text
    for text in ("-33.92487, 18.42406", " -33.92487,18.42406\n", "-33.92487\t18.42406"):
        for field in (page.latitude, page.longitude):
            page.type_pickup("1", "2")
            assert not field.evaluate(PASTE, text), text
            assert page.pickup() == ("-33.92487", "18.42406"), text
            expect(page.request).to_be_enabled()


def test_coordinates_are_judged_only_when_they_are_complete(page: RidePage) -> None:
    page.latitude.press_sequentially("-")
    expect(page.limits).to_be_hidden()
    page.latitude.press("Tab")
    expect(page.limits).to_be_visible()
    page.longitude.press_sequentially("9")
    expect(page.limits).to_be_visible()  # the latitude is as wrong as before
    expect(page.request).to_be_disabled()
    page.latitude.fill("9")
    expect(page.limits).to_be_hidden()
    expect(page.request).to_be_enabled()
    page.longitude.fill("")
    expect(page.request).to_be_disabled()
    expect(page.limits).to_be_hidden()


def test_typed_coordinates_are_where_the_unicorn_goes(page: RidePage, wildrydes: Cli) -> None:
    typed = [("-33.92487", "18.42406"), ("90", "-180"), ("-90", "180")]
    page.tab.clock.install()
    for number, (latitude, longitude) in enumerate(typed, start=1):
        page.type_pickup(latitude, longitude)
        expect(page.request).to_be_enabled()
        page.longitude.press("Enter")
        expect(page.rides).to_have_count(number)
        page.tab.clock.fast_forward(1000)  # until then, a second request would be a double click
    wanted = [("ada", f"{float(latitude):.5f}", f"{float(longitude):.5f}") for latitude, longitude in typed]
    assert recorded(wildrydes) == wanted[::-1]

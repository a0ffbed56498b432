"""The controls of the pump station's panel, worked by a thumb: of tests/browser/panel_world.py."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

from tests.browser.conftest import wait

NODE = "window.worldloom.panels.widget('pump-station', '{}')"


def work_by_touch(page: Page) -> None:
    """Drag a slider, switch, choose, change the tab, sort a table, press a row and a card."""
    said = NODE.format("text") + ".text"
    page.get_by_role("tab", name="Control").tap()
    slider = page.get_by_role("slider", name="Speed")
    drag(page, slider, 0.3, 0.75)
    rpm = float(slider.input_value())
    assert 1900 < rpm < 2600, "it stays where the thumb left it"
    page.get_by_role("button", name="Prime the pump").tap()
    wait(page, f"{said}.endsWith(' primed it at {rpm:.0f} rpm')")
    running = page.get_by_role("switch", name="Running")
    for on in ("false", "true"):
        running.tap()
        wait(page, f"{NODE.format('running')}.value === {on}")
    town = page.locator("[data-panel=pump-station] [data-w=town]")
    town.get_by_role("button").first.tap()
    town.get_by_role("option", name="Town 3", exact=True).tap()
    town.locator(".opener span").get_by_text("Town 3", exact=True).wait_for()
    page.get_by_role("tab", name="Data").tap()
    log = page.locator("[data-panel=pump-station] [data-w=log]")
    log.get_by_role("button", name="°C").tap()
    assert log.get_by_role("columnheader", name="°C").get_attribute("aria-sort") == "ascending"
    rows = log.locator("tbody tr")
    for row, where in ((rows.nth(0), "its middle"), (rows.nth(1), "its button")):
        time = row.locator("td").first.inner_text()
        (row if where == "its middle" else row.get_by_role("button")).tap()
        wait(page, f"{said} === 'row {int(time[3:])}'")
    page.get_by_role("tab", name="Things").tap()
    page.locator("[data-w=cards]").get_by_role("button", name="Bolt").tap()
    wait(page, f"{said} === 'took bolt'")


def drag(page: Page, slider: Locator, start: float, end: float) -> None:
    """Draw a finger along a slider: from one share of its width to another."""
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box is not None
    line = page.context.new_cdp_session(page)
    y = box["y"] + box["height"] / 2
    for step in range(11):
        x = box["x"] + box["width"] * (start + (end - start) * step / 10)
        kind = "touchMove" if step else "touchStart"
        line.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    line.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    line.detach()

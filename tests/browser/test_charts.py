"""Charts, graphs and timelines: drawn, streaming, with the same numbers for who listens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.conftest import Served, Visit, wait
from tests.browser.looks import LOOKS
from tests.browser.test_panels import AXE, WORLD

Open = Callable[..., Visit]
INK = """(canvas) => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const seen = new Map();
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] < 250) continue;
    const colour = `${data[at]},${data[at + 1]},${data[at + 2]}`;
    seen.set(colour, (seen.get(colour) ?? 0) + 1);
  }
  return Object.fromEntries([...seen].filter(([, count]) => count > 20));
}"""
"""Colour → how many pixels of a canvas have it."""
TOLD = "document.querySelector('[data-w=long] [role=status]').textContent"
BLUE, BROWN = "0,114,178", "192,77,0"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the world of panels for all tests of the module."""
    server = Served(tmp_path_factory.mktemp("charts") / "realm.loom", WORLD)
    server.start()
    yield server
    server.stop()


def enter(lab: Served, visit: Open, tab: str, **options: Any) -> Page:
    """Enter, close the other panel and open a tab of the lab."""
    page = visit(**{"width": 1000, "height": 1600, **options}).enter(lab.world("panels"))
    page.locator("[data-panel=lab]").wait_for(state="attached")
    if options.get("width", 1000) < 500:
        page.locator(".dock-opener").click()
    page.locator("[data-panel=pump-station] .fold").click()
    page.get_by_role("tab", name=tab).click()
    return page


def widget(page: Page, id: str) -> Locator:
    """Return a widget's element."""
    return page.locator(f"[data-panel=lab] [data-w='{id}']")


def ink(page: Page, id: str) -> dict[str, int]:
    """Return colour → pixels of a widget's canvas, once it is drawn."""
    selector = f"[data-panel=lab] [data-w='{id}'] canvas"
    wait(page, f'document.querySelector("{selector}").ariaLabel !== null')
    found: dict[str, int] = {}
    for _ in range(100):  # it has its name before it has its colours
        page.wait_for_timeout(100)
        found = page.locator(selector).first.evaluate(INK)
        if found:
            break
    return found


@pytest.mark.soak
def test_each_chart_is_drawn_in_the_colours_of_its_lines(lab: Served, visit: Open) -> None:
    page = enter(lab, visit, "Lines")
    for id in ("temperature", "shops", "cloud"):
        colours = ink(page, id)
        assert colours.get(BLUE, 0) > 100 and colours.get(BROWN, 0) > 100, (id, colours)
    assert ink(page, "shops")[BROWN] > ink(page, "shops")[BLUE], "11 is more than 10"
    assert ink(page, "spread").get(BLUE, 0) > 1000
    assert len(ink(page, "field")) > 30, "a heat map has many colours"


def test_a_chart_says_its_newest_values_and_has_its_numbers_as_a_table(
    lab: Served, visit: Open
) -> None:
    page = enter(lab, visit, "Lines")
    ink(page, "temperature")
    chart = page.get_by_role("img", name="Temperature: bearing now 55.65 °C, motor now 59.54 °C")
    assert chart.count() == 1
    heat = widget(page, "temperature")
    heat.get_by_text("Show as table").click()
    wait(page, "document.querySelectorAll('[data-w=temperature] tr').length === 21")
    assert heat.get_by_role("row").last.inner_text().split() == ["10", "55.65", "59.54"]
    field = widget(page, "field").get_by_role("img").get_attribute("aria-label")
    assert field is not None and field.startswith("Field: from -0.99")
    assert widget(page, "spread").get_by_role("img").get_attribute("aria-label") == (
        "Spread: 101 values, most of them 8.329 – 9.996"
    )


def test_points_that_python_appends_move_the_picture(lab: Served, visit: Open) -> None:
    page = enter(lab, visit, "Lines")
    before = ink(page, "temperature")
    page.get_by_role("button", name="Grow").click()
    wait(page, "document.querySelector('[data-w=temperature] canvas').ariaLabel.includes('now 70')")
    assert ink(page, "temperature") != before


def test_what_is_under_the_pointer_is_told(lab: Served, visit: Open) -> None:
    page = enter(lab, visit, "Lines")
    ink(page, "shops")
    page.locator("[data-w=shops] canvas").hover(position={"x": 100, "y": 60})
    assert widget(page, "shops").locator(".readout").inner_text() == "north: 3 · 4"


@pytest.mark.soak
def test_very_many_points_are_drawn_by_uplot_which_comes_only_then(
    lab: Served, visit: Open
) -> None:
    page = enter(lab, visit, "Many", device_scale_factor=1)
    wait(page, "document.querySelector('[data-w=long] .uplot canvas') !== null")
    page.wait_for_timeout(200)
    colours = page.locator("[data-w=long] .uplot canvas").evaluate(INK)
    assert colours.get(BLUE, 0) > 500
    over = page.locator("[data-w=long] .u-over")
    box = over.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 50, steps=4)
    page.mouse.up()
    page.wait_for_timeout(200)
    assert page.locator("[data-w=long] .uplot canvas").evaluate(INK) != colours, "zoomed in"
    stage = page.get_by_role("group", name="Long: zoom by + and −, move by the arrows")
    stage.focus()
    place = page.evaluate("worldloom.me.position")
    for key, text in (
        ("Home", ""),
        ("+", "5000"),
        ("ArrowLeft", "2500"),
        ("ArrowLeft", "0"),
        ("ArrowLeft", "0"),  # there is nothing further to the left
        ("ArrowRight", "2500"),
        ("-", ""),
    ):
        page.keyboard.press(key)
        wait(page, f"{TOLD}.split(' – ')[0] === '{text}'")
    assert page.evaluate("worldloom.me.position") == place, "the arrows stay with the chart"
    for name, text in (("Zoom in", "5000"), ("Move right", "7500"), ("Show all", "")):
        page.get_by_role("button", name=name, exact=True).click()
        wait(page, f"{TOLD}.split(' – ')[0] === '{text}'")


@pytest.mark.soak
def test_two_fingers_zoom_into_a_chart_and_one_moves_it(lab: Served, visit: Open) -> None:
    page = enter(lab, visit, "Many", width=360, has_touch=True)
    wait(page, "document.querySelector('[data-w=long] .uplot canvas') !== null")
    over = page.locator("[data-w=long] .u-over")
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    assert box is not None
    line = page.context.new_cdp_session(page)
    y = box["y"] + box["height"] / 2

    def touch(kind: str, *shares: float) -> None:
        points = [
            {"x": box["x"] + box["width"] * at, "y": y, "id": i} for i, at in enumerate(shares)
        ]
        line.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})

    touch("Start", 0.4, 0.6)
    touch("Move", 0.3, 0.7)
    touch("Move", 0.2, 0.8)
    touch("End")
    wait(page, f"{TOLD} !== ''")
    low, high = (float(one) for one in page.evaluate(TOLD).split(" – "))
    assert 5500 < low < 7500 and 12_500 < high < 14_500, "what each finger held stays under it"
    touch("Start", 0.5)
    touch("Move", 0.6)
    touch("Move", 0.75)
    touch("End")
    wait(page, f"parseFloat({TOLD}) < {low - 500}")


def test_a_graph_is_edited_by_mouse_and_everyone_sees_it(lab: Served, visit: Open) -> None:
    page, other = enter(lab, visit, "Plans"), enter(lab, visit, "Plans")
    route = widget(page, "route")
    node = route.get_by_role("button", name="tank")
    box = node.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 10, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 40, steps=6)
    page.mouse.up()
    moved = node.evaluate("element => element.style.left")
    wait(other, f"[...document.querySelectorAll('.graph-node')].at(-1).style.left === '{moved}'")
    route.get_by_role("textbox", name="Name").fill("valve")
    route.get_by_role("button", name="Add").click()
    wait(page, "document.querySelector('[data-panel=lab] [data-kind=text]').innerText === "
               "'4 nodes, 2 edges'")  # fmt: skip
    route.get_by_role("button", name="Connect to").click()
    route.get_by_role("button", name="start, 1 connection").click()
    wait(other, "document.querySelector('[data-panel=lab] [data-kind=text]').innerText === "
                "'4 nodes, 3 edges'")  # fmt: skip
    widget(other, "route").get_by_text("Connections").click()
    other.get_by_role("button", name="Remove valve → start").click()
    wait(page, "document.querySelector('[data-panel=lab] [data-kind=text]').innerText === "
               "'4 nodes, 2 edges'")  # fmt: skip
    assert ink_of_edges(page) > 100


def ink_of_edges(page: Page) -> int:
    """Return how many pixels of the graph's edges are drawn."""
    colours: dict[str, int] = page.locator("[data-w=route] canvas").evaluate(INK)
    return sum(colours.values())


def test_a_graph_is_edited_by_keys_alone(lab: Served, visit: Open) -> None:
    page = enter(lab, visit, "Plans")
    node = widget(page, "route").get_by_role("button", name="pump")
    before = float(node.evaluate("element => parseFloat(element.style.left)"))
    node.focus()
    page.keyboard.press("ArrowRight")
    wait(page, "document.activeElement.style.left !== ''")
    assert float(node.evaluate("element => parseFloat(element.style.left)")) > before
    page.keyboard.press("Enter")
    assert node.get_attribute("aria-pressed") == "true"
    rename = widget(page, "route").get_by_role("button", name="Rename")
    widget(page, "route").get_by_role("textbox", name="Name").fill("Pump 7")
    rename.focus()
    page.keyboard.press("Enter")
    widget(page, "route").get_by_role("button", name="Pump 7").wait_for()
    rename.focus()
    widget(page, "route").get_by_role("textbox", name="Name").fill("pump")
    rename.press("Enter")


@pytest.mark.soak
def test_a_timeline_is_pressed_and_its_moment_moved(lab: Served, visit: Open) -> None:
    page = enter(lab, visit, "Plans")
    shifts = widget(page, "shifts")
    assert ink(page, "shifts").get(BLUE, 0) > 1000
    shifts.get_by_text("Show as table").click()
    shifts.get_by_role("button", name="Cat").click()
    line = "document.querySelector('[data-panel=lab] [data-kind=text]').innerText"
    wait(page, f"{line} === 'shift 2'")
    shifts.get_by_role("slider", name="Moment").fill("12")
    wait(page, f"{line} === 'shift 12.0'")
    box = page.locator("[data-w=shifts] canvas").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.9, box["y"] + 14)
    wait(page, f"{line} === 'shift 1'")


@LOOKS
def test_axe_finds_nothing_in_charts_graphs_and_timelines(
    lab: Served, visit: Open, scheme: str, width: int
) -> None:
    options: dict[str, Any] = {"color_scheme": scheme, "bypass_csp": True, "has_touch": width < 500}
    page = enter(lab, visit, "Lines", width=width, **options)
    page.add_script_tag(content=AXE.read_text())
    for tab in ("Lines", "Many", "Plans"):
        page.get_by_role("tab", name=tab).click()
        closed = page.locator("[data-panel=lab] details:not([open]) summary:visible")
        while closed.count():
            closed.first.click()
        found = page.evaluate("axe.run('.dock').then(({violations}) => violations)")
        faults = [(rule["id"], node["html"][:120]) for rule in found for node in rule["nodes"]]
        assert faults == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

"""Panels on the page: every control reaches Python and comes back, for mouse, keys and thumbs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import FilePayload, Locator, Page

from tests.browser.conftest import Served, Visit, claim, wait
from tests.browser.looks import LOOKS, ways
from tests.browser.panel_touch import work_by_touch
from tests.browser.slow_line import slow_line
from tests.browser.test_accessible import axe
from tests.server.agent import Agent
from tests.server.asking import Site

Open = Callable[..., Visit]
WORLD = str(Path(__file__).parent / "panel_world.py")
AXE = Path(__file__).parents[2] / "client/node_modules/axe-core/axe.min.js"


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the world of panels for all tests of the module."""
    server = Served(tmp_path_factory.mktemp("panels") / "realm.loom", WORLD)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def owners(station: Served, chromium: Chromium) -> Any:
    """Claim the realm, which is done once, and return its owner's cookies."""
    return claim(station.owner_of("panels"), chromium)


def enter(visit: Open, url: str, tab: str = "", **options: Any) -> Page:
    """Enter the world of panels and open a tab of its panel."""
    given = {"width": 1000, "height": 1500, **options}
    page = visit(**given).enter(url)
    page.locator("[data-panel=pump-station] [data-w=speed]").wait_for(state="attached")
    if given["width"] < 500:
        page.get_by_role("button", name="Panels").or_(page.locator(".dock-opener")).last.click()
    if tab:
        page.get_by_role("tab", name=tab).click()
    return page


def widget(page: Page, id: str) -> Locator:
    """Return a widget's element."""
    return page.locator(f"[data-panel=pump-station] [data-w='{id}']")


def said(page: Page, text: str) -> None:
    """Wait until the panel's line says something."""
    wait(page, f"document.querySelector('[data-w=text]').textContent.includes({json.dumps(text)})")


@ways("id", ["tank"], soak=["load"])
def test_a_filled_bar_stands_below_its_label_and_value(
    station: Served, visit: Open, id: str
) -> None:
    line = widget(enter(visit, station.world("panels")), id)
    label, value, bar = (line.locator(part).bounding_box() for part in ("label", ".value", ".fill"))
    assert label and value and bar
    assert bar["y"] >= max(box["y"] + box["height"] for box in (label, value)) - 1


def test_each_control_reaches_python_and_everyone_else(station: Served, visit: Open) -> None:
    url = station.world("panels")
    page, other = enter(visit, url), enter(visit, url)
    page.get_by_role("radio", name="manual").check()
    said(other, "mode manual")
    wait(other, "document.querySelector('[data-w=mode] input[value=manual]').checked")
    page.get_by_role("switch", name="Running").click()
    wait(other, "!document.querySelector('[data-w=running] input').checked")
    page.get_by_role("slider", name="Speed").fill("1500")
    page.get_by_role("button", name="Prime the pump").click()
    said(other, "primed it at 1500 rpm")
    assert widget(other, "speed").locator("output").inner_text() == "1200 rpm", "each has its own"
    page.get_by_role("switch", name="Running").click()


def test_a_refusal_is_told_where_it_happened_and_nothing_stays_changed(
    station: Served, visit: Open
) -> None:
    page = enter(visit, station.world("panels"))
    page.get_by_role("radio", name="auto").check()
    said(page, "mode auto")
    page.get_by_role("radio", name="eco").click()
    wait(page, "document.querySelector('[data-w=mode] .note').textContent.includes('winter')")
    wait(page, "document.querySelector('[data-w=mode] input[value=auto]').checked")
    page.get_by_role("slider", name="Speed").fill("3000")
    page.get_by_role("button", name="Prime the pump").click()
    note = widget(page, "prime-the-pump").locator(".note")
    note.wait_for(state="visible")
    assert note.inner_text() == "The pump would break. Go slower."


def test_numbers_and_texts_are_entered_and_clamped(station: Served, visit: Open) -> None:
    page = enter(visit, station.world("panels"))
    alarm = page.get_by_role("spinbutton", name="Alarm at")
    assert alarm.input_value() == "80"
    widget(page, "alarm-at").get_by_role("button", name="Alarm at: more").click()
    wait(page, "document.querySelector('[data-w=alarm-at] input').value === '81'")
    alarm.fill("500")
    alarm.blur()
    wait(page, "document.querySelector('[data-w=alarm-at] input').value === '120'")
    note = page.get_by_role("textbox", name="Note")
    note.type("阀门 seen", delay=10)
    note.blur()
    page.reload()
    page.evaluate("window.worldloom.ready")
    wait(page, "document.querySelector('[data-w=note] input')?.value === '阀门 seen'")
    wait(page, "document.querySelector('[data-w=alarm-at] input').value === '120'")


def test_one_of_many_is_chosen_from_a_list_inside_the_panel(station: Served, visit: Open) -> None:
    page = enter(visit, station.world("panels"))
    town = widget(page, "town")
    town.get_by_role("button").first.click()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    wait(page, "document.querySelector('[data-w=town] .opener span').textContent === 'Town 2'")
    town.get_by_role("button").first.click()
    town.get_by_role("textbox", name="Filter").fill("27")
    town.get_by_role("option", name="Town 27").click()
    wait(page, "document.querySelector('[data-w=town] .opener span').textContent === 'Town 27'")
    assert page.evaluate("document.activeElement.className") == "opener"


def test_everything_is_done_by_keys_alone(station: Served, visit: Open) -> None:
    page = enter(visit, station.world("panels"))
    page.locator("[data-panel=pump-station] .fold").focus()
    seen = []
    for _ in range(22):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.closest('[data-w]')?.dataset.w ?? ''"))
    order = list(dict.fromkeys(seen))
    assert order[:9] == [
        "markdown", "parts", "running", "speed", "alarm-at", "mode", "town", "note", "report",
    ]  # fmt: skip
    page.get_by_role("slider", name="Speed").focus()
    page.keyboard.press("ArrowRight")
    wait(page, "document.querySelector('[data-w=speed] output').textContent === '1210 rpm'")
    page.get_by_role("tab", name="Control").focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("tab", name="Data").get_attribute("aria-selected") == "true"
    position = page.evaluate("window.worldloom.me.position")
    page.locator("[data-w=note] input").evaluate("element => element.focus()")
    page.keyboard.press("w")
    assert page.evaluate("window.worldloom.me.position") == position, "letters do not walk"


def test_bars_say_how_much_and_how_well(station: Served, visit: Open) -> None:
    page = enter(visit, station.world("panels"))
    assert widget(page, "tank").locator(".value").inner_text() == "40 %"
    share = page.evaluate(
        "(() => { const bar = document.querySelector('[data-w=tank] .gauge');"
        " return bar.firstElementChild.clientWidth / bar.clientWidth })()"
    )
    assert 0.38 < share < 0.42
    assert page.get_by_role("progressbar", name="Tank").get_attribute("value") == "0.4"
    load = widget(page, "load").locator(".gauge")
    assert load.get_attribute("data-state") == "fair"
    assert widget(page, "load").locator(".value").inner_text() == "71 %"


def test_a_table_is_sorted_filtered_and_pressed(station: Served, visit: Open) -> None:
    page = enter(visit, station.world("panels"), "Data")
    log = widget(page, "log")
    head = log.get_by_role("columnheader", name="°C")
    log.get_by_role("button", name="°C").click()
    assert head.get_attribute("aria-sort") == "ascending"
    cells = [int(cell) for cell in log.locator("tbody tr td:last-child").all_inner_texts()]
    assert cells == sorted(cells) and len(cells) == 24
    log.get_by_role("button", name="°C").click()
    assert head.get_attribute("aria-sort") == "descending"
    log.get_by_role("textbox", name="Filter").fill("阀门")
    assert log.locator("tbody tr").count() == 8
    assert log.locator(".count").inner_text() == "8 of 24 rows"
    log.get_by_role("textbox", name="Filter").fill("09:05")
    log.locator("tbody button").first.click()
    said(page, "row 5")


def test_of_ten_thousand_rows_only_those_in_sight_are_in_the_page(
    station: Served, visit: Open
) -> None:
    page = enter(visit, station.world("panels"), "Data")
    parts = widget(page, "parts-2")
    assert parts.locator("table").get_attribute("aria-rowcount") == "10001"
    assert parts.locator("tbody tr").count() < 60
    scroller = parts.locator(".scroll")
    scroller.evaluate("element => element.scrollTo(0, element.scrollHeight)")
    last = parts.locator("tbody tr:not(.spacer)").last
    wait(page, "document.querySelector('[data-w=parts-2] tbody').innerText.includes('9,999')")
    assert last.get_attribute("aria-rowindex") == "10001"
    assert parts.locator("tbody tr").count() < 60
    parts.get_by_role("button", name="name").click()
    scroller.evaluate("element => element.scrollTo(0, 0)")
    wait(page, "document.querySelector('[data-w=parts-2] tbody tr').innerText.includes('part 0')")
    parts.get_by_role("textbox", name="Filter").fill("part 4711")
    assert parts.locator("tbody tr").count() == 1


def test_lists_cards_and_pictures_are_shown_and_pressed(station: Served, visit: Open) -> None:
    page = enter(visit, station.world("panels"), "Things")
    assert widget(page, "list").get_by_role("listitem").count() == 2
    widget(page, "cards").get_by_role("button", name="Bolt").click()
    said(page, "took bolt")
    picture = page.get_by_role("img", name="A ramp from black to white")
    wait(page, "document.querySelector('[data-kind=image] img').naturalWidth === 64")
    assert picture.count() == 1


def test_a_file_is_uploaded_by_who_may_and_refused_to_others(
    station: Served, visit: Open, owners: Any
) -> None:
    page = enter(visit, station.world("panels"), "Things")
    png = FilePayload(name="dot.png", mimeType="image/png", buffer=a_png())
    press = widget(page, "photo").locator(".file-press")
    plain = press.screenshot()
    page.get_by_label("Photo").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.type") == "file"
    ring = press.evaluate("one => getComputedStyle(one).outline")
    assert "3px" in ring and "none" not in ring, "where the focus is, is seen on what is pressed"
    box = press.bounding_box()
    assert box is not None
    around = {"x": box["x"] - 6, "y": box["y"] - 6, "width": box["width"] + 12,
              "height": box["height"] + 12}  # fmt: skip
    shown = page.screenshot(clip=around)  # type: ignore[arg-type]
    page.evaluate("document.activeElement.blur()")
    assert press.screenshot() == plain and page.screenshot(clip=around) != shown  # type: ignore[arg-type]
    page.get_by_label("Photo").set_input_files(png)
    widget(page, "photo").locator(".note").wait_for(state="visible")
    owner = enter(visit, station.world("panels"), "Things", storage_state=owners)
    wait(owner, "window.worldloom.me.role === 'owner'")
    owner.get_by_label("Photo").set_input_files(png)
    said(owner, "dot.png came")
    assert owner.locator("[data-panel='owner-s-desk']").count() == 1
    assert page.locator("[data-panel='owner-s-desk']").count() == 0


def a_png() -> bytes:
    """Return a small picture."""
    import numpy as np

    from worldloom.presence.panels.pictures import png_of

    return png_of(np.zeros((2, 2, 3), np.uint8))


def test_a_form_from_an_actions_schema_does_the_action(station: Served, visit: Open) -> None:
    page = enter(visit, station.world("panels"))
    form = widget(page, "paint")
    form.get_by_label("Colour").fill("#123456")
    form.get_by_role("switch", name="Bright").click()
    form.get_by_role("button", name="Do it").click()
    lamp = "Object.values(worldloom.entities()).find(({name}) => name === 'lamp')"
    wait(page, f"{lamp}.components.Color.value === '#123456'")
    assert page.evaluate(f"{lamp}.components.Color.glow") == 1
    form.get_by_label("Colour").fill("no colour")
    form.get_by_role("button", name="Do it").click()
    wait(page, "document.querySelector('[data-w=paint] .note').innerText.includes('olor')")


@pytest.mark.soak
def test_a_second_tab_of_the_same_visitor_shares_what_is_theirs(
    station: Served, visit: Open
) -> None:
    one = visit(width=1000, height=1500)
    page = one.enter(station.world("panels"))
    tab = Visit(one.context, one.context.new_page()).enter(station.world("panels"))
    for each in (page, tab):
        each.locator("[data-w=speed]").wait_for()
    page.get_by_role("slider", name="Speed").fill("700")
    wait(tab, "document.querySelector('[data-w=speed] output').textContent === '700 rpm'")
    tab.get_by_role("slider", name="Speed").fill("900")
    wait(page, "document.querySelector('[data-w=speed] output').textContent === '900 rpm'")


WATCH = """() => {
  const input = document.querySelector('[data-w=speed] input');
  const seen = window.seen = { jumps: 0, moves: 0 };
  let last = input.valueAsNumber;
  input.addEventListener('input', () => { last = input.valueAsNumber; seen.moves += 1; });
  const look = () => {
    if (input.valueAsNumber !== last) { seen.jumps += 1; last = input.valueAsNumber; }
    requestAnimationFrame(look);
  };
  look();
}"""


def test_under_300_ms_of_delay_a_dragged_slider_never_jumps(station: Served, visit: Open) -> None:
    with slow_line(station.url) as (line, url):
        page = enter(visit, f"{url}/w/panels")
        line.delay_seconds = 0.3
        page.evaluate(WATCH)
        slider = page.get_by_role("slider", name="Speed")
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        assert box is not None
        y = box["y"] + box["height"] / 2
        page.mouse.move(box["x"] + box["width"] * 0.4, y)
        page.mouse.down()
        for step in range(40):
            page.mouse.move(box["x"] + box["width"] * (0.4 + step / 80), y)
            page.wait_for_timeout(30)
        page.mouse.up()
        released = slider.input_value()
        page.wait_for_timeout(1500)
        assert slider.input_value() == released
        seen = page.evaluate("window.seen")
        assert seen["moves"] > 10 and seen["jumps"] == 0
        line.delay_seconds = 0
        wait(page, "!document.querySelector('[data-w=speed] .note').textContent")
        page.get_by_role("button", name="Prime the pump").click()
        rpm = float(released)
        said(page, f"at {rpm:.0f} rpm" if rpm <= 2900 else "")


def test_what_was_moved_while_the_line_was_cut_is_told_when_it_is_back(
    station: Served, visit: Open
) -> None:
    with slow_line(station.url) as (line, url):
        page = enter(visit, f"{url}/w/panels")
        line.cut(stay=True)
        page.wait_for_timeout(300)
        page.get_by_role("slider", name="Speed").fill("2000")
        wait(page, "document.querySelector('[data-w=speed] .note').textContent.includes('saved')")
        line.mend()
        wait(page, "!document.querySelector('[data-w=speed] .note').textContent")
        assert widget(page, "speed").locator("output").inner_text() == "2000 rpm"
        page.get_by_role("button", name="Prime the pump").click()
        said(page, "at 2000 rpm")


@LOOKS
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    station: Served, visit: Open, scheme: str, width: int
) -> None:
    options: dict[str, Any] = {"color_scheme": scheme, "bypass_csp": True, "has_touch": width < 500}
    page = enter(visit, station.world("panels"), width=width, **options)
    page.add_script_tag(content=AXE.read_text())
    for tab in page.get_by_role("tab").all():
        tab.click()
        found = page.evaluate("axe.run('.dock').then(({violations}) => violations)")
        faults = [(rule["id"], node["html"][:120]) for rule in found for node in rule["nodes"]]
        assert faults == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert small_targets(page) == []
    if width < 500:
        work_by_touch(page)


def test_what_takes_long_is_seen_and_cancelled_by_button_and_by_keys(
    station: Served, visit: Open
) -> None:
    page = enter(visit, station.world("panels"), bypass_csp=True)
    do = "void window.worldloom.do('prime_pump', {steps: %d})"
    waiting = page.get_by_role("region", name="Under way")
    page.evaluate(do % 10)
    waiting.get_by_text("valve 4 is open").wait_for()
    bar = page.get_by_role("progressbar", name="Prime pump")
    assert bar.evaluate("e => e.value") == pytest.approx(0.4)
    assert waiting.get_by_text("4 of 10").is_visible()
    heard = "[...document.querySelectorAll('[role=status]')].map(e => e.textContent).join(' ')"
    wait(page, f"{heard}.includes('Prime pump')")
    page.add_script_tag(content=AXE.read_text())
    found = page.evaluate("axe.run('.waiting').then(({violations}) => violations)")
    assert [(rule["id"], node["html"]) for rule in found for node in rule["nodes"]] == []
    waiting.get_by_role("button", name="Cancel: Prime pump").click()
    page.get_by_text("Prime pump: cancelled").first.wait_for()
    waiting.wait_for(state="hidden")
    page.evaluate(do % 10)
    cancel = waiting.get_by_role("button", name="Cancel: Prime pump")
    cancel.focus()
    page.keyboard.press("Enter")
    waiting.wait_for(state="hidden")
    wait(page, "document.activeElement?.id === 'stage'")
    page.evaluate(do % 10)
    waiting.wait_for()
    page.locator("#stage").focus()
    page.keyboard.press("x")
    waiting.wait_for(state="hidden")
    page.evaluate(do % 4)
    page.get_by_text("Prime pump: done").first.wait_for()
    page.goto(f"{station.world('panels')}/text")
    page.get_by_role("button", name="Prime pump").click()
    page.get_by_role("dialog").get_by_label("steps").fill("10")
    page.keyboard.press("Enter")
    waiting.get_by_text("4 of 10").wait_for()
    waiting.get_by_role("button", name="Cancel: Prime pump").press("Enter")
    page.get_by_role("log").get_by_text("Prime pump: cancelled.").wait_for()


@pytest.mark.soak
def test_an_owner_sees_how_far_an_agent_is_and_takes_it_back(
    station: Served, visit: Open, owners: Any
) -> None:
    page = visit(width=1000, height=700, storage_state=owners).enter(station.world("panels"))
    wait(page, "window.worldloom.me?.role === 'owner'")
    browser, _ = Site(station).bearer(account="fitter", role="member", agent=True)
    Agent(browser, "panels").call("prime_pump", steps=10)
    page.get_by_role("button", name="Menu", exact=True).click()
    page.get_by_role("button", name="Your account").click()
    asked = page.get_by_role("region", name="Agents ask you")
    asked.get_by_role("button", name="Allow").click()
    dialog = page.get_by_role("dialog", name="Your account")
    work = page.get_by_role("region", name="Agents at work")
    work.get_by_text("4 of 10").wait_for()
    assert work.get_by_text("fitter: prime pump in panels", exact=True).is_visible()
    assert work.get_by_text("valve 4 is open").is_visible()
    assert axe(page) == []
    work.get_by_role("button", name="Cancel: fitter: prime pump in panels").click()
    page.get_by_text("It is taken back").first.wait_for()
    work.wait_for(state="hidden")
    assert dialog.evaluate("(one) => one.contains(document.activeElement)")


def small_targets(page: Page) -> list[str]:
    """Return what can be pressed and is less than 44 pixels high or wide for a thumb."""
    found: list[str] = page.evaluate("""() => [...document.querySelectorAll(
      '.dock button, .dock input, .dock summary, .dock .file-press')]
      .filter((e) => e.checkVisibility() && !e.classList.contains('visually-hidden'))
      .filter((e) => !e.classList.contains('row-press')) // the row around it is as high
      .map((e) => [e, e.getBoundingClientRect()])
      .filter(([, { width, height }]) => width < 44 || height < 43.5)
      .map(([e, box]) => `${box.width}x${box.height} ${e.outerHTML.slice(0, 90)}`)""")
    return found


@pytest.mark.soak
def test_scripts_of_the_world_come_from_our_own_fonts(station: Served, visit: Open) -> None:
    page = enter(visit, station.world("panels"))
    wait(page, "document.fonts.check('16px \"Noto Sans SC Variable\"', '泵')")
    wait(
        page,
        "[...document.fonts].some((f) => f.family.includes('Arabic') && f.status === 'loaded')",
    )
    loaded = page.evaluate("performance.getEntriesByType('resource').map(({name}) => name)")
    pieces = [name for name in loaded if "noto-sans-sc" in name and name.endswith("woff2")]
    assert 0 < len(pieces) < 12, "only the pieces that are needed"


def test_markdown_builds_nodes_and_never_html(station: Served, visit: Open) -> None:
    page = enter(visit, station.world("panels"))
    rich = widget(page, "markdown")
    assert rich.locator("strong").first.inner_text() == "Pump 7"
    assert rich.locator("a").get_attribute("href") == f"{station.url}/"
    assert re.fullmatch(r"\s*•\s*محطة الضخ\s*", rich.get_by_role("listitem").nth(1).inner_text())
    assert page.evaluate(
        "getComputedStyle(document.querySelectorAll('.rich li')[1]).direction"
    ) == ("rtl")


@ways("width", [360], soak=[1000])
def test_in_words_panels_are_the_same_live_controls(
    station: Served, visit: Open, width: int
) -> None:
    url = station.world("panels")
    page = visit(width=width, height=900, has_touch=width < 500, bypass_csp=True).page
    page.goto(f"{url}/text")
    station_panel = page.get_by_role("region", name="Pump station")
    station_panel.get_by_role("slider", name="Speed").fill("1400")
    station_panel.get_by_role("button", name="Prime the pump").click()
    line = station_panel.locator("[data-w=text]")
    line.get_by_text("primed it at 1400 rpm").wait_for()
    other = enter(visit, url)
    other.get_by_role("radio", name="manual").check()
    line.get_by_text("mode manual").wait_for()
    other.get_by_role("radio", name="auto").check()
    station_panel.locator("input[value=auto]:checked").wait_for(state="attached")
    station_panel.get_by_label("Colour").fill("#112233")
    page.keyboard.press("Enter")
    lamp = "Object.values(worldloom.entities()).find((one) => one.name === 'lamp').components.Color"
    wait(other, f"{lamp}.value === '#112233'")
    assert page.get_by_role("button", name=re.compile("press widget|set widget", re.I)).count() == 0
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run().then(({violations}) => violations)")
    serious = [one["id"] for one in found if one["impact"] in ("serious", "critical")]
    assert serious == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

"""The course on the pump in the page: parts are taken in order, the wrench is set, words answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import Served, Visit, wait
from tests.browser.test_panels import AXE
from worldloom.studio.machines import pump

Open = Callable[..., Visit]
PANEL = "[data-panel=course-pump]"
PUMP = "Object.values(worldloom.entities()).find(e => e.name === 'pump').components['academy.Pump']"
SAID = f"document.querySelector(\"{PANEL} [data-w='said']\").textContent"


@pytest.mark.soak
def test_a_learner_takes_the_parts_in_order_sets_the_wrench_and_is_told_what_is_wrong(
    plaza: Served, visit: Open
) -> None:
    page = visit(width=1000, height=900, bypass_csp=True).enter(plaza.world("academy"))
    panel = page.locator(PANEL)
    panel.locator("[data-w=begin]").get_by_role("button", name="Begin").click()
    for part in ("assembly card", "safe"):
        page.evaluate(f"worldloom.do('answer', {{given: '{part}', course: 'pump'}})")
    wait(page, "Math.abs(worldloom.me.position[0] - 2.85) < 0.3")  # before the bench
    page.evaluate("worldloom.click('impeller nut')")
    wait(page, f"{SAID}.includes('none on the shaft yet')")
    page.evaluate("worldloom.click('seal')")
    wait(page, f"{PUMP}.on[0] === 'seal'")
    page.evaluate("worldloom.do('answer', {given: 'not', course: 'pump'})")
    for part in ("impeller", "impeller nut"):
        page.evaluate(f"worldloom.click('{part}')")
    wait(page, f"{PUMP}.on.length === 3")
    panel.get_by_text("Set the torque wrench").wait_for()

    page.add_script_tag(content=AXE.read_text())
    found = page.evaluate("axe.run('.dock').then(({violations}) => violations)")
    assert [(rule["id"], node["html"][:160]) for rule in found for node in rule["nodes"]] == []
    slider = panel.get_by_role("slider", name="Set it")
    slider.fill("90")
    panel.get_by_role("button", name="Set it").click()
    wait(page, f"{SAID}.includes('past what it bears')")
    assert page.evaluate(f"{PUMP}.tight.length") == 0
    slider.fill("50")
    page.wait_for_timeout(500)
    page.evaluate("worldloom.click('torque wrench')")
    wait(page, f"{PUMP}.tight.includes('nut')")

    for given in ("new", "casing"):
        page.evaluate(f"worldloom.do('answer', {{given: '{given}', course: 'pump'}})")
    wait(page, f"{PUMP}.on.length === {len(pump.ORDER)}")
    page.evaluate("worldloom.click('front bolt')")
    wait(page, f"{SAID}.includes('tilt the casing')")

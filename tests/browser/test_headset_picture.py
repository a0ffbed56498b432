"""In an emulated headset: as many pixels as come in time, and never fewer than are seen well."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Served, wait
from tests.browser.headset import INSTALL, IWER, SURROUNDINGS, Open, wear

SCALES = """() => {
  window.scales = [];
  const Layer = XRWebGLLayer;
  window.XRWebGLLayer = class extends Layer {
    constructor(session, gl, wishes) {
      super(session, gl, wishes);
      window.scales.push(wishes.framebufferScaleFactor);
    }
  };
  window.parts = new Set();
  XRView.prototype.requestViewportScale = (part) => window.parts.add(part);
}"""
"""How many pixels a side each headset begins with, and which parts of them it drew then."""
BUSY = """() => {
  const next = window.requestAnimationFrame;
  window.requestAnimationFrame = (frame) => next((ms) => {
    const until = performance.now() + 70;
    while (performance.now() < until);
    frame(ms);
  });
}"""
"""A machine that takes over 70 ms for a picture."""


@pytest.mark.soak
def test_frames_that_miss_the_headsets_own_rate_make_the_rim_of_the_view_coarser(
    hello: Served, visit: Open
) -> None:
    headset = wear(hello, visit, "hello", quality="auto")
    page = headset.page
    assert headset.told(".eyes")["scale"] == 1
    wait(page, "worldloom.headset.eyes.foveation === 1 && worldloom.headset.foveation === 1")
    wait(page, "worldloom.headset.eyes.scale < 1")
    page.evaluate("window.device.remote.dispatch('end_session', {})")
    wait(page, "worldloom.headset === null")


@pytest.mark.soak
@pytest.mark.frames
def test_a_headset_begins_with_the_pixels_that_the_last_one_had_not_with_those_of_the_page(
    hello: Served, visit: Open
) -> None:
    one = visit()
    one.context.add_init_script(path=IWER)
    one.context.add_init_script(INSTALL + SURROUNDINGS)
    page = one.enter(hello.world("hello"), "quality=auto")
    wait(page, "window.worldloom.me != null && window.worldloom.stats().settled")
    full = page.evaluate("stage.width")
    page.evaluate(BUSY)
    wait(page, f"stage.width < 0.8 * {full}")
    page.evaluate(SCALES)
    page.get_by_role("button", name="Enter VR").click()
    wait(page, "worldloom.headset?.eyes.scale < 1")
    page.evaluate("window.device.remote.dispatch('end_session', {})")
    wait(page, "worldloom.headset === null")
    assert page.evaluate("[...window.parts]") == [0.8]
    page.evaluate("window.parts.clear()")
    page.get_by_role("button", name="Enter VR").click()
    wait(page, "worldloom.headset?.frames > 5")
    assert page.evaluate("window.scales") == [1, 0.8]
    assert page.evaluate("worldloom.headset.eyes.scale") == 0.8
    assert page.evaluate("[...window.parts]") == [], "four fifths of four fifths are too few"

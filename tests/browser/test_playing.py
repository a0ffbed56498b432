"""Promised: the past is played as slowly and as quickly as one likes, in its order, up to now."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.conftest import wait
from tests.browser.looks import ways
from tests.browser.past_scene import (
    RED,
    Scene,
    ball,
    becomes,
    go_to,
    open_history,
)

APART_MS = 600
"""So far apart are the groups, that no frame leaps over one: it lasts 250 ms at most."""
WATCH = """() => {
  window.seen = [];
  const slider = document.querySelector('.time-bar [role=slider]');
  const look = () => {
    const { seq } = window.worldloom;
    if (!document.documentElement.classList.contains('in-past')) return;
    window.seen.push([seq, window.worldloom.stats().clock_ms]);
  };
  new MutationObserver(look).observe(slider, { attributeFilter: ['aria-valuenow'] });
}"""


@ways("scene, rate", [("phone", "2")], soak=[("desk", "0.25"), ("desk", "16")], indirect=["scene"])
def test_the_past_is_played_up_to_now(scene: Scene, rate: str) -> None:
    ada = scene.ada
    seqs = [ball_later(ada, number) for number in range(3)]
    times = {record["seq"]: record["time"] / 1000 for record in scene.records()}
    open_history(ada)
    go_to(ada, seqs[0] - 1)
    speed = ada.get_by_label("Speed")
    assert speed.input_value() == "1"
    offered = [float(text.rstrip("×")) for text in speed.locator("option").all_inner_texts()]
    assert offered == [0.25, 0.5, 1, 2, 4, 8, 16]
    speed.select_option(rate)
    ada.evaluate(WATCH)
    ada.get_by_role("button", name="Play", exact=True).click()
    wait(ada, "document.querySelector('.time-bar .back').hidden", seconds=120)
    seen: list[tuple[int, float]] = ada.evaluate("window.seen")
    shown = [seq for seq, _ in seen]
    assert shown == sorted(shown), "in the order in which it happened"
    for seq, clock in seen:
        assert times[seq] <= clock + 1, "nothing is seen before its time"
    if rate != "16":  # a frame at sixteen times the speed leaps over seconds
        assert set(seqs) <= {*shown, seqs[-1]}, "nothing is left out"
    becomes(ada, "ball 2", RED)


def ball_later(page: Page, number: int) -> int:
    """Make a ball, some time after whatever happened last."""
    page.wait_for_timeout(APART_MS)
    return ball(page, f"ball {number}", RED)

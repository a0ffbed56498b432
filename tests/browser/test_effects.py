"""Particles are drawn where their box is, and a mirror shows what stands behind who looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from tests.browser.conftest import Served, Visit, wait
from tests.browser.looks import ways
from tests.browser.pixels import Colours, drawn_until, picture, share

Open = Callable[..., Visit]
WORLD = """
from worldloom import Annotation, Color, Mirror, Particles, Sky, World, sphere

world = World("glitter")
world.spawn("sky", Sky(hour=12))
world.spawn("dust", Particles(2000, "#ff00ff", 0.25, area=(3, 2, 1), glow=False), at=(0, 1, -4))
world.spawn("glass", Mirror(4.0, 3.0), at=(12, 1.6, -4))
world.spawn("note", Annotation("A note"), at=(-12, 1.2, -2))
world.spawn("ball", sphere(0.8), Color("#ff2010", glow=1.0), at=(13.2, 1.4, 6))
"""
DUST = (230, 30, 230)
SETTLED = "window.worldloom.stats().settled"


@pytest.fixture(scope="module")
def glitter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("glitter")
    (folder / "glitter.py").write_text(WORLD)
    server = Served(folder / "realm.loom", str(folder / "glitter.py"))
    server.start()
    yield server
    server.stop()


@ways("motion", ["reduce"], soak=["no-preference"])
def test_particles_are_drawn_and_stand_still_for_who_asked(
    glitter: Served, visit: Open, motion: str
) -> None:
    page = visit(reduced_motion=motion).enter(glitter.world("glitter"))
    wait(page, SETTLED)
    wait(page, "worldloom.me != null")
    first = drawn_until(page, lambda seen: share(seen, DUST, 90) > 0.002)
    if motion == "reduce":
        before = page.evaluate("worldloom.stats().clock_ms")
        wait(page, f"worldloom.stats().clock_ms > {before} + 500")
        assert not moved(first, picture(page)), "it stands while the clock goes on"
    else:
        drawn_until(page, lambda seen: moved(first, seen))


def moved(one: Colours, other: Colours) -> bool:
    """Tell whether dust is seen where none was."""
    before, after = ((np.abs(drawn - DUST) <= 90).all(-1) for drawn in (one, other))
    return bool((before != after).sum() > 0.1 * before.sum())


@ways("motion", ["reduce"], soak=["no-preference"])
def test_the_ring_of_a_note_stands_still_for_who_asked(
    glitter: Served, visit: Open, motion: str
) -> None:
    page = visit(reduced_motion=motion).enter(glitter.world("glitter"))
    page.evaluate("window.worldloom.go([-13, 0, 3])")
    wait(page, f"{SETTLED} && worldloom.me.position[0] < -12.9")
    page.wait_for_timeout(1500)  # the camera comes after
    x, y = (round(part) for part in page.evaluate("worldloom.screen('note')"))
    rings = []
    for _ in range(5):
        page.wait_for_timeout(400)
        rings.append(picture(page)[y - 25 : y + 25, x - 25 : x + 25])
    assert share(rings[0], (242, 166, 75), 40) > 0.01, "it is there"
    pulses = any((np.abs(one - rings[0]) > 30).any() for one in rings)
    assert pulses == (motion != "reduce")


@pytest.mark.soak
def test_a_mirror_shows_what_stands_behind_who_looks(glitter: Served, visit: Open) -> None:
    page = visit().enter(glitter.world("glitter"), "quality=medium")
    page.evaluate("window.worldloom.go([12, 0, 1])")
    wait(page, SETTLED)
    drawn_until(page, lambda seen: share(seen, (225, 60, 40), 70) > 0.001)


@pytest.mark.soak
def test_in_the_low_tier_a_mirror_is_a_bright_sheet(glitter: Served, visit: Open) -> None:
    page = visit().enter(glitter.world("glitter"))
    page.evaluate("window.worldloom.go([12, 0, 1])")
    wait(page, SETTLED)
    drawn_until(page, lambda seen: share(seen, (235, 240, 240), 30) > 0.02)

"""What makes a place alive: looks at others, blinking, soft shadows, haze and moving water."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page

from tests.browser.conftest import Served, wait
from tests.browser.headset import Open
from tests.browser.pixels import Colours, drawn_until, picture
from tests.browser.test_models import glb

WORLD = """
from worldloom import *

world = World("cove")
world.spawn("sky", Sky(hour=15.0, clouds=0.0))
world.spawn("start", Spawn(radius=0.0), at=(0, 0, 6))
world.spawn("ground", box(400, 0.2, 1600), Color("#b9b9b9"), at=(0, -0.1, 0))
world.spawn("near", box(6, 6, 1), Color("#c02020"), at=(-8, 3, -20))
world.spawn("far", box(150, 150, 1), Color("#c02020"), at=(100, 75, -500))
world.spawn("shade", box(0.3, 4, 3), Color("#ffffff"), at=(1.5, 2, 0))
world.spawn("pool", model("pool.glb"), at=(60, 0.05, -3))
world.spawn("far shore", at=(60, 0.05, -4.6))
world.spawn("near shore", at=(60, 0.05, -1.4))
world.spawn("slab", model("slab.glb"), at=(66, 0.05, -3))
world.spawn("feet", at=(-1.5, 0, 3))
world.spawn("aside", at=(-2.4, 0, 3))


@world.action
def clear() -> None:
    world.despawn(world["shade"])
"""
HERE = "window.worldloom && window.worldloom.me != null && window.worldloom.stats().settled"
THERE = "Object.entries(worldloom.visitors()).find(([id]) => id !== worldloom.me.id)?.[1]"
OTHER = f"{THERE}?.face"
BLINK = """new Promise((done) => {
  let shut = 0;
  const look = () => {
    const { lids } = OTHER;
    shut = Math.max(shut, lids);
    if (shut > 0.4 && lids === 0) done(shut);
    else requestAnimationFrame(look);
  };
  look();
})""".replace("OTHER", OTHER)


def sheet(surface: str) -> bytes:
    """Return a level square of 4 m whose material is one of the page's own surfaces."""
    corners = np.array([[-2, 0, 2], [2, 0, 2], [2, 0, -2], [-2, 0, -2]], np.float32)
    up = np.tile(np.array([0, 1, 0], np.float32), (4, 1))
    index = np.array([0, 1, 2, 0, 2, 3], np.uint16)
    parts = [corners.tobytes(), up.tobytes(), index.tobytes()]
    starts = np.cumsum([0, *map(len, parts)]).tolist()
    views = [
        {"buffer": 0, "byteOffset": start, "byteLength": len(part)}
        for start, part in zip(starts, parts, strict=False)
    ]
    low, high = corners.min(0).tolist(), corners.max(0).tolist()
    flat = {"componentType": 5126, "count": 4, "type": "VEC3"}
    document = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [
            {"primitives": [{"attributes": {"POSITION": 0, "NORMAL": 1}, "indices": 2,
                             "material": 0}]}
        ],
        "materials": [{"extras": {"worldloom": {"surface": surface}}}],
        "accessors": [
            {"bufferView": 0, **flat, "min": low, "max": high},
            {"bufferView": 1, **flat},
            {"bufferView": 2, "componentType": 5123, "count": 6, "type": "SCALAR"},
        ],
        "bufferViews": views,
        "buffers": [{"byteLength": starts[-1]}],
    }  # fmt: skip
    return glb(document, b"".join(parts))


@pytest.fixture(scope="module")
def cove(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("cove")
    (folder / "cove.py").write_text(WORLD)
    (folder / "pool.glb").write_bytes(sheet("water"))
    (folder / "slab.glb").write_bytes(sheet("stone"))
    server = Served(folder / "realm.loom", str(folder / "cove.py"))
    server.start()
    yield server
    server.stop()


def enter(cove: Served, visit: Open, quality: str = "low", **options: object) -> Page:
    page = visit(**options).enter(cove.world("cove"), f"quality={quality}")
    wait(page, HERE)
    return page


@pytest.mark.soak
@pytest.mark.frames
def test_a_figure_turns_its_head_to_who_stands_beside_it_and_blinks(
    cove: Served, visit: Open
) -> None:
    page, other = enter(cove, visit), visit().enter(cove.world("cove"))
    wait(other, HERE)
    yaw = f"{OTHER}?.yaw"
    other.evaluate("worldloom.go([0, 0, 0])")
    # It looks north: who is north and west of it is on its left.
    for east, way in ((-1.6, 1), (1.6, -1)):
        page.evaluate("(east) => worldloom.go([east, 0, -1])", east)
        wait(page, f"{way} * {yaw} > 0.25")
    page.evaluate("worldloom.go([0, 0, 2])")
    wait(page, f"Math.abs({yaw}) < 0.05")
    page.evaluate("worldloom.go([0, 0, 3])")
    assert page.evaluate(BLINK) <= 1


def light(drawn: Colours) -> NDArray[np.float64]:
    """Return how bright each pixel is, 0 to 255."""
    bright: NDArray[np.float64] = drawn.mean(-1)
    return bright


@pytest.mark.soak
def test_a_wall_throws_a_shadow_with_soft_edges_and_none_in_the_low_tier(
    cove: Served, visit: Open
) -> None:
    page, plain = enter(cove, visit, "medium"), enter(cove, visit)
    with_wall = [picture(one) for one in (page, plain)]
    page.evaluate("worldloom.do('clear')")
    for one in (page, plain):
        wait(one, "!Object.values(worldloom.entities()).some((e) => e.name === 'shade')")
    x = int(page.evaluate("worldloom.screen('shade')?.[0] ?? 380"))
    falls = []
    for one, before in zip((page, plain), with_wall, strict=True):
        after = drawn_until(one, lambda drawn: bool((drawn != before).any()))  # noqa: B023
        ground = (slice(before.shape[0] // 2, None), slice(x + 30, None))  # east of the wall
        falls.append((light(after) - light(before))[ground])
    shaded, low = falls
    depth = float(np.percentile(shaded, 99))
    edge = ((shaded > 0.2 * depth) & (shaded < 0.8 * depth)).sum() / (shaded > 0.2 * depth).sum()
    assert depth > 20 and (shaded > 0.5 * depth).mean() > 0.005, depth
    assert edge > 0.03, f"no step from light to dark: {edge}"
    assert (np.abs(low) > 8).mean() < 0.001, "the light tier has none"


def at(
    page: Page, drawn: Colours, name: str, right: int = 0, up: int = 0, high: int = 12
) -> Colours:
    """Return a small piece of a picture around a thing's middle, in pixels beside it."""
    x, y = (round(part) for part in page.evaluate(f"worldloom.screen('{name}')"))
    top = y - up - high // 2
    return drawn[top : top + high, x + right - 30 : x + right + 30]


def test_feet_stand_on_the_ground_in_the_light_tier_too_by_a_soft_dark_round(
    cove: Served, visit: Open
) -> None:
    page = enter(cove, visit)
    feet, aside = (tuple(map(round, page.evaluate(f"worldloom.screen('{name}')")))
                   for name in ("feet", "aside"))  # fmt: skip
    metre = (feet[0] - aside[0]) / 0.9

    def dark(drawn: Colours) -> list[float]:
        """Return by how much it is darker than aside, so many metres west of the feet."""
        bright = light(drawn)[feet[1]]
        return [bright[aside[0]] - bright[feet[0] - round(m * metre)] for m in (0.2, 0.28, 0.5)]

    assert max(dark(picture(page))) < 4, "nobody stands there"
    other = visit().enter(cove.world("cove"))
    wait(other, HERE)
    other.evaluate("worldloom.go([-1.5, 0, 3])")

    def grounded(drawn: Colours) -> bool:
        near, edge, beyond = dark(drawn)
        return near > 1.5 * edge > 3 and abs(beyond) < 4

    wait(page, f"Math.hypot({THERE}?.position?.[0] + 1.5, {THERE}?.position?.[2] - 3) < 0.02")
    page.wait_for_timeout(1000)  # it is drawn a moment after
    drawn_until(page, grounded, 10)


@pytest.mark.soak
@pytest.mark.parametrize("quality", ["low", "medium"])
def test_what_is_far_is_paler_by_haze(cove: Served, visit: Open, quality: str) -> None:
    page = enter(cove, visit, quality)
    drawn = picture(page)
    near, far = (
        at(page, drawn, name, up=up).mean((0, 1)) for name, up in (("near", 0), ("far", 40))
    )
    assert near[0] - near[1:].max() > 50, near
    assert far[0] - far[1:].max() < 20 and far.mean() > near.mean() + 60, (near, far)


@pytest.mark.soak
@pytest.mark.frames
@pytest.mark.parametrize("quality", ["low", "medium"])
def test_water_moves_and_mirrors_the_sky_and_stone_does_not(
    cove: Served, visit: Open, quality: str
) -> None:
    page = enter(cove, visit, quality)
    page.evaluate("worldloom.go([63, 0, 3])")
    wait(page, "worldloom.me.position[0] > 62 && worldloom.stats().settled")
    page.wait_for_timeout(1500)  # the camera comes after
    before = picture(page)
    pool = at(page, before, "pool", -20).mean((0, 1))
    assert pool[1:].min() > pool[0] + 20, "it is of the sky and the deep"

    def moved(drawn: Colours) -> bool:
        change = np.abs(at(page, drawn, "pool", -20) - at(page, before, "pool", -20))
        still = np.abs(at(page, drawn, "slab", 10) - at(page, before, "slab", 10))
        return bool((change.max(-1) > 2).mean() > 0.3 and still.max() <= 2)

    drawn = drawn_until(page, moved)
    far, near = (
        at(page, drawn, f"{name} shore", -30, high=2).mean((0, 1)) for name in ("far", "near")
    )
    assert far[0] > near[0] + 5, "the flatter one looks, the more sky is in it"


@pytest.mark.soak
@pytest.mark.frames
def test_water_stands_still_for_who_asked_for_less_motion(cove: Served, visit: Open) -> None:
    page = enter(cove, visit, reduced_motion="reduce")
    page.evaluate("worldloom.go([63, 0, 3])")
    wait(page, "worldloom.me.position[0] > 62 && worldloom.stats().settled")
    page.wait_for_timeout(1500)  # the camera comes after
    pools = []
    for _ in range(5):
        pools.append(at(page, picture(page), "pool", -20))
        page.wait_for_timeout(500)
    assert max(np.abs(pool - pools[0]).max() for pool in pools) <= 2

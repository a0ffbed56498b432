"""AR in an emulated headset: a thing stands in one's own room, at its true size, and stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import Served, wait
from tests.browser.headset import Headset, Open, wear

EXAMPLES = Path(__file__).parents[2] / "examples"
COLOR = "Object.values(worldloom.entities()).find((e) => e.name === 'chair').components.Color"

KEEP_ANCHORS = """() => {
  window.anchors = [];
  const make = XRFrame.prototype.createAnchor;
  XRFrame.prototype.createAnchor = async function (...args) {
    const made = await make.apply(this, args);
    window.anchors.push(made);
    return made;
  };
}"""
MOVE_ANCHOR = """([x, y, z]) => {
  const space = window.anchors.at(-1).anchorSpace;
  for (const key of Object.getOwnPropertySymbols(space)) {
    const matrix = space[key]?.offsetMatrix;
    if (!matrix) continue;
    matrix[12] += x;
    matrix[13] += y;
    matrix[14] += z;
  }
}"""
"""The emulator keeps an anchor where it was made: this is what a device does that learns."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    realm = tmp_path_factory.mktemp("room") / "realm.loom"
    server = Served(realm, str(EXAMPLES / "16_ar.py"), options=("--trust",))
    server.start()
    yield server
    server.stop()


def really(headset: Headset) -> list[float]:
    """Return where the middle of the chair's underside is in the real room."""
    place = headset.page.evaluate(
        "Object.values(worldloom.entities()).find((e) => e.name === 'chair').position"
    )
    x, y, z = headset.room(place)
    return [x, y - 0.46, z]


def test_a_chair_is_put_on_the_floor_and_then_on_a_table(shop: Served, visit: Open) -> None:
    headset = wear(shop, visit, "chair", mode="AR")
    page = headset.page
    assert headset.told(".room.placing")
    headset.put("controller-right", headset.world((0.2, 1.2, -0.2)))
    headset.point("controller-right", headset.world((0.9, 0, -1.4)))
    headset.press("right", "trigger")
    wait(page, "window.worldloom.headset.room.anchor !== null")
    headset.frames(6)
    x, y, z = really(headset)
    assert abs(x - 0.9) < 0.1 and abs(y) < 0.05 and abs(z + 1.4) < 0.1
    before = page.evaluate(COLOR)
    headset.point("controller-right", headset.world((0.9, 0.46, -1.4)))
    headset.press("right", "trigger")
    wait(page, f"JSON.stringify({COLOR}) !== {headset.text(before)}")
    headset.again()
    headset.point("controller-right", headset.world((0, 0.7, -1.5)))
    headset.press("right", "trigger")
    wait(page, "window.worldloom.headset.room.anchor !== null")
    headset.frames(6)
    x, y, z = really(headset)
    assert abs(x) < 0.1 and abs(y - 0.7) < 0.05 and abs(z + 1.5) < 0.1


def test_walking_in_the_room_moves_us_and_not_the_chair(shop: Served, visit: Open) -> None:
    headset = wear(shop, visit, "chair", mode="AR")
    headset.put("controller-right", headset.world((0.2, 1.2, -0.2)))
    headset.point("controller-right", headset.world((0.8, 0, -1.6)))
    headset.press("right", "trigger")
    wait(headset.page, "window.worldloom.headset.room.anchor !== null")
    headset.frames(6)
    before, feet = really(headset), headset.place
    headset.remote("set_transform", device="headset", position={"x": -0.5, "y": 1.6, "z": -0.6})
    headset.frames(6)
    after = really(headset)
    assert max(abs(a - b) for a, b in zip(before, after, strict=True)) < 0.01
    moved = [b - a for a, b in zip(feet, headset.place, strict=True)]
    assert abs(moved[0] + 0.5) < 0.05 and abs(moved[2] + 0.6) < 0.05


@pytest.mark.soak
def test_the_chair_follows_its_anchor_as_the_device_learns_the_room(
    shop: Served, visit: Open
) -> None:
    headset = wear(shop, visit, "chair", mode="AR")
    headset.page.evaluate(KEEP_ANCHORS)
    headset.put("controller-right", headset.world((0.2, 1.2, -0.2)))
    headset.point("controller-right", headset.world((0.8, 0, -1.6)))
    headset.press("right", "trigger")
    wait(headset.page, "window.worldloom.headset.room.anchor !== null && anchors.length > 0")
    headset.frames(6)
    before = really(headset)
    headset.page.evaluate(MOVE_ANCHOR, [0.12, 0.0, -0.2])
    headset.frames(6)
    moved = [b - a for a, b in zip(before, really(headset), strict=True)]
    assert max(abs(a - b) for a, b in zip(moved, (0.12, 0, -0.2), strict=True)) < 0.02, moved


def on_floor(headset: Headset) -> tuple[float, float]:
    """Return where the right hand's ray meets the floor of the real room: east and south."""
    origin, way = headset.told(".right.ray")
    start = headset.room(origin)
    end = headset.room([a + b for a, b in zip(origin, way, strict=True)])
    share = start[1] / (start[1] - end[1])
    east, south = (start[i] + (end[i] - start[i]) * share for i in (0, 2))
    return east, south


def test_bare_hands_put_the_chair_where_they_point_by_a_pinch_and_again(
    shop: Served, visit: Open
) -> None:
    headset = wear(shop, visit, "chair", mode="AR")
    page = headset.page
    headset.bare()
    headset.put("hand-right", headset.world((0.2, 1.2, -0.2)))
    headset.point("hand-right", headset.world((0.9, 0, -1.4)))
    pinned = "window.worldloom.headset.room.anchor"
    assert page.evaluate(pinned) is None, "it waits for a pinch"
    places = []
    for aim in ((0.9, 0, -1.4), (-0.8, 0, -0.9)):
        headset.point("hand-right", headset.world(aim))
        wished = on_floor(headset)
        headset.pinch("right", 1)
        headset.pinch("right", 0)
        wait(page, f"{pinned} !== null")
        headset.frames(6)
        x, y, z = really(headset)
        assert abs(x - wished[0]) < 0.15 and abs(y) < 0.05 and abs(z - wished[1]) < 0.15
        places.append((x, z))
        page.evaluate(
            "[...document.querySelectorAll('button')]"
            ".find((one) => one.textContent === 'Place anew').click()"
        )
        wait(page, "window.worldloom.headset.room.placing")
    assert abs(places[0][0] - places[1][0]) > 1, "the second is another place"

"""A body of one's own: brought in the wardrobe, seen walking by the other, refused in words."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page, Route

from tests.browser.conftest import Served, Visit, wait
from tests.browser.looks import ways
from tests.browser.pixels import picture
from tests.browser.test_accessible import AUDIT
from worldloom.studio.gltf import assemble, disassemble
from worldloom.studio.vrm import Version, make_vrm
from worldloom.testing import Robot

Open = Callable[..., Visit]
WORLD = """
from worldloom import Color, World, box, model

world = World("room")
world.spawn("body", model("body.vrm"), at=(0, 0, 30))
world.spawn("jumpy", model("jumpy.vrm"), at=(3, 0, 30))
world.spawn("floor", box(40, 0.02, 40), Color("#8a8a8a"), at=(0, -0.011, -8))
"""
MAGENTA = (1.0, 0.0, 0.7)
OTHER = "Object.entries(worldloom.visitors()).find(([id]) => id !== worldloom.me.id)?.[1]"
MINE = "(worldloom.visitors()[worldloom.me.id] ?? {})"  # who looks otherwise comes in anew
IN = "window.worldloom && window.worldloom.me != null"


@pytest.fixture
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("room")
    (folder / "room.py").write_text(WORLD)
    (folder / "body.vrm").write_bytes(bright())
    (folder / "jumpy.vrm").write_bytes(jumpy())
    server = Served(folder / "realm.loom", str(folder / "room.py"), options=("--guests", "make"))
    server.start()
    yield server
    server.stop()


def entered(
    room: Served, visit: Open, query: str = "quality=low", wide: int = 640, high: int = 360
) -> Page:
    """Enter with patience: two pages that draw in software leave each other little time."""
    page = visit(wide, high).enter(room.world("room"), query)
    page.set_default_timeout(120_000)
    return page


def bright(version: Version = "1.0", wearer: str = "") -> bytes:
    """Return a body in a colour that nothing else has."""
    return make_vrm(version, name="Mira", author="Ada", wearer=wearer, cloth=MAGENTA)


def jumpy() -> bytes:
    """Return a body whose head leaps up when it blinks, so that a blink is seen from afar."""
    document, binary = disassemble(make_vrm("1.0", skin=MAGENTA))
    target = document["meshes"][1]["primitives"][0]["targets"][0]["POSITION"]
    accessor = document["accessors"][target]
    at = document["bufferViews"][accessor["bufferView"]]["byteOffset"]
    leap = np.tile(np.array([0, 0.6, 0], "<f4"), accessor["count"]).tobytes()
    return assemble(document, binary[:at] + leap + binary[at + len(leap) :])


def cloth_in(page: Page) -> NDArray[np.bool_]:
    """Return which pixels show the body's cloth, in light and shade; no other cloth is as pure."""
    drawn = picture(page)
    red, green, blue = drawn[..., 0], drawn[..., 1], drawn[..., 2]
    return (red > 60) & (red > 4 * green + 20) & (blue > 2 * green)


def is_seen(page: Page) -> bool:
    """Tell whether the body is in the picture."""
    return bool(cloth_in(page).mean() > 0.0008)


def middle_of(page: Page) -> float:
    """Return how far to the right the body's cloth is, 0 to 1."""
    cloth = cloth_in(page)
    return float(cloth.nonzero()[1].mean() / cloth.shape[1])


def open_wardrobe(page: Page) -> None:
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Name and look").click()
    page.get_by_role("button", name="Your own (VRM)").click()


def bring(page: Page, data: bytes, name: str = "mira.vrm") -> None:
    """Choose a file in the wardrobe."""
    chosen = {"name": name, "mimeType": "", "buffer": data}
    page.locator(".wardrobe input[type=file]").set_input_files(chosen)  # type: ignore[arg-type]


@ways("version", ["1.0"], soak=["0.x"])
def test_a_vrm_of_either_version_is_seen_walking_by_the_other(
    room: Served, visit: Open, version: Version
) -> None:
    one = entered(room, visit)
    two = entered(room, visit, "quality=medium", 480, 270)
    for page in (one, two):
        wait(page, f"{IN} && {OTHER} != null")
    one.evaluate("worldloom.go([-1.2, 0, -3])")
    two.evaluate("worldloom.go([1.4, 0, 0.5])")
    assert not is_seen(two)
    open_wardrobe(one)
    bring(one, bright(version))
    one.get_by_text("Mira fits").wait_for()
    said = one.locator(".wardrobe .licence").inner_text()
    assert "By Ada" in said and "Everyone may wear it" in said
    one.get_by_role("button", name="Done").click()
    wait(two, f"{OTHER}.vrm.length === 64 && worldloom.stats().bodies === 1")
    wait(one, f"{MINE}.vrm.length === 64")
    assert is_seen(two)
    begin = middle_of(two)
    one.keyboard.down("d")
    wait(two, f"{OTHER}.animation === 1 || {OTHER}.animation === 2")
    wait(two, f"{OTHER}.position[0] > -0.7")  # farther on the watcher's own figure hides them
    one.keyboard.up("d")
    two.wait_for_timeout(600)
    assert middle_of(two) > begin + 0.03
    one.reload()
    wait(one, f"{IN} && {MINE}?.vrm.length === 64")


def test_a_bad_file_is_refused_in_words_and_changes_nothing(room: Served, visit: Open) -> None:
    page = entered(room, visit, wide=360, high=640)
    wait(page, IN)
    look = page.evaluate(f"{MINE}.avatar")
    open_wardrobe(page)
    alert = page.locator(".wardrobe [role=alert]")
    for data, words in (
        (b"not a model at all", "too short"),
        (bright()[:-4], "export or copy it again"),
        (bright().replace(b'"leftHand"', b'"leftFist"'), "leftFist"),
    ):
        bring(page, data)
        page.wait_for_function("w => document.querySelector('.wardrobe [role=alert]')"
                               ".textContent.includes(w)", arg=words)  # fmt: skip
        assert alert.is_visible()
    assert page.evaluate("document.querySelector('dialog.card').scrollWidth <= innerWidth"), (
        "nothing is cut off on a small screen"
    )
    bring(page, bright())
    page.get_by_text("Mira fits").wait_for()
    faults = page.evaluate(AUDIT)
    # A modal dialog stands beside the landmarks, with the figure's canvas in it.
    assert [one for one in faults if "outside every landmark: <canvas" not in one] == []
    page.get_by_role("button", name="Back to the figure").click()
    page.get_by_role("button", name="Done").click()
    page.wait_for_timeout(500)
    assert page.evaluate(f"[{MINE}.avatar, {MINE}.vrm]") == [look, ""]


@pytest.mark.soak
def test_a_licence_that_asks_is_answered_by_keyboard_and_the_body_taken_off_again(
    room: Served, visit: Open
) -> None:
    page = entered(room, visit)
    wait(page, IN)
    open_wardrobe(page)
    bring(page, bright("1.0", "onlyAuthor"))
    page.get_by_text("only its author (Ada) may wear Mira").wait_for()
    wait(page, "document.activeElement.textContent === 'I am its author, or allowed to wear it'")
    page.keyboard.press("Enter")
    page.get_by_text("Mira fits").wait_for()
    page.get_by_role("button", name="Done").click()
    wait(page, f"{MINE}.vrm.length === 64")
    open_wardrobe(page)
    assert "Its author alone may wear it" in page.locator(".wardrobe .licence").inner_text()
    page.get_by_role("button", name="Back to the figure").click()
    page.get_by_role("button", name="Done").click()
    wait(page, f"{MINE}.vrm === ''")


@pytest.mark.soak
def test_on_a_weak_device_the_figure_stands_in_and_the_body_is_freed(
    room: Served, visit: Open
) -> None:
    one = entered(room, visit)
    two = entered(room, visit, "quality=medium", 480, 270)
    for page in (one, two):
        wait(page, f"{IN} && {OTHER} != null")
    one.evaluate("worldloom.go([-1.2, 0, -3])")
    two.evaluate("worldloom.go([1.4, 0, 0.5])")
    open_wardrobe(one)
    bring(one, bright())
    one.get_by_text("Mira fits").wait_for()
    one.get_by_role("button", name="Done").click()
    wait(two, "worldloom.stats().bodies === 1")
    full = two.evaluate("worldloom.stats().geometries")
    one.evaluate("worldloom.go([-1.2, 0, -60])")
    wait(two, "worldloom.stats().bodies === 0")
    wait(two, f"worldloom.stats().geometries < {full}", 60)
    one.evaluate("worldloom.go([-1.2, 0, -3])")
    wait(two, "worldloom.stats().bodies === 1")
    two.close()
    three = entered(room, visit)
    wait(three, f"{IN} && {OTHER} != null && worldloom.stats().settled")
    three.wait_for_timeout(1500)
    assert three.evaluate("worldloom.stats().bodies") == 0
    assert not is_seen(three)


@pytest.mark.soak
def test_a_body_blinks(room: Served, visit: Open) -> None:
    page = entered(room, visit, "quality=medium", 480, 270)
    wait(page, IN)
    page.evaluate(
        "Object.values(worldloom.entities()).filter(({ name }) => name === 'jumpy').map((one) =>"
        " worldloom.do('wear', { vrm: one.components.Model.asset }))"
    )
    wait(page, "worldloom.stats().bodies === 1")
    page.wait_for_timeout(1000)

    def top() -> int:
        return int(cloth_in(page).nonzero()[0].min())

    usual = int(np.median([top() for _ in range(9)]))
    until = time.monotonic() + 90
    while top() > usual - 6:
        assert time.monotonic() < until, "it never blinked"


@contextmanager
def company(url: str, count: int) -> Iterator[None]:
    """Let robots stand side by side in the body that lies in the room."""
    over, ready = threading.Event(), threading.Event()

    async def stand() -> None:
        async with AsyncExitStack() as stack:
            for place in range(count):
                one = Robot(url, name=f"R{place}", patience_seconds=60)
                robot = await stack.enter_async_context(one)
                await robot.do("wear", vrm=robot.entity("body")["components"]["Model"]["asset"])
                await robot.go(place * 0.9 - 2.5, 0.0, -4.0)
            ready.set()
            while not over.is_set():
                await asyncio.sleep(0.1)

    thread = threading.Thread(target=asyncio.run, args=(stand(),), daemon=True)
    thread.start()
    assert ready.wait(120)
    yield
    over.set()
    thread.join(20)


@pytest.mark.soak
def test_of_many_who_are_near_the_nearest_four_are_drawn_and_figures_stand_in_for_the_others(
    room: Served, visit: Open
) -> None:
    with company(room.world("room"), 6):
        page = entered(room, visit, "quality=medium", 480, 270)
        wait(page, "Object.keys(worldloom.visitors()).length === 7", 90)
        page.evaluate("worldloom.go([0, 0, 0.5])")
        wait(page, "worldloom.stats().bodies === 4", 120)
        page.wait_for_timeout(3000)
        assert page.evaluate("worldloom.stats().bodies") == 4


@pytest.mark.soak
def test_a_body_that_does_not_come_leaves_the_figure(room: Served, visit: Open) -> None:
    with company(room.world("room"), 1):
        one = visit(480, 270)
        tried: list[str] = []

        def lose(route: Route) -> None:
            tried.append(route.request.url)
            route.abort()

        one.page.route(re.compile(r"/assets/[0-9a-f]{64}$"), lose)
        page = one.enter(room.world("room"), "quality=medium")
        wait(page, f"{IN} && {OTHER}?.vrm.length === 64")
        page.evaluate("worldloom.go([-2.5, 0, -1])")
        wait(page, "worldloom.stats().settled")
        page.wait_for_timeout(2000)
        assert len(tried) >= 2, "for the model, and for the body"
        assert page.evaluate("worldloom.stats().bodies") == 0

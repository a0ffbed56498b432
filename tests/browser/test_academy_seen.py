"""What an instructor sees of a class in the world: where learners looked, stood and hesitated."""

from __future__ import annotations

import asyncio
import math
import shutil
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Served, Visit, claim, wait
from tests.browser.headset import Headset, wear
from tests.browser.pixels import Colours, drawn_until
from tests.browser.test_accessible import axe
from worldloom.kits.academy.scene.places import BOARD
from worldloom.testing.robot import Robot

Open = Callable[..., Visit]
BAKED = Path(__file__).parents[2] / "worldloom/kits/academy/baked"
YARD = "from worldloom.kits.academy.demo import make_world\n\nworld = make_world()\n"
MAPS = "Object.values(worldloom.entities()).filter(e => e.name.startsWith('evidence map'))"
WORDS = f"{MAPS}.map(e => e.components.Text?.value).filter(Boolean)"
"""What stands over the things that were looked at."""


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the training yard."""
    folder = tmp_path_factory.mktemp("seen")
    (folder / "yard.py").write_text(YARD)
    shutil.copytree(BAKED, folder / "baked")
    server = Served(folder / "realm.loom", str(folder / "yard.py"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def ownership(school: Served, chromium: Browser) -> Any:
    """Claim the yard and return its owner's cookies."""
    return claim(school.owner_of("academy"), chromium)


def beside(work: Coroutine[Any, Any, None]) -> None:
    """Run something in a thread of its own: Playwright's loop runs in this one."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(work)
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if raised:
        raise raised[0]


HUNG = ".panel-host [data-panel=evidence]"
"""The evidence where a headset wears it."""


async def learn(url: str) -> None:
    """Let three learners who are recorded look at the board, and answer."""
    async with AsyncExitStack() as stack:
        three = [await stack.enter_async_context(Robot(url, f"Learner {at}", patience_seconds=60))
                 for at in range(3)]  # fmt: skip
        await asyncio.gather(*(_learn(robot, at) for at, robot in enumerate(three)))


async def _learn(robot: Robot, at: int) -> None:
    await robot.do("be_recorded", on=True)
    await robot.do("begin", course="extinguisher")
    for x, z in ((0.0, 4.5), (-1.5 - at * 0.4, 3.0), (-2.5, 2.0 + at * 0.5)):
        await robot.go(x, 0, z)
        for _ in range(8):
            robot.walk(x, 0, z, math.atan2(x - BOARD[0], z - BOARD[2]), animation=0)
            await asyncio.sleep(0.2)
    await robot.do("answer", given="board")
    await robot.do("answer", given="b")


def enters(visit: Open, school: Served, ownership: Any) -> Page:
    """Let the instructor in."""
    page = visit(1000, 620, storage_state=ownership).enter(school.world("academy"))
    wait(page, "window.worldloom.me?.role === 'owner'")
    return page


def presses(headset: Headset, widget: str, done: str) -> None:
    """Press a button of the evidence by ray, again where a row that came moved it meanwhile."""
    wait(headset.page, f"document.querySelector(`{HUNG} [data-w={widget}] button`) !== null")
    for _ in range(5):
        headset.press_panel("evidence", f"[data-w={widget}] button")
        headset.frames(8)
        if headset.page.evaluate(done):
            return
    raise AssertionError(f"{widget} does nothing")


def has_scale(drawn: Colours) -> bool:
    """Tell whether the purple of the scale's middle is to be seen; the yard itself has none."""
    red, green, blue = drawn[..., 0], drawn[..., 1], drawn[..., 2]
    return int(((red > green + 40) & (blue > green + 40)).sum()) > 20


@pytest.mark.soak
def test_an_instructor_sees_where_learners_looked_and_hesitated_and_takes_it_away(
    school: Served, visit: Open, ownership: Any
) -> None:
    boss = enters(visit, school, ownership)
    headset = wear(school, visit, "academy", storage_state=ownership)
    worn = headset.page  # the same instructor
    panel = boss.locator("[data-panel=evidence]")
    boss.evaluate("worldloom.do('record', {on: true})")
    for page, x, z in ((boss, -2.2, 6.6), (worn, -1.6, 4.8)):
        page.evaluate(f"worldloom.go([{x}, 0, {z}])")
        page.evaluate("worldloom.do('wear', {avatar: '0'})")  # what chance gives may be purple
        wait(page, f"Math.abs(worldloom.me.position[0] - {x}) < 0.3")
    for page in (boss, worn):
        drawn_until(page, lambda drawn: not has_scale(drawn))
    beside(learn(school.world("academy")))
    headset.raise_wrist()
    presses(headset, "looked", f"{WORDS}.length > 0")
    wait(boss, f"{WORDS}.length > 0")
    seconds = boss.evaluate(WORDS)
    assert len(seconds) == 1 and seconds[0].endswith(" s") and float(seconds[0][:-2]) > 1
    headset.put("controller-left", (-2.2, 0.6, 5.8))  # with its panels out of the way
    for page in (boss, worn):
        drawn_until(page, has_scale)
    panel.get_by_role("button", name="Where they hesitated").click()
    wait(worn, f"{WORDS}.length === 0 && {MAPS}.length === 1")
    for page in (boss, worn):
        drawn_until(page, has_scale)
    boss.keyboard.press("Enter")  # what was said, to be scrolled by keys
    boss.get_by_role("log", name="What was said").focus()
    assert axe(boss) == []
    boss.keyboard.press("Escape")
    headset.raise_wrist()
    presses(headset, "away", f"{MAPS}.length === 0")
    wait(boss, f"{MAPS}.length === 0")
    for page in (boss, worn):
        drawn_until(page, lambda drawn: not has_scale(drawn))


def test_who_does_not_instruct_lays_no_map(school: Served, visit: Open) -> None:
    page = visit().enter(school.world("academy"))
    asks = "worldloom.do('show_evidence_map', {}).then(() => '', (error) => error.code)"
    assert page.evaluate(asks) == "not_allowed"
    assert page.locator("[data-panel=evidence]").count() == 0

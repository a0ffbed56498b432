"""Two windows are one place: they see each other, talk, and keep what they change."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served, Visit, wait
from tests.browser.pixels import drawn_until, picture, share
from tests.browser.test_things import stand
from worldloom.testing import Robot

Open = Callable[..., Visit]
PAPER = (255, 252, 244)
"""What somebody says stands over them on paper of this colour."""

MEADOW = '''"""Much room to walk, and nothing in the way."""

from worldloom import World, box

world = World("meadow")
world.spawn("grass", box(200, 1, 200), at=(0, -0.5, 0))
'''


@pytest.fixture
def meadow(tmp_path: Path) -> Iterator[Served]:
    """Serve a world in which nobody walks into anything."""
    (tmp_path / "meadow.py").write_text(MEADOW)
    server = Served(tmp_path / "realm.loom", str(tmp_path / "meadow.py"))
    server.start()
    yield server
    server.stop()


def watch(page: Page, visitor: str) -> None:
    """Note in a page, many times a second, where it sees a visitor who walks."""
    page.evaluate(
        "visitor => { const seen = (window.seen = new Map()); setInterval(() => {"
        " const other = window.worldloom.visitors()[visitor];"
        " if (other?.position && other.animation === 1)"
        "   seen.set(other.position.map((c) => c.toFixed(2)).join(), other.position); }, 40); }",
        visitor,
    )


def walks_and_is_seen(walker: Page, watcher: Page) -> None:
    """Hold a key down in one page until the other saw a way and not only its end."""
    me = walker.evaluate("window.worldloom.me.id")
    wait(watcher, f"window.worldloom.visitors()['{me}']?.position != null")
    watch(watcher, me)
    walker.keyboard.down("w")
    wait(
        watcher,
        "(([first, ...more]) => more.length >= 5 &&"
        " more.some(([x, , z]) => Math.hypot(x - first[0], z - first[2]) > 1.5))"
        "([...window.seen.values()])",
    )
    walker.keyboard.up("w")

    def apart() -> float:
        seen = watcher.evaluate(f"window.worldloom.visitors()['{me}'].position")
        return math.dist(seen, walker.evaluate("window.worldloom.me.position"))

    # Who is still walking, or seen a little past where they stopped, is there only in passing.
    looks = [apart()]
    while max(looks[-3:]) >= 0.1 or len(looks) < 3:
        assert len(looks) < 100, "one is seen elsewhere than one stands"
        watcher.wait_for_timeout(200)
        looks.append(apart())
    wait(watcher, f"window.worldloom.visitors()['{me}'].animation === 0")


def test_two_visitors_see_each_other_walk_by_a_held_key(meadow: Served, visit: Open) -> None:
    ada = visit().enter(meadow.world("meadow"))
    bob = visit().enter(meadow.world("meadow"))
    stand(ada, [4, 0, 20])
    stand(bob, [-4, 0, 20])
    walks_and_is_seen(ada, bob)
    walks_and_is_seen(bob, ada)


@contextmanager
def company(url: str, count: int, first_line: float) -> Iterator[None]:
    """Let robots stand in lines of six, a little apart from one another."""
    over, ready = threading.Event(), threading.Event()

    async def stand_there() -> None:
        async with AsyncExitStack() as stack:
            for place in range(count):
                robot = Robot(url, name=f"R{place}", patience_seconds=60)
                await stack.enter_async_context(robot)
                await robot.go(place % 6 * 1.5 - 3.75, 0.0, first_line - place // 6 * 1.2)
            ready.set()
            while not over.is_set():
                await asyncio.sleep(0.1)

    thread = threading.Thread(target=asyncio.run, args=(stand_there(),), daemon=True)
    thread.start()
    assert ready.wait(120)
    yield
    over.set()
    thread.join(20)


@pytest.mark.soak
def test_a_crowd_takes_hardly_more_draws_than_a_few_and_only_the_nearest_have_names(
    meadow: Served, visit: Open
) -> None:
    page = visit(480, 270).enter(meadow.world("meadow"), "quality=low")
    stand(page, [0, 0, 8])

    def draws(people: int) -> int:
        here = "Object.values(worldloom.visitors()).filter(v => v.position !== null).length"
        wait(page, f"{here} === {people + 1}", 90)
        page.wait_for_timeout(1500)
        return int(page.evaluate("worldloom.stats().draw_calls"))

    with company(meadow.world("meadow"), 18, 0.0):
        few = draws(18)
        with company(meadow.world("meadow"), 24, -4.0):
            assert draws(42) <= few + 2, "names, which are a draw each, are those of the nearest"
            until = time.monotonic() + 20
            while not page.workers:
                assert time.monotonic() < until, "a worker decodes the motion of so many"
                page.wait_for_timeout(100)
            said = page.evaluate("document.querySelector('.chat')?.textContent ?? ''")
            assert "R12 came in" in said and "R23 came in" not in said, "few who come are news"


def test_two_visitors_see_each_other_go(hello: Served, visit: Open) -> None:
    ada = visit().enter(hello.world("hello"))
    bob = visit().enter(hello.world("hello"))
    me = ada.evaluate("window.worldloom.me.id")
    wait(bob, f"window.worldloom.visitors()['{me}'] !== undefined")
    ada.evaluate("window.worldloom.go([2, 0, 12])")
    wait(
        bob,
        f"(p => p && Math.hypot(p[0] - 2, p[2] - 12) < 0.5)"
        f"(window.worldloom.visitors()['{me}']?.position)",
    )


def test_two_visitors_hear_each_other(hello: Served, visit: Open) -> None:
    ada = visit().enter(hello.world("hello"))
    bob = visit().enter(hello.world("hello"))
    wait(bob, "Object.keys(worldloom.visitors()).length === 2 && worldloom.stats().settled")
    x, y, z = bob.evaluate("worldloom.me.position")
    ada.evaluate("(place) => worldloom.go(place)", [x, y, z - 3])
    wait(bob, f"Object.values(worldloom.visitors()).some((they) => they.position?.[2] < {z - 2.9})")
    white = share(picture(bob), PAPER, 20)
    ada.evaluate("window.worldloom.do('say', {text: 'good evening'})")
    wait(bob, "document.body.innerText.includes('good evening')")
    drawn_until(bob, lambda seen: share(seen, PAPER, 20) > white + 0.002)  # it stands over her, too


def test_what_one_changes_the_other_sees_and_both_hashes_agree(hello: Served, visit: Open) -> None:
    owner = visit().enter(hello.owner_of("hello"))
    guest = visit().enter(hello.world("hello"))
    wait(owner, "window.worldloom.me.role === 'owner'")
    owner.evaluate(
        "window.worldloom.do('spawn', {name: 'red ball', components:"
        " {Shape: {kind: 'sphere'}, Color: {value: '#ff0000'}}, position: [0, 1, 10]})"
    )
    wait(guest, "Object.values(window.worldloom.entities()).some(e => e.name === 'red ball')")
    wait(guest, f"window.worldloom.seq >= {owner.evaluate('window.worldloom.seq')}")
    wait(owner, f"window.worldloom.seq >= {guest.evaluate('window.worldloom.seq')}")
    assert owner.evaluate("window.worldloom.stateHash()") == guest.evaluate(
        "window.worldloom.stateHash()"
    )


def test_nothing_that_was_seen_is_gone_after_kill_9_and_nobody_reloads(
    served: Served, visit: Open
) -> None:
    page = visit().enter(served.world("hello"))
    page.evaluate("window.worldloom.do('say', {text: 'remember me'})")
    seen = page.evaluate("window.worldloom.seq")
    page.evaluate("window.stillTheSamePage = true")
    served.kill()
    served.again()
    wait(page, f"window.worldloom.seq > {seen}")
    assert page.evaluate("window.stillTheSamePage")

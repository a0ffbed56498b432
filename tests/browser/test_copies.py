"""What people see of a crowd: the copies of a full world, the way across, and the queue."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served, Visit, wait
from tests.browser.test_accessible import audit

Open = Callable[..., Visit]
HALL = """
from worldloom import *

world = World("hall", "The hall")
world.use(Copies(2, most=2))
world.spawn("sky", Sky(hour=12.0))
world.spawn("floor", box(40, 1, 40), at=(0, -0.5, 0))
world.spawn("start", Spawn(radius=0.0), at=(0, 0, 2))
world.spawn("lamp", sphere(0.3), Color("#ffd27f"), at=(0, 1.2, -2))
"""


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("copies")
    (folder / "hall.py").write_text(HALL)
    server = Served(folder / "realm.loom", str(folder / "hall.py"), options=("--trust",))
    server.start()
    yield server
    server.stop()


def name_of(page: Page) -> str:
    name: str = page.evaluate("window.worldloom.me.name")
    return name


def beside(name: str) -> str:
    """Tell whether somebody is seen, and not only named."""
    return (
        "Object.values(window.worldloom.visitors())"
        f".some(v => v.name === {name!r} && v.position !== null)"
    )


@pytest.mark.soak
def test_who_is_in_another_copy_is_named_heard_and_joined_and_who_finds_no_place_waits(
    hall: Served, visit: Open
) -> None:
    url = hall.world("hall")
    ann, bob = visit(width=960, height=540).enter(url), visit().enter(url)
    cid = visit().enter(f"{url}?copy=2")
    wait(ann, beside(name_of(bob)))
    assert not ann.evaluate(beside(name_of(cid)))
    bob.evaluate("window.worldloom.do('say', {text: 'good morning, both of you'})")
    for page in (ann, cid):
        wait(page, "document.querySelector('[role=log]').innerText.includes('both of you')")
    ann.get_by_role("button", name="Who is here").click()
    row = ann.get_by_role("listitem").filter(has_text=name_of(cid))
    row.get_by_text("copy 2").wait_for()
    across = ann.get_by_role("button", name="Go across: Copy 2")
    across.wait_for()
    assert audit(ann) == []
    across.focus()
    ann.keyboard.press("Enter")
    wait(ann, beside(name_of(cid)))
    wait(cid, beside(name_of(ann)))
    wait(bob, f"!({beside(name_of(ann))})")
    ann.get_by_role("button", name="Safety …").click()
    ann.get_by_role("dialog").get_by_role("button", name="Go across: Copy 1").wait_for()
    assert audit(ann) == []

    text = visit()
    text.page.goto(f"{url}/text")
    text.page.get_by_text("You are here.").wait_for()
    people = text.page.get_by_role("region", name="Who is here")
    people.get_by_text(f"{name_of(ann)}, copy 2").wait_for()
    text.page.get_by_role("button", name="Cross", exact=True).wait_for()

    first, second = visit(), visit()
    for one, place in ((first, "You are next"), (second, "You are number 2 in the queue")):
        one.page.goto(f"{url}?quality=low")
        one.page.get_by_text(place).wait_for()
    text.page.close()
    second.page.get_by_text("You are next").wait_for()
    wait(first.page, "worldloom.me !== null")
    bob.close()
    wait(second.page, "worldloom.me !== null")
    second.page.locator(".queue").wait_for(state="hidden")

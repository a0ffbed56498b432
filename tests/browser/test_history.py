"""Promised: in the page anyone goes back to any moment, undoes their own, and lives in a fork."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served, Visit, wait

Open = Callable[..., Visit]
HELLO = Path(__file__).parents[2] / "examples" / "00_hello.py"
SIZES = {"desk": (960, 540), "phone": (360, 740)}
NAMED = "localStorage.setItem('worldloom.name', '{}')"
RED, BLUE, GREEN = "#ff0000", "#0000ff", "#00ff00"
COLOUR = (
    "name => Object.values(window.worldloom.entities())"
    ".find(e => e.name === name)?.components.Color?.value"
)
PIXEL = """async ([picture, x, y]) => {
  const image = new Image();
  image.src = 'data:image/png;base64,' + picture;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const pen = canvas.getContext('2d');
  pen.drawImage(image, 0, 0);
  return [...pen.getImageData(x, y, 1, 1).data].slice(0, 3);
}"""


class Scene:
    """A world with its owner Ada and the builder Bob, in windows of one size."""

    def __init__(self, served: Served, visit: Open, size: tuple[int, int]) -> None:
        self.served, self._visit = served, visit
        self.width, self.height = size
        self.ada = self.window("Ada", served.owner_of("hello"))
        self.bob = self.window("Bob", served.world("hello"))
        wait(self.ada, "window.worldloom.me?.role === 'owner'")
        entered = [r for r in self.records() if r.get("kind") == "Entered"]
        account = next(r["data"]["account"] for r in entered if r["data"]["name"] == "Bob")
        do(self.ada, "grant", account=account, role="builder")
        wait(self.bob, "window.worldloom.me.role === 'builder'")

    def window(self, name: str, url: str) -> Page:
        """Open a visitor's window of this scene's size."""
        one = self._visit(width=self.width, height=self.height)
        one.context.add_init_script(NAMED.format(name))
        return one.enter(url)

    def get(self, path: str) -> dict[str, Any]:
        """Ask the server as somebody who is not signed in."""
        with urlopen(f"{self.served.url}/api/worlds/{path}", timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def records(self) -> list[dict[str, Any]]:
        """Return every record of the world."""
        found: list[dict[str, Any]] = self.get("hello/events?after=0&limit=1000")["records"]
        return found


@pytest.fixture
def hello(tmp_path: Path) -> Iterator[Served]:
    """Serve the smallest example: what is tested here is the same in every world."""
    server = Served(tmp_path / "realm.loom", str(HELLO))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def scene(request: pytest.FixtureRequest, hello: Served, visit: Open) -> Scene:
    """Open a scene on a desk's screen, or on the one that a test names."""
    return Scene(hello, visit, SIZES[getattr(request, "param", "desk")])


on_a_phone_too = pytest.mark.parametrize("scene", SIZES, indirect=True)


def do(page: Page, action: str, **args: object) -> int:
    """Do an action; return its seq."""
    seq: int = page.evaluate(
        "([action, args]) => window.worldloom.do(action, args).then(({seq}) => seq)",
        [action, args],
    )
    return seq


def ball(page: Page, name: str, colour: str, at: tuple[float, float, float] = (0, 1, 10)) -> int:
    """Make a ball."""
    components = {"Shape": {"kind": "sphere"}, "Color": {"value": colour}}
    return do(page, "spawn", name=name, components=components, position=at)


def paint(page: Page, name: str, colour: str) -> int:
    """Paint a thing."""
    return do(page, "set", entity=name, component="Color", fields={"value": colour})


def becomes(page: Page, name: str, colour: str | None) -> None:
    """Wait until a thing has a colour in a page's picture of the world, or is not there."""
    wait(page, f"({COLOUR})('{name}') == {json.dumps(colour)}")


def told(page: Page, text: str) -> None:
    """Wait until the page tells something in a toast."""
    wait(page, f"document.querySelector('.toasts').innerText.includes({json.dumps(text)})")


def open_history(page: Page) -> None:
    """Open the history by its button."""
    page.get_by_role("button", name="History", exact=True).click()
    wait(page, "document.querySelector('.time-bar:not([hidden]) [role=slider]') !== null")
    wait(page, "document.querySelector('.time-bar .ticks').childElementCount > 0")


@on_a_phone_too
def test_one_undoes_only_their_own_reloads_and_redoes(scene: Scene) -> None:
    ada, bob = scene.ada, scene.bob
    ball(ada, "red ball", RED)
    ball(bob, "blue ball", BLUE)
    paint(ada, "red ball", GREEN)
    paint(bob, "blue ball", GREEN)
    ada.locator("#stage").focus()
    ada.keyboard.press("Control+z")
    told(ada, "Undone: red ball")
    for page in (ada, bob):
        becomes(page, "red ball", RED)
        becomes(page, "blue ball", GREEN)
    ada.reload()
    ada.evaluate("window.worldloom.ready")
    becomes(ada, "red ball", RED)
    ada.locator("#stage").focus()
    ada.keyboard.press("Control+y")
    told(ada, "Redone: red ball")
    for page in (ada, bob):
        becomes(page, "red ball", GREEN)
    assert ada.evaluate("window.worldloom.stateHash()") == scene.get("hello/state")["state_hash"]


def test_what_someone_else_changed_since_stays_and_is_named(scene: Scene) -> None:
    ada, bob = scene.ada, scene.bob
    ball(ada, "red ball", RED)
    paint(ada, "red ball", GREEN)
    paint(bob, "red ball", BLUE)
    open_history(ada)
    ada.locator("[data-deed=undo]").click()
    told(ada, "Kept, because others changed it since")
    told(ada, "red ball · Color (Bob)")
    becomes(ada, "red ball", BLUE)


@on_a_phone_too
def test_both_scrub_each_for_themselves_and_come_back_to_live(scene: Scene) -> None:
    ada, bob = scene.ada, scene.bob
    before = ball(ada, "red ball", RED)
    paint(ada, "red ball", GREEN)
    open_history(ada)
    slider = ada.get_by_role("slider", name="Moment of this world")
    box = slider.bounding_box()
    assert box is not None
    ada.mouse.move(box["x"] + box["width"] - 5, box["y"] + 20)
    ada.mouse.down()
    ada.mouse.move(box["x"] + 8, box["y"] + 20, steps=6)
    ada.mouse.up()
    becomes(ada, "red ball", None)
    becomes(bob, "red ball", GREEN)
    open_history(bob)
    bob.get_by_role("slider", name="Moment of this world").focus()
    bob.keyboard.press("ArrowLeft")
    wait(bob, f"window.worldloom.seq === {before}")
    becomes(bob, "red ball", RED)
    paint(ada, "red ball", BLUE)  # scripts act in the present; the past is not changed by it
    becomes(bob, "red ball", RED)
    bob.locator(".time-bar .back").click()
    becomes(bob, "red ball", BLUE)
    ada.keyboard.press("Escape")
    becomes(ada, "red ball", BLUE)
    for page in (ada, bob):
        assert page.evaluate("window.worldloom.seq") == scene.get("hello")["seq"]
        assert "seq=" not in page.url


@on_a_phone_too
def test_a_link_to_a_moment_shows_exactly_that(scene: Scene) -> None:
    then = ball(scene.ada, "red ball", RED)
    paint(scene.bob, "red ball", BLUE)
    cat = scene.window("Cat", f"{scene.served.world('hello')}?seq={then}")
    assert cat.evaluate("window.worldloom.seq") == then
    served = scene.get(f"hello/state?seq={then}")
    assert cat.evaluate("window.worldloom.stateHash()") == served["state_hash"]
    becomes(cat, "red ball", RED)
    assert cat.locator(".then").is_visible()
    records = len(scene.records())
    cat.mouse.click(scene.width / 2, scene.height / 3)  # pressing things of the past does nothing
    cat.wait_for_timeout(300)
    assert len(scene.records()) == records
    cat.reload()
    cat.evaluate("window.worldloom.ready")
    assert cat.evaluate("window.worldloom.seq") == then
    cat.locator(".time-bar .back").click()
    becomes(cat, "red ball", BLUE)


def test_a_link_past_the_newest_record_says_so_and_shows_now(scene: Scene) -> None:
    head = ball(scene.ada, "red ball", RED)
    cat = scene.window("Cat", f"{scene.served.world('hello')}?seq={head + 1000}")
    told(cat, f"has no moment {head + 1000} yet")
    becomes(cat, "red ball", RED)
    assert not cat.locator(".then").is_visible()
    assert "seq=" not in cat.url


@on_a_phone_too
def test_a_fork_from_the_past_is_lived_in_and_leaves_its_parent_alone(scene: Scene) -> None:
    ada = scene.ada
    then = ball(ada, "red ball", RED)
    head = paint(ada, "red ball", BLUE)
    open_history(ada)
    ada.evaluate("seq => window.worldloom.at(seq)", then)
    ada.locator("[data-deed=fork]").click()
    ada.get_by_role("textbox", name="A name for the fork").fill("Another way")
    ada.get_by_role("button", name="Fork from here", exact=True).last.click()
    wait(ada, "window.worldloom.world === 'another-way'")
    ada.evaluate("window.worldloom.ready")
    becomes(ada, "red ball", RED)
    paint(ada, "red ball", GREEN)
    becomes(ada, "red ball", GREEN)
    assert scene.get("hello")["seq"] == head + 1  # she has left it
    becomes(scene.bob, "red ball", BLUE)
    bob = scene.window("Bob", scene.served.world("another-way"))
    becomes(bob, "red ball", GREEN)
    open_history(bob)
    bob.evaluate("seq => window.worldloom.at(seq)", then)
    assert (
        bob.evaluate("window.worldloom.stateHash()")
        == (scene.get(f"hello/state?seq={then}")["state_hash"])
    )


@on_a_phone_too
def test_the_list_tells_who_did_what_and_can_be_filtered(scene: Scene) -> None:
    ball(scene.ada, "red ball", RED)
    paint(scene.bob, "red ball", BLUE)
    page = scene.ada
    open_history(page)
    if not page.locator(".history-drawer").is_visible():
        page.get_by_role("button", name="What happened").click()
    rows = page.locator(".entry")
    wait(page, "document.querySelector('.entry .line')?.textContent.includes('red ball')")
    assert rows.nth(0).locator(".line").inner_text() == "Bob painted the red ball"
    assert rows.nth(1).locator(".line").inner_text() == "Ada made the red ball"
    assert RED in rows.nth(0).inner_text() and BLUE in rows.nth(0).inner_text()
    page.get_by_label("Who", exact=True).select_option(label="Bob")
    wait(page, "document.querySelectorAll('.entry').length < 6")
    assert all(text.startswith("Bob") for text in page.locator(".entry .line").all_inner_texts())
    page.get_by_role("listbox", name="What happened").focus()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    assert "Bob painted the red ball" in page.locator(".detail h3").inner_text()
    page.get_by_role("button", name="Undo this").click()
    becomes(page, "red ball", RED)


def test_two_moments_are_seen_side_by_side(scene: Scene) -> None:
    ada = scene.ada
    walls = {"Shape": {"kind": "box", "size": [60, 60, 1]}, "Color": {"value": RED}}
    then = do(ada, "spawn", name="wall", components=walls, position=[0, 0, 6])
    paint(ada, "wall", BLUE)
    open_history(ada)
    ada.evaluate("seq => window.worldloom.at(seq)", then)
    ada.locator("[data-deed=compare]").click()
    wait(ada, "document.querySelector('.wipe:not([hidden])') !== null")
    assert "1 difference" in ada.locator(".then").inner_text()
    height = scene.height * 0.36
    for _ in range(20):
        ada.wait_for_timeout(200)
        left, right = (pixel(ada, scene.width * share, height) for share in (0.15, 0.45))
        if left[0] > left[2] and right[2] > right[0]:
            break
    assert left[0] > left[2], "red then"
    assert right[2] > right[0], "blue now"
    ada.locator(".time-bar .back").click()
    assert not ada.locator(".wipe").is_visible()


def test_any_two_moments_can_be_compared_by_holding_one(scene: Scene) -> None:
    ada = scene.ada
    first = ball(ada, "red ball", RED)
    second = paint(ada, "red ball", GREEN)
    ball(ada, "blue ball", BLUE)
    open_history(ada)
    ada.evaluate("seq => window.worldloom.at(seq)", second)
    ada.locator("[data-deed=compare]").click()
    ada.get_by_role("button", name="Hold").click()
    wait(ada, "document.querySelector('.then').innerText.includes('0 differences')")
    ada.evaluate("seq => window.worldloom.at(seq)", first)
    wait(ada, "document.querySelector('.then').innerText.includes('1 difference')")
    ada.get_by_role("slider", name="Divider").focus()
    ada.keyboard.press("End")
    wait(ada, "document.querySelector('.divider').getAttribute('aria-valuenow') === '96'")


def test_the_past_is_played_up_to_now(scene: Scene) -> None:
    ada = scene.ada
    seqs = []
    for number in range(4):
        seqs.append(ball(ada, f"ball {number}", RED))
        ada.wait_for_timeout(600)  # so that no frame of the clock leaps over one
    open_history(ada)
    ada.evaluate("seq => window.worldloom.at(seq)", seqs[0] - 1)
    ada.get_by_label("Speed").select_option("2")
    ada.evaluate(
        "() => { window.seen = new Set(); window.looking = setInterval("
        "() => window.seen.add(window.worldloom.seq), 5); }"
    )
    ada.get_by_role("button", name="Play", exact=True).click()
    wait(ada, "document.querySelector('.time-bar .back').hidden")
    seen = ada.evaluate("() => { clearInterval(window.looking); return [...window.seen]; }")
    assert seen == sorted(seen) and set(seqs) <= set(seen)
    becomes(ada, "ball 3", RED)


def pixel(page: Page, x: float, y: float) -> list[int]:
    """Return the colour of a point of a page as it is drawn."""
    picture = base64.b64encode(page.screenshot()).decode()
    colour: list[int] = page.evaluate(PIXEL, [picture, round(x), round(y)])
    return colour

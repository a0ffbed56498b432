"""In an emulated headset: entering, seeing, moving, pointing, taking, and being seen."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served, wait
from tests.browser.headset import Open, seen, wear
from tests.browser.pixels import screenshot

AXE = Path(__file__).parents[2] / "client/node_modules/axe-core/axe.min.js"
YARD = """
from worldloom import *

world = World("yard")
world.spawn("sky", Sky(hour=12.0))
world.spawn("start", Spawn(radius=0.0), at=(0, 0, 2))
world.spawn("ball", sphere(0.15), Body(0.5, drag=3.0), Grab(reach=6.0), Color("#e4572e"),
            at=(1.0, 0.15, 1.6))
world.spawn("bell", sphere(0.3), Annotation("Bell", "It rings."), Color("#f3c13a"),
            at=(-1.5, 1.4, -1))
world.spawn("vault", Zone("box", (3, 3, 3), role="member"), at=(5, 1, 2))
world.spawn("gate", Portal("garden", "Garden", radius=1.5), at=(-7, 0, 2))
world.spawn("wall", box(6, 3, 0.2), Color("#888888"), at=(0, 1.5, -6))

panel = world.use(Panel("Board", at="wall", place=(0.8, 1.3, 1.0), width=0.6))
start = panel.button("Start")
said = panel.text("Waiting.")

notes = world.use(Panel("Notes", at="wrist"))
notes.text("Bring a lamp.")
times = 0

@start
def begin() -> None:
    global times
    times += 1
    said.set(text=f"Started {times}")
"""
GARDEN = """
from worldloom import *

world = World("garden")
world.spawn("sky", Sky(hour=12.0))
world.spawn("start", Spawn(radius=0.0), Transform((3, 0, 1), (0.0, 1.0, 0.0, 0.0)))
"""
YELLOW = """async (url) => {
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [image.width, image.height];
  const g = canvas.getContext('2d');
  g.drawImage(image, 0, 0);
  const { data } = g.getImageData(0, 0, image.width, image.height);
  const eyes = [0, 0];
  for (let i = 0; i < data.length; i += 4)
    if (data[i] > 170 && data[i + 1] > 120 && data[i + 2] < 90)
      eyes[(i / 4) % image.width < image.width / 2 ? 0 : 1] += 1;
  return eyes;
}"""
FACTS = (
    "fetch('/api/worlds/{world}/events?after=0&limit=1000').then((r) => r.json())"
    ".then(({{records}}) => records.filter((one) => one.kind === '{kind}').length)"
)
OTHER = "Object.entries(worldloom.visitors()).find(([id]) => id !== worldloom.me.id)?.[1]"


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("headset")
    files = {"yard.py": YARD, "garden.py": GARDEN}
    for name, text in files.items():
        (folder / name).write_text(text)
    paths = [str(folder / name) for name in files]
    server = Served(folder / "realm.loom", *paths, options=("--trust",))
    server.start()
    yield server
    server.stop()


def button_of(page: Page, name: str) -> list[float]:
    """Return where a button of the board is in the world."""
    found: list[float] = page.evaluate(
        """(name) => {
          const panel = document.querySelector('[data-panel=board]');
          const all = panel.getBoundingClientRect();
          const button = [...panel.querySelectorAll('button')].find((b) => b.textContent === name);
          const box = button.getBoundingClientRect();
          const u = (box.left + box.width / 2 - all.left) / all.width;
          const v = (box.top + box.height / 2 - all.top) / all.height;
          return worldloom.panels.where('board', u, v);
        }""",
        name,
    )
    return found


def ball_at(page: Page) -> list[float]:
    """Return where the ball is shown."""
    found: list[float] = page.evaluate(
        "Object.values(worldloom.entities()).find((e) => e.name === 'ball').position"
    )
    return found


def counted(page: Page, kind: str, more_than: int, world: str = "yard") -> None:
    """Wait until there are more facts of a kind than before."""
    wait(page, f"{FACTS.format(kind=kind, world=world)}.then((count) => count > {more_than})")


def count(page: Page, kind: str, world: str = "yard") -> int:
    """Return how many facts of a kind are in the log."""
    found: int = page.evaluate(FACTS.format(kind=kind, world=world))
    return found


def test_a_headset_is_put_on_shows_the_world_and_is_taken_off(yard: Served, visit: Open) -> None:
    headset = wear(yard, visit, "yard")
    page = headset.page
    assert headset.told(".mode") == "immersive-vr"
    x, y, z = headset.told(".head")
    assert abs(x) < 0.05 and abs(y - 1.6) < 0.05 and abs(z - 2) < 0.05
    page.evaluate("window.device.remote.dispatch('end_session', {})")
    wait(page, "window.worldloom.headset === null")
    page.get_by_role("button", name="Enter VR").click()
    wait(page, "window.worldloom.headset?.frames > 5")
    assert headset.told(".head")[2] == pytest.approx(2, abs=0.05)


def test_a_page_without_a_headset_offers_none(yard: Served, visit: Open) -> None:
    page = visit().enter(yard.world("yard"))
    wait(page, "window.worldloom.me != null")
    page.wait_for_timeout(500)
    assert page.get_by_role("button", name="Enter VR").count() == 0


def test_both_eyes_see_the_world(yard: Served, visit: Open) -> None:
    headset = wear(yard, visit, "yard")
    headset.page.evaluate("window.device.stereoEnabled = true")
    headset.frames(4)
    shot = base64.b64encode(screenshot(headset.page)).decode()
    left, right = headset.page.evaluate(YELLOW, f"data:image/png;base64,{shot}")
    assert left > 100 and right > 100, (left, right)


@pytest.mark.soak
def test_hands_point_where_they_are_held(yard: Served, visit: Open) -> None:
    headset = wear(yard, visit, "yard")
    headset.put("controller-right", (0.3, 1.2, 1.6), toward=(0.3, 1.2, -4))
    origin, way = headset.told(".right.ray")
    assert max(abs(a - b) for a, b in zip(origin, (0.3, 1.2, 1.6), strict=True)) < 0.15
    assert way[2] < -0.98
    headset.point("controller-right", (4, 1.2, 1.6))
    assert headset.told(".right.ray")[1][0] > 0.98


def test_the_stick_turns_in_steps_and_an_arc_goes_where_it_ends(yard: Served, visit: Open) -> None:
    headset = wear(yard, visit, "yard")
    page = headset.page
    before = headset.told(".yaw")
    headset.flick("right", 1, 0)
    headset.frames()
    turned = headset.told(".yaw") - before
    assert abs(turned + 0.5236) < 0.02
    headset.flick("right", -1, 0)
    headset.put("controller-right", (0.3, 1.3, 1.6), toward=(0.3, 1.1, -2))
    headset.stick("right", 0, -1)
    assert headset.told(".aiming") == "right"
    headset.stick("right", 0, 0)
    wait(page, "window.worldloom.me.position[2] < 0")
    headset.frames(6)
    x, _, z = headset.place
    head = headset.told(".head")
    assert abs(head[0] - x) < 0.1 and abs(head[2] - z) < 0.1
    assert -5.9 < z


def test_the_server_refuses_a_place_and_one_stays(yard: Served, visit: Open) -> None:
    headset = wear(yard, visit, "yard")
    headset.put("controller-right", (0.3, 1.3, 2), toward=(5, 1.1, 2))
    headset.stick("right", 0, -1)
    headset.stick("right", 0, 0)
    wait(headset.page, "window.worldloom.headset.says.includes('cannot stand')")
    x, _, z = headset.place
    assert abs(x) < 0.1 and abs(z - 2) < 0.1


def test_one_goes_through_a_gate_without_taking_the_headset_off(yard: Served, visit: Open) -> None:
    headset = wear(yard, visit, "yard")
    page = headset.page
    page.evaluate("window.worldloom.go([-7, 0, 2])")
    wait(page, "window.worldloom.world === 'garden' && window.worldloom.me != null")
    headset.frames(6)
    x, _, z = headset.place
    assert [round(x), round(z)] == [3, 1]
    head = headset.told(".head")
    assert abs(head[0] - x) < 0.1 and abs(head[2] - z) < 0.1
    assert abs(abs(headset.told(".yaw")) - 3.1416) < 0.1, "one looks where one arrives"


@pytest.mark.soak
def test_the_front_page_of_a_headset_is_the_worlds_to_choose_from_by_ray(
    yard: Served, visit: Open
) -> None:
    headset = wear(yard, visit, "yard")
    page = headset.page
    headset.put("controller-right", (0.3, 1.3, 1.8))
    headset.raise_wrist()
    headset.tap("Menu")
    headset.lower_wrist()
    headset.tap("Front page")
    wait(page, "worldloom.headset.shows('garden')")
    headset.tap("garden")
    wait(page, "window.worldloom.world === 'garden' && window.worldloom.me != null")
    headset.frames(6)
    assert headset.told(".mode") == "immersive-vr", "the headset is still worn"
    assert page.evaluate("document.querySelector('dialog[open]')") is None


@pytest.mark.soak
def test_who_goes_back_to_the_front_page_itself_takes_the_headset_off_and_is_told(
    yard: Served, visit: Open
) -> None:
    page = wear(yard, visit, "yard").page
    page.evaluate("history.pushState(null, '', '/'); dispatchEvent(new PopStateEvent('popstate'))")
    wait(page, "window.worldloom.headset === null")
    page.get_by_role("button", name="Enter", exact=True).wait_for()
    wait(page, "document.querySelector('.toasts').innerText.includes('headset is off')")


def test_one_glides_where_one_looks_and_a_wall_stops_it(yard: Served, visit: Open) -> None:
    headset = wear(yard, visit, "yard")
    page = headset.page
    page.evaluate("localStorage.setItem('worldloom.headset', 'hand:right moving:smooth')")
    page.reload()
    wait(page, "window.worldloom?.me != null && window.worldloom.stats().settled")
    page.get_by_role("button", name="Enter VR").click()
    wait(page, "window.worldloom.headset?.frames > 5")
    headset.stick("left", 0, -1)
    wait(page, "window.worldloom.me.position[2] < 1")
    assert headset.told(".dark") > 0.2
    wait(page, "window.worldloom.me.position[2] < -5.4")
    page.wait_for_timeout(1500)
    wait(page, "window.worldloom.headset.dark > 0.8")
    gliding = seen(page)
    headset.stick("left", 0, 0)
    assert headset.place[2] > -5.9
    wait(page, "window.worldloom.headset.dark === 0")
    standing = seen(page)
    for corner in ((0, 0), (0, -20), (-20, 0), (-20, -20)):
        edge = tuple(slice(at, at + 20 or None) for at in corner)
        assert gliding[edge].mean() < 0.3 * standing[edge].mean(), "the edges are dark meanwhile"


@pytest.mark.soak
def test_how_one_likes_it_is_chosen_by_keyboard_and_remembered(yard: Served, visit: Open) -> None:
    page = visit(700, 900).enter(yard.world("yard"))
    wait(page, "window.worldloom.me != null")
    page.get_by_role("button", name="Menu").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Headset", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_label("Hand that points").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_label("I sit").focus()
    page.keyboard.press("Space")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run('dialog').then(({ violations }) => violations)")
    serious = [one["id"] for one in found if one["impact"] in ("serious", "critical")]
    assert serious == []
    page.reload()
    wait(page, "window.worldloom?.me != null")
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Headset", exact=True).click()
    assert page.get_by_label("Hand that points").input_value() == "left"
    assert page.get_by_label("I sit").is_checked()


@pytest.mark.soak
def test_who_sits_and_points_by_the_left_hand_sees_from_standing_height(
    yard: Served, visit: Open
) -> None:
    headset = wear(yard, visit, "yard")
    page = headset.page
    page.evaluate(
        "localStorage.setItem('worldloom.headset', 'hand:left moving:smooth turning:snap seated')"
    )
    page.evaluate("sessionStorage.clear()")
    page.reload()
    wait(page, "window.worldloom?.me != null && window.worldloom.stats().settled")
    page.evaluate("window.device.position.set(0, 1.15, 0)")
    page.get_by_role("button", name="Enter VR").click()
    wait(page, "window.worldloom.headset?.frames > 5")
    assert abs(headset.told(".head")[1] - headset.place[1] - 1.6) < 0.03
    before = headset.told(".yaw")
    headset.flick("left", 1, 0)
    assert abs(headset.told(".yaw") - before + 0.5236) < 0.03
    feet = headset.place
    headset.stick("right", 0, -1)
    wait(page, f"Math.abs(window.worldloom.me.position[0] - {feet[0]}) > 0.3")
    headset.stick("right", 0, 0)


def test_a_trigger_clicks_what_its_ray_is_on(yard: Served, visit: Open) -> None:
    headset = wear(yard, visit, "yard")
    before = count(headset.page, "Click")
    headset.put("controller-right", (0.3, 1.3, 1.6), toward=(-1.5, 1.4, -1))
    headset.press("right", "trigger")
    counted(headset.page, "Click", before)


def test_a_pinch_clicks_calls_the_menu_upward_and_goes_where_the_ground_is(
    yard: Served, visit: Open
) -> None:
    headset = wear(yard, visit, "yard")
    page = headset.page
    headset.bare()
    before = count(page, "Click")
    headset.put("hand-right", (0.2, 1.3, 1.6), toward=(-1.5, 1.4, -1))
    headset.pinch("right", 1)
    headset.pinch("right", 0)
    counted(page, "Click", before)
    stood = headset.place
    headset.put("hand-left", (-0.5, 0.8, 2.2))
    assert not headset.told(".wrist"), "the other hand hangs"
    for hung in (True, False):  # a long pinch upward calls the menu, another sends it away
        headset.point("hand-right", (0.2, 3, 1.5))
        headset.pinch("right", 1)
        wait(page, f"window.worldloom.headset.wrist === {json.dumps(hung)}")
        assert headset.told(".aiming") is None, "nobody wants to go up there"
        headset.pinch("right", 0)
    headset.frames(6)
    assert headset.place == stood
    headset.point("hand-right", (1.2, 0.8, 0.2))
    headset.pinch("right", 1)
    assert headset.told(".aiming") == "right"
    headset.pinch("right", 0)
    wait(page, "window.worldloom.me.position[2] < 1")


def test_a_ray_and_a_fingertip_press_a_button_of_a_panel(yard: Served, visit: Open) -> None:
    headset = wear(yard, visit, "yard")
    page = headset.page
    x, y, z = button_of(page, "Start")
    headset.put("controller-right", (0.3, 1.3, 1.7), toward=(x, y, z))
    headset.press("right", "trigger")
    said = "document.querySelector('[data-panel=board]').textContent.includes('Started {}')"
    wait(page, said.format(1))
    headset.bare()
    headset.touch("right", (x, y, z + 0.045))
    headset.touch("right", (x, y, z + 0.004))
    headset.touch("right", (x, y, z + 0.05))
    wait(page, said.format(2))


def test_a_hand_takes_the_ball_and_throws_it(yard: Served, visit: Open) -> None:
    headset = wear(yard, visit, "yard")
    page = headset.page
    wait(page, "window.worldloom.headset && worldloom.stats().settled")
    taken, thrown = count(page, "Grabbed"), count(page, "Released")
    headset.put("controller-right", (0.4, 1.2, 1.9), toward=ball_at(page))
    headset.button("right", "squeeze", 1)
    counted(page, "Grabbed", taken)
    for step in range(6):
        headset.put("controller-right", (0.4, 1.2 + 0.1 * step, 1.9 - 0.15 * step))
    assert ball_at(page)[1] > 0.4
    headset.button("right", "squeeze", 0)
    counted(page, "Released", thrown)


def test_two_see_each_others_heads_and_hands(yard: Served, visit: Open) -> None:
    one = wear(yard, visit, "yard")
    two = wear(yard, visit, "yard")
    two.page.evaluate("window.worldloom.go([1.5, 0, 2])")
    for page in (one.page, two.page):
        wait(page, f"{OTHER}?.reaches")
    one.put("controller-right", (0.35, 1.35, 1.62))
    one.put("controller-left", (-0.3, 1.1, 1.65))
    for at, side in enumerate(("left", "right")):
        x, y, z = one.told(f".{side}.place")
        wrist = f"({OTHER}?.wrists?.[{at}] ?? [9, 9, 9])"
        near = f"Math.hypot({wrist}[0] - {x}, {wrist}[1] - {y}, {wrist}[2] - {z}) < 0.05"
        wait(two.page, near)
    one.page.evaluate("window.device.remote.dispatch('end_session', {})")
    wait(two.page, f"{OTHER}?.reaches === false")


@pytest.mark.soak
def test_the_wrist_turns_one_and_takes_the_headset_off(yard: Served, visit: Open) -> None:
    headset = wear(yard, visit, "yard")
    page = headset.page
    assert not headset.told(".wrist")
    headset.put("controller-left", (-0.1, 1.35, 1.55))
    assert headset.told(".wrist")
    before = headset.told(".yaw")
    wait(page, "(worldloom.panels.where('notes', 0.5, 0.5) ?? [0, 0])[1] > 1")
    assert page.evaluate("worldloom.panels.where('notes', 0.5, 0.5)")[1] < 1.5, "under the menu"
    headset.put("controller-right", (0.35, 1.3, 1.7))
    headset.aim_at("Turn ↷")
    headset.press("right", "trigger")
    headset.frames()
    assert abs(headset.told(".yaw") - before + 0.7854) < 0.05
    headset.aim_at("Leave")
    headset.button("right", "trigger", 1)
    headset.let_go("right", "trigger")
    wait(page, "window.worldloom.headset === null")


def test_one_says_something_by_the_keyboard_that_hangs_before_one(
    yard: Served, visit: Open
) -> None:
    headset = wear(yard, visit, "yard")
    page = headset.page
    said = count(page, "Said")
    headset.put("controller-right", (0.3, 1.3, 1.8))
    headset.raise_wrist()
    headset.tap("Say …")
    wait(page, "window.worldloom.headset.keys")
    headset.put("controller-left", (-0.5, 0.8, 2.2))
    for key in ("h", "⇧", "I", "#é!", "⇧", "!", "é"):
        headset.tap(key)
    headset.tap("Enter")
    counted(page, "Said", said)
    wait(page, "document.querySelector('.chat').textContent.includes('hI!é')")
    assert not headset.told(".keys")


@pytest.mark.soak
def test_a_headset_with_a_keyboard_of_its_own_gets_the_field_and_none_of_ours(
    yard: Served, visit: Open
) -> None:
    headset = wear(yard, visit, "yard")
    page = headset.page
    page.evaluate("window.device.remote.dispatch('end_session', {})")
    wait(page, "window.worldloom.headset === null")
    page.evaluate(
        "Object.defineProperty(XRSession.prototype, 'isSystemKeyboardSupported',"
        " { get: () => true })"
    )
    page.get_by_role("button", name="Enter VR").click()
    wait(page, "window.worldloom.headset?.frames > 5")
    headset.put("controller-right", (0.3, 1.3, 1.8))
    headset.raise_wrist()
    headset.tap("Say …")
    headset.lower_wrist()
    headset.tap("What do you say?")
    wait(page, "document.activeElement?.closest('dialog') !== null")
    assert not headset.told(".keys")
    said = count(page, "Said")
    page.keyboard.type("Grüße, 世界")  # as the system's keyboard writes: into the focused field
    page.keyboard.press("Enter")
    counted(page, "Said", said)
    wait(page, "document.querySelector('.chat').textContent.includes('Grüße, 世界')")


def test_what_the_page_says_hangs_before_one(yard: Served, visit: Open) -> None:
    headset = wear(yard, visit, "yard")
    headset.put("controller-right", (0.3, 1.3, 1.6), toward=(-1.5, 1.4, -1))
    wait(headset.page, "window.worldloom.headset.says.includes('Bell')")
    headset.point("controller-left", (-0.25, 0, 1.2))
    headset.point("controller-right", (4, 3, 1))
    wait(headset.page, "window.worldloom.headset.says === ''")

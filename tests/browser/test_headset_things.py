"""In an emulated headset: what has a picture is seen, and what has none is tried by use."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page

import worldloom
from tests.browser import test_headset, test_headset_more
from tests.browser.conftest import Served, wait
from tests.browser.headset import Headset, Open, Vector, wear
from tests.browser.pixels import Colours, screenshot, share
from tests.browser.test_headset import count, counted
from tests.browser.test_senses import LISTEN, tone
from tools.make_clip import encode
from worldloom import Component
from worldloom.studio.vrm import make_vrm

MAGENTA, GREEN, RED = (255, 0, 255), (32, 208, 64), (220, 40, 40)
DRAW = f"(c, t, w, h) => {{ c.fillStyle = 'rgb{RED}'; c.fillRect(0, 0, w, h); }}"
UNLIT = 'Color("#ff00ff", glow=1.0)'
Sight = Callable[[Colours], bool]


def of(colour: tuple[int, int, int], least: float = 0.05, reach: int = 80) -> Sight:
    """Return a check that so large a share of the pixels has a colour."""
    return lambda seen: share(seen, colour, reach) >= least


def pink(seen: Colours) -> NDArray[np.bool_]:
    """Return which pixels are of a magenta thing, or of a grey one in magenta light."""
    red, green, blue = seen[..., 0], seen[..., 1], seen[..., 2]
    return (red > green + 40) & (blue > green + 40)


def upright(seen: Colours) -> bool:
    """Tell whether what is pink is higher than wide."""
    return bool(pink(seen).any(1).sum() > 2 * pink(seen).any(0).sum() > 0)


def as_wide(seen: Colours) -> bool:
    """Tell whether what is pink is about as wide as high."""
    return bool(pink(seen).any(0).sum() > 0.6 * pink(seen).any(1).sum() > 0)


def rosy(seen: Colours) -> bool:
    """Tell whether a good part of it is pink."""
    return bool(pink(seen).mean() > 0.02)


DRAWN: Mapping[str, tuple[str, Sight]] = {
    "Shape": (f"sphere(0.5), {UNLIT}", rosy),
    "Color": ('box(0.8, 0.8, 0.2), Color("#20d040", glow=1.0)', of(GREEN)),
    "Transform": (f"box(1.0, 0.2, 0.2), {UNLIT}, turn=(0.0, 0.0, 0.7071, 0.7071)", upright),
    "Billboard": (f"box(0.9, 0.9, 0.05), {UNLIT}, Billboard(), turn=(0, 0.7071, 0, 0.7071)",
                  as_wide),
    "Model": ('model("body.vrm"), lower=0.9', of((200, 0, 140), 0.01, 90)),
    "Text": ('Text("MMM", size=0.4, color="#ff00ff")', of(MAGENTA, 0.02)),
    "Light": ('box(0.9, 0.9, 0.1), Color("#808080"), lamp=True', rosy),
    "Portal": ('Portal("elsewhere", color="#ff00ff"), lower=0.4, scale=0.3',
               of(MAGENTA, 0.005, 120)),
    "Annotation": ('Annotation("Here")', of((242, 166, 75), 0.002, 40)),
    "Image": ('image("red.png", width=0.9)', of(RED)),
    "Video": ('video("film.webm", width=0.9)', of(RED)),
    "Screen": ('screen("film.webm", width=0.9)', of(RED)),
    "Heat": ("heat(np.tile(np.linspace(0.5, 1, 8), (8, 1))), turn=(0.7071, 0.0, 0.0, 0.7071)",
             of((253, 231, 37), 0.02, 60)),
    "Path": ('path([(-0.4, 0, 0), (0.4, 0, 0)], width=0.3, color="#20d040")',
             of((60, 220, 90), 0.02)),
    "Instances": ('instances(np.zeros((1, 3)), colors=[(1.0, 0.0, 0.0)], shape=box(0.8, 0.8, 0.1))',
                  of((200, 30, 30), 0.05)),
    "Particles": ('Particles(600, "#ff00ff", 0.2, area=(0.6, 0.6, 0.1), glow=False)',
                  of((230, 30, 230), 0.05, 90)),
}  # fmt: skip
"""Component → how a thing that has it is declared, and what is seen of it."""

ROW, APART_M, FAR_M = 4, 1.7, 4.4
WORLD = """
import numpy as np
from worldloom import *

world = World("gallery")
world.spawn("sky", Sky(hour=12, clouds=0.0))
world.spawn("start", Spawn(radius=0.0), at=(0, 0, 4))
world.spawn("ground", box(60, 0.2, 60), Color("#8fa37e"), at=(0, -0.1, 0))

def show(place, *parts, turn=(0.0, 0.0, 0.0, 1.0), lower=0.0, scale=1.0, lamp=False):
    x, y, z = place
    whole = (scale, scale, scale)
    thing = world.spawn(f"{x} {y}", *parts, Transform((x, y - lower, z), turn, whole))
    if Heat in thing:
        thing.update(Heat, size=(0.9, 0.9), legend=False)
    if lamp:
        world.spawn("lamp", Light(color="#ff00ff", intensity=60.0), at=(x, y, z + 0.5))

PLACED
world.spawn("ring", Zone("box", (2, 4, 2)), at=(30, 1, 0))
"""
DEN = """
from typing import Annotated

from msgspec import Meta

from worldloom import *

Points = Annotated[tuple[tuple[float, float], ...], Meta(max_length=64)]

world = World("den")
world.spawn("sky", Sky(hour=12, clouds=0.0))
world.spawn("start", Spawn(radius=0.0), Transform((0, 0, -2), (0.0, 1.0, 0.0, 0.0)))
world.spawn("ground", box(60, 0.2, 60), Color("#8fa37e"), at=(0, -0.1, 0))
world.spawn("cart", box(0.4, 0.4, 0.4), Push(), Color("#b5651d"), at=(1.4, 0.2, 0))
world.spawn("safe", box(0.3, 0.3, 0.3), Guard((("click", "member"),)), at=(0.5, 0.6, 0))
world.spawn("fern", sphere(0.2), Use("water", "Water", (("litres", "2"),)), at=(-0.4, 0.6, 0))
world.spawn("slate", box(0.8, 0.6, 0.05), Color("#f4f1e8"), Sketch("draw", 0.8, 0.6, 0.03),
            Transform((0.2, 1.5, 0.2), (0.0, 1.0, 0.0, 0.0)))
world.spawn("lamp", sphere(0.15), Body(0.5, drag=3.0), Grab(reach=6.0), Color("#e4572e"),
            Joint("rope", there=(-1.2, 2.0, 0), most=0.8), at=(-1.2, 1.2, 0))
world.spawn("hum", Sound("file:hum.wav", reach=6.0), at=(25, 1, 0))


@world.action
def draw(points: Points) -> None:
    world.spawn("stroke", path([(x, y, 0.04) for x, y in points], width=0.02, color="#22252a"),
                parent=world["slate"])


@world.action
def water(litres: float = 1.0) -> None:
    world["fern"][Color] = Color("#20d040" if litres == 2 else "#d02020")
"""
FITTING = """
from worldloom import *

world = World("fitting")
world.spawn("sky", Sky(hour=12, clouds=0.0))
world.spawn("start", Spawn(radius=0.0), at=(0, 0, 0))
world.spawn("ground", box(60, 0.2, 60), Color("#8fa37e"), at=(0, -0.1, 0))
world.spawn("glass", Mirror(1.3, 2.6), at=(0, 1.3, -1.5))
world.spawn("body", model("body.vrm"), at=(0, 0, 40))
"""


def places() -> dict[str, tuple[float, float, float]]:
    """Return where each thing hangs: in rows before one who stands 4 m south of the middle."""
    rows = -(-len(DRAWN) // ROW)
    return {
        name: ((i % ROW - (ROW - 1) / 2) * APART_M, (rows - 0.5 - i // ROW) * APART_M + 0.6, 0.0)
        for i, name in enumerate(DRAWN)
    }


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("gallery")
    placed = "\n".join(f"show({place}, {DRAWN[name][0]})" for name, place in places().items())
    (folder / "gallery.py").write_text(WORLD.replace("PLACED", placed))
    (folder / "film.webm").write_bytes(encode(chromium, DRAW, seconds=4, rate=5))
    (folder / "body.vrm").write_bytes(make_vrm(cloth=(1.0, 0.0, 0.7)))
    page = chromium.new_page(viewport={"width": 64, "height": 64})
    page.set_content("<body style='margin:0;background:rgb(220,40,40)'>")
    page.screenshot(path=folder / "red.png")
    page.close()
    (folder / "fitting.py").write_text(FITTING)
    (folder / "den.py").write_text(DEN)
    (folder / "hum.wav").write_bytes(tone())
    files = [str(folder / name) for name in ("gallery.py", "fitting.py", "den.py")]
    server = Served(folder / "realm.loom", *files, options=("--guests", "make"))
    server.start()
    yield server
    server.stop()


DECODE = """async (data) => {
  const image = new Image();
  image.src = `data:image/png;base64,${data}`;
  await image.decode();
  const { width, height } = image;
  const g = new OffscreenCanvas(width, height).getContext('2d');
  g.drawImage(image, 0, 0);
  const { data: bytes } = g.getImageData(0, 0, width, height);
  let text = '';
  for (let i = 0; i < bytes.length; i += 8192)
    text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return [width, height, btoa(text)];
}"""


def seen(page: Page) -> Colours:
    """Return what the eyes are shown: (height, width, 3), 0 to 255."""
    data = base64.b64encode(screenshot(page)).decode()
    wide, high, flat = page.evaluate(DECODE, data)
    pixels = np.frombuffer(base64.b64decode(flat), np.uint8)
    return pixels.reshape(high, wide, 4)[:, :, :3].astype(np.int16)


def until(page: Page, true: Callable[[Colours], object], what: str, tries: int = 100) -> Colours:
    """Return the first picture that shows something; fail when none of many does."""
    for _ in range(tries):
        drawn = seen(page)
        if true(drawn):
            return drawn
        page.wait_for_timeout(200)
    raise AssertionError(f"the headset never showed {what}")


def part(drawn: Colours, eye: list[float], place: tuple[float, float, float]) -> Colours:
    """Return what is drawn round a place, for an eye that looks north and sees 90° in height."""
    high, wide = drawn.shape[:2]
    k = high / 2 / (eye[2] - place[2])
    x = wide / 2 + (place[0] - eye[0]) * k
    y = high / 2 - (place[1] - eye[1]) * k
    r = APART_M / 2 * k
    return drawn[max(0, int(y - r)) : int(y + r), max(0, int(x - r)) : int(x + r)]


def components() -> set[str]:
    """Return the names of all components that authors have."""
    every = (getattr(worldloom, name) for name in dir(worldloom))
    return {one.__name__ for one in every if isinstance(one, type) and issubclass(one, Component)}


def look(headset: Headset, eye: tuple[float, float, float], at: tuple[float, float, float]) -> None:
    """Stand somewhere and look at a place; who goes far takes the room along, so twice."""
    x, y, z = eye
    for _ in range(2):
        headset.put_quickly("headset", eye, at)
    for side in ("left", "right"):
        headset.put(f"controller-{side}", (x, y - 1.5, z + 2))


def test_all_that_has_a_picture_is_seen_in_a_headset_and_oneself_in_a_mirror(
    gallery: Served, visit: Open
) -> None:
    assert components() - {"Component"} == {*DRAWN, *TRIED}, "a component has no row"
    headset = wear(gallery, visit, "gallery", width=400, height=400)
    page = headset.page
    page.evaluate("document.querySelector('#ui').hidden = true")
    middle = (len(DRAWN) // ROW) * APART_M / 2 + 0.6
    look(headset, (0, middle, FAR_M), (0, middle, 0))
    eye = headset.told(".head")
    for name, place in places().items():
        sight = DRAWN[name][1]
        until(page, lambda drawn: sight(part(drawn, eye, place)), name)  # noqa: B023
    drawn = seen(page)
    top, low = drawn[:20].mean((0, 1)), drawn[-20:].mean((0, 1))
    assert top[2] > top[0] + 40 and low[1] > low[2] + 20, "the sky is blue, the ground is green"


DRESS = """() => {
  const vrm = Object.values(worldloom.entities()).find(({ components }) => components.Model)
    .components.Model.asset;
  return worldloom.do('wear', { vrm });
}"""


def stands_out(drawn: Colours) -> bool:
    """Tell whether something stands in the middle of the mirror, before the even ground."""
    middle, beside = drawn[60:105, 153:167], drawn[60:105, 124:138]
    return bool(np.abs(middle - beside).max(-1).mean() > 25)


@pytest.mark.soak
def test_a_mirror_shows_ones_own_figure_and_body_which_the_eye_does_not_see(
    gallery: Served, visit: Open
) -> None:
    headset = wear(gallery, visit, "fitting", width=320, height=180, quality="medium")
    page = headset.page
    page.evaluate("document.querySelector('#ui').hidden = true")
    headset.put_quickly("headset", (0, 1.6, 0), (0, 1.1, -1.5))
    wait(page, "worldloom.visitors()[worldloom.me.id].reaches")
    until(page, stands_out, "one's figure in the mirror")
    page.evaluate(DRESS)
    until(page, lambda drawn: pink(drawn).mean() > 0.002, "one's body in the mirror")
    headset.put_quickly("headset", (0, 1.6, 0), (0, 0.2, 0.6))
    headset.frames(2)
    assert pink(seen(page)).mean() < 0.0003, "the eye looks through its own body"


@pytest.mark.soak
def test_one_walks_into_a_zone_and_out_of_it_in_a_headset(gallery: Served, visit: Open) -> None:
    headset = wear(gallery, visit, "gallery", width=400, height=300)
    page = headset.page
    page.evaluate("worldloom.go([30, 0, 3])")
    wait(page, "worldloom.me.position[0] > 29")
    headset.frames(6)
    entered, left = (count(page, kind, "gallery") for kind in ("ZoneEntered", "ZoneLeft"))
    for z in (2.4, 1.8, 1.2, 0.6, 0.2):
        headset.put("headset", (30, 1.6, z))
    counted(page, "ZoneEntered", entered, "gallery")
    for z in (0.8, 1.4, 2.0, 2.6):
        headset.put("headset", (30, 1.6, z))
    counted(page, "ZoneLeft", left, "gallery")


def named(name: str) -> str:
    """Return the expression of an entity by its name."""
    return f"Object.values(worldloom.entities()).find((e) => e.name === '{name}')"


def press(headset: Headset, place: Vector) -> None:
    """Press what is at a place of the den by ray and trigger, from two metres before it."""
    headset.put("controller-right", (-0.2, 1.3, -1.7), toward=place)
    headset.press("right", "trigger")


@pytest.mark.soak
@pytest.mark.frames
def test_what_has_no_picture_of_its_own_is_tried_by_use_in_a_headset(
    gallery: Served, visit: Open
) -> None:
    headset = wear(gallery, visit, "den", scripts=(LISTEN,), width=400, height=300)
    page = headset.page
    x, _, z = headset.told(".head")
    assert abs(x) < 0.05 and abs(z + 2) < 0.05, "one arrives where Spawn is"
    assert abs(abs(headset.told(".yaw")) - 3.1416) < 0.1, "and looks the way it looks"
    press(headset, (1.4, 0.2, 0))
    wait(page, f"{named('cart')}.position[2] > 0.2")
    press(headset, (-0.4, 0.6, 0))
    wait(page, f"{named('fern')}.components.Color?.value === '#20d040'")
    clicks = count(page, "Click", "den")
    press(headset, (0.5, 0.6, 0))
    wait(page, "worldloom.headset.says.includes('member')")
    assert count(page, "Click", "den") == clicks, "a Guard keeps the hand off"
    headset.put("controller-right", (-0.2, 1.3, -1.7), toward=(0.45, 1.4, 0.17))
    headset.button("right", "trigger", 1)
    for step in range(1, 7):
        headset.point("controller-right", (0.45 - 0.08 * step, 1.4 + 0.04 * step, 0.17))
    headset.button("right", "trigger", 0)
    wait(page, f"{named('stroke')}?.components.Path != null")
    headset.put("controller-right", (-0.5, 1.3, -1.6), toward=(-1.2, 1.2, 0))
    taken, let = (count(page, kind, "den") for kind in ("Grabbed", "Released"))
    headset.button("right", "squeeze", 1)
    counted(page, "Grabbed", taken, "den")
    for step in range(5):
        headset.put("controller-right", (-0.5, 1.3 + 0.06 * step, -1.6))
    headset.button("right", "squeeze", 0)
    counted(page, "Released", let, "den")
    lamp = f"{named('lamp')}.position"
    wait(page, f"Math.hypot({lamp}[0] + 1.2, {lamp}[1] - 1.2, {lamp}[2]) < 0.15")
    assert page.evaluate(f"{lamp}[1]") > 1, "a Joint holds it where else it would fall"
    assert page.evaluate("window.heard()") < 0.0005
    page.evaluate("worldloom.go([25, 0, 1])")
    wait(page, "window.heard() > 0.01")
    page.evaluate("worldloom.go([0, 0, -2])")
    wait(page, "window.heard() < 0.0005")


TRIED: Mapping[str, Callable[..., None]] = {
    "Body": test_headset.test_a_hand_takes_the_ball_and_throws_it,
    "Grab": test_headset.test_a_hand_takes_the_ball_and_throws_it,
    "Mirror": test_a_mirror_shows_ones_own_figure_and_body_which_the_eye_does_not_see,
    "Seat": test_headset_more.test_one_sits_down_on_what_the_ray_is_on_and_a_step_stands_up,
    "Sky": test_all_that_has_a_picture_is_seen_in_a_headset_and_oneself_in_a_mirror,
    "Zone": test_one_walks_into_a_zone_and_out_of_it_in_a_headset,
} | dict.fromkeys(
    ("Guard", "Joint", "Push", "Sketch", "Sound", "Spawn", "Use"),
    test_what_has_no_picture_of_its_own_is_tried_by_use_in_a_headset,
)
"""What hangs in no row of the gallery, and the test that tries it in a headset."""

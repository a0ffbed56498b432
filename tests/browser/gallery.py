"""Worlds in which every component that authors have is seen, or is tried by use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Browser

import worldloom
from tests.browser.conftest import Served
from tests.browser.pixels import Colours, share
from tests.browser.test_senses import tone
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
WALL, WALLS_APART_M = 16, 24.0
MIDDLE_M = WALL // ROW * APART_M / 2 + 0.6
"""The height of a wall's middle."""
WORLD = """
import numpy as np
from worldloom import *

world = World("gallery")
world.spawn("sky", Sky(hour=12, clouds=0.0))
world.spawn("start", Spawn(radius=0.0), at=(0, 0, 4))
world.spawn("ground", box(240, 0.2, 60), Color("#8fa37e"), at=(90, -0.1, 0))

def show(place, *parts, turn=(0.0, 0.0, 0.0, 1.0), lower=0.0, scale=1.0, lamp=False):
    x, y, z = place
    whole = (scale, scale, scale)
    thing = world.spawn(f"{x} {y}", *parts, Transform((x, y - lower, z), turn, whole))
    if Heat in thing:
        thing.update(Heat, size=(0.9, 0.9), legend=False)
    if lamp:
        world.spawn("lamp", Light(color="#ff00ff", intensity=60.0), at=(x, y, z + 0.5))

PLACED
world.spawn("ring", Zone("box", (2, 4, 2)), at=(-20, 1, 0))
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


def walls() -> Iterator[tuple[float, dict[str, tuple[float, float, float]]]]:
    """Yield where each wall's middle is from west to east, and where each of its things hangs."""
    names = [*DRAWN]
    top = MIDDLE_M + (WALL // ROW - 1) * APART_M / 2
    for first in range(0, len(names), WALL):
        east = first // WALL * WALLS_APART_M
        yield (
            east,
            {
                name: (east + (i % ROW - (ROW - 1) / 2) * APART_M, top - i // ROW * APART_M, 0.0)
                for i, name in enumerate(names[first : first + WALL])
            },
        )


def served_gallery(folder: Path, chromium: Browser) -> Iterator[Served]:
    """Serve the gallery, the den and the fitting room."""
    hung = ((DRAWN[name][0], place) for _, wall in walls() for name, place in wall.items())
    placed = "\n".join(f"show({place}, {parts})" for parts, place in hung)
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


def components() -> set[str]:
    """Return the names of all components that authors have."""
    every = (getattr(worldloom, name) for name in dir(worldloom))
    return {one.__name__ for one in every if isinstance(one, type) and issubclass(one, Component)}

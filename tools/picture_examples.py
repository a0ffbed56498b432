"""Take the pictures of the examples for the documentation: each is run, something is done, click.

    python -m tools.picture_examples               # all that have something to see
    python -m tools.picture_examples 00 08         # some of them

Writes docs/pictures/examples/*; `tools/generate_docs.py` then shows them on the examples' pages.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tools.screenshot import FLAGS, find_chromium, serve, wait_until_drawn
from worldloom.testing import Robot
from worldloom.testing.fixtures import Server

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
PICTURES = ROOT / "docs" / "pictures" / "examples"
SIZE = (960, 540)
QUALITY = 82
WAVE = 3
Act = Callable[[str, AsyncExitStack], Awaitable[None]]


@dataclass(frozen=True)
class Scene:
    """What a picture shows: a world, what is done in it, the hour, where we stand."""

    world: str
    act: Act | None = None
    file: str = ""
    hour: float = 15.5
    at: tuple[float, float, float] = (-1.7, 0.0, 0.8)
    quality: str = "high"


async def light(url: str, stack: AsyncExitStack) -> None:
    """Ada lights the lantern and stays."""
    ada = await stack.enter_async_context(Robot(url, name="Ada"))
    await ada.go(1.2, 0.0, -1.4)
    await ada.do("click", entity="lantern")
    ada.walk(1.2, 0.0, -1.4, -2.6, WAVE)


async def colour(url: str, stack: AsyncExitStack) -> None:
    """The balls get colours of their own."""
    ada = await stack.enter_async_context(Robot(url, name="Ada"))
    for ball, clicks in ((1, 2), (3, 1), (4, 3)):
        for _ in range(clicks):
            await ada.do("click", entity=f"ball {ball}")
    await ada.go(1.6, 0.0, -1.2)


async def talk(url: str, stack: AsyncExitStack) -> None:
    """Echo, the robot of the example, greets Ada."""
    echo = subprocess.Popen([sys.executable, str(EXAMPLES / "04_robot.py"), url])
    stack.callback(echo.wait)
    stack.callback(echo.kill)
    ada = await stack.enter_async_context(Robot(url, name="Ada", patience_seconds=30))
    await ada.wait_until(lambda r: any(v.name == "Echo" for v in r.visitors().values()))
    await ada.go(1.5, 0.0, -0.4)
    await ada.say("Hello, Echo!")
    while (await ada.heard()).text != "Hello, Ada!":
        pass


async def ring(url: str, stack: AsyncExitStack) -> None:
    """Ada rings the bell."""
    ada = await stack.enter_async_context(Robot(url, name="Ada"))
    await ada.go(1.1, 0.0, -1.2)
    await ada.do("click", entity="bell")


async def count(url: str, stack: AsyncExitStack) -> None:
    """Three count together."""
    for name, x, clicks in (("Ada", -1.9, 7), ("Bob", 1.9, 6), ("Cleo", 1.2, 5)):
        robot = await stack.enter_async_context(Robot(url, name=name))
        await robot.go(x, 0.0, -1.6)
        for _ in range(clicks):
            await robot.do("click", entity="post")
    await asyncio.sleep(0.5)


async def build(url: str, stack: AsyncExitStack) -> None:
    """Three things are placed by the form's action."""
    ada = await stack.enter_async_context(Robot(url, name="Ada"))
    for x, shape, colour in (
        (-1.2, "box", "blue"),
        (0.4, "cone", "red"),
        (1.8, "sphere", "yellow"),
    ):
        await ada.go(x, 0.0, -1.0)
        await ada.do("place", shape=shape, colour=colour)
    await ada.go(2.6, 0.0, -1.4)


async def fit(url: str, stack: AsyncExitStack) -> None:
    """Ada tries on the figure of clay and waves at herself in the mirror."""
    ada = await stack.enter_async_context(Robot(url, name="Ada"))
    await ada.do("click", entity="figure of clay")
    await ada.go(0.5, 0.0, -2.3)
    ada.walk(0.5, 0.0, -2.3, 0.0, WAVE)


SCENES = {
    "00_hello": Scene("hello", light, hour=18.2),
    "01_colours": Scene("colours", colour),
    "02_clock": Scene("clock"),
    "03_model": Scene("gallery"),
    "04_robot": Scene("hello", talk, file="00_hello.py"),
    "05_http": Scene("garden"),
    "06_request": Scene("doorbell", ring),
    "08_counter": Scene("counter", count),
    "10_fork": Scene("stall"),
    "12_dashboard": Scene("dashboard"),
    "13_form": Scene("yard", build, at=(1.8, 0.0, 2.6)),
    "14_seats": Scene("seats", at=(-2.4, 0.0, 3.0)),
    "15_throwing": Scene("throwing", at=(-2.0, 0.0, 3.0)),
    "17_zone": Scene("zone", at=(-2.0, 0.0, 3.0)),
    "18_instances": Scene("flock", at=(-2.0, 0.0, 6.0), quality="low"),
    "19_heat": Scene("kiln", at=(-1.4, 0.0, 0.2)),
    "20_graph": Scene("plan", at=(-2.0, 0.0, 3.0)),
    "21_vrm_mirror": Scene("fitting", fit, at=(-0.9, 0.0, 0.6)),
}
SHOWROOM = """from worldloom import World, model

world = World("showroom", title="What was exported")
world.spawn("export", model("gallery.glb"), at=(0, 0, -3))
"""


@contextmanager
def acting(act: Act | None, url: str) -> Iterator[None]:
    """Let the robots do their part, and stay until the picture is taken."""
    over, done = threading.Event(), threading.Event()

    async def play() -> None:
        async with AsyncExitStack() as stack:
            if act is not None:
                await act(url, stack)
            done.set()
            while not over.is_set():
                await asyncio.sleep(0.1)

    thread = threading.Thread(target=asyncio.run, args=(play(),), daemon=True)
    thread.start()
    if not done.wait(60):
        sys.exit(f"nobody came to {url}")
    try:
        yield
    finally:
        over.set()
        thread.join(20)


def shoot(page: Page, server: Server, scene: Scene, name: str) -> None:
    """Enter a scene's world and save its picture."""
    url = server.world(scene.world)
    page.goto(f"{url}?quality={scene.quality}&hour={scene.hour}")
    wait_until_drawn(page, 1.0)
    with acting(scene.act, url):
        page.evaluate("place => window.worldloom.go(place)", list(scene.at))
        wait_until_drawn(page, 2.5)
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(
            path=PICTURES / f"{name}.jpg", quality=QUALITY, type="jpeg", timeout=120_000
        )


def show_export(page: Page) -> None:
    """Picture 07: what the example wrote stands in another world."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        server = Server(Path(folder, "a.loom"), str(EXAMPLES / "03_model.py"), options=("--trust",))
        server.start().stop()
        command = [sys.executable, str(EXAMPLES / "07_export.py"), str(Path(folder, "a.loom"))]
        subprocess.run([*command, "gallery", str(Path(folder, "gallery.glb"))], check=True)
        Path(folder, "showroom.py").write_text(SHOWROOM)
        shown = stack.enter_context(serve(str(Path(folder, "showroom.py"))))
        shoot(page, shown, Scene("showroom"), "07_export")


def draw_replay() -> None:
    """Picture 09: the example draws it itself."""

    async def push(url: str) -> None:
        async with Robot(url, name="Ada") as ada:
            for way in ([1, 0, 0], [0, 0, -1], [1, 0, 1], [-1, 0, 0], [0, 0, 1]):
                await ada.do("push", entity="ball", direction=way, speed=3.0)
                await asyncio.sleep(1.0)

    with serve() as server:
        asyncio.run(push(server.world("plaza")))
        target = str(PICTURES / "09_replay.svg")
        command = [sys.executable, str(EXAMPLES / "09_replay.py"), server.world("plaza")]
        subprocess.run([*command, "ball", target], check=True)


def main() -> int:
    """Take the pictures that were asked for, or all."""
    wanted = sys.argv[1:]
    asked = [name for name in SCENES if not wanted or name[:2] in wanted]
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
        for name in asked:
            scene = SCENES[name]
            with serve(str(EXAMPLES / (scene.file or f"{name}.py"))) as server:
                shoot(page, server, scene, name)
            print(f"wrote {name}.jpg", flush=True)
        if not wanted or "07" in wanted:
            show_export(page)
        browser.close()
    if not wanted or "09" in wanted:
        draw_replay()
    return 0


if __name__ == "__main__":
    sys.exit(main())

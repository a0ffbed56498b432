"""Take a picture of a world: for the README, the docs and the examples.

    python tools/screenshot.py docs/pictures/plaza.png --hour 16.5 --people 4 --size 1200 675
    python tools/screenshot.py lantern.png --file examples/00_hello.py

Starts `loom run` on a realm of its own, enters with Chromium on software rendering, waits until
everything is loaded, and stops the server again.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Page, sync_playwright

from worldloom.presence.wardrobe import PRESETS
from worldloom.testing import Robot
from worldloom.testing.fixtures import Server

CHROMIUM = ("/usr/lib/chromium/chromium", "/usr/bin/chromium", "/usr/bin/chromium-browser")
FLAGS = (
    "--no-sandbox --disable-gpu-sandbox --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync "
    "--disable-dev-shm-usage --use-gl=angle --use-angle=gl-egl --ignore-gpu-blocklist"
).split()


class Person(NamedTuple):
    """Who stands where in the picture: metres, radians, what they do, and their avatar."""

    name: str
    x: float
    z: float
    yaw: float
    animation: int
    avatar: str


IDLE, WALK, WAVE = 0, 1, 3
LOOK = "Nia"
"""Whose clothes we wear ourselves, so that a picture taken again shows the same."""
PEOPLE = (
    Person("Mei", -1.0, 11.0, 3.5, WAVE, PRESETS["Mei"]),
    Person("Omar", 3.2, 10.6, -1.3, IDLE, PRESETS["Omar"]),
    Person("Lena", 4.3, 10.3, 1.5, IDLE, PRESETS["Lena"]),
    Person("Kofi", -3.5, 11.6, 2.6, WALK, PRESETS["Kofi"]),
)


def find_chromium() -> str:
    """Return Chromium's binary."""
    for path in (os.environ.get("WORLDLOOM_CHROMIUM"), *CHROMIUM):
        if path and Path(path).is_file():
            return path
    sys.exit("no Chromium here; name its binary in WORLDLOOM_CHROMIUM")


@contextmanager
def serve(*files: str) -> Iterator[Server]:
    """Run a server on a fresh realm, and stop it."""
    with tempfile.TemporaryDirectory() as folder:
        loom = os.environ.get("WORLDLOOM_LOOM")
        server = Server(Path(folder, "picture.loom"), *files, options=("--trust",), loom=loom)
        try:
            yield server.start()
        finally:
            server.stop()


@contextmanager
def company(url: str, people: int) -> Iterator[None]:
    """Let some robots stand in the world while the picture is taken."""
    over = threading.Event()
    arrived = threading.Barrier(2)

    async def stand() -> None:
        async with AsyncExitStack() as stack:
            robots = [
                await stack.enter_async_context(Robot(url, name=person.name, avatar=person.avatar))
                for person in PEOPLE[:people]
            ]
            for robot, person in zip(robots, PEOPLE, strict=False):
                await robot.go(person.x, 0.0, person.z)
            arrived.wait(30)
            while not over.is_set():
                for robot, person in zip(robots, PEOPLE, strict=False):
                    robot.walk(person.x, 0.0, person.z, person.yaw, person.animation)
                await asyncio.sleep(0.5)

    thread = threading.Thread(target=asyncio.run, args=(stand(),), daemon=True)
    thread.start()
    arrived.wait(30)
    yield
    over.set()
    thread.join(10)


def wait_until_drawn(page: Page, seconds: float) -> None:
    """Wait until the world is ready and has been drawn for some seconds."""
    page.wait_for_function("() => window.worldloom", timeout=60_000)
    page.evaluate("() => window.worldloom.ready")
    page.wait_for_function("() => window.worldloom.stats().settled", timeout=120_000)
    page.wait_for_timeout(seconds * 1000)


def take(page: Page, url: str, arguments: argparse.Namespace) -> None:
    """Enter a world, stand where asked, and save the picture."""
    hour = "" if arguments.hour is None else f"&hour={arguments.hour}"
    page.goto(f"{url}?quality={arguments.quality}{hour}")
    wait_until_drawn(page, 0.0)
    if arguments.at:
        page.evaluate("place => window.worldloom.go(place)", arguments.at)
    wait_until_drawn(page, arguments.wait)
    Path(arguments.output).parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=arguments.output)


def main() -> int:
    """Parse the command line and take the picture."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("output")
    parser.add_argument("--file", help="a world file; without it, the plaza")
    parser.add_argument("--url", help="a world that is served already")
    parser.add_argument("--world", default=None, help="its name, when the file names another")
    parser.add_argument("--hour", type=float, help="hour of the day, 0 to 24")
    parser.add_argument("--at", type=float, nargs=3, metavar=("X", "Y", "Z"))
    parser.add_argument("--size", type=int, nargs=2, default=(1280, 720))
    parser.add_argument(
        "--wait", type=float, default=3.0, help="seconds to draw before it is taken"
    )
    parser.add_argument("--quality", default="high", choices=("auto", "low", "medium", "high"))
    parser.add_argument("--people", type=int, default=0, help="how many others stand there")
    arguments = parser.parse_args()
    width, height = arguments.size
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": width, "height": height})
        page.add_init_script(f"localStorage.setItem('worldloom.avatar', '{PRESETS[LOOK]}  chosen')")
        if arguments.url:
            with company(arguments.url, arguments.people):
                take(page, arguments.url, arguments)
        else:
            with serve(*([arguments.file] if arguments.file else [])) as server:
                place = server.world(arguments.world or "plaza")
                with company(place, arguments.people):
                    take(page, place, arguments)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

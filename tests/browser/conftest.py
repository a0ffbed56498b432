"""A real server and Debian's Chromium for the tests of what people see."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from worldloom.testing.fixtures import Server

SHELL = "/usr/lib/chromium/chromium-headless-shell"
CHROMIUM = os.environ.get(
    "WORLDLOOM_CHROMIUM", SHELL if Path(SHELL).exists() else "/usr/lib/chromium/chromium"
)
FLAGS = (
    "--no-sandbox --disable-gpu-sandbox --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync "
    "--disable-dev-shm-usage --disable-gpu-compositing "
    "--use-gl=angle --use-angle=gl-egl --ignore-gpu-blocklist --enable-features=WebMCP"
).split()
"""WebMCP is there and off as Debian packs it; a page uses it only where it is asked to."""
PATIENCE_S = 60.0
"""No test is about time: what comes late on a busy machine has come."""
UNTIL_WE_END = """
import os, signal, subprocess, sys
subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
sys.stdin.read()
os.killpg(0, signal.SIGTERM)
"""
"""Starts a command, and ends it and what it started when whoever asked is no more."""
PIXELS_MAX = 400_000
"""A larger window has half as many pixels each way: what stands where is the same, and drawing
them in software would take longer than all else."""
CALM = """
const draw = requestAnimationFrame.bind(window);
const due = new Map();
let timer = 0;
let turn = '';
let shown = -Infinity;
const skips = (gl) => {
  if (turn === 'begun') {
    const now = performance.now();
    turn = now - shown < 900 ? 'skipped' : 'drawn';
    if (turn === 'drawn') shown = now;
  }
  return turn === 'skipped' && !gl.target;
};
const GL = WebGL2RenderingContext.prototype;
const { bindFramebuffer } = GL;
GL.bindFramebuffer = function (target, buffer) {
  if (target !== GL.READ_FRAMEBUFFER) this.target = buffer;
  bindFramebuffer.call(this, target, buffer);
};
const draws = 'clear drawArrays drawElements drawArraysInstanced drawElementsInstanced '
  + 'blitFramebuffer';
for (const name of draws.split(' ')) {
  const plain = GL[name];
  GL[name] = function (...args) {
    if (!skips(this)) plain.apply(this, args);
  };
}
let last = 0;
let livelyUntil = 3000;
const frame = (now) => {
  timer = 0;
  turn = 'begun';
  const all = [...due];
  due.clear();
  for (const [, next] of all) {
    try {
      next(now);
    } catch (error) {
      reportError(error);
    }
  }
  turn = '';
};
const soon = () => {
  timer ||= setTimeout(() => draw(frame), performance.now() < livelyUntil ? 60 : 400);
};
window.requestAnimationFrame = (next) => {
  due.set(++last, next);
  soon();
  return last;
};
window.cancelAnimationFrame = (id) => due.delete(id);
const stir = () => {
  const asleep = performance.now() >= livelyUntil;
  livelyUntil = performance.now() + 800;
  if (!asleep || !timer) return;
  clearTimeout(timer);
  timer = 0;
  soon();
};
addEventListener('show', () => {
  shown = -Infinity;
  stir();
});
const hints = 'keydown keyup pointerdown pointermove pointerup wheel input';
for (const kind of hints.split(' ')) addEventListener(kind, stir, true);
const Plain = WebSocket;
window.WebSocket = class extends Plain {
  constructor(...address) {
    super(...address);
    this.addEventListener('message', stir);
  }
  send(data) {
    stir();
    super.send(data);
  }
};
"""
"""Lets a page run a dozen frames a second, and fewer while nothing happens in it, and draw one: in
software it would take a whole core from the pages and servers beside it. What is drawn for later
use, such as shadows, is drawn always. What is marked `frames` needs more.
"""
POLICED = """
addEventListener('securitypolicyviolation', ({ disposition, violatedDirective, blockedURI }) => {
  if (disposition === 'enforce')
    console.error(`Content Security Policy: ${violatedDirective} ${blockedURI}`);
});
"""
"""Says what a page's own policy kept it from; Chromium itself says so as well, but not of all."""
SMALL = "innerWidth <= 430 && matchMedia('(pointer: coarse)').matches"
AUDITED = "'axe' in window && window.worldloom?.world != null"
HELLO = Path(__file__).parents[2] / "examples" / "00_hello.py"
LOOPBACK = re.compile(r"(https?|wss?)://(localhost|127\.0\.0\.1)[:/]|data:|blob:")


class Served(Server):
    """A server of the installed wheel, and the way in for its owner."""

    def __init__(
        self,
        realm: Path,
        *files: str,
        options: tuple[str, ...] = (),
        limits: Mapping[str, float] | None = None,
    ) -> None:
        """Set other limits only where a test must: the source tree serves then, not the wheel."""
        installed = None if limits is not None else os.environ.get("WORLDLOOM_LOOM")
        super().__init__(realm, *files, options=options, limits=limits, loom=installed)

    def owner_of(self, world: str) -> str:
        """Return the address by which the owner enters a world for the first time."""
        until = time.monotonic() + 10
        while not self.claim and time.monotonic() < until:
            time.sleep(0.05)
        return f"{self.world(world)}#{self.claim.split('#')[1]}"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Serve a fresh realm with the smallest example in it, where it does not matter which world.

    Drawn in software, a frame of the plaza takes as long as four of it.
    """
    server = Served(tmp_path / "realm.loom", str(HELLO))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def default_realm(tmp_path: Path) -> Iterator[Served]:
    """Serve a fresh default realm."""
    server = Served(tmp_path / "realm.loom")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Served]:
    """Serve a default realm whose guests may visit and no more."""
    server = Served(tmp_path / "realm.loom", options=("--guests", "visit"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def plaza(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve one default realm for all tests of a module that leave each other alone."""
    server = Served(tmp_path_factory.mktemp("plaza") / "realm.loom")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def hello(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the smallest example for all tests of a module that leave each other alone."""
    server = Served(tmp_path_factory.mktemp("hello") / "realm.loom", str(HELLO))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def ownership(plaza: Served, chromium: Browser) -> Any:
    """Claim the plaza and return its owner's cookies, for `visit(storage_state=…)`."""
    return claim(plaza.owner_of("plaza"), chromium)


@pytest.fixture(scope="module")
def hello_ownership(hello: Served, chromium: Browser) -> Any:
    """Claim the smallest example and return its owner's cookies."""
    return claim(hello.owner_of("hello"), chromium)


def claim(url: str, chromium: Browser) -> Any:
    """Enter a world as its owner, and return the cookies."""
    context = chromium.new_context(viewport={"width": 320, "height": 180})
    page = Visit(context, context.new_page()).enter(url)
    wait(page, "window.worldloom.me?.role === 'owner'")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture(scope="session")
def chromium_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start Debian's Chromium, drawing in software, once for all files of a worker.

    A browser that starts has every shader to make again: seconds of the first page in it.
    """
    settings = tmp_path_factory.mktemp("chromium") / "settings.json"
    settings.write_text(json.dumps({"executablePath": CHROMIUM, "args": FLAGS}))
    start = (sys.executable, "-m", "playwright", "launch-server", "--browser", "chromium")
    with subprocess.Popen(
        [sys.executable, "-c", UNTIL_WE_END, *start, "--config", str(settings)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("ws://"), "Chromium did not start"
        yield address
        process.stdin.close()


@pytest.fixture(scope="module")
def chromium(chromium_address: str) -> Iterator[Browser]:
    """Talk to the worker's Chromium.

    Once a file and not once for all: Playwright keeps an event loop running in this thread, and
    other tests start their own.
    """
    with sync_playwright() as play:
        browser = play.chromium.connect(chromium_address)
        yield browser
        browser.close()


def wait(page: Page, true: str, seconds: float = PATIENCE_S) -> None:
    """Wait until an expression is true in the page, whose policy forbids to compile one there."""
    until = time.monotonic() + seconds
    pause_ms = 30
    while not _is(page, true):
        assert time.monotonic() < until, f"it did not come true: {true}"
        page.wait_for_timeout(pause_ms)
        # Each look takes time from the page that is looked at.
        pause_ms = min(pause_ms + 20, 200)


def _is(page: Page, true: str) -> bool:
    """Evaluate in a page, which may be on its way to the next one."""
    try:
        return bool(page.evaluate(true))
    except Error as error:
        if "Execution context was destroyed" not in error.message:
            raise
        return False


@dataclass
class Visit:
    """One visitor's window.

    Every request to another host, every error of a page and all that its own policy kept it from
    fail the test.
    """

    context: BrowserContext
    page: Page
    strangers: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    policed: list[str] = field(default_factory=list)
    tried: set[tuple[str, str]] = field(default_factory=set)
    """Which worlds were entered on what: a kit's demo is called as the kit is."""

    def __post_init__(self) -> None:
        """Hear of all pages of the window what their policy kept them from."""
        self.context.add_init_script(POLICED)
        self.context.on("console", lambda said: self._hear(said.text))

    def _hear(self, said: str) -> None:
        # That a frame may not show a page of ours is what the policy of that page is for.
        if "Content Security Policy" in said and not said.startswith("Framing "):
            self.policed.append(said)

    @classmethod
    def open(
        cls, chromium: Browser, width: int, height: int, *, calm: bool = True, **options: Any
    ) -> Visit:
        """Open the window of someone who was never here."""
        if width * height > PIXELS_MAX:
            options = {"device_scale_factor": 0.5, **options}
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(PATIENCE_S * 1000)
        if calm:
            context.add_init_script(CALM)
        one = cls(context, context.new_page())
        one._watch()
        return one

    def _watch(self) -> None:
        """Keep what the page must not do."""
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on(
            "request",
            lambda request: (
                None if LOOPBACK.match(request.url) else self.strangers.append(request.url)
            ),
        )

    def again(self) -> None:
        """Close the page and open an empty one of the same visitor, who keeps what was fetched."""
        self.page.close()
        self.page = self.context.new_page()
        self._watch()

    def enter(self, url: str, query: str = "quality=low") -> Page:
        """Open a page and wait until the world stands."""
        join = "&" if "?" in url else "?"
        head, _, anchor = url.partition("#")
        self.page.goto(f"{head}{join}{query}" + (f"#{anchor}" if anchor else ""))
        wait(self.page, "window.worldloom !== undefined")
        self.page.evaluate("window.worldloom.ready")
        self.tries("phone" if self.page.evaluate(SMALL) else "desktop")
        return self.page

    def tries(self, screen: str) -> None:
        """Take note that the world that one is in is tried on a screen, or by axe."""
        self.tried.add((self.page.evaluate("window.worldloom.world"), screen))

    def close(self) -> None:
        """Close the window, once it is known whether axe was in it."""
        if not self.page.is_closed() and self.page.evaluate(AUDITED):
            self.tries("axe")
        self.context.close()

    def check(self) -> None:
        """Fail where a page did what it must not."""
        assert not self.strangers, "a request left for another host"
        assert not self.errors, "the page threw"
        assert not self.policed, "the page's own policy kept it from something"


@pytest.fixture
def visit(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[object]:
    """Return a function that opens a new visitor's window."""
    calm = request.node.get_closest_marker("frames") is None
    visits: list[Visit] = []

    def open_window(width: int = 640, height: int = 360, **options: Any) -> Visit:
        visits.append(Visit.open(chromium, width, height, calm=calm, **options))
        return visits[-1]

    yield open_window
    for one in visits:
        one.close()
    for one in visits:
        one.check()
    if (claim := request.node.get_closest_marker("tried")) is not None:
        missing = untried(claim.args, [one.tried for one in visits])
        assert not missing, f"the test is marked so, and did not try {missing}"


def untried(claim: Sequence[str], tried: Iterable[set[tuple[str, str]]]) -> list[str]:
    """Return on which screens of a mark (kit, then screens) nobody entered the kit's demo."""
    kit, *screens = claim
    done = set().union(*tried)
    return [screen for screen in screens if (kit, screen) not in done]

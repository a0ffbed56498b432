"""A real server and Debian's Chromium for the tests of what people see."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = os.environ.get("WORLDLOOM_CHROMIUM", "/usr/lib/chromium/chromium")
FLAGS = (
    "--no-sandbox --disable-gpu-sandbox --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync "
    "--disable-dev-shm-usage --use-gl=angle --use-angle=gl-egl --ignore-gpu-blocklist"
).split()
READY = re.compile(r"ready (http://\S+/)")
OWNER = re.compile(r"owner (http://\S+)")


def loom() -> list[str]:
    """Return the command line that starts the installed `loom`."""
    named = os.environ.get("WORLDLOOM_LOOM") or shutil.which(
        "loom", path=str(Path(sys.executable).parent)
    )
    return [named] if named else [sys.executable, "-m", "worldloom"]


@dataclass
class Served:
    """A running server and how to reach, kill and restart it."""

    realm: Path
    files: tuple[str, ...] = ()
    port: int = 0
    url: str = ""
    owner: str = ""
    process: subprocess.Popen[str] | None = None
    lines: list[str] = field(default_factory=list)

    def start(self) -> Served:
        """Start the server and wait until it says that it is ready."""
        command = [
            *loom(),
            "run",
            *self.files,
            "--realm",
            str(self.realm),
            "--port",
            str(self.port),
        ]
        if self.files:
            command.append("--trust")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        fresh = not self.realm.exists()
        found = READY.match(self.process.stdout.readline())
        assert found, "the first line must say ready"
        self.url = found[1]
        self.port = int(self.url.rsplit(":", 1)[1].strip("/"))
        if fresh or not self.owner:
            line = OWNER.match(self.process.stdout.readline()) if fresh else None
            self.owner = line[1] if line else self.owner
        return self

    def kill(self) -> None:
        """Kill the server with -9."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> int:
        """Stop the server cleanly and return its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        if self.process.stdout:
            self.process.stdout.close()
        return code


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Serve a fresh default realm."""
    server = Served(tmp_path / "realm.loom").start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium once, drawing in software."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Visit:
    """One visitor's window; every request to another host and every page error fails the test."""

    context: BrowserContext
    page: Page
    strangers: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def enter(self, url: str, query: str = "quality=low") -> Page:
        """Open a page and wait until the world stands."""
        join = "&" if "?" in url else "?"
        head, _, anchor = url.partition("#")
        self.page.goto(f"{head}{join}{query}" + (f"#{anchor}" if anchor else ""))
        self.page.wait_for_function("window.worldloom", timeout=30_000)
        self.page.evaluate("window.worldloom.ready")
        return self.page


@pytest.fixture
def visit(chromium: Browser) -> Iterator[object]:
    """Return a function that opens a new visitor's window."""
    visits: list[Visit] = []

    def open_window(width: int = 640, height: int = 360) -> Visit:
        context = chromium.new_context(viewport={"width": width, "height": height})
        one = Visit(context, context.new_page())
        one.page.on("pageerror", lambda error: one.errors.append(str(error)))
        one.page.on(
            "request",
            lambda request: (
                None
                if re.match(
                    r"(https?|wss?)://(localhost|127\.0\.0\.1)[:/]|data:|blob:", request.url
                )
                else one.strangers.append(request.url)
            ),
        )
        visits.append(one)
        return one

    yield open_window
    for one in visits:
        one.context.close()
        assert not one.strangers, "a request left for another host"
        assert not one.errors, "the page threw"

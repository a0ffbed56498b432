"""Take a picture of a world: for the README, the docs and the examples.

    python tools/screenshot.py docs/pictures/plaza.png --hour 17.5
    python tools/screenshot.py lantern.png --file examples/00_hello.py

Starts `loom run` on a realm of its own, enters with Chromium on software rendering, waits until
everything is loaded, and stops the server again.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

CHROMIUM = ("/usr/lib/chromium/chromium", "/usr/bin/chromium", "/usr/bin/chromium-browser")
FLAGS = (
    "--no-sandbox --disable-gpu-sandbox --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync "
    "--disable-dev-shm-usage --use-gl=angle --use-angle=gl-egl --ignore-gpu-blocklist"
).split()

# What a person does in the page's menu: the picture's quality and the hour of day.
CHOOSE = """({quality, hour}) => {
  const pick = document.querySelector(`select:has(option[value="${quality}"])`);
  if (pick) { pick.value = quality; pick.dispatchEvent(new Event('change')); }
  const range = document.querySelector('input[type=range][max="24"]');
  if (range && hour !== null) { range.value = hour; range.dispatchEvent(new Event('input')); }
}"""


def find_chromium() -> str:
    """Return Chromium's binary."""
    for path in (os.environ.get("WORLDLOOM_CHROMIUM"), *CHROMIUM):
        if path and Path(path).is_file():
            return path
    sys.exit("no Chromium here; name its binary in WORLDLOOM_CHROMIUM")


@contextmanager
def serve(file: str | None) -> Iterator[str]:
    """Run a server on a fresh realm and yield its address."""
    beside = Path(sys.executable).parent / "loom"
    loom = os.environ.get("WORLDLOOM_LOOM") or str(beside) or shutil.which("loom") or "loom"
    with tempfile.TemporaryDirectory() as folder:
        command = [loom, "run", *([file] if file else []), "--port", "0"]
        command += ["--realm", str(Path(folder, "picture.loom"))]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                line = process.stdout.readline().split()
                if line[:1] != ["ready"]:
                    sys.exit("the server did not start")
                yield line[1]
            finally:
                process.terminate()
                process.wait(20)


def wait_until_drawn(page: Page, seconds: float) -> None:
    """Wait until the world is ready and has been drawn for some seconds."""
    page.wait_for_function("() => window.worldloom", timeout=60_000)
    page.evaluate("() => window.worldloom.ready")
    page.wait_for_function("() => window.worldloom.stats().settled", timeout=120_000)
    page.wait_for_timeout(seconds * 1000)


def take(page: Page, url: str, arguments: argparse.Namespace) -> None:
    """Enter a world, stand where asked, and save the picture."""
    page.goto(url)
    wait_until_drawn(page, arguments.wait)
    page.evaluate(CHOOSE, {"quality": arguments.quality, "hour": arguments.hour})
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
    arguments = parser.parse_args()
    width, height = arguments.size
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": width, "height": height})
        if arguments.url:
            take(page, arguments.url, arguments)
        else:
            with serve(arguments.file) as url:
                world = arguments.world or "plaza"
                take(page, f"{url}w/{world}", arguments)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

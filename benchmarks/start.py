"""How long until one stands in the place? Import, ready, first frame, and the bytes of it.

Run with `python benchmarks/start.py [--json] [--rounds 3] [--install]`; the peer of each step is
printed beside it: an empty Python, a bare HTTP server, an empty page in the same Chromium.
"""

from __future__ import annotations

import argparse
import gzip
import http.server
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from worldloom.testing.fixtures import Server

CHROMIUM = os.environ.get("WORLDLOOM_CHROMIUM") or "/usr/lib/chromium/chromium"
FLAGS = (
    "--no-sandbox --disable-gpu-sandbox --disable-quic --no-first-run --disable-sync "
    "--disable-background-networking --disable-component-update --disable-dev-shm-usage "
    "--use-gl=angle --use-angle=gl-egl --ignore-gpu-blocklist"
).split()
FIRST_FRAME = "performance.getEntriesByType('mark').find(m => m.name === 'first-frame')?.startTime"
PAINT = "performance.getEntriesByName('first-paint')[0]?.startTime ?? null"
BARE = (
    "import http.server as h; s = h.HTTPServer(('127.0.0.1', 0), h.BaseHTTPRequestHandler);"
    "print('ready', flush=True)"
)


def seconds_of(run: Callable[[], object]) -> float:
    """Return how long a call takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def python(code: str) -> Callable[[], object]:
    """Return a call that runs a line in a new Python."""
    return lambda: subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def ready_seconds() -> float:
    """Return the time from the command to its first line, on a fresh realm."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "realm.loom")
        try:
            return seconds_of(server.start)
        finally:
            server.stop()


def first_frame_ms(browser: Browser, url: str, expression: str) -> float:
    """Return milliseconds from navigation to a mark, with a warm cache (second visit)."""
    context = browser.new_context(viewport={"width": 640, "height": 360})
    page = context.new_page()
    found = 0.0
    for _ in range(2):
        page.goto(url)
        until = time.monotonic() + 60
        value = None
        while value is None:
            assert time.monotonic() < until, "no frame was drawn"
            page.wait_for_timeout(50)
            value = page.evaluate(expression)
        found = float(value)
    context.close()
    return found


def serve_nothing() -> http.server.HTTPServer:
    """Serve an empty page for the browser's own limit."""

    class Empty(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<p>hello</p>")

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Empty)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def page_bytes() -> dict[str, int]:
    """Return gzip bytes of the scripts that the page asks for at once, and of the plaza."""
    root = Path(__file__).parents[1] / "worldloom"
    index = (root / "static" / "index.html").read_text()
    names = [p.name for p in (root / "static" / "assets").glob("*.js") if p.name in index]
    scripts = sum(
        len(gzip.compress((root / "static" / "assets" / name).read_bytes())) for name in names
    )
    plaza = len(gzip.compress((root / "kits/plaza/baked/plaza.glb").read_bytes()))
    return {"initial_js_gzip_bytes": scripts, "plaza_gzip_bytes": plaza}


def install() -> dict[str, object]:
    """Install the wheel and all it needs from files on this disk into a fresh environment.

    Asks the package index once before, outside the measured time.
    """
    root = Path(__file__).parents[1]
    with tempfile.TemporaryDirectory() as folder:
        wheels, venv = Path(folder) / "wheels", Path(folder) / "venv"
        pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        lock = ["--no-deps", "-r", str(root / "requirements.lock")]
        subprocess.run([*pip, "download", "--dest", str(wheels), *lock], check=True)
        build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels)]
        subprocess.run([*build, str(root)], check=True, env={**os.environ, "PYTHONWARNINGS": ""})
        made = next(wheels.glob("worldloom-*.whl"))
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        own = [str(venv / "bin" / "python"), "-m", "pip", "--quiet", "install", "--no-deps"]
        before = _bytes_below(venv)
        files = [str(path) for path in wheels.iterdir()]
        seconds = seconds_of(lambda: subprocess.run([*own, "--no-index", *files], check=True))
        return {
            "benchmark": "install",
            "install_s": round(seconds, 1),
            "wheel_bytes": made.stat().st_size,
            "installed_bytes": _bytes_below(venv) - before,
        }


def _bytes_below(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def measure(rounds: int) -> dict[str, object]:
    """Run every step some times and return the medians."""

    def median(run: Callable[[], float]) -> float:
        return round(statistics.median(run() for _ in range(rounds)), 3)

    found: dict[str, object] = {"benchmark": "start", "rounds": rounds}
    found["python_s"] = median(lambda: seconds_of(python("pass")))
    found["import_s"] = median(lambda: seconds_of(python("import worldloom")))
    found["bare_server_s"] = median(lambda: seconds_of(python(BARE)))
    found["ready_s"] = median(ready_seconds)
    nothing = serve_nothing()
    with sync_playwright() as play, tempfile.TemporaryDirectory() as folder:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        empty = f"http://127.0.0.1:{nothing.server_port}/"
        found["empty_page_ms"] = median(lambda: first_frame_ms(browser, empty, PAINT))
        server = Server(Path(folder) / "realm.loom").start()
        page = server.world("plaza") + "?quality=low"
        found["first_frame_ms"] = median(lambda: first_frame_ms(browser, page, FIRST_FRAME))
        server.stop()
        browser.close()
    nothing.shutdown()
    return {**found, **page_bytes()}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--install", action="store_true", help="measure the installation instead")
    asked = parser.parse_args()
    found = install() if asked.install else measure(asked.rounds)
    if asked.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:24} {value}")


if __name__ == "__main__":
    main()

"""How far apart are two people in a film? A synced screen in two pages, sampled by one clock.

Run with `python benchmarks/film.py [--json] [--seconds 20]`. Two browsers enter one world, in
software rendering; the film of its screen is played, paused and played again from elsewhere. Both
write down where their film is, and the two are laid over each other by the machine's one clock.
Peers, in the same browsers: two plain `<video>`s that begin at the same moment and are left alone;
and the limit, how far one plain film strays from a straight line, which no steering can better.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.panels import CHROMIUM, FLAGS
from tools.make_clip import encode
from worldloom.testing.fixtures import Server

FILM_SECONDS: Final = 60
SETTLE_SECONDS: Final = 8.0
"""Corrections by the rate alone take so long at most."""
WORLD = """
from worldloom import Spawn, Transform, World, screen

world = World("cinema")
world.spawn("start", Spawn(radius=0.01), Transform((0, 0, 2)))
world.spawn("screen", screen("film.webm", title="Film"), at=(0, 1.8, -4))
"""
DRAW = """(c, t, w, h) => {
  c.fillStyle = `hsl(${Math.floor(t / 5) * 50} 60% 50%)`;
  c.fillRect(0, 0, w, h);
  c.fillStyle = '#fff';
  c.fillRect((t * 20) % w, h - 6, 6, 6);
}"""
SOUND = "(t) => Math.sin(2 * Math.PI * 330 * t) * 0.2"
OURS = "() => window.worldloom.stats().films[0].position"
PLAIN = "() => document.querySelector('video').currentTime"
SAMPLE = """([read, seconds]) => new Promise((resolve) => {
  const look = eval(read);
  const found = [];
  const until = performance.now() + seconds * 1000;
  const turn = () => {
    found.push([performance.timeOrigin + performance.now(), look()]);
    if (performance.now() < until) setTimeout(turn, 47);
    else window.found = found;
  };
  turn();
  resolve();
})"""
BEGIN = """async (at) => {
  const video = document.querySelector('video');
  video.currentTime = 0;
  const left = () => at - performance.timeOrigin - performance.now();
  await new Promise((go) => setTimeout(go, left() - 20));
  while (left() > 0);
  await video.play();
}"""


def sampled(pages: list[Page], read: str, seconds: float) -> list[NDArray[np.float64]]:
    """Return rows of (clock, place in the film), both in milliseconds, of each page."""
    for page in pages:
        page.evaluate(SAMPLE, [read, seconds])
    for page in pages:
        page.wait_for_function("() => window.found", timeout=(seconds + 30) * 1000)
    found = [np.array(page.evaluate("window.found"), float) for page in pages]
    for page in pages:
        page.evaluate("delete window.found")
    return [rows * (1.0, 1000.0) for rows in found]


def apart(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far two films are apart at the moments of the first one's samples, in ms."""
    inside = (one[:, 0] >= other[0, 0]) & (one[:, 0] <= other[-1, 0])
    there = np.interp(one[inside, 0], other[:, 0], other[:, 1])
    return np.asarray(np.abs(one[inside, 1] - there))


def straying(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far one film strays from a straight line at its own speed, in ms."""
    line = rows[:, 1] - rows[:, 0]
    return np.asarray(np.abs(line - np.median(line)))


def figures(name: str, gaps: NDArray[np.float64]) -> dict[str, float]:
    """Return the median and the 95th percentile."""
    middle, most = np.percentile(gaps, [50, 95])
    return {f"{name}_ms": round(float(middle), 1), f"{name}_p95_ms": round(float(most), 1)}


def together(server: Server, browsers: list[Browser], seconds: float) -> dict[str, float]:
    """Measure the screen of a world: from its beginning, and after a pause and a leap."""
    pages = [browser.new_page(viewport={"width": 320, "height": 180}) for browser in browsers]
    for page in pages:
        page.goto(f"{server.world('cinema')}?quality=low")
        page.wait_for_function("() => window.worldloom")
        page.evaluate("window.worldloom.ready")
        page.wait_for_function("() => window.worldloom.stats().films[0]?.ready")
    gaps = []
    for place in (0, 25):
        pages[0].evaluate(
            "at => window.worldloom.do('play_screen', {entity: 'screen', position: at})", place
        )
        for page in pages:
            page.wait_for_function("() => window.worldloom.stats().films[0].playing")
        time.sleep(SETTLE_SECONDS)
        gaps.append(apart(*sampled(pages, OURS, seconds / 2)))
        pages[1].evaluate("window.worldloom.do('pause_screen', {entity: 'screen'})")
    for page in pages:
        page.close()
    return figures("ours", np.concatenate(gaps))


def alone(server: Server, browsers: list[Browser], asset: str, seconds: float) -> dict[str, float]:
    """Measure two plain films that begin together, and the limit."""
    pages = [browser.new_page(viewport={"width": 320, "height": 180}) for browser in browsers]
    for page in pages:
        page.goto(f"{server.url}/healthz")
        page.set_content(f'<video muted preload="auto" src="{server.url}/assets/{asset}"></video>')
        page.wait_for_function("() => document.querySelector('video').readyState === 4")
    at = time.time() * 1000 + 1500
    # Nobody waits for the first before the second is told: both know the moment.
    for page in pages:
        page.evaluate(f"(at) => {{ void ({BEGIN})(at); }}", at)
    time.sleep(SETTLE_SECONDS)
    rows = sampled(pages, PLAIN, seconds)
    for page in pages:
        page.close()
    return {**figures("plain", apart(*rows)), **figures("limit", straying(rows[0]))}


def measure(seconds: float) -> dict[str, object]:
    """Measure ours, a plain film and the limit."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        browsers = [play.chromium.launch(executable_path=CHROMIUM, args=FLAGS) for _ in range(2)]
        home = Path(folder)
        (home / "cinema.py").write_text(WORLD, encoding="utf-8")
        clip = encode(browsers[0], DRAW, seconds=FILM_SECONDS, rate=10, sound=SOUND)
        (home / "film.webm").write_bytes(clip)
        server = Server(home / "realm.loom", str(home / "cinema.py")).start()
        try:
            ours = together(server, browsers, seconds)
            asset = asset_of(browsers[0], server)
            return {"benchmark": "film", **ours, **alone(server, browsers, asset, seconds)}
        finally:
            for browser in browsers:
                browser.close()
            server.stop()


def asset_of(browser: Browser, server: Server) -> str:
    """Return the sha256 of the film."""
    page = browser.new_page()
    page.goto(server.world("cinema"))
    page.wait_for_function("() => window.worldloom")
    page.evaluate("window.worldloom.ready")
    found = page.evaluate(
        """() => Object.values(window.worldloom.entities())
          .map((one) => one.components.Screen?.asset).find(Boolean)"""
    )
    page.close()
    return str(found)


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=20.0)
    arguments = parser.parse_args()
    found = measure(arguments.seconds)
    if arguments.json:
        print(json.dumps(found))
        return 0
    for name, said in (
        ("ours", "two visitors of one screen"),
        ("plain", "two plain films, begun together"),
        ("limit", "one plain film, beside a straight line"),
    ):
        print(f"{said}: {found[f'{name}_ms']} ms (p95 {found[f'{name}_p95_ms']})")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

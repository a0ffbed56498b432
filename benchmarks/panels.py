"""How smooth is a world while its panel changes? Three widgets patched ten times a second.

Run with `python benchmarks/panels.py [--json] [--seconds 10]`: a painted panel before one's eyes in
an otherwise empty world, in software rendering. The peer is the same panel left alone, in that run.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from worldloom.testing.fixtures import Server

CHROMIUM = os.environ.get("WORLDLOOM_CHROMIUM") or "/usr/lib/chromium/chromium"
FLAGS = (
    "--no-sandbox --disable-gpu-sandbox --disable-quic --no-first-run --disable-sync "
    "--disable-background-networking --disable-component-update --disable-dev-shm-usage "
    "--use-gl=angle --use-angle=gl-egl --ignore-gpu-blocklist"
).split()
WORLD = '''
import math
from worldloom import Panel, Spawn, Transform, World

world = World("bench")
world.spawn("start", Spawn(radius=0.01), Transform((0, 0, 2)))
panel = world.use(Panel("Board", at="wall", place=(0, 1.6, 0), width=1.2))
tank = panel.progress("Tank", 0.4)
heat = panel.chart("Heat", [[0], [60], [55]], names=["bearing", "motor"], window=120)
said = panel.text("Ready.")
panel.slider("Speed", 0, 3000, 1200, unit="rpm")
panel.table(["n", "name"], [[n, f"part {n}"] for n in range(24)], label="Parts")
seen = {"steps": 0, "moves": False}

@world.action
def begin() -> None:
    """Let it change from now on."""
    seen["moves"] = True

@world.every(seconds=0.1)
def step() -> None:
    if seen["moves"]:
        seen["steps"] += 1
        turn = seen["steps"] / 10
        tank.set(value=0.5 + 0.4 * math.sin(turn))
        heat.append(turn, 60 + 8 * math.sin(turn), 55 + 5 * math.cos(turn))
        said.set(text=f"step {seen['steps']}")
'''
COUNT = """(seconds) => new Promise((resolve) => {
  const until = performance.now() + seconds * 1000;
  let frames = 0;
  const turn = () => {
    frames += 1;
    if (performance.now() < until) requestAnimationFrame(turn);
    else resolve(frames / seconds);
  };
  requestAnimationFrame(turn);
})"""


def measure(page: Page, seconds: float) -> dict[str, float]:
    """Return frames per second, and how often and how long the panel was painted meanwhile."""
    counts = "window.worldloom.panels.painted('board')"
    before = dict(page.evaluate(f"({{...{counts}}})"))
    fps = float(page.evaluate(COUNT, seconds))
    after = dict(page.evaluate(f"({{...{counts}}})"))
    paints = after["parts"] + after["whole"] - before["parts"] - before["whole"]
    spent = after["ms"] - before["ms"]
    return {
        "fps": round(fps, 1),
        "paints_per_second": round(paints / seconds, 1),
        "ms_per_paint": round(spent / paints, 2) if paints else 0.0,
    }


def run(seconds: float) -> dict[str, dict[str, float]]:
    """Measure the panel at rest and while it changes."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        file = Path(folder) / "bench.py"
        file.write_text(WORLD, encoding="utf-8")
        server = Server(Path(folder) / "realm.loom", str(file)).start()
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            page = browser.new_page(viewport={"width": 640, "height": 360})
            page.goto(f"{server.world('bench')}?quality=low")
            page.wait_for_function("() => window.worldloom")
            page.evaluate("window.worldloom.ready")
            page.wait_for_timeout(3000)
            still = measure(page, seconds)
            page.evaluate("window.worldloom.do('begin')")
            page.wait_for_timeout(1000)
            return {"still": still, "patched": measure(page, seconds)}
        finally:
            browser.close()
            server.stop()


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=10.0)
    arguments = parser.parse_args()
    found = run(arguments.seconds)
    if arguments.json:
        print(json.dumps({"benchmark": "panels", **found}))
        return 0
    for name, row in found.items():
        print(f"{name:8} " + "  ".join(f"{key} {value:g}" for key, value in row.items()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""What does live data of 100,000 copies cost the page's main thread? Twenty new arrays a second.

Run with `python benchmarks/instances.py [--json] [--rows 100000] [--seconds 15]`: in software
rendering, 640 by 360, low tier. The peer is the same page while nothing is shown, in the same run;
the limit beside it is copying the same bytes once in JavaScript.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from playwright.sync_api import CDPSession, Page, sync_playwright

from benchmarks.panels import CHROMIUM, FLAGS
from worldloom.testing.fixtures import Server

ROW_BYTES = 24
WORLD = """
import numpy as np
from worldloom import Spawn, Transform, World, box, instances

ROWS = {rows}
world = World("bench")
world.spawn("start", Spawn(radius=0.01), Transform((0, 0, 2)))
places = np.random.default_rng(7).uniform(-4, 4, (ROWS, 3)) + (0, 4, -8)
turns, colors = np.zeros(ROWS), np.random.default_rng(8).uniform(0, 1, (ROWS, 3))
made = [instances(places + (0, step / 20, 0), rotations=turns + step, colors=colors,
                  shape=box(0.02, 0.02, 0.02)) for step in range(20)]
swarm = world.spawn("swarm", made[0])
seen = dict(steps=0, moves=False)

@world.action
def begin() -> None:
    seen["moves"] = True

@world.every(seconds=0.05)
def step() -> None:
    if seen["moves"]:
        seen["steps"] += 1
        swarm.show(made[seen["steps"] % len(made)])
"""
COPY = """bytes => {
  const from = new Uint8Array(bytes), to = new Uint8Array(bytes);
  const start = performance.now();
  for (let turn = 0; turn < 20; turn++) to.set(from);
  return (performance.now() - start) / 20;
}"""


COUNT = """() => {
  window.turns ??= 0;
  const turn = () => { window.turns += 1; requestAnimationFrame(turn); };
  turn();
}"""


def script_ms(line: CDPSession) -> float:
    """Return how long scripts have run in the page's main thread, in milliseconds."""
    rows = line.send("Performance.getMetrics")["metrics"]
    return 1e3 * next(float(row["value"]) for row in rows if row["name"] == "ScriptDuration")


def measure(page: Page, line: CDPSession, seconds: float) -> tuple[float, float, float]:
    """Return milliseconds of script, frames, and bytes that came, each in a second."""
    page.evaluate(COUNT)
    count = "[window.worldloom.stats().bytes_in, window.turns]"
    before, (came, drawn) = script_ms(line), page.evaluate(count)
    page.wait_for_timeout(seconds * 1e3)
    spent, (more, again) = script_ms(line) - before, page.evaluate(count)
    return spent / seconds, (again - drawn) / seconds, (more - came) / seconds


def run(rows: int, seconds: float) -> dict[str, float]:
    """Measure the page at rest and while new numbers come."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        file = Path(folder) / "bench.py"
        file.write_text(WORLD.format(rows=rows), encoding="utf-8")
        server = Server(Path(folder) / "realm.loom", str(file)).start()
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            page = browser.new_page(viewport={"width": 640, "height": 360})
            page.goto(f"{server.world('bench')}?quality=low")
            page.wait_for_function("() => window.worldloom")
            page.evaluate("window.worldloom.ready")
            page.wait_for_timeout(5000)
            line = page.context.new_cdp_session(page)
            line.send("Performance.enable")
            still, still_frames, _ = measure(page, line, seconds)
            page.evaluate("window.worldloom.do('begin')")
            page.wait_for_timeout(2000)
            busy, frames, came = measure(page, line, seconds)
            copied = float(page.evaluate(COPY, rows * ROW_BYTES))
        finally:
            browser.close()
            server.stop()
    updates = came / (rows * ROW_BYTES)
    cost = (busy - still / still_frames * frames) / updates
    return {
        "rows": rows,
        "updates_per_second": round(updates, 1),
        "ms_per_update": round(cost, 2),
        "frames_per_second": round(frames, 1),
        "still_ms_per_frame": round(still / still_frames, 2),
        "copy_ms": round(copied, 2),
        "ratio": round(cost / copied, 1),
    }


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=15.0)
    arguments = parser.parse_args()
    found = run(arguments.rows, arguments.seconds)
    if arguments.json:
        print(json.dumps({"benchmark": "instances", **found}))
    else:
        print("  ".join(f"{key} {value:g}" for key, value in found.items()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

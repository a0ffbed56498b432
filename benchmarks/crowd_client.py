"""What does a crowd cost the page? Frames, main thread and memory beside 20 to 500 walking avatars.

Run with `python benchmarks/crowd_client.py [--json] [--people 20 100 200 500] [--seconds 8]`: in
software rendering, 640 by 360, low tier, among bots that walk in small circles around us
(`benchmarks/bots/bots.c`, so that it needs a C compiler). The peer is the same page alone. At most
200 of those near are sent to one visitor, whoever else is there.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright

from benchmarks.panels import CHROMIUM, FLAGS
from benchmarks.room import UNCAPPED, built
from worldloom.testing.fixtures import Server

WORLD = """
from worldloom import Spawn, Transform, World, box

world = World("room")
world.spawn("floor", box(120, 1, 120), at=({middle}, -0.5, {middle}))
world.spawn("start", Spawn(radius=0.01), Transform(({middle}, 0, {edge})))
"""
GAP_M = 1.6
"""How far the bots are apart."""
WATCH = """() => {
  window.crowd = { frames: 0, longest: 0, long: 0 };
  const turn = () => { window.crowd.frames += 1; requestAnimationFrame(turn); };
  turn();
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      window.crowd.long += 1;
      window.crowd.longest = Math.max(window.crowd.longest, duration);
    }
  }).observe({ entryTypes: ['longtask'] });
}"""
SEEN = """() => {
  const all = Object.values(window.worldloom.visitors());
  return all.filter(({ position }) => position !== null).length;
}"""


def metrics(line: CDPSession) -> dict[str, float]:
    """Return what Chromium counts of a page."""
    rows = line.send("Performance.getMetrics")["metrics"]
    return {row["name"]: float(row["value"]) for row in rows}


def watch(page: Page, line: CDPSession, seconds: float) -> dict[str, float]:
    """Watch a page for some seconds."""
    page.evaluate("window.crowd.longest = window.crowd.long = 0")
    first, before = int(page.evaluate("window.crowd.frames")), metrics(line)
    page.wait_for_timeout(seconds * 1e3)
    seen, after = page.evaluate("window.crowd"), metrics(line)
    line.send("HeapProfiler.collectGarbage")
    frames = seen["frames"] - first
    script = (after["ScriptDuration"] - before["ScriptDuration"]) * 1e3
    return {
        "frames_per_second": round(frames / seconds, 1),
        "script_ms_per_frame": round(script / max(frames, 1), 1),
        "longest_task_ms": round(seen["longest"]),
        "heap_mb": round(metrics(line)["JSHeapUsedSize"] / 1e6, 1),
    }


def run(people: int, seconds: float, shot: str) -> dict[str, Any]:
    """Measure a page among so many, 0 for alone."""
    side = max(8.0, GAP_M * people**0.5)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        file = Path(folder) / "room.py"
        file.write_text(WORLD.format(middle=side / 2, edge=side + 1), encoding="utf-8")
        limits = {"entries_burst_max": UNCAPPED, "entries_per_second_max": UNCAPPED}
        server = Server(Path(folder) / "realm.loom", str(file), limits=limits).start()
        port = server.url.rsplit(":", 1)[1]
        bots = None
        if people:
            command = [str(built() / "bots"), "loom", port, str(people), f"side={side}"]
            bots = subprocess.Popen([*command, "warm=1", "seconds=600"], stdout=subprocess.DEVNULL)
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            page = browser.new_page(viewport={"width": 640, "height": 360})
            page.goto(f"{server.world('room')}?quality=low")
            page.wait_for_function("() => window.worldloom")
            page.evaluate("window.worldloom.ready")
            here = f"() => Object.keys(window.worldloom.visitors()).length > {people}"
            page.wait_for_function(here, timeout=90_000)
            page.evaluate(WATCH)
            page.wait_for_timeout(5000)
            line = page.context.new_cdp_session(page)
            line.send("Performance.enable")
            found = watch(page, line, seconds)
            if shot:
                page.screenshot(path=shot.replace("N", str(people)))
            stats = page.evaluate("window.worldloom.stats()")
            return {
                "people": people,
                **found,
                "seen": page.evaluate(SEEN),
                "draw_calls": stats["draw_calls"],
                "triangles": stats["triangles"],
            }
        finally:
            browser.close()
            if bots is not None:
                bots.kill()
                bots.wait()
            server.stop()


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--people", type=int, nargs="+", default=[20, 100, 200, 500])
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--shot", default="", help="a picture of each: PATH with N for the number")
    asked = parser.parse_args()
    alone = run(0, asked.seconds, asked.shot)
    for people in asked.people:
        found = run(people, asked.seconds, asked.shot)
        ratio = round(alone["frames_per_second"] / max(found["frames_per_second"], 0.1), 2)
        if asked.json:
            found |= {"alone": alone, "slower_than_alone": ratio}
            print(json.dumps({"benchmark": "crowd_client", **found}))
        else:
            print("  ".join(f"{k} {v}" for k, v in found.items()), f" {ratio} times alone")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

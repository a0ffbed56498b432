"""What does a crowd cost the page? Frames, main thread and memory beside 20 to 500 walking avatars.

Run with `python benchmarks/crowd_client.py [--json] [--people 20 100 200 500] [--seconds 8]`: in
software rendering, 640 by 360, low tier, among bots that walk in small circles around us
(`benchmarks/bots/bots.c`, so that it needs a C compiler). The peer is the same page alone. At most
200 of those near are sent to one visitor, whoever else is there.

`--steady 20` watches the page's memory for so many minutes among the first number of people, who
also talk: after its first minute it may not grow by more than a tenth (`make soak ARGS=page`).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright

from benchmarks.bots.peers import built
from benchmarks.panels import CHROMIUM, FLAGS
from benchmarks.room import UNCAPPED
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


def heaps(page: Page, line: CDPSession, minutes: int) -> list[float]:
    """Return the megabytes of a page's heap at the end of each minute, garbage left out."""
    found = []
    for _ in range(minutes):
        page.wait_for_timeout(60_000)
        line.send("HeapProfiler.collectGarbage")
        found.append(round(metrics(line)["JSHeapUsedSize"] / 1e6, 2))
    return found


def grew(found: Sequence[float]) -> bool:
    """Tell whether a page's memory grew after its first minute, by thirds of the time."""
    rest = found[1:]
    third = max(1, len(rest) // 3)
    return len(rest) > 1 and median(rest[-third:]) > 1.1 * median(rest[:third]) + 1.0


def run(people: int, seconds: float, shot: str, minutes: int = 0) -> dict[str, Any]:
    """Measure a page among so many, 0 for alone; its memory for so many minutes."""
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
            command += ["warm=1", f"seconds={600 + 60 * minutes}", f"actions={2 if minutes else 0}"]
            bots = subprocess.Popen(command, stdout=subprocess.DEVNULL)
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
            if minutes:
                return {"people": people, "heap_mb": heaps(page, line, minutes)}
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
    parser.add_argument("--steady", type=int, default=0, help="minutes of memory, and no more")
    asked = parser.parse_args()
    if asked.steady:
        found = run(asked.people[0], 0, "", asked.steady)
        bad = grew(found["heap_mb"])
        command = f"python -m benchmarks.crowd_client --steady {asked.steady}"
        print(json.dumps({"failed": [command] if bad else [], "cpu_seconds": 0.0, **found}))
        return int(bad)
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

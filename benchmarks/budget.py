"""What does the plaza ask of a device? Draw calls, triangles, texture bytes and download.

Run with `python benchmarks/budget.py [--json]`. Counts, not times, so that they are the same
on any machine. The limit of each stands beside it; over it, the line says so.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.start import CHROMIUM, FLAGS
from worldloom.testing.fixtures import Server

MIB = 1 << 20
HANDY = {"draw_calls": 100, "triangles": 500_000, "texture_bytes": 32 * MIB,
         "download_bytes": 4 * MIB}  # fmt: skip
DEVICES: dict[str, tuple[str, int, int, dict[str, int]]] = {
    "phone": ("medium", 360, 740, HANDY),
    "headset": ("medium", 1280, 720, HANDY),
    "desktop": ("high", 1280, 720, {**HANDY, "draw_calls": 200, "triangles": 1_000_000,
                                    "texture_bytes": 128 * MIB}),
    "software": ("low", 640, 360, {**HANDY, "draw_calls": 80, "triangles": 150_000,
                                   "texture_bytes": 16 * MIB}),
}  # fmt: skip
"""Device → quality, window's width and height, limits. A headset draws everything twice."""
# What the page gives the card, counted at the door of WebGL.
COUNT = """
(() => {
  const sizes = new Map(), bound = new Map();
  const gl = WebGL2RenderingContext.prototype;
  const bytes = { 0x8058: 4, 0x8c43: 4, 0x881a: 8, 0x8814: 16, 0x81a6: 4, 0x8cac: 4, 0x88f0: 4,
                  0x8229: 1, 0x822b: 2, 0x822d: 2, 0x822e: 4, 0x8c3a: 4, 0x1908: 4, 0x1907: 3 };
  const wrap = (name, count) => {
    const plain = gl[name];
    gl[name] = function (...given) { count.apply(this, given); return plain.apply(this, given); };
  };
  const held = (target) => bound.get(target >= 0x8515 && target <= 0x851a ? 0x8513 : target);
  const add = (target, size) => sizes.set(held(target), (sizes.get(held(target)) ?? 0) + size);
  wrap('bindTexture', (target, texture) => bound.set(target, texture));
  wrap('deleteTexture', (texture) => sizes.delete(texture));
  wrap('texStorage2D', (target, levels, format, w, h) =>
    sizes.set(held(target), w * h * (bytes[format] ?? 4) * (levels > 1 ? 4 / 3 : 1) *
      (target === 0x8513 ? 6 : 1)));
  wrap('texStorage3D', (target, levels, format, w, h, d) =>
    sizes.set(held(target), w * h * d * (bytes[format] ?? 4) * (levels > 1 ? 4 / 3 : 1)));
  wrap('texImage2D', (...given) => {
    const [target, level, format] = given;
    const from = given[given.length - 1];
    const [w, h] = given.length > 6 ? [given[3], given[4]] : [from?.width ?? 0, from?.height ?? 0];
    if (level === 0) add(target, w * h * (bytes[format] ?? 4));
  });
  window.textureBytes = () => Math.round([...sizes.values()].reduce((sum, one) => sum + one, 0));
})();
"""
DOWNLOAD = """
performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))
  .reduce((sum, one) => sum + one.encodedBodySize, 0)
"""


def stand(page: Page) -> None:
    """Wait until everything has come and stands."""
    page.wait_for_function("window.worldloom !== undefined", timeout=120_000)
    page.evaluate("window.worldloom.ready")
    while not page.evaluate("window.worldloom.stats().settled"):
        page.wait_for_timeout(250)
    page.wait_for_timeout(1_000)


def measure(browser: Browser, url: str, device: str) -> dict[str, Any]:
    """Enter as a device would and count."""
    quality, width, height, limits = DEVICES[device]
    context = browser.new_context(viewport={"width": width, "height": height}, bypass_csp=True)
    page = context.new_page()
    page.add_init_script(COUNT)
    page.goto(f"{url}?quality={quality}")
    stand(page)
    stats = page.evaluate("window.worldloom.stats()")
    found = {
        "draw_calls": stats["draw_calls"],
        "triangles": stats["triangles"],
        "texture_bytes": page.evaluate("window.textureBytes()"),
        "download_bytes": page.evaluate(DOWNLOAD),
    }
    context.close()
    over = [name for name, limit in limits.items() if found[name] > limit]
    return {"benchmark": "budget", "device": device, "quality": quality, **found,
            "limits": limits, "over": over}  # fmt: skip


def main() -> None:
    """Print a line a device."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with sync_playwright() as play, tempfile.TemporaryDirectory() as folder:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        server = Server(Path(folder) / "realm.loom").start()
        for device in DEVICES:
            found = measure(browser, server.world("plaza"), device)
            if asked.json:
                print(json.dumps(found))
                continue
            parts = [
                f"{found[name]:,} of {limit:,} {name.replace('_', ' ')}"
                for name, limit in found["limits"].items()
            ]
            over = f"; OVER: {', '.join(found['over'])}" if found["over"] else ""
            print(f"{device} ({found['quality']}): {'; '.join(parts)}{over}")
        server.stop()
        browser.close()


if __name__ == "__main__":
    main()

"""Take the pictures that kits bring of their demo worlds, as the front page shows them.

    python -m tools.make_stills            # those of all kits that have a demo
    python -m tools.make_stills plaza      # of one

Writes worldloom/kits/*/still.webp: the page of an owner takes it itself, as of every world that
has none yet. Needs Chromium, so the pictures are kept in the repository.
"""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import Browser, sync_playwright

from tools.screenshot import FLAGS, find_chromium, serve

KITS = Path(__file__).resolve().parent.parent / "worldloom" / "kits"
HOURS = {"plaza": 16.5}
SECONDS_MAX = 120
KEPT = "async way => (await fetch(way, { method: 'HEAD' })).redirected"


def take(browser: Browser, kit: str) -> bytes:
    """Enter a kit's demo as the realm's owner, and return the picture that the page kept."""
    with serve() as server:
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        while not server.claim:
            page.wait_for_timeout(20)  # it is the second line
        page.goto(server.claim)
        page.get_by_role("button", name="Enter", exact=True).wait_for()
        hour = f"&hour={HOURS[kit]}" if kit in HOURS else ""
        page.goto(f"{server.world(kit)}?quality=high{hour}")
        way = f"/api/worlds/{kit}/picture"
        for _ in range(SECONDS_MAX):
            page.wait_for_timeout(1000)
            if page.evaluate(KEPT, way):
                break
        else:
            sys.exit(f"the page took no picture of {kit}")
        page.close()
        with urlopen(server.url + way) as answer:
            data: bytes = answer.read()
    return data


def main() -> int:
    """Take the pictures of the kits that are named, or of all."""
    kits = sys.argv[1:] or sorted(path.parent.name for path in KITS.glob("*/demo.py"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        for kit in kits:
            still = KITS / kit / "still.webp"
            still.unlink(missing_ok=True)  # a page takes one of a world that has none
            data = take(browser, kit)
            still.write_bytes(data)
            print(f"{still.relative_to(KITS.parent.parent)}: {len(data)} bytes")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

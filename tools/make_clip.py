"""Make the short film of the examples: an evening at a lighthouse, drawn and played by code.

    python tools/make_clip.py            writes examples/assets/lighthouse.webm, .jpg and .vtt

Chromium draws the frames on a canvas and encodes them (VP9 and Opus by WebCodecs); Python puts
them into a file. `encode` does the same for any drawing, for tests.
"""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.screenshot import FLAGS, find_chromium  # noqa: E402
from tools.webm import SOUND, VIDEO, Block, Opus, Picture, webm  # noqa: E402

ASSETS = Path(__file__).resolve().parent.parent / "examples/assets"
CLIP = Path(__file__).resolve().parent / "clip"
SECONDS = 24

CAPTIONS = """WEBVTT

00:00:01.000 --> 00:00:05.500
Every evening the keeper lit the lamp.

00:00:07.000 --> 00:00:12.000
He said it was for the ships.

00:00:13.500 --> 00:00:18.500
There had been no ships for years.

00:00:19.500 --> 00:00:23.500
It was for the birds.
"""


def encode(
    browser: Browser,
    draw: str,
    *,
    seconds: float,
    size: tuple[int, int] = (320, 180),
    rate: int = 15,
    bits: int = 60_000,
    sound: str = "null",
) -> bytes:
    """Return a WebM of what `draw(context, seconds, width, height)` draws, a JavaScript function.

    `sound(seconds)` returns a sample between -1 and 1.
    """
    page = browser.new_page()
    page.route("**/*", lambda route: route.fulfill(body="<p>", content_type="text/html"))
    page.goto("http://localhost:9/")  # encoders are for secure places only
    width, height = size
    # Functions cannot be passed: they stand in the code itself.
    encoder = (CLIP / "encode.js").read_text(encoding="utf-8").partition("*/")[2]
    script = f"(given) => {{ const paint = {draw}, heard = {sound}; return ({encoder})(given); }}"
    made: dict[str, Any] = page.evaluate(
        script,
        {"width": width, "height": height, "rate": rate, "seconds": seconds, "bits": bits},
    )
    page.close()
    blocks = [
        Block(track, round(ms), key, base64.b64decode(data))
        for track, ms, key, data in made["chunks"]
    ]
    assert {block.track for block in blocks} <= {VIDEO, SOUND}
    opus = Opus(base64.b64decode(made["head"])) if made["head"] else None
    return webm(blocks, Picture("V_VP9", width, height), seconds * 1000, opus)


def poster(browser: Browser, draw: str, seconds: float, size: tuple[int, int]) -> bytes:
    """Return one frame of a drawing as a picture."""
    width, height = size
    page = browser.new_page(viewport={"width": width, "height": height})
    page.set_content(
        f"<style>body{{margin:0}}</style><canvas width={width} height={height}></canvas>"
    )
    page.evaluate(
        f"({draw})(document.querySelector('canvas').getContext('2d'), {seconds}, {width}, {height})"
    )
    data = page.screenshot(type="jpeg", quality=86)
    page.close()
    return data


def main() -> int:
    """Write the film, its poster and its captions."""
    draw, sound = (CLIP / "lighthouse.js").read_text(encoding="utf-8").split("/* heard */")
    draw = draw.partition("*/")[2]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        size = (640, 360)
        film = encode(
            browser, draw, seconds=SECONDS, size=size, bits=110_000, sound=sound
        )  # fmt: skip
        (ASSETS / "lighthouse.webm").write_bytes(film)
        (ASSETS / "lighthouse.jpg").write_bytes(poster(browser, draw, 8.0, size))
        browser.close()
    (ASSETS / "lighthouse.vtt").write_text(CAPTIONS, encoding="utf-8")
    print(f"{len(film)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())

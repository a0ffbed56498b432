"""What the page has drawn, as an array to be looked at."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page

# After the page's own frame the canvas still holds what was drawn.
READ = """() => new Promise((done) => { dispatchEvent(new Event('show'));
requestAnimationFrame(() => {
  const stage = document.getElementById('stage');
  const { clientWidth: wide, clientHeight: high } = stage;
  const to = new OffscreenCanvas(wide, high).getContext('2d');
  to.drawImage(stage, 0, 0, wide, high);
  const { data } = to.getImageData(0, 0, wide, high);
  let text = '';
  for (let i = 0; i < data.length; i += 8192)
    text += String.fromCharCode(...data.subarray(i, i + 8192));
  done([wide, high, btoa(text)]);
})})"""

SHOW = """() => new Promise((done) => {
  dispatchEvent(new Event('show'));
  requestAnimationFrame(() => requestAnimationFrame(done));
})"""

READ_PNG = """
  const read = async (url) => {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [image.width, image.height];
    const g = canvas.getContext('2d', { willReadFrequently: true });
    g.drawImage(image, 0, 0);
    return g;
  };
"""
"""Draws the PNG of an address, to be read from."""
DIFFERENCES = (
    "async ([one, other, boxes, scale]) => {"
    + READ_PNG
    + """
  const [a, b] = [await read(one), await read(other)];
  const apart = (p, i, q, j) => Math.max(...[0, 1, 2].map((c) => Math.abs(p[i + c] - q[j + c])));
  return boxes.map((box) => {
    const [x, y, w, h] = box.map((side) => Math.round(side * scale));
    const q = b.getImageData(x, y, w, h).data;
    const counts = new Map();
    for (let i = 0; i < q.length; i += 4) {
      const colour = (q[i] << 16) | (q[i + 1] << 8) | q[i + 2];
      counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
    const [ground] = [...counts].sort((c, d) => d[1] - c[1])[0];
    const paper = [ground >> 16, (ground >> 8) & 255, ground & 255];
    let [least, inked] = [w * h, 0];
    for (let i = 0; i < q.length; i += 4) if (apart(q, i, paper, 0) > 90) inked += 1;
    for (let at = 0; at < 9; at++) { // it may stand a texel beside where it is on the page
      const [dx, dy] = [(at % 3) - 1, Math.floor(at / 3) - 1];
      const p = a.getImageData(x + dx, y + dy, w, h).data;
      let far = 0;
      for (let i = 0; i < q.length; i += 4) if (apart(p, i, q, i) > 90) far += 1;
      least = Math.min(least, far);
    }
    return [least / (w * h), inked / (w * h)];
  });
}"""
)
"""Of two PNGs' addresses, in each box (x, y, width, height in CSS pixels of so many texels): the
share of texels that differ clearly where it may stand a texel beside, and the share that stands
out of the ground in the second."""

Colours = NDArray[np.int16]


def screenshot(page: Page, **options: Any) -> bytes:
    """Return the page as it is now, as a PNG: a calm page is made to draw once more before."""
    page.evaluate(SHOW)
    return page.screenshot(**options)


def picture(page: Page) -> Colours:
    """Return the drawn picture: (height, width, 3), 0 to 255, the interface left out."""
    wide, high, data = page.evaluate(READ)
    flat = np.frombuffer(base64.b64decode(data), np.uint8)
    return flat.reshape(high, wide, 4)[:, :, :3].astype(np.int16)


def share(drawn: Colours, colour: tuple[int, int, int], reach: int = 24) -> float:
    """Return which share of the pixels lies within `reach` of a colour in every channel."""
    near = (np.abs(drawn - np.array(colour)) <= reach).all(-1)
    return float(near.mean())


def where(drawn: Colours, colour: tuple[int, int, int], reach: int = 24) -> tuple[float, float]:
    """Return the middle (x, y) of all pixels near a colour; NaN where there is none."""
    y, x = np.nonzero((np.abs(drawn - np.array(colour)) <= reach).all(-1))
    return (float(x.mean()), float(y.mean())) if len(x) else (float("nan"), float("nan"))


def width_of(drawn: Colours, colour: tuple[int, int, int], reach: int = 24) -> int:
    """Return how many columns hold a pixel near a colour."""
    return int((np.abs(drawn - np.array(colour)) <= reach).all(-1).any(0).sum())


def drawn_until(page: Page, shows: Callable[[Colours], bool], seconds: float = 30) -> Colours:
    """Return the first picture that shows what is wanted; fail when none does in time."""
    until = time.monotonic() + seconds
    while True:
        drawn = picture(page)
        if shows(drawn):
            return drawn
        assert time.monotonic() < until, "the picture never showed it"
        page.wait_for_timeout(150)

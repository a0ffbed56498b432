"""An emulated headset for the browser tests: IWER, from the client's development packages.

It goes in as an init script; the product ships no emulator, and does not know that it is one.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page

from tests.browser.conftest import Served, Visit, wait
from tests.browser.pixels import Colours, screenshot

IWER = Path(__file__).parents[2] / "client/node_modules/iwer/build/iwer.min.js"
INSTALL = """
window.device = new IWER.XRDevice(IWER.metaQuest3);
window.device.installRuntime({ forceInstall: true });
window.device.stereoEnabled = false;
// IWER 2.5 takes the matrix of an offset where the standard hands it a transform.
const offset = XRReferenceSpace.prototype.getOffsetReferenceSpace;
XRReferenceSpace.prototype.getOffsetReferenceSpace = function (origin) {
  return offset.call(this, origin.matrix);
};
window.device.position.set(0, 1.6, 0);
window.device.controllers.left.position.set(-0.25, 1.2, -0.35);
window.device.controllers.right.position.set(0.25, 1.2, -0.35);
"""
SURROUNDINGS = """
// A room for hit tests: a floor, and a table 0.7 m high from 1 to 2 m ahead.
window.device.installSEM(class {
  trackedPlanes = new Set();
  trackedMeshes = new Set();
  environmentCanvas = document.createElement('canvas');
  render() {}
  computeHitTestResults(ray) {
    const [x, y, z] = [ray[12], ray[13], ray[14]];
    const [dx, dy, dz] = [-ray[8], -ray[9], -ray[10]];
    const found = [];
    for (const height of [0.7, 0]) {
      const way = (height - y) / dy;
      const [east, south] = [x + dx * way, z + dz * way];
      const onTable = Math.abs(east) < 0.6 && south < -1 && south > -2;
      if (!(way > 0) || (height > 0 && !onTable)) continue;
      found.push(new Float32Array([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, east, height, south, 1]));
    }
    return found;
  }
});
"""
PLACE = """([id, selector, across, down]) => {
  const panel = document.querySelector(`.panel-host [data-panel='${id}']`);
  const all = panel.getBoundingClientRect();
  const box = panel.querySelector(selector).getBoundingClientRect();
  const u = (box.left + box.width * across - all.left) / all.width;
  const v = (box.top + box.height * down - all.top) / all.height;
  const where = (u, v) => worldloom.panels.where(id, u, v);
  const place = where(u, v);
  const [o, x, y] = [where(0, 0), where(1, 0), where(0, 1)];
  const a = x.map((c, i) => c - o[i]);
  const b = y.map((c, i) => c - o[i]);
  const out = [b[1] * a[2] - b[2] * a[1], b[2] * a[0] - b[0] * a[2], b[0] * a[1] - b[1] * a[0]];
  const length = Math.hypot(...out);
  return [place, place.map((c, i) => c + (out[i] / length) * 0.4)];
}"""
"""Where an element of a panel is in the world, and a place 0.4 m before it."""
DECODE = """async (data) => {
  const image = new Image();
  image.src = `data:image/png;base64,${data}`;
  await image.decode();
  const { width, height } = image;
  const g = new OffscreenCanvas(width, height).getContext('2d');
  g.drawImage(image, 0, 0);
  const { data: bytes } = g.getImageData(0, 0, width, height);
  let text = '';
  for (let i = 0; i < bytes.length; i += 8192)
    text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return [width, height, btoa(text)];
}"""
"""Of a PNG: its size, and its texels as text."""
Open = Callable[..., Visit]
Vector = Sequence[float]


class Headset:
    """A visitor who wears the emulated headset."""

    def __init__(self, page: Page, main: str = "right") -> None:
        self.page, self.main = page, main
        self.off = "left" if main == "right" else "right"

    def told(self, of: str = "") -> Any:
        """Return what the page says of the headset that is worn."""
        return self.page.evaluate(f"window.worldloom.headset{of}")

    def frames(self, count: int = 3) -> None:
        """Wait until so many more frames were drawn for the eyes."""
        goal = self.told(".frames") + count
        wait(self.page, f"window.worldloom.headset.frames >= {goal}")

    def remote(self, method: str, **params: Any) -> Any:
        """Let the emulator do something, in step with its frames."""
        return self.page.evaluate(
            "([method, params]) => window.device.remote.dispatch(method, params)", [method, params]
        )

    def room(self, place: Vector) -> list[float]:
        """Return where a place of the world is in the emulator's room."""
        found: list[float] = self.page.evaluate(
            "(place) => window.worldloom.headset.really(place)", list(place)
        )
        return found

    def world(self, place: Vector) -> list[float]:
        """Return where a place of the emulator's room is in the world."""
        found: list[float] = self.page.evaluate(
            "(place) => window.worldloom.headset.seen(place)", list(place)
        )
        return found

    def text(self, value: Any) -> str:
        """Return a value's JSON as a string that JavaScript can compare with."""
        return json.dumps(json.dumps(value, separators=(",", ":")))

    def again(self) -> None:
        """Place anew, by the menu on the wrist."""
        self.raise_wrist()
        self.tap("Place anew")
        wait(self.page, "window.worldloom.headset.room.placing")

    def raise_wrist(self) -> None:
        """Hold the wrist of the hand that does not point up before the eyes."""
        x, y, z = self.told(".head")
        aside = -0.1 if self.off == "left" else 0.1
        self.put(f"controller-{self.off}", (x + aside, y - 0.25, z - 0.45))

    def lower_wrist(self) -> None:
        """Let that hand hang again."""
        self.put(f"controller-{self.off}", (-0.5 if self.off == "left" else 0.5, 0.8, 2.2))

    def tap(self, label: str, share: float = 0.5) -> None:
        """Press a control that only a headset shows, by ray and trigger."""
        self.aim_at(label, share)
        self.press(self.main, "trigger")

    def put(self, device: str, place: Vector, toward: Vector | None = None) -> None:
        """Put a hand or the head at a place of the world, and let it point at another."""
        x, y, z = self.room(place)
        self.remote("set_transform", device=device, position={"x": x, "y": y, "z": z})
        if toward is not None:
            self.point(device, toward)
        self.frames()

    def point(self, device: str, toward: Vector) -> None:
        """Turn a hand toward a place of the world."""
        x, y, z = self.room(toward)
        self.remote("look_at", device=device, target={"x": x, "y": y, "z": z})
        self.frames()

    def stick(self, side: str, x: float, y: float) -> None:
        """Push a controller's stick; forward is −1."""
        self.page.evaluate(
            "([side, x, y]) => window.device.controllers[side].updateAxes('thumbstick', x, y)",
            [side, x, y],
        )
        self.frames()

    def button(self, side: str, name: str, value: float) -> None:
        """Press a controller's button, or let it go."""
        self._button(side, name, value)
        self.frames()

    def let_go(self, side: str, name: str) -> None:
        """Let a button go that may take the headset off."""
        self._button(side, name, 0)

    def _button(self, side: str, name: str, value: float) -> None:
        self.page.evaluate(
            "([side, name, value]) =>"
            " window.device.controllers[side].updateButtonValue(name, value)",
            [side, name, value],
        )

    def press(self, side: str, name: str) -> None:
        """Press a controller's button once."""
        self.button(side, name, 1)
        self.button(side, name, 0)

    def bare(self) -> None:
        """Put the controllers away."""
        self.remote("set_input_mode", mode="hand")
        wait(self.page, "window.worldloom.headset.right?.bare")

    def pinch(self, side: str, value: float) -> None:
        """Close thumb and index finger, or open them."""
        self.page.evaluate(
            "([side, value]) => window.device.hands[side].updatePinchValue(value)", [side, value]
        )
        self.frames()

    def touch(self, side: str, place: Vector) -> None:
        """Bring a bare hand's fingertip to a place of the world."""
        for _ in range(3):
            tip = self.room(self.told(f".{side}.tip"))
            way = [a - b for a, b in zip(self.room(place), tip, strict=True)]
            self.page.evaluate(
                "([side, [x, y, z]]) => { const { position } = window.device.hands[side];"
                " position.set(position.x + x, position.y + y, position.z + z); }",
                [side, way],
            )
            self.frames()

    def aim_at(self, label: str, share: float = 0.5) -> None:
        """Point at a control that only a headset shows, so far across it."""
        name = json.dumps(label, ensure_ascii=False)
        wait(self.page, f"window.worldloom.headset.control({name}) !== null")
        place = self.page.evaluate(f"window.worldloom.headset.control({name}, {share})")
        self.point(f"controller-{self.main}", place)

    def aim_at_panel(
        self, panel: str, selector: str, across: float = 0.5, down: float = 0.5
    ) -> None:
        """Point from close by at an element of one of the world's panels."""
        place, before = self.page.evaluate(PLACE, [panel, selector, across, down])
        self.put_quickly(f"controller-{self.main}", before, place)

    def put_quickly(self, device: str, place: Vector, toward: Vector) -> None:
        """Put a hand or the head somewhere and let it point, both in one frame."""
        self.page.evaluate(
            "([device, from, to]) => Promise.all(['set_transform', 'look_at'].map((method, i) =>"
            " window.device.remote.dispatch(method,"
            " { device, [i ? 'target' : 'position']: i ? to : from })))",
            [device, xyz(self.room(place)), xyz(self.room(toward))],
        )
        self.frames(2)

    def press_panel(
        self, panel: str, selector: str, across: float = 0.5, down: float = 0.5
    ) -> None:
        """Press an element of one of the world's panels by ray and trigger."""
        self.aim_at_panel(panel, selector, across, down)
        self.hold(1)
        self.hold(0)

    def hold(self, value: float) -> None:
        """Press the trigger, or let it go, as quickly as the page can see it."""
        self._button(self.main, "trigger", value)
        self.frames(2)

    def flick(self, side: str, x: float, y: float) -> None:
        """Push a stick and let it come back."""
        self.stick(side, x, y)
        self.stick(side, 0, 0)

    @property
    def place(self) -> list[float]:
        """Where the visitor's feet are."""
        found: list[float] = self.page.evaluate("window.worldloom.me.position")
        return found


def seen(page: Page) -> Colours:
    """Return what the eyes are shown: (height, width, 3), 0 to 255."""
    data = base64.b64encode(screenshot(page)).decode()
    wide, high, flat = page.evaluate(DECODE, data)
    pixels = np.frombuffer(base64.b64decode(flat), np.uint8)
    return pixels.reshape(high, wide, 4)[:, :, :3].astype(np.int16)


def xyz(place: Vector) -> dict[str, float]:
    """Return a place as the emulator spells it."""
    return dict(zip("xyz", place, strict=True))


def wear(
    served: Served,
    visit: Open,
    world: str,
    mode: str = "VR",
    *,
    owner: bool = False,
    url: str = "",
    quality: str = "low",
    likes: str = "",
    scripts: Sequence[str] = (),
    **options: Any,
) -> Headset:
    """Enter a world, as its owner, as a guest or by a `url`, and put the emulated headset on.

    `likes`: how one likes it, as the page keeps it; `scripts` run before the page's own.
    """
    one = visit(**options)
    if likes:
        one.context.add_init_script(f"localStorage.setItem('worldloom.headset', '{likes}')")
    one.context.add_init_script(path=IWER)
    for script in (INSTALL + SURROUNDINGS, *scripts):
        one.context.add_init_script(script)
    door = served.owner_of(world) if owner else url or served.world(world)
    page = one.enter(door, f"quality={quality}")
    wait(page, "window.worldloom.me != null && window.worldloom.stats().settled")
    page.get_by_role("button", name=f"Enter {mode}").click()
    wait(page, "window.worldloom.headset?.frames > 5")
    one.tries("headset")
    return Headset(page, "left" if "hand:left" in likes else "right")

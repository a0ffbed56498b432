"""In an emulated headset every kind of widget looks as on the page, and answers a hand's ray."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from math import ceil
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import CHROMIUM, FLAGS, Served, Visit, wait
from tests.browser.headset import Headset, Open, wear
from tests.browser.pixels import screenshot
from tools.make_clip import encode
from worldloom.presence.panels.kinds import KINDS

WORLD = Path(__file__).parent / "widget_world.py"
PANELS = ("asks", "shows", "draws", "label")
PARTS = "worldloom.panels.ids().reduce((n, id) => n + worldloom.panels.painted(id).parts, 0)"
BEHIND = "document.querySelector('[data-w=behind]').closest('[role=tabpanel]').hidden"
LINE = "worldloom.panels.widget('asks', 'said').text"
MIN_M = 0.6
"""From no nearer is a panel looked at, by eyes that see 90° from top to bottom."""
DRAW = """(c, t, w, h) => {
  c.fillStyle = `rgb(${Math.round(60 + (t * 90) % 180)}, 40, 160)`;
  c.fillRect(0, 0, w, h);
  c.fillStyle = '#fff';
  c.fillRect((t * 60) % w, h / 3, 30, h / 3);
}"""

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)
Act = Callable[[Headset, str], None]


def on(selector: str, across: float = 0.5, down: float = 0.5) -> Act:
    """Return an act that presses a part of a widget by ray and trigger."""
    return lambda headset, where: headset.press_panel(
        panel_of(headset.page, where), f"{where} {selector}", across, down
    )


def drag(selector: str, start: float, end: float) -> Act:
    """Return an act that drags from a place across a part of a widget to another."""

    def act(headset: Headset, where: str) -> None:
        panel = panel_of(headset.page, where)
        headset.aim_at_panel(panel, f"{where} {selector}", start)
        headset.hold(1)
        headset.aim_at_panel(panel, f"{where} {selector}", end)
        headset.hold(0)

    return act


def panel_of(page: Page, where: str) -> str:
    found: str = page.evaluate(
        "where => document.querySelector(`.panel-host ${where}`).closest('.panel').dataset.panel",
        where,
    )
    return found


def write(headset: Headset, where: str) -> None:
    """Write by the keyboard that hangs before one."""
    on("input")(headset, where)
    wait(headset.page, "worldloom.headset.keys")
    for key in ("h", "i", "Enter"):
        headset.tap(key)
    wait(headset.page, "!worldloom.headset.keys")


def give(headset: Headset, where: str) -> None:
    """Ask for a file by ray; which one is chosen in the system's own window, not in ours."""
    page = headset.page
    page.evaluate(
        "where => document.querySelector(`${where} input`)"
        ".addEventListener('click', (event) => (event.preventDefault(), window.asked = true))",
        where,
    )
    on(".file-press")(headset, where)
    wait(page, "window.asked === true")
    file = {"name": "dot.png", "mimeType": "image/png", "buffer": PIXEL}
    page.locator(f"{where} input").set_input_files(file)  # type: ignore[arg-type]


def play(headset: Headset, where: str) -> None:
    """Let the film play, see that what is painted moves with it, and stop it at one picture."""
    page = headset.page
    page.evaluate("addEventListener('timeupdate', (e) => e.stopImmediatePropagation(), true)")
    on(".play")(headset, where)
    parts = "worldloom.panels.painted('shows').parts"
    film = f"document.querySelector('{where} video')"
    for _ in range(2):
        before = page.evaluate(parts)
        wait(page, f"{parts} >= {before + 4}")
        # Nor is it otherwise where the browser tells of no pictures.
        page.evaluate(f"{film}.requestVideoFrameCallback = undefined")
    wait(page, f"{film}.currentTime > 0.2")  # so many parts may be painted sooner
    page.evaluate(f"{film}.pause()")


def says(text: str) -> str:
    """Return the expression of what the server answered, for `wait`."""
    return f"{LINE} === {json.dumps(text)}"


ROWS: Mapping[str, tuple[Act | None, str]] = {
    # What holds others, and what only shows, asks nothing of the server.
    "column": (None, ""),
    "row": (None, ""),
    "text": (None, ""),
    "markdown": (None, ""),
    "image": (None, ""),
    "progress": (None, ""),
    "meter": (None, ""),
    "histogram": (None, ""),
    "heat": (None, ""),
    # These answer on the page itself.
    "tabs": (on(".tab-row button:last-child"), f"!{BEHIND}"),
    "tab": (lambda headset, _: on(".tab-row button:first-child")(headset, "[data-kind=tabs]"),
            BEHIND),
    "group": (on("summary"), "document.querySelector('[data-kind=group]').open"),
    "chart": (on("[aria-label='Zoom in']"),
              "document.querySelector('[data-kind=chart] [role=status]').innerText > '2.'"),
    # These reach the server.
    "button": (on("button"), says("button")),
    "toggle": (on("input"), says("toggle True")),
    "slider": (drag("input", 0.2, 0.9), says("slider is far")),
    "number": (on(".nudge:last-child"), says("number 6")),
    "choice": (on("label:last-child"), says("choice south")),
    "field": (write, says("field hi")),
    "upload": (give, says("upload dot.png")),
    "form": (on("button.main"), says("form all is well")),
    "list": (on("li:last-child button"), says("list 1")),
    "cards": (on("li:last-child button"), says("cards bolt")),
    "table": (on("tbody tr:last-child td:last-child"), says("table 1")),
    "timeline": (on("canvas", 0.25, 0.2), says("timeline 0")),
    "graph": (drag("button:first-child", 0.5, 3), says("graph moved")),
    # Last, for it takes the time of the frames; it is stopped there for the pictures.
    "video": (play, "document.querySelector('[data-kind=video] video').currentTime > 0.2"),
}  # fmt: skip

BOXES = """(id) => {
  const panel = document.querySelector(`.panel-host [data-panel=${id}]`);
  const all = panel.getBoundingClientRect();
  const boxes = [...panel.querySelectorAll('[data-kind]')]
    .filter((one) => one.checkVisibility())
    .map((one) => {
      const { left, top, width, height } = one.getBoundingClientRect();
      const box = [left - all.left, top - all.top, width, height];
      return [one.dataset.kind, box, [left, top, width, height]];
    });
  return { width: all.width, boxes };
}"""
"""Every widget of a panel: its kind, its place from the panel's corner, and from the window's."""

APART = """async ([one, other, parts]) => {
  const read = async (url) => {
    const image = new Image();
    image.src = url;
    await image.decode();
    return image;
  };
  const [a, b] = [await read(one), await read(other)];
  const cut = (image, [x, y, w, h], wide, high) => {
    const g = new OffscreenCanvas(wide, high).getContext('2d', { willReadFrequently: true });
    g.imageSmoothingQuality = 'high';
    g.drawImage(image, x, y, w, h, 0, 0, wide, high);
    return g.getImageData(0, 0, wide, high).data;
  };
  return parts.map(([from, to, wide, high]) => {
    const [p, q] = [cut(a, from, wide, high), cut(b, to, wide, high)];
    let [far, sum] = [0, 0];
    for (let i = 0; i < p.length; i += 4) {
      const most = Math.max(...[0, 1, 2].map((c) => Math.abs(p[i + c] - q[i + c])));
      sum += most;
      if (most > 90) far += 1;
    }
    return { far: far / (wide * high), mean: sum / (wide * high) };
  });
}"""
"""How far parts of two pictures are from each other: each part's box in the one and in the other,
and the size in pixels at which they are compared.
"""


SAME = """(id) => {
  const { painted, texels } = worldloom.panels;
  const { parts } = painted(id);
  const [shown, whole] = [false, true].map((anew) => new Uint32Array(texels(id, anew).buffer));
  if (shown.length !== whole.length) return { parts, others: null };
  const hex = (texel) => texel.toString(16);
  const others = [];
  for (let i = 0; i < whole.length; i++)
    if (shown[i] !== whole[i]) others.push([i, hex(shown[i]), hex(whole[i])]);
  return { parts, others };
}"""
"""Which texels of a panel are others once all of it is painted again, and what they are."""
SPOT = """([id, selector, across, down]) => {
  const panel = document.querySelector(`.panel-host [data-panel='${id}']`);
  const all = panel.getBoundingClientRect();
  const box = panel.querySelector(selector).getBoundingClientRect();
  return [(box.left + box.width * across - all.left) / all.width,
    (box.top + box.height * down - all.top) / all.height];
}"""
"""Where a part of an element is on its panel, across and down it."""
RATIOS = (1, 1.1, 2.625)
"""Texels of a screen to a pixel of the page: a browser zooms by tenths, a phone has 2.625."""


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("kinds")
    (folder / "kinds.py").write_text(WORLD.read_text())
    (folder / "film.webm").write_bytes(encode(chromium, DRAW, seconds=4, rate=15))
    server = Served(folder / "realm.loom", str(folder / "kinds.py"))
    server.start()
    yield server
    server.stop()


def address_of(picture: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(picture).decode()}"


def looked_at(headset: Headset, panel: str) -> tuple[str, list[float]]:
    """Stand before a panel; return what is seen, and the panel's box in it in pixels."""
    page = headset.page
    middle, left, right, top, bottom = (
        np.array(page.evaluate(f"worldloom.panels.where('{panel}', {u}, {v})"))
        for u, v in ((0.5, 0.5), (0, 0.5), (1, 0.5), (0.5, 0), (0.5, 1))
    )
    out = np.cross(right - left, top - bottom)
    tall = float(np.linalg.norm(top - bottom))
    eyes = middle + out / np.linalg.norm(out) * max(MIN_M, tall * 0.55)
    for _ in range(2):  # who goes far takes the room along, and then stands a little beside
        headset.put_quickly("headset", eyes.tolist(), middle.tolist())
    wait(page, f"worldloom.panels.painted('{panel}').whole > 0")
    headset.frames(4)
    size = page.viewport_size
    assert size is not None
    off = np.array(headset.told(".head")) - middle
    across, up = right - left, top - bottom
    wide = float(np.linalg.norm(across))
    k = size["height"] / 2 / float(off @ out / np.linalg.norm(out))
    x = size["width"] / 2 - (wide / 2 + float(off @ across) / wide) * k
    y = size["height"] / 2 - (tall / 2 - float(off @ up) / tall) * k
    return address_of(screenshot(page)), [x, y, wide * k, tall * k]


@pytest.mark.frames
def test_every_kind_of_widget_is_worn_as_it_is_on_the_page_and_answers_a_ray(
    kinds: Served, visit: Open
) -> None:
    assert set(ROWS) == set(KINDS), "a kind has no row, or a row no kind"
    headset = wear(kinds, visit, "kinds", owner=True, width=400, height=400, device_scale_factor=1)
    page = headset.page
    wait(page, "document.fonts.status === 'loaded'")
    page.evaluate("document.querySelector('#ui').style.opacity = 0")
    x, y, z = page.evaluate("worldloom.panels.where('asks', 0.5, 0.5)")
    headset.put_quickly("headset", (x + 2, y, z + 2.5), (x + 2, y, z))
    headset.put("controller-left", (x, y - 2, z + 4))  # where no ray or hand hides a thing
    for kind, (act, comes) in ROWS.items():
        if act is not None:
            act(headset, f"[data-kind={kind}]")
            wait(page, comes)
    headset.press_panel("label", "[data-kind=button] button")
    wait(page, says("crate"))
    headset.press_panel("long", "th:last-child button")
    headset.press_panel("long", "[data-kind=toggle] input")
    headset.put_quickly("controller-right", (x, y - 2, z + 4), (x, y - 2, z + 5))
    # What was sent is told for some seconds: its line must not go between the pictures.
    wait(page, "!document.querySelector('[data-kind=form]').innerText.includes('Done')")
    looks = {}
    for panel in ("long", *PANELS):
        looks[panel] = looked_at(headset, panel)
        found = page.evaluate(SAME, panel)
        assert found["parts"] > 0 or panel == "label", "nothing of it was painted in parts"
        assert found["others"] == [], panel
    painted = {panel: page.evaluate(f"worldloom.panels.picture('{panel}')") for panel in PANELS}
    page.evaluate("window.device.remote.dispatch('end_session', {})")
    wait(page, "window.worldloom.headset === null")
    own = own_picture(page)
    met: set[str] = set()
    for panel in PANELS:
        placed = page.evaluate(BOXES, panel)
        left, top, wide, _ = looks[panel][1]
        k = wide / placed["width"]
        near, far = [], []
        for _, (x, y, w, h), there in placed["boxes"]:
            near.append([[x * 1.5, y * 1.5, w * 1.5, h * 1.5], there, ceil(w), ceil(h)])
            seen = [left + x * k, top + y * k, w * k, h * k]
            far.append([seen, there, ceil(w * k / 2), ceil(h * k / 2)])
        as_painted = page.evaluate(APART, [painted[panel], own, near])
        as_seen = page.evaluate(APART, [looks[panel][0], own, far])
        for (kind, *_), one, two in zip(placed["boxes"], as_painted, as_seen, strict=True):
            assert one["far"] < 0.02 and one["mean"] < 5, (kind, "painted", one)
            assert two["far"] < 0.2 and two["mean"] < 45, (kind, "seen", two)
            met.add(kind)
    assert met == set(KINDS), "a kind is in no panel"


SHORT = {"field": on("input"), "upload": on(".file-press"), "video": on(".play")}
"""What is pressed where only the looks of a press count."""


class Finger(Headset):
    """A ray on the panels of a flat page, after whose every move all of a panel is looked at."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.panel, self.spot = "", (0.0, 0.0)

    def aim_at_panel(
        self, panel: str, selector: str, across: float = 0.5, down: float = 0.5
    ) -> None:
        spot = self.page.evaluate(SPOT, [panel, selector, across, down])
        self.panel, self.spot = panel, spot
        self.point_there("move")

    def hold(self, value: float) -> None:
        self.point_there("down" if value else "up")

    def point_there(self, kind: str) -> None:
        place = [self.panel, kind, *self.spot]
        self.page.evaluate("place => worldloom.panels.point(...place)", place)
        self.look()

    def look(self) -> None:
        """See that what changed since all of the panel was painted is painted as all of it is."""
        assert self.page.evaluate(SAME, self.panel)["others"] == [], (self.panel, self.spot)


@pytest.fixture(scope="module")
def carded(chromium: Browser) -> Iterator[Browser]:
    """Start a browser whose canvases are drawn by the graphics card, as they are at home."""
    flags = [flag for flag in FLAGS if flag != "--disable-gpu-compositing"]
    browser = chromium.browser_type.launch(executable_path=CHROMIUM, args=flags)
    yield browser
    browser.close()


@pytest.mark.soak
def test_at_every_press_and_ratio_the_parts_make_the_same_texels_as_the_whole(
    kinds: Served, carded: Browser
) -> None:
    one = Visit.open(carded, 700, 500, device_scale_factor=1)
    one.context.add_init_script("HTMLMediaElement.prototype.play = async () => {}")
    page = one.enter(kinds.world("kinds"))
    wait(page, "document.fonts.status === 'loaded'")
    for panel in (*PANELS, "long"):
        wait(page, f"worldloom.panels.painted('{panel}')?.whole > 0")
    screen = one.context.new_cdp_session(page)
    size = {"width": 700, "height": 500, "mobile": False}
    for ratio in RATIOS:
        screen.send("Emulation.setDeviceMetricsOverride", {**size, "deviceScaleFactor": ratio})
        finger, before = Finger(page), page.evaluate(PARTS)
        for kind, (act, _) in ROWS.items():
            if act is not None:
                SHORT.get(kind, act)(finger, f"[data-kind={kind}]")
        finger.press_panel("label", "[data-kind=button] button")
        for selector in ("th:last-child button", "tbody tr", "[data-kind=toggle] input"):
            finger.press_panel("long", selector)
        wait(page, "!document.querySelector('.panel-host [aria-busy=true]')")
        for finger.panel in (*PANELS, "long"):
            finger.look()  # once more, with what the server answered
        assert page.evaluate(PARTS) > before + 40, "nothing much was painted in parts"
    one.context.close()
    one.check()


def own_picture(page: Page) -> str:
    """Return how the page itself shows the panels that hang in the world, one below the other."""
    high = page.evaluate(
        """() => {
          window.requestAnimationFrame = () => 0; // the world need not be drawn any more
          const host = document.querySelector('.panel-host');
          host.style.left = '0';
          document.body.append(host);
          document.querySelector('#ui').hidden = true;
          return host.getBoundingClientRect().height;
        }"""
    )
    page.set_viewport_size({"width": 620, "height": ceil(high) + 20})
    page.wait_for_timeout(300)
    return address_of(page.screenshot())  # there are no frames to wait for


def test_on_the_page_a_film_is_worked_by_keys_and_its_words_stand_under_it(
    kinds: Served, visit: Open
) -> None:
    page = visit(700, 500).enter(kinds.world("kinds"))
    page.get_by_role("button", name="Open Shows").click()
    shown = page.locator(".dock [data-kind=video]")
    film = "document.querySelector('.dock [data-kind=video] video')"
    wait(page, f"{film}?.readyState > 1")
    shown.get_by_role("button", name="Play").press("Enter")
    wait(page, f"!{film}.paused && {film}.currentTime > 0.1")
    shown.get_by_role("button", name="Sound off").press("Enter")
    wait(page, f"{film}.muted")
    shown.get_by_role("button", name="Pause").press("Enter")
    wait(page, f"{film}.paused")
    assert shown.locator(".cues").is_hidden()
    slider = shown.get_by_role("slider", name="Position")
    slider.fill("2.5")
    wait(page, "!document.querySelector('.dock .cues').hidden")
    assert shown.locator(".cues").inner_text() == "The second half"
    assert slider.get_attribute("aria-valuetext") == "0:02 / 0:04"
    colours = page.evaluate(
        """film => {
          const g = new OffscreenCanvas(32, 18).getContext('2d');
          g.drawImage(film, 0, 0, 32, 18);
          return [...g.getImageData(2, 2, 1, 1).data];
        }""",
        page.query_selector(".dock [data-kind=video] video"),
    )
    # DRAW at 2.5 s: red is 60 + 225 modulo 180; the codec is a few steps off.
    assert np.allclose(colours[:3], (105, 40, 160), atol=12), colours

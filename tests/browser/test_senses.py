"""What a page sees, hears and feels with real files: BasisU pictures, a sky, a sound, a gamepad."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.conftest import Served, Visit, wait
from tests.browser.test_models import ktx2_model

Open = Callable[..., Visit]
WORLDS = """
from worldloom import Click, Color, Component, Sky, Sound, World, model, sphere

world, evening = World("senses"), World("evening")


class Pressed(Component):
    times: int = 0


for place, hdri in ((world, ""), (evening, "sunset")):
    place.spawn("sky", Sky(hour=12, hdri=hdri))
    place.spawn("target", sphere(radius=1.4), Color("#3050a0"), Pressed(), at=(2.4, 1.6, -4))
world.spawn("panel", model("panel.glb"), at=(-2.2, 0.2, -4))
world.spawn("bell", Sound("file:bell.wav", reach=9.0), at=(0, 1, 0))
target = world["target"]


@world.on(Click, target)
def press(click: Click) -> None:
    target[Pressed] = Pressed(target[Pressed].times + 1)
"""
TARGET = "Object.values(window.worldloom.entities()).find(e => e.name === 'target')"
TIMES = f"({TARGET}?.components['senses.Pressed']?.times ?? 0)"
# After the page's own frame the canvas still holds what was drawn; `take` reads its pixels.
PICTURE = """() => new Promise((done) => requestAnimationFrame(() => {
  const to = new OffscreenCanvas(640, 360).getContext('2d');
  to.drawImage(document.getElementById('stage'), 0, 0, 640, 360);
  const { data } = to.getImageData(LEFT, TOP, WIDE, HIGH);
  let found = START;
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b] = data.subarray(i, i + 3);
    TAKE
  }
  done(found);
}))"""
LISTEN = """
const connect = AudioNode.prototype.connect;
const meters = [];
window.heard = () => Math.max(0, ...meters.map((meter) => {
  const wave = new Float32Array(2048);
  meter.getFloatTimeDomainData(wave);
  return Math.hypot(...wave) / Math.sqrt(2048);
}));
AudioNode.prototype.connect = function (to, ...rest) {
  if (to instanceof AudioDestinationNode) {
    const meter = new AnalyserNode(this.context, { fftSize: 2048 });
    connect.call(this, meter);
    meters.push(meter);
  }
  return connect.call(this, to, ...rest);
};
"""
GAMEPAD = """
window.pad = { connected: true, axes: [0, 0, 0, 0],
  buttons: Array.from({ length: 17 }, () => ({ pressed: false, value: 0 })) };
navigator.getGamepads = () => [null, window.pad];
"""


def uastc(red: int, green: int, blue: int) -> bytes:
    """Return a 4 by 4 block of one colour: mode 8 of UASTC, with its hints for ETC1."""
    fields = [(0x17, 5), (red, 8), (green, 8), (blue, 8), (255, 8), (1, 1), (0, 3), (0, 2)]
    fields += [(red >> 3, 5), (green >> 3, 5), (blue >> 3, 5)]
    bits = place = 0
    for value, width in fields:
        bits |= value << place
        place += width
    return bits.to_bytes(16, "little")


def basis_picture() -> bytes:
    """Return an 8 by 8 KTX2 in UASTC: red and green above, blue and yellow below."""
    blocks = uastc(200, 30, 30) + uastc(20, 160, 40) + uastc(20, 50, 200) + uastc(220, 200, 20)
    # A basic descriptor: colour model 166 is UASTC, transfer 2 is sRGB, blocks of 4 by 4.
    basic = struct.pack("<HHHH", 0, 0, 2, 40) + bytes((166, 1, 2, 0, 3, 3, 0, 0, 16, *bytes(7)))
    basic += struct.pack("<HBBIII", 0, 127, 0, 0, 0, 0xFFFFFFFF)
    described = struct.pack("<I", 4 + len(basic)) + basic
    start = 80 + 24
    data_at = -(-(start + len(described)) // 16) * 16
    head = b"\xabKTX 20\xbb\r\n\x1a\n" + struct.pack("<9I", 0, 1, 8, 8, 0, 0, 1, 1, 0)
    index = struct.pack("<4I2Q", start, len(described), 0, 0, 0, 0)
    level = struct.pack("<3Q", data_at, len(blocks), len(blocks))
    return (head + index + level + described).ljust(data_at, b"\0") + blocks


def tone() -> bytes:
    """Return one second of 440 Hz as a WAV of 16 bits."""
    rate = 22_050
    wave = [int(12_000 * math.sin(2 * math.pi * 440 * k / rate)) for k in range(rate)]
    data = struct.pack(f"<{rate}h", *wave)
    shape = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16)
    body = b"WAVE" + shape + struct.pack("<4sI", b"data", len(data)) + data
    return struct.pack("<4sI", b"RIFF", len(body)) + body


@pytest.fixture(scope="module")
def senses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a world with a panel, a bell and a ball to press, and one under another sky."""
    folder = tmp_path_factory.mktemp("senses")
    (folder / "panel.glb").write_bytes(ktx2_model(basis_picture(), scale=4.0))
    (folder / "bell.wav").write_bytes(tone())
    file = folder / "senses.py"
    file.write_text(WORLDS, "utf-8")
    server = Served(folder / "realm.loom", str(file))
    server.start()
    yield server
    server.stop()


def pixels(visit: Visit, area: tuple[int, int, int, int], start: str, take: str) -> Any:
    """Fold the drawn pixels (r, g, b) of an area into `found`, in the page's own language."""
    script = PICTURE.replace("START", start).replace("TAKE", take)
    for word, number in zip(("LEFT", "TOP", "WIDE", "HIGH"), area, strict=True):
        script = script.replace(word, str(number))
    return visit.page.evaluate(script)


def count(visit: Visit, wanted: str) -> int:
    """Return how many pixels of the drawn world fit a condition on r, g and b."""
    return int(pixels(visit, (0, 0, 640, 360), "0", f"if ({wanted}) found += 1;"))


def settle(visit: Visit) -> None:
    wait(visit.page, "window.worldloom.stats().settled && window.worldloom.stats().triangles > 0")
    visit.page.wait_for_timeout(400)


@pytest.mark.soak
@pytest.mark.frames
def test_a_basis_picture_is_transcoded_by_our_own_server_and_shows_its_colours(
    senses: Served, visit: Open
) -> None:
    window = visit()
    asked: list[str] = []
    said: list[str] = []
    window.page.on("request", lambda request: asked.append(request.url))
    window.page.on("console", lambda line: said.append(line.text))
    window.enter(senses.world("senses"))
    settle(window)
    assert any("basis_transcoder" in url and ".wasm" in url for url in asked), (asked, said)
    panel = {
        "red": count(window, "r > 1.8 * g && r > 1.8 * b && r > 70"),
        "green": count(window, "g > 1.6 * r && g > 1.6 * b"),
        "blue": count(window, "b > 3 * g && b > 3 * r"),
        "yellow": count(window, "r > 1.8 * b && g > 1.8 * b"),
    }
    assert min(panel.values()) > 300, (panel, said)


def ball(visit: Visit) -> tuple[float, ...]:
    """Return the mean colour of the pixels in the middle of the ball."""
    add = "found[0] += r; found[1] += g; found[2] += b;"
    sums = pixels(visit, (416, 150, 24, 30), "[0, 0, 0]", add)
    return tuple(value / (24 * 30) for value in sums)


@pytest.mark.soak
def test_a_packed_picture_of_a_sky_lights_what_stands_under_it(senses: Served, visit: Open) -> None:
    plain, window = visit(320, 180), visit(320, 180)
    asked: list[str] = []
    said: list[str] = []
    window.page.on("request", lambda request: asked.append(request.url))
    window.page.on("console", lambda line: said.append(line.text))
    plain.enter(senses.world("senses"), "quality=medium&hour=23")
    settle(plain)
    under_ours = ball(plain)
    window.enter(senses.world("evening"), "quality=medium&hour=23")
    settle(window)
    assert any("/static/assets/sunset.exr" in url for url in asked), said
    for _ in range(60):  # the light follows some frames after the picture
        if math.dist(ball(window), under_ours) > 12:
            break
        window.page.wait_for_timeout(200)
    assert math.dist(ball(window), under_ours) > 12, (ball(window), under_ours)
    assert not [line for line in said if "sky" in line], said


def test_a_sound_is_heard_near_its_place_after_the_first_gesture_and_not_far_away(
    senses: Served, visit: Open
) -> None:
    window = visit()
    window.page.add_init_script(LISTEN)
    page = window.enter(senses.world("senses"))
    assert page.evaluate("window.heard()") == 0
    page.mouse.click(320, 330)
    wait(page, "window.heard() > 0.01")
    page.evaluate("window.worldloom.go([0, 0, 60])")
    wait(page, "window.heard() < 0.0005")


@pytest.mark.soak
def test_steps_touches_and_doors_are_heard_and_can_be_silenced(senses: Served, visit: Open) -> None:
    window = visit()
    window.page.add_init_script(LISTEN)
    page = window.enter(senses.world("senses"))
    page.evaluate("window.worldloom.go([0, 0, 60])")  # where no bell is heard
    assert page.evaluate("window.worldloom.stats().sounds") == {}, "nothing before a gesture"
    page.locator("#stage").focus()
    page.keyboard.down("s")
    wait(page, "window.worldloom.stats().sounds.step > 2 && window.heard() > 0.0005")
    page.keyboard.up("s")
    page.keyboard.press("Space")
    wait(page, "window.worldloom.stats().sounds.land >= 1")
    touched = page.evaluate("window.worldloom.stats().sounds.touch ?? 0")
    page.evaluate("window.worldloom.click('bell')")
    wait(page, f"window.worldloom.stats().sounds.touch > {touched}")
    doors = page.evaluate("window.worldloom.stats().sounds.door ?? 0")
    other = visit().enter(senses.world("senses"))
    wait(page, f"window.worldloom.stats().sounds.door > {doors}")
    steps = page.evaluate("window.worldloom.stats().sounds.step")
    other.evaluate("window.worldloom.go([0, 0, 58])")
    other.locator("#stage").focus()
    other.keyboard.down("d")
    wait(page, f"window.worldloom.stats().sounds.step > {steps}")
    other.keyboard.up("d")
    page.keyboard.press("m")
    page.get_by_text("Steps and touches are silent").wait_for()
    silent = page.evaluate("window.worldloom.stats().sounds.step")
    page.locator("#stage").focus()
    page.keyboard.down("s")
    page.wait_for_timeout(2_500)
    page.keyboard.up("s")
    assert page.evaluate("window.worldloom.stats().sounds.step") == silent
    page.reload()
    wait(page, "window.worldloom && window.worldloom.me != null")
    page.locator("#stage").focus()
    page.keyboard.down("s")
    page.wait_for_timeout(2_500)
    page.keyboard.up("s")
    assert page.evaluate("window.worldloom.stats().sounds") == {}, "and it is remembered"


@pytest.mark.soak
def test_a_gamepad_walks_turns_and_presses(senses: Served, visit: Open) -> None:
    window = visit()
    window.page.add_init_script(GAMEPAD)
    page = window.enter(senses.world("senses"))
    settle(window)
    start = page.evaluate("window.worldloom.me.position")
    page.evaluate("window.pad.axes[1] = 1")  # the stick drawn back: away from the ball
    wait(
        page,
        f"Math.hypot(window.worldloom.me.position[0] - {start[0]},"
        f" window.worldloom.me.position[2] - {start[2]}) > 1",
    )
    page.evaluate("window.pad.axes[1] = 0")
    page.evaluate("window.worldloom.go([1.6, 0, -0.6])")
    before = page.evaluate(TIMES)
    for _ in range(60):  # turn until the ball is in the middle, trying the button as one does
        page.evaluate("window.pad.buttons[0].pressed = true")
        page.wait_for_timeout(120)
        page.evaluate("window.pad.buttons[0].pressed = false; window.pad.axes[2] = 0.6")
        page.wait_for_timeout(80)
        page.evaluate("window.pad.axes[2] = 0")
        if page.evaluate(TIMES) > before:
            break
    wait(page, f"{TIMES} > {before}", seconds=5)


@pytest.mark.soak
@pytest.mark.frames
def test_the_thing_under_the_pointer_gets_an_outline_and_loses_it_again(
    senses: Served, visit: Open
) -> None:
    window = visit()
    page = window.enter(senses.world("senses"))
    settle(window)

    def rim() -> int:
        """How many pixels have the outline's colour."""
        return count(window, "Math.hypot(r - 255, g - 241, b - 207) < 16")

    page.mouse.move(5, 340)
    page.wait_for_timeout(300)
    without = rim()
    hint = page.locator(".hint")
    for x in range(380, 620, 20):
        page.mouse.move(x, 150)
        page.wait_for_timeout(80)
        if hint.is_visible():
            break
    assert hint.is_visible(), "the ball is nowhere under the pointer"
    page.wait_for_timeout(300)
    assert rim() > without + 150
    page.mouse.move(5, 340)
    page.wait_for_timeout(300)
    assert rim() < without + 20

"""In an emulated headset: charts, lists, numbers, tables and writing are seen and used by ray."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.browser.conftest import Served, wait
from tests.browser.headset import Headset, Open, seen, wear
from tests.browser.looks import ways
from tests.browser.pixels import Colours, share
from tests.browser.test_headset_things import until
from tests.browser.test_headset_widgets import BOXES, SAME, looked_at

WORLD = """
import numpy as np
from worldloom import *

world = World("bench")
world.spawn("sky", Sky(hour=12, clouds=0.0))
world.spawn("start", Spawn(radius=0.1), at=(0, 0, 3))
world.spawn("ground", box(40, 0.2, 40), Color("#8fa37e"), at=(0, -0.1, 0))
world.spawn("dust", Particles(400, "#ff00ff", 0.12, area=(2, 1, 1), glow=False), at=(0, 1.5, 20))

draws = world.use(Panel("Draws", at="wall", place=(0, 1.5, 0)))
steps = np.arange(30.0)
draws.chart("Shops", {"north": [5, 4, 3], "south": [9, 7, 8]}, kind="bar", id="bars")
draws.chart("Cloud", [steps, np.sin(steps), np.cos(steps)], names=["one", "two"], kind="scatter",
            id="dots")
draws.histogram("Spread", np.repeat(np.arange(7), [1, 3, 9, 20, 9, 3, 1]), bins=7, id="heap")

asks = world.use(Panel("Asks", at="wall", place=(2, 1.5, 0)))
ways = ["north", "east", "south", "west", "upward", "downward", "home"]
way = asks.choice("Way", ways, id="way")
litres = asks.number("Litres", 5, max=500, id="litres")
asks.table(["number", "name"], [[n, f"part {n * 7 % 30}"] for n in range(30)], label="Parts",
           id="parts")
said = asks.text("Nothing yet.", id="said")

reads = world.use(Panel("Reads", at="wall", place=(-2, 1.5, 0)))
reads.markdown("# HHHH\\n\\nHHHH\\n\\n**HHHH**\\n\\n[HHHH](https://worldloom.example)\\n\\n- HHHH",
               id="written")
line = reads.text("Dull.", id="line")


def plain(red, green, blue):
    return np.broadcast_to(np.array([red, green, blue], np.uint8), (16, 32, 3))


wrist = world.use(Panel("Lamp", at="wrist"))
wrist.image(plain(255, 0, 255), "pink", id="pink")
page = world.use(Panel("Map"))
page.image(plain(0, 220, 40), "green", id="green")
lit = page.button("Light it", id="light")


@lit
def light() -> None:
    said.set(text="lit")


@way
def went(visitor: Visitor, value: str) -> None:
    said.set(text=f"way {value}")


@litres
def poured(visitor: Visitor, value: float) -> None:
    said.set(text=f"litres {value:.0f}")


@world.action
def brighten() -> None:
    line.set(text="It is as bright as it can be here.")
"""
BLUE, BROWN = (0, 114, 178), (192, 77, 0)
PINK, GREEN = (255, 0, 255), (0, 220, 40)
LINE = "worldloom.panels.widget('asks', 'said').text"
PARTS = "document.querySelector('[data-panel=asks] [data-w=parts]')"
MARKS = """(id) => {
  const panel = document.querySelector(`.panel-host [data-panel=${id}]`);
  const all = panel.getBoundingClientRect();
  const found = {};
  for (const name of ['h1, h2, h3', 'p:not(:has(*))', 'strong', 'a', 'li']) {
    const one = panel.querySelector(`[data-w=written] :is(${name})`);
    const range = document.createRange();
    range.selectNodeContents(one);
    const { left, top, width, height } = range.getBoundingClientRect();
    found[name.split(/[,:]/)[0]] = [left - all.left, top - all.top, width, height]
      .map((part) => part / all.width);
  }
  return found;
}"""
"""Where the words of each kind are on the panel, in parts of its width."""
PICTURE = """async (id) => {
  const image = new Image();
  image.src = worldloom.panels.picture(id);
  await image.decode();
  const g = new OffscreenCanvas(image.width, image.height).getContext('2d');
  g.drawImage(image, 0, 0);
  const { data } = g.getImageData(0, 0, image.width, image.height);
  return [image.width, image.height, Array.from(data)];
}"""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("bench")
    (folder / "bench.py").write_text(WORLD)
    server = Served(folder / "realm.loom", str(folder / "bench.py"))
    server.start()
    yield server
    server.stop()


def put_on(bench: Served, visit: Open, **options: Any) -> Headset:
    """Wear a headset with a square view, and nothing of the page over it."""
    wished: dict[str, Any] = {"width": 400, "height": 400, "device_scale_factor": 1, **options}
    headset = wear(bench, visit, "bench", **wished)
    headset.page.evaluate("document.querySelector('#ui').style.opacity = 0")
    headset.put("controller-left", (0, -1, 6))
    return headset


def parts_seen(headset: Headset, panel: str) -> dict[str, Colours]:
    """Return what the eyes are shown of each widget of a panel, by its kind; the last of each."""
    headset.put("controller-right", (0, -1, 6))
    _, (left, top, wide, _) = looked_at(headset, panel)
    placed = headset.page.evaluate(BOXES, panel)
    k = wide / placed["width"]
    drawn = seen(headset.page)
    found: dict[str, Colours] = {}
    for at, (kind, (x, y, w, h), _) in enumerate(placed["boxes"]):
        rows = slice(int(top + y * k), int(top + (y + h) * k))
        found[f"{kind} {at}"] = drawn[rows, int(left + x * k) : int(left + (x + w) * k)]
    return found


def near(part: Colours, colour: tuple[int, int, int]) -> NDArray[np.bool_]:
    """Return which pixels have about a colour."""
    close: NDArray[np.bool_] = (np.abs(part - np.array(colour)) <= 45).all(-1)
    return close


@pytest.mark.soak
def test_bars_dots_and_heaps_are_seen_and_told_by_a_ray(bench: Served, visit: Open) -> None:
    headset = put_on(bench, visit)
    shown = parts_seen(headset, "draws")
    bars, dots, heap = (one for name, one in shown.items() if name.split()[0] != "column")
    low, high = near(bars, BLUE), near(bars, BROWN)
    assert low.mean() > 0.04 and high.mean() > 1.4 * low.mean(), "24 is more than 12"
    assert low.any(0).sum() < 0.5 * low.shape[1], "bars, and no sheet"
    warm = dots[..., 0] - dots[..., 2]  # a dot is a texel or two, and paler than its line
    for spots in (warm > 60, warm < -40):
        assert 0.001 < spots.mean() < 0.05, spots.mean()
        rows = np.flatnonzero(spots.any(1))
        assert rows[-1] - rows[0] > 0.35 * len(spots), "the dots are high and low"
    tall = near(heap, BLUE).sum(0)
    filled = np.flatnonzero(tall)
    third = len(filled) // 3
    edge, middle = tall[filled[:third]].mean(), tall[filled[third : 2 * third]].mean()
    assert near(heap, BLUE).mean() > 0.05 and middle > 3 * edge, (edge, middle)
    headset.aim_at_panel("draws", "[data-w=bars] canvas", 0.3, 0.7)
    wait(headset.page, "document.querySelector('[data-w=bars] .readout').innerText.length > 4")
    assert headset.page.evaluate(SAME, "draws")["others"] == []


def test_one_of_many_is_chosen_and_a_number_written_by_ray(bench: Served, visit: Open) -> None:
    headset = put_on(bench, visit)
    page = headset.page
    headset.press_panel("asks", "[data-w=way] .opener")
    wait(page, "!document.querySelector('[data-w=way] .drop').hidden")
    headset.frames(4)
    headset.press_panel("asks", "[data-w=way] .options button:nth-child(4)")
    wait(page, f"{LINE} === 'way west'")
    assert page.evaluate("document.querySelector('[data-w=way] .drop').hidden")
    headset.press_panel("asks", "[data-w=litres] input")
    wait(page, "worldloom.headset.keys")
    for key in ("⌫", "4", "2", "Enter"):
        headset.tap(key)
    wait(page, f"!worldloom.headset.keys && {LINE} === 'litres 42'")
    assert page.evaluate(SAME, "asks")["others"] == []


def test_a_table_is_sorted_and_filtered_by_ray(bench: Served, visit: Open) -> None:
    headset = put_on(bench, visit)
    page = headset.page
    first = f"{PARTS}.querySelector('tbody tr').innerText"
    before = page.evaluate("worldloom.panels.picture('asks')")
    for ends in ("ascending", "descending"):
        headset.press_panel("asks", "[data-w=parts] th:first-child button")
        wait(page, f"{PARTS}.querySelector('th').ariaSort === '{ends}'")
    assert page.evaluate(first).split()[0] == "29"
    headset.press_panel("asks", "[data-w=parts] .table-tools input")
    wait(page, "worldloom.headset.keys")
    for key in ("2", "7", "✓"):
        headset.tap(key)
    wait(page, f"{PARTS}.querySelector('[role=status]').innerText.startsWith('2 of 30')")
    headset.frames(4)
    assert page.evaluate(SAME, "asks")["others"] == [], "what is shown is what is painted anew"
    assert page.evaluate("worldloom.panels.picture('asks')") != before


@pytest.mark.soak
def test_headings_bold_words_links_and_new_lines_are_painted_as_such(
    bench: Served, visit: Open
) -> None:
    headset = put_on(bench, visit)
    page = headset.page
    text = next(one for name, one in parts_seen(headset, "reads").items() if "markdown" in name)
    ground = np.median(text.reshape(-1, 3), axis=0)
    assert (np.abs(text - ground).max(-1) > 60).mean() > 0.01, "there is writing to be seen"
    wide, high, flat = page.evaluate(PICTURE, "reads")
    whole = np.array(flat, np.int16).reshape(high, wide, 4)[:, :, :3]
    ink, hue = {}, {}
    for name, box in page.evaluate(MARKS, "reads").items():
        x, y, w, h = (round(part * wide) for part in box)
        part = whole[y : y + h, x : x + w]
        dark = np.abs(part - np.median(part.reshape(-1, 3), axis=0)).max(-1) > 90
        assert dark.any(), name
        ink[name] = (int(dark.any(1).sum()), float(dark.sum() / dark.any(1).sum()))
        hue[name] = float(np.ptp(part[dark].mean(0)))
    assert ink["h1"][0] > ink["p"][0] and ink["h1"][1] > 1.2 * ink["p"][1], "a heading is larger"
    assert ink["strong"][1] > 1.15 * ink["p"][1], "bold is thicker"
    assert hue["a"] > hue["p"] + 30, "a link has a colour"
    wide_before, high_before = wide, high
    page.evaluate("worldloom.do('brighten')")
    wait(page, "worldloom.panels.widget('reads', 'line').text.startsWith('It is as bright')")
    headset.frames(4)
    wide, high, flat = page.evaluate(PICTURE, "reads")
    after = np.array(flat, np.int16).reshape(high, wide, 4)[:, :, :3]
    assert (wide, high) == (wide_before, high_before)
    changed = np.abs(after - whole).max(-1) > 60
    assert changed[-int(0.4 * high) :].sum() > 200 and not changed[: high // 2].any()
    assert page.evaluate(SAME, "reads")["others"] == []


@pytest.mark.soak
def test_panels_of_the_wrist_and_of_the_page_hang_under_the_menu_and_are_pressed(
    bench: Served, visit: Open
) -> None:
    headset = put_on(bench, visit)
    page = headset.page
    headset.put("controller-right", (0.35, 1.3, 2.7))
    assert share(seen(page), PINK, 60) == share(seen(page), GREEN, 60) == 0
    headset.raise_wrist()
    wait(page, "['lamp', 'map'].every((id) => worldloom.panels.where(id, 0.5, 0.5))")
    x, y, z = headset.told(".head")
    headset.put_quickly("headset", (x, y, z), page.evaluate("worldloom.panels.where('map', .5, 0)"))
    both = until(
        page,
        lambda drawn: min(share(drawn, PINK, 60), share(drawn, GREEN, 60)) > 0.004,
        "the panels at the wrist",
    )
    rows = [float(np.nonzero(near(both, colour))[0].mean()) for colour in (PINK, GREEN)]
    assert rows[0] < rows[1], "one under the other"
    headset.press_panel("map", "[data-w=light] button")
    wait(page, f"{LINE} === 'lit'")
    headset.lower_wrist()
    until(page, lambda drawn: share(drawn, GREEN, 60) == 0, "an empty wrist")


@pytest.mark.soak
def test_who_turns_smoothly_turns_as_long_as_the_stick_is_pushed(
    bench: Served, visit: Open
) -> None:
    headset = put_on(bench, visit, likes="hand:right moving:teleport turning:smooth")
    turned = [headset.told(".yaw")]
    headset.stick("right", 0.6, 0)
    for _ in range(6):
        headset.frames(1)
        turned.append(headset.told(".yaw"))
    headset.stick("right", 0, 0)
    ways = np.diff(np.unwrap(turned))
    assert (ways[1:] < 0).all(), f"frame by frame, and to the right: {ways}"
    at_rest = headset.told(".yaw")
    headset.frames(3)
    assert headset.told(".yaw") == pytest.approx(at_rest, abs=1e-3)


@pytest.mark.frames
@ways("motion", ["reduce"], soak=["no-preference"])
def test_particles_stand_still_in_a_headset_for_who_asked(
    bench: Served, visit: Open, motion: str
) -> None:
    headset = put_on(bench, visit, reduced_motion=motion)
    page = headset.page
    page.evaluate("worldloom.go([0, 0, 23])")
    wait(page, "worldloom.me.position[2] > 22")
    headset.put("controller-right", (0, -1, 26))
    headset.put("controller-left", (0, -1, 26))
    for _ in range(2):
        headset.put_quickly("headset", (0, 1.6, 23), (0, 1.5, 20))
    until(page, lambda drawn: share(drawn, PINK, 90) > 0.002, "dust")
    headset.frames(4)  # its first picture is drawn while the head and the light still arrive
    before = near(seen(page), PINK)
    headset.frames(8)
    moved = (near(seen(page), PINK) != before).sum() / before.sum()
    assert moved == 0 if motion == "reduce" else moved > 0.1

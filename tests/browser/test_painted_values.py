"""A panel in the world shows every kind of value as soon as it is set, and in every script."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served, Visit, wait
from tests.browser.pixels import DIFFERENCES

Open = Callable[..., Visit]
WORLD = """
from worldloom import Panel, Sky, Spawn, Transform, World

world = World("kinds")
world.spawn("sky", Sky(hour=12))
world.spawn("start", Spawn(radius=0.1), Transform((0, 0, 3)))
wall = world.use(Panel("Asks", at="wall", place=(-1, 1.5, -1)))
widgets = {
    "toggle": wall.toggle("Toggle", scope="all"),
    "slider": wall.slider("Slider", 0, 100, 10, scope="all"),
    "number": wall.number("Number", 5, scope="all"),
    "choice": wall.choice("Choice", ["north", "south"], "north", scope="all"),
    "field": wall.field("Field", "one", scope="all"),
    "lines": wall.field("Lines", "one", lines=3, scope="all"),
    "towns": wall.choice("Towns", [f"Town {k}" for k in range(9)], "Town 1", scope="all"),
    "tank": wall.progress("Tank", 0.2),
    "load": wall.meter("Load", 20, max=100),
}
SET = {"toggle": True, "slider": 70, "number": 61, "choice": "south", "field": "other words",
       "lines": "other lines", "towns": "Town 7", "tank": 0.8, "load": 77}

chinese = "泵站七号向北方水箱供水，夜间压力保持不变。阀门「甲」由值班员看管；ポンプは止まりません。"
arabic = "تضخ المحطة السابعة الماء إلى الخزان الشمالي ويبقى الضغط ثابتا طوال الليل بعناية الحارس."
for name, text in (("chinese", chinese), ("arabic", arabic)):
    panel = world.use(Panel(text[:8], id=name, at="wall", place=(1.2, 1.5, -1)))
    panel.text(text)
    panel.button(text[:12])
    panel.field(text[:6], text[:16])
    panel.field(text[:6], text * 2 + "\\n\\n" + "W" * 90 + " end", lines=3)
    panel.table([text[:6]], [[text * 2], [text[:5]]], label=text[:9])


@world.action
def change(which: str) -> None:
    widgets[which].set(value=SET[which])
"""
KINDS = ("toggle", "slider", "number", "choice", "field", "lines", "towns", "tank", "load")
BOTH = "[false, true].map((anew) => window.worldloom.panels.picture('asks', anew))"
PICTURE = "(name) => window.worldloom.panels.picture(name, true)"
FIRST = """(name) => document.querySelector('.panel-host').prepend(
  document.querySelector(`.panel-host [data-panel=${name}]`))"""
COUNT = "((c) => c.whole + c.parts)(window.worldloom.panels.painted('asks'))"

LETTERS = "p.text, button, input, textarea, td, .caption, label, h2"
BOXES = """([name, letters]) => {
  const panel = document.querySelector(`[data-panel=${name}]`);
  const from = panel.getBoundingClientRect();
  return [...panel.querySelectorAll(letters)].flatMap((one) => {
    const { left, top, width, height } = one.getBoundingClientRect();
    const name = one.localName + ': ' + (one.innerText || one.value || '').slice(0, 12);
    return width && height ? [[name, left - from.left, top - from.top, width, height]] : [];
  });
}"""


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("kinds")
    (folder / "kinds.py").write_text(WORLD)
    server = Served(folder / "realm.loom", str(folder / "kinds.py"))
    server.start()
    yield server
    server.stop()


def enter(kinds: Served, visit: Open) -> Page:
    """Enter and wait until the panel on the wall is painted, and stays so."""
    page = visit(500, 400, device_scale_factor=1.5).enter(kinds.world("kinds"))
    wait(page, "window.worldloom.panels.painted('asks')?.whole > 0")
    wait(page, "document.fonts.status === 'loaded'")
    page.wait_for_timeout(800)
    return page


@pytest.mark.soak
def test_what_python_sets_is_seen_on_a_wall_in_every_kind_of_widget(
    kinds: Served, visit: Open
) -> None:
    page = enter(kinds, visit)
    for kind in KINDS:
        before, shown_before = page.evaluate(COUNT), page.evaluate(BOTH)[0]
        page.evaluate("(which) => worldloom.do('change', {which})", kind)
        wait(page, f"{COUNT} > {before}")
        page.wait_for_timeout(400)
        shown, anew = page.evaluate(BOTH)
        assert shown != shown_before, f"{kind}: nothing is seen of it"
        assert shown == anew, f"{kind}: the wall shows what was before"
    page.set_viewport_size({"width": 700, "height": 1100})
    page.evaluate("document.querySelector('.panel-host').inert = false")
    painted = {name: page.evaluate(PICTURE, name) for name in ("chinese", "arabic")}
    page.evaluate("document.querySelector('.panel-host').style.left = '0'")
    page.evaluate("document.querySelector('#ui').append(document.querySelector('.panel-host'))")
    for name, picture in painted.items():
        page.evaluate(FIRST, name)  # at a whole pixel, as it is painted
        shot = page.locator(f".panel-host [data-panel={name}]").screenshot()
        shown = f"data:image/png;base64,{base64.b64encode(shot).decode()}"
        boxes = page.evaluate(BOXES, [name, LETTERS])
        found = page.evaluate(DIFFERENCES, [picture, shown, [box[1:] for box in boxes], 1.5])
        for (what, *_), (far, inked) in zip(boxes, found, strict=True):
            assert inked > 0.004 and far < 0.2 * inked, f"{name}, {what}: {far} of {inked}"

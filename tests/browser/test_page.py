"""What the page promises to scripts, to thin lines, and to the examples' worlds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import numpy as np
import pytest

from tests.browser.conftest import Served, Visit, wait
from tests.browser.looks import ways
from tests.browser.pixels import Colours, drawn_until

Open = Callable[..., Visit]
EXAMPLES = Path(__file__).parents[2] / "examples"
INITIAL_JS_BYTES_MAX = 220_000
PROBE = {
    "panels", "ready", "world", "seq", "stateHash", "me", "entities",
    "visitors", "do", "go", "headset", "click", "screen", "assets", "stats", "at", "live", "reach",
}  # fmt: skip
DRAWN = ("00_hello", "12_dashboard", "18_instances", "21_vrm_mirror")
DRAWN_LATER = (
    "01_colours", "02_clock", "03_model", "13_form", "14_seats", "15_throwing", "16_ar", "17_zone",
    "19_heat", "20_graph",
)  # fmt: skip
INKED = """() => {
  const charts = [...document.querySelectorAll('.dock canvas')].filter((one) => one.width > 0);
  const ink = (chart) => chart.getContext('2d').getImageData(0, 0, chart.width, chart.height).data;
  return charts.some((one) => new Set(new Uint32Array(ink(one).buffer)).size > 3);
}"""
"""Whether something stands on a chart of a panel."""
IMPORTED = re.compile(rb"""(?:from|import)\s*["']\./([\w.-]+\.js)["']""")


def get(url: str, **headers: str) -> bytes:
    with urlopen(Request(url, headers=headers), timeout=10) as answer:
        body: bytes = answer.read()
    return body


def test_the_first_scripts_are_at_most_220_kb_gzipped(plaza: Served) -> None:
    page = get(f"{plaza.url}/").decode()
    awaited = re.findall(r'/static/assets/([\w.-]+\.js)"', page)
    assert awaited
    sizes: dict[str, int] = {}
    while awaited:
        name = awaited.pop()
        if name in sizes:
            continue
        url = f"{plaza.url}/static/assets/{name}"
        sizes[name] = len(get(url, **{"Accept-Encoding": "gzip"}))
        awaited += [found.decode() for found in IMPORTED.findall(get(url))]
    assert sum(sizes.values()) <= INITIAL_JS_BYTES_MAX, sizes


def test_the_probe_has_exactly_its_documented_members(plaza: Served, visit: Open) -> None:
    one = visit()
    page = one.enter(plaza.world("plaza"))
    assert set(page.evaluate("Object.keys(window.worldloom)")) == PROBE
    assert {"id", "name", "position"} <= set(page.evaluate("Object.keys(window.worldloom.me)"))
    row = page.evaluate("Object.values(window.worldloom.entities())[0]")
    assert {"name", "components", "position"} <= set(row)
    wait(page, "window.worldloom.stats().latency_ms > 0")
    stats = page.evaluate("window.worldloom.stats()")
    assert {"fps", "draw_calls", "triangles", "latency_ms", "bytes_in"} <= set(stats)
    served = json.loads(get(f"{plaza.url}/api/worlds/plaza/state"))["state_hash"]
    assert page.evaluate("window.worldloom.stateHash()").removeprefix("0x") in served
    # What the page's own policy forbids is heard of, in this test and so in all others.
    assert not one.policed
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<i style=\"color: red\"></i>')")
    while len(one.policed) < 2:  # by Chromium and by the page's own listener, in either order
        page.wait_for_timeout(50)
    assert all("style-src" in said for said in one.policed)
    one.policed.clear()


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the worlds of all examples that have something to see.

    From the source tree: one of them needs pandas, which is no part of the wheel's own set.
    """
    realm = tmp_path_factory.mktemp("examples") / "realm.loom"
    server = Served(
        realm, *(str(EXAMPLES / f"{name}.py") for name in DRAWN + DRAWN_LATER), limits={}
    )
    server.start()
    yield server
    server.stop()


@ways("name", DRAWN, soak=DRAWN_LATER)
def test_an_examples_world_is_drawn(examples: Served, visit: Open, name: str) -> None:
    found = re.search(r'World\("([\w-]+)"', (EXAMPLES / f"{name}.py").read_text())
    assert found
    page = visit(700, 400).enter(examples.world(found[1]))
    wait(page, "window.worldloom.stats().settled && window.worldloom.stats().draw_calls > 1")
    if page.evaluate("Object.keys(window.worldloom.entities()).length") > 0:
        drawn_until(page, is_no_void)
    else:  # a world of panels alone: each widget has its place, each chart its lines
        page.locator(".dock [data-kind]").nth(2).wait_for()
        wait(page, f"({INKED})()")


def is_no_void(drawn: Colours) -> bool:
    """Tell whether a picture is of something: more than one thing, and none fills it."""
    _, counts = np.unique((drawn // 16).reshape(-1, 3), axis=0, return_counts=True)
    return len(counts) > 12 and counts.max() < 0.9 * counts.sum()

"""What the page promises to scripts, to thin lines, and to the examples' worlds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.browser.conftest import Served, Visit, wait

Open = Callable[..., Visit]
EXAMPLES = Path(__file__).parents[2] / "examples"
INITIAL_JS_BYTES_MAX = 220_000
PROBE = {
    "panels", "ready", "world", "seq", "stateHash", "me", "entities",
    "visitors", "do", "go", "headset", "click", "screen", "assets", "stats", "at", "live", "reach",
}  # fmt: skip
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
    page = visit().enter(plaza.world("plaza"))
    assert set(page.evaluate("Object.keys(window.worldloom)")) == PROBE
    assert {"id", "name", "position"} <= set(page.evaluate("Object.keys(window.worldloom.me)"))
    row = page.evaluate("Object.values(window.worldloom.entities())[0]")
    assert {"name", "components", "position"} <= set(row)
    wait(page, "window.worldloom.stats().latency_ms > 0")
    stats = page.evaluate("window.worldloom.stats()")
    assert {"fps", "draw_calls", "triangles", "latency_ms", "bytes_in"} <= set(stats)
    served = json.loads(get(f"{plaza.url}/api/worlds/plaza/state"))["state_hash"]
    assert page.evaluate("window.worldloom.stateHash()").removeprefix("0x") in served


@pytest.fixture
def example(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    server = Served(tmp_path / "realm.loom", str(EXAMPLES / request.param))
    server.start()
    yield server
    server.stop()


@pytest.mark.parametrize(
    "example", ["00_hello.py", "01_colours.py", "02_clock.py", "03_model.py"], indirect=True
)
def test_an_examples_world_is_drawn(example: Served, visit: Open) -> None:
    first = json.loads(get(f"{example.url}/api/worlds"))["first"]
    page = visit().enter(example.world(first))
    wait(page, "window.worldloom.stats().settled && window.worldloom.stats().draw_calls > 1")
    assert page.evaluate("Object.keys(window.worldloom.entities()).length") > 0

"""A world that comes in over a slow line says how far it is, and no longer when it is in."""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import Served, Visit, wait
from tests.browser.slow_line import slow_line
from tests.browser.test_models import VASE, glb

Open = Callable[..., Visit]
HEAVY_BYTES = 900_000
SLOW_BYTES_PER_SECOND = 300_000
WORLD = """from worldloom import Model, World

world = World("store", title="A store")
world.spawn("vase", Model("file:heavy.glb"), at=(0, 0, -3))
"""
WATCH = """
window.told = [];
new MutationObserver(() => {
  const bar = document.querySelector('.loading');
  if (bar && !bar.hidden) window.told.push([Number(bar.ariaValueNow), bar.innerText]);
}).observe(document, { attributes: true, childList: true, subtree: true });
"""


def heavy() -> bytes:
    """Return the vase with nine hundred kilobytes of noise behind its own buffer."""
    data = VASE.read_bytes()
    length = struct.unpack_from("<I", data, 12)[0]
    document = json.loads(data[20 : 20 + length])
    binary = data[28 + length :] + random.Random(7).randbytes(HEAVY_BYTES)
    document["buffers"][0]["byteLength"] = len(binary)
    return glb(document, binary)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Served]:
    """Serve a world with one heavy model."""
    (tmp_path / "heavy.glb").write_bytes(heavy())
    (tmp_path / "store.py").write_text(WORLD)
    server = Served(tmp_path / "realm.loom", str(tmp_path / "store.py"))
    server.start()
    yield server
    server.stop()


def test_a_world_tells_how_much_of_it_has_come(store: Served, visit: Open) -> None:
    window = visit()
    window.context.add_init_script(WATCH)
    with slow_line(store.url) as (line, address):
        line.bytes_per_second = SLOW_BYTES_PER_SECOND
        page = window.enter(f"{address}/w/store")
        wait(page, "window.worldloom.stats().settled", seconds=90)
        wait(page, "document.querySelector('.loading').hidden")
        told: list[tuple[float, str]] = page.evaluate("window.told")
    assert page.locator(".loading").get_attribute("role") == "progressbar"
    shares = [share for share, text in told if " of " in text]
    assert len(set(shares)) >= 4, told
    assert all(0 <= early <= late <= 100 for early, late in zip(shares, shares[1:], strict=False))
    assert all(text.startswith("Weaving the world") for _, text in told)

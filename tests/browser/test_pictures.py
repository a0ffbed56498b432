"""Pictures on cards: shown in their own shape, waited for, changed, and turned to who looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from tests.browser.conftest import Served, Visit, wait
from tests.browser.looks import ways
from tests.browser.pixels import drawn_until, share, where, width_of
from worldloom.studio.raster import png

Open = Callable[..., Visit]
RED, BLUE, GREEN = (230, 20, 20), (20, 40, 230), (20, 220, 60)
PAPER = (208, 202, 191)
WORLD = """
from worldloom import Billboard, Click, Image, Transform, World, image

world = World("gallery")
poster = world.spawn("poster", image("flag.png", width=3.0, alt="A flag"), at=(0, 1.6, -4))
world.spawn("side", Image("file:leaf.png", 2.0), Billboard(), at=(6, 1.2, -6))
world.spawn("ball", Image("file:round.png", around=9.0, alt="All round"), at=(0, 1.5, 40))
world["side"].update(Transform, rotation=(0.0, 0.7071, 0.0, 0.7071))


@world.action
def other(asset: str) -> None:
    poster.update(Image, asset=asset)


@world.action
def stand_still() -> None:
    del world["side"][Billboard]
"""
SETTLED = "window.worldloom.stats().settled"


def flag(colours: tuple[tuple[int, int, int], ...], wide: int = 96, high: int = 48) -> bytes:
    """Return a PNG of upright stripes."""
    pixels = np.full((high, wide, 4), 255, np.uint8)
    for place, colour in enumerate(colours):
        pixels[:, place * wide // len(colours) : (place + 1) * wide // len(colours), :3] = colour
    return png(pixels)


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("gallery")
    (folder / "gallery.py").write_text(WORLD)
    (folder / "flag.png").write_bytes(flag((RED, BLUE)))
    (folder / "leaf.png").write_bytes(flag((GREEN,)))
    (folder / "round.png").write_bytes(flag((GREEN, RED, BLUE, GREEN), 192, 96))
    server = Served(folder / "realm.loom", str(folder / "gallery.py"))
    server.start()
    yield server
    server.stop()


@ways("tier", ["low"], soak=["high"])
def test_a_picture_keeps_its_colours_its_sides_and_its_shape(
    gallery: Served, visit: Open, tier: str
) -> None:
    page = visit().enter(gallery.world("gallery"), f"quality={tier}")
    wait(page, SETTLED)
    drawn = drawn_until(page, lambda seen: share(seen, RED) > 0.01)
    left, right = where(drawn, RED), where(drawn, BLUE)
    assert left[0] < right[0] and abs(left[1] - right[1]) < 12
    rows = (np.abs(drawn - np.array(RED)) <= 24).all(-1).any(1).sum()
    wide = width_of(drawn, RED) + width_of(drawn, BLUE)
    assert wide / rows == pytest.approx(2, rel=0.15), "twice as wide as high"


def test_a_card_waits_blank_and_a_change_shows_the_other_picture(
    gallery: Served, visit: Open
) -> None:
    page = visit().enter(gallery.world("gallery"))
    wait(page, SETTLED)
    flag_asset, leaf = (
        page.evaluate(
            f"Object.values(window.worldloom.entities()).find(e => e.name === '{name}')"
            ".components.Image.asset"
        )
        for name in ("poster", "side")
    )
    page.evaluate("asset => window.worldloom.do('other', {asset})", "")
    drawn_until(page, lambda seen: share(seen, BLUE) == 0 and share(seen, PAPER, 30) > 0.02)
    page.evaluate("asset => window.worldloom.do('other', {asset})", leaf)
    drawn_until(page, lambda seen: share(seen, GREEN) > 0.02)
    assert leaf in page.evaluate("window.worldloom.assets()")
    page.evaluate("asset => window.worldloom.do('other', {asset})", flag_asset)


def test_a_picture_all_round_is_seen_from_within_with_its_middle_ahead(
    gallery: Served, visit: Open
) -> None:
    page = visit().enter(gallery.world("gallery"))
    wait(page, SETTLED)
    page.evaluate("window.worldloom.do('go', {position: [0, 0, 40]})")
    drawn = drawn_until(page, lambda seen: share(seen, RED) > 0.1 and share(seen, BLUE) > 0.1)
    assert where(drawn, RED)[0] < where(drawn, BLUE)[0], "as it is, and not as in a mirror"
    middle = drawn.shape[1] / 2
    edge = (where(drawn, RED)[0] + where(drawn, BLUE)[0]) / 2
    assert abs(edge - middle) < 0.15 * drawn.shape[1], "what is in its middle is to -Z"


def test_a_billboard_turns_to_who_looks_until_it_is_taken_off(gallery: Served, visit: Open) -> None:
    page = visit().enter(gallery.world("gallery"))
    wait(page, SETTLED)
    page.evaluate("window.worldloom.go([6, 0, -1])")
    drawn_until(page, lambda seen: width_of(seen, GREEN) > 60)
    page.evaluate("window.worldloom.do('stand_still')")
    drawn_until(page, lambda seen: width_of(seen, GREEN) < 15)  # its own turn shows it edge-on

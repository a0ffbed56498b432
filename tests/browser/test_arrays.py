"""Things from arrays: copies, paths and heat, drawn where and as the numbers say."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.browser.conftest import Served, Visit, wait
from tests.browser.looks import ways
from tests.browser.pixels import Colours, drawn_until, share, where

Open = Callable[..., Visit]
WORLD = """
import numpy as np
from worldloom import Heat, Instances, Path, Sky, World, box, heat, heat_at, instances, path, sphere

world = World("arrays")
world.spawn("sky", Sky(hour=12))
across, up = np.meshgrid(np.linspace(-3, 3, 120), np.linspace(0.3, 3, 100))
wall = np.stack([across.ravel(), up.ravel()], -1)
places = np.hstack([wall, np.full((len(wall), 1), -5.0)])
red = np.where(wall[:, :1] < 0, (1.0, 0.0, 0.0), (0.0, 0.0, 1.0))
swarm = world.spawn("swarm", instances(places, colors=red, scales=np.full(len(places), 1.2),
                                       shape=box(0.05, 0.05, 0.05)))
line = world.spawn("line", path([(13, 1, -4), (17, 1, -4)], width=0.5, color="#20d040"))
world["line"].update(Path, glow=1.0)
values = np.repeat(np.linspace(0, 1, 32)[None, :], 32, 0)
world.spawn("grid", heat(values, title="Share"), at=(-15, 0.3, -4))
world["grid"].update(Heat, size=(5.0, 5.0))
world.spawn("ball", box(3, 3, 0.5),
            heat_at([(-1.5, 0, 0), (1.5, 0, 0)], [0.0, 1.0], title="Ends"), at=(15, 1.7, 10))


@world.action
def gather() -> None:
    swarm[Instances] = instances(places + (0, 40, 0), shape=box(0.05, 0.05, 0.05))

@world.action
def swap() -> None:
    swarm.show(instances(places, colors=red[:, ::-1], scales=np.full(len(places), 1.2),
                         shape=box(0.05, 0.05, 0.05)))

"""
RED, BLUE = (200, 30, 30), (30, 30, 200)
SETTLED = "window.worldloom.stats().settled"
PURPLE, YELLOW = (68, 1, 84), (253, 231, 37)


@pytest.fixture(scope="module")
def served_arrays(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("arrays")
    (folder / "arrays.py").write_text(WORLD)
    server = Served(folder / "realm.loom", str(folder / "arrays.py"))
    server.start()
    yield server
    server.stop()


@ways("tier", ["low"], soak=["medium"])
def test_twelve_thousand_copies_stand_where_their_rows_say(
    served_arrays: Served, visit: Open, tier: str
) -> None:
    page = visit().enter(served_arrays.world("arrays"), f"quality={tier}")
    wait(page, SETTLED)
    red, blue = (200, 30, 30), (30, 30, 200)
    drawn = drawn_until(
        page, lambda seen: share(seen, red, 70) > 0.03 and share(seen, blue, 70) > 0.03
    )
    assert where(drawn, red, 70)[0] < where(drawn, blue, 70)[0]
    assert page.evaluate("window.worldloom.stats().draw_calls") < 40
    asset = page.evaluate(
        "Object.values(window.worldloom.entities()).find(e => e.name === 'swarm')"
        ".components.Instances.asset"
    )
    assert asset in page.evaluate("window.worldloom.assets()")


def test_a_changed_array_is_drawn_anew(served_arrays: Served, visit: Open) -> None:
    page = visit().enter(served_arrays.world("arrays"))
    drawn_until(page, lambda seen: share(seen, (200, 30, 30), 70) > 0.03)
    page.evaluate("window.worldloom.do('gather')")
    drawn_until(page, lambda seen: share(seen, (200, 30, 30), 70) < 0.01)
    page.evaluate("window.worldloom.do('undo')")
    drawn_until(page, lambda seen: share(seen, (200, 30, 30), 70) > 0.03)


@pytest.mark.soak
def test_what_is_shown_is_seen_live_and_by_newcomers_and_not_in_the_past(
    served_arrays: Served, visit: Open
) -> None:
    page = visit().enter(served_arrays.world("arrays"))
    drawn_until(page, lambda seen: red_from_blue(seen) < -0.1)
    seq, before = page.evaluate("[window.worldloom.seq, window.worldloom.stateHash()]")
    page.evaluate("window.worldloom.do('swap')")
    drawn_until(page, lambda seen: red_from_blue(seen) > 0.1)
    assert page.evaluate("window.worldloom.stateHash()") == before
    newcomer = visit().enter(served_arrays.world("arrays"))
    drawn_until(newcomer, lambda seen: red_from_blue(seen) > 0.1)
    page.evaluate("seq => window.worldloom.at(seq)", seq)
    drawn_until(page, lambda seen: red_from_blue(seen) < -0.1)
    page.evaluate("window.worldloom.live()")
    drawn_until(page, lambda seen: red_from_blue(seen) > 0.1)
    page.evaluate("window.worldloom.do('gather')")
    drawn_until(page, lambda seen: share(seen, RED, 70) < 0.01)
    page.evaluate("window.worldloom.do('undo')")
    for one in (page, newcomer):
        drawn_until(one, lambda seen: red_from_blue(seen) < -0.1)


def red_from_blue(seen: Colours) -> float:
    """Return how far right of the blue the red lies, in shares of the picture; 0 without both."""
    if share(seen, RED, 70) < 0.03 or share(seen, BLUE, 70) < 0.03:
        return 0.0
    apart = where(seen, RED, 70)[0] - where(seen, BLUE, 70)[0]
    return float(apart / seen.shape[1])


def test_a_path_is_drawn_through_its_points(served_arrays: Served, visit: Open) -> None:
    page = visit().enter(served_arrays.world("arrays"))
    page.evaluate("window.worldloom.go([15, 0, 1])")
    drawn_until(page, lambda seen: share(seen, (60, 220, 90), 60) > 0.01)


@pytest.mark.parametrize("place", [(-15, 0, 1), (15, 0, 16)])
def test_heat_colours_a_grid_and_a_thing_from_end_to_end(
    served_arrays: Served, visit: Open, place: tuple[int, int, int]
) -> None:
    page = visit().enter(served_arrays.world("arrays"))
    page.evaluate("place => window.worldloom.go(place)", list(place))
    drawn = drawn_until(
        page,
        lambda seen: share(seen, PURPLE, 40) > 0.002 and share(seen, YELLOW, 50) > 0.002,
    )
    assert where(drawn, PURPLE, 40)[0] < where(drawn, YELLOW, 50)[0]

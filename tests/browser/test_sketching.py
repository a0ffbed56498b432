"""Drawing on a face without a pointer: by keys alone, by a finger's taps, and seen by all."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Route

from tests.browser.conftest import Served, Visit, wait
from tests.browser.test_accessible import axe
from tests.browser.test_things import reach

Open = Callable[..., Visit]
WORLD = """
from worldloom import Color, Path, Sketch, Sky, Visitor, World, box

world = World("studio", title="Studio")
world.spawn("sky", Sky(hour=12))
world.spawn("floor", box(12, 0.1, 12), Color("#b9c4bd"), at=(0, -0.05, 0))
face = Sketch("draw", width=2.4, height=1.4, depth=0.035)
board = world.spawn("slate", box(2.4, 1.4, 0.05), Color("#f7f7f2", glow=0.2), face, at=(0, 1.6, -2))

world.spawn("card", box(0.2, 0.1, 0.02), Color("#f7f7f2", glow=0.2), Sketch("draw", 0.2, 0.1, 0.02),
            at=(1.8, 1.6, -2))


@world.action
def draw(visitor: Visitor, points: tuple[tuple[float, float], ...]) -> None:
    line = tuple((x, y, 0.0) for x, y in points)
    world.spawn(f"mark {len(list(world.find(Path)))}", Path(line, width=0.02, color="#c0392b"),
                at=(0, 0, 0.04), parent=board)
"""
LINES = "Object.values(worldloom.entities()).filter(e => e.name.startsWith('mark '))"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("studio")
    (folder / "studio.py").write_text(WORLD)
    server = Served(folder / "realm.loom", str(folder / "studio.py"))
    server.start()
    yield server
    server.stop()


def line(page: Page, number: int) -> list[list[float]]:
    """Return the points of a kept stroke, in whole centimetres."""
    points = page.evaluate(f"{LINES}[{number}].components.Path.points")
    return [[round(x, 2), round(y, 2)] for x, y, _ in points]


@pytest.mark.soak
def test_a_triangle_is_drawn_by_keys_alone_and_seen_by_another(studio: Served, visit: Open) -> None:
    ada, bob = (visit().enter(studio.world("studio")) for _ in range(2))
    before = ada.evaluate(f"{LINES}.length")
    reach(ada, "slate")
    assert "Draw" in ada.evaluate("document.activeElement.ariaLabel")
    ada.keyboard.press("Enter")
    bar = ada.get_by_role("toolbar", name="Drawing: slate")
    bar.wait_for()
    place = ada.evaluate("worldloom.me.position")
    for keys in ("Shift+ArrowRight", "Shift+ArrowUp", "Shift+ArrowLeft"):
        ada.keyboard.press("Enter")
        for _ in range(2):
            ada.keyboard.press(keys)
    ada.keyboard.press("Enter")
    assert "0 cm right, 40 cm up · 4 points" in bar.inner_text()
    ada.keyboard.press("Tab")
    ada.keyboard.press("Enter")  # keep it
    for page in (ada, bob):
        wait(page, f"{LINES}.length === {before + 1}")
    assert line(bob, before) == [[0, 0], [0.4, 0], [0.4, 0.4], [0, 0.4]]
    assert axe(ada) == []
    ada.keyboard.press("Escape")
    assert not bar.is_visible()
    assert ada.evaluate("document.activeElement.id") == "stage"
    assert ada.evaluate("worldloom.me.position") == place, "an arrow moved who drew"
    page = visit().page
    page.goto(f"{studio.world('studio')}/text")
    page.get_by_role("button", name="Draw: slate").press("Enter")
    bar = page.get_by_role("toolbar", name="Drawing: slate")
    bar.wait_for()
    for keys in ("Shift+ArrowUp", "Shift+ArrowRight"):
        page.keyboard.press("Enter")
        page.keyboard.press(keys)
    page.keyboard.press("Enter")
    assert "20 cm right, 20 cm up · 3 points" in bar.inner_text()
    page.get_by_role("button", name="Done").press("Enter")
    wait(bob, f"{LINES}.length === {before + 2}")
    assert line(bob, before + 1) == [[0, 0], [0, 0.2], [0.2, 0.2]], "in words as by keys"


def test_taps_of_a_finger_draw_on_a_narrow_screen_and_a_pen_stays_on_the_board(
    studio: Served, visit: Open
) -> None:
    visitor = visit(360, 640, has_touch=True)
    late: list[Route] = []
    visitor.context.route("**/touching-*.js", lambda route: late.append(route))
    page = visitor.enter(studio.world("studio"))
    before = page.evaluate(f"{LINES}.length")
    reach(page, "slate")
    page.keyboard.press("Enter")  # before the code that draws has come
    page.get_by_text("Draw: slate").last.wait_for(state="attached")
    assert late
    for one in late:
        one.continue_()
    bar = page.get_by_role("toolbar", name="Drawing: slate")
    inside = bar.bounding_box()
    assert inside and inside["x"] >= 0 and inside["x"] + inside["width"] <= 360
    bar.get_by_role("button", name="Set a point").tap()
    for _ in range(12):
        page.keyboard.press("Shift+ArrowRight")
    bar.get_by_role("button", name="Pen up").tap()
    bar.get_by_role("button", name="Set a point").tap()
    bar.get_by_role("button", name="Done").tap()
    wait(page, f"{LINES}.length === {before + 1}")
    assert line(page, before) == [[0, 0], [1.2, 0.04]]


@pytest.mark.soak
def test_on_a_face_as_small_as_a_card_each_step_is_a_point_of_its_own(
    studio: Served, visit: Open
) -> None:
    page = visit().enter(studio.world("studio"))
    before = page.evaluate(f"{LINES}.length")
    reach(page, "card")
    page.keyboard.press("Enter")
    bar = page.get_by_role("toolbar", name="Drawing: card")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert "2 points" in bar.inner_text()
    page.keyboard.press("Escape")
    wait(page, f"{LINES}.length === {before + 1}")


@pytest.mark.soak
def test_a_stroke_of_one_point_is_none_and_a_board_that_goes_takes_the_pen_along(
    studio: Served, visit: Open
) -> None:
    page = visit().enter(studio.world("studio"))
    owner = visit().enter(studio.owner_of("studio"))
    before = page.evaluate(f"{LINES}.length")
    owner.evaluate(
        "worldloom.do('spawn', {name: 'second', position: [0, 1.6, -1.9], components: {Shape:"
        " {kind: 'box', size: [1, 1, 0.05]}, Sketch: {action: 'draw', width: 1, height: 1}}})"
    )
    reach(page, "second")
    page.keyboard.press("Enter")
    bar = page.get_by_role("toolbar", name="Drawing: second")
    bar.wait_for()
    page.keyboard.press("Enter")
    owner.evaluate("worldloom.do('despawn', {entity: 'second'})")
    wait(page, "!Object.values(worldloom.entities()).some(e => e.name === 'second')")
    page.keyboard.press("ArrowUp")
    bar.wait_for(state="hidden")
    assert page.evaluate(f"{LINES}.length") == before

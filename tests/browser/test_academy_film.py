"""A 360° film as a step of a course: it plays for who comes in, is held, sought and left."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Served, Visit, wait
from tests.browser.headset import wear
from tests.browser.pixels import Colours, drawn_until, share
from tests.browser.test_accessible import audit, axe
from tools.make_clip import encode

Open = Callable[..., Visit]
WORLD = """

from worldloom import Color, Spawn, Transform, Video, World, box
from worldloom.kits.academy import Academy
from worldloom.kits.academy.courses.classroom import Courses
from worldloom.kits.academy.courses.course import Course, Option, Scene, Step, Taught

world = World("school")
world.use(Academy(home="https://school.example"))
world.spawn("ground", box(30, 0.1, 90), Color("#8a8f80"), at=(0, -0.05, 0))
world.spawn("start", Spawn(radius=0.2), Transform((0.0, 0.0, -20.0)))
world.spawn(
    "hall", Video("file:hall.webm", around=9.0, volume=1.0, reach=18.0, alt="A hall that burns"),
    at=(0, 1.6, 20),
)
world.spawn("exit", box(0.8, 1.8, 0.1), Color("#1f7a4a"), at=(2.5, 0.9, 15.5))
QUESTION = Step(
    "out", "click", "Watch the hall. Where do you go?", "out", target="exit", decoys=("lift",),
    seated="press its name.", right="Yes: it leads out.", wrong="Not that.",
)
world.spawn("lift", box(0.8, 1.8, 0.1), Color("#55606a"), at=(-2.5, 0.9, 15.5))
world.use(Courses(Course("hall", "The way out", skills=(Taught("out", "Ways out"),), scenes=(
    Scene("hall", "The hall", "Look around you.", (0.0, 0.0, 20.0), (QUESTION,)),
))))
"""
COLOURS = ((220, 40, 40), (40, 200, 60), (40, 70, 220), (220, 200, 40))
DRAW = f"""(c, t, w, h) => {{
  const colours = {[list(colour) for colour in COLOURS]};
  c.fillStyle = `rgb(${{colours[Math.floor(t / 5) % colours.length]}})`;
  c.fillRect(0, 0, w, h);
  c.fillStyle = '#fff';
  c.fillRect((t * 20) % w, h / 2, 6, 6);
}}"""
SOUND = "(t) => Math.sin(2 * Math.PI * 330 * t) * 0.2"
FILM = "worldloom.stats().films[0]"
PANEL = "[data-panel=course-hall]"


def shows(step: int) -> Callable[[Colours], bool]:
    """Return whether the film is at one of its colours, all round."""
    return lambda drawn: share(drawn, COLOURS[step], 40) > 0.3


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Served]:
    """Serve a school with a course in a 360° film."""
    folder = tmp_path_factory.mktemp("film")
    (folder / "school.py").write_text(WORLD)
    (folder / "hall.webm").write_bytes(encode(chromium, DRAW, seconds=20, rate=10, sound=SOUND))
    server = Served(folder / "realm.loom", str(folder / "school.py"))
    server.start()
    yield server
    server.stop()


def enters_the_film(page: Page) -> None:
    """Begin the course, whose first scene is in the film, and wait until it plays."""
    page.locator(PANEL).get_by_role("button", name="Begin").click()
    wait(page, "Math.abs(worldloom.me.position[2] - 20) < 3")
    wait(page, f"{FILM}?.playing && {FILM}.position < 5")


def at(page: Page) -> float:
    """Return where the film stands, in seconds."""
    found: float = page.evaluate(f"{FILM}.position")
    return found


def settled(page: Page) -> float:
    """Return where the film stands once it has come to the place where it is held."""
    while True:
        before = at(page)
        page.wait_for_timeout(500)
        if at(page) == before:
            return before


@pytest.mark.soak
def test_a_learner_is_taken_into_the_film_which_plays_from_its_beginning_and_is_held_and_sought(
    school: Served, visit: Open
) -> None:
    page = visit(900, 600).enter(school.world("school"))
    bar = page.get_by_role("region", name="All round you: A hall that burns")
    assert not bar.is_visible(), "without the ball nothing is to be held"
    enters_the_film(page)
    drawn_until(page, shows(0))
    bar.get_by_role("button", name="Pause").focus()
    page.keyboard.press("Enter")
    wait(page, f"!{FILM}.playing")
    held = settled(page)
    page.wait_for_timeout(1500)
    assert at(page) == held
    assert page.evaluate("document.activeElement.ariaLabel") == "Play", "the focus stays"
    assert audit(page) + axe(page) == []
    place = bar.get_by_role("slider", name="Place in the film")
    place.focus()
    for _ in range(11):
        page.keyboard.press("ArrowRight")
    wait(page, f"Math.abs({FILM}.position - {round(held) + 11}) < 1.6 && !{FILM}.playing")
    assert (place.get_attribute("aria-valuetext") or "").endswith(" of 0:20")
    drawn_until(page, shows(2))
    bar.get_by_role("button", name="Play").focus()
    page.keyboard.press("Space")
    wait(page, f"{FILM}.playing")
    page.evaluate("worldloom.click('lift')")
    page.locator(PANEL).get_by_text("Not that.").first.wait_for()
    page.evaluate("worldloom.click('exit')")
    page.locator(PANEL).get_by_text("You are through.").first.wait_for()
    page.evaluate("worldloom.go([0, 0, -20])")
    wait(page, f"!{FILM}.playing")
    bar.wait_for(state="hidden")


@pytest.mark.soak
def test_each_learner_has_the_film_to_themselves_and_a_phone_has_its_controls_too(
    school: Served, visit: Open
) -> None:
    one = visit(700, 400).enter(school.world("school"))
    two = visit(390, 844, has_touch=True, is_mobile=True).enter(school.world("school"))
    two.locator(".dock-opener").click()
    for page in (one, two):
        enters_the_film(page)
    two.locator(".dock-sheet").get_by_role("button", name="Close").first.tap()
    two.get_by_role("button", name="Pause").tap()
    wait(two, f"!{FILM}.playing")
    assert one.evaluate(f"{FILM}.playing"), "it is held for one alone"
    two.evaluate("worldloom.go([0, 0, -20])")
    two.get_by_role("region", name="All round you").wait_for(state="hidden")  # it has been left
    two.evaluate("worldloom.go([0, 0, 20])")
    wait(two, f"{FILM}.playing && {FILM}.position < 5")  # anew, from its beginning


def test_who_reads_the_world_in_words_hears_what_the_film_shows(
    school: Served, visit: Open
) -> None:
    page = visit().page
    page.goto(f"{school.world('school')}/text")
    page.get_by_text("A hall that burns").first.wait_for()


@pytest.mark.soak
def test_in_a_headset_the_film_is_held_sought_and_played_by_ray_and_answered_within(
    school: Served, visit: Open
) -> None:
    headset = wear(school, visit, "school")
    page = headset.page
    page.evaluate("worldloom.do('begin', {course: 'hall'})")
    wait(page, f"{FILM}?.playing && worldloom.headset.control('Pause') !== null")
    x, y, z = headset.told(".head")
    headset.put("controller-left", (x - 0.6, 0.6, z + 0.8))  # no wrist is raised before the bar
    headset.put("controller-right", (x + 0.2, y - 0.3, z - 0.1))
    headset.tap("Pause")
    wait(page, f"!{FILM}.playing")
    headset.tap("Place in the film", 0.6)
    wait(page, f"Math.abs({FILM}.position - 12) < 2 && !{FILM}.playing")
    drawn_until(page, shows(2))
    headset.tap("Play")
    wait(page, f"{FILM}.playing")
    headset.point("controller-right", (2.5, 0.9, 15.5))
    headset.press("right", "trigger")
    page.locator(PANEL).get_by_text("You are through.").first.wait_for()
    page.evaluate("worldloom.go([0, 0, -20])")
    wait(page, f"worldloom.headset.control('Pause') === null && !{FILM}.playing")

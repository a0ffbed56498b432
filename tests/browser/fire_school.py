"""The fire school in the page: who learns there, who instructs, and what both see.

For the tests of a course, in a window, on a phone and in a headset.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from playwright.sync_api import Locator, Page

from tests.browser.conftest import Served, Visit, wait
from tests.kits.academy.lms.platform_server import Launched, PlatformServer
from worldloom.kits.academy.courses.course import Course, Step
from worldloom.kits.academy.courses.yard import course

Open = Callable[..., Visit]
COURSE: Course = course("extinguisher")
PANEL = "[data-panel=course-{}]"
FIRE = "Object.values(worldloom.entities()).find(e => e.name === 'fire').components['academy.Fire']"
YARD = """from worldloom.kits.academy.demo import make_world
from worldloom.kits.academy.lms.cmi5.unit import Units

world = make_world()
world.use(Units({url!r}))
"""
BAKED = Path(__file__).parents[2] / "worldloom/kits/academy/baked"
GROUP = "[data-panel=group-extinguisher]"
PAST = "document.documentElement.classList.contains('in-past')"


@pytest.fixture(scope="module")
def platform() -> Iterator[PlatformServer]:
    """Run a small learning platform."""
    made = PlatformServer()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def academy(tmp_path_factory: pytest.TempPathFactory, platform: PlatformServer) -> Iterator[Served]:
    """Serve the training yard, whose courses the platform may launch."""
    folder = tmp_path_factory.mktemp("academy")
    (folder / "yard.py").write_text(YARD.format(url=platform.url))
    shutil.copytree(BAKED, folder / "baked")
    server = Served(folder / "realm.loom", str(folder / "yard.py"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def cookies() -> dict[str, Any]:
    """Return room for the owner's: they claim the realm once."""
    return {}


@pytest.fixture
def instructor(academy: Served, visit: Open, cookies: dict[str, Any]) -> Callable[..., Page]:
    """Return a function that lets the owner in, who sees what instructors do."""

    def enter(width: int = 1000, height: int = 700, **options: Any) -> Page:
        one = visit(width, height, storage_state=cookies or None, **options)
        page = one.enter(academy.world("academy") if cookies else academy.owner_of("academy"))
        wait(page, "window.worldloom.me?.role === 'owner'")
        cookies.update(one.context.storage_state())
        return page

    return enter


def widget(page: Page, id: str, course: Course = COURSE) -> Locator:
    """Return a widget of the learner's panel."""
    return page.locator(f"{PANEL.format(course.id)} [data-w='{id}']")


def reads(page: Page, id: str, text: str, course: Course = COURSE) -> None:
    """Wait until a widget of the panel says something."""
    chosen = f"document.querySelector(\"{PANEL.format(course.id)} [data-w='{id}']\")"
    wait(page, f"({chosen}?.textContent ?? '').includes({json.dumps(text)})")


def is_meant(page: Page, tone: str, word: str) -> None:
    """Look how the panel says what was said: by colour, sign and word, also to who listens."""
    said = widget(page, "said")
    assert said.get_attribute("data-tone") == tone
    assert said.locator("strong").inner_text().strip() == word
    assert said.locator("strong svg path").count() == 1
    spoken = f"{PANEL.format(COURSE.id)} [data-w='said'] [role=status]"
    heard = f"document.querySelector({json.dumps(spoken)}).textContent"
    wait(page, f"{heard}.startsWith({json.dumps(word)})")


def prompt_of(step: Step) -> str:
    """Return what the panel shows of a step's prompt: it is without the marks."""
    return step.prompt.replace("**", "")


def right(step: Step) -> list[str]:
    """Return the words of the right answers to a step, one after another."""
    if step.kind == "order":
        return [option.text for option in step.options]
    if step.kind == "dialogue":
        return replies(step)
    if step.options:
        return [next(option.text for option in step.options if option.right)]
    if step.kind == "demonstrate":
        return ["I have watched it"]
    if step.kind == "practice":
        return ["I am done"]
    return [step.target[:1].upper() + step.target[1:]]


def replies(step: Step) -> list[str]:
    """Return the first right reply to each line of a dialogue, as one leads to the next."""
    lines, at, found = {line.id: line for line in step.lines}, step.lines[0].id, []
    while at:
        reply = next(one for one in lines[at].replies if one.right)
        found.append(reply.text)
        at = reply.goto
    return found


def choose(page: Page, text: str) -> None:
    """Press one of the answers on the panel, as a hand does."""
    widget(page, "choices").get_by_text(text, exact=True).first.click()


def at_step(page: Page, course: Course = COURSE) -> Step:
    """Return the step that the panel shows."""
    shown = widget(page, "prompt", course).inner_text()
    return next(step for step in course.steps() if prompt_of(step) in shown)


def answer_right(page: Page) -> None:
    """Answer the step that is shown, and wait until the next one is."""
    step, before = at_step(page), page.evaluate("worldloom.seq")
    for text in right(step):
        choose(page, text)
        wait(page, f"worldloom.seq > {before}")
        page.wait_for_timeout(200)
        before = page.evaluate("worldloom.seq")


def learn_the_classes(page: Page) -> None:
    """Read the board and answer the first scene right."""
    reads(page, "prompt", "board")
    page.evaluate("worldloom.click('board')")
    reads(page, "said", "Alarm first")
    for number, text in enumerate(["A · solids", "B · liquids", "F · cooking oil"]):
        reads(page, "prompt", prompt_of(list(COURSE.steps())[number + 1]))
        choose(page, text)


def holds_what_came_of_it(page: Page, launched: Launched) -> None:
    """Wait until the platform has completion and score, and that they are done."""
    for _ in range(100):
        if launched.ended:
            break
        page.wait_for_timeout(100)
    assert launched.verbs() == ["initialized", "completed", "passed", "terminated"]
    assert launched.statements[2]["result"]["score"]["scaled"] == 1.0


def is_true(page: Page, token: str) -> None:
    """Check a badge as anyone may, by a verifier of others: it is the learner's, for all skills."""
    key = page.evaluate("fetch('/w/academy/badges/key').then((answer) => answer.json())")
    told = jwt.decode(token, jwt.PyJWK(key), algorithms=["RS256"])
    subject = told["credentialSubject"]
    assert subject["achievement"]["name"] == COURSE.title
    assert told["sub"] == subject["id"]
    middle = len(token) // 2
    changed = token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]
    with pytest.raises(jwt.InvalidTokenError):
        jwt.decode(changed, jwt.PyJWK(key), algorithms=["RS256"])


def sees_a_learner(boss: Page, name: str, *told: str) -> None:
    """Wait until the instructor sees in the row of a learner where they are and how they do."""
    rows = f"[...document.querySelectorAll(\"{GROUP} [data-w='learners'] tbody tr\")]"
    cells = f"{rows}.map((row) => [...row.cells].map((cell) => cell.innerText))"
    right = f"(row) => {json.dumps([name, *told])}.every((text) => row.join('\\n').includes(text))"
    wait(boss, f"{cells}.some({right})")

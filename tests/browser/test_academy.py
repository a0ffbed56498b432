"""A learner's story at the fire school: learn, err, adapt, master, and have a badge for it.

The instructor sees it and replays it; the learning platform that launched it holds the score.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.conftest import Served, Visit, wait
from tests.browser.headset import Headset, wear
from tests.kits.academy.lms.platform_server import Launched, PlatformServer
from tests.kits.academy.xapi.lrs import Program
from worldloom.kits.academy.courses.course import Course, Step
from worldloom.kits.academy.courses.yard import course
from worldloom.kits.academy.scene.places import BOARD

Open = Callable[..., Visit]
COURSE: Course = course("extinguisher")
PANEL = "[data-panel=course-extinguisher]"
KEPT = "Object.values(worldloom.entities()).find(e => e.name === 'fire').components['academy.Fire']"
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


MARK = """([panel, text]) => {
  const all = document.querySelector(panel);
  for (const old of all.querySelectorAll('[data-marked]')) delete old.dataset.marked;
  const card = [...all.querySelectorAll('.card, li, article')]
    .filter((one) => one.textContent.includes(text) && one.querySelector('button'))
    .sort((a, b) => a.textContent.length - b.textContent.length)[0];
  const named = [...all.querySelectorAll('button')].find((b) => b.textContent.trim() === text);
  const button = named ?? card?.querySelector('button') ?? card;
  window.pressed = false;
  if (!button) return false;
  button.dataset.marked = '';
  button.addEventListener('click', () => { window.pressed = true; });
  return true;
}"""
"""Marks the button of a text on a panel, and takes note when it is pressed."""
LIT = f"document.querySelector('{PANEL} [data-marked].pointed') !== null"
"""A ray is on the marked button, and it shows that."""
TOLD = f"""['prompt', 'caption', 'placed', 'choices', 'said']
  .map((id) => document.querySelector(`{PANEL} [data-w='${{id}}']`).textContent).join('\\n')"""
"""All that the learner's panel says, but for bars."""


def widget(page: Page, id: str) -> Locator:
    """Return a widget of the learner's panel."""
    return page.locator(f"{PANEL} [data-w='{id}']")


def reads(page: Page, id: str, text: str) -> None:
    """Wait until a widget of the panel says something."""
    chosen = f"document.querySelector(\"{PANEL} [data-w='{id}']\")"
    wait(page, f"({chosen}?.textContent ?? '').includes({json.dumps(text)})")


def is_meant(page: Page, tone: str, word: str) -> None:
    """Look how the panel says what was said: by colour, sign and word, also to who listens."""
    said = widget(page, "said")
    assert said.get_attribute("data-tone") == tone
    assert said.locator("strong").inner_text().strip() == word
    assert said.locator("strong svg path").count() == 1
    heard = f"document.querySelector(\"{PANEL} [data-w='said'] [role=status]\").textContent"
    wait(page, f"{heard}.startsWith({json.dumps(word)})")


def prompt_of(step: Step) -> str:
    """Return what the panel shows of a step's prompt: it is without the marks."""
    return step.prompt.replace("**", "")


def right(step: Step) -> list[str]:
    """Return the words of the right answers to a step, one after another."""
    if step.kind == "order":
        return [option.text for option in step.options]
    if step.kind == "dialogue":
        return [next(reply.text for reply in line.replies if reply.right)
                for line in step.lines if line.id != "calm"]  # fmt: skip
    if step.options:
        return [next(option.text for option in step.options if option.right)]
    if step.kind == "demonstrate":
        return ["I have watched it"]
    if step.kind == "practice":
        return ["I am done"]
    return [step.target[:1].upper() + step.target[1:]]


def choose(page: Page, text: str) -> None:
    """Press one of the answers on the panel, as a hand does."""
    widget(page, "choices").get_by_text(text, exact=True).first.click()


def at_step(page: Page) -> Step:
    """Return the step that the panel shows."""
    shown = widget(page, "prompt").inner_text()
    return next(step for step in COURSE.steps() if prompt_of(step) in shown)


def answer_right(page: Page) -> None:
    """Answer the step that is shown, and wait until the next one is."""
    step, before = at_step(page), page.evaluate("worldloom.seq")
    for text in right(step):
        choose(page, text)
        wait(page, f"worldloom.seq > {before}")
        page.wait_for_timeout(200)
        before = page.evaluate("worldloom.seq")


def test_a_learner_from_a_platform_errs_adapts_masters_and_the_instructor_replays_it(
    academy: Served, platform: PlatformServer, visit: Open, instructor: Callable[..., Page]
) -> None:
    boss = instructor()
    boss.evaluate("worldloom.do('record', {on: true})")
    launched = platform.launch()
    page = visit(width=1000, height=900).enter(
        f"{academy.world('academy')}/cmi5/start/extinguisher?{launched.query}"
    )
    assert page.url.endswith("/w/academy")
    page.get_by_role("button", name="Recording").click()
    widget(page, "begin").get_by_role("button", name="Begin").click()
    learn_the_classes(page)
    reads(page, "skill-classes", "mastered")

    reads(page, "prompt", "fryer")
    page.evaluate("worldloom.click('water')")
    reads(page, "said", "Never on burning oil")
    is_meant(page, "bad", "Not right.")
    wait(page, f"{KEPT}.level > 2")  # the fireball
    wait(page, f"{KEPT}.level < 2")
    learner = page.evaluate("worldloom.me.name")
    sees_a_learner(boss, learner, "Water, 1 × · The oil in the fryer", "%")
    choose(page, "Wet chemical")
    reads(page, "said", "soap")
    is_meant(page, "good", "Right.")
    reads(page, "prompt", "switchboard")
    sees_a_learner(boss, learner, "The switchboard smokes", "%")
    reads(page, "skill-choice", "more on what to take")

    asked: list[str] = []
    while "Passed" not in widget(page, "prompt").inner_text():
        asked.append(at_step(page).id)
        answer_right(page)
        assert len(asked) < 40
    assert "embers" in asked, "who had erred needed one drill more than three right answers"
    reads(page, "skill-choice", "mastered")
    reads(page, "skill-use", "mastered")
    reads(page, "done", "100")
    has_the_badge(page)
    wait(page, "document.querySelector('[data-panel=platform]').innerText.includes('told')")
    holds_what_came_of_it(page, launched)
    assert platform.faults == []
    back = page.locator("[data-panel=platform] a").get_attribute("href")
    assert back == f"{platform.url}/back"
    sees_a_learner(boss, learner, "passed 100%")
    sees_the_group(boss)
    replays(boss, page.evaluate("worldloom.me.id"))


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


def has_the_badge(page: Page) -> None:
    """Take home the badge that was just earned."""
    wait(page, "document.querySelector('[data-panel=badges] a')")
    link = page.locator("[data-panel=badges] a").first.get_attribute("href") or ""
    tops = "links => links.map((link) => Math.round(link.getBoundingClientRect().top))"
    assert len(set(page.locator("[data-panel=badges] li:first-child a").evaluate_all(tops))) == 1
    with page.expect_download() as downloaded:
        page.evaluate("link => { location.href = link }", link)
    assert downloaded.value.suggested_filename.endswith(".jwt")


def sees_a_learner(boss: Page, name: str, *told: str) -> None:
    """Wait until the instructor sees in the row of a learner where they are and how they do."""
    rows = f"[...document.querySelectorAll(\"{GROUP} [data-w='learners'] tbody tr\")]"
    cells = f"{rows}.map((row) => [...row.cells].map((cell) => cell.innerText))"
    right = f"(row) => {json.dumps([name, *told])}.every((text) => row.join('\\n').includes(text))"
    wait(boss, f"{cells}.some({right})")


def sees_the_group(boss: Page) -> None:
    """Look at what the panels of an instructor say of the group."""
    boss.get_by_text("Fire extinguishers: the group").first.wait_for()
    boss.locator(GROUP).get_by_role("tab", name="What fails").click()
    wait(boss, f"document.querySelector('{GROUP}').innerText.includes('fryer')")
    evidence = boss.locator("[data-panel=evidence]")
    evidence.get_by_text("fryer", exact=True).first.wait_for()
    evidence.get_by_role("button", name="Where they hesitated").click()
    boss.get_by_text("let their way be recorded").first.wait_for()


def replays(boss: Page, learner: str) -> None:
    """Replay the learner's attempt, standing where it is seen from."""
    boss.evaluate("worldloom.do('record', {on: false})")
    group = boss.locator(GROUP)
    group.get_by_role("tab", name="Replay").click()
    group.get_by_role("radio").nth(1).check()
    wrong = group.locator("li").filter(has_text="wrong at first, 1 ×")
    assert "fryer" in wrong.inner_text()
    boss.evaluate("worldloom.go([-3.4, 0, 3.2])")
    group.get_by_role("link", name="Replay the attempt").click()
    wait(boss, PAST)
    wait(boss, f"'{learner}' in worldloom.visitors()")
    wait(boss, f"{KEPT}.level > 2")  # the fireball, again
    walks_about(boss)
    boss.get_by_label("Speed").select_option("16")
    boss.get_by_role("button", name="Play", exact=True).wait_for()  # it ends where that ended
    assert boss.evaluate(PAST), "and stays there"
    boss.get_by_role("button", name="Back to live").click()
    wait(boss, f"!{PAST}")
    wrong.get_by_role("link").click()
    wait(boss, PAST)
    boss.evaluate("worldloom.ready")


def walks_about(boss: Page) -> None:
    """Walk while the past goes on: who replays an attempt sees it from wherever they go."""
    x, _, z, began = boss.evaluate("[...worldloom.me.position, worldloom.seq]")
    boss.locator("#stage").focus()
    boss.keyboard.down("w")
    wait(boss, f"(([x, , z]) => Math.hypot(x - {x}, z - {z}) > 1)(worldloom.me.position)")
    boss.keyboard.up("w")
    wait(boss, f"worldloom.seq > {began} && ({PAST})")


@pytest.mark.soak
def test_on_a_phone_the_course_begins_and_a_tap_on_an_extinguisher_takes_it(
    academy: Served, visit: Open
) -> None:
    page = visit(width=390, height=760, has_touch=True).enter(academy.world("academy"))
    page.locator(".dock-opener").click()
    widget(page, "begin").get_by_role("button", name="Begin").click()
    learn_the_classes(page)
    reads(page, "prompt", "fryer")
    page.locator(".dock-sheet").get_by_role("button", name="Close").first.click()
    page.evaluate("worldloom.go([-3.5, 0, -0.9])")
    page.wait_for_timeout(2500)
    tap_on(page, ("carbon dioxide", "powder"))
    wait(page, f"{KEPT}.level > 1.5")


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_in_a_headset_a_learner_errs_adapts_and_masters_while_the_instructor_sees_it_live(
    academy: Served, platform: PlatformServer, visit: Open, instructor: Callable[..., Page]
) -> None:
    boss = instructor(800, 450, device_scale_factor=0.5)  # beside the one that the story draws
    headset = wear(academy, visit, "academy")
    page, launched = headset.page, platform.launch()
    learner = page.evaluate("worldloom.me.name")
    comes_from_the_platform(page, launched)
    headset.raise_wrist()
    assert press(headset, "Begin")
    reads(page, "prompt", "board")
    wait(page, "Math.abs(worldloom.me.position[2] - 4.6) < 0.3")  # before the fires
    x, _, z = BOARD
    page.evaluate(f"worldloom.go([{x + 1.5}, 0, {z + 1.5}])")
    wait(page, f"Math.abs(worldloom.me.position[2] - {z + 1.5}) < 0.3")
    headset.put("controller-left", (x + 2.4, 0.6, z + 1.4))  # with its panels out of the way
    is_frozen_and_let_go(boss, headset)
    headset.put("controller-right", (x + 1.2, 1.3, z + 1.2), toward=(x, 1.3, z))
    headset.press("right", "trigger")
    reads(page, "said", "Alarm first")
    headset.raise_wrist()
    asked: list[str] = []
    for _ in range(80):
        if "Passed" in widget(page, "prompt").inner_text():
            break
        step = at_step(page)
        if step.id == "fryer" and "fryer" not in asked:
            sees_a_learner(boss, learner, "The oil in the fryer", "%")
            follows(boss, learner)
            answers(headset, "Water")
            reads(page, "said", "Never on burning oil")
            is_meant(page, "bad", "Not right.")
            sees_a_learner(boss, learner, "Water, 1 × · The oil in the fryer", "%")
            boss.locator(GROUP).get_by_text("now: Water, 1 ×").wait_for()
        asked.append(step.id)
        offered = widget(page, "choices").inner_text()
        answers(headset, next(text for text in right(step) if text in offered))
        if step.id == "fryer" and asked.count("fryer") == 1:
            sees_the_error(boss)
            sees_a_learner(boss, learner, "The switchboard smokes", "%")
    reads(page, "prompt", "Passed")
    assert "embers" in asked, "who had erred needed one drill more than three right answers"
    reads(page, "skill-choice", "mastered")
    wait(page, "document.querySelector('[data-panel=badges] a')")
    holds_what_came_of_it(page, launched)
    sees_a_learner(boss, learner, "passed 100%")
    sees_the_error_again(boss)


def is_frozen_and_let_go(boss: Page, headset: Headset) -> None:
    """Be held by the instructor: no stick and no step in one's room leads away, until let go."""
    page, (x, _, z) = headset.page, headset.place
    away = f"Math.hypot(worldloom.me.position[0] - {x}, worldloom.me.position[2] - {z})"
    boss.evaluate("worldloom.do('freeze_class')")
    wait(page, "(worldloom.headset.says ?? '').includes('Your instructor holds you')")
    headset.stick("left", 0, -1)
    headset.frames(20)
    assert page.evaluate(away) < 0.5, "a stick leads nowhere"
    headset.stick("left", 0, 0)
    wait(page, f"{away} < 0.35")
    hx, hy, hz = headset.told(".head")
    headset.put("headset", (hx + 0.9, hy, hz))
    wait(page, f"{away} < 0.35")
    look = headset.told(".yaw")
    headset.point("headset", (hx + 5, hy, hz + 5))
    wait(page, f"Math.abs(worldloom.headset.yaw - {look}) > 0.2")  # they look about
    boss.evaluate("worldloom.do('unfreeze_class')")
    wait(page, "(worldloom.headset.says ?? '').includes('You can move again')")
    headset.put("headset", (hx, hy, hz), toward=(hx, hy, hz - 2))
    page.evaluate(f"worldloom.go([{x}, 0, {z}])")
    wait(page, f"{away} < 0.3")


def comes_from_the_platform(page: Page, launched: Launched) -> None:
    """Do what the page does that a platform opens; it would be drawn for a headset once more."""
    told = json.dumps({"course": "extinguisher", "query": launched.query})
    wish = {"method": "POST", "headers": {"Content-Type": "application/json"}, "body": told}
    assert page.evaluate("(wish) => fetch('/w/academy/cmi5/take', wish).then(({ ok }) => ok)", wish)
    wait(page, "document.querySelector('[data-panel=platform]')?.textContent.includes('hears')")


def answers(headset: Headset, text: str) -> None:
    """Press one of the answers, and wait until the panel says what came of it."""
    before = headset.page.evaluate(TOLD)
    # Where time ran out meanwhile, something else is asked.
    assert press(headset, text) or headset.page.evaluate(TOLD) != before, text
    wait(headset.page, f"{TOLD} !== {json.dumps(before)}")


def press(headset: Headset, text: str) -> bool:
    """Press what the panel on the wrist offers, by ray and trigger; false where it offers no such.

    What is new on a panel moves what is below, and who is led on takes the panel along: one who
    aims sees whether the button is lit, and aims again.
    """
    page = headset.page
    for _ in range(20):
        if not page.evaluate(MARK, [PANEL, text]):
            return False
        headset.aim_at_panel("course-extinguisher", "[data-marked]")
        if not page.evaluate(LIT):
            continue
        headset.hold(1)
        headset.hold(0)
        if page.evaluate("window.pressed"):
            return True
        assert not page.evaluate(LIT), f"the trigger did nothing on {text}, which stayed lit"
    raise AssertionError(f"no ray rests on {text}")


def follows(boss: Page, learner: str) -> None:
    """Choose a learner's attempt, whose newest moment is the fryer."""
    group = boss.locator(GROUP)
    group.get_by_role("tab", name="Replay").click()
    group.get_by_role("radio", name=learner, exact=True).check()
    group.locator("li").filter(has_text="fryer").filter(has_text="· now").wait_for()


def sees_the_error(boss: Page) -> None:
    """Wait until the attempt that an instructor chose has the error, with nothing pressed."""
    wrong = boss.locator(GROUP).locator("li").filter(has_text="wrong at first, 1 ×")
    wrong.filter(has_text="fryer").wait_for()


def sees_the_error_again(boss: Page) -> None:
    """Open the replay of a learner's attempt where they erred."""
    group = boss.locator(GROUP)
    wrong = group.locator("li").filter(has_text="fryer").filter(has_text="wrong at first, 1 ×")
    address = wrong.get_by_role("link").get_attribute("href") or ""
    wrong.get_by_role("link").click()
    began = address.partition("seq=")[2].partition("&")[0]
    wait(boss, f"{PAST} && worldloom.seq >= {began} && {KEPT}.where === 'fryer'")


def tap_on(page: Page, names: tuple[str, ...]) -> None:
    """Move over the picture until the hint names one of some things, and press there."""
    hint = page.locator(".hint")
    for y in range(430, 520, 16):
        for x in range(10, 150, 12):
            page.mouse.move(x, y)
            page.wait_for_timeout(60)
            if hint.is_visible() and any(name in hint.inner_text() for name in names):
                page.wait_for_timeout(300)
                if any(name in hint.inner_text() for name in names):
                    page.mouse.click(x, y)
                    return
    raise AssertionError("no extinguisher is in the picture")


@pytest.mark.soak
def test_the_next_person_at_a_shared_device_begins_anew_and_the_earlier_ones_records_are_kept(
    academy: Served, visit: Open
) -> None:
    page = visit(width=900, height=420).enter(academy.world("academy"), "quality=low&kiosk=600")
    page.get_by_role("button", name="Yes, it is shared").click()
    widget(page, "begin").get_by_role("button", name="Begin").click()
    learn_the_classes(page)
    reads(page, "prompt", "fryer")
    first, me = account_of(page), page.evaluate("worldloom.me.id")
    page.get_by_role("button", name="Next person").click()
    wait(page, f"window.worldloom?.me && worldloom.me.id !== '{me}'")
    reads(page, "prompt", "Know the fire")
    widget(page, "begin").get_by_role("button", name="Begin", exact=True).click()
    reads(page, "prompt", "board")
    second = account_of(page)
    assert second != first
    behind = {"extinguisher", "rules", "paper", "petrol", "fryer-class", "classes"}
    assert records_of(academy, first) == behind
    assert records_of(academy, second) == {"extinguisher"}, "no more than that they began"


def account_of(page: Page) -> str:
    """Return whose page it is."""
    told: str = page.evaluate(
        "fetch('/api/auth/me').then((r) => r.json()).then((me) => me.account)"
    )
    return told


def records_of(academy: Served, account: str) -> set[str]:
    """Return what the learning records of an account are about, without the ways there."""
    every = Program(academy).find()
    own = [one for one in every if one["actor"].get("account", {}).get("name") == account]
    return {one["object"]["id"].rpartition("/")[2] for one in own}

"""A learner's story at the fire school: learn, err, adapt, master, and have a badge for it.

The instructor sees it and replays it; the learning platform that launched it holds the score.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served, wait
from tests.browser.fire_school import (
    COURSE,
    FIRE,
    GROUP,
    PAST,
    Open,
    academy,
    answer_right,
    at_step,
    choose,
    cookies,
    holds_what_came_of_it,
    instructor,
    is_meant,
    is_true,
    learn_the_classes,
    platform,
    reads,
    sees_a_learner,
    widget,
)
from tests.kits.academy.lms.platform_server import PlatformServer
from tests.kits.academy.xapi.lrs import Program

__all__ = ["academy", "cookies", "instructor", "platform"]


@pytest.mark.tried("academy", "desktop")
def test_a_learner_from_a_platform_errs_adapts_masters_and_the_instructor_replays_it(
    academy: Served, platform: PlatformServer, visit: Open, instructor: Callable[..., Page],
    tmp_path: Path,
) -> None:  # fmt: skip
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
    wait(page, f"{FIRE}.level > 2")  # the fireball
    wait(page, f"{FIRE}.level < 2")
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
    has_the_badge(page, tmp_path / "badge.jwt")
    wait(page, "document.querySelector('[data-panel=platform]').innerText.includes('told')")
    holds_what_came_of_it(page, launched)
    assert platform.faults == []
    back = page.locator("[data-panel=platform] a").get_attribute("href")
    assert back == f"{platform.url}/back"
    sees_a_learner(boss, learner, "passed 100%")
    sees_the_group(boss)
    replays(boss, page.evaluate("worldloom.me.id"))


def has_the_badge(page: Page, kept: Path) -> None:
    """Take home the badge that was just earned."""
    wait(page, "document.querySelector('[data-panel=badges] a')")
    link = page.locator("[data-panel=badges] a").first.get_attribute("href") or ""
    tops = "links => links.map((link) => Math.round(link.getBoundingClientRect().top))"
    assert len(set(page.locator("[data-panel=badges] li:first-child a").evaluate_all(tops))) == 1
    with page.expect_download() as downloaded:
        page.evaluate("link => { location.href = link }", link)
    assert downloaded.value.suggested_filename.endswith(".jwt")
    downloaded.value.save_as(kept)
    is_true(page, kept.read_text())


def sees_the_group(boss: Page) -> None:
    """Look at what the panels of an instructor say of the group."""
    boss.get_by_text("Fire extinguishers: the group").first.wait_for()
    boss.locator(GROUP).get_by_role("tab", name="What fails").click()
    wait(boss, f"document.querySelector('{GROUP}').innerText.includes('fryer')")
    cells = "(rows) => rows.map((row) => [...row.cells].map((cell) => cell.innerText.trim()))"
    boss.locator(GROUP).get_by_role("tab", name="How far").click()
    far = boss.locator(f"{GROUP} [data-w=came] tbody tr").evaluate_all(cells)
    assert [name for name, _ in far] == ["began", *(one.title for one in COURSE.scenes), "finished"]
    assert min(int(count) for _, count in far) >= 1, "one has come through all of it"
    boss.locator(GROUP).get_by_role("tab", name="How long").click()
    long = boss.locator(f"{GROUP} [data-w=times] tbody tr").evaluate_all(cells)
    assert [skill for skill, _ in long] == [skill.title for skill in COURSE.skills]
    assert all(0 <= float(minutes) < 30 for _, minutes in long)
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
    wait(boss, f"{FIRE}.level > 2")  # the fireball, again
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
    wait(page, f"{FIRE}.level > 1.5")


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

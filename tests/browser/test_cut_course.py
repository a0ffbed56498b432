"""A learner's line is cut and the server killed amid a course: they go on, and nothing is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served, Visit, wait
from tests.browser.slow_line import slow_line
from tests.kits.academy.lms.badge_school import SCHOOL
from tests.server.asking import kept
from worldloom.stores.verify import verify

Open = Callable[..., Visit]
PANEL = "[data-panel=course-oil]"
STEPS_MAX = 60
ANSWERED = "~academy.Answered"
LOST = "The connection was lost"


def says(id: str) -> str:
    return f"(document.querySelector(\"{PANEL} [data-w='{id}']\")?.textContent ?? '')"


def facts(server: Served) -> Counter[str]:
    """Return how many facts of each kind the log has of courses."""
    return Counter(str(one["kind"]) for one in kept(server, "school"))


def press(page: Page, text: str) -> None:
    page.locator(f"{PANEL} [data-w=choices]").get_by_text(text, exact=True).first.click()


def answer(page: Page, server: Served) -> None:
    """Press the right answer, and wait until it is a fact."""
    before = facts(server)[ANSWERED]
    wait(page, f"{says('choices')}.includes('Yes')")
    press(page, "Yes")
    for _ in range(600):
        if facts(server)[ANSWERED] > before:
            return
        page.wait_for_timeout(50)
    raise AssertionError("it was not answered")


def is_back(page: Page) -> None:
    """Wait until the line is live again, and the course says where it stands."""
    wait(page, f"!document.body.innerText.includes('{LOST}')")
    wait(page, f"{says('choices')}.includes('Yes')")
    assert page.locator(f"{PANEL} [data-w=begin]").is_hidden(), "they had to begin again"


@pytest.mark.soak
def test_after_a_cut_and_a_kill_amid_a_course_the_learner_goes_on_where_they_were(
    tmp_path: Path, visit: Open
) -> None:
    (tmp_path / "school.py").write_text(SCHOOL)
    server = Served(tmp_path / "realm.loom", str(tmp_path / "school.py"))
    server.start()
    try:
        with slow_line(server.url) as (line, url):
            page = visit(width=900, height=600).enter(f"{url}/w/school")
            page.locator(f"{PANEL} [data-w=begin] button").first.click()
            answer(page, server)
            line.cut(stay=True)
            page.get_by_text(LOST).wait_for()
            press(page, "Yes")
            page.get_by_text("lost before this was kept").wait_for()
            line.mend()
            is_back(page)
            assert facts(server)[ANSWERED] == 1, "what was refused is not done later"
            answer(page, server)
            server.kill()
            page.get_by_text(LOST).wait_for()
            server.again()
            is_back(page)
            for _ in range(STEPS_MAX):
                if facts(server)["~academy.Finished"]:
                    break
                answer(page, server)
            wait(page, f"{says('said')}.length > 0")
    finally:
        server.stop()
    told = facts(server)
    assert (told["~academy.Began"], told["~academy.Finished"]) == (1, 1)
    assert verify(str(server.realm)).ok

"""A whole course by who does not see it: in words, by the keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page

from tests.browser.conftest import Served, Visit, wait
from worldloom.kits.academy.courses.course import Step
from worldloom.kits.academy.courses.yard import course

Open = Callable[..., Visit]
COURSE = course("lockout")
FOCUSED = "document.activeElement.closest('[data-panel=course-lockout]') !== null"
"""Who pressed an answer that is gone goes on where it stood, and not at the page's top."""


def plain(text: str) -> str:
    """Return how Markdown reads."""
    return text.replace("**", "")


def press(button: Locator) -> None:
    """Come to a button and press it, by keys."""
    button.focus()
    button.press("Enter")


class Words:
    """A learner who reads the world in words."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.panel = page.locator("[data-panel=course-lockout]")

    def is_asked(self, step: Step) -> None:
        """Wait until the panel asks a step."""
        told = self.panel.locator("[data-w=prompt]")
        told.get_by_text(plain(step.prompt)[:50]).first.wait_for()

    def says(self, text: str) -> None:
        """Wait until the panel says something of an answer."""
        self.panel.get_by_text(text).first.wait_for()

    def chooses(self, text: str) -> None:
        """Press an answer; what is to be pressed in the world stands among them, too."""
        named = re.compile(rf"^{re.escape(text)}\s*Choose$", re.IGNORECASE)
        press(self.panel.get_by_role("button", name=named))

    def answers(self, step: Step) -> None:
        """Answer a step rightly."""
        if step.kind == "order":
            for option in step.options:
                self.chooses(option.text)
                self.panel.get_by_role("button", name=option.text).wait_for(state="detached")
        elif step.kind == "dialogue":
            for line in step.lines:
                if line.id != "sure":
                    self.chooses(line.replies[0].text)
        elif step.target:
            self.chooses(step.target)
        else:
            self.chooses(next(option.text for option in step.options if option.right))


def test_a_whole_course_is_learnt_in_words_by_the_keyboard(
    default_realm: Served, visit: Open
) -> None:
    page = visit().page
    page.goto(f"{default_realm.world('academy')}/text")
    learner = Words(page)
    press(learner.panel.get_by_role("button", name="Begin"))
    for step in (step for step in COURSE.steps() if not step.drill):
        learner.is_asked(step)
        if step.id == "energies":
            press(learner.panel.get_by_role("button", name="The current Choose"))
            learner.says("Not right.")
        learner.answers(step)
        wait(page, FOCUSED)
    learner.says("Passed")
    page.locator("[data-panel=badges]").get_by_role("link").first.wait_for()

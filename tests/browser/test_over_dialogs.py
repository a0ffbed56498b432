"""What is told while a dialog is open is seen over it, and pressed there."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.conftest import Served, Visit, wait
from tests.browser.looks import ways
from tests.browser.test_accessible import audit, axe

Open = Callable[..., Visit]
MIDDLE = """
(found) => {
  const { x, y, width, height } = found.getBoundingClientRect();
  return found.contains(document.elementFromPoint(x + width / 2, y + height / 2));
}
"""
"""Whether what stands at the middle of an element is the element, and nothing over it."""


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).last.click()


@ways(
    "width, height, scheme",
    [(390, 844, "dark")],
    soak=[
        (1000, 700, "light"),
        (1000, 700, "dark"),
        (800, 500, "light"),
        (800, 500, "dark"),
        (390, 844, "light"),
    ],
)
def test_a_refusal_stands_over_the_dialog_that_it_came_of_and_is_closed_there(
    hello: Served, visit: Open, width: int, height: int, scheme: str
) -> None:
    page = visit(width=width, height=height, color_scheme=scheme).page
    page.goto(hello.url.replace("localhost", "127.0.0.1"))
    wait(page, "window.worldloom !== undefined")
    press(page, "Your account")
    press(page, "Keep this account")
    toast = page.locator(".toast.bad")
    toast.wait_for()
    assert toast.evaluate(MIDDLE)
    assert audit(page) + axe(page) == []
    toast.get_by_role("button", name="Close").click()
    toast.wait_for(state="detached")
    assert page.get_by_role("dialog").is_visible()
    press(page, "Keep this account")
    toast.wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Close").first.click()
    page.locator("dialog").wait_for(state="detached")  # closed it has no role, and is there still
    assert toast.is_visible() and toast.evaluate(MIDDLE)  # it outlives the dialog


def test_a_long_dialog_keeps_its_title_and_its_x_in_sight(hello: Served, visit: Open) -> None:
    page = visit(width=800, height=500).enter(f"{hello.url}/")
    press(page, "Your account")
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    dialog.evaluate("(one) => one.scrollTo(0, one.scrollHeight)")
    assert dialog.evaluate("(one) => one.scrollTop") > 0
    close = dialog.get_by_role("button", name="Close")
    assert close.evaluate(MIDDLE) and dialog.get_by_role("heading").first.evaluate(MIDDLE)
    close.click()
    dialog.wait_for(state="detached")

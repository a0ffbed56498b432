"""A person comes from a learning platform's own page, learns here, and the platform has the grade.

The platform is a small one on another site: `127.0.0.1` is one, and `localhost` another.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served, Visit, wait
from tests.browser.looks import ways
from tests.browser.test_accessible import audit, axe
from tests.browser.test_accounts import Device, account_of, press
from tests.kits.academy.lms.badge_school import SCHOOL
from tests.kits.academy.lms.lti_server import LtiServer
from tests.server.asking import Site

Open = Callable[..., Visit]
KITS = """
from worldloom.kits.academy.lms.lti.messages import Registration
from worldloom.kits.academy.lms.lti.tool import Lti

world.use(Lti(
    Registration({url!r}, "tool-1", ("d1",), "{url}/auth", "{url}/token", "{url}/keys"),
    teachers="builder",
))
"""
PANEL = "[data-panel=course-oil]"


@pytest.fixture(scope="module")
def platform() -> Iterator[LtiServer]:
    """Run the small learning platform."""
    made = LtiServer()
    yield made
    made.stop()


def serve_school(folder: Path, more: str) -> Served:
    """Serve the school with more of its file, at the name that it calls its home."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = f"http://localhost:{port}"
    (folder / "school.py").write_text(SCHOOL.replace("https://school.example", home) + more)
    file = str(folder / "school.py")
    server = Served(folder / "realm.loom", file, options=("--port", str(port)))
    server.start()
    server.url = home
    return server


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory, platform: LtiServer) -> Iterator[Served]:
    """Serve the school, which knows its own address as its owner would have told it."""
    folder = tmp_path_factory.mktemp("lms")
    server = serve_school(folder, KITS.format(url=platform.url))
    home = server.url
    platform.tool = f"{home}/w/school/lti"
    platform.tool_keys = Site(server).nobody.get("/w/school/lti/keys").json
    yield server
    server.stop()


def stands(page: Page) -> None:
    """Wait until one is in the world."""
    page.wait_for_url("**/w/school")
    wait(page, "window.worldloom?.me != null")


def masters(page: Page) -> None:
    """Answer right until the course is over."""
    panel = page.locator(PANEL)
    panel.get_by_role("button", name="Begin").click()
    for _ in range(40):
        if "You are through" in panel.locator("[data-w=prompt]").inner_text():
            return
        before = page.evaluate("worldloom.seq")
        panel.locator("[data-w=choices]").get_by_text("Yes", exact=True).first.click()
        wait(page, f"worldloom.seq > {before}")
        page.wait_for_timeout(150)
    raise AssertionError("the course does not end")


def scored(page: Page, platform: LtiServer, learner: str) -> dict[str, Any]:
    """Wait until the platform has a score of someone."""
    for _ in range(300):
        found = [one for one in platform.scores if one["userId"] == learner]
        if found:
            return found[-1]
        page.wait_for_timeout(100)
    raise AssertionError("no score came")


def test_a_learner_presses_a_link_of_their_platform_and_it_has_the_grade(
    school: Served, platform: LtiServer, visit: Open
) -> None:
    page = visit(width=1000, height=700).page
    page.goto(f"{platform.url}/?user=lea")
    page.get_by_role("link", name="Burning oil").click()
    stands(page)
    assert page.evaluate("[worldloom.me.name, worldloom.me.role]") == ["Lea Learner", "visitor"]
    masters(page)
    told = scored(page, platform, "id-of-lea")
    assert (told["scoreGiven"], told["activityProgress"]) == (100.0, "Completed")


@ways("scheme, width", [("dark", 360)], soak=[("light", 900)])
def test_a_teacher_chooses_a_course_by_keyboard_and_the_platform_lists_it(
    school: Served, platform: LtiServer, visit: Open, scheme: str, width: int
) -> None:
    page = visit(width=width, height=640, color_scheme=scheme).page
    page.goto(f"{platform.url}/?user=tom")
    page.get_by_role("link", name="Choose content").click()
    page.get_by_role("heading", name="Choose a course").wait_for()
    assert audit(page) + axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    before = len(platform.links)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert "A tour" in page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Safety at work").wait_for()
    assert platform.links[before:] == [("A tour", "tour")]
    page.get_by_role("link", name="A tour").last.click()
    stands(page)
    assert page.evaluate("[worldloom.me.name, worldloom.me.role]") == ["Tom Teacher", "builder"]
    page.locator("[data-panel=group-oil]").wait_for(state="attached")


STRICT = {
    "enableThirdPartyCookieRestriction": True, "disableThirdPartyCookieMetadata": True,
    "disableThirdPartyCookieHeuristics": True,
}  # fmt: skip
"""How a browser keeps the cookies of other sites' frames away, as many do."""


@pytest.mark.soak
def test_in_a_frame_the_course_opens_in_a_window_where_one_is_known_and_a_choice_stays_there(
    school: Served, platform: LtiServer, visit: Open
) -> None:
    one = visit(width=900, height=640)
    page = one.page
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.setCookieControls", STRICT)
    page.goto(f"{platform.url}/frame?user=lea&what=0")
    inside = page.frame_locator("iframe")
    inside.get_by_role("heading", name="A place to walk around in").wait_for()
    with one.context.expect_page() as opened:
        inside.get_by_role("button", name="Open the course").click()
    stands(opened.value)
    assert opened.value.evaluate("worldloom.me.name") == "Lea Learner"
    page.goto(f"{platform.url}/frame?user=tom&what=choose")
    before = len(platform.links)
    inside.get_by_role("button", name="Burning oil").click()
    inside.get_by_role("heading", name="Safety at work").wait_for()
    assert platform.links[before:] == [("Burning oil", "oil")]


def launches(page: Page, platform: LtiServer, user: str) -> str:
    """Come from the platform's page as one of its people; return whose account it is here."""
    page.goto(f"{platform.url}/?user={user}")
    page.get_by_role("link", name="Burning oil").first.click()
    stands(page)
    return str(account_of(page)["account"])


@pytest.mark.soak
def test_who_came_by_a_launch_keeps_the_account_and_finds_their_records_in_any_browser(
    school: Served, platform: LtiServer, visit: Open
) -> None:
    page = visit(width=1000, height=700).page
    device = Device(page)
    account = launches(page, platform, "kit")
    masters(page)
    badge = "document.querySelector('[data-panel=badges] a') !== null"
    wait(page, badge)
    press(page, "Menu")
    press(page, "Your account")
    press(page, "Keep this account")
    wait(page, "document.querySelectorAll('dialog .account li').length === 1")
    (credential,) = device.credentials()

    other = visit(width=1000, height=700)
    page = other.enter(f"{school.url}/")
    Device(page).take(credential)
    press(page, "Sign in")
    wait(page, "document.querySelector('.account-line button')?.hidden === true")
    page = other.enter(school.world("school"))
    wait(page, badge)
    assert account_of(page)["account"] == account
    assert page.evaluate("worldloom.me.name") == "Kit Keeper"
    assert launches(page, platform, "kit") == account, "signed in, they come as who they are"
    assert launches(page, platform, "tom") != account, "who else comes here is not Kit"
    assert page.evaluate("worldloom.me.name") == "Tom Teacher"
    assert launches(visit().page, platform, "kit") == account, "the platform's word is enough"

"""A learner comes from a learning platform, masters a course, and has score and badge for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import Served, Visit, wait
from tests.kits.academy.lms.badge_school import SCHOOL
from tests.kits.academy.lms.platform_server import PlatformServer

Open = Callable[..., Visit]


@pytest.fixture
def platform() -> Iterator[PlatformServer]:
    """Run a small learning platform."""
    made = PlatformServer()
    yield made
    made.stop()


@pytest.fixture
def school(tmp_path: Path, platform: PlatformServer) -> Iterator[Served]:
    """Serve a school that the platform may launch courses of."""
    more = ("from worldloom.kits.academy.lms.cmi5.unit import Units\n"
            f"world.use(Units({platform.url!r}))\n")  # fmt: skip
    (tmp_path / "school.py").write_text(SCHOOL + more)
    server = Served(tmp_path / "realm.loom", str(tmp_path / "school.py"))
    server.start()
    yield server
    server.stop()


def test_a_platform_launches_a_course_and_holds_score_and_completion(
    school: Served, platform: PlatformServer, visit: Open
) -> None:
    launched = platform.launch()
    page = visit(width=1000, height=900).enter(
        f"{school.url}/w/school/cmi5/start/oil?{launched.query}"
    )
    assert page.url.endswith("/w/school")
    panel = "[data-panel=course-oil]"
    page.locator(f"{panel} [data-w=begin]").get_by_role("button").click()
    choices = page.locator(f"{panel} [data-w=choices]")
    for _ in range(40):
        if "Passed" in page.locator(f"{panel} [data-w=prompt]").inner_text():
            break
        before = page.evaluate("worldloom.seq")
        choices.get_by_text("Yes", exact=True).first.click()
        wait(page, f"worldloom.seq > {before}")
        page.wait_for_timeout(200)
    badge = json.dumps("[data-panel=badges] a")
    wait(page, f"document.querySelector({badge})")
    link = page.locator("[data-panel=badges] a").first.get_attribute("href") or ""
    with page.expect_download() as downloaded:
        page.evaluate("link => { location.href = link }", link)
    assert downloaded.value.suggested_filename.endswith(".jwt")
    wait(page, "document.querySelector('[data-panel=platform]').innerText.includes('told')")
    for _ in range(100):
        if launched.ended:
            break
        page.wait_for_timeout(100)
    assert launched.verbs() == ["initialized", "completed", "passed", "terminated"]
    assert platform.faults == []
    back = page.locator("[data-panel=platform] a").get_attribute("href")
    assert back == f"{platform.url}/back"

"""A unit of somebody else's runs from its package in a page that is nobody's, and is recorded."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served, Visit, wait
from tests.browser.test_lms import serve_school, stands
from tests.kits.academy.lms.au_package import package

Open = Callable[..., Visit]
KITS = """
from pathlib import Path

from worldloom.kits.academy.lms.cmi5.content import Content

world.use(Content(Path({zip!r}).read_bytes()))
"""


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the school with a course of somebody else's."""
    folder = tmp_path_factory.mktemp("content")
    (folder / "geology.zip").write_bytes(package())
    server = serve_school(folder, KITS.format(zip=str(folder / "geology.zip")))
    yield server
    server.stop()


TRIED = {
    "origin": "null", "cookie": "SecurityError", "store": "SecurityError", "me": "TypeError",
    "act": "TypeError", "socket": "refused", "frame": "closed",
}  # fmt: skip
"""What a unit's page gets of what it must not have: nothing."""


@pytest.mark.soak
def test_a_unit_of_others_runs_from_its_package_and_its_result_is_recorded_and_shown(
    school: Served, visit: Open
) -> None:
    boss = visit(width=1000, height=700).enter(school.owner_of("school"))
    wait(boss, "window.worldloom.me?.role === 'owner'")
    page = visit(width=1000, height=700).enter(school.world("school"))
    page.evaluate("worldloom.do('say', {text: 'This is me'})")
    panel = page.locator("[data-panel=content]")
    panel.get_by_role("button", name="Start").click()
    panel.get_by_role("link", name="Open it now").click()
    page.get_by_text("What is black").wait_for()
    assert "/w/school/content/files/" in page.url
    assert page.evaluate("tried") == TRIED
    look = "getComputedStyle(document.querySelector('h1')).color"
    assert page.evaluate(look) == "rgb(10, 90, 70)"
    assert page.evaluate("document.querySelector('img').naturalWidth") == 9
    page.get_by_role("button", name="It is basalt").click()
    stands(page)
    panel.get_by_text("completed, passed, 90%").first.wait_for()
    learner = page.evaluate("worldloom.me.name")
    rows = "[...document.querySelectorAll('[data-panel=content-group] tbody tr')]"
    cells = f"{rows}.map((row) => [...row.cells].map((cell) => cell.innerText))"
    row = [learner, "Geology", "Rocks of the sea", "completed, passed", "90%"]
    wait(boss, f"{cells}.some((row) => row.join() === {json.dumps(','.join(row))})")
    assert [verb for verb, _ in records(boss)] == [
        "launched", "initialized", "completed", "passed", "satisfied", "terminated"]  # fmt: skip
    assert dict(records(boss))["passed"] == 0.9
    said = boss.evaluate("fetch('/api/worlds/school/events?limit=500').then((a) => a.text())")
    assert "I am not myself" not in said and "This is me" in said


def records(boss: Page) -> list[tuple[str, float | None]]:
    """Return verb and score of what the record store has of the unit."""
    made = boss.evaluate("""fetch('/api/auth/tokens', {
      method: 'POST', headers: {'Content-Type': 'application/json'},
      body: JSON.stringify({account: 'lms', role: 'records'}),
    }).then((answer) => answer.json())""")
    head = {"Authorization": f"Bearer {made['token']}", "X-Experience-API-Version": "1.0.3"}
    found = boss.evaluate(
        "(headers) => fetch('/w/school/xapi/statements?ascending=true', {headers})"
        ".then((answer) => answer.json())",
        head,
    )["statements"]
    cmi5 = [one for one in found if "cmi5" in json.dumps(one.get("context", {}))]
    return [(one["verb"]["id"].rpartition("/")[2],
             one.get("result", {}).get("score", {}).get("scaled")) for one in cmi5]  # fmt: skip

"""A log that was cut: who comes back and remembers more is told so."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from tests.browser.conftest import Served, Visit, wait

Open = Callable[..., Visit]
TOLD = "document.querySelector('[role=alert]')?.innerText.includes('history is gone') ?? false"


def test_who_comes_back_to_a_cut_log_is_told_that_history_was_lost(
    served: Served, visit: Open, tmp_path: Path
) -> None:
    visit().enter(served.world("plaza"))
    served.stop()
    older = tmp_path / "older.loom"
    shutil.copy(served.realm, older)
    served.again()
    window = visit()
    page = window.enter(served.world("plaza"))
    for text in ("one", "two", "three"):
        page.evaluate("text => window.worldloom.do('say', {text})", text)
    seen = page.evaluate("window.worldloom.seq")
    page.wait_for_timeout(2500)  # the page keeps what it remembers every two seconds
    served.stop()
    shutil.copy(older, served.realm)
    served.again()
    wait(page, TOLD)
    assert page.evaluate("window.worldloom.seq") < seen
    page.get_by_role("button", name="Understood").click()
    assert not page.locator(".banner").is_visible()

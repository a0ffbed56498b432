"""A log that was cut or flipped: who comes back and remembers more is told so."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from tests.browser.conftest import HELLO, Served, Visit, wait
from tests.browser.looks import ways

Open = Callable[..., Visit]
TOLD = "document.querySelector('[role=alert]')?.innerText.includes('history is gone') ?? false"


def test_who_comes_back_to_a_cut_log_is_told_that_history_was_lost(
    served: Served, visit: Open, tmp_path: Path
) -> None:
    visit().enter(served.world("hello"))
    served.stop()
    older = tmp_path / "older.loom"
    shutil.copy(served.realm, older)
    served.again()
    window = visit()
    page = window.enter(served.world("hello"))
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


def middle_of_live(log: bytes) -> int:
    """Return a place in the middle of the frames that SQLite would read from a write-ahead log.

    Frames with other salts than the head's are leftovers of before a checkpoint.
    """
    page_bytes, head_bytes, frame_head_bytes = int.from_bytes(log[8:12], "big"), 32, 24
    size, live = frame_head_bytes + page_bytes, 0
    while log[head_bytes + live * size + 8 :][:8] == log[16:24]:
        live += 1
    assert live > 2, "the log holds nothing that a checkpoint has not taken already"
    return head_bytes + live // 2 * size + frame_head_bytes + page_bytes // 2


def cut(log: bytes) -> bytes:
    """Return a write-ahead log that ends in the middle of a page."""
    return log[: middle_of_live(log)]


def flip(log: bytes) -> bytes:
    """Return a write-ahead log with one bit turned."""
    place = middle_of_live(log)
    return log[:place] + bytes((log[place] ^ 0x10,)) + log[place + 1 :]


@ways("hurt", [cut], soak=[flip])
def test_a_hurt_write_ahead_log_is_noticed_by_the_page_that_saw_more(
    tmp_path: Path, visit: Open, hurt: Callable[[bytes], bytes]
) -> None:
    # Without a checkpoint every commit stands in the write-ahead log alone.
    served = Served(tmp_path / "realm.loom", str(HELLO), limits={"checkpoint_seconds_max": 3600.0})
    served.start()
    page = visit().enter(served.world("hello"))
    for number in range(8):
        page.evaluate("text => window.worldloom.do('say', {text})", f"number {number}")
    seen = page.evaluate("window.worldloom.seq")
    page.wait_for_timeout(2500)  # the page keeps what it remembers every two seconds
    served.kill()
    log = served.realm.with_name(served.realm.name + "-wal")
    log.write_bytes(hurt(log.read_bytes()))
    served.again()
    wait(page, TOLD)
    assert page.evaluate("window.worldloom.seq") < seen
    served.stop()

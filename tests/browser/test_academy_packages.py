"""An instructor gives a course of others in the page; what is hostile or broken is told apart."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.browser.conftest import Served, Visit, claim, wait
from tests.browser.test_accessible import audit, axe
from tests.browser.test_lms import serve_school
from tests.kits.academy.lms.au_package import STRUCTURE, package

Open = Callable[..., Visit]
GIVE = "[data-panel=packages]"
LEARN = "[data-panel=content]"
KITS = """
from worldloom.kits.academy.lms.cmi5.content import Content

world.use(Content())
"""
MUCH = 2_000_000_000
"""More bytes than a package may say that it has."""


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the school, to which packages may be given."""
    folder = tmp_path_factory.mktemp("packages")
    server = serve_school(folder, KITS)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def ownership(school: Served, chromium: Browser) -> Any:
    """Claim the yard and return its owner's cookies."""
    return claim(school.owner_of("school"), chromium)


def zipped(*files: tuple[str, bytes]) -> bytes:
    """Return a ZIP of these files."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files:
            made.writestr(name, data)
    return kept.getvalue()


def bomb() -> bytes:
    """Return a ZIP one of whose files says that it has far more than may be unpacked."""
    made = bytearray(zipped(("cmi5.xml", STRUCTURE.encode()), ("big.bin", b"\0" * 1000)))
    at = made.rindex(b"PK\x01\x02")
    made[at + 24 : at + 28] = MUCH.to_bytes(4, "little")
    return bytes(made)


HOSTILE = {
    "out.zip": (zipped(("cmi5.xml", b"<a/>"), ("../../out.html", b"x")), "leads out of it"),
    "bomb.zip": (bomb(), "too large when unpacked"),
    "none.zip": (zipped(("index.html", b"x")), "there is no cmi5.xml"),
    "cut.zip": (package()[:200], "cannot be read"),
    "entities.xml": (b"<!DOCTYPE x [<!ENTITY a 'b'>]><courseStructure/>", "document type"),
}


def free_again(page: Page) -> None:
    """Wait until the page takes a file: while it sends one, it takes no other."""
    wait(page, f"!document.querySelector('{GIVE} input[type=file]').disabled")


def give(page: Page, name: str, data: bytes) -> None:
    """Choose a file, as the page's own button lets one."""
    field: Locator = page.locator(f"{GIVE} input[type=file]")
    free_again(page)
    field.set_input_files({"name": name, "mimeType": "application/zip", "buffer": data})


def test_an_instructor_gives_a_package_and_a_learner_starts_it_and_it_outlasts_a_restart(
    school: Served, visit: Open, ownership: Any
) -> None:
    boss = visit(1000, 700, storage_state=ownership).enter(school.world("school"))
    page = visit(900, 600).enter(school.world("school"))
    assert not page.locator(LEARN).is_visible(), "there is none yet"
    assert page.locator(GIVE).count() == 0
    for name, (data, told) in HOSTILE.items():
        give(boss, name, data)
        boss.locator(GIVE).get_by_text(told).first.wait_for()
    free_again(boss)
    boss.locator(f"{GIVE} input[type=file]").focus()
    with boss.expect_file_chooser() as chosen:
        boss.keyboard.press("Space")
    chosen.value.set_files({"name": "geology.zip", "mimeType": "application/zip",
                            "buffer": package()})  # fmt: skip
    boss.locator(GIVE).get_by_text("Learners have it now.").first.wait_for()
    assert audit(boss) + axe(boss) == []
    page.locator(LEARN).get_by_role("button", name="Start").first.click()
    page.locator(LEARN).get_by_role("link", name="Open it now").click()
    page.get_by_text("What is black").wait_for()
    school.stop()
    school.again()
    boss.reload()
    again = visit(900, 600).enter(school.world("school"))
    again.locator(LEARN).get_by_role("button", name="Start").first.click()
    again.locator(LEARN).get_by_role("link", name="Open it now").click()
    again.get_by_text("What is black").wait_for()
    boss.locator(GIVE).get_by_role("button", name="Take it away").click()
    boss.locator(LEARN).wait_for(state="hidden")


def test_who_does_not_instruct_gives_nothing(school: Served, visit: Open) -> None:
    page = visit().enter(school.world("school"))
    for way in ("packages/new", "courses/text"):
        asks = f"fetch('/w/school/{way}', {{method: 'POST', body: 'x'}}).then((a) => a.status)"
        assert page.evaluate(asks) == 403

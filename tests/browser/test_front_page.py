"""The front page: four doors, and the first leads into the plaza without a reload."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served, Visit, wait
from tests.browser.looks import ways
from tests.browser.test_accessible import audit, axe
from tests.server.asking import Site
from tests.server.test_assets import png

Open = Callable[..., Visit]


def front_page(plaza: Served, visit: Open) -> Page:
    page = visit().enter(f"{plaza.url}/")
    page.get_by_role("button", name="Enter", exact=True).wait_for()
    return page


def test_the_front_page_has_four_doors(plaza: Served, visit: Open) -> None:
    page = front_page(plaza, visit)
    for door in ("Enter", "Open my model", "New world", "Invite"):
        assert page.get_by_role("button", name=door, exact=True).is_visible()


def test_enter_walks_in_without_a_reload_and_back_leads_out(plaza: Served, visit: Open) -> None:
    page = front_page(plaza, visit)
    page.evaluate("window.stillTheSamePage = true")
    page.get_by_label("Your name").fill("Ada")
    page.get_by_role("button", name="Enter", exact=True).click()
    wait(page, "window.worldloom.me?.name === 'Ada'")
    assert page.url.endswith("/w/plaza")
    page.go_back()
    page.get_by_role("button", name="Enter", exact=True).wait_for()
    assert page.evaluate("window.stillTheSamePage")


def test_invite_shows_the_link_of_the_plaza(plaza: Served, visit: Open) -> None:
    page = front_page(plaza, visit)
    page.get_by_role("button", name="Invite", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    shown = dialog.evaluate(
        "d => [d, ...d.querySelectorAll('input')].map(e => e.value || e.innerText)"
    )
    assert f"{plaza.url}/w/plaza" in " ".join(shown)


@pytest.mark.soak
def test_an_owner_invites_with_a_role_from_the_front_page_too(served: Served, visit: Open) -> None:
    owner = visit()
    wait(owner.enter(served.owner_of("hello")), "window.worldloom.me?.role === 'owner'")
    owner.page.goto(served.url)
    owner.page.get_by_role("button", name="Invite", exact=True).click()
    dialog = owner.page.get_by_role("dialog")
    dialog.locator("summary", has_text="Make a link").click()
    form = dialog.get_by_role("form", name="Make a link")
    form.get_by_label("Role").select_option("member")
    form.get_by_role("button", name="Make a link").click()
    link = dialog.get_by_role("textbox", name="The new link")
    link.wait_for()
    guest = visit().enter(link.input_value())
    wait(guest, "window.worldloom.me?.role === 'member'")


@pytest.mark.soak
def test_a_link_from_the_front_page_says_to_which_world_and_another_is_chosen(
    plaza: Served, visit: Open
) -> None:
    owner = Site(plaza).owner()
    made = owner.post("/api/worlds", {"name": "cellar", "title": "The cellar", "starter": "empty"})
    assert made.status == 201
    page = front_page(plaza, visit)
    page.get_by_role("button", name="Invite", exact=True).click()
    world = page.get_by_role("dialog").get_by_label("World")
    assert world.input_value() == "plaza"
    world.select_option("The cellar")
    wait(page, "document.querySelector('dialog input')?.value.endsWith('/w/cellar')")
    assert page.get_by_role("dialog").get_by_label("World").input_value() == "cellar"
    assert audit(page) + axe(page) == []


def ask_for_a_world(page: Page, title: str) -> None:
    page.get_by_role("button", name="New world", exact=True).click()
    page.get_by_role("dialog").get_by_role("textbox").fill(title)
    page.get_by_role("button", name="Create", exact=True).click()


def test_a_new_world_is_entered_by_the_owner_who_made_it(
    plaza: Served, visit: Open, ownership: Any
) -> None:
    page = visit(storage_state=ownership).enter(f"{plaza.url}/")
    page.get_by_role("button", name="New world", exact=True).click()
    page.get_by_role("combobox", name="It begins as").select_option("A meadow with trees")
    assert audit(page) + axe(page) == []
    page.get_by_role("dialog").get_by_role("textbox").fill("My small garden")
    page.get_by_role("button", name="Create", exact=True).click()
    wait(page, "window.worldloom.world === 'my-small-garden' && window.worldloom.me !== null")
    assert page.evaluate("window.worldloom.me.role") == "owner"
    names = "Object.values(window.worldloom.entities()).map((one) => one.name)"
    assert "tree 1" in page.evaluate(names)


def test_a_world_has_a_real_picture_as_soon_as_its_builder_saw_it(
    plaza: Served, visit: Open
) -> None:
    page = front_page(plaza, visit)
    ask_for_a_world(page, "Seen")
    wait(page, "window.worldloom.world === 'seen' && window.worldloom.me !== null")
    way = "/api/worlds/seen/picture"
    wait(page, f"fetch('{way}', {{ method: 'HEAD' }}).then((one) => one.redirected)")
    kind = f"fetch('{way}').then((one) => one.headers.get('Content-Type'))"
    assert page.evaluate(kind) == "image/webp"


def test_a_world_that_was_exported_comes_in_from_a_file(
    plaza: Served, visit: Open, ownership: Any, tmp_path: Path
) -> None:
    owner = Site(plaza).owner()
    assert owner.post("/api/worlds", {"name": "attic", "starter": "empty"}).status == 201
    assert owner.act("attic", "spawn", name="old chest").status == 200
    file = tmp_path / "Grandmas attic.loom"
    command = [sys.executable, "-m", "worldloom", "export", "attic", str(file),
               "--realm", str(plaza.realm)]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    page = visit(storage_state=ownership).enter(f"{plaza.url}/")
    page.get_by_role("button", name="New world", exact=True).click()
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="From a .loom file").click()
    chosen.value.set_files(file)
    wait(page, "window.worldloom.world === 'grandmas-attic' && window.worldloom.me !== null")
    names = "Object.values(window.worldloom.entities()).map((one) => one.name)"
    assert "old chest" in page.evaluate(names)


def test_a_guest_on_the_own_machine_makes_a_world_and_owns_it(plaza: Served, visit: Open) -> None:
    page = front_page(plaza, visit)
    ask_for_a_world(page, "Mine")
    wait(page, "window.worldloom.world === 'mine' && window.worldloom.me !== null")
    assert page.evaluate("window.worldloom.me.role") == "owner"


def test_a_guest_who_may_only_visit_is_told_the_missing_right(strict: Served, visit: Open) -> None:
    page = front_page(strict, visit)
    ask_for_a_world(page, "Not mine")
    wait(page, "/making a world needs/i.test(document.body.innerText)")
    assert page.evaluate("window.worldloom.world") is None


PORTRAIT = """fetch('/api/worlds/kiln/picture').then(async (answer) => {
  const image = document.querySelector("img[src='/api/worlds/kiln/picture']");
  return answer.headers.get('Content-Type') === 'image/png' && image.naturalWidth === 480;
})"""


@pytest.mark.soak
def test_worlds_are_shown_with_pictures_searched_and_ones_own_apart(
    default_realm: Served, visit: Open
) -> None:
    page = front_page(default_realm, visit)
    shelf = page.get_by_role("navigation", name="Worlds")
    wait(page, "document.querySelectorAll('.shelf a').length === 1")
    assert not shelf.is_visible(), "one world is no choice, and would only cover the place"
    ask_for_a_world(page, "My small garden")
    wait(page, "window.worldloom.world === 'my-small-garden' && window.worldloom.me !== null")
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Front page", exact=True).click()
    shelf.wait_for()
    shelf.get_by_role("button", name="Mine").click()
    card = shelf.get_by_role("link")
    wait(page, "document.querySelectorAll('.shelf a').length === 1")
    assert "My small garden" in card.inner_text() and "owner" in card.inner_text()
    wait(page, "document.querySelector('.shelf img').src.includes('/assets/')")
    wait(page, "document.querySelector('.shelf img').naturalWidth === 480")
    shelf.get_by_role("button", name="All").click()
    wait(page, "document.querySelectorAll('.shelf a').length === 2")
    assert audit(page) + axe(page) == []
    page.get_by_label("Search worlds").fill("GARD")
    wait(page, "document.querySelectorAll('.shelf a').length === 1")
    card.click()
    wait(page, "window.worldloom.world === 'my-small-garden'")
    other = front_page(default_realm, visit).get_by_role("navigation", name="Worlds")
    other.wait_for()
    assert "plaza" in other.inner_text().lower()
    garden = other.get_by_role("listitem").filter(has_text="My small garden")
    garden.get_by_text("1 here").wait_for()
    # Who does nothing but look on sees who goes, what is made, and what it looks like by now.
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Front page", exact=True).click()
    garden.get_by_text("nobody here").wait_for()
    owner = Site(default_realm).owner()
    assert owner.post("/api/worlds", {"name": "kiln", "starter": "empty"}).status == 201
    kiln = other.get_by_role("listitem").filter(has_text="kiln")
    kiln.locator("img[src='/api/worlds/kiln/picture']").wait_for()
    # Nobody was there yet, and what stands there is seen, as the server draws it.
    wait(other.page, PORTRAIT)
    kept = owner.ask(
        "PUT", "/api/worlds/kiln/picture", png(480, 270), {"Content-Type": "image/png"}
    )
    assert kept.status == 201
    kiln.locator(f"img[src='/assets/{kept.json['picture']}']").wait_for(state="attached")
    other.get_by_role("button", name="Mine").click()
    assert "no world yet" in other.inner_text()


COVERED = """() => {
  const at = (one) => one.getBoundingClientRect();
  const meets = (a, b) =>
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const toasts = [...document.querySelectorAll('.toast')];
  const controls = [...document.querySelectorAll('button, a, input, select')].filter(
    (one) => one.checkVisibility() && !one.closest('.toast, .reach'));
  return controls.filter((one) => toasts.some((toast) => meets(at(one), at(toast))))
    .map((one) => one.ariaLabel || one.textContent || one.type);
}"""


@ways("width, height", [(390, 844)], soak=[(1280, 720), (1920, 1080)])
def test_a_message_covers_nothing_that_one_would_press(
    default_realm: Served, visit: Open, width: int, height: int
) -> None:
    owner = Site(default_realm).owner()
    for number in range(7):
        made = owner.post("/api/worlds", {"name": f"world-{number}", "starter": "empty"})
        assert made.status == 201
    page = visit(width=width, height=height).enter(f"{default_realm.url}/#claim=none")
    page.get_by_role("navigation", name="Worlds").wait_for()
    page.get_by_text("was used before").wait_for()
    assert page.evaluate(COVERED) == []
    page = visit(width=width, height=height).enter(f"{default_realm.world('plaza')}#invite=none")
    wait(page, "window.worldloom.me !== null && document.querySelector('.toast')")
    assert page.evaluate(COVERED) == []

"""The agent's story: it asks by MCP, a person says yes in a browser, and its deeds are undone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import Served, Visit, wait
from tests.server.asking import Browser, Site
from tests.server.test_mcp_approvals import (
    SHOP,
    is_sent_for_a_token,
    leaves_exactly_the_rest,
    reads_the_sign,
    shopper,
    sold,
    spends_what_a_person_approves,
)
from worldloom.server.cli.main import main

Open = Callable[..., Visit]


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[Served]:
    (tmp_path / "kiosk.py").write_text(SHOP)
    server = Served(tmp_path / "realm.loom", str(tmp_path / "kiosk.py"))
    server.start()
    yield server
    server.stop()


def test_the_agents_story(kiosk: Served, visit: Open, capsys: pytest.CaptureFixture[str]) -> None:
    site = Site(kiosk)
    owner = site.owner()
    page = visit(width=1000, height=700).enter(kiosk.owner_of("kiosk"))
    wait(page, "window.worldloom.me?.role === 'owner'")
    (cookie,) = page.context.cookies()
    person = Browser(kiosk.url, {"Cookie": f"{cookie['name']}={cookie['value']}"})
    is_sent_for_a_token(site)

    narrow, first = shopper(site, role="builder", scopes=["look"])
    refused = narrow.call("go", position=[1, 0, 1])
    assert (refused.error, refused.content["error"]["missing"]) == ("missing_scope", "act")
    reads_the_sign(narrow)

    it, second = shopper(site, role="builder", scopes=["look", "act", "build", "pay"])
    it.call("go", position=[1, 0, 1])
    it.call("place", name="stall", position=[4, 0, 0], components={"Shape": {"kind": "box"}})

    def allow() -> None:
        """The person reads on the page what it is, and allows it there."""
        toast = page.locator(".toast", has_text="shopper asks")
        toast.get_by_role("button", name="See it").click()
        asked = page.get_by_role("region", name="Agents ask you").get_by_role("listitem")
        assert "60" in asked.inner_text() and "teapot" in asked.inner_text()
        asked.get_by_role("button", name="Allow").click()
        wait(page, "document.querySelectorAll('dialog .asked').length === 0")
        page.keyboard.press("Escape")

    paid = spends_what_a_person_approves(site, person, it, allow)

    # It and the owner go on changing the same kiosk, in turns and partly the same things.
    owner.act("kiosk", "spawn", name="bench", position=[6, 0, 0])
    for number in range(3):
        it.call("set", entity="sign", component="Text", fields={"value": f"mine {number}"})
        it.call("place", entity="bench", position=[number, 0, 9])
    it.call("set", entity="door", component="Text", fields={"value": "Closed"})
    owner.act("kiosk", "set", entity="door", component="Text", fields={"value": "Open"})
    it.call("say", text="What a nice kiosk.")
    page.get_by_role("log").locator("p", has_text="What a nice kiosk.").get_by_text(
        "agent", exact=True
    ).wait_for()
    page.get_by_role("button", name="Who is here").click()
    row = page.get_by_role("listitem").filter(has=page.get_by_text("shopper", exact=True))
    assert row.get_by_text("agent", exact=True).count() == 1, "who is listed as here says so, too"
    page.keyboard.press("Escape")

    began = time.monotonic()
    for id in (second, first):
        assert person.delete(f"/api/auth/tokens/{id}").status == 200
    assert [one.ask("tools/list").status for one in (it, narrow)] == [401, 401]
    assert time.monotonic() - began < 1

    records = owner.get("/api/worlds/kiosk/events?limit=1000").json["records"]
    noted = [(one["actor"], one["data"]["call"], one["data"]["code"], one["data"]["missing"])
             for one in records if one.get("kind") == "CallRefused"]  # fmt: skip
    assert noted == [("shopper", "go", "missing_scope", "act"),
                     ("shopper", "order", "budget_exceeded", "20")]  # fmt: skip

    realm = str(kiosk.realm)
    assert main(["undo", "kiosk", "--by", "shopper", "--all", "--json", "--realm", realm]) == 0
    group = next(one["group"] for one in records if one["seq"] == paid)
    leaves_exactly_the_rest(site, json.loads(capsys.readouterr().out), group)
    assert sold(site) == 1

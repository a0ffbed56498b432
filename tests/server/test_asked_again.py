"""What is asked again, or decided by many at once, is the same wish and is done once."""

from __future__ import annotations

import asyncio
import inspect
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.server.asking import Browser, Site
from tests.server.test_mcp_approvals import kiosk as kiosk
from tests.server.test_mcp_approvals import person_who_owns, shopper, sold, waiting
from worldloom import AsyncClient, Client, NotAllowed, Unavailable
from worldloom.remote.held import Held


def test_a_key_waits_once_whatever_door_it_comes_by_and_is_paid_once(kiosk: Site) -> None:
    person = person_who_owns(kiosk)
    it, _ = shopper(kiosk)
    path, key = "/api/worlds/kiosk/actions/order", {"Idempotency-Key": "tea-1"}
    first = it.browser.post(path, {"what": "tea"}, **key)
    id = first.json["result"]["approval"]["id"]
    by_mcp = it.ask(
        "tools/call", name="order", arguments={"what": "tea"},
        _meta={"worldloom/idempotency-key": "tea-1"},
    ).json["result"]["structuredContent"]["approval"]  # fmt: skip
    assert (first.status, by_mcp["id"]) == (202, id)
    other = it.browser.post(path, {"what": "gold"}, **key)
    assert (other.status, other.code) == (409, "key_reused")
    assert person.post(f"/api/auth/approvals/{id}", {"approve": True}).json["state"] == "done"
    again = it.browser.post(path, {"what": "tea"}, **key)
    assert (again.status, again.json["result"]) == (200, "tea for shopper")
    assert (sold(kiosk), waiting(person)) == (1, [])
    other = it.browser.post(path, {"what": "gold"}, **key)
    assert (other.status, other.code) == (409, "key_reused")


def test_a_script_waits_for_a_persons_word_and_gets_what_was_returned(kiosk: Site) -> None:
    person = person_who_owns(kiosk)
    _, secret = asking(kiosk)
    with Client(kiosk.server.url, secret) as realm:
        do = realm.world("kiosk").do
        held = do.order(what="cup")
        assert isinstance(held, Held) and f"loom approve {held.id}" in repr(held)
        assert "costs 60" in str(do.order.__doc__) and "Held" in str(do.open_valve.__doc__)
        assert inspect.signature(do.undo).parameters["by"].annotation == str | None
        with pytest.raises(Unavailable) as late:
            held.wait(timeout=0)
        assert late.value.code == "timed_out"
        person.post(f"/api/auth/approvals/{held.id}", {"approve": True})
        assert held.wait(timeout=30) == "cup for shopper"
        other = do.open_valve(degrees=7)
        person.post(f"/api/auth/approvals/{other.id}", {"approve": False})
        with pytest.raises(NotAllowed) as denied:
            other.wait(timeout=30)
        assert denied.value.code == "denied"
    asyncio.run(awaited(kiosk, person))


async def awaited(kiosk: Site, person: Browser) -> None:
    """The same for asyncio."""
    _, secret = asking(kiosk)
    async with AsyncClient(kiosk.server.url, secret) as realm:
        world = realm.world("kiosk")
        do = await world.do.load()
        assert {"order", "tip"} <= set(dir(do)) and "costs 60" in (do.order.__doc__ or "")
        held = await do.order(what="pot")
        person.post(f"/api/auth/approvals/{held.id}", {"approve": True})
        assert await held.wait(timeout=30) == "pot for shopper"
        assert "till" in await world.entities()


def asking(site: Site) -> tuple[Browser, str]:
    """Return an agent with a budget, and its secret."""
    it, _ = shopper(site)
    return it.browser, it.browser.headers["Authorization"].removeprefix("Bearer ")


def test_only_who_asked_and_who_decides_is_told_how_it_stands(kiosk: Site) -> None:
    person = person_who_owns(kiosk)
    it, _ = shopper(kiosk)
    path = f"/api/auth/approvals/{it.call('order').content['approval']['id']}"
    assert it.browser.get(path).json["state"] == person.get(path).json["state"] == "waiting"
    other, _ = shopper(kiosk)
    for stranger in (other.browser, kiosk.guest(), kiosk.nobody):
        assert stranger.get(path).status in (401, 404)
    person.post(path, {"approve": True})
    assert it.browser.get(path).json["result"] == "tea for shopper"


def test_what_came_of_a_wish_is_told_to_no_other_agent_of_the_account(kiosk: Site) -> None:
    it, _ = shopper(kiosk)
    other, _ = shopper(kiosk)
    id = it.call("open_valve", degrees=1).content["approval"]["id"]
    assert it.call("approval", id=id).content["state"] == "waiting"
    assert other.call("approval", id=id).error == "not_found"


def test_of_many_who_say_yes_at_once_one_is_heard_and_the_others_are_told_so(kiosk: Site) -> None:
    person = person_who_owns(kiosk)
    it, _ = shopper(kiosk)
    id = it.call("order").content["approval"]["id"]
    with ThreadPoolExecutor(8) as pool:
        yes = [
            pool.submit(person.post, f"/api/auth/approvals/{id}", {"approve": True})
            for _ in range(8)
        ]
        replies = [one.result() for one in yes]
    assert sorted(one.status for one in replies) == [200] + [409] * 7
    assert sold(kiosk) == 1
    for one in replies:
        assert one.status == 200 or "too long" not in one.json["error"]["message"]

"""What is asked again, or decided by many at once, is the same wish and is done once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.server.asking import Site
from tests.server.test_mcp_approvals import kiosk as kiosk
from tests.server.test_mcp_approvals import person_who_owns, shopper, sold, waiting


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
    assert (again.status, again.json["result"]["approval"]["state"]) == (202, "done")
    assert (sold(kiosk), waiting(person)) == (1, [])
    other = it.browser.post(path, {"what": "gold"}, **key)
    assert (other.status, other.code) == (409, "key_reused")


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

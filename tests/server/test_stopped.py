"""What a stopped agent asked of the outside is taken back, by whatever way it was asked."""

from __future__ import annotations

import asyncio

from tests.server.asking import Browser, Site
from tests.server.test_long import failures, site, until
from tests.server.test_passkeys import keep, key_of
from worldloom.testing import Robot

__all__ = ["site"]


def asked_for(site: Site) -> int:
    """Return the seq of the newest request."""
    log = site.owner().get("/api/worlds/boiler/events?limit=1000").json["records"]
    return int([one["seq"] for one in log if one["kind"] == "boiler.Heat"][-1])


def until_cancelled(site: Site, seq: int) -> None:
    found = until(lambda: [one for one in failures(site) if one["request"] == seq], bool)
    assert found[0]["code"] == "cancelled"


def test_what_a_person_approved_for_a_stopped_agent_is_taken_back(site: Site) -> None:
    person, owner = site.guest(), site.owner()
    assert keep(site, person, key_of(site), name="Kim").status == 201
    account = person.get("/api/auth/me").json["account"]
    agent, id = site.bearer(account=account, role="member", agent=True)
    held = agent.act("boiler", "actuate").json["result"]["approval"]["id"]
    said = person.post(f"/api/auth/approvals/{held}", {"approve": True}, Origin=site.server.url)
    assert said.json["state"] == "done", said
    seq = asked_for(site)
    assert owner.delete(f"/api/auth/tokens/{id}").status == 200
    until_cancelled(site, seq)


def test_what_is_not_long_is_taken_back_of_a_stopped_agent_as_well(site: Site) -> None:
    agent, id = site.bearer(account="slow", role="member", agent=True)
    assert agent.act("boiler", "slowly").status == 200
    seq = asked_for(site)
    assert site.owner().delete(f"/api/auth/tokens/{id}").status == 200
    until_cancelled(site, seq)


def test_another_token_with_the_same_key_does_not_take_a_request_over(site: Site) -> None:
    (first, id), (second, other) = (
        site.bearer(account="twice", role="member", agent=True) for _ in range(2)
    )
    call, key = "/api/worlds/boiler/actions/heat", {"Idempotency-Key": "taken"}
    asked = first.post(call, {"stuck": True}, **key).json["requests"]
    assert second.post(call, {"stuck": True}, **key).json["requests"] == asked
    assert site.owner().delete(f"/api/auth/tokens/{other}").status == 200
    assert first.get(f"/api/worlds/boiler/requests/{asked[0]}").json["state"] == "waiting"
    assert site.owner().delete(f"/api/auth/tokens/{id}").status == 200
    until_cancelled(site, asked[0])


def test_after_a_restart_the_log_says_whose_requests_are_taken_back(site: Site) -> None:
    person = site.guest()
    assert keep(site, person, key_of(site), name="Lin").status == 201
    account = person.get("/api/auth/me").json["account"]
    seqs, ids = [], []
    for name in (account, "lone", account, "early"):
        agent, id = site.bearer(account=name, role="member", agent=True)
        assert agent.act("boiler", "slowly").status == 200
        seqs.append(asked_for(site))
        ids.append(id)
    call = "/api/worlds/boiler/actions/slowly"
    assert person.post(call, {}, Origin=site.server.url).status == 200
    seqs.append(asked_for(site))
    site.server.kill()
    site.server.again()
    owner = site.owner()
    for id, seq in zip(ids[:2], seqs[:2], strict=True):
        assert owner.delete(f"/api/auth/tokens/{id}").status == 200
        until_cancelled(site, seq)
    assert owner.act("boiler", "ban", account="early").status == 200
    until_cancelled(site, seqs[3])
    look = "/api/worlds/boiler/requests/"
    assert [owner.get(f"{look}{seqs[n]}").json["state"] for n in (2, 4)] == ["waiting"] * 2
    for seq in (seqs[2], seqs[4]):
        assert owner.delete(f"{look}{seq}").status == 200


def test_what_agents_wait_for_is_told_to_their_person_and_to_owners_who_take_it_back(
    site: Site,
) -> None:
    """With what the log says of it after a restart, and how far it is."""
    person, other = site.guest(), site.token("mel", "member")
    assert keep(site, person, key_of(site), name="Ann").status == 201
    account = person.get("/api/auth/me").json["account"]
    agent, id = site.bearer(account=account, role="member", agent=True, label="Stoker")
    lone, _ = site.bearer(account="furnace", role="member", agent=True)
    secret = agent.headers["Authorization"].removeprefix("Bearer ")
    call = "/api/worlds/boiler/actions/heat"
    assert person.post(call, {"stuck": True}, Origin=site.server.url).status == 202, "no agent did"
    assert agent.act("boiler", "slowly").status == 200, "not long"
    far = {"rooms": 2, "stuck": True}
    used = agent.act("boiler", "use", entity="dial", arguments={"stuck": True}).json["requests"]
    (alone,) = lone.act("boiler", "heat", **far).json["requests"]

    def listed(who: Browser) -> dict[int, dict[str, object]]:
        return {one["seq"]: one for one in who.get("/api/auth/requests").json["requests"]}

    def check() -> None:
        assert list(listed(person)) == used
        found = until(lambda: listed(person)[used[0]], lambda one: one["done"] == 2)
        assert (found["world"], found["action"], found["total"]) == ("boiler", "heat", 3)
        assert (found["account"], found["name"]) == (account, "Stoker for Ann")
        assert {*used, alone} <= set(listed(site.owner()))
        assert listed(site.owner())[alone]["name"] == "furnace"
        assert listed(other) == {}
        assert agent.get("/api/auth/requests").code == "missing_scope"
        assert site.nobody.get("/api/auth/requests").status == 401

    async def told() -> None:
        async with Robot(site.server.world("boiler"), token=secret) as robot:
            await robot.wait_until(lambda one: used[0] in one.core.progress)
            far = robot.core.progress[used[0]]
            assert (far.action, far.state) == ("heat", "waiting")
            assert len(robot.core.progress) == 1, "nothing of its person's, and of nobody else's"

    check()
    site.server.kill()
    site.server.again()
    asyncio.run(told())
    check()
    narrow, _ = site.bearer(account="furnace", role="member", scopes=["look", "act:heat"])
    path = "/api/worlds/boiler/requests/"
    assert narrow.delete(f"{path}{alone}").status == 200, "the log says by which action it was"
    gone = person.ask("DELETE", f"{path}{used[0]}", headers={"Origin": site.server.url})
    assert gone.json["state"] == "failed"
    assert listed(person) == {}
    assert site.owner().delete(f"/api/auth/tokens/{id}").status == 200

"""A person's agents: what they do stands apart from what the person does, and ends as a whole."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.server.agent import Agent
from tests.server.asking import Browser, Site
from tests.server.test_cli import done, loom
from tests.server.test_devices import Machine, bearer
from tests.server.test_oauth import answer, program, told
from tests.server.test_passkeys import keep, key_of
from tests.server.test_tokens import WITHIN_S, best
from worldloom.kernel.agents import person_of
from worldloom.testing import Robot
from worldloom.testing.fixtures import Server

TWO = '''"""Two worlds where something costs something."""

from worldloom import World

kiosk = World("kiosk", title="Kiosk")
stall = World("stall", title="Stall")


@kiosk.action(cost=60, approval=False)
@stall.action(cost=60, approval=False)
def tip() -> None:
    """Give a little."""
'''


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("agents")
    (folder / "two.py").write_text(TWO)
    running = Server(folder / "realm.loom", str(folder / "two.py"))
    running.start()
    yield Site(running)
    assert running.stop() == 0


@pytest.fixture
def ada(site: Site) -> Browser:
    """Return a person who kept the account, and builds in the kiosk."""
    guest = site.guest()
    assert keep(site, guest, key_of(site), name="Ada").status == 201
    granted = site.owner().act("kiosk", "grant", account=account_of(guest), role="builder")
    assert granted.status == 200, granted
    return guest


@pytest.fixture(scope="module")
def boss(site: Site) -> Browser:
    """Return a person who owns the realm."""
    guest = site.guest()
    assert guest.post("/api/auth/claim", {"claim": site.claim()}).status == 200
    return guest


def account_of(person: Browser) -> str:
    return str(person.get("/api/auth/me").json["account"])


def let_in(
    site: Site, person: Browser, name: str = "Scout", scope: str = "look act build pay",
    **fields: str,
) -> tuple[Agent, str]:  # fmt: skip
    """Let a program in on the page with all that it asks for; return it, and its agent's name."""
    asking = program(site, client_name=name)
    page = person.get(asking.ask(scope=scope, resource=f"{site.server.url}/mcp"))
    code = told(answer(person, page, **fields))["code"]
    secret = asking.fetch(code).json["access_token"]
    browser = Browser(site.server.url, {"Authorization": f"Bearer {secret}"})
    word = name.casefold()
    names = [one["name"] for one in person.get("/api/auth/agents").json["agents"]]
    return Agent(browser, "kiosk"), next(one for one in names if one.startswith(f"{word}-"))


def names(site: Site) -> set[str]:
    found = site.owner().get("/api/worlds/kiosk/state").json["entities"].values()
    return {one["name"] for one in found}


def records(site: Site, after: int) -> list[dict[str, Any]]:
    path = f"/api/worlds/kiosk/events?after={after}&limit=1000"
    return list(site.owner().get(path).json["records"])


def test_what_an_agent_does_is_told_apart_from_what_its_person_does(
    site: Site, ada: Browser
) -> None:
    agent, name = let_in(site, ada)
    actor = f"{account_of(ada)}/agent:{name}"
    after = site.owner().get("/api/worlds/kiosk").json["seq"]
    agent.call("place", name="kite", position=[0, 1, 0])
    assert ada.act("kiosk", "spawn", name="cup").status == 200
    done_by = {one["data"]["name"]: one["actor"] for one in records(site, after)
               if one["kind"] == "Spawned"}  # fmt: skip
    assert done_by == {"kite": actor, "cup": account_of(ada)}
    entered = next(one for one in records(site, after) if one["kind"] == "Entered")
    assert (entered["actor"], entered["data"]["name"]) == (actor, "Scout for Ada")
    assert entered["data"]["account"] == account_of(ada)
    (said,) = [one for one in ada.get("/api/auth/agents").json["agents"] if one["name"] == name]
    assert (said["actor"], said["label"], said["worlds"]) == (actor, "Scout", [])


def test_undo_of_an_agent_takes_its_groups_and_never_its_persons(site: Site, ada: Browser) -> None:
    scout, name = let_in(site, ada)
    other, _ = let_in(site, ada, "Other")
    scout.call("place", name="of-scout", position=[0, 1, 0])
    other.call("place", name="of-other", position=[0, 1, 0])
    assert ada.act("kiosk", "spawn", name="of-ada").status == 200
    scout.call("place", name="of-scout-too", position=[0, 1, 0])
    by = f"{account_of(ada)}/agent:{name}"
    said = done(site.server.realm.parent, "undo", "kiosk", "--by", by, "--all", "--json")
    assert len(json.loads(said)["undone"]) == 2
    assert names(site) & {"of-scout", "of-scout-too", "of-other", "of-ada"} == {
        "of-other", "of-ada",
    }  # fmt: skip
    assert ada.post("/api/worlds/kiosk/undo").status == 200
    assert names(site) & {"of-other", "of-ada"} == {"of-other"}


def test_an_agent_takes_back_its_own_and_its_person_takes_back_an_agents(
    site: Site, ada: Browser
) -> None:
    agent, name = let_in(site, ada)
    assert ada.act("kiosk", "spawn", name="vase").status == 200
    assert agent.call("undo").error == "nothing_to_undo"
    agent.call("place", name="jug", position=[0, 1, 0])
    assert agent.call("undo").error == ""
    agent.call("place", name="jug", position=[0, 1, 0])
    # A member undoes no one else's; its agent's deeds are the person's to take back all the same.
    site.owner().act("kiosk", "grant", account=account_of(ada), role="member")
    assert agent.call("undo", by=account_of(ada)).error == "not_allowed"
    by = f"{account_of(ada)}/agent:{name}"
    assert ada.post("/api/worlds/kiosk/undo", {"by": by}).status == 200
    assert "jug" not in names(site) and "vase" in names(site)


def test_a_budget_is_set_on_the_page_and_counts_in_all_worlds_together(
    site: Site, ada: Browser
) -> None:
    agent, name = let_in(site, ada, budget="100")
    stall = Agent(agent.browser, "stall")
    assert agent.call("tip").error == ""
    assert stall.call("tip").error == "budget_exceeded"
    (said,) = [one for one in ada.get("/api/auth/agents").json["agents"] if one["name"] == name]
    assert (said["budget"], said["spent"]) == (100, 60)


def test_a_program_spends_nothing_that_its_person_did_not_name(site: Site, ada: Browser) -> None:
    asking = program(site)
    here = f"{site.server.url}/mcp"
    page = ada.get(asking.ask(scope="look pay", resource=here))
    assert b'name="budget" value="100"' in page.body
    assert b'name="budget"' not in ada.get(asking.ask(resource=here)).body
    for wrong in ("-1", "1.5", "", "many", "9999999999", "١"):
        assert answer(ada, page, budget=wrong).status == 400
    assert "error" not in told(answer(ada, page, budget="0"))
    agent, _ = let_in(site, ada)  # the field does not come: nothing was named
    assert agent.call("tip").error == "budget_exceeded"


def until_it_is_out(site: Site, ada: Browser) -> float:
    """Return how long an agent with all it came in by stays after it is stopped, in seconds."""
    agent, name = let_in(site, ada, "Rover")
    again, same = let_in(site, ada, "Rover")
    assert name == same and agent.call("say", text="here").error == ""
    asking = program(site, client_name="Rover")
    waiting = told(answer(ada, ada.get(asking.ask(resource=f"{site.server.url}/mcp"))))["code"]
    other, _ = let_in(site, ada, "Other")
    assert agent.browser.delete(f"/api/auth/agents/{name}").status == 403
    assert site.guest().delete(f"/api/auth/agents/{name}").status == 404
    owner = site.owner()
    assert "Rover for Ada" in owner.get("/w/kiosk/text").body.decode()

    assert ada.delete(f"/api/auth/agents/{name}").status == 200
    answered = time.monotonic()
    assert agent.ask("tools/list").status == 401 and again.ask("tools/list").status == 401
    while "Rover for Ada" in owner.get("/w/kiosk/text").body.decode():
        pass
    took = time.monotonic() - answered
    assert asking.fetch(waiting).status == 400
    assert other.call("look").error == ""
    assert ada.delete(f"/api/auth/agents/{name}").status == 404
    return took


def test_a_stopped_agent_is_out_within_a_second_with_all_it_came_in_by(
    site: Site, ada: Browser
) -> None:
    assert best(lambda: until_it_is_out(site, ada)) < WITHIN_S


def test_who_owns_the_realm_sees_and_stops_anothers_agent(site: Site, ada: Browser) -> None:
    agent, name = let_in(site, ada)
    path = f"?account={account_of(ada)}"
    owner = site.owner()
    assert [one["name"] for one in owner.get(f"/api/auth/agents{path}").json["agents"]] == [name]
    assert site.guest().get(f"/api/auth/agents{path}").status == 403
    assert owner.delete(f"/api/auth/agents/{name}{path}").status == 200
    assert agent.ask("tools/list").status == 401


def test_the_owner_sees_every_agent_and_stops_one_those_of_an_account_or_all(
    site: Site, ada: Browser
) -> None:
    first, name = let_in(site, ada, "First")
    second, _ = let_in(site, ada, "Second")
    bot = Agent(site.bearer(account="scoutbot", role="member", agent=True)[0], "kiosk")
    plain, _ = site.bearer(account="plainbot", role="member")
    pump = Machine(site, account="pump", scopes=["look"])
    assert pump.register().status == 201
    machine = bearer(site, pump.token())
    owner, mine = site.owner(), account_of(ada)
    assert ada.get("/api/auth/agents?all=1").status == 403
    assert ada.delete("/api/auth/agents?all=1").status == 403
    listed = owner.get("/api/auth/agents?all=1").json["agents"]
    actors = {one["actor"] for one in listed}
    assert {f"{mine}/agent:{name}", "scoutbot"} <= actors and "plainbot" not in actors
    called = {one["account"]: one["person"] for one in listed}
    assert called[mine] == ada.get("/api/auth/me").json["name"]
    realm = ("--realm", str(site.server.realm))
    folder = site.server.realm.parent
    assert f"{mine}/agent:{name}" in done(folder, "agents", *realm)
    done(folder, "stop", f"{mine}/agent:{name}", *realm)
    assert first.ask("tools/list").status == 401 and second.call("look").error == ""
    done(folder, "stop", mine, *realm)
    assert second.ask("tools/list").status == 401 and bot.call("look").error == ""
    assert ada.get("/api/auth/me").json["account"] == mine, "a person is no agent"
    assert loom(folder, "stop", *realm).returncode == 1
    assert machine.get("/api/worlds/kiosk").status == 200
    done(folder, "stop", "--all", *realm)
    assert bot.ask("tools/list").status == 401
    assert machine.get("/api/worlds/kiosk").status == 401
    assert pump.token().code in ("bad_device", "too_many_tries"), "its key opens nothing either"
    assert plain.get("/api/worlds/kiosk").status == 200, "a token that is no agent's goes on"
    assert owner.get("/api/auth/agents?all=1").json["agents"] == []


def test_what_software_does_by_a_persons_own_token_is_told_apart_at_the_socket_too(
    site: Site, ada: Browser
) -> None:
    wish = {"role": "builder", "label": "Night bot", "agent": True}
    made = ada.post("/api/auth/tokens", wish).json
    after = site.owner().get("/api/worlds/kiosk").json["seq"]

    async def build() -> None:
        async with Robot(site.server.world("kiosk"), name="Ada", token=made["token"]) as robot:
            await robot.do("spawn", name="lamp")

    asyncio.run(build())
    found = {one["kind"]: one for one in records(site, after)}
    assert found["Spawned"]["actor"].startswith(f"{account_of(ada)}/agent:night-bot-")
    assert person_of(found["Left"]["actor"]) == account_of(ada) != found["Left"]["actor"]
    assert found["Entered"]["data"]["name"] == "Night bot for Ada"


def test_no_account_can_be_called_as_an_agent_is(site: Site) -> None:
    named = "ada/agent:scout-12345678"
    said = loom(site.server.realm.parent, "token", named, "--role", "member")
    assert said.returncode == 1 and "[invalid]" in said.stderr


def makings(account: str) -> list[tuple[str, dict[str, Any]]]:
    """Return (path, body) of all that lets software in as an account, or as a new one."""
    key = secrets.token_hex(32)
    return [
        ("/api/auth/tokens", {"role": "owner"}),
        ("/api/auth/tokens", {"account": "puppet", "role": "owner"}),
        ("/api/auth/tokens", {"account": account, "role": "visitor", "scopes": ["look"]}),
        ("/api/auth/devices", {"public_key": key, "role": "owner"}),
        ("/api/auth/devices", {"public_key": key, "account": "puppet", "role": "visitor"}),
    ]


def test_an_agent_of_who_owns_the_realm_lets_nothing_in(site: Site, boss: Browser) -> None:
    agent, _ = let_in(site, boss, "Usurper", "look act admin build", budget="0")
    known = boss.get("/api/auth/tokens").json
    for path, body in makings(account_of(boss)):
        refused = agent.browser.post(path, body)
        assert (refused.status, refused.code) == (403, "person_needed"), (path, body)
    assert boss.get("/api/auth/tokens").json == known
    assert boss.get("/api/auth/devices").json["devices"] == []


def test_an_agent_leaves_to_its_person_what_nothing_takes_back(site: Site, boss: Browser) -> None:
    agent, _ = let_in(site, boss, "Janitor", "look act build admin")
    owner = site.owner()
    lamp = site.bearer(account="lantern", role="member")[1]
    at = owner.act("kiosk", "spawn", name="tree", components={"Color": {}}).json["seq"]
    owner.act("kiosk", "spawn", name="bush")
    for method, path, body in (
        ("POST", "/api/auth/forget", {"account": "lantern"}),
        ("POST", "/api/worlds/kiosk/invitations", {"role": "owner"}),
        ("GET", "/api/worlds/kiosk/invitations", None),
        ("POST", "/api/worlds", {"name": "den", "title": "Den"}),
        ("POST", "/api/worlds/import", {}),
        ("POST", "/api/worlds/kiosk/fork", {"name": "twig"}),
        ("GET", "/api/auth/tokens?account=lantern", None),
        ("DELETE", f"/api/auth/tokens/{lamp}", None),
    ):
        refused = agent.browser.ask(method, path, body)
        assert (refused.status, refused.code) == (403, "person_needed"), path
    for name, args in (
        ("remove", {"entity": "tree", "component": "Color"}),
        ("restore", {"seq": at}),
    ):
        held = agent.browser.act("kiosk", name, **args)
        assert held.status == 202 and held.json["result"]["approval"]["state"] == "waiting", name
    assert {"tree", "bush"} <= names(site)
    assert len(owner.get("/api/auth/tokens?account=lantern").json["tokens"]) == 1
    assert "den" not in [one["name"] for one in owner.get("/api/worlds").json["worlds"]]


@pytest.mark.parametrize(
    "bound",
    [
        {"scopes": ["look", "act", "build", "admin"]},
        {"budget": 10},
        {"seconds": 600},
        {"agent": True},
    ],
)
def test_an_owners_token_with_a_bound_makes_none_without(
    site: Site, boss: Browser, bound: dict[str, Any]
) -> None:
    for wish in ({"role": "owner"}, {"role": "owner", "account": "steward"}):
        asker = site.owner() if "account" in wish else boss
        made = asker.post("/api/auth/tokens", {**wish, **bound}).json
        program = Browser(site.server.url, {"Authorization": f"Bearer {made['token']}"})
        for path, body in makings(made["account"]):
            assert program.post(path, body).code == "person_needed", (path, body)


def test_a_token_for_all_that_the_realms_owner_may_makes_others(site: Site) -> None:
    steward = site.token("steward", "owner")
    made = steward.post("/api/auth/tokens", {"account": "lamp", "role": "member"})
    assert (made.status, made.json["role"]) == (201, "member")
    wish = {"public_key": secrets.token_hex(32), "account": "lamp", "role": "member"}
    assert steward.post("/api/auth/devices", wish).status == 201

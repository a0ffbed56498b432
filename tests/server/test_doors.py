"""Every action by every role at every door: allowed where the table says so, and nowhere else."""

from __future__ import annotations

import asyncio
import http.client
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from tests.server.asking import Site
from tests.server.doors import DOORS, PANELLED, REFUSED, Caller, wishes
from tests.server.school import KITS, SCHOOL, TAUGHT
from worldloom.kernel.builtin import BUILT_IN
from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.rights import Deed, Role, Standing, Token, decide, deed_of
from worldloom.server.mcp.rpc import CAPABILITIES_KEY, STATELESS, VERSION_KEY
from worldloom.testing import Robot
from worldloom.testing.fixtures import Server

AUTHORS = {"add": Role.VISITOR, "sell": Role.VISITOR, "build": Role.BUILDER}
ACTIONS = {**{name: action.role for name, action in BUILT_IN.items()}, **AUTHORS}
EVERY = wishes(ACTIONS)
"""Each action, asked with nothing: what is missing is told after what is not allowed."""
ROLES = (None, *Role)
LACKING = {*REFUSED, "person_needed"}
META = {VERSION_KEY: STATELESS, CAPABILITIES_KEY: {}}
HEADERS = {"/mcp": {"MCP-Protocol-Version": STATELESS, "Mcp-Method": "tools/call"}}


@pytest.fixture(scope="module")
def open_site(hello_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("doors")
    (folder / "school.py").write_text(SCHOOL)
    server = Server(folder / "realm.loom", str(hello_file), str(folder / "school.py"))
    server.start()
    yield Site(server)
    server.stop()


def caller_of(
    site: Site, role: Role | None, world: str = "hello", closed: str = "secret"
) -> Caller:
    """Return someone with a role in an open world, or with no right to be in a closed one."""
    if role is None:
        return Caller(site, closed, site.token("stranger", "visitor"))
    return Caller(site, world, site.token(f"the-{role}", str(role)))


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("role", ROLES, ids=str)
def test_a_role_does_at_a_door_what_the_table_says(
    open_site: Site, role: Role | None, door: str
) -> None:
    found = DOORS[door](caller_of(open_site, role), EVERY)
    who = Standing(role, "someone")
    said = {name: decide(who, Deed(name, ACTIONS[name])) is None for name in ACTIONS}
    assert found == said


@pytest.mark.parametrize("door", DOORS)
def test_a_scope_covers_at_a_door_what_the_table_says(open_site: Site, door: str) -> None:
    scopes = ["act:say", "act:enter", "build"]
    browser, _ = open_site.bearer(account="the-narrow", role="owner", scopes=scopes)
    found = DOORS[door](Caller(open_site, "hello", browser), EVERY)
    who = Standing(Role.OWNER, "x", token=Token("t", "x", Role.OWNER, tuple(scopes)))
    assert found == {
        name: decide(who, Deed(name, ACTIONS[name])) is None for name in ACTIONS
    }  # fmt: skip


@pytest.mark.parametrize("door", PANELLED)
@pytest.mark.parametrize("role", ROLES, ids=str)
def test_a_role_does_at_a_door_what_is_written_of_a_kits_actions(
    open_site: Site, role: Role | None, door: str
) -> None:
    # What is built in was asked for at the other doors before; no panel had a form of it.
    actions = TAUGHT if door == "form" else KITS
    found = PANELLED[door](caller_of(open_site, role, "school", "closed"), wishes(actions))
    who = Standing(role, "someone")
    assert found == {
        name: decide(who, Deed(name, needs)) is None for name, needs in actions.items()
    }  # fmt: skip


@pytest.mark.parametrize("door", PANELLED)
def test_the_scope_of_a_kit_covers_its_own_actions_at_a_door(open_site: Site, door: str) -> None:
    scopes = ["act:enter", "act:courses"]
    browser, _ = open_site.bearer(account="the-course-bot", role="owner", scopes=scopes)
    found = PANELLED[door](Caller(open_site, "school", browser), wishes(KITS))
    courses = {"begin", "answer", "next_step", "leave_course", "record_demonstration"}
    assert {name for name, done in found.items() if done} == courses


def test_each_action_that_a_kit_brings_has_its_role_written(open_site: Site) -> None:
    told = open_site.owner().get("/api/worlds/school/actions").json
    assert {one["name"] for one in told["actions"]} == set(TAUGHT)


def deeds() -> dict[tuple[str, str], tuple[Deed, dict[str, Any]]]:
    """Return (method, path) → what it is to the decision, and a body."""
    found: dict[tuple[str, str], tuple[Deed, dict[str, Any]]] = {}
    for name, role in ACTIONS.items():
        for world in ("hello", "secret"):
            if world == "secret" and name in AUTHORS:
                continue
            path = f"/api/worlds/{world}/actions/{name}"
            found["POST", path] = Deed(name, role, world=world), {}
    for world in ("hello", "secret"):
        for path in ("", "/state", "/events", "/actions", "/tables", "/checkpoint"):
            found["GET", f"/api/worlds/{world}{path}"] = deed_of("read", world), {}
        found["POST", f"/api/worlds/{world}/fork"] = deed_of("fork", world), {"name": "??"}
    for name, role in ACTIONS.items():
        for world in ("hello", "secret"):
            if world == "hello" or name not in AUTHORS:
                call = {"name": name, "arguments": {}, "_meta": META}
                body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
                found["POST", f"/mcp/{world}?{name}"] = Deed(name, role, world=world), body
    found["POST", "/api/worlds"] = deed_of("make_world"), {"name": "??"}
    wish = {"account": "x", "role": "owner", "scopes": ["?"]}
    found["POST", "/api/auth/tokens"] = deed_of("make_token"), wish
    found["GET", "/api/auth/tokens?account=x"] = deed_of("make_token"), {}
    found["POST", "/api/auth/forget"] = deed_of("forget"), {"account": "nobody-at-all"}
    return found


@dataclass(frozen=True)
class Asker:
    """A random account with a random token."""

    account: str
    role: Role
    scopes: list[str]
    worlds: list[str]
    secret: str
    agent: bool
    budget: int | None

    def standing(self, world: str) -> Standing:
        """Return what it is in a world, or in the whole realm, as the table has it."""
        token = Token(
            "t", self.account, self.role, tuple(self.scopes), tuple(self.worlds),
            budget=self.budget, agent=self.agent,
        )  # fmt: skip
        return Standing(standing_of(self.role, self.worlds, world), self.account, token=token)


def random_askers(site: Site, chance: random.Random, count: int) -> list[Asker]:
    """Make accounts whose tokens have any role, scopes, worlds and budget; some are agents."""
    owner = site.owner()
    every = ["look", "act", "act:say", "act:fork", "build", "admin", "records", "*"]
    askers = []
    for number in range(count):
        role, account = chance.choice(list(Role)), f"asker-{number}"
        scopes = chance.sample(every, chance.randint(1, 4))
        worlds = chance.choice([[], ["hello"], ["secret"]])
        agent, budget = chance.random() < 0.5, chance.choice([None, 0, 50])
        wish = {"account": account, "role": str(role), "scopes": scopes, "worlds": worlds,
                "agent": agent, "budget": budget}  # fmt: skip
        made = owner.post("/api/auth/tokens", wish).json
        askers.append(Asker(account, role, scopes, worlds, made["token"], agent, budget))
    return askers


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_ten_thousand_random_requests_obtain_nothing_that_the_table_refuses(
    serve: Callable[..., Server], hello_file: Path
) -> None:
    """By HTTP, by MCP and by sockets, of every action and whatever else a world gives."""
    site, chance = Site(serve(str(hello_file))), random.Random(7)
    askers = random_askers(site, chance, 150)
    table = list(deeds().items())
    parts = urlsplit(site.server.url)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=60)
    allowed = refused = done = 0
    codes: Counter[str] = Counter()
    for _ in range(8_500):
        asker = chance.choice(askers)
        (method, path), (deed, body) = chance.choice(table)
        headers = {"Authorization": f"Bearer {asker.secret}", **HEADERS.get(path[:4], {})}
        if path.startswith("/mcp"):
            headers["Mcp-Name"] = deed.name
        line.request(method, path, json.dumps(body) if method == "POST" else None, headers)
        answer = line.getresponse()
        data = answer.read()
        # Who asks too often is refused whatever they may: that would tell nothing of the table.
        assert answer.status != 429 and b'"too_often"' not in data, (method, path, data)
        asking = asker.standing(deed.world)
        if path.startswith("/mcp") and asking.token is not None:
            # Who comes by MCP is software, whatever its token says.
            as_agent = msgspec.structs.replace(asking.token, agent=True)
            asking = msgspec.structs.replace(asking, token=as_agent)
        if decide(asking, deed) is None:
            allowed += 1
            done += 200 <= answer.status < 300
        else:
            refused += 1
            code = code_of(data)
            codes[code] += 1
            assert code in LACKING, (method, path, asker, data)
    line.close()
    assert allowed > 500 and done > 100 and refused > 5000
    assert codes["missing_scope"] > 500 and codes["not_allowed"] > 100
    assert codes["other_world"] > 100 and codes["person_needed"] > 5
    allowed, refused = asyncio.run(at_sockets(site, askers[:30], chance))
    assert allowed > 50 and refused > 500


def code_of(data: bytes) -> str:
    """Return the code of an error, as HTTP tells it or MCP does; empty for what was done."""
    told = json.loads(data)
    if "error" in told:
        return str(told["error"].get("data", told["error"]).get("code", ""))
    found = told.get("result")
    content = found.get("structuredContent", {}) if isinstance(found, dict) else {}
    return str(content.get("error", {}).get("code", ""))


async def at_sockets(site: Site, askers: list[Asker], chance: random.Random) -> tuple[int, int]:
    """Ask for 50 random actions by each socket; return how many the table allows, and refuses."""
    allowed = refused = 0
    for asker in askers:
        world = chance.choice(["hello", "secret"])
        who = asker.standing(world)
        wanted = chance.choices([one for one in ACTIONS if world == "hello" or one not in AUTHORS],
                                k=50)  # fmt: skip
        try:
            async with Robot(site.server.world(world), token=asker.secret) as robot:
                assert decide(who, deed_of("enter", world)) is None, asker
                for action in wanted:
                    may = decide(who, Deed(action, ACTIONS[action], world=world)) is None
                    try:
                        await robot.do(action)
                        code = ""
                    except WorldloomError as error:
                        code = error.code
                    assert may or code in REFUSED, (asker, world, action, code)
                    allowed, refused = allowed + may, refused + (not may)
        except WorldloomError as error:
            assert error.code in REFUSED, error
            refused += len(wanted)
    return allowed, refused


def standing_of(role: Role, worlds: list[str], world: str) -> Role | None:
    """Return what an account is where a token made it so, and in the two worlds of the file."""
    here = not worlds or world in worlds
    if here and (world or not worlds):
        return role
    return Role.VISITOR if world == "hello" else None

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

from tests.server.asking import Browser, Site
from tests.server.doors import DOORS, IN_A_BROWSER, PANELLED, REFUSED, Caller, robot_of, wishes
from tests.server.school import KITS, SCHOOL, TAUGHT
from worldloom.kernel.builtin import BUILT_IN
from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.rights import Deed, Role, Standing, Token, decide, deed_of
from worldloom.server.mcp.rpc import CAPABILITIES_KEY, STATELESS, VERSION_KEY
from worldloom.sync.messages import Answer
from worldloom.testing.fixtures import Server

AUTHORS = {"add": Role.VISITOR, "sell": Role.VISITOR, "build": Role.BUILDER}
ACTIONS = {**{name: action.role for name, action in BUILT_IN.items()}, **AUTHORS}
EVERY = wishes(ACTIONS)
"""Each action, asked with nothing: what is missing is told after what is not allowed."""
ROLES = (None, *Role)
LACKING = {*REFUSED, "person_needed", "budget_exceeded"}
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


BY_COOKIE = (
    ("guest", None), ("guest", Role.VISITOR),
    *(("person", role) for role in (None, Role.VISITOR, Role.MEMBER, Role.BUILDER, Role.OWNER)),
)  # fmt: skip
"""Who comes by a cookie: a mere guest, and who signed in. Records are for programs."""


def browser_of(site: Site, kind: str, role: Role | None, world: str, closed: str) -> Caller:
    """Return someone in a browser with a role in an open world, or none in a closed one."""
    browser = site.guest() if kind == "guest" else site.person()
    browser.headers["Origin"] = site.server.url
    if role not in (None, Role.VISITOR):
        granted = site.owner().act(world, "grant", account=browser.account, role=str(role))
        assert granted.status == 200
    return Caller(site, closed if role is None else world, browser)


@pytest.mark.parametrize("door", IN_A_BROWSER)
@pytest.mark.parametrize(("kind", "role"), BY_COOKIE)
def test_who_comes_by_a_cookie_does_at_a_door_what_the_table_says(
    open_site: Site, kind: str, role: Role | None, door: str
) -> None:
    caller = browser_of(open_site, kind, role, "hello", "secret")
    who = Standing(role, "someone")
    assert IN_A_BROWSER[door](caller, EVERY) == {
        name: decide(who, Deed(name, ACTIONS[name])) is None for name in ACTIONS
    }  # fmt: skip


@pytest.mark.parametrize("door", [*IN_A_BROWSER, "form"])
@pytest.mark.parametrize(("kind", "role"), BY_COOKIE)
def test_who_comes_by_a_cookie_does_at_a_door_what_is_written_of_a_kits_actions(
    open_site: Site, kind: str, role: Role | None, door: str
) -> None:
    caller = browser_of(open_site, kind, role, "school", "closed")
    who, actions = Standing(role, "someone"), TAUGHT if door == "form" else KITS
    assert PANELLED[door](caller, wishes(actions)) == {
        name: decide(who, Deed(name, needs)) is None for name, needs in actions.items()
    }  # fmt: skip


@pytest.mark.parametrize("role", [Role.VISITOR, Role.OWNER])
def test_a_page_of_another_site_does_nothing_by_anyones_cookie(open_site: Site, role: Role) -> None:
    caller = browser_of(open_site, "person", role, "hello", "secret")
    for sent in ({"Origin": "https://evil.example"}, {"Origin": "null"}):
        for action in ACTIONS:
            path = f"/api/worlds/hello/actions/{action}"
            assert caller.browser.post(path, {}, **sent).code == "other_site", (action, sent)


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


Request = tuple[str, str, Deed, dict[str, Any]]
"""Method and path, what it is to the decision, and a body."""
SHOP = '''

from worldloom import Guard

shop = World("shop", title="Shop")
shop.spawn("statue", sphere(0.3), Color("#ffffff"), Guard((("edit", "owner"),)), at=(0, 1, 0))
shop.spawn("clay", sphere(0.3), Color("#aa7744"), Guard((("edit", "visitor"),)), at=(2, 1, 0))


@shop.action(cost=60)
def order(visitor: Visitor) -> str:
    """Order something."""
    return "tea"
'''
"""A third world beside those of the file: its things are guarded, and its action costs."""
PAINT: dict[str, Any] = {"component": "Color", "fields": {}}
IN_THE_SHOP: list[tuple[Deed, dict[str, Any]]] = [
    (Deed("order", world="shop", cost=60), {}),
    (Deed("set", Role.BUILDER, world="shop", guards=("owner",)), {"entity": "statue", **PAINT}),
    (Deed("set", Role.BUILDER, world="shop", guards=("visitor",)), {"entity": "clay", **PAINT}),
]
WORLDS = ("hello", "secret", "shop")
OPEN = ("hello", "shop")


def asked_in(world: str) -> list[tuple[Deed, dict[str, Any]]]:
    """Return what is asked for in a world: each of its actions, with the arguments it is asked by.

    Arguments come where what the table says depends on them.
    """
    if world == "shop":
        return IN_THE_SHOP
    names = [name for name in ACTIONS if world == "hello" or name not in AUTHORS]
    return [(Deed(name, ACTIONS[name], world=world), {}) for name in names]


def by_http(deed: Deed, args: dict[str, Any]) -> Request:
    return "POST", f"/api/worlds/{deed.world}/actions/{deed.name}", deed, args


def by_mcp(deed: Deed, args: dict[str, Any]) -> Request:
    call = {"name": deed.name, "arguments": args, "_meta": META}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    return "POST", f"/mcp/{deed.world}", deed, body


def requests_in(*worlds: str) -> list[Request]:
    """Return each action of some worlds, by HTTP and by MCP."""
    wanted = [one for world in worlds for one in asked_in(world)]
    return [door(deed, args) for door in (by_http, by_mcp) for deed, args in wanted]


def other_requests() -> list[Request]:
    """Return what else a world and a realm give."""
    found: list[Request] = []
    for world in ("hello", "secret"):
        for path in ("", "/state", "/events", "/actions", "/tables", "/checkpoint"):
            found.append(("GET", f"/api/worlds/{world}{path}", deed_of("read", world), {}))
        fork = f"/api/worlds/{world}/fork"
        found.append(("POST", fork, deed_of("fork", world), {"name": "??"}))
    wish = {"account": "x", "role": "owner", "scopes": ["?"]}
    return [
        *found,
        ("POST", "/api/worlds", deed_of("make_world"), {"name": "??"}),
        ("POST", "/api/auth/tokens", deed_of("make_token"), wish),
        ("GET", "/api/auth/tokens?account=x", deed_of("make_token"), {}),
        ("POST", "/api/auth/forget", deed_of("forget"), {"account": "nobody-at-all"}),
    ]


@dataclass(frozen=True)
class Asker:
    """A random account with a random token, or in a browser, with its cookie alone."""

    account: str
    role: Role
    scopes: list[str]
    worlds: list[str]
    browser: Browser
    agent: bool
    budget: int | None
    kind: str = "token"

    def standing(self, world: str) -> Standing:
        """Return what it is in a world, or in the whole realm, as the table has it."""
        role = standing_of(self.role, self.worlds, world)
        if self.kind != "token":
            # Everyone is a visitor of an open world, whatever a program may do for them.
            as_person = Role.VISITOR if world in OPEN and role is Role.RECORDS else role
            return Standing(as_person, self.account)
        token = Token(
            "t", self.account, self.role, tuple(self.scopes), tuple(self.worlds),
            budget=self.budget, agent=self.agent,
        )  # fmt: skip
        return Standing(role, self.account, token=token)

    def may_enter(self, world: str) -> bool:
        return decide(self.standing(world), deed_of("enter", world)) is None


def random_askers(site: Site, chance: random.Random, count: int) -> list[Asker]:
    """Make accounts whose tokens have any role, scopes, worlds and budget; some are agents.

    Every sixth comes by a cookie: guests without any role, people who signed in and were given one.
    """
    owner = site.owner()
    every = ["look", "act", "act:say", "act:fork", "build", "admin", "records", "pay", "*"]
    askers = []
    for number in range(count):
        role, account = chance.choice(list(Role)), f"asker-{number}"
        scopes = chance.sample(every, chance.randint(1, 4))
        worlds = chance.choice([[], [], ["hello"], ["secret"], ["shop"]])
        # It is too small for one order, or enough for all that are asked here.
        agent, budget = chance.random() < 0.5, chance.choice([None, 0, 50, 100_000])
        kind = {0: "guest", 6: "person"}.get(number % 12, "token")
        browser = site.nobody
        if kind == "guest":
            browser, role = site.guest(), Role.VISITOR
        elif kind == "person":
            browser = site.person()
        if kind != "token":
            account = browser.account
        if kind != "guest":
            # Who makes a token for an account gives the account itself that role there.
            wish = {"account": account, "role": str(role), "scopes": scopes, "worlds": worlds,
                    "agent": agent, "budget": budget}  # fmt: skip
            made = owner.post("/api/auth/tokens", wish).json
            if kind == "token":
                browser = Browser(owner.url, {"Authorization": f"Bearer {made['token']}"})
        askers.append(Asker(account, role, scopes, worlds, browser, agent, budget, kind))
    return askers


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_ten_thousand_random_requests_obtain_nothing_that_the_table_refuses(
    serve: Callable[..., Server], hello_file: Path, tmp_path: Path
) -> None:
    """By HTTP, by MCP and by sockets, of every action and whatever else a world gives."""
    (tmp_path / "hello.py").write_text(hello_file.read_text() + SHOP)
    site, chance = Site(serve(str(tmp_path / "hello.py"))), random.Random(7)
    askers = random_askers(site, chance, 150)
    kinds = (requests_in("hello", "secret"), requests_in("shop"), other_requests())
    parts = urlsplit(site.server.url)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=60)
    allowed = refused = done = 0
    codes: Counter[str] = Counter()
    by_guard: Counter[tuple[tuple[str, ...], bool]] = Counter()
    by_kind: Counter[tuple[str, bool]] = Counter()
    for _ in range(8_500):
        asker = chance.choice(askers)
        (some,) = chance.choices(kinds, weights=(6, 2, 2))
        method, path, deed, body = chance.choice(some)
        headers = {**asker.browser.headers, **HEADERS.get(path[:4], {})}
        foreign = asker.kind != "token" and chance.random() < 0.1
        if foreign:
            headers["Origin"] = "https://evil.example"
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
        # A cookie alone calls no tool, and a page of another site changes nothing by it.
        shut = asker.kind != "token" and path.startswith("/mcp")
        may = decide(asking, deed) is None and not shut and not (foreign and method == "POST")
        code = "" if may else code_of(data)
        assert may or code in LACKING or foreign and code == "other_site", (path, asker, data)
        allowed, refused = allowed + may, refused + (not may)
        done += may and 200 <= answer.status < 300
        codes[code] += 1
        by_guard[deed.guards, may] += 1
        by_kind[asker.kind, may] += 1
    line.close()
    assert allowed > 500 and done > 100 and refused > 5000
    assert codes["missing_scope"] > 500 and codes["not_allowed"] > 100
    assert codes["other_world"] > 100 and codes["person_needed"] > 5
    assert codes["budget_exceeded"] > 20 and codes["other_site"] > 50
    assert min(by_kind[kind, may] for kind in ("guest", "person") for may in (True, False)) > 50
    assert min(by_guard[word, may] for word in (("owner",), ("visitor",)) for may in (True, False))
    at_sockets = asyncio.run(by_sockets(site, askers, chance))
    assert at_sockets["allowed"] > 300 and at_sockets["refused"] > 300
    assert allowed + refused + at_sockets.total() >= 10_000, "each of them sent and answered"


def code_of(data: bytes) -> str:
    """Return the code of an error, as HTTP tells it or MCP does; empty for what was done."""
    told = json.loads(data)
    if "error" in told:
        return str(told["error"].get("data", told["error"]).get("code", ""))
    found = told.get("result")
    content = found.get("structuredContent", {}) if isinstance(found, dict) else {}
    return str(content.get("error", {}).get("code", ""))


async def by_sockets(site: Site, askers: list[Asker], chance: random.Random) -> Counter[str]:
    """Ask for 50 random actions by each of 30 sockets, and let ten askers in who may not enter.

    Returns how many requests the table allows, and how many it refuses, in a world and at its door.
    """
    said: Counter[str] = Counter()
    pairs = [(asker, world) for asker in askers for world in WORLDS]
    inside = [(asker, world) for asker, world in pairs if asker.may_enter(world)]
    by_cookie = [pair for pair in inside if pair[0].kind != "token"]
    by_token = [pair for pair in inside if pair[0].kind == "token"]
    for asker, world in (*chance.sample(by_token, 22), *chance.sample(by_cookie, 8)):
        async with robot_of(asker.browser, world) as robot:
            wanted = chance.choices(asked_in(world), k=50)
            asked = [robot.do(deed.name, **args) for deed, args in wanted]
            answers = await asyncio.gather(*asked, return_exceptions=True)
        for (deed, _), answer in zip(wanted, answers, strict=True):
            may = decide(asker.standing(world), deed) is None
            assert isinstance(answer, Answer | WorldloomError), answer
            code = answer.code if isinstance(answer, WorldloomError) else ""
            assert may or code in LACKING, (asker, deed, code)
            said["allowed" if may else "refused"] += 1
    for asker, world in chance.sample([pair for pair in pairs if pair not in inside], 10):
        with pytest.raises(WorldloomError) as closed:
            await robot_of(asker.browser, world).__aenter__()
        assert closed.value.code in REFUSED, (asker, world, closed.value)
        said["turned away"] += 1
    return said


def standing_of(role: Role, worlds: list[str], world: str) -> Role | None:
    """Return what an account is where a token made it so, and in the worlds of the file."""
    here = not worlds or world in worlds
    # A visitor's token makes nobody anything in a closed world.
    if here and (world or not worlds) and role is not Role.VISITOR:
        return role
    return Role.VISITOR if world in OPEN else None

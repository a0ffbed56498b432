"""A realm with something of everything that an address can name, and the ids of what is in it.

What a request uses up, such as an invitation that is taken back, is made anew for the next one.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import Any

from tests.server.asking import PASSKEYS, Browser, Site
from tests.server.school import SCHOOL
from tests.server.test_assets import png
from tests.server.test_devices import Machine
from tests.server.test_passkeys import keep, key_of
from worldloom.testing import Robot

WORKS = f"""{SCHOOL}

import asyncio

import numpy as np

from worldloom import Event, Request, Use, sphere

world = open_school
temperature = world.telemetry("temperature", unit="°C")
world.spawn("dial", sphere(radius=0.2), Use("heat"), at=(0, 1, -2))


class Heat(Request):
    degrees: float


class Heated(Event):
    degrees: float


@world.action(long=True)
def heat(degrees: float = 20.0) -> str:
    \"\"\"Heat without an end.\"\"\"
    world.append(Heat(degrees))
    return "begun"


@world.action
def measure() -> None:
    \"\"\"Measure something.\"\"\"
    temperature.append(20 + np.arange(9) / 10, np.arange(9) * 1_000_000)


@world.adapter(Heat)
async def burn(asked: Heat, key: str) -> Heated:
    \"\"\"Burn on and on.\"\"\"
    await asyncio.sleep(3600)
    return Heated(asked.degrees)
"""
WORLD = "school"
THINGS = ("dial", "rose", "weed")
BACK = "http://localhost:1/back"


class Works:
    """Who asks in the realm, and what there is to ask about."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.owner, self.nobody = site.owner(), site.nobody
        self._made: dict[str, str] = {}
        """What was made of each kind, until it is used up."""
        self.account = ""
        self.person = self._person()
        self.guest = self._at_home(site.guest())
        told = {"redirect_uris": [BACK], "client_name": "Scout"}
        self._client = site.nobody.post("/oauth/register", told).json["client_id"]
        self.picture = self.owner.ask(
            "POST", "/api/assets", png(8, 8), {"Content-Type": "image/png"}
        ).json["sha256"]
        asyncio.run(self._be_recorded())
        self._do("measure")
        self.mend()

    def mend(self) -> None:
        """Bring back what anybody may name in a body, and what was taken away."""
        if self.person.get("/api/auth/me").json.get("kept") is not True:
            self.person = self._person()
        if self.person.get(f"/api/worlds/{WORLD}").status != 200:
            self._do("ban", account=self.account, seconds=0)
            self._do("grant", account=self.account, role="member")
        state = self.nobody.get(f"/api/worlds/{WORLD}/state")
        if state.status != 200:
            self._do("set_entry", visibility="public")
        there = {one["name"] for one in state.json.get("entities", {}).values()}
        for thing in set(THINGS) - there:
            self._do("spawn", name=thing, components={"Color": {"value": "#ff0000"}})
        self.words = self._words()

    def id_of(self, path: str, name: str) -> str | None:
        """Return an id for a part of a described path; None where nothing has one."""
        path = path.replace(f"/{WORLD}/", "/{world}/")
        kind = IDS.get((path, name)) or IDS.get(("", name))
        if kind is None:
            return None
        if kind not in self._made:
            self._made[kind] = str(getattr(self, f"_{kind}")())
        return self._made[kind]

    def used(self, path: str) -> None:
        """Hear that something was done at a path: what that used up is made anew."""
        for (one, _), kind in IDS.items():
            stopped = path == ALL_AGENTS and kind in ("agent", "token", "approval", "request")
            if stopped or one == path.replace(f"/{WORLD}/", "/{world}/"):
                self._made.pop(kind, None)

    def _words(self) -> dict[str, list[Any]]:
        """Return what is there of what a query or a body may name: its name → values."""
        accounts = [self.account, "local", "gardener"]
        seqs = [1, 5, 20]
        return {
            **dict.fromkeys(("entity", "exhibit", "parent"), list(THINGS)),
            **dict.fromkeys(("account", "by", "learner"), accounts),
            **dict.fromkeys(("seq", "group", "from", "after"), seqs),
            "component": ["Color", "Transform", "Use"], "fields": [{"value": "#00ff00"}, {}],
            "components": [{"Color": {"value": "#00ff00"}}, {}],
            "position": [[0, 1, 0], [3, 0, 4]], "direction": [[0, 0, 1]], "dry_run": [0, 1],
            "role": ["visitor", "member", "builder", "owner"], "base": ["visitor", "member"],
            "visibility": ["public"], "capacity": [0, 50], "rules": [{"edit": "owner"}, {}],
            "action": ["say"], "may": [["say"]], "may_not": [[], ["say"]], "reason": ["so"],
            "world": [WORLD], "worlds": [[], [WORLD]], "scopes": [["look"], ["look", "act"]],
            "course": ["pan", ""], "demonstration": ["once"], "given": ["done"], "number": [1],
            "panel": ["forms"], "widget": ["say", "begin"], "text": ["hello"], "ink": ["black"],
            "name": [f"den-{secrets.token_hex(4)}" for _ in range(40)],
            "question": ["Why?"], "choices": [["so", "or so"]], "points": [[[0, 0], [1, 1]]],
            "public_key": [secrets.token_hex(32)], "label": ["a lamp"], "uses": [0, 3],
            "seconds": [3600], "budget": [None, 100], "language": ["de", ""], "limit": [5],
            "client_id": [self._client], "redirect_uri": [BACK], "redirect_uris": [[BACK]],
            "code_challenge": ["c" * 43], "code_challenge_method": ["S256"],
            "response_type": ["code"], "scope": ["look act"], "state": ["s"],
            "resource": [f"{self.site.server.url}/mcp/{WORLD}"], "decision": ["allow", "deny"],
        }  # fmt: skip

    # -- one of each ---------------------------------------------------------------------------

    def _world(self) -> str:
        return WORLD

    def _seq(self) -> int:
        return 7

    def _door(self) -> str:
        return "xapi"

    def _within(self) -> str:
        return "about"

    def _series(self) -> str:
        return "temperature"

    def _asset(self) -> str:
        return str(self.picture)

    def _table(self) -> str:
        tables = self.owner.get(f"/api/worlds/{WORLD}/tables").json["tables"]
        return str(tables[0]["name"])

    def _recording(self) -> str:
        found = self.owner.get(f"/api/worlds/{WORLD}/recordings").json["recordings"]
        return str(found[0]["id"])

    def _request(self) -> int:
        reply = self.person.act(WORLD, "heat")
        assert reply.status == 202, reply
        return int(reply.json["requests"][0])

    def _passkey(self) -> str:
        assert keep(self.site, self.person, key_of(self.site)).status == 201
        return str(self.person.get("/api/auth/me").json["passkeys"][-1]["id"])

    def _token(self) -> str:
        return self.site.bearer(account=self.account, role="member")[1]

    def _device(self) -> str:
        machine = Machine(self.site, account=self.account, role="member")
        assert machine.register().status == 201
        return machine.id

    def _invitation(self) -> str:
        made = self.owner.post(f"/api/worlds/{WORLD}/invitations", {"role": "member"})
        return str(made.json["id"])

    def _approval(self) -> str:
        agent, _ = self.site.bearer(account=self.account, role="member", agent=True)
        return str(agent.act(WORLD, "heat").json["result"]["approval"]["id"])

    def _agent(self) -> str:
        self.site.bearer(account=self.account, role="member", agent=True)
        return str(self.person.get("/api/auth/agents").json["agents"][-1]["name"])

    # -- what has to be there before -----------------------------------------------------------

    def _do(self, action: str, **args: Any) -> None:
        self.owner.act(WORLD, action, **args)

    def _at_home(self, browser: Browser) -> Browser:
        """Return somebody whose requests come from a page of this server."""
        return Browser(browser.url, {**browser.headers, "Origin": self.site.server.url})

    def _person(self) -> Browser:
        person = self.site.guest()
        self._await_turn(person)
        assert keep(self.site, person, key_of(self.site), name="Ada").status == 201
        self.account = person.get("/api/auth/me").json["account"]
        self._made.clear()  # what was theirs
        return self._at_home(person)

    def _await_turn(self, person: Browser) -> None:
        """Wait where wrong secrets of earlier cases slow this address, as a person would."""
        until = time.monotonic() + 120
        home = {"Origin": self.site.server.url}
        while (told := person.ask("POST", f"{PASSKEYS}/begin", {}, home)).status in (429, 503):
            assert time.monotonic() < until, told.body
            time.sleep(min(5.0, float(told.headers["retry-after"])))
        assert told.status == 200, told.body

    async def _be_recorded(self) -> None:
        self._do("record", on=True)
        url = self.site.server.world(WORLD)
        async with Robot(url, "Ann") as ann, Robot(url, "Bob") as bob:
            await ann.do("be_recorded", on=True)
            x, y, z = ann.position
            for step in range(8):
                ann.walk(x + step * 0.3, y, z, 1.0)
                await asyncio.sleep(0.06)
            await ann.do("be_recorded", on=False)
            await ann.do("report", account=bob.visitor, reason="so that there is a report")
        self._do("record", on=False)


ALL_AGENTS = "/api/auth/agents"
IDS = {
    ("", "world"): "world", ("", "seq"): "seq", ("", "door"): "door", ("", "path"): "within",
    ("", "series"): "series", ("", "sha256"): "asset", ("", "table"): "table",
    ("/api/worlds/{world}/requests/{seq}", "seq"): "request",
    ("/api/worlds/{world}/recordings/{id}", "id"): "recording",
    ("/api/worlds/{world}/invitations/{id}", "id"): "invitation",
    ("/api/auth/passkeys/{id}", "id"): "passkey",
    ("/api/auth/tokens/{id}", "id"): "token",
    ("/api/auth/devices/{id}", "id"): "device",
    ("/api/auth/approvals/{id}", "id"): "approval",
    ("/api/auth/agents/{name}", "name"): "agent",
}  # fmt: skip
"""(path, part) → what makes an id for it; the path is empty where the part is one everywhere."""

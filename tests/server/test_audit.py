"""Promised: whatever an agent does or is refused at any door stands in a log, with its name."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.agent import Agent
from tests.server.asking import Browser, Site, kept
from tests.server.test_assets import png
from tests.server.test_long import until
from worldloom.kernel.errors import Refused
from worldloom.testing import Robot
from worldloom.testing.fixtures import Server

NAME = "walker"
STREAMS = ("hello", "people")
LEFT_ALONE = {
    "POST /api/auth/passkeys/challenge": "a number that whoever wants to sign in begins with",
    "POST /oauth/revoke": "of no secret that is known",
    "POST /oauth/register": "what a client says of itself, which nobody keeps",
    "POST /api/auth/sign-out": "it takes a cookie from a browser, and an agent has none",
}
"""What anyone may ask for, and what changes nothing."""
BY_A_SECRET = {
    "POST /api/auth/devices/token", "POST /api/auth/passkeys/sign-in", "POST /oauth/token",
    "POST /oauth/authorize",
}  # fmt: skip
"""What asks for a secret or a signature, and not for who sends it."""
BODIES: dict[str, Any] = {
    "POST /api/worlds": {"name": "den"},
    "POST /api/worlds/import": b"no file",
    "POST /api/realm/import": {"path": "/nowhere.loom"},
    "POST /api/worlds/{world}/fork": {"name": "twig"},
    "POST /api/worlds/{world}/invitations": {"role": "member"},
    "POST /api/worlds/{world}/actions/{action}": {"text": "hello"},
    "POST /api/assets": png(8, 8),
    "PUT /api/worlds/{world}/picture": png(9, 9),
    "POST /api/auth/tokens": {"role": "visitor"},
    "POST /api/auth/devices": {"public_key": secrets.token_hex(32), "role": "visitor"},
    "PUT /api/auth/profile": {"name": "Mallory"},
    "POST /api/auth/claim": {"claim": "not this one"},
    "POST /api/auth/approvals/{id}": {"approve": True},
    "POST /api/auth/passkeys/begin": {"name": "Mallory"},
    "POST /oauth/register": {"redirect_uris": ["http://localhost:1/back"]},
}
DONE = {
    "POST /api/worlds/{world}/actions/{action}", "POST /api/worlds/{world}/undo",
    "POST /api/worlds/{world}/redo", "POST /api/assets", "PUT /api/worlds/{world}/picture",
}  # fmt: skip
REFUSED = {
    "POST /api/worlds", "POST /api/worlds/import", "POST /api/realm/import",
    "POST /api/worlds/{world}/fork", "POST /api/worlds/{world}/invitations",
    "DELETE /api/worlds/{world}/invitations/{id}", "POST /api/auth/tokens",
    "POST /api/auth/devices", "PUT /api/auth/profile", "POST /api/auth/forget",
    "POST /api/auth/approvals/{id}", "DELETE /api/auth/tokens/{id}",
    "DELETE /api/auth/devices/{id}", "PATCH /api/auth/devices/{id}",
    "DELETE /api/auth/agents/{name}", "DELETE /api/auth/agents",
}  # fmt: skip


@pytest.fixture(scope="module")
def site(hello_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    running = Server(tmp_path_factory.mktemp("audit") / "realm.loom", str(hello_file))
    running.start()
    yield Site(running)
    assert running.stop() == 0
    assert "Traceback" not in "".join(running.errors)


class Deeds:
    """What the logs of the world and of the realm say that an actor did, or tried, since then."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._seen = {stream: len(kept(site.server, stream)) for stream in STREAMS}

    def now(self) -> list[dict[str, Any]]:
        return [
            one
            for stream in STREAMS
            for one in kept(self._site.server, stream)[self._seen[stream] :]
            if one["actor"] == NAME
        ]


def address_of(operation: str, world: str = "hello") -> tuple[str, str]:
    """Return method and path of an operation."""
    method, path = operation.split(" ")
    for name, value in (("world", world), ("action", "say"), ("seq", "1")):
        path = path.replace(f"{{{name}}}", value)
    return method, path.replace("{id}", "0" * 16).replace("{name}", "nobody")


def changing(site: Site) -> list[str]:
    """Return all operations that may change something."""
    described = site.nobody.get("/openapi.json").json["paths"]
    return [
        f"{method.upper()} {path}"
        for path, operations in described.items()
        for method in operations
        if method != "get" and not path.startswith(("/mcp", "/w/"))
    ]


def asked(site: Site, agent: Browser, operation: str) -> tuple[int, list[dict[str, Any]]]:
    """Ask for an operation; return the status, and what the logs have more of it."""
    method, path = address_of(operation)
    deeds = Deeds(site)
    body = BODIES.get(operation, None if method == "DELETE" else {})
    headers = {"Content-Type": "image/png"} if isinstance(body, bytes) else {}
    status = agent.ask(method, path, body, headers).status
    return status, deeds.now()


def test_every_act_of_an_agent_over_http_and_every_refusal_is_in_a_log(site: Site) -> None:
    agent, _ = site.bearer(account=NAME, role="owner", agent=True)
    every = changing(site)
    assert len(every) > 30 and set(every) >= DONE | REFUSED
    start = Deeds(site)
    # What is undone must have been done before.
    assert agent.act("hello", "spawn", name="stone").status == 200
    wrong: list[str] = []
    for operation in sorted(every, key=lambda one: ("redo" in one, "undo" in one, one)):
        status, found = asked(site, agent, operation)
        refused = [one for one in found if one["kind"] == "CallRefused"]
        if operation in DONE:
            fine = status in (200, 201) and found and not refused
        elif operation in REFUSED:
            fine = status == 403 and len(refused) == 1 and refused[0]["data"]["call"] == operation
        elif operation in LEFT_ALONE:
            fine = not found
        else:  # nothing that it could do without more: a secret, a signature, a form
            fine = status in (400, 401, 404, 409, 422) and not found
        if not fine:
            wrong.append(f"{operation}: {status} {found}")
    assert not wrong, "\n".join(wrong)
    made = [one for one in start.now() if one["kind"] == "SoftwareUploaded"]
    assert [one["data"]["media"] for one in made] == ["image/png"]


def test_every_act_over_mcp_and_the_socket_and_every_refusal_is_in_the_log(site: Site) -> None:
    agent, _ = site.bearer(account=NAME, role="owner", agent=True)
    tools = Agent(agent, "hello")
    for tool, args, kind in (
        ("say", {"text": "hello"}, "Said"), ("click", {"entity": "lantern"}, "Click"),
        ("place", {"position": [0, 0, 0], "name": "post"}, "Spawned"),
        ("set", {"entity": "post", "component": "Color", "fields": {}}, "Changed"),
        ("go", {"position": [1, 0, 1]}, "Went"), ("leave", {}, "Left"),
    ):  # fmt: skip
        deeds = Deeds(site)
        assert not tools.call(tool, **args).error, tool
        assert kind in [one["kind"] for one in deeds.now()], tool
    blind, _ = site.bearer(account=NAME, role="owner", agent=True, scopes=["act:say"])
    rpc = Agent(blind, "hello")
    for method, params in (
        ("resources/list", {}), ("resources/read", {"uri": "world://hello/state"}),
        ("resources/read", {"uri": "world://hello/events/after/0"}),
        ("subscriptions/listen", {"notifications": {"resourceSubscriptions": []}}),
        ("tools/call", {"name": "look", "arguments": {}}),
        ("tools/call", {"name": "despawn", "arguments": {"entity": "post"}}),
    ):  # fmt: skip
        deeds = Deeds(site)
        rpc.ask(method, **params)
        (noted,) = deeds.now()
        said = params["name"] if method == "tools/call" else method
        assert (noted["kind"], noted["data"]["call"]) == ("CallRefused", said), method
    secret = blind.headers["Authorization"].removeprefix("Bearer ")
    asyncio.run(in_the_world(site, secret))


def test_who_speaks_without_a_body_is_an_agent_to_all_who_read_it(site: Site) -> None:
    voice, _ = site.bearer(account="voice", role="member", agent=True, scopes=["act:say"])
    person = site.token("ada", "member")
    assert Agent(voice, "hello").call("say", text="by MCP").error == ""
    assert voice.act("hello", "say", text="by HTTP").status == 200
    assert person.act("hello", "say", text="by a person").status == 200
    log = site.owner().get("/api/worlds/hello/events?limit=1000").json["records"]
    said = [one["data"] for one in log if one["kind"] == "Said"][-3:]
    assert [(one["text"], one["visitor"], one["agent"]) for one in said] == [
        ("by MCP", "", True), ("by HTTP", "", True), ("by a person", "", False),
    ]  # fmt: skip


def test_what_comes_too_often_is_counted_at_whatever_address(site: Site) -> None:
    owner, path = site.owner(), "/api/worlds/hello/picture"
    while (reply := owner.ask("PUT", path, png(7, 7), {"Content-Type": "image/png"})).status == 201:
        pass
    assert (reply.status, reply.code) == (429, "too_often")
    assert (
        'refusals_total{door="http",code="too_often"} 1\n'
        in site.nobody.get("/metrics").body.decode()
    )


def test_who_loses_their_token_while_they_send_does_nothing_by_it(site: Site) -> None:
    """The last byte of each request comes after the token was revoked."""
    assert site.owner().post("/api/worlds", {"name": "shore"}).status == 201
    person, id = site.bearer(account=NAME, role="owner")
    every = [one for one in changing(site) if not one.startswith("DELETE")]
    slow = {}
    for operation in every:
        body = BODIES.get(operation, {})
        headers = {"Content-Type": "image/png"} if isinstance(body, bytes) else {}
        slow[operation] = person.slowly(*address_of(operation, "shore"), body, headers)
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    call["params"] = {"name": "say", "arguments": {"text": "by MCP"}}
    slow["POST /mcp/{world}"] = person.slowly("POST", "/mcp/shore", call)
    deeds = Deeds(site)
    assert site.owner().delete(f"/api/auth/tokens/{id}").status == 200
    open_to_all = {*LEFT_ALONE, *BY_A_SECRET}
    wrong = [
        f"{operation}: {reply.status} {reply.body[:200]!r}"
        for operation, one in slow.items()
        if (reply := one.end()).status not in (401, 429) and operation not in open_to_all
    ]
    assert not wrong, "\n".join(wrong)
    assert not deeds.now()
    assert NAME not in [one["actor"] for one in kept(site.server, "shore")]
    worlds = {one["name"] for one in site.owner().get("/api/worlds").json["worlds"]}
    assert not worlds & {"den", "twig"}


async def in_the_world(site: Site, secret: str) -> None:
    deeds = Deeds(site)
    with pytest.raises(Refused):
        async with Robot(site.server.world("hello"), token=secret):
            pass
    (noted,) = until(deeds.now, bool)  # at the socket nothing waits for the disk to say no
    assert (noted["kind"], noted["data"]["call"]) == ("CallRefused", "enter")

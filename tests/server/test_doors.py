"""Every action by every role at every door: allowed where the table says so, and nowhere else."""

from __future__ import annotations

import http.client
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.server.asking import Site
from tests.server.doors import DOORS, Caller
from worldloom.kernel.builtin import BUILT_IN
from worldloom.kernel.rights import Deed, Role, Standing, Token, decide, deed_of
from worldloom.testing.fixtures import Server

AUTHORS = {"add": Role.VISITOR, "sell": Role.VISITOR, "build": Role.BUILDER}
ACTIONS = {**{name: action.role for name, action in BUILT_IN.items()}, **AUTHORS}
PEACEFUL = tuple(name for name in ACTIONS if name not in ("undo", "redo"))
"""Those that answer an empty wish without changing anything that another test looks at."""
ROLES = (None, *Role)


@pytest.fixture(scope="module")
def open_site(hello_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    server = Server(tmp_path_factory.mktemp("doors") / "realm.loom", str(hello_file))
    server.start()
    yield Site(server)
    server.stop()


def caller_of(site: Site, role: Role | None) -> Caller:
    """Return someone with a role in `hello`, or with no right to be in `secret`."""
    if role is None:
        return Caller(site, "secret", site.token("stranger", "visitor"))
    return Caller(site, "hello", site.token(f"the-{role}", str(role)))


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("role", ROLES, ids=str)
def test_a_role_does_at_a_door_what_the_table_says(
    open_site: Site, role: Role | None, door: str
) -> None:
    found = DOORS[door](caller_of(open_site, role), PEACEFUL)
    who = Standing(role, "someone")
    said = {name: decide(who, Deed(name, ACTIONS[name])) is None for name in PEACEFUL}
    assert found == said


@pytest.mark.parametrize("door", DOORS)
def test_a_scope_covers_at_a_door_what_the_table_says(open_site: Site, door: str) -> None:
    scopes = ["act:say", "act:enter", "build"]
    browser, _ = open_site.bearer(account="the-narrow", role="owner", scopes=scopes)
    found = DOORS[door](Caller(open_site, "hello", browser), PEACEFUL)
    who = Standing(Role.OWNER, "x", token=Token("t", "x", Role.OWNER, tuple(scopes)))
    assert found == {
        name: decide(who, Deed(name, ACTIONS[name])) is None for name in PEACEFUL
    }  # fmt: skip


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
    found["POST", "/api/worlds"] = deed_of("make_world"), {"name": "??"}
    wish = {"account": "x", "role": "owner", "scopes": ["?"]}
    found["POST", "/api/auth/tokens"] = deed_of("make_token"), wish
    found["GET", "/api/auth/tokens?account=x"] = deed_of("make_token"), {}
    found["POST", "/api/auth/forget"] = deed_of("forget"), {"account": "nobody-at-all"}
    return found


def test_ten_thousand_random_requests_obtain_nothing_that_the_table_refuses(
    serve: Callable[..., Server], hello_file: Path
) -> None:
    site, chance = Site(serve(str(hello_file))), random.Random(7)
    owner = site.owner()
    every = ["look", "act", "act:say", "act:fork", "build", "admin", "records", "*"]
    askers = []
    for number in range(150):
        role, account = chance.choice(list(Role)), f"asker-{number}"
        scopes = chance.sample(every, chance.randint(1, 4))
        worlds = chance.choice([[], ["hello"], ["secret"]])
        wish = {"account": account, "role": str(role), "scopes": scopes, "worlds": worlds}
        made = owner.post("/api/auth/tokens", wish).json
        askers.append((account, role, scopes, worlds, made["token"]))
    table = list(deeds().items())
    parts = urlsplit(site.server.url)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=60)
    allowed = refused = 0
    for _ in range(10_000):
        account, role, scopes, worlds, secret = chance.choice(askers)
        (method, path), (deed, body) = chance.choice(table)
        headers = {"Authorization": f"Bearer {secret}"}
        line.request(method, path, json.dumps(body) if method == "POST" else None, headers)
        answer = line.getresponse()
        data = answer.read()
        token = Token("t", account, role, tuple(scopes), tuple(worlds))
        who = Standing(standing_of(role, worlds, deed.world), account, token=token)
        if decide(who, deed) is None:
            allowed += 1
        else:
            refused += 1
            assert answer.status in (401, 403, 429), (method, path, role, scopes, worlds, data)
    line.close()
    assert allowed > 500 and refused > 5000


def standing_of(role: Role, worlds: list[str], world: str) -> Role | None:
    """Return what an account is where a token made it so, and in the two worlds of the file."""
    here = not worlds or world in worlds
    if here and (world or not worlds):
        return role
    return Role.VISITOR if world == "hello" else None

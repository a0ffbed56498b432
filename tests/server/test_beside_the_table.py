"""What is decided beside the table of rights: of guests, of oneself, of agents."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

import worldloom
from tests.server.asking import Browser, Site
from worldloom.kernel.builtin import BUILT_IN
from worldloom.kernel.rights import DEEDS, Role, Standing, decide, deed_of
from worldloom.server.house import BESIDE_THE_TABLE
from worldloom.studio.vrm import make_vrm
from worldloom.testing.fixtures import Server

ASIDE = {"make_world": 0, "upload_avatar": 0, "fork": 1}
"""Each deed of which a house decides for itself → which paragraph tells it."""


ELSEWHERE = {
    # What decides by itself, by role or with a refusal → which paragraph tells it.
    "server/house.py House.check_may_fork": 1,
    "server/house.py House.owns_realm": 3,
    "server/auth.py check_self": 2,
    "server/persons.py PersonsApi.profile": 2,
    "server/auth.py check_whole": 3,
    "server/tokens.py TokensApi._check_own": 3,
    "server/approvals.py ApprovalsApi._person": 4,
    "server/approvals.py decides": 4,
    "server/house.py House._decides": 4,
    "kernel/people.py People.check_ban": 6,
    "sync/entrance.py Entrance.lets_in": 6,
    "server/api.py told_record": 6,
    "kernel/offering.py check_offer": 7,
    "kernel/screening.py _controlled": 8,
    "server/long.py check_may_cancel": 5,
    "server/long.py check_may_ask": 5,
    "server/app.py _check_own_machine": 9,
}
NO_RIGHT = {
    "kernel/rights.py": "the one function itself, and its words",
    "kernel/rules.py check_role": "reads the name of a role",
    "kernel/people.py People.grant": "a visitor's role is not written down",
    "kernel/people.py People.invite": "a link that makes an owner is none",
    "kernel/people.py People.owned": "counts worlds",
    "kernel/people.py People.standing": "who one is: what a token takes of an account's roles",
    "kernel/people.py People.admit": "the right to learning records stays beside a new role",
    "kernel/people.py People.raise_to": "the same, by a token",
    "kernel/realm.py Realm.enter": "words of a refusal, or what a newcomer is shown",
    "kernel/ruling.py set_right": "a rule that would give away an owner's action is none",
    "server/carrying.py _standing": "the same of a file's rules",
    "presence/zones.py Zones._see": "sees who is inside a zone",
    "server/oauth.py OauthApi._role_for": "which role scopes are of use with; no deed",
    "server/auth.py _other_site": "which site asks",
    "server/mcp/endpoint.py McpApi._identify": "which site asks",
    "sync/farewell.py end_forgotten": "tells somebody that they were forgotten",
}


def refuses(node: ast.AST) -> bool:
    """Tell whether this makes a refusal of rights, or a deed that is in no table."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return False
    named = node.args[0] if node.args else None
    known = not isinstance(named, ast.Constant) or named.value in {**BUILT_IN, **DEEDS}
    return node.func.id == "NotAllowed" or node.func.id == "Deed" and not known


def deciders() -> set[str]:
    """Return every function that refuses, makes up a deed of its own, or compares a role."""
    found = set()
    root = Path(worldloom.__file__).parent

    def walk(node: ast.AST, file: str, names: tuple[str, ...]) -> None:
        for child in ast.iter_child_nodes(node):
            scope = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            inner = (*names, child.name) if scope else names  # type: ignore[attr-defined]
            compares = isinstance(child, ast.Compare) and "Role." in ast.unparse(child)
            if refuses(child) or compares:
                found.add(f"{file} {'.'.join(inner)}")
            walk(child, file, inner)

    for floor in ("kernel", "stores", "sync", "presence", "twin", "studio", "ledger", "server"):
        for path in (root / floor).rglob("*.py"):
            walk(ast.parse(path.read_text()), path.relative_to(root).as_posix(), ())
    return found


def test_what_is_decided_outside_the_one_function_is_told_beside_its_table() -> None:
    told = {name for name in deciders() if name.partition(" ")[0] not in NO_RIGHT}
    assert told == {*ELSEWHERE, *(name for name in NO_RIGHT if " " in name)}
    # Of guests at home the table is asked first, by its own deeds.
    assert {0} | set(ELSEWHERE.values()) == set(range(len(BESIDE_THE_TABLE)))


def may(who: Browser, number: int) -> dict[str, bool]:
    """Return what somebody really got done of what stands beside the table."""
    replies = {
        "make_world": who.post("/api/worlds", {"name": f"made-{number}"}),
        "upload_avatar": who.ask("POST", "/api/assets?as=avatar", make_vrm()),
        "fork": who.post("/api/worlds/hello/fork", {"name": f"fork-{number}"}),
    }
    refused = ("not_allowed", "not_signed_in")
    assert all(one.status == 201 or one.code in refused for one in replies.values())
    return {name: one.status == 201 for name, one in replies.items()}


def table(role: Role) -> dict[str, bool]:
    """Return what the table says of the same to someone with a role in the one world alone."""
    here, realm = Standing(role, "x"), Standing(None, "x")
    return {
        "make_world": decide(realm, deed_of("make_world")) is None,
        "upload_avatar": decide(here, deed_of("upload_avatar")) is None,
        "fork": decide(here, deed_of("fork")) is None,
    }


@pytest.mark.parametrize("guests", ["make", "visit"])
def test_what_is_told_beside_the_table_holds_and_all_else_is_as_the_table_says(
    serve: Callable[..., Server], hello_file: Path, guests: str
) -> None:
    site, makes = Site(serve(str(hello_file), options=("--guests", guests))), guests == "make"
    home = {"make_world": True, "upload_avatar": True} if makes else {}
    guest, person, member = site.guest(), site.person(), site.person()
    granted = site.owner().act("hello", "grant", account=member.account, role="member")
    assert granted.status == 200
    theirs, _ = site.bearer(account=guest.account, role="visitor")
    found = [may(who, number) for number, who in enumerate((guest, person, member, theirs))]
    assert found[0] == found[1] == {**table(Role.VISITOR), **home, "fork": makes}
    assert found[2] == {**table(Role.MEMBER), **home}
    assert found[3] == {**table(Role.VISITOR), "fork": makes}, "a token is never at home"
    assert may(site.token("bot", "visitor"), 4) == table(Role.VISITOR)
    assert may(site.nobody, 5) == dict.fromkeys(ASIDE, False)


def test_a_worlds_own_rule_lets_mere_guests_fork_it(
    serve: Callable[..., Server], hello_file: Path
) -> None:
    site = Site(serve(str(hello_file), options=("--guests", "visit")))
    assert not may(site.guest(), 0)["fork"]
    rule = site.owner().act("hello", "set_right", action="fork", role="visitor")
    assert rule.status == 200, rule.json
    assert may(site.guest(), 1)["fork"]


def test_the_page_of_rights_tells_beside_the_table_what_stands_there() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/rights.md").read_text()
    for told in BESIDE_THE_TABLE:
        assert told in page
    for name in DEEDS:
        told_of = [i for i, told in enumerate(BESIDE_THE_TABLE) if f"`{name}`" in told]
        assert told_of == ([ASIDE[name]] if name in ASIDE else []), name

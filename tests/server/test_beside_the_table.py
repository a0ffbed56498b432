"""What a house decides beside the table of rights: of guests at home, and of guests' forks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.server.asking import Browser, Site
from worldloom.kernel.rights import DEEDS, Role, Standing, decide, deed_of
from worldloom.server.house import BESIDE_THE_TABLE
from worldloom.studio.vrm import make_vrm
from worldloom.testing.fixtures import Server

ASIDE = {"make_world": 0, "upload_avatar": 0, "fork": 1}
"""Each deed of which a house decides for itself → which paragraph tells it."""


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

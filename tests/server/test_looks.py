"""Promised: what an agent reads stands in the log, once a minute, and a person's looks do not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kernel.host import Host
from worldloom.kernel.errors import NotFound
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.records import Record, describe
from worldloom.kernel.rights import Role, Standing, Token
from worldloom.kernel.world import World
from worldloom.server import looks as module
from worldloom.server.engine import now_us
from worldloom.server.looks import OTHERS, Looks

MINUTE_US = round(LIMITS.looks_noted_seconds * 1e6)


def agent(account: str = "ada") -> Standing:
    """Return what a person's agent is in the yard."""
    token = Token("t1", account, Role.MEMBER, agent=True, acts_as="helper")
    return Standing(Role.MEMBER, account, token=token)


@pytest.fixture
def yard() -> Host:
    """Return a realm of one world."""
    host = Host()
    host.open(World("yard"))
    return host


def told(host: Host) -> list[Record]:
    """Return what the log says that was read."""
    host.flush()
    return [one for one in host.records("yard") if one.kind == "Looked"]


def ways(host: Host) -> Any:
    """Return by which ways it was, and how often, of the newest."""
    return describe(told(host)[-1], host.store)["ways"]


def test_once_a_minute_the_log_tells_how_often_and_by_what(yard: Host) -> None:
    looks = Looks(yard.realm)
    for way in ("look", "find", "look"):
        looks.note("yard", agent(), way)
    looks.note("yard", Standing(Role.MEMBER, "ada"), "look")
    looks.keep(now_us())
    assert not told(yard), "a minute has not passed"
    looks.keep(now_us() + MINUTE_US)
    looks.keep(now_us() + 9 * MINUTE_US)
    (one,) = told(yard)
    assert one.actor == "ada/agent:helper" and ways(yard) == [["look", 2], ["find", 1]]
    looks.note("yard", agent(), "history")
    looks.keep_all()
    assert ways(yard) == [["history", 1]]
    with pytest.raises(NotFound, match="nothing"):
        yard.do("yard", "undo", by="ada/agent:helper")


def test_however_many_look_by_however_many_ways_memory_and_log_are_bounded(
    yard: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LIMITS", type(LIMITS)(agents_max=2, look_ways_max=2))
    looks = Looks(yard.realm)
    for way in ("look", "find", "inspect", "history", "look"):
        looks.note("yard", agent(), way)
    looks.note("yard", agent("bob"), "look")
    assert not told(yard)
    looks.note("yard", agent("eve"), "look")
    assert ways(yard) == [["look", 2], ["find", 1], [OTHERS, 2]], "the oldest made room"


def test_of_who_was_forgotten_meanwhile_nothing_is_told(yard: Host) -> None:
    looks = Looks(yard.realm)
    yard.enter("yard", "Ada")
    person = yard.records("yard")[-1].actor
    looks.note("yard", agent(person), "look")
    yard.realm.forget(person)
    looks.keep_all()
    assert not told(yard)

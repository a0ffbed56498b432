"""A platform's list of its class tells an instructor who was expected and did not come."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kits.academy.lms.lti_server import LTI, ROLE, LtiServer
from tests.kits.academy.lms.test_lti import LtiSchool, came, served, wait
from tests.server.asking import kept
from worldloom import Invalid, WorldloomError
from worldloom.kits.academy.lms.lti.messages import (
    NAMES,
    Member,
    Registration,
    learners_of,
    next_of,
    read_launch,
)
from worldloom.testing import Robot
from worldloom.testing.fixtures import Server

CLASS = [
    {"user_id": "ann", "name": "Ann Early", "roles": [f"{ROLE}Learner"], "status": "Active"},
    {"user_id": "tea", "name": "Tea Teacher", "roles": [f"{ROLE}Instructor"]},
    {"user_id": "bob", "given_name": "Bob", "family_name": "Away", "roles": ["Learner"]},
    {"user_id": "old", "name": "Old Gone", "roles": ["Learner"], "status": "Deleted"},
]


@pytest.fixture
def school(tmp_path: Path) -> Iterator[LtiSchool]:
    with served(tmp_path, teachers="builder") as school:
        yield school


async def reads(server: Server, token: str, text: str) -> list[list[str]]:
    """Wait until an instructor's panel says something; return its rows."""
    async with Robot(server.world("school"), "Mo", token=token, patience_seconds=30) as robot:

        def told(one: Robot) -> bool:
            try:
                return text in str(one.panel("expected").widgets["told"]["text"])
            except WorldloomError:  # nobody is listed yet
                return False

        await robot.wait_until(told, patient=True)
        data = robot.panel("expected").widgets["learners"]["data"]
        return [list(row) for row in zip(*(column["cells"] for column in data), strict=True)]


def test_an_instructor_sees_who_was_expected_and_did_not_come(school: LtiSchool) -> None:
    server, platform = school.site.server, school.platform
    platform.members = CLASS
    ann, _ = came(school, school.site.guest(), "ann")
    school.master(ann)
    platform.failing = 1
    came(school, school.site.guest(), "tea", **{f"{LTI}roles": [f"{ROLE}Instructor"]})
    made = school.owner.post("/api/auth/tokens", {"account": "mo", "role": "builder"}).json
    rows = asyncio.run(reads(server, made["token"], "2 learners are expected, 1 were here."))
    assert rows == [
        ["Bob Away", "Burning oil", "Safety at work", "not yet"],
        ["Ann Early", "Burning oil", "Safety at work", "passed 100%"],
    ]
    written = str(kept(server, "school"))
    assert "Bob" not in written and "Old" not in written, "who never came is kept nowhere"


def test_a_learners_launch_asks_for_no_list(school: LtiSchool) -> None:
    came(school, school.site.guest(), "ann")
    wait(lambda: school.events("academy.LtiOpened"))
    assert not school.events("academy.LtiRosterAsked")


def test_a_list_of_another_platform_is_refused() -> None:
    platform = LtiServer()
    try:
        at = f"{platform.url}/a"
        known = Registration(platform.url, "tool-1", ("d1",), at, at, at)
        claims = platform.claims("n")
        asked = (known, "n", claims["iat"] * 1_000_000, platform.tool)
        assert read_launch(claims, *asked).members_url == f"{platform.url}/members?x=1"
        claims[NAMES]["context_memberships_url"] = "https://evil.example/members"
        with pytest.raises(Invalid, match="of another platform"):
            read_launch(claims, *asked)
        claims[NAMES]["service_versions"] = ["3.0"]
        assert read_launch(claims, *asked).members_url == ""
    finally:
        platform.stop()


@pytest.mark.parametrize("listed", [
    {}, {"members": None}, {"members": ["x", 1, None, {}]}, {"members": [{"user_id": ""}]},
    {"members": [{"user_id": 7, "roles": ["Learner"]}, {"user_id": "a", "roles": "Learner"}]},
    {"members": [{"user_id": "a" * 256, "roles": ["Learner"]}]},
])  # fmt: skip
def test_what_is_no_learner_is_left_out(listed: dict[str, object]) -> None:
    assert learners_of(listed) == []
    assert learners_of({"members": CLASS}) == [
        Member("ann", "Ann Early"), Member("bob", "Bob Away")]  # fmt: skip


@pytest.mark.parametrize(("link", "address"), [
    ("", ""), ("nonsense", ""), ('<https://a/2>; rel="next"', "https://a/2"),
    ('<https://a/1>; rel="prev", <https://a/3>; x=1; rel=next', "https://a/3"),
    ('<https://a/1>; rel="differences"', ""),
])  # fmt: skip
def test_the_page_after_one_is_that_of_its_link(link: str, address: str) -> None:
    assert next_of(link) == address

"""A learner sees their badge and what their platform knows; nobody else sees it."""

from __future__ import annotations

from collections.abc import Callable

from tests.kits.academy.courses.school import School, make_world
from tests.kits.academy.courses.test_classroom import through
from worldloom import Personal, Role, World
from worldloom.kits.academy.lms.cmi5.events import Session, UnitReady, UnitRefused
from worldloom.kits.academy.lms.cmi5.launch import Launch
from worldloom.kits.academy.lms.cmi5.unit import Units
from worldloom.kits.academy.lms.cmi5.unit_door import open_unit
from worldloom.kits.academy.lms.events import BadgeAwarded

LAUNCH = Launch("https://lms.example/xapi", "https://lms.example/fetch",
                {"account": {"homePage": "https://lms.example", "name": "u42"}},
                "6b6b4f4e-6c3f-4a5e-9b6a-3f1f0f6a7c11", "https://lms.example/7")  # fmt: skip


def test_who_earns_a_badge_sees_it_with_a_link_to_take_it_along() -> None:
    school = School()
    school.callers["guest:2"] = school.enter("guest:2", "Bob", Role.VISITOR)
    school.do("begin")
    through(school)
    kinds = [record.kind for record in school.records]
    assert kinds.count(BadgeAwarded.__kind__.name) == 1
    text = school.shown("badges", "list", "text", "guest:1")
    assert "A kitchen fire: [download](/w/school/badges/credentials/" in text
    assert school.shown("badges", "list", "text", "guest:2") == "None yet."


def test_a_badge_names_the_learner_only_under_seal() -> None:
    school = School()
    school.do("begin")
    through(school)
    kept = next(one for one in school.records if one.kind == BadgeAwarded.__kind__.name)
    assert b"Ada" not in kept.payload
    event = BadgeAwarded.__kind__.decode(kept.payload)
    assert event.name.box is not None
    assert (event.number, event.course, event.skills) == (0, "kitchen", ("Choice", "Use"))


def test_a_revoked_badge_is_shown_as_revoked_and_the_log_folds_to_the_same_state() -> None:
    school = School()
    school.callers["boss"] = school.enter("boss", "Mo", Role.BUILDER)
    school.do("begin")
    through(school)
    kept = next(one for one in school.records if one.kind == BadgeAwarded.__kind__.name)
    id = BadgeAwarded.__kind__.decode(kept.payload).id
    assert school.do("revoke_badge", "boss", badge=id, reason="a mistake").endswith("revoked")
    assert "revoked" in school.shown("badges", "list", "text", "guest:1")


def test_who_comes_after_their_platform_answered_is_told_so_as_is_who_comes_again() -> None:
    world = make_world()
    world.use(Units("https://lms.example"))
    school = School(world)

    def told(learner: str) -> str:
        school.enter(learner, "Bob", Role.VISITOR)
        return str(school.shown("platform", "text", "text", learner))

    def decide(run: Callable[[World], None]) -> None:
        school.realm.decide("school", "door:cmi5", run, "lms")
        school.keep()

    def come(world: World) -> None:
        for learner in ("guest:2", "guest:3"):
            open_unit(world, learner, "kitchen", LAUNCH)

    def answer(world: World) -> None:
        ids = {one[Session].learner: one[Session].id for one in world.find(Session)}
        data = Personal('{"launchMode": "Normal"}', of="guest:2")
        world.append(UnitReady(ids["guest:2"], data))
        world.append(UnitRefused(ids["guest:3"], "guest:3", "It is over"))

    decide(come)
    decide(answer)
    for _ in range(2):
        assert told("guest:2") == "Your learning platform hears how you do."
        assert told("guest:3") == "It is over. Start the course from there again."
    assert told("guest:4") == ""

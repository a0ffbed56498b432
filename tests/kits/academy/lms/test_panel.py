"""A learner sees their badge and can take it along; nobody else sees it."""

from __future__ import annotations

from tests.kits.academy.courses.school import School
from tests.kits.academy.courses.test_classroom import through
from worldloom import Role
from worldloom.kits.academy.lms.events import BadgeAwarded


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

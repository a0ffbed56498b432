"""Promised: everyone sees what others look like, at once and again, and nobody else's words."""

from dataclasses import replace

import pytest

from tests.sync import hall as hall_module
from tests.sync.hall import Hall
from worldloom.kernel import people
from worldloom.kernel.avatar import VRM
from worldloom.kernel.entity import Visitor
from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.world import World
from worldloom.sync.messages import Answer
from worldloom.testing.core import RobotCore

BOB, RED = "FGH", "ABC_-9"


def seen(robot: RobotCore, other: RobotCore) -> tuple[str, str]:
    assert other.welcome is not None
    found = robot.visitors[other.welcome.visitor]
    return found.avatar, found.vrm


def answer_of(outcome: object) -> dict[str, object]:
    assert isinstance(outcome, Answer)
    return dict(outcome.result)


def enter(hall: Hall, robot: RobotCore, account: str = "") -> RobotCore:
    hall.connect(robot, account)
    hall.settle()
    assert robot.inside, robot.ended
    return robot


def test_who_comes_is_seen_as_they_chose_and_sees_the_others_so() -> None:
    hall = Hall()
    ann = enter(hall, RobotCore("Ann", avatar=RED))
    bob = enter(hall, RobotCore("Bob", avatar=BOB))
    assert seen(ann, bob) == (BOB, "") and seen(bob, ann) == (RED, "")
    assert ann.welcome is not None and ann.welcome.avatar == RED


def test_a_change_of_clothes_is_seen_by_all_without_coming_again() -> None:
    hall = Hall()
    ann, bob = enter(hall, RobotCore("Ann")), enter(hall, RobotCore("Bob"))
    answer = hall.do(ann, "wear", avatar=RED)
    assert isinstance(answer, Answer) and answer.result == {"avatar": RED, "vrm": "", "kept": True}
    assert seen(bob, ann) == (RED, "") == seen(ann, ann)
    carl = enter(hall, RobotCore("Carl"))
    assert seen(carl, ann) == (RED, "")


def test_an_account_comes_again_as_it_went_unless_it_says_otherwise() -> None:
    hall = Hall()
    ann = enter(hall, RobotCore("Ann"), "guest:ann")
    hall.do(ann, "wear", avatar=RED)
    again = enter(hall, RobotCore("Ann"), "guest:ann")
    assert again.welcome is not None and again.welcome.avatar == RED
    other = enter(hall, RobotCore("Ann", avatar=BOB), "guest:ann")
    assert other.welcome is not None and other.welcome.avatar == BOB
    hall.crash()
    later = enter(hall, RobotCore("Ann"), "guest:ann")
    assert later.welcome is not None and later.welcome.avatar == RED


def test_what_is_kept_of_a_look_is_sealed_and_goes_with_its_person() -> None:
    hall = Hall()
    ann = enter(hall, RobotCore("Ann"), "guest:ann")
    hall.do(ann, "wear", avatar="unmistakable-Ann")
    for stream in hall.store.streams():
        for _, body, _ in hall.store.records(stream.id, 0, stream.seq):
            assert b"unmistakable-Ann" not in body
    hall.realm.forget("guest:ann")
    hall.settle()
    again = enter(hall, RobotCore("Ann"), "guest:ann")
    assert again.welcome is not None and again.welcome.avatar == ""


def test_undo_takes_back_the_last_work_and_not_the_clothes() -> None:
    hall = Hall()
    ann = enter(hall, RobotCore("Ann"))
    hall.do(ann, "paint", colour="#123456")
    hall.do(ann, "wear", avatar=RED)
    assert isinstance(hall.do(ann, "undo"), Answer)
    lamp = next(e for e in ann.copy.entities().values() if e["name"] == "lamp")
    assert lamp["components"]["Color"]["value"] == "#000000" and seen(ann, ann) == (RED, "")


def test_a_vrm_is_worn_only_when_it_was_checked_here() -> None:
    hall = Hall()
    ann, bob = enter(hall, RobotCore("Ann")), enter(hall, RobotCore("Bob"))
    good = hall.store.put_asset(b"a figure within bounds", VRM)
    other = hall.store.put_asset(b"any model", "model/gltf-binary")
    for wrong, code in ((other, "not_an_avatar"), ("0" * 64, "no_asset"), ("x", "invalid")):
        refused = hall.do(ann, "wear", vrm=wrong)
        assert isinstance(refused, WorldloomError) and refused.code == code
    assert isinstance(hall.do(ann, "wear", avatar=BOB, vrm=good), Answer)
    assert seen(bob, ann) == (BOB, good)


def test_a_hello_with_nonsense_for_an_avatar_enters_in_the_account_s_own() -> None:
    hall = Hall()
    for avatar, vrm in (("<b>", None), ("x" * 999, "y"), (None, "f" * 64), (None, "y")):
        robot = enter(hall, RobotCore("Eve", avatar, vrm))
        assert seen(robot, robot) == ("", "")


def test_a_world_lends_clothes_for_the_visit() -> None:
    def with_costume() -> World:
        world = hall_module.a_world()

        @world.action
        def disguise(visitor: Visitor, code: str = "", vrm: str = "") -> None:
            """Look like somebody else."""
            visitor.wear(code, vrm)

        return world

    hall = Hall(world=with_costume)
    ann = enter(hall, RobotCore("Ann", avatar=BOB), "guest:ann")
    hall.do(ann, "disguise", code=RED)
    assert seen(ann, ann) == (RED, "")
    body = hall.store.put_asset(b"a figure within bounds", VRM)
    hall.do(ann, "disguise", vrm=body)
    assert seen(ann, ann) == (BOB, body), "one's own figure stands in for it"
    refused = hall.do(ann, "disguise", code="<b>")
    assert isinstance(refused, WorldloomError) and refused.code == "invalid"
    hall.do(ann, "disguise", code="")
    assert seen(ann, ann) == (BOB, "")
    again = enter(hall, RobotCore("Ann"), "guest:ann")
    assert again.welcome is not None and again.welcome.avatar == ""


def test_beyond_the_bound_a_guest_s_look_is_shown_and_not_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(people, "LIMITS", replace(LIMITS, avatars_kept_max=1))
    hall = Hall()
    ann, bob = enter(hall, RobotCore("Ann"), "guest:a"), enter(hall, RobotCore("Bob"), "guest:b")
    assert answer_of(hall.do(ann, "wear", avatar=RED))["kept"]
    assert not answer_of(hall.do(bob, "wear", avatar=BOB))["kept"]
    assert seen(ann, bob) == (BOB, "")
    assert answer_of(hall.do(ann, "wear", avatar=BOB))["kept"], "who has a place keeps it"

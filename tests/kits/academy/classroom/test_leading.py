"""An instructor brings the class together, along, and apart, and marks things for all."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.kits.academy.classroom.room import Class, make_world
from tests.kits.academy.courses.making import KITCHEN
from worldloom import Conflict, Light, Misused, NotAllowed, Role, Text, Transform, World, box
from worldloom.kits.academy.classroom.keeping import groups_of
from worldloom.kits.academy.classroom.limits import CLASS_LIMITS as LIMITS
from worldloom.kits.academy.classroom.marking import POINTER, SPOTLIGHT, stand_of
from worldloom.kits.academy.classroom.places import apart
from worldloom.kits.academy.classroom.room import Classroom
from worldloom.kits.academy.courses.classroom import Courses


class Hall(Class):
    """A class whose people stand somewhere; who is moved stands there once it is durable."""

    def __init__(self, learners: int = 3, world: World | None = None) -> None:
        super().__init__(learners, world)
        for at, account in enumerate(self.callers):
            self.put(account, (20.0 + at, 0.0, 0.0))
        self.put("boss", (0.0, 0.0, 0.0))

    def put(self, account: str, place: tuple[float, float, float]) -> None:
        """Let someone walk somewhere."""
        self.visitor(account).position = place
        self.callers[account] = replace(self.callers[account], position=place)

    def keep(self) -> None:
        for sealed in self.realm.outbox:
            for move in sealed.moves:
                who = next(one for one in self.world.visitors if one.id == move.visitor)
                self.put(who.account, move.position)
        super().keep()

    def stand(self, account: str) -> tuple[float, float, float]:
        place = self.visitor(account).position
        assert place is not None
        return place

    def learners(self) -> list[str]:
        return [one.account for one in self.world.visitors if one.account != "boss"]


def test_gathering_brings_all_learners_around_the_instructor() -> None:
    hall = Hall(learners=5)
    assert hall.do("gather_class", "boss") == 5
    for account in hall.learners():
        assert apart(hall.stand(account), (0, 0, 0)) == pytest.approx(LIMITS.ring_m_min)
    assert hall.stand("boss") == (0, 0, 0)
    assert hall.kinds()[-1] == "academy.ClassGathered"


def test_followers_are_brought_along_until_they_are_released() -> None:
    hall = Hall()
    hall.do("follow_me", "boss")
    hall.put("guest:2", (90.0, 0.0, 0.0))
    hall.wait(1)
    assert hall.stand("guest:2") == (90, 0, 0), "the leader has not walked on"
    hall.put("boss", (10.0, 0.0, 0.0))
    hall.wait(1)
    for account in hall.learners():
        assert apart(hall.stand(account), (10, 0, 0)) < 4
    hall.do("release_class", "boss")
    hall.put("boss", (40.0, 0.0, 0.0))
    hall.wait(1)
    assert apart(hall.stand("guest:1"), (10, 0, 0)) < 4
    with pytest.raises(Conflict):
        hall.do("release_class", "boss")


def test_who_may_leave_and_walks_away_is_not_brought_along() -> None:
    hall = Hall()
    hall.do("follow_me", "boss", may_leave=True)
    hall.put("guest:2", (90.0, 0.0, 0.0))
    hall.wait(1)
    hall.put("boss", (10.0, 0.0, 0.0))
    hall.wait(1)
    assert hall.stand("guest:2") == (90, 0, 0)
    assert apart(hall.stand("guest:1"), (10, 0, 0)) < 4


def test_a_leader_who_is_gone_leads_nobody() -> None:
    hall = Hall()
    hall.do("follow_me", "boss")
    hall.realm.leave("room", hall.callers["boss"].visitor)
    hall.keep()
    hall.wait(1)
    assert "academy.led" not in hall.world.presence


def test_a_frozen_class_is_held_with_who_comes_later_until_it_is_let_go() -> None:
    hall = Hall()
    assert hall.do("freeze_class", "boss") == 3
    assert hall.do("freeze_class", "boss") == 3, "it is frozen already"
    hall.callers["late"] = hall.enter("late", "Li", Role.VISITOR)
    hall.wait(1)
    held = {one.account for one in hall.world.visitors if one.held}
    assert held == {"guest:1", "guest:2", "guest:3", "late"}
    with pytest.raises(Conflict):
        hall.do("go", position=[9, 0, 0])
    hall.do("gather_class", "boss")
    hall.do("press_widget", "boss", panel="class-lead", widget="thaw")
    assert not any(one.held for one in hall.world.visitors)
    with pytest.raises(Conflict):
        hall.do("unfreeze_class", "boss")
    assert hall.kinds().count("academy.ClassFrozen") == 1


def test_a_class_whose_instructor_is_gone_is_free() -> None:
    hall = Hall()
    hall.do("press_widget", "boss", panel="class-lead", widget="freeze")
    assert hall.visitor("guest:1").held
    hall.realm.leave("room", hall.callers["boss"].visitor)
    hall.keep()
    hall.wait(1)
    assert not any(one.held for one in hall.world.visitors)


def test_a_course_takes_nobody_away_who_is_held() -> None:
    world = make_world()
    world.use(Courses(KITCHEN))
    for name in ("pan", "lid", "tap"):
        world.spawn(name, box(0.2, 0.2, 0.2), at=(0, 1, 0))
    hall = Hall(world=world)
    hall.do("begin")
    assert hall.stand("guest:1") == KITCHEN.scenes[0].place
    hall.do("freeze_class", "boss")
    before = hall.stand("guest:2")
    hall.do("begin", "guest:2")
    assert hall.run("guest:2").step == "see", "they begin"
    assert hall.stand("guest:2") == before, "and stay where they are held"


def test_groups_are_sent_apart_each_to_its_own_spot() -> None:
    hall = Hall(learners=6)
    with pytest.raises(Conflict):
        hall.do("send_groups", "boss")
    hall.do("draw_groups", "boss", count=3)
    assert hall.do("send_groups", "boss") == 3
    groups = groups_of(hall.world)
    for group in groups:
        one, other = (hall.stand(account) for account in group)
        assert apart(one, other) <= 2 * LIMITS.ring_m_min + 1e-6
        assert apart(one, (0, 0, 0)) > LIMITS.breakout_m_min / 2


def test_groups_go_to_the_spots_that_the_class_names() -> None:
    world = make_world(Classroom(spots=["north", "south"]))
    world.spawn("north", box(), at=(0, 0, -30))
    world.spawn("south", box(), at=(0, 0, 30))
    hall = Hall(learners=4, world=world)
    hall.do("draw_groups", "boss", count=2)
    hall.do("press_widget", "boss", panel="class-lead", widget="send")
    near = [min(apart(hall.stand(one), (0, 0, z)) for z in (-30, 30)) for one in hall.learners()]
    assert max(near) < 3
    hall.do("draw_groups", "boss", count=3)
    with pytest.raises(Conflict, match="3 spots"):
        hall.do("send_groups", "boss")
    with pytest.raises(Misused):
        Classroom(spots=["one", "one"])


def test_one_thing_is_pointed_at_and_one_is_lit_until_it_is_taken_back_or_undone() -> None:
    world = make_world()
    table = world.spawn("table", box(2, 1, 1), Transform((3, 0.5, 0), scale=(2, 2, 2)))
    world.spawn("cup", box(0.1, 0.1, 0.1), at=(0, 0.6, 0), parent=table)
    hall = Hall(world=world)
    hall.do("point_class", "boss", entity="table")
    hall.do("point_class", "boss", entity="cup")
    x, y, z = stand_of(hall.world[POINTER])
    assert (x, z) == (3, 0) and y > 1.7 + 0.1
    assert [one[Text].value for one in hall.world[POINTER].children] == ["cup"]
    hall.do("spotlight_class", "boss", entity="table")
    assert Light in hall.world[SPOTLIGHT]
    hall.do("undo", "boss")
    assert SPOTLIGHT not in hall.world and POINTER in hall.world
    hall.do("set_widget", "boss", panel="class-lead", widget="press", value="Light it")
    hall.do("click", "boss", entity="cup")
    assert Light in hall.world[SPOTLIGHT]
    hall.do("take_marks", "boss")
    assert POINTER not in hall.world and SPOTLIGHT not in hall.world
    with pytest.raises(Conflict):
        hall.do("take_marks", "boss")


def test_learners_lead_nobody_and_mark_nothing() -> None:
    hall = Hall()
    hall.world.presence["academy.led"] = None
    for action in (
        "gather_class",
        "follow_me",
        "release_class",
        "send_groups",
        "take_marks",
        "freeze_class",
        "unfreeze_class",
    ):
        with pytest.raises(NotAllowed):
            hall.do(action)

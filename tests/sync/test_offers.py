"""Promised: a visitor knows what it may do now, without coming again."""

from tests.sync.hall import Hall, a_world
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.rights import Role
from worldloom.kernel.world import World
from worldloom.sync.messages import Close
from worldloom.testing.core import RobotCore


def offered(robot: RobotCore) -> set[str]:
    assert robot.welcome is not None
    return {action.name for action in robot.welcome.actions}


def a_second(hall: Hall) -> None:
    hall.tick(LIMITS.tick_hz)
    hall.settle()


def test_a_grant_is_offered_to_who_is_here() -> None:
    hall = Hall()
    ann, _ = hall.robot("Ann", account="ann")
    bob, _ = hall.robot("Bob")
    assert "spawn" not in offered(ann)
    hall.realm.grant("ann", "hall", Role.BUILDER)
    hall.commit()
    a_second(hall)
    assert "spawn" in offered(ann)
    assert ann.welcome is not None and ann.welcome.role == "builder"
    assert "spawn" not in offered(bob)


def test_the_actions_of_new_code_are_offered_to_who_is_here() -> None:
    hall = Hall()
    ann, _ = hall.robot("Ann")
    world = a_world()

    @world.action
    def polish() -> None:
        """Polish the lamp."""

    hall.realm.open(world)
    hall.commit()
    a_second(hall)
    assert {"paint", "polish"} <= offered(ann)


def test_nothing_is_offered_again_while_nothing_changed() -> None:
    hall = Hall()
    ann, _ = hall.robot("Ann")
    before = ann.welcome
    a_second(hall)
    assert ann.welcome is before


def test_who_loses_the_last_right_is_shown_out() -> None:
    hall = Hall()
    hall.realm.open(World("hall", "The hall", public=False))
    hall.realm.grant("ann", "hall", Role.MEMBER)
    hall.commit()
    ann, line = hall.robot("Ann", account="ann")
    hall.realm.grant("ann", "hall", Role.VISITOR)
    hall.commit()
    a_second(hall)
    assert not ann.inside
    assert line.close_code == Close.NOT_ALLOWED
    assert ann.ended is not None and ann.ended.code == "not_allowed"

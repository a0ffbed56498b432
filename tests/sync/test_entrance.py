"""Promised: who finds no room waits in order, knows their place, and is let in by themselves."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.sync.hall import Hall
from worldloom.kernel.limits import LIMITS
from worldloom.sync import wire
from worldloom.sync.door import Busy
from worldloom.sync.entrance import BUSY, FULL
from worldloom.sync.messages import Close, Do, Ping, Pong, Refusal
from worldloom.sync.pace import CALM_TICKS, SLOW_TICKS
from worldloom.testing.core import RobotCore
from worldloom.testing.network import Line


@contextmanager
def limited(**limits: float) -> Iterator[None]:
    """Set some limits otherwise for a while."""
    before = {name: getattr(LIMITS, name) for name in limits}
    for name, value in limits.items():
        object.__setattr__(LIMITS, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            object.__setattr__(LIMITS, name, value)


def comes(hall: Hall, name: str, account: str = "") -> tuple[RobotCore, Line]:
    robot = RobotCore(name)
    line = hall.connect(robot, account)
    hall.settle()
    return robot, line


def second(hall: Hall) -> None:
    """Let a second pass in which nothing is too much."""
    for _ in range(LIMITS.tick_hz):
        hall.tick()
    hall.settle()


def places(robots: list[RobotCore]) -> list[int]:
    return [0 if robot.queued is None else robot.queued.place for robot in robots]


def test_before_a_full_world_one_waits_in_order_and_comes_in_when_somebody_goes() -> None:
    with limited(visitors_per_world_max=2):
        hall = Hall()
        _, first = comes(hall, "Ann")
        comes(hall, "Bob")
        waiting = [comes(hall, name) for name in ("Cid", "Dan", "Eve")]
        robots = [robot for robot, _ in waiting]
        assert places(robots) == [1, 2, 3]
        assert robots[0].queued is not None
        assert (robots[0].queued.why, robots[0].queued.seconds) == (FULL, None)
        second(hall)
        assert not any(robot.inside for robot in robots)
        first.cut()
        second(hall)
        assert [robot.inside for robot in robots] == [True, False, False]
        assert places(robots) == [0, 1, 2]


def test_who_gives_up_waiting_lets_the_others_move_up() -> None:
    with limited(visitors_per_world_max=1):
        hall = Hall()
        comes(hall, "Ann")
        (_, line), (dan, _) = comes(hall, "Cid"), comes(hall, "Dan")
        line.cut()
        second(hall)
        assert places([dan]) == [1] and len(hall.hub.entrance) == 1


def test_an_owner_does_not_wait() -> None:
    with limited(visitors_per_world_max=1):
        hall = Hall()
        hall.own("boss")
        comes(hall, "Ann")
        comes(hall, "Bob")
        boss, _ = comes(hall, "Boss", "boss")
        assert boss.inside


def test_when_the_queue_is_full_too_one_is_asked_to_come_again_at_once() -> None:
    with limited(visitors_per_world_max=1, waiting_visitors_max=1):
        hall = Hall()
        comes(hall, "Ann")
        comes(hall, "Bob")
        cid, line = comes(hall, "Cid")
        assert line.close_code == Close.TRY_LATER
        assert cid.ended is not None and cid.ended.code == "busy_entrance"
        assert "5 seconds" in cid.ended.fix
        assert hall.hub.entrance.turned_away == 1


def test_those_who_have_not_said_hello_fill_the_queue_before_which_others_wait() -> None:
    """They had a place among those who go straight in, and all but a few were heard for nothing."""
    with limited(entries_burst_max=1, entries_per_second_max=0.01, waiting_visitors_max=3):
        hall = Hall()
        comes(hall, "Ann")
        robots = [RobotCore(name) for name in ("Bob", "Cid", "Dan")]
        for robot in robots:
            hall.connect(robot)
        hall.hub.entrance.check_door()  # nobody waits: for all that is known they go straight in
        hall.settle()
        assert sorted(places(robots)) == [1, 2, 3]
        with pytest.raises(Busy):
            hall.hub.entrance.check_door()
        hall.network.lines[-1].cut()
        hall.hub.entrance.check_door()
        hall.connect(RobotCore("Eve"))
        with pytest.raises(Busy):
            hall.hub.entrance.check_door()


def test_who_was_let_past_the_door_counts_before_there_is_a_session_and_not_for_ever() -> None:
    with limited(entries_burst_max=1, entries_per_second_max=0.01, waiting_visitors_max=3):
        hall = Hall()
        comes(hall, "Ann")
        comes(hall, "Bob")
        for _ in range(2):
            hall.hub.entrance.check_door()
            hall.hub.entrance.promise()
        with pytest.raises(Busy):
            hall.hub.entrance.check_door()
        comes(hall, "Cid")  # one of the two
        with pytest.raises(Busy):
            hall.hub.entrance.check_door()
        hall.tick(3 * LIMITS.tick_hz)  # the other is never heard of
        hall.hub.entrance.check_door()


def test_of_a_storm_of_newcomers_so_many_a_second_come_in_and_nobody_is_turned_away() -> None:
    with limited(entries_burst_max=3, entries_per_second_max=4.0):
        hall = Hall()
        robots = [comes(hall, f"R{number}")[0] for number in range(12)]
        assert sum(robot.inside for robot in robots) == 3
        assert robots[-1].queued is not None and robots[-1].queued.why == BUSY
        assert robots[-1].queued.seconds == 9 // 4 + 1
        inside = []
        for _ in range(3):
            second(hall)
            inside.append(sum(robot.inside for robot in robots))
        assert inside[0] in (6, 7), "the last token of a second may be there a tick later"
        assert inside[1] - inside[0] == 4 and inside[2] == 12


def test_who_comes_to_wait_takes_nobodys_turn() -> None:
    inside = []
    for newcomers in (0, LIMITS.tick_hz):
        with limited(entries_burst_max=3, entries_per_second_max=8.0):
            hall = Hall()
            robots = [comes(hall, f"R{number}")[0] for number in range(30)]
            for number in range(2 * LIMITS.tick_hz):
                hall.now += 100_000
                if number < newcomers:
                    comes(hall, f"N{number}")
                hall.tick()
            hall.settle()
            inside.append(sum(robot.inside for robot in robots))
    assert inside[1] == inside[0] == 30


def test_nobody_comes_into_a_world_that_is_too_much_already_until_it_calms_down() -> None:
    hall = Hall()
    comes(hall, "Ann")
    for _ in range(3 * SLOW_TICKS):
        hall.hub.pace.observe(2.0)
    assert hall.hub.pace.is_spent
    bob, _ = comes(hall, "Bob")
    assert bob.queued is not None and bob.queued.why == BUSY
    second(hall)
    assert bob.inside
    for _ in range(CALM_TICKS):
        hall.hub.pace.observe(0.1)
    assert not hall.hub.pace.is_spent


def test_slow_ticks_make_newcomers_dearer() -> None:
    with limited(entries_burst_max=8, entries_per_second_max=8.0):
        hall = Hall()
        for _ in range(2 * SLOW_TICKS):
            hall.hub.pace.observe(2.0)
        assert hall.hub.pace.divider == 4
        robots = [comes(hall, f"R{number}")[0] for number in range(6)]
        assert sum(robot.inside for robot in robots) == 2


def test_who_waits_may_ping_and_nothing_else_and_is_not_taken_for_silent() -> None:
    with limited(visitors_per_world_max=1):
        hall = Hall()
        comes(hall, "Ann")
        bob, line = comes(hall, "Bob")
        session = line.session
        assert session is not None
        heard: list[object] = []
        hears = lambda data: heard.append(wire.decode_from_server(data))  # noqa: E731
        session.transport.send = hears  # type: ignore[method-assign]
        session.receive(wire.encode(Ping(1)))
        session.receive(wire.encode(Do(2, "paint", {"colour": "#ffffff"})))
        session.receive(wire.encode_pose(wire.Pose(1, 0, 1)))
        assert isinstance(heard[0], Pong) and isinstance(heard[1], Refusal)
        for _ in range(int(LIMITS.hello_seconds_max) + 2):
            second(hall)
        assert line.close_code == 0 and bob.queued is not None


def test_more_than_may_be_entering_at_once_wait() -> None:
    with limited(entering_max=4):
        hall = Hall()
        robots = [RobotCore(f"R{number}") for number in range(5)]
        for robot in robots:
            hall.connect(robot)
        hall.network.step()
        hall.network.step()
        assert len(hall.hub.entrance) == 1
        hall.settle()
        second(hall)
        assert all(robot.inside for robot in robots)


@pytest.mark.parametrize("leaves", [True, False])
def test_an_empty_queue_costs_a_newcomer_nothing(leaves: bool) -> None:
    hall = Hall()
    ann, line = comes(hall, "Ann")
    if leaves:
        line.cut()
    assert ann.queued is None and comes(hall, "Bob")[0].inside

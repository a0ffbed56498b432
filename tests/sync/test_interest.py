"""Promised: everyone sees the movers near them, bytes are shared, crowds are capped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldloom.kernel.limits import LIMITS
from worldloom.sync import wire
from worldloom.sync.interest import Delivery, Interest
from worldloom.sync.motion import Motion, Slot

Places = list[tuple[float, float]]
COORDINATE = st.floats(-200, 200) | st.sampled_from([-32.0, 0.0, 31.999, 32.0, 9999.0, -9999.0])


def crowd(places: Places) -> tuple[Motion, Interest, list[Slot]]:
    motion = Motion(max(len(places), 1))
    slots = [motion.join((x, 0.0, z), 0.0, 0) for x, z in places]
    return motion, Interest(motion), slots


def seen(deliveries: list[Delivery]) -> dict[int, set[int]]:
    """Return for each row which rows its frame holds."""
    found: dict[int, set[int]] = {}
    for delivery in deliveries:
        frame = wire.decode_motion(delivery.payload)
        assert frame.full == delivery.full
        rows = {int(row) for part in frame.sections for row in part.records["slot"]}
        for row in delivery.rows:
            assert row not in found, "one frame a tick"
            found[row] = rows
    return found


def near(motion: Motion, one: int, other: int) -> bool:
    a, b = motion.bodies[one], motion.bodies[other]
    columns = abs(int(a["cell_x"]) - int(b["cell_x"]))
    return columns <= 1 and abs(int(a["cell_z"]) - int(b["cell_z"])) <= 1


@given(st.lists(st.tuples(COORDINATE, COORDINATE), max_size=40), st.data())
def test_everyone_sees_exactly_the_movers_in_the_nine_cells_around(
    places: Places, data: st.DataObject
) -> None:
    motion, interest, slots = crowd(places)
    every = range(len(slots))
    first = seen(list(interest.frames(1, 1)))
    assert first == {row: {o for o in every if near(motion, row, o)} for row in every}
    movers = set(data.draw(st.sets(st.sampled_from(every)))) if places else set()
    for row in movers:
        motion.moved[row] = True
    deliveries = list(interest.frames(2, 1))
    for delivery in deliveries:
        for row in delivery.rows:
            wanted = set(every) if delivery.full else movers
            assert seen([delivery])[row] == {o for o in wanted if near(motion, row, o)}
    served = {row for delivery in deliveries for row in delivery.rows}
    assert served >= {row for row in every if any(near(motion, row, o) for o in movers)}
    assert not motion.moved.any()


def test_those_in_one_cell_share_the_very_same_bytes() -> None:
    motion, interest, _ = crowd([(1, 1), (2, 2), (100, 100)])
    deliveries = list(interest.frames(1, 1))
    assert sorted(delivery.rows for delivery in deliveries) == [(0, 1), (2,)]


def test_nobody_is_sent_a_frame_in_which_nobody_moves() -> None:
    _, interest, _ = crowd([(1, 1), (2, 2)])
    list(interest.frames(1, 1))
    assert sum(len(list(interest.frames(tick, 1))) for tick in range(2, 60)) <= 1


def test_everyone_gets_a_full_frame_every_few_seconds() -> None:
    motion, interest, _ = crowd([(1, 1), (70, 70)])
    list(interest.frames(0, 1))
    ticks = int(LIMITS.full_frame_seconds * LIMITS.tick_hz)
    full = [row for t in range(1, ticks + 1) for d in interest.frames(t, 1) for row in d.rows]
    assert sorted(full) == [0, 1]


def test_who_was_skipped_or_changes_cell_gets_a_full_frame() -> None:
    motion, interest, slots = crowd([(1, 1), (2, 2)])
    list(interest.frames(1, 1))
    interest.owe(1)
    motion.moved[0] = True
    kinds = {row: d.full for d in interest.frames(2, 1) for row in d.rows}
    assert kinds == {0: False, 1: True}
    motion.place(slots[0], (40.0, 0.0, 1.0), 0.0, 0)
    kinds = {row: d.full for d in interest.frames(3, 1) for row in d.rows}
    assert kinds == {0: True, 1: False}


@given(st.lists(st.tuples(COORDINATE, COORDINATE), min_size=2, max_size=20), st.data())
def test_who_goes_out_of_sight_is_gone_from_the_very_next_frame(
    places: Places, data: st.DataObject
) -> None:
    motion, interest, slots = crowd(places)
    every = range(len(slots))
    visible = seen(list(interest.frames(1, 1)))
    for tick in (2, 3):
        for row in data.draw(st.sets(st.sampled_from(every))):
            x, z = data.draw(st.tuples(COORDINATE, COORDINATE))
            motion.place(slots[row], (x, 0.0, z), 0.0, 0)
        for delivery in interest.frames(tick, 1):
            for row in delivery.rows:
                found = seen([delivery])[row]
                # A full frame says all who are near; any other adds to them.
                visible[row] = found if delivery.full else visible[row] | found
        assert visible == {row: {o for o in every if near(motion, row, o)} for row in every}


def test_a_slower_tick_is_told_in_the_frame() -> None:
    _, interest, _ = crowd([(1, 1)])
    [delivery] = interest.frames(4, 4)
    assert wire.decode_motion(delivery.payload).divider == 4


def test_a_crowd_is_capped_to_the_nearest() -> None:
    most = LIMITS.visible_visitors_max
    places = [(16 + i * 0.01, 16.0) for i in range(most)] + [(60.0, 16.0 + i) for i in range(9)]
    motion, interest, slots = crowd(places)
    frames = seen(list(interest.frames(1, 1)))
    assert frames[0] == set(range(most))
    motion.moved[[3, most + 1]] = True
    frames = seen([d for d in interest.frames(2, 1) if not d.full])
    assert frames[0] == {3}
    interest.forget(0)
    motion.leave(slots[0])
    assert 0 not in seen(list(interest.frames(3, 1)))


@pytest.mark.parametrize("count", [0, 1])
def test_an_empty_world_sends_nothing_and_a_lone_visitor_sees_itself(count: int) -> None:
    _, interest, _ = crowd([(0.0, 0.0)] * count)
    assert len(list(interest.frames(1, 1))) == count

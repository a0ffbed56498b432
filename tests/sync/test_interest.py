"""Promised: everyone sees the movers near them, bytes are shared, crowds are capped."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldloom.kernel.limits import LIMITS
from worldloom.sync import wire
from worldloom.sync.frames import Cutter
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


def close(motion: Motion, one: int, other: int) -> bool:
    """Tell whether another stands at most half a cell (of 16 m tiles) from one's own cell."""
    cell = motion.bodies[one]
    places = wire.CELL_M * np.array([cell["cell_x"], cell["cell_z"]])
    tile = np.floor((motion.places[other][[0, 2]] - places) / 16)
    return bool((tile >= -1).all() and (tile <= 2).all())


@given(st.lists(st.tuples(COORDINATE, COORDINATE), max_size=40), st.data())
def test_everyone_sees_movers_who_are_close_in_each_frame_and_the_far_ones_in_their_turn(
    places: Places, data: st.DataObject
) -> None:
    motion, interest, slots = crowd(places)
    every = range(len(slots))
    divider = data.draw(st.sampled_from(wire.DIVIDERS))
    first = seen(list(interest.frames(0, divider)))
    assert first == {row: {o for o in every if near(motion, row, o)} for row in every}
    owed: dict[int, dict[int, int]] = {row: {} for row in every}
    for tick in range(divider, 10 * divider, divider):
        movers = set(data.draw(st.sets(st.sampled_from(every)))) if places else set()
        for row in movers:
            motion.moved[row] = True
        for row in every:
            for mover in movers:
                if near(motion, row, mover) and not close(motion, row, mover):
                    owed[row].setdefault(mover, tick)
        frames = {row: d for d in interest.frames(tick, divider) for row in d.rows}
        for row in every:
            held = seen([frames[row]])[row] if row in frames else set()
            if row in frames and frames[row].full:
                assert held == {o for o in every if near(motion, row, o)}
            else:
                assert {o for o in held if close(motion, row, o)} == {
                    o for o in movers if close(motion, row, o)
                }
                assert all(near(motion, row, o) for o in held)
            for mover in held & owed[row].keys():
                del owed[row][mover]
            for since in owed[row].values():
                assert tick - since < wire.FAR_TICKS, "nobody waits longer than for one turn"
    assert not motion.moved.any()


def test_who_is_far_costs_a_quarter_of_who_is_close() -> None:
    motion, interest, _ = crowd([(1, 1), (2, 2), (60, 60)])
    list(interest.frames(0, 1))
    held = []
    for tick in range(1, 41):
        motion.moved[:] = True
        held += [seen([d])[0] for d in interest.frames(tick, 1) if 0 in d.rows and not d.full]
    assert sum(1 in rows for rows in held) == len(held) > 35
    assert 9 <= sum(2 in rows for rows in held) <= 10
    assert 80 < interest.put_off <= 90, "one far from two, two far from one, three in four ticks"


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
        for row in every:
            assert visible[row] <= {o for o in every if near(motion, row, o)}
            assert visible[row] >= {o for o in every if close(motion, row, o)}


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


def dense(count: int, side: float) -> Places:
    """Return places of a crowd that stands evenly in a square of so many metres."""
    edge = math.ceil(count**0.5)
    gap = side / edge
    return [((at % edge + 0.5) * gap, (at // edge + 0.5) * gap) for at in range(count)]


def test_in_a_dense_crowd_everyone_sees_those_around_themself() -> None:
    most = LIMITS.visible_visitors_max
    places = dense(2_500, 64.0)
    _, interest, _ = crowd(places)
    frames = seen(list(interest.frames(1, 1)))
    assert len(frames) == len(places)
    for row in range(0, len(places), 97):
        x, z = places[row]
        assert len(frames[row]) == most and row in frames[row]
        around = {
            other
            for other, (a, b) in enumerate(places)
            if max(abs(a - x), abs(b - z)) < 4.0  # half of the smallest part of a split cell
        }
        # Parts of a cell are 8 m wide, so that who stands at the edge of one sees less beyond it.
        assert len(around & frames[row]) > 0.85 * len(around)


def test_a_dense_crowd_costs_few_encodings() -> None:
    _, interest, _ = crowd(dense(2_500, 64.0))
    assert len(list(interest.frames(1, 1))) <= 64, "one for each 8 m"


def test_of_all_who_stand_on_one_spot_everyone_is_seen_in_turn() -> None:
    most = LIMITS.visible_visitors_max
    motion, interest, _ = crowd([(4.0, 4.0)] * (4 * most))
    shown: set[int] = set()
    every = int(LIMITS.full_frame_seconds * LIMITS.tick_hz)
    for tick in range(5 * every):
        motion.moved[:] = True
        for delivery in interest.frames(tick, 1):
            found = seen([delivery])
            assert all(len(rows) <= most for rows in found.values())
            shown |= set().union(*found.values())
    assert shown == set(range(4 * most))


def test_who_walks_to_another_part_of_a_split_cell_is_shown_who_stands_there() -> None:
    places = dense(2_500, 64.0)
    motion, interest, slots = crowd(places)
    list(interest.frames(1, 1))
    there = 1_275
    motion.place(slots[0], (places[there][0] + 0.1, 0.0, places[there][1]), 0.0, 0)
    deliveries = [d for d in interest.frames(2, 1) if 0 in d.rows]
    assert [d.full for d in deliveries] == [True]
    assert there in seen(deliveries)[0]


def test_who_drops_out_of_the_nearest_is_gone_within_a_second() -> None:
    most, chance = LIMITS.visible_visitors_max, np.random.default_rng(5)
    places = np.array(dense(2_500, 64.0))
    motion, interest, slots = crowd([tuple(place) for place in places])
    ways = chance.uniform(0, 2 * math.pi, len(places))
    tracked: dict[int, dict[int, int]] = {row: {} for row in range(0, len(places), 90)}
    for tick in range(4 * LIMITS.tick_hz):
        places += 0.07 * np.column_stack((np.cos(ways), np.sin(ways)))  # 1.4 m/s
        outside = ((places < 1) | (places > 63)).any(axis=1)  # nobody leaves these four cells
        ways[outside] += math.pi
        for slot, (x, z) in zip(slots, places.tolist(), strict=True):
            motion.place(slot, (x, 0.0, z), 0.0, 0)
        for delivery in interest.frames(tick, 1):
            for row in tracked.keys() & set(delivery.rows):
                rows = seen([delivery])[row]
                known = {} if delivery.full else tracked[row]
                tracked[row] = {**known, **dict.fromkeys(rows, tick)}
        for known in tracked.values():
            assert tick - min(known.values()) <= LIMITS.tick_hz, "told of within a second, or gone"
            assert len(known) <= 1.25 * most, "so many a page can draw"


def test_blocking_somebody_in_a_capped_crowd_hides_them_from_the_own_frame_only() -> None:
    _, interest, _ = crowd(dense(2_500, 64.0))
    frames = seen(list(interest.frames(1, 1, {0: frozenset({1, 2})})))
    assert not frames[0] & {1, 2} and len(frames[0]) >= LIMITS.visible_visitors_max - 2
    assert interest.own_frames == 1
    assert {1, 2} <= frames[3]


def test_one_whom_all_are_spared_costs_one_frame_more_a_cell_and_who_is_not_near_costs_none() -> (
    None
):
    _, interest, slots = crowd([(16.0, 16.0)] * 40 + [(400.0, 16.0)])
    troll, far = 0, len(slots) - 1
    hidden = {row: frozenset({troll, far}) for row in range(1, far)}
    hidden[troll] = frozenset(range(1, far))
    deliveries = list(interest.frames(1, 1, hidden))
    assert interest.own_frames == 2, "one for all who are spared the troll, one for the troll"
    assert len(deliveries) == 3
    frames = seen(deliveries)
    assert frames[troll] == {troll} and frames[far] == {far}
    assert all(frames[row] == set(range(1, far)) for row in range(1, far))
    away = {row: frozenset({far}) for row in range(far)}
    motion, interest, _ = crowd([(16.0, 16.0)] * 40 + [(400.0, 16.0)])
    assert len(list(interest.frames(1, 1, away))) == 2 and interest.own_frames == 0


@given(st.lists(st.tuples(COORDINATE, COORDINATE), min_size=1, max_size=30), st.data())
def test_whoever_is_spared_whomever_everyone_sees_all_others(
    places: Places, data: st.DataObject
) -> None:
    motion, interest, slots = crowd(places)
    rows = st.sampled_from(range(len(slots)))
    hidden = data.draw(st.dictionaries(rows, st.frozensets(rows, min_size=1)))
    found = seen(list(interest.frames(7, 1, hidden)))
    for row in range(len(slots)):
        near_by = {other for other in range(len(slots)) if near(motion, row, other)}
        assert found[row] == near_by - hidden.get(row, frozenset())


@given(st.lists(st.tuples(COORDINATE, COORDINATE), min_size=1, max_size=30), st.data())
def test_a_frame_without_some_is_the_same_frame_less_their_records(
    places: Places, data: st.DataObject
) -> None:
    _, interest, slots = crowd(places)
    spared = data.draw(st.frozensets(st.sampled_from(range(len(slots))), min_size=1))
    for delivery in interest.frames(7, 2):
        whole, less = (
            wire.decode_motion(payload)
            for payload in (delivery.payload, Cutter(delivery.payload).without(spared))
        )
        assert (less.tick, less.full, less.divider) == (7, delivery.full, 2)
        kept = [
            (part.cell_x, part.cell_z, record.tobytes())
            for part in whole.sections
            for record in part.records
            if int(record["slot"]) not in spared
        ]
        assert kept == [
            (part.cell_x, part.cell_z, record.tobytes())
            for part in less.sections
            for record in part.records
        ]
        assert all(len(part.records) for part in less.sections)


@pytest.mark.parametrize("count", [0, 1])
def test_an_empty_world_sends_nothing_and_a_lone_visitor_sees_itself(count: int) -> None:
    _, interest, _ = crowd([(0.0, 0.0)] * count)
    assert len(list(interest.frames(1, 1))) == count

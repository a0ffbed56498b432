"""Promised: rates are bounded with room for bursts; frames slow down and recover steadily."""

from hypothesis import given
from hypothesis import strategies as st

from worldloom.kernel.bucket import Bucket
from worldloom.sync.pace import CALM_TICKS, CALM_TICKS_MAX, SLOW_TICKS, Pace


@given(st.lists(st.integers(0, 100_000), max_size=200))
def test_no_more_is_taken_than_the_burst_and_the_rate(waits: list[int]) -> None:
    now, taken = 0, 0
    bucket = Bucket(rate=10, burst=5, now_us=now)
    for wait in waits:
        now += wait
        taken += bucket.take(1, now)
    assert taken <= 5 + now * 10 / 1e6 + 1e-6


def test_a_clock_that_goes_back_gives_nothing() -> None:
    bucket = Bucket(rate=10, burst=1, now_us=1_000_000)
    assert bucket.take(1, 0) and not bucket.take(1, 0)


def test_sustained_overrun_slows_the_frames_and_calm_speeds_them_up() -> None:
    pace = Pace()
    for divider in (2, 4, 4):
        for _ in range(SLOW_TICKS):
            pace.observe(1.5)
        assert pace.divider == divider
    assert pace.is_spent
    dividers = []
    for _ in range(3 * CALM_TICKS):
        pace.observe(0.1)
        dividers.append(pace.divider)
    assert sorted(set(dividers), reverse=True) == [4, 2, 1]
    assert dividers == sorted(dividers, reverse=True)
    assert min(dividers.count(4), dividers.count(2)) >= CALM_TICKS - 1


def test_ticks_that_are_full_and_in_time_slow_nothing() -> None:
    pace = Pace()
    for _ in range(1000):
        pace.observe(0.85)
    assert pace.divider == 1


def test_half_of_the_ticks_being_cheap_is_no_reason_to_send_twice_as_much() -> None:
    pace = Pace()
    for _ in range(SLOW_TICKS):
        pace.observe(1.0)
    for tick in range(10 * CALM_TICKS):
        pace.observe(0.9 if tick % 2 else 0.05)
    assert pace.divider == 2


def test_a_relapse_makes_the_next_try_come_later() -> None:
    pace = Pace()
    tries: list[int] = []
    ticks = 0
    while len(tries) < 4:
        before = pace.divider
        pace.observe(1.0 if before == 1 else 0.2)
        ticks += 1
        if pace.divider < before:
            tries.append(ticks)
    waits = [later - earlier for earlier, later in zip(tries, tries[1:], strict=False)]
    assert waits[0] < waits[1] < waits[2] and waits[-1] < CALM_TICKS_MAX + 2 * SLOW_TICKS


def test_single_slow_ticks_change_nothing() -> None:
    pace = Pace()
    for tick in range(1000):
        pace.observe(2.0 if tick % SLOW_TICKS == 0 else 0.5)
    assert pace.divider == 1

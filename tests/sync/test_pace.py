"""Promised: rates are bounded with room for bursts; frames slow down and recover steadily."""

from hypothesis import given
from hypothesis import strategies as st

from worldloom.kernel.bucket import Bucket
from worldloom.sync.pace import CALM_TICKS, SLOW_TICKS, Pace


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
    for divider in (2, 1, 1):
        for _ in range(CALM_TICKS):
            pace.observe(0.1)
        assert pace.divider == divider


def test_single_slow_ticks_change_nothing() -> None:
    pace = Pace()
    for tick in range(1000):
        pace.observe(2.0 if tick % SLOW_TICKS == 0 else 0.5)
    assert pace.divider == 1

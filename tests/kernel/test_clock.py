"""Promised: a realm's time goes on, whatever happens to the machine's clock."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.kernel.host import SECOND, Host
from worldloom.kernel.clock import SteadyClock
from worldloom.kernel.world import World


@given(st.lists(st.integers(0, 10**16), min_size=2))
def test_time_never_runs_backwards_whatever_the_machine_says(readings: list[int]) -> None:
    left = list(reversed(readings))
    clock = SteadyClock(left.pop)
    times = [clock() for _ in readings[1:]]
    assert times == sorted(times)


@given(st.lists(st.integers(-(10**9), 10**9)), st.integers(0, 10**6))
def test_time_passes_as_it_does_on_the_machine_after_it_was_set_back(
    steps: list[int], passed: int
) -> None:
    now = [10**15]
    clock = SteadyClock(lambda: now[0])
    for step in steps:
        now[0] += step
        clock()
    before = clock()
    now[0] += passed
    assert clock() == before + passed


def test_a_log_that_is_ahead_of_the_machine_is_continued() -> None:
    clock = SteadyClock(lambda: 1_000)
    clock.reach(5_000)
    assert clock() == 5_000
    clock.reach(3_000)
    assert clock() == 5_000


def test_timers_run_on_while_the_machine_is_an_hour_behind_its_own_log() -> None:
    host = Host()
    world = World("w")
    runs: list[int] = []

    @world.every(1)
    def count() -> None:
        runs.append(world.now)

    host.open(world)
    host.now += SECOND
    host.realm.tick()
    host.now -= 3_600 * SECOND
    host.realm.tick()
    for _ in range(3):
        host.now += SECOND
        host.realm.tick()
    assert [later - sooner for sooner, later in zip(runs, runs[1:], strict=False)] == [SECOND] * 3

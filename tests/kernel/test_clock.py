"""Promised: a realm's time goes on, whatever happens to the machine's clock."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.kernel.host import SECOND, Host
from tests.kernel.test_forgetting import ANN, Noted
from worldloom.kernel.clock import SteadyClock
from worldloom.kernel.personal import Personal
from worldloom.kernel.realm import Command
from worldloom.kernel.records import read
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


def diary() -> World:
    world = World("diary")

    @world.action
    def note(text: str) -> None:
        world.append(Noted(1, Personal(text)))

    return world


def set_back(host: Host) -> Host:
    """Return the realm as it is opened again by a machine whose clock was set back since."""
    host.open(diary())
    host.now += 1_000 * SECOND
    host.do("diary", "note", ANN, text="mine")
    return Host(host.store)


def times(host: Host) -> list[int]:
    stream = next(head for head in host.store.streams() if head.name == "diary")
    return [one.time for one in read(host.store.records(stream.id, 0, stream.seq))]


def test_forgetting_somebody_in_a_world_that_slept_is_no_step_back(host: Host) -> None:
    again = set_back(host)
    before = len(times(again))
    again.realm.forget(ANN.account)
    again.flush()
    assert len(times(again)) > before and times(again) == sorted(times(again))


def test_a_moment_that_was_taken_before_a_world_was_opened_is_taken_anew(host: Host) -> None:
    again = set_back(host)
    again.open(diary())
    now = again.realm.now()
    again.realm.world("diary").lost = True  # as after a group that the disk did not take
    again.realm.do(Command("diary", "note", {"text": "more"}, ANN), now - SECOND)
    again.flush()
    assert times(again) == sorted(times(again))

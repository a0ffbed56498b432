"""Refreshers fall due as the package's own test of FSRS-6 has it, and by no chance."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worldloom import Misused
from worldloom.kits.academy.mastery.refreshing import DAY_US, Memory, refresh, retained

NOW = 1_700_000_000_000_000


def kept(answers: list[bool]) -> list[Memory]:
    """Return the memories of who comes to each refresher on its day."""
    found: list[Memory] = []
    memory, now = None, NOW
    for right in answers:
        memory = refresh(memory, right, now)
        now = memory.due
        found.append(memory)
    return found


def days(memory: Memory) -> int:
    return (memory.due - memory.last) // DAY_US


def test_who_still_knows_it_is_asked_ever_more_seldom() -> None:
    found = [days(memory) for memory in kept([True] * 5)]
    # py-fsrs tests/test_basic.py, five times Good: 2, 11, 46, 163, 498 days (with a first step of
    # ten minutes, which we leave out).
    assert found == pytest.approx([2, 11, 46, 163, 498], abs=1)


def test_who_forgot_it_comes_back_sooner() -> None:
    good, bad = kept([True, True, True])[-1], kept([True, True, False])[-1]
    assert days(bad) < days(good)
    hard = refresh(kept([True])[-1], True, NOW + 2 * DAY_US, hesitant=True)
    assert days(hard) < days(kept([True, True])[-1])


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=8))
def test_the_same_answers_give_the_same_days(answers: list[bool]) -> None:
    found = kept(answers)
    assert found == kept(answers)
    for memory in found:
        assert days(memory) >= 1
        assert retained(memory, memory.last) == pytest.approx(1.0)
        later = [retained(memory, memory.last + day * DAY_US) for day in (1, 10, 100)]
        assert later == sorted(later, reverse=True)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsrs", None)
    with pytest.raises(Misused) as refusal:
        refresh(None, True, NOW)
    assert "worldloom[academy]" in refusal.value.fix

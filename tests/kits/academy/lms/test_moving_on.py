"""When a learner may move on: the table of the standard, and what holds for any course."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kits.academy.lms.test_packages import structures
from worldloom.kits.academy.lms.cmi5.moving_on import is_met, news, satisfied
from worldloom.kits.academy.lms.cmi5.structure import Block, MoveOn, Structure, units_of

verbs = st.sets(st.sampled_from(["launched", "initialized", "completed", "passed", "failed",
                                 "terminated", "abandoned", "waived"]))  # fmt: skip


@pytest.mark.parametrize(
    ("move_on", "neither", "completed", "passed", "both"),
    [
        ("Passed", False, False, True, True),
        ("Completed", False, True, False, True),
        ("CompletedAndPassed", False, False, False, True),
        ("CompletedOrPassed", False, True, True, True),
        ("NotApplicable", True, True, True, True),
    ],
)
def test_a_unit_is_satisfied_as_the_standard_says(
    move_on: MoveOn, neither: bool, completed: bool, passed: bool, both: bool
) -> None:
    """cmi5, 13.1.4, moveOn."""
    for told, expected in (
        ((), neither), (("completed",), completed), (("passed",), passed),
        (("completed", "passed"), both), (("waived",), True),
        (("failed", "terminated", "abandoned"), neither),
    ):  # fmt: skip
        assert is_met(move_on, told) is expected


@given(st.sampled_from(["Passed", "Completed", "CompletedAndPassed", "CompletedOrPassed",
                        "NotApplicable"]), verbs, verbs)  # fmt: skip
def test_more_that_was_told_never_takes_satisfaction_away(
    move_on: MoveOn, told: set[str], more: set[str]
) -> None:
    assert is_met(move_on, told) <= is_met(move_on, told | more)


@given(structures, st.data())
def test_blocks_and_courses_are_satisfied_when_all_in_them_is(
    structure: Structure, data: st.DataObject
) -> None:
    told = {unit.id: data.draw(verbs) for unit in structure.units()}
    found = list(satisfied(structure, told))
    met = {unit.id for unit in structure.units() if is_met(unit.move_on, told[unit.id])}

    def expected(parts: tuple[object, ...]) -> list[str]:
        return [
            id for part in parts if isinstance(part, Block)
            for id in (*expected(part.parts),
                       *([part.id] if {u.id for u in units_of(part.parts)} <= met else []))
        ]  # fmt: skip

    whole = [structure.id] if {unit.id for unit in structure.units()} <= met else []
    assert found == [*expected(structure.parts), *whole]
    assert len(set(found)) == len(found)


@given(structures, st.data())
def test_each_is_said_once(structure: Structure, data: st.DataObject) -> None:
    said: set[str] = set()
    told: dict[str, set[str]] = {unit.id: set() for unit in structure.units()}
    for unit in structure.units():
        told[unit.id] |= data.draw(verbs)
        fresh = news(structure, told, said)
        assert not said & set(fresh)
        said |= set(fresh)
    assert said == set(satisfied(structure, told))


@given(structures)
def test_a_learner_whose_every_unit_is_waived_has_the_course(structure: Structure) -> None:
    told = {unit.id: {"waived"} for unit in structure.units()}
    assert list(satisfied(structure, told))[-1] == structure.id

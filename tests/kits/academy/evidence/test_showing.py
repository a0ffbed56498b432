"""Instructors see a group's evidence in a panel, and on demand as a map on the floor."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kits.academy.courses.making import KITCHEN
from tests.kits.academy.evidence.test_observing import AWAY, TO_THE_PAN, Watched
from worldloom import Conflict, Heat, NotAllowed, Role, Text
from worldloom.kernel.arrays import read
from worldloom.kernel.recording import be_recorded, record
from worldloom.kernel.schema import decode
from worldloom.kernel.showing import shown_of
from worldloom.kernel.space import world_pose
from worldloom.kits.academy.evidence.adding import Learnt, Tried
from worldloom.kits.academy.evidence.limits import EVIDENCE_LIMITS as LIMITS
from worldloom.kits.academy.evidence.showing import MAP
from worldloom.kits.academy.evidence.views import What, cohort, floor_of, looks_of
from worldloom.presence.panels.book import book_of

cells = st.dictionaries(
    st.tuples(st.integers(-400, 400), st.integers(-60, 60)),
    st.tuples(st.floats(0, 60), st.floats(0, 60)), min_size=1, max_size=8,
)  # fmt: skip


def test_a_row_is_the_median_wait_the_errors_and_the_share_that_looked() -> None:
    group = [
        Learnt({"see": Tried(1, errors, wait, looked, 1)})
        for errors, wait, looked in ((0, 2.0, 1), (3, 9.0, 0), (1, None, 1), (0, 4.0, 1))
    ]
    assert cohort(KITCHEN, group) == (("see", 4, "4.0", 4, "75%"),)
    assert cohort(KITCHEN, []) == ()


def test_steps_that_no_course_has_any_more_are_not_shown() -> None:
    assert cohort(KITCHEN, [Learnt({"gone": Tried(1)})]) == ()


@given(st.lists(cells, min_size=3, max_size=5))
def test_a_map_is_the_mean_time_on_each_cell_about_its_middle(floors: list[Any]) -> None:
    found = floor_of([Learnt({}, floor) for floor in floors], "stood")
    grid = read(found.heat.data)
    assert max(grid.shape) <= LIMITS.heat_side_cells_max
    total = sum(stood for floor in floors for stood, _ in floor.values()) / len(floors)
    widest = [max(cell[0] for floor in floors for cell in floor), min(
        cell[0] for floor in floors for cell in floor)]  # fmt: skip
    if widest[0] - widest[1] + 3 <= LIMITS.heat_side_cells_max:
        assert float(grid[grid >= 0].sum()) == pytest.approx(total, rel=1e-4, abs=1e-4)
        assert 2 * found.middle[0] == pytest.approx((widest[0] + widest[1] + 1) * LIMITS.cell_m)


def test_the_map_of_hesitation_has_the_time_before_the_first_try_and_no_more() -> None:
    group = [Learnt({}, {(0, 0): (9.0, before), (1, 0): (4.0, 0.0)}) for before in (1.0, 2.0, 6.0)]
    expected: dict[What, list[float]] = {"hesitated": [3.0, 0.0], "stood": [9.0, 4.0]}
    for what, seconds in expected.items():
        grid = read(floor_of(group, what).heat.data)
        assert [float(one) for one in grid[1]] == [-1.0, *seconds, -1.0]


def test_a_map_of_few_would_show_a_persons_own_way_and_is_refused() -> None:
    group = [Learnt({}, {(0, 0): (1.0, 0.5)}) for _ in range(LIMITS.heat_learners_min - 1)]
    with pytest.raises(Conflict, match="let their way be recorded"):
        floor_of([*group, Learnt()], "stood")


def class_of(people: int, facing: int = 1) -> Watched:
    """Return a school where so many recorded learners found the pan, and Mo instructs.

    So many of them faced it before.
    """
    school = Watched()
    school.decide(lambda world: record(world, True))
    for number in range(2, people + 1):
        name = f"guest:{number}"
        school.callers[name] = school.enter(name, f"L{number}", Role.VISITOR)
    for visitor in school.world.visitors:
        school.decide(lambda world, visitor=visitor: be_recorded(world, visitor, True))  # type: ignore[misc]
    for at, account in enumerate(list(school.callers)):
        school.face(AWAY if at >= facing else TO_THE_PAN, account)
        school.do("begin", account)
    school.watch(2)
    for account in list(school.callers):
        school.do("answer", account, given="pan")
        school.face(None, account)
    school.callers["boss"] = school.enter("boss", "Mo", Role.BUILDER)
    return school


def test_an_instructor_sees_the_steps_and_learners_do_not() -> None:
    school = class_of(3)
    school.wait(2)
    columns = {one.name: list(one.cells) for one in school.shown("evidence", "steps", "data")}
    assert columns["Course"] == ["A kitchen fire"] and columns["Learners"] == [3.0]
    assert columns["Looked before deciding"] == ["33%"]
    book = book_of(school.world).shown
    assert book.get("boss", ("evidence", ""), "shown", False) is True
    assert book.get("guest:1", ("evidence", ""), "shown", False) is False


def test_the_map_lies_on_the_floor_while_an_instructor_wants_it_and_is_not_kept() -> None:
    school = class_of(3)
    with pytest.raises(NotAllowed):
        school.do("show_evidence_map")
    assert school.do("show_evidence_map", "boss", what="stood") == "Where they stood"
    shown = shown_of(school.world).now
    assert [place[1] for place in shown] == ["Heat"]
    assert "Heat" not in school.live.state.entities[school.world[MAP].number].cells
    school.do("show_evidence_map", "boss")
    school.do("hide_evidence_map", "boss")
    assert MAP not in school.world
    school.do("hide_evidence_map", "boss")


def test_over_each_thing_hangs_how_long_it_was_faced_and_no_consent_is_needed_for_it() -> None:
    school = class_of(3, facing=3)
    assert school.do("show_evidence_map", "boss", what="looked") == "Where they looked"
    hung = [entity for entity in school.world.find(Text) if entity.name.startswith(MAP)]
    assert [entity[Text].value for entity in hung] == ["2.5 s"]
    ((place, data),) = shown_of(school.world).now.items()
    heat = decode(Heat, data)
    assert place[1] == "Heat" and float(read(heat.data)[0, 3]) == pytest.approx(2.5, abs=0.05)
    pan, ball = (world_pose(school.live.state, number).position
                 for number in (school.world["pan"].number, place[0]))  # fmt: skip
    assert (ball[0], ball[2]) == (pan[0], pan[2]) and ball[1] > pan[1], "over what was faced"
    school.do("hide_evidence_map", "boss")
    assert not [one for one in school.world.find(Text) if one.name.startswith(MAP)]


def test_how_long_things_were_faced_is_a_mean_of_those_who_faced_any_and_of_three_at_least() -> (
    None
):
    group = [Learnt(looks={"pan": 2.0, "tap": 1.0}), Learnt(looks={"pan": 4.0}), Learnt()]
    with pytest.raises(Conflict, match="2 learners were seen"):
        looks_of(group)
    assert looks_of([*group, Learnt(looks={"tap": 8.0})]) == {"tap": 3.0, "pan": 2.0}


def test_two_who_are_recorded_are_too_few_for_a_map() -> None:
    school = class_of(2)
    with pytest.raises(Conflict):
        school.do("show_evidence_map", "boss")
    assert MAP not in school.world

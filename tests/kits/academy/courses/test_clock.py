"""A course under way while the machine's clock jumps: durations stay sane, and nothing is lost."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kits.academy.courses.making import KITCHEN, answers
from tests.kits.academy.courses.school import School
from worldloom.kernel.live import load_state
from worldloom.kernel.records import read
from worldloom.kits.academy.courses.events import Answered, Asked, CourseEvent, Erred
from worldloom.kits.academy.courses.run import replay

HOUR = 3_600.0
LIMIT = KITCHEN.step("fast").seconds
waits = st.sampled_from((HOUR, -HOUR, 1.0, LIMIT + 1))
deeds = st.lists(waits | st.sampled_from(("water", "blanket")), max_size=8)


def at_the_hazard() -> School:
    """Return the school with a learner before the step that has to be quick."""
    school = School()
    school.do("begin")
    go_on(school, "fast")
    return school


def go_on(school: School, until: str = "") -> None:
    """Answer right until a step, or to the end."""
    while (id := school.run().step) and id != until:
        step, run = KITCHEN.step(id), school.run()
        right = str(int(not run.parts)) if step.kind == "dialogue" else answers(step, run)[0]
        school.do("answer", given=right)


def of_the_hazard(school: School) -> list[CourseEvent]:
    """Return what the log says of it."""
    every = [event for event, _ in school.happened()]
    told = [one for one in every if isinstance(one, Asked | Erred | Answered)]
    return [one for one in told if one.step == "fast"]


def test_a_hazard_is_late_once_for_each_jump_ahead_and_never_for_one_back() -> None:
    school = at_the_hazard()
    school.wait(-HOUR)
    assert len(of_the_hazard(school)) == 1, "an hour back is no time that passed"
    school.wait(LIMIT + 1)
    assert [type(one) for one in of_the_hazard(school)] == [Asked, Erred], "its time runs on"
    school.wait(HOUR)
    for _ in range(4):
        school.wait(0.5)
    _, *late = of_the_hazard(school)
    assert [isinstance(one, Erred) and one.late for one in late] == [True, True], "once an hour"
    school.wait(-HOUR)
    school.do("answer", given="blanket")
    last = of_the_hazard(school)[-1]
    assert isinstance(last, Answered) and last.right and last.tries == 2
    assert 0 < last.seconds < LIMIT, "only what passed since"


@settings(max_examples=40)
@given(deeds)
def test_whatever_the_clock_does_no_record_is_lost_and_no_duration_is_negative(
    deeds: list[float | str],
) -> None:
    school = at_the_hazard()
    for deed in deeds:
        if not isinstance(deed, str):
            school.wait(deed)
        elif school.run().step == "fast":
            school.do("answer", given=deed)
    go_on(school)

    records = list(read(school.store.records(school.live.stream, 0, school.live.seq)))
    seqs, times = [one.seq for one in records], [one.time for one in records]
    assert seqs == [one.seq for one in school.records] == list(range(1, school.live.seq + 1))
    assert times == sorted(times), "time never runs backwards in a log"
    assert replay(KITCHEN, school.happened()) == school.run()
    again = load_state(school.store, school.live.stream, school.live.seq)
    assert again.state_hash() == school.live.state.state_hash()

    kinds = [type(one) for one in of_the_hazard(school)]
    assert kinds[0] is Asked and kinds[-1] is Answered, "it is decided"
    assert set(kinds[1:-1]) <= {Erred} and len(kinds) < 2 + KITCHEN.tries_max, "and only once"
    ends = [event for event, _ in school.happened() if isinstance(event, Answered)]
    assert all(0 <= one.seconds <= HOUR * len(deeds) + 60 for one in ends)
    results = [one["result"] for one in school.statements() if "result" in one]
    spoken = [one["duration"] for one in results if "duration" in one]
    assert len(spoken) == len(ends) and not [one for one in spoken if "-" in one]

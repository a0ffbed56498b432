"""The course on the pump: its order and torques are those of its sources, and the pump answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kits.academy.courses.school import School
from worldloom import Invalid, Light, Text, Transform
from worldloom.kits.academy.courses.assembly import (
    NAMES,
    PROOF_N,
    PUTS_ON,
    TIGHTENS,
    TORQUES,
    Pump,
    loose,
    seat_of,
    torque,
)
from worldloom.kits.academy.courses.course import Step
from worldloom.kits.academy.courses.events import Answered
from worldloom.kits.academy.courses.yard import course
from worldloom.kits.academy.demo import make_world
from worldloom.studio.machines import pump

COURSE = course("pump")
STRESS_MM2 = {"M8": 36.6, "M10": 58.0, "M12": 84.3}
"""Stress area of the coarse threads, and the proof stress of class 8.8 in MPa, by ISO 898-1."""
PROOF_MPA = 580.0


@pytest.fixture
def school() -> Iterator[School]:
    world = make_world()
    world.resolve_assets(dict.fromkeys(world.asset_files(), "0" * 64))
    school = School(world)
    school.do("begin", course="pump")
    yield school


def right(step: Step) -> list[str]:
    """Return the right answers to a step, one after another."""
    if step.kind == "order":
        return [option.id for option in step.options]
    if step.dial is not None:
        return [f"{(step.dial.least + step.dial.most) / 2:g}"]
    return [next((option.id for option in step.options if option.right), step.target)]


def learn(school: School, until: str = "") -> list[str]:
    """Answer everything right until a step is asked, or the end; return the steps asked."""
    asked = []
    while (step := school.run(course=COURSE).step) and step != until:
        asked.append(step)
        for one in right(COURSE.step(step)):
            school.do("answer", given=one, course="pump")
    return asked


def state(school: School) -> Pump:
    return school.world["pump"][Pump]


def said(school: School) -> str:
    told = school.shown("course-pump", "said", "text", "guest:1")
    assert isinstance(told, str)
    return told


def test_the_torques_of_the_card_follow_from_the_proof_loads_of_iso_898() -> None:
    for thread, area in STRESS_MM2.items():
        assert PROOF_N[thread] == pytest.approx(area * PROOF_MPA, rel=0.003)
        assert 0 <= torque(thread) - TORQUES[thread] < 0.6, "the card rounds down"
    asked = {step.id: step.dial for step in COURSE.steps() if step.dial is not None}
    middle = {id: (dial.least + dial.most) / 2 for id, dial in asked.items()}
    assert middle == {
        "tighten-nut": TORQUES["M10"], "first-pass": 0.3 * TORQUES["M10"],
        "tighten-all": TORQUES["M10"], "small": TORQUES["M8"], "large": TORQUES["M12"],
    }  # fmt: skip


def test_the_five_parts_come_in_one_order_wherever_the_course_asks_for_it() -> None:
    assert [part for parts in PUTS_ON.values() for part in parts] == list(pump.ORDER)
    assert tuple(right(COURSE.step("from-memory"))) == pump.ORDER
    seats = [pump.SEATS[part] for part in ("seal", "impeller", "nut")]
    assert seats == sorted(seats), "what is on first sits nearest to the cover"


def test_everything_that_it_asks_to_press_stands_on_the_bench(school: School) -> None:
    for step in COURSE.steps():
        for name in (step.target, *step.decoys, *(one.thing for one in step.options)):
            assert not name or name in school.world, name
    assert {*PUTS_ON, *TIGHTENS} <= {step.id for step in COURSE.steps()}


def test_a_part_that_is_pressed_in_its_turn_goes_on_the_shaft(school: School) -> None:
    learn(school, "fit-seal")
    assert school.world["seal"][Transform] == loose("seal")
    school.do("click", entity="seal")
    assert school.run(course=COURSE).last == "fit-seal"
    assert state(school).on == ("seal",)
    assert school.world["seal"][Transform] == seat_of("seal")


def test_a_part_before_its_turn_stays_where_it_lies_and_words_say_why(school: School) -> None:
    learn(school, "fit-seal")
    school.do("click", entity="impeller nut")
    assert (
        said(school) == "The nut holds the impeller, and there is none on the shaft yet. Try again."
    )
    assert state(school).on == ()
    assert school.world["bench lamp"][Light].color == "#ff4a38"
    school.wait(3)
    assert school.world["bench lamp"][Light].color != "#ff4a38"


def test_an_old_gasket_is_an_error_with_words(school: School) -> None:
    learn(school, "fit-gasket")
    school.do("click", entity="old gasket")
    assert "A gasket seals once" in said(school)


@pytest.mark.parametrize(
    ("given", "words"),
    [("30", "works loose"), ("90", "past what it bears"), ("47.9", "Too little")],
)
def test_a_wrong_torque_is_an_error_with_words(school: School, given: str, words: str) -> None:
    learn(school, "tighten-nut")
    school.do("answer", given=given, course="pump")
    assert words in said(school)
    assert (state(school).tight, state(school).set_nm) == ((), float(given))
    assert school.world["wrench scale"][Text].value == f"{given} N·m"


def test_the_wrench_that_is_pressed_gives_the_number_that_was_set(school: School) -> None:
    learn(school, "tighten-nut")
    assert school.shown("course-pump", "dial", "unit", "guest:1") == "N·m"
    school.do("click", entity="torque wrench")
    assert "works loose" in said(school), "nothing was set"
    for number, wish in enumerate(("set_widget", "click")):
        args = ({"panel": "course-pump", "widget": "dial", "value": 50.0},
                {"entity": "torque wrench"})[number]  # fmt: skip
        school.do(wish, **args)
    assert state(school).tight == ("nut",)
    assert school.run(course=COURSE).last == "tighten-nut"


@pytest.mark.parametrize("given", ["", "nan", "inf", "-1", "121", "fifty", "1e999"])
def test_what_is_no_number_of_the_dial_is_refused(school: School, given: str) -> None:
    learn(school, "tighten-nut")
    with pytest.raises(Invalid):
        school.do("answer", given=given, course="pump")
    assert school.run(course=COURSE).tries == 0


def test_a_torque_is_a_numeric_interaction_in_the_records(school: School) -> None:
    learn(school, "fit-gasket")
    told = [one for one in school.statements() if one["object"]["id"].endswith("/tighten-nut")]
    assert told[0]["object"]["definition"]["interactionType"] == "numeric"
    assert told[0]["object"]["definition"]["correctResponsesPattern"] == ["48[:]52"]
    assert told[0]["result"]["response"] == "50"


def test_from_memory_it_lies_in_parts_again_and_each_press_puts_one_on(school: School) -> None:
    learn(school, "from-memory")
    assert state(school).on == ()
    school.do("click", entity="casing")
    assert said(school).startswith("The casing closes it")
    for number, part in enumerate(pump.ORDER):
        assert state(school).on == pump.ORDER[:number]
        school.do("click", entity=NAMES[part])
        if number == 0:
            school.do("click", entity=NAMES[part])
            assert state(school).on == pump.ORDER[:1], "what is on is pressed in vain"
    assert state(school).on == pump.ORDER


def test_who_answers_right_finishes_and_the_pump_lies_in_parts_for_the_next(school: School) -> None:
    asked = learn(school)
    assert asked == [step.id for step in COURSE.steps() if not step.drill]
    run = school.run(course=COURSE)
    assert (run.passed, run.score, set(run.mastered)) == (True, 1.0, {"order", "torque", "joint"})
    assert state(school).on == () and state(school).turned == 1
    kinds = [event for event, _ in school.happened() if isinstance(event, Answered)]
    assert all(event.right for event in kinds)


def test_the_parts_are_whole_solids_that_fit_round_the_shaft() -> None:
    for name, part in pump.parts().items():
        low, high = part.bounds()
        assert 50 < len(part.triangles) < 12_000, name
        assert (high - low).max() < 1.0, name
    assert pump.parts()["frame"].bounds()[0][1] == pytest.approx(pump.FOOT, abs=0.01)

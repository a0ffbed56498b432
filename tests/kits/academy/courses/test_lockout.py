"""The course on lock-out: its right answers are those of 29 CFR 1910.147, and the press answers."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kits.academy.courses.school import School
from worldloom import Color, Text, Transform
from worldloom.kits.academy.courses import run as runs
from worldloom.kits.academy.courses.course import Scene, Step
from worldloom.kits.academy.courses.press import ASKED, CARD, LAMPS, RIGHT, Press
from worldloom.kits.academy.courses.run import Run
from worldloom.kits.academy.courses.yard import SHARED, course
from worldloom.kits.academy.demo import make_world
from worldloom.kits.academy.scene.places import RAM_DOWN, RAM_UP

COURSE = course("lockout")
SEQUENCE = ("prepare", "shut-down", "isolate", "apply", "release", "verify")
"""1910.147(d)(1) to (d)(6); the notice of (c)(9) comes before the devices, so with the first."""
RESTORING = ("area", "people", "controls", "remove", "notify", "start")
"""(e)(1), (e)(2)(i), Appendix A's look at the controls, (e)(3), (e)(2)(ii); then the start."""
STANDARD = {
    "energies": "all", "tell": "affected", "who": "authorized", "each": "own",
    "tag-alone": "warns", "clear": "people", "climbs": "out", "gone": "procedure", "told": "tell",
    "test-after-isolating": "lock", "test-stored": "release", "test-verify": "try",
    "raised": "block", "capacitor": "discharge", "after-stop": "isolate", "shift": "over",
    "before-removing": "look", "locker": "no", "test-whose": "own", "test-three": "three",
}  # fmt: skip
PRESSED = ["energy card", "stop button", "disconnect", "air valve", "padlock", "danger tag",
           "bleed valve", "start button", "padlock"]  # fmt: skip
"""(d)(2) stop, (d)(3) isolate each, (d)(4) lock and tag, (d)(5) release, (d)(6) verify, (e)(3)."""


@pytest.fixture
def school() -> Iterator[School]:
    world = make_world()
    world.resolve_assets(dict.fromkeys(world.asset_files(), "0" * 64))
    yield School(world)


def right(step: Step) -> list[str]:
    """Return the right answers to a step, one after another."""
    if step.kind == "order":
        return [option.id for option in step.options]
    if step.kind == "dialogue":
        return ["0"] * sum(line.id != "sure" for line in step.lines)
    return [next((option.id for option in step.options if option.right), step.target)]


def learn(school: School, until: str = "") -> list[str]:
    """Answer everything right until a step is asked, or the end; return the steps asked."""
    asked = []
    while (step := school.run(course=COURSE).step) and step != until:
        asked.append(step)
        for one in right(COURSE.step(step)):
            school.do("answer", given=one, course="lockout")
    return asked


def test_its_right_answers_are_the_standards() -> None:
    orders = {step.id: tuple(right(step)) for step in COURSE.steps() if step.kind == "order"}
    assert orders == {"sequence": SEQUENCE, "restore": RESTORING}
    assert {step.id: right(step)[0] for step in COURSE.steps()
            if step.options and step.kind != "order"} == STANDARD  # fmt: skip
    assert [step.target for step in COURSE.steps() if step.target] == PRESSED


def test_only_one_option_of_a_question_is_right() -> None:
    for step in COURSE.steps():
        if step.options and step.kind != "order":
            assert sum(option.right for option in step.options) == 1, step.id


def test_everything_that_it_asks_to_press_stands_in_the_yard(school: School) -> None:
    for step in COURSE.steps():
        for name in (step.target, *step.decoys):
            assert not name or name in school.world, name
    assert {*RIGHT, *ASKED} <= {step.id for step in COURSE.steps()}


def test_what_is_said_to_who_sits_gives_no_answer_away() -> None:
    for step in (step for id in SHARED for step in course(id).steps() if step.decoys):
        assert step.target.lower() not in step.seated.lower(), (step.id, step.seated)


def test_who_answers_right_finishes_with_every_skill_mastered(school: School) -> None:
    school.do("begin", course="lockout")
    asked = learn(school)
    assert asked == [step.id for step in COURSE.steps() if not step.drill]
    run = school.run(course=COURSE)
    assert (run.passed, run.score) == (True, 1.0)
    assert set(run.mastered) == {"energy", "order", "locks"}
    assert school.world["press"][Press] == Press()


def test_who_erred_in_a_skill_is_asked_more_of_it(school: School) -> None:
    school.do("begin", course="lockout")
    for step, wrong in (("who", "anyone"), ("apply", "danger tag"), ("each", "word"),
                        ("tag", "padlock"), ("talk", "1"), ("gone", "spare")):  # fmt: skip
        learn(school, step)
        school.do("answer", given=wrong, course="lockout")
    more = learn(school)
    assert {"shift", "locker"} <= set(more)
    assert not {"raised", "after-stop"} & set(more)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.booleans(), max_size=60))
def test_whoever_errs_and_goes_on_comes_to_an_end(slips: list[bool]) -> None:
    run: Run | None = None
    for event in runs.begin(COURSE, "ada"):
        run = runs.fold(COURSE, run, event, 1)
    assert run is not None
    for number in range(2_000):
        step = runs.current(COURSE, run)
        if step is None:
            break
        offered = {option.id for option in step.options} | {step.target, *step.decoys} - {""}
        answer = right(step)[0]
        if step.kind == "order":
            answer = next(one for one in right(step) if one not in run.parts)
        elif number < len(slips) and slips[number] and len(offered) > 1:
            answer = min(offered - {answer})
        for event in runs.give(COURSE, run, answer, 1):
            run = runs.fold(COURSE, run, event, 1)
    assert run.ended


def test_the_press_is_off_locked_tagged_and_down_before_anyone_tries_it(school: School) -> None:
    school.do("begin", course="lockout")
    assert school.world["lamp"][Color].value == LAMPS["runs"]
    learn(school, "isolate")
    assert school.world["lamp"][Color].value == LAMPS["ready"]
    learn(school, "bleed")
    assert school.world["lamp"][Color].value == LAMPS["dark"]
    assert school.world["ram"][Transform].position[1] == RAM_UP
    learn(school, "try")
    off = Press(False, False, False, 0.0, True, True, True)
    assert school.world["press"][Press] == off
    assert school.world["ram"][Transform].position[1] == RAM_DOWN


def test_what_is_pressed_on_its_writing_answers_as_the_thing_itself(school: School) -> None:
    school.do("begin", course="lockout")
    school.do("use", entity="energy card")
    assert school.run(course=COURSE).last == "card"


def test_a_wrong_press_lights_the_lamp_red_for_a_while(school: School) -> None:
    school.do("begin", course="lockout")
    learn(school, "isolate")
    school.do("click", entity="start button")
    assert school.world["lamp"][Color].value == LAMPS["warns"]
    school.wait(3)
    assert school.world["lamp"][Color].value == LAMPS["ready"]


def test_the_air_that_gathers_again_is_a_hazard_with_a_time_limit(school: School) -> None:
    school.do("begin", course="lockout")
    learn(school, "climbs")
    assert school.world["press"][Press].bar == ASKED["climbs"]["bar"]
    school.wait(16)
    assert school.run(course=COURSE).tries == 1
    school.do("answer", given="out", course="lockout")
    assert school.world["press"][Press].bar == 0


def test_a_colleague_in_a_hurry_gets_no_key(school: School) -> None:
    school.do("begin", course="lockout")
    learn(school, "talk")
    school.do("answer", given="1", course="lockout")
    school.do("answer", given="0", course="lockout")
    told = school.do("answer", given="1", course="lockout")
    assert "protects nobody" in told
    assert school.run(course=COURSE).step == "talk"


def test_the_fire_does_not_answer_the_lock_out(school: School) -> None:
    before = school.world["fire"]
    school.do("begin", course="lockout")
    learn(school)
    assert school.world["fire"] == before


HALF_HIGH = math.tan(math.radians(50 / 2))
"""The picture's upper edge, one metre from the eye: stage.ts of the client; then camera-rig.ts."""
BEHIND_M, SHOULDER_M = 4.8, 0.62
LOOKS = {"a phone of 360 by 740": (360 / 740, 1.0), "a desk of 1280 by 760": (1280 / 760, 0.35)}
"""Width by height; how far right of the middle (1 is the edge) nothing stands before the world."""


def across(scene: Scene, place: tuple[float, float, float], aspect: float) -> float:
    """Return where a place stands in a learner's picture, from -1 at the left to 1 at the right."""
    aside, ahead = from_the_eye(scene, place, aspect)
    return aside / ahead / HALF_HIGH / aspect


def from_the_eye(
    scene: Scene, place: tuple[float, float, float], aspect: float
) -> tuple[float, float]:
    """Return how far a place is to the right and ahead of a learner's eye, in metres."""
    assert scene.place is not None and scene.turn is not None
    sin, cos = math.sin(scene.turn), math.cos(scene.turn)
    aside = SHOULDER_M * min(1.0, aspect / 1.4)
    x = place[0] - scene.place[0] - cos * aside - sin * BEHIND_M
    z = place[2] - scene.place[2] + sin * aside - cos * BEHIND_M
    return x * cos - z * sin, -x * sin - z * cos


def stands(school: School, name: str) -> tuple[float, float, float]:
    """Return where a thing stands in the yard."""
    x, y, z = school.world[name][Transform].position
    parent = school.world[name].parent
    if parent is None:
        return (x, y, z)
    at = parent[Transform]
    turn = 2 * math.atan2(at.rotation[1], at.rotation[3])
    sin, cos = math.sin(turn), math.cos(turn)
    return (at.position[0] + x * cos + z * sin, y, at.position[2] - x * sin + z * cos)


@pytest.mark.parametrize("look", LOOKS)
def test_what_is_pressed_and_what_comes_of_it_is_in_the_learners_picture(
    school: School, look: str
) -> None:
    aspect, right_edge = LOOKS[look]
    school.do("begin", course="lockout")
    looked = []
    while step := school.run(course=COURSE).step:
        scene, target = COURSE.scene_of(step), COURSE.step(step).target
        if target:
            looked.append(target)
            assert -1 < across(scene, stands(school, target), aspect) < right_edge, target
        for one in right(COURSE.step(step)):
            school.do("answer", given=one, course="lockout")
        if target:  # where the lock snaps on, or the tag hangs
            assert -1 < across(scene, stands(school, target), aspect) < right_edge, target
    assert looked == PRESSED


FIGURE_M = 0.28
"""Half of how wide a figure's arms and shoulders are."""


@pytest.mark.parametrize(("wide", "high"), [(390, 844), (1280, 760)])
def test_the_energy_card_is_read_from_where_its_scene_leads(
    school: School, wide: int, high: int
) -> None:
    scene, aspect = COURSE.scene_of("card"), wide / high
    assert scene.place is not None and scene.turn is not None
    lines = [school.world[f"card {number}"] for number in range(1, len(CARD) + 1)]
    assert "400 V" in " ".join(line[Text].value for line in lines)
    _, ahead = from_the_eye(scene, stands(school, "energy card"), aspect)
    smallest = min(line[Text].size for line in lines)
    assert smallest / ahead / HALF_HIGH * high / 2 > 9, "pixels from line to line at least"
    x, _, z = scene.place
    side = FIGURE_M * math.cos(scene.turn), FIGURE_M * -math.sin(scene.turn)
    figure = across(scene, (x + side[0], 0.0, z + side[1]), aspect)
    x, y, z = stands(school, "energy card")
    left = across(
        scene, (x - 0.3 * math.cos(scene.turn), y, z + 0.3 * math.sin(scene.turn)), aspect
    )
    assert figure < left, "nobody stands before it"

"""The fire school: its course is sound, and its fire answers what a learner does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kernel.host import Host
from tests.kits.academy.courses.school import School
from worldloom import Color, Image, Particles, Text, Transform, World
from worldloom.kits.academy.courses.fire import BALL, BURNS, FULL, PUT_OUT, SMALL, TRIED, Fire
from worldloom.kits.academy.courses.yard import course
from worldloom.kits.academy.demo import make_world
from worldloom.kits.academy.scene.places import BANDS, FIRES
from worldloom.presence.surroundings import around

COURSE = course("extinguisher")
WRITTEN = ["P", "pull", "A", "aim", "S", "squeeze", "S", "sweep"]


@pytest.fixture
def school() -> Iterator[School]:
    world = make_world()
    world.resolve_assets(dict.fromkeys(world.asset_files(), "0" * 64))
    yield School(world)


def fire(school: School) -> Fire:
    return school.world["fire"][Fire]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2); `#rrggbb` each."""

    def luminance(color: str) -> float:
        parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
                  for part in parts]  # fmt: skip
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def to_the_fryer(school: School) -> None:
    school.do("begin")
    for given in ("board", "a", "b", "f"):
        school.do("answer", given=given)


def test_everything_that_the_course_asks_to_press_stands_in_the_yard(school: School) -> None:
    for step in COURSE.steps():
        for name in (step.target, *step.decoys):
            assert not name or name in school.world, name
    assert set(BANDS) == {name for step in COURSE.steps() if step.id == "fryer"
                          for name in (step.target, *step.decoys)}  # fmt: skip
    assert {*BURNS, *PUT_OUT} <= {step.id for step in COURSE.steps()}
    assert set(BURNS.values()) <= set(FIRES)


def test_the_figure_that_shows_how_is_one_thing_to_who_listens_and_to_agents() -> None:
    host = Host()
    host.open(make_world())
    told = around(host.realm.world("academy").state, (0, 0, 0))
    figure = [one.title for one in told if one.name.startswith("instructor")]
    assert figure == ["Demonstration: instructor"]


def test_how_to_use_one_is_written_on_a_board_that_is_dark_by_day_as_well(school: School) -> None:
    board = school.world["pull, aim, squeeze, sweep"]
    assert [one[Text].value for one in board.children] == WRITTEN
    for one in board.children:
        assert contrast(one[Text].color, board[Color].value) >= 7


def test_what_a_step_is_about_burns(school: School) -> None:
    assert fire(school).level == SMALL
    school.do("begin")
    school.do("answer", given="board")
    assert (fire(school).where, fire(school).level) == ("bin", FULL)
    assert school.world["fire"][Transform].position == FIRES["bin"]


def test_water_on_burning_oil_throws_it_out_as_a_fireball(school: School) -> None:
    to_the_fryer(school)
    school.do("click", entity="water")
    assert (fire(school).where, fire(school).level) == ("fryer", BALL)
    school.wait(3)
    assert fire(school).level == FULL


def test_the_way_out_is_asked_within_a_picture_all_round(school: School) -> None:
    scene = COURSE.scene_of("way-out")
    ball = school.world["canteen"]
    assert scene.place is not None
    x, y, z = ball[Transform].position
    assert (x, z) == (scene.place[0], scene.place[2]) and 1.5 <= y - scene.place[1] <= 1.7
    assert ball[Image].around >= 8 and "green door" in ball[Image].alt


def test_the_right_extinguisher_puts_it_out_and_then_the_next_one_burns(school: School) -> None:
    to_the_fryer(school)
    school.do("click", entity="wet chemical")
    assert fire(school).level == 0
    assert school.world["flames"][Particles].count == 0
    assert school.world["mist"][Particles].count > 0
    school.wait(4)
    assert (fire(school).where, fire(school).level) == ("cabinet", FULL)
    assert school.world["mist"][Particles].count == 0


def test_one_answer_that_was_wrong_costs_one_drill_more(school: School) -> None:
    asked = []
    for wrong in (False, True):
        one = School(_ready())
        to_the_fryer(one)
        if wrong:
            one.do("click", entity="water")
        for given in ("wet chemical", "carbon dioxide", "foam"):
            one.do("answer", given=given)
        asked.append(one.run(course=COURSE).step)
    assert asked == ["watch", "embers"]


def test_who_tries_extinguishers_sees_what_each_does_and_nothing_of_it_counts(
    school: School,
) -> None:
    to_the_fryer(school)
    for given in ("wet chemical", "carbon dioxide", "foam", "done"):
        school.do("answer", given=given)
    before = school.run(course=COURSE)
    assert before.step == "try"
    school.wait(4)
    assert (fire(school).where, fire(school).level) == ("tray", FULL)
    for name, (level, color, told) in TRIED.items():
        school.do("click", entity=name)
        assert fire(school).level == level
        assert (school.world["mist"][Particles].count > 0) is bool(color)
        assert school.told[-1].text == told
        school.wait(4)
        assert fire(school).level == FULL, "it burns again, for the next one"
    assert school.run(course=COURSE) == before, "no try is an answer"
    school.do("next_step")
    assert school.run(course=COURSE).step == "order"
    school.wait(4)
    school.do("click", entity="water")
    assert fire(school).level == FULL, "after it they answer nothing"


def test_what_can_be_tried_hangs_on_the_rack(school: School) -> None:
    assert set(TRIED) == set(BANDS) and all(name in school.world for name in TRIED)


def _ready() -> World:
    world = make_world()
    world.resolve_assets(dict.fromkeys(world.asset_files(), "0" * 64))
    return world

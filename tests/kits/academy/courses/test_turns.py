"""Learners take turns at the one fire, press and pump: nobody's doing undoes another's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kits.academy.courses.school import School
from worldloom import Role
from worldloom.kits.academy.courses.assembly import Pump
from worldloom.kits.academy.courses.fire import Fire
from worldloom.kits.academy.courses.limits import COURSE_LIMITS as LIMITS
from worldloom.kits.academy.courses.press import Press
from worldloom.kits.academy.courses.yard import SHARED, course
from worldloom.kits.academy.demo import make_world
from worldloom.presence.panels.book import book_of

BOB = "guest:2"
TO_THE_STOP = ("energy card", "all", "affected", "authorized",
               "prepare", "shut-down", "isolate", "apply", "release", "verify")  # fmt: skip


@pytest.fixture
def school() -> Iterator[School]:
    world = make_world()
    world.resolve_assets(dict.fromkeys(world.asset_files(), "0" * 64))
    school = School(world)
    school.callers[BOB] = school.enter(BOB, "Bob", Role.VISITOR)
    yield school


def press(school: School) -> Press:
    return school.world["press"][Press]


def answer(school: School, account: str, about: str, *given: str) -> None:
    for one in given:
        school.do("answer", account, given=one, course=about)


def waiting(school: School, account: str, about: str = "lockout") -> str:
    school.wait(1.1)
    told = school.shown(f"course-{about}", "waiting", "text", account)
    assert isinstance(told, str)
    return told


def test_who_comes_second_answers_from_the_panel_and_moves_nothing(school: School) -> None:
    for account in ("guest:1", BOB):
        school.do("begin", account, course="lockout")
    assert waiting(school, BOB) == "Ada has the press now; you are next. Answer here meanwhile."
    assert waiting(school, "guest:1") == ""
    answer(school, "guest:1", "lockout", *TO_THE_STOP, "stop button", "disconnect")
    before = press(school)
    assert not before.runs and not before.current
    answer(school, BOB, "lockout", *TO_THE_STOP, "start button")
    assert press(school) == before, "their error lights no lamp, and starts nothing"
    answer(school, BOB, "lockout", "stop button")
    assert school.run(BOB, course("lockout")).step == "isolate", "and yet they go on"
    assert press(school) == before


def test_when_the_first_leaves_the_press_stands_as_the_next_one_needs_it(school: School) -> None:
    for account in ("guest:1", BOB):
        school.do("begin", account, course="lockout")
    answer(school, "guest:1", "lockout", *TO_THE_STOP, "stop button", "disconnect", "air valve")
    answer(school, BOB, "lockout", *TO_THE_STOP, "stop button")
    school.do("leave_course", course="lockout")
    assert press(school) == Press(runs=False)
    assert waiting(school, BOB) == ""
    answer(school, BOB, "lockout", "disconnect")
    assert press(school) == Press(runs=False, current=False)


def test_who_does_nothing_for_long_loses_the_turn_and_finds_it_again_later(school: School) -> None:
    for account in ("guest:1", BOB):
        school.do("begin", account, course="pump")
    answer(school, "guest:1", "pump", "assembly card", "safe", "seal")
    school.wait(LIMITS.turn_idle_seconds + 1)
    answer(school, BOB, "pump", "assembly card")
    assert school.world["pump"][Pump].on == (), "it lies as Bob's course has it"
    school.do("leave_course", BOB, course="pump")
    answer(school, "guest:1", "pump", "not")
    assert school.world["pump"][Pump].on == ("seal",), "and as Ada's again"


def test_the_fire_burns_where_the_step_of_whose_turn_it_is_needs_it(school: School) -> None:
    for account in ("guest:1", BOB):
        school.do("begin", account, course="extinguisher")
    answer(school, "guest:1", "extinguisher", "board")
    assert school.world["fire"][Fire].where == "bin"
    answer(school, BOB, "extinguisher", "board", "a", "b", "f")
    assert school.world["fire"][Fire].where == "bin"
    school.do("leave_course", course="extinguisher")
    assert school.world["fire"][Fire].where == "fryer"


def test_who_is_in_a_course_sees_its_panel_alone_and_all_of_them_again_afterwards(
    school: School,
) -> None:
    def seen(account: str = "guest:1") -> set[str]:
        book = book_of(school.world).shown
        return {id for id in SHARED if book.get(account, (f"course-{id}", ""), "shown", True)}

    def front() -> dict[str, int]:
        own = book_of(school.world).shown.own["guest:1"]
        return {id: own.get((f"course-{id}", "root"), {}).get("front", 0) for id in seen()}

    school.do("begin", course="pump")
    assert seen() == {"pump"} and seen(BOB) == set(SHARED)
    school.do("begin", course="lockout")
    assert seen() == {"pump", "lockout"}, "who begins a second one by a program is in both"
    assert front() == {"pump": 1, "lockout": 1}
    school.do("begin", course="pump")
    assert front() == {"pump": 2, "lockout": 1}, "who goes on in one has it brought into view"
    school.do("leave_course", course="pump")
    assert seen() == {"lockout"}
    school.do("leave_course", course="lockout")
    assert seen() == set(SHARED)


def test_who_is_gone_holds_up_nobody(school: School) -> None:
    school.do("begin", course="lockout")
    school.do("begin", BOB, course="lockout")
    school.realm.leave(school.world.name, school.callers["guest:1"].visitor)
    school.keep()
    answer(school, BOB, "lockout", *TO_THE_STOP, "stop button")
    assert press(school) == Press(runs=False)
    assert set(SHARED) == {"extinguisher", "lockout", "pump"}

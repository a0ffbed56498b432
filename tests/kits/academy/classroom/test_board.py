"""Everyone writes and draws on the board; the instructor wipes it, and closes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kits.academy.classroom.room import Class, make_world
from worldloom import Conflict, Invalid, NotAllowed, OverLimit, Path, Text
from worldloom.kits.academy.classroom import board as boards
from worldloom.kits.academy.classroom import drawing
from worldloom.kits.academy.classroom.limits import CLASS_LIMITS as LIMITS
from worldloom.kits.academy.classroom.limits import ClassLimits
from worldloom.kits.academy.classroom.room import Classroom

WIDE, HIGH = LIMITS.board_m


def room(learners: int = 2) -> Class:
    return Class(learners, make_world(Classroom(board=(0, 1.6, -4), turn=0.5)))


@given(st.integers(0, 500))
def test_every_note_without_a_place_stands_on_the_board(number: int) -> None:
    assert drawing.check_spot(drawing.slot(number))


@given(st.lists(st.tuples(st.floats(), st.floats()), max_size=80))
def test_a_stroke_is_on_the_board_and_bounded_or_refused(points: list[tuple[float, float]]) -> None:
    try:
        found = drawing.check_stroke(points)
    except Invalid:
        return
    assert 2 <= len(found) <= LIMITS.stroke_points_max
    assert all(abs(x) <= WIDE / 2 and abs(y) <= HIGH / 2 for x, y in found)
    assert all(one != other for one, other in zip(found, found[1:], strict=False))


def test_notes_and_strokes_stand_before_the_board() -> None:
    class_ = room()
    note = class_.do("write_on_board", text="  Lift the\nlid ")
    line = class_.do("draw_on_board", "guest:2", points=[[0, 0], [1, 0.5]], ink="red")
    assert class_.world[note][Text].value == "Lift the lid"
    assert class_.world[line][Path].points == ((0, 0, 0), (1, 0.5, 0))
    assert class_.world[line].parent == class_.world["whiteboard"]
    assert class_.kinds().count("academy.BoardMarked") == 2
    class_.do("set_widget", panel="class", widget="note", value="And wait")
    class_.do("press_widget", panel="class", widget="write")
    assert [mark[Text].value for mark in class_.world["whiteboard"].children if Text in mark] == [
        "Lift the lid", "And wait",
    ]  # fmt: skip


def test_learners_erase_their_own_and_the_instructor_anything() -> None:
    class_ = room()
    mine = class_.do("write_on_board", text="mine")
    class_.do("write_on_board", text="mine too")
    with pytest.raises(NotAllowed):
        class_.do("erase_from_board", "guest:2", entity=mine)
    with pytest.raises(Conflict):
        class_.do("erase_from_board", "guest:2")
    with pytest.raises(Conflict):
        class_.do("erase_from_board", "boss", entity="whiteboard")
    class_.do("erase_from_board")
    assert len(class_.world["whiteboard"].children) == 1
    class_.do("erase_from_board", "boss", entity=mine)
    assert not class_.world["whiteboard"].children


def test_the_instructor_wipes_and_closes_it_and_undo_brings_all_back() -> None:
    class_ = room()
    for text in "abc":
        class_.do("write_on_board", text=text)
    with pytest.raises(NotAllowed):
        class_.do("wipe_board")
    assert class_.do("wipe_board", "boss") == 3
    assert not class_.world["whiteboard"].children
    class_.do("undo", "boss")
    assert len(class_.world["whiteboard"].children) == 3
    class_.do("open_board", "boss", is_open=False)
    with pytest.raises(NotAllowed):
        class_.do("write_on_board", text="d")
    class_.do("write_on_board", "boss", text="d")
    class_.do("set_widget", "boss", panel="class-lead", widget="open", value=True)
    class_.do("write_on_board", text="e")


def test_a_full_board_refuses_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boards, "LIMITS", ClassLimits(marks_max=2))
    class_ = room()
    for text in "ab":
        class_.do("write_on_board", text=text)
    with pytest.raises(OverLimit):
        class_.do("draw_on_board", points=[[0, 0], [1, 0]])


def test_no_learner_fills_the_board_alone_and_instructors_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(boards, "LIMITS", ClassLimits(marks_each_max=2))
    class_ = room()
    first = class_.do("write_on_board", text="a")
    class_.do("draw_on_board", points=[[0, 0], [1, 0]])
    with pytest.raises(OverLimit, match="2 notes and strokes"):
        class_.do("write_on_board", text="c")
    class_.do("write_on_board", "guest:2", text="others have theirs")
    for text in "abc":
        class_.do("write_on_board", "boss", text=text)
    class_.do("erase_from_board", entity=first)
    class_.do("write_on_board", text="c")


def test_what_is_no_note_or_beside_the_board_is_refused() -> None:
    class_ = room()
    for args in ({"text": " "}, {"text": "a", "at": [9, 0]}):
        with pytest.raises(Invalid):
            class_.do("write_on_board", **args)
    with pytest.raises(Invalid):
        class_.do("draw_on_board", points=[[0, 0], [0, 0]])
    assert not class_.world["whiteboard"].children

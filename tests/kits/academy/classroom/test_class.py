"""An instructor asks, learners answer and raise hands, and chance draws groups."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.kits.academy.classroom.room import Class, make_world
from worldloom import Conflict, Invalid, NotAllowed, NotFound, Role
from worldloom.kernel.live import load_state
from worldloom.kernel.rights import Standing
from worldloom.kits.academy.classroom.keeping import groups_of, hands_of, poll_of, votes_of
from worldloom.kits.academy.classroom.room import Classroom

ASKED = {"question": "What puts it out?", "choices": ["Water", "A lid"]}


def test_a_poll_counts_one_answer_of_each_and_takes_changes_until_it_is_closed() -> None:
    room = Class()
    room.do("ask_class", "boss", **ASKED)
    assert room.do("answer_class", number=1) == "Water"
    room.do("answer_class", "guest:2", number=2)
    room.do("answer_class", number=2)
    room.do("answer_class", number=2)
    assert room.do("close_question", "boss") == [0, 2]
    with pytest.raises(Conflict):
        room.do("answer_class", number=1)
    assert room.kinds().count("~academy.PollAnswered") == 3, "the same answer again is none"
    assert not poll_of(room.world).is_open


def test_answers_are_learning_records_of_the_polls_own_activity() -> None:
    room = Class()
    poll = room.do("ask_class", "boss", **ASKED)
    room.do("answer_class", number=2)
    [said] = room.statements()
    assert said["verb"]["display"]["en"] == "answered"
    assert said["object"]["id"] == f"https://school.example/activities/room/polls/{poll}"
    definition = said["object"]["definition"]
    assert definition["interactionType"] == "choice"
    assert [one["id"] for one in definition["choices"]] == ["1", "2"]
    assert said["result"] == {"response": "2"}
    assert said["actor"]["account"]["name"] == "guest:1"


def test_the_panels_show_the_question_the_results_and_each_ones_own_answer() -> None:
    room = Class()
    boss = {"panel": "class-lead"}
    room.do("set_widget", "boss", widget="question", value="Ready?", **boss)
    room.do("set_widget", "boss", widget="choices", value="Yes\n\nNo\n", **boss)
    room.do("press_widget", "boss", widget="ask-them", **boss)
    assert "Ready?" in room.shown("class", "question", "text")
    room.do("press_widget", panel="class", widget="choices", item="2")
    labels, counts = room.shown("class", "results", "data")
    assert list(labels) == ["Yes", "No"] and list(counts) == [0, 1]
    assert room.shown("class", "answer", "text", "guest:1") == "Your answer: No"
    assert room.shown("class", "answer", "text", "guest:2") == ""
    room.do("press_widget", "boss", widget="close", **boss)
    assert room.shown("class", "choices", "hidden")


def test_hands_are_a_queue_and_come_down_from_either_side() -> None:
    room = Class()
    assert room.do("raise_hand", "guest:2") == 1
    assert room.do("raise_hand") == 2
    assert room.do("raise_hand", "guest:2") == 1, "it is up already"
    cards = room.shown("class-lead", "hands-up", "data")
    assert [card["title"] for card in cards] == ["L2", "Ada"]
    assert "number 2" in room.shown("class", "hand", "text", "guest:1")
    with pytest.raises(NotAllowed):
        room.do("lower_hand", learner="guest:2")
    room.do("press_widget", "boss", panel="class-lead", widget="hands-up", item="guest:2")
    assert "number 1" in room.shown("class", "hand", "text", "guest:1")
    room.do("press_widget", panel="class", widget="lower")
    with pytest.raises(NotFound):
        room.do("lower_hand")
    room.do("raise_hand", "guest:3")
    assert room.do("lower_hands", "boss") == 1
    assert not hands_of(room.world)


def test_groups_are_drawn_from_the_learners_alone_and_everyone_sees_them() -> None:
    room = Class(learners=7)
    assert sorted(room.do("draw_groups", "boss", count=3)) == [2, 2, 3]
    groups = groups_of(room.world)
    assert sorted(one for group in groups for one in group) == [f"guest:{n}" for n in range(1, 8)]
    for at, group in enumerate(groups, 1):
        for account in group:
            assert room.shown("class", "group", "text", account) == f"You are in group {at}."
    with pytest.raises(Invalid):
        room.do("draw_groups", "boss", count=8)
    room.do("end_groups", "boss")
    assert not groups_of(room.world)
    with pytest.raises(Conflict):
        room.do("end_groups", "boss")


def test_learners_do_not_lead() -> None:
    room = Class()
    for action, args in (
        ("ask_class", ASKED),
        ("close_question", {}),
        ("draw_groups", {"count": 2}),
        ("end_groups", {}),
        ("lower_hands", {}),
    ):
        with pytest.raises(NotAllowed):
            room.do(action, **args)
    assert not any(kind.startswith("academy.") for kind in room.kinds())


def test_a_role_of_the_worlds_own_leads_where_it_is_named() -> None:
    room = Class(world=make_world(Classroom(instructors="instructor")))
    with pytest.raises(NotAllowed, match="instructor"):
        room.do("draw_groups", "boss", count=2)
    teacher = room.enter("ines", "Ines", Role.MEMBER)
    standing = Standing(Role.MEMBER, "ines", title="instructor")
    room.callers["ines"] = replace(teacher, standing=standing)
    room.visitor("ines").rank(standing)
    assert sum(room.do("draw_groups", "ines", count=2)) == 4, "Mo learns here, too"
    room.do("press_widget", "ines", panel="class-lead", widget="end")
    assert not groups_of(room.world)


def test_what_an_instructor_did_can_be_undone_and_the_panels_follow() -> None:
    room = Class()
    room.do("raise_hand", "guest:2")
    room.do("raise_hand")
    room.do("lower_hand", "boss", learner="guest:2")
    room.do("undo", "boss")
    assert list(hands_of(room.world)) and room.do("raise_hand", "guest:2") == 1
    room.wait(1)
    assert len(room.shown("class-lead", "hands-up", "data")) == 2
    room.do("draw_groups", "boss", count=3)
    room.do("undo", "boss")
    room.wait(1)
    assert not groups_of(room.world) and room.shown("class", "drawn", "hidden")


def test_the_next_poll_starts_from_nothing_and_the_log_makes_it_all_again() -> None:
    room = Class()
    room.do("ask_class", "boss", **ASKED)
    room.do("answer_class", number=1)
    room.do("ask_class", "boss", question="And now?", choices=["a", "b", "c"])
    assert not votes_of(room.world, poll_of(room.world))
    assert room.shown("class", "answer", "text", "guest:1") == ""
    with pytest.raises(Invalid):
        room.do("answer_class", number=4)
    again = load_state(room.store, room.live.stream, room.live.seq)
    assert again.state_hash() == room.live.state.state_hash()


def test_an_answer_before_any_question_is_refused() -> None:
    with pytest.raises(Conflict):
        Class().do("answer_class", number=1)

"""What holds of queues, polls and groups whatever is done in whatever order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldloom import Invalid
from worldloom.kits.academy.classroom import rules
from worldloom.kits.academy.classroom.limits import CLASS_LIMITS as LIMITS

names = st.sampled_from("abcdef")


@given(st.lists(st.tuples(st.booleans(), names)))
def test_the_queue_is_who_raised_and_was_not_lowered_in_that_order(
    deeds: list[tuple[bool, str]],
) -> None:
    hands: dict[str, int] = {}
    waiting: list[str] = []
    for is_raised, name in deeds:
        if is_raised:
            hands[name] = rules.number_for(hands, name)
            waiting += [name] if name not in waiting else []
        else:
            hands.pop(name, None)
            waiting = [one for one in waiting if one != name]
        assert rules.queue(hands) == tuple(waiting)


@given(st.integers(2, 6), st.lists(st.tuples(names, st.integers(0, 5))))
def test_a_poll_counts_each_learner_once_by_the_last_answer(
    choices: int, given_: list[tuple[str, int]]
) -> None:
    votes: dict[str, int] = {}
    for name, choice in given_:
        votes[name] = choice % choices
    counts = rules.tally(choices, votes)
    assert len(counts) == choices
    assert sum(counts) == len({name for name, _ in given_})
    for choice in range(choices):
        assert counts[choice] == sum(one == choice for one in votes.values())


@given(st.lists(st.integers(), unique=True, min_size=1, max_size=120), st.data())
def test_everyone_is_in_exactly_one_group_and_sizes_differ_by_at_most_one(
    order: list[int], data: st.DataObject
) -> None:
    count = data.draw(st.integers(1, min(len(order), LIMITS.groups_max)))
    groups = rules.deal(order, count)
    assert len(groups) == count
    assert sorted(one for group in groups for one in group) == sorted(order)
    sizes = [len(group) for group in groups]
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("count", [0, 4])
def test_three_learners_cannot_be_no_group_or_four(count: int) -> None:
    with pytest.raises(Invalid):
        rules.deal("abc", count)


@pytest.mark.parametrize(
    ("question", "choices"),
    [
        (" \n ", ("a", "b")),
        ("?" * (LIMITS.question_characters_max + 1), ("a", "b")),
        ("Why?", ("a",)),
        ("Why?", tuple("abcdefg")),
        ("Why?", ("a", " A ")),
        ("Why?", ("a", "\t")),
        ("Why?", ("a", "b" * (LIMITS.choice_characters_max + 1))),
    ],
)
def test_a_poll_that_cannot_be_answered_is_refused(question: str, choices: tuple[str, ...]) -> None:
    with pytest.raises(Invalid):
        rules.check_poll(question, choices)


def test_a_poll_is_asked_on_one_line() -> None:
    assert rules.check_poll(" Why \n so? ", ("a\tb", "c")) == ("Why so?", ("a b", "c"))

"""Pure decisions of a classroom: whose turn it is, what a poll says, who is in which group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from worldloom.kernel.errors import Invalid
from worldloom.kits.academy.classroom.limits import CLASS_LIMITS as LIMITS

T = TypeVar("T")


def tidy(text: str) -> str:
    """Return a text on one line without odd spaces; empty when nothing is left."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


# -- hands -------------------------------------------------------------------------------------


def number_for(hands: Mapping[str, int], account: str) -> int:
    """Return the number of a hand in the queue: its own while it is up, or one after all."""
    return hands.get(account) or max(hands.values(), default=0) + 1


def queue(hands: Mapping[str, int]) -> tuple[str, ...]:
    """Return the accounts whose hands are up, who waits longest first."""
    return tuple(sorted(hands, key=lambda account: (hands[account], account)))


# -- polls -------------------------------------------------------------------------------------


def check_poll(question: str, choices: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Return a question and its choices as they are asked; raises Invalid."""
    asked, offered = tidy(question), tuple(tidy(choice) for choice in choices)
    if not asked or len(asked) > LIMITS.question_characters_max:
        raise Invalid(
            f"a question has 1 to {LIMITS.question_characters_max} characters",
            "ask something", field="question",
        )  # fmt: skip
    if not LIMITS.choices_min <= len(offered) <= LIMITS.choices_max:
        raise Invalid(
            f"a poll has {LIMITS.choices_min} to {LIMITS.choices_max} choices",
            'choices=["Yes", "No"]', field="choices",
        )  # fmt: skip
    if any(not 1 <= len(choice) <= LIMITS.choice_characters_max for choice in offered):
        raise Invalid(
            f"a choice has 1 to {LIMITS.choice_characters_max} characters", "say it shorter",
            field="choices",
        )  # fmt: skip
    if len({choice.casefold() for choice in offered}) < len(offered):
        raise Invalid("two choices are the same", "leave one out", field="choices")
    return asked, offered


def tally(choices: int, votes: Mapping[str, int]) -> tuple[int, ...]:
    """Return how many chose each of so many choices; every account counts once."""
    found = [0] * choices
    for choice in votes.values():
        found[choice] += 1
    return tuple(found)


# -- groups ------------------------------------------------------------------------------------


def deal(order: Sequence[T], count: int) -> tuple[tuple[T, ...], ...]:
    """Return people in an order that chance made as groups whose sizes differ by at most one.

    Raises Invalid for no group, and for more groups than people.
    """
    if not 1 <= count <= min(len(order), LIMITS.groups_max):
        raise Invalid(
            f"{len(order)} learners cannot be {count} groups",
            f"draw 1 to {min(max(len(order), 1), LIMITS.groups_max)}", field="count",
        )  # fmt: skip
    return tuple(tuple(order[at::count]) for at in range(count))

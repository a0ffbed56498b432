"""Polls: a question to the class, one answer of each, changed as one likes until it is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from worldloom import Conflict, Invalid, Visitor
from worldloom.kits.academy.classroom import rules
from worldloom.kits.academy.classroom.components import Poll, Vote
from worldloom.kits.academy.classroom.events import PollAnswered, PollClosed, PollOpened
from worldloom.kits.academy.classroom.keeping import (
    POLL,
    clear_votes,
    keep,
    keep_of,
    poll_of,
    votes_of,
)
from worldloom.kits.academy.classroom.limits import CLASS_LIMITS as LIMITS
from worldloom.kits.academy.rules import activity_id
from worldloom.kits.academy.xapi.saying import ADL, Activity, home_of, new_id, say

if TYPE_CHECKING:
    from worldloom.kits.academy.classroom.room import Classroom

Question = Annotated[str, Meta(max_length=LIMITS.question_characters_max)]
Choice = Annotated[str, Meta(max_length=LIMITS.choice_characters_max)]
Choices = Annotated[tuple[Choice, ...], Meta(max_length=LIMITS.choices_max)]
Number = Annotated[int, Meta(ge=1, le=LIMITS.choices_max)]


def activity_of(poll: Poll, home: str, world: str) -> Activity:
    """Return a poll as the activity of its records: an interaction of the type choice."""
    choices: list[dict[str, Any]] = [
        {"id": str(number), "description": {"en": text}}
        for number, text in enumerate(poll.choices, 1)
    ]
    return Activity(
        activity_id(home, world, "polls", poll.id), poll.question,
        type=ADL.replace("verbs", "activities") + "cmi.interaction",
        definition={"interactionType": "choice", "choices": choices},
    )  # fmt: skip


def open_poll(room: Classroom, visitor: Visitor, question: str, choices: tuple[str, ...]) -> str:
    """Put a question to the class in place of the one before; return the poll's id."""
    room.lead(visitor)
    asked, offered = rules.check_poll(question, choices)
    world = room.world
    poll = Poll(new_id(world), asked, offered, True)
    clear_votes(world)
    keep(world, POLL, poll)
    world.append(PollOpened(visitor, poll.id, asked, offered))
    room.show()
    return poll.id


def answer_poll(room: Classroom, visitor: Visitor, number: int) -> str:
    """Answer the open poll, or change the answer; return the choice."""
    world, poll = room.world, poll_of(room.world)
    if not poll.is_open:
        raise Conflict("no poll is open", "wait until your instructor asks")
    if not 1 <= number <= len(poll.choices):
        raise Invalid(f"there is no choice {number}", f"choose 1 to {len(poll.choices)}",
                      field="number")  # fmt: skip
    if votes_of(world, poll).get(visitor.account) == number - 1:
        return poll.choices[number - 1]
    keep_of(world, visitor.account, Vote(visitor.account, poll.id, number - 1))
    world.append(PollAnswered(visitor, poll.id, number - 1))
    about = activity_of(poll, home_of(world), world.name)
    say(world, visitor, "answered", about, result={"response": str(number)})
    room.show()
    return poll.choices[number - 1]


def close_poll(room: Classroom, visitor: Visitor) -> tuple[int, ...]:
    """Take no more answers; return how many chose each choice."""
    room.lead(visitor)
    world, poll = room.world, poll_of(room.world)
    if not poll.is_open:
        raise Conflict("no poll is open", "open one first")
    keep(world, POLL, Poll(poll.id, poll.question, poll.choices, False))
    counts = rules.tally(len(poll.choices), votes_of(world, poll))
    world.append(PollClosed(visitor, poll.id, counts))
    room.show()
    return counts


def add_polls(room: Classroom) -> None:
    """Give a world the actions of polls."""
    world = room.world

    @world.action(role=room.needs)
    def ask_class(visitor: Visitor, question: Question, choices: Choices) -> str:
        """Put a question with 2 to 6 choices to the class, in place of the one before."""
        return open_poll(room, visitor, question, choices)

    @world.action
    def answer_class(visitor: Visitor, number: Number) -> str:
        """Answer the question to the class by the number of a choice, from 1; or change it."""
        return answer_poll(room, visitor, number)

    @world.action(role=room.needs)
    def close_question(visitor: Visitor) -> list[int]:
        """Take no more answers to the question; you get how many chose each choice."""
        return list(close_poll(room, visitor))

"""What the panels of a class show: one picture of all of it, and each one's own part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from worldloom.kits.academy.classroom import rules
from worldloom.kits.academy.classroom.keeping import groups_of, hands_of, poll_of, votes_of

if TYPE_CHECKING:
    from worldloom.kits.academy.classroom.room import Classroom


class Snapshot(Struct, frozen=True):
    """A class as it is now."""

    question: str
    choices: tuple[str, ...]
    is_open: bool
    counts: tuple[int, ...]
    votes: Mapping[str, int]
    """Account → choice, from 0."""
    queue: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    names: Mapping[str, str]
    """Account → name, of those who are here."""

    def name(self, account: str) -> str:
        """Return what someone is called; who has left is not named."""
        return self.names.get(account, "someone who left")


class Own(Struct, frozen=True):
    """What one learner sees for themselves."""

    answer: str
    hand: str
    group: str
    raised: bool


def snapshot(room: Classroom) -> Snapshot:
    """Return a class as it is now."""
    world = room.world
    poll = poll_of(world)
    votes = votes_of(world, poll)
    counts = rules.tally(len(poll.choices), votes)
    return Snapshot(
        poll.question, poll.choices, poll.is_open, counts, votes,
        rules.queue(hands_of(world)), groups_of(world), room.names(),
    )  # fmt: skip


def own(now: Snapshot, account: str) -> Own:
    """Return what a learner sees for themselves."""
    chosen = now.votes.get(account)
    answer = "" if chosen is None else f"Your answer: {now.choices[chosen]}"
    raised = account in now.queue
    hand = f"Your hand is up: number {now.queue.index(account) + 1}." if raised else ""
    mine = next((at for at, group in enumerate(now.groups, 1) if account in group), 0)
    return Own(answer, hand, f"You are in group {mine}." if mine else "", raised)


def cards(now: Snapshot) -> list[dict[str, Any]]:
    """Return the choices of an open poll, to be pressed."""
    return [
        {"title": text, "key": str(number), "label": "Choose"}
        for number, text in enumerate(now.choices, 1)
        if now.is_open
    ]


def bars(now: Snapshot) -> list[list[Any]]:
    """Return the columns of the chart: the choices, and how many chose each."""
    return [list(now.choices or ("–",)), list(now.counts or (0,))]


def rows(now: Snapshot) -> list[list[str]]:
    """Return a row for each group: its number and its names."""
    return [
        [str(at), ", ".join(now.name(account) for account in group)]
        for at, group in enumerate(now.groups, 1)
    ] or [["–", "–"]]

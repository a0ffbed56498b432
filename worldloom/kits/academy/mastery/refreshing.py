"""When a mastered skill is asked for again: spaced refreshers by FSRS-6, of the package `fsrs`.

The scheduler's short steps of minutes are left out, as a refresher is a day's visit, and so is its
chance: the same answers at the same times give the same days, in a replay too.
"""

from __future__ import annotations

import importlib.util
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from worldloom import Misused

if TYPE_CHECKING:
    from fsrs import Card, Scheduler

RETENTION: Final = 0.9
"""The chance of still knowing at which a refresher falls due."""
DAY_US: Final = 86_400_000_000


class Memory(msgspec.Struct, frozen=True):
    """How well one learner keeps one skill; moments in UTC microseconds."""

    stability: float
    """Days until the chance of still knowing it falls to 0.9."""
    difficulty: float
    """From 1, easy, to 10."""
    last: int
    due: int


def has_fsrs() -> bool:
    """Return whether the extra is installed that refreshers need."""
    return importlib.util.find_spec("fsrs") is not None


def refresh(memory: Memory | None, right: bool, now: int, *, hesitant: bool = False) -> Memory:
    """Return the memory after mastery (None before) or a refresher at a moment.

    A right answer that came with hesitation counts as hard. Raises Misused without `fsrs`.
    """
    ratings = _fsrs().Rating
    rating = ratings.Again if not right else ratings.Hard if hesitant else ratings.Good
    card, _ = _scheduler().review_card(_card(memory), rating, _moment(now))
    assert card.stability is not None and card.difficulty is not None
    days = (card.due - _moment(now)).days
    return Memory(card.stability, card.difficulty, now, now + days * DAY_US)


def retained(memory: Memory, now: int) -> float:
    """Return the chance that the skill is still known at a moment, by whole days gone by."""
    return float(_scheduler().get_card_retrievability(_card(memory), _moment(now)))


def _fsrs() -> Any:
    try:
        import fsrs
    except ModuleNotFoundError as error:
        raise Misused(
            "refreshers need fsrs", "pip install 'worldloom[academy]'", code="extra_missing"
        ) from error
    return fsrs


def _scheduler() -> Scheduler:
    made: Scheduler = _fsrs().Scheduler(
        desired_retention=RETENTION, learning_steps=(), relearning_steps=(), enable_fuzzing=False
    )
    return made


def _card(memory: Memory | None) -> Card:
    fsrs = _fsrs()
    card: Card = fsrs.Card(card_id=1)
    if memory is not None:
        card.state, card.step = fsrs.State.Review, None
        card.stability, card.difficulty = memory.stability, memory.difficulty
        card.due, card.last_review = _moment(memory.due), _moment(memory.last)
    return card


def _moment(now: int) -> datetime:
    return datetime.fromtimestamp(now / 1e6, UTC)

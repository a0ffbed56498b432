"""What may go wrong in a history: swarm mode draws from the seed which faults it has, how often.

A history with few kinds of faults reaches further than one with all of them at once (Groce et al.,
Swarm Testing, ISSTA 2012), so each kind is left out of every other history.
"""

from __future__ import annotations

import random

from msgspec import Struct

RATES = (0.01, 0.03, 0.1, 0.25)


class Faults(Struct):
    """The chance of each fault at each occasion for it; 0 for a fault that this history lacks."""

    full: float = 0.0
    """The disk is full for one step: whatever is written in it fails."""
    kill: float = 0.0
    """The process dies before or after a commit; what it wrote stays."""
    power: float = 0.0
    """The machine dies in the middle of a write: what was not synced is lost, kept or torn."""
    drop: float = 0.0
    """A robot's connection is cut."""
    amnesia: float = 0.0
    """A robot whose connection is cut forgets all, as a reloaded page does."""
    pause: float = 0.0
    """A robot's socket stops to take data for a while."""
    clock: float = 0.0
    """The clock jumps, back or forth."""
    unanswered: float = 0.0
    """The outside does what it is asked, and its answer is lost."""
    doubled: float = 0.0
    """The outside answers twice."""
    zombie: float = 0.0
    """A killed process was only asleep: it wakes and goes on writing beside its successor."""
    repeat: float = 0.0
    """A command over HTTP arrives again later."""
    reload: float = 0.0
    """The author saves the file, with another declared scene, or a broken one."""
    forget: float = 0.0
    """Someone is forgotten."""


def draw(dice: random.Random) -> Faults:
    """Return the faults of one history."""
    kinds = Faults.__struct_fields__
    return Faults(*(dice.choice(RATES) if dice.random() < 0.5 else 0.0 for _ in kinds))

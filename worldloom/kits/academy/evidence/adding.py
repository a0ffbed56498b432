"""What was seen of one learner, added up over a course: pure, and kept sealed as it stands."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

import msgspec
from msgspec import Struct, field

from worldloom import Personal, World
from worldloom.kits.academy.evidence.events import Evidence, Seen
from worldloom.kits.academy.evidence.limits import EVIDENCE_LIMITS as LIMITS
from worldloom.kits.academy.evidence.seeing import Cell


class Tried(Struct):
    """How a learner fared with one step, each time that it was asked."""

    times: int = 0
    errors: int = 0
    hesitation: float | None = None
    """Seconds until the first try, when it was asked first."""
    looked: int = 0
    """How often the target was looked at before the first try."""
    lookable: int = 0
    """How often that could be seen."""


class Learnt(Struct):
    """All of one learner in a course."""

    steps: dict[str, Tried] = field(default_factory=dict)
    floor: dict[Cell, tuple[float, float]] = field(default_factory=dict)
    """Cell → seconds stood there, and of those in hesitation; only by consent."""
    looks: dict[str, float] = field(default_factory=dict)
    """Thing → seconds that they faced it."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Learnt).decode


def add(learnt: Learnt, step: str, seen: Seen) -> None:
    """Add a step that was answered."""
    tried = learnt.steps.setdefault(step, Tried(hesitation=seen.hesitation))
    tried.times += 1
    tried.errors += seen.errors
    if seen.looked is not None:
        tried.lookable += 1
        tried.looked += seen.looked
    for name, seconds, _ in seen.looks:
        if name in learnt.looks or len(learnt.looks) < LIMITS.looks_max:
            learnt.looks[name] = round(learnt.looks.get(name, 0.0) + seconds, 2)
    for x, z, stood, before in seen.floor:
        old = learnt.floor.get((x, z))
        if old is not None or len(learnt.floor) < LIMITS.cells_max:
            one, two = old or (0.0, 0.0)
            learnt.floor[x, z] = (round(one + stood, 1), round(two + before, 1))


def keep(world: World, course: str, learner: str, step: str, seen: Seen) -> None:
    """Add a step to what is kept of a learner, inside a handler."""
    # Everyone sees the name: as a hash it tells no account to who knows none.
    name = f"seen {sha256(f'{course} {learner}'.encode()).hexdigest()[:16]}"
    learnt = (_opened(world[name][Evidence]) if name in world else None) or Learnt()
    add(learnt, step, seen)
    kept = Evidence(course, learner, Personal(_encode(learnt), of=learner))
    if name in world:
        world[name][Evidence] = kept
    else:
        world.spawn(name, kept)


def learners(world: World, course: str) -> Iterator[Learnt]:
    """Yield what is kept of the learners of a course, but for those who are forgotten."""
    for entity in world.find(Evidence):
        evidence = entity[Evidence]
        learnt = _opened(evidence) if evidence.course == course else None
        if learnt is not None:
            yield learnt


def _opened(evidence: Evidence) -> Learnt | None:
    kept = evidence.kept.value
    return None if kept is None else _decode(kept)

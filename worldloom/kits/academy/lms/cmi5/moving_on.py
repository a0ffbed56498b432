"""When a learner may move on (cmi5, sections 9.3 and 13.1.4): pure, from what was told of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from worldloom.kits.academy.lms.cmi5.structure import Block, MoveOn, Structure, Unit

PASSED: Final = "passed"
COMPLETED: Final = "completed"
WAIVED: Final = "waived"


def is_met(move_on: MoveOn, verbs: Collection[str]) -> bool:
    """Tell whether a unit is satisfied by the verbs that were told of it in a registration.

    `verbs` are short names of cmi5 defined statements; a waived unit is satisfied, whatever else.
    """
    passed, completed = PASSED in verbs, COMPLETED in verbs
    if WAIVED in verbs:
        return True
    match move_on:
        case "Passed":
            return passed
        case "Completed":
            return completed
        case "CompletedAndPassed":
            return passed and completed
        case "CompletedOrPassed":
            return passed or completed
        case "NotApplicable":
            return True


def satisfied(structure: Structure, told: Mapping[str, Collection[str]]) -> Iterator[str]:
    """Yield the ids of blocks, inner ones first, and then of the course, that are satisfied.

    `told` has the verbs of each unit, by its id in the structure.
    """
    found: list[str] = []
    whole = [_walk(part, told, found) for part in structure.parts]
    yield from found
    if all(whole):
        yield structure.id


def news(
    structure: Structure, told: Mapping[str, Collection[str]], said: Collection[str]
) -> list[str]:
    """Return what "satisfied" is still to be said of: once for each block and course."""
    return [id for id in satisfied(structure, told) if id not in said]


def _walk(part: Unit | Block, told: Mapping[str, Collection[str]], found: list[str]) -> bool:
    if isinstance(part, Unit):
        return is_met(part.move_on, told.get(part.id, ()))
    # Every part is looked at: an inner block may be satisfied where this one is not.
    each = [_walk(one, told, found) for one in part.parts]
    whole = all(each)
    if whole:
        found.append(part.id)
    return whole

"""What an instructor is shown of a group's evidence: pure, so that others only have to show it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Final, Literal, NamedTuple, TypeVar

import numpy as np

from worldloom import Conflict, Heat
from worldloom.kernel.arrays import pack
from worldloom.kits.academy.courses.course import Course
from worldloom.kits.academy.evidence.adding import Learnt
from worldloom.kits.academy.evidence.limits import EVIDENCE_LIMITS as LIMITS
from worldloom.kits.academy.evidence.seeing import Cell

What = Literal["looked", "hesitated", "stood"]
SHOWN: Final = ("Step", "Learners", "Hesitation (median, s)", "Errors", "Looked before deciding")
TITLES: Final = {
    "looked": "Where they looked", "hesitated": "Where they hesitated", "stood": "Where they stood",
}  # fmt: skip
MAP: Final = "magma"
LEAST_S: Final = 0.1
"""The shortest time that a scale goes up to."""
Shown = tuple[str, int, str, int, str]
Kept = TypeVar("Kept")


class Floor(NamedTuple):
    """A heat map, and the middle of its sheet in x and z (metres)."""

    heat: Heat
    middle: tuple[float, float]


def cohort(course: Course, learners: Iterable[Learnt]) -> tuple[Shown, ...]:
    """Return for each step that was answered what SHOWN says, in the course's order."""
    every = list(learners)
    rows: list[Shown] = []
    for step in course.steps():
        tried = [learnt.steps[step.id] for learnt in every if step.id in learnt.steps]
        if not tried:
            continue
        waits = [one.hesitation for one in tried if one.hesitation is not None]
        seen = sum(one.lookable for one in tried)
        rows.append((
            step.id, len(tried), f"{median(waits):.1f}" if waits else "–",
            sum(one.errors for one in tried),
            f"{sum(one.looked for one in tried) / seen:.0%}" if seen else "–",
        ))  # fmt: skip
    return tuple(rows)


def _enough(every: Iterable[Kept], did: str, fix: str) -> list[Kept]:
    """Return what is kept of those who have any; raises Conflict where one might be told by it."""
    found, least = [kept for kept in every if kept], LIMITS.heat_learners_min
    if len(found) < least:
        raise Conflict(f"{len(found)} learners {did}", f"a map takes {least}: {fix}",
                       code="too_few_learners")  # fmt: skip
    return found


def looks_of(learners: Iterable[Learnt]) -> dict[str, float]:
    """Return the seconds for each learner that a thing was faced, the longest first.

    Raises Conflict for a few learners.
    """
    found = _enough([learnt.looks for learnt in learners], "were seen to look at something",
                    "wait for more of them to answer a step about a thing")  # fmt: skip
    sums: dict[str, float] = {}
    for looks in found:
        for name, seconds in looks.items():
            sums[name] = sums.get(name, 0.0) + seconds / len(found)
    return dict(sorted(sums.items(), key=lambda one: (-one[1], one[0])))


def floor_of(learners: Iterable[Learnt], what: What) -> Floor:
    """Return the seconds for each learner on each cell of the floor; raises Conflict for a few.

    Only those have cells who let themselves be recorded.
    """
    found = _enough([learnt.floor for learnt in learners], "let their way be recorded",
                    "put up the sign, and ask them for their consent")  # fmt: skip
    sums: dict[Cell, float] = {}
    for floor in found:
        for cell, (stood, before) in floor.items():
            sums[cell] = sums.get(cell, 0.0) + (before if what == "hesitated" else stood)
    columns, rows = _sides([x for x, _ in sums]), _sides([z for _, z in sums])
    # Below `low`, where nobody came: there the floor itself is seen.
    grid = np.full((len(rows), len(columns)), -1.0, np.float32)
    for (x, z), seconds in sums.items():
        if x in columns and z in rows:
            grid[z - rows.start, x - columns.start] = seconds / len(found)
    # The middles of the outermost cells are on the edges of the sheet.
    size = ((len(columns) - 1) * LIMITS.cell_m, (len(rows) - 1) * LIMITS.cell_m)
    middle = (_middle(columns), _middle(rows))
    most = max(float(grid.max()), LEAST_S)
    heat = Heat(size=size, map=MAP, high=most, title=TITLES[what], unit="s", data=pack(grid),
                gaps=True)  # fmt: skip
    return Floor(heat, middle)


def _sides(cells: Sequence[int]) -> range:
    """Return the cells along a side: with one more all round, and about their median if many."""
    low, high = min(cells) - 1, max(cells) + 2
    most = LIMITS.heat_side_cells_max
    if high - low > most:
        low = sorted(cells)[len(cells) // 2] - most // 2
        high = low + most
    return range(low, high)


def _middle(cells: range) -> float:
    return (cells.start + cells.stop) / 2 * LIMITS.cell_m

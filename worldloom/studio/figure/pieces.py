"""Pieces of a figure: shapes with a colour slot and the joints they follow; a part is several."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from worldloom.studio.figure.rig import only
from worldloom.studio.geometry.mesh import Array, Mesh, merge

SLOTS = ("skin", "hair", "top", "trim", "bottom", "shoes", "eyes", "hat", "extra", "own")
"""What a vertex takes its colour from; `own` keeps COLOR_0 alone."""
Weigher = Callable[[Array], Array]


@dataclass(frozen=True, slots=True)
class Whole:
    """A merged part: its mesh, slots (n,) and weights (n, joints)."""

    shape: Mesh
    slots: Array
    weights: Array

    def __add__(self, other: Whole) -> Whole:
        return Whole(
            merge([self.shape, other.shape]),
            np.concatenate([self.slots, other.slots]),
            np.concatenate([self.weights, other.weights]),
        )


@dataclass(slots=True)
class Part:
    """Something that is put on or left off as a whole: a head, a head of hair, a jumper."""

    shapes: list[Mesh] = field(default_factory=list)
    slots: list[Array] = field(default_factory=list)
    weights: list[Array] = field(default_factory=list)

    def add(self, shape: Mesh, slot: str | Array, weigh: Weigher | str) -> None:
        """Add a piece of one slot (or one a vertex) that follows a joint, or weights of its own."""
        count = len(shape.positions)
        self.shapes.append(shape)
        filled = np.full(count, SLOTS.index(slot)) if isinstance(slot, str) else slot
        self.slots.append(filled)
        follows = only(weigh, count) if isinstance(weigh, str) else weigh(shape.positions)
        self.weights.append(follows)

    def whole(self) -> Whole:
        """Return everything as one."""
        return Whole(merge(self.shapes), np.concatenate(self.slots), np.concatenate(self.weights))

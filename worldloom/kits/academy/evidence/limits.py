"""Every limit of the evidence in one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class EvidenceLimits:
    """The limits; each name ends in what it bounds: unit first, then `max` or `min`."""

    cone_degrees_max: float = 20.0
    """How far a hotspot may be from the heading, to each side: the middle of what is seen."""
    sight_m_max: float = 30.0
    """How far away a hotspot may be."""
    gap_seconds_max: float = 1.0
    """Time between two samples that counts; more is a pause of the server, and nobody's look."""
    look_seconds_min: float = 0.4
    """Seconds in the cone that are a look; less is passing by."""
    hotspots_max: int = 24
    """Hotspots of a step that are watched."""
    stride_m_max: float = 5.0
    """A longer way between two samples is a jump, not a walk."""
    limb_m_min: float = 0.01
    """A shorter way of a head or a hand between two samples is noise."""
    pitches_max: int = 18_000
    """Samples of a step that its pitch is reckoned from: an hour."""
    cell_m: float = 0.5
    """The side of a cell of floor."""
    cells_max: int = 200
    """Cells of floor that are kept of one step, and of a learner's way in a course."""
    watches_max: int = 8
    """Steps of one learner that ended and wait for their answer to be heard."""
    looks_max: int = 200
    """Things of which is kept how long one learner faced each in a course."""
    heat_learners_min: int = 3
    """Learners on a heat map: of fewer it would show a person's own way."""
    heat_side_cells_max: int = 200
    """Cells of a heat map along each side."""
    export_rows_max: int = 20_000
    """Rows of one answer of the export, which says after which seq there is more."""


EVIDENCE_LIMITS: Final = EvidenceLimits()

"""Numbers of Yingzao Fashi: the cai module, the folded roof, the rise of the corner columns.

"j." names the juan. Lengths are in fen, a tenth of the cai's width, unless a name says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from worldloom.studio.geometry.mesh import Array

CHI_M = 0.312  # The Song carpenter's foot, as commonly taken.
CUN_PER_FEN = {1: 0.6, 2: 0.55, 3: 0.5, 4: 0.48, 5: 0.44, 6: 0.4, 7: 0.35, 8: 0.3}  # j.4 cai
CORNER_RISE_CUN = {1: 0, 3: 2, 5: 4, 7: 6, 9: 8, 11: 10, 13: 12}  # j.5 shengqi
CAI, QI, ZUCAI = 15, 6, 21  # j.4: a bracket arm's height, the gap above it, both.
TERRACE = 5 * CAI  # j.3: five cai high.
STEP_RISE_CUN, STEP_TREAD_CUN = 5, 10  # j.3


def fen_m(grade: int) -> float:
    """Return one fen in metres for a grade of timber, 1 to 8."""
    return CUN_PER_FEN[grade] * 0.1 * CHI_M


def fold(half_span: float, steps: Sequence[float], rise: float) -> list[float]:
    """Return purlin heights above the eave purlin (j.5 juzhe), ridge first.

    `steps` are the distances from the ridge of the purlins between ridge and eave purlin. Each
    drops below the straight line from the purlin before to the eave purlin: by a tenth of the
    rise, then a twentieth, then a fortieth.
    """
    heights = [rise]
    at = 0.0
    for order, step in enumerate(steps):
        straight = heights[-1] * (half_span - step) / (half_span - at)
        heights.append(straight - rise / (10 * 2**order))
        at = step
    return [*heights, 0.0]


def monotone(x: Sequence[float], y: Sequence[float]) -> Callable[[Array], Array]:
    """Return a smooth curve through points that never overshoots (Fritsch and Carlson, 1980)."""
    xs, ys = np.asarray(x, float), np.asarray(y, float)
    step = np.diff(xs)
    slope = np.diff(ys) / step
    same = slope[:-1] * slope[1:] > 0
    w0, w1 = 2 * step[1:] + step[:-1], step[1:] + 2 * step[:-1]
    safe = np.where(same, slope[:-1] * slope[1:], 1.0)
    inner = np.where(same, (w0 + w1) * safe / (w0 * slope[1:] + w1 * slope[:-1] + 1e-30), 0.0)
    tangent = np.concatenate([slope[:1], inner, slope[-1:]])

    def curve(at: Array) -> Array:
        a = np.clip(np.asarray(at, float), xs[0], xs[-1])
        k = np.clip(np.searchsorted(xs, a, side="right") - 1, 0, len(step) - 1)
        t = (a - xs[k]) / step[k]
        h00, h10 = (1 + 2 * t) * (1 - t) ** 2, t * (1 - t) ** 2
        h01, h11 = t * t * (3 - 2 * t), t * t * (t - 1)
        return np.asarray(
            h00 * ys[k]
            + h10 * step[k] * tangent[k]
            + h01 * ys[k + 1]
            + h11 * step[k] * tangent[k + 1]
        )

    return curve


@dataclass(frozen=True)
class Plan:
    """A hall of three bays by two, its front to +Z, in fen."""

    grade: int = 4
    bays: tuple[float, ...] = (250, 375, 250)
    depth: tuple[float, ...] = (250, 250)
    column: float = 270
    eave: float = 85
    flying: float = 51  # j.5: the flying rafter adds six tenths of the eave.
    gable: float = 125
    corner_lift: float = 44

    @cached_property
    def unit(self) -> float:
        """Metres in a fen."""
        return fen_m(self.grade)

    @cached_property
    def xs(self) -> Array:
        """Column lines across."""
        return np.cumsum([0, *self.bays]) - sum(self.bays) / 2

    @cached_property
    def zs(self) -> Array:
        """Column lines in depth."""
        return np.cumsum([0, *self.depth]) - sum(self.depth) / 2

    @cached_property
    def half_x(self) -> float:
        """Half the width between the outer columns."""
        return float(self.xs[-1])

    @cached_property
    def half_z(self) -> float:
        """Half the depth between the outer columns."""
        return float(self.zs[-1])

    @cached_property
    def corner_rise(self) -> float:
        """How much longer the corner columns are (j.5 shengqi)."""
        return CORNER_RISE_CUN[len(self.bays)] / CUN_PER_FEN[self.grade]

    @cached_property
    def plate(self) -> float:
        """Height of the pupaifang's top, where bracket sets stand."""
        return TERRACE + self.column + 15

    @cached_property
    def eave_purlin(self) -> float:
        """Height of the eave purlin's underside."""
        return self.plate + 12 + 3 * ZUCAI + 30

    def rise_at(self, x: float, z: float) -> float:
        """Return how far the plate stands above its middle at a place on the wall line."""
        if abs(z) < self.half_z - 1e-6:
            return self.corner_rise
        middle = self.bays[len(self.bays) // 2] / 2
        return max((abs(x) - middle) / (self.half_x - middle), 0.0) * self.corner_rise

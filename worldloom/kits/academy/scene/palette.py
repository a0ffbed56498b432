"""The yard's colours: stone and plaster calm, so that fire and red stand out."""

from __future__ import annotations

from worldloom.studio.geometry.color import Oklch
from worldloom.studio.geometry.mesh import Array

TONES = {
    "slab": Oklch(0.80, 0.022, 80),
    "slab_warm": Oklch(0.74, 0.030, 70),
    "brick": Oklch(0.58, 0.095, 40),
    "plaster": Oklch(0.90, 0.028, 85),
    "plinth": Oklch(0.68, 0.024, 75),
    "beam": Oklch(0.45, 0.060, 52),
    "wood": Oklch(0.60, 0.070, 62),
    "tile": Oklch(0.56, 0.085, 38),
    "tile_dark": Oklch(0.47, 0.070, 35),
    "window": Oklch(0.88, 0.075, 80),
    "steel": Oklch(0.68, 0.010, 250),
    "steel_dark": Oklch(0.40, 0.014, 255),
    "soot": Oklch(0.24, 0.010, 60),
    "petrol": Oklch(0.42, 0.060, 90),
    "oil": Oklch(0.62, 0.110, 80),
    "red": Oklch(0.53, 0.195, 27),
    "red_dark": Oklch(0.42, 0.150, 27),
    "exit": Oklch(0.55, 0.130, 155),
    "chalk": Oklch(0.34, 0.040, 170),
    "grass": Oklch(0.62, 0.085, 132),
    "grass_dark": Oklch(0.52, 0.085, 138),
    "hill": Oklch(0.60, 0.055, 155),
    "bark": Oklch(0.42, 0.040, 50),
    "leaf": Oklch(0.58, 0.095, 130),
    "leaf_light": Oklch(0.74, 0.110, 120),
    "maple": Oklch(0.64, 0.135, 48),
    "maple_light": Oklch(0.76, 0.125, 68),
    "hedge": Oklch(0.48, 0.075, 145),
    "brass": Oklch(0.76, 0.110, 85),
    "white": Oklch(0.95, 0.008, 90),
    "cream": Oklch(0.90, 0.060, 92),
    "blue": Oklch(0.50, 0.130, 255),
    "black": Oklch(0.25, 0.010, 260),
    "machine": Oklch(0.55, 0.060, 215),
    "machine_dark": Oklch(0.43, 0.050, 220),
    "safety": Oklch(0.82, 0.150, 85),
    "yellow": Oklch(0.84, 0.155, 92),
    "lamplight": Oklch(0.93, 0.085, 80),
}


def tone(name: str, lighter: float = 0.0) -> Array:
    """Return a colour as linear RGB, a little lighter or darker on request."""
    return TONES[name].lighter(lighter).linear()

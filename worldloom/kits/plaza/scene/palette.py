"""The plaza's colours: large areas almost grey, foliage calm, accents few."""

from __future__ import annotations

from worldloom.studio.geometry.color import Oklch
from worldloom.studio.geometry.mesh import Array

TONES = {
    "lime": Oklch(0.80, 0.026, 78),
    "lime_warm": Oklch(0.75, 0.030, 74),
    "lime_dark": Oklch(0.66, 0.034, 66),
    "gravel": Oklch(0.76, 0.018, 85),
    "cream": Oklch(0.93, 0.025, 90),
    "terracotta": Oklch(0.64, 0.115, 42),
    "wood": Oklch(0.50, 0.065, 55),
    "wood_dark": Oklch(0.42, 0.060, 50),
    "bark": Oklch(0.45, 0.040, 55),
    "bark_cherry": Oklch(0.40, 0.035, 30),
    "birch": Oklch(0.88, 0.012, 90),
    "soil": Oklch(0.36, 0.045, 60),
    "ink": Oklch(0.34, 0.035, 262),
    "sage": Oklch(0.62, 0.075, 138),
    "moss": Oklch(0.52, 0.085, 135),
    "pine": Oklch(0.42, 0.065, 158),
    "oak_tip": Oklch(0.72, 0.105, 125),
    "blossom": Oklch(0.86, 0.070, 5),
    "blossom_shade": Oklch(0.745, 0.092, 4),
    "blossom_tip": Oklch(0.93, 0.046, 10),
    "rose": Oklch(0.68, 0.145, 12),
    "lavender": Oklch(0.66, 0.105, 300),
    "teal": Oklch(0.58, 0.085, 200),
    "coral": Oklch(0.70, 0.140, 32),
    "brass": Oklch(0.74, 0.110, 80),
    "violet": Oklch(0.60, 0.100, 300),
    "hill": Oklch(0.60, 0.060, 150),
    "sand": Oklch(0.80, 0.045, 85),
    "lamplight": Oklch(0.93, 0.085, 80),
    "red": Oklch(0.50, 0.135, 32),
    "red_dark": Oklch(0.40, 0.110, 30),
    "green": Oklch(0.60, 0.075, 168),
    "blue_green": Oklch(0.56, 0.070, 215),
    "tile": Oklch(0.42, 0.028, 235),
    "tile_dark": Oklch(0.36, 0.028, 240),
    "plaster": Oklch(0.80, 0.050, 62),
    "gold": Oklch(0.76, 0.120, 82),
    "hall_stone": Oklch(0.83, 0.018, 85),
}


def tone(name: str, lighter: float = 0.0) -> Array:
    """Return a palette colour as linear RGB, a little lighter or darker on request."""
    return TONES[name].lighter(lighter).linear()

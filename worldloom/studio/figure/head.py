"""The head: an egg with nose and cheeks, eyes that blink, brows, a smile, and a cap of hair."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from worldloom.studio.figure.body import Figure
from worldloom.studio.figure.rig import Rest
from worldloom.studio.geometry.mesh import Array, Mesh
from worldloom.studio.geometry.noise import noise
from worldloom.studio.geometry.outlines import polygon
from worldloom.studio.geometry.solids import icosphere
from worldloom.studio.geometry.sweeps import sweep

IRIS = (
    (0.0136, 0.006, 0.0106, (0.085, 0.045, 0.025)),
    (0.0078, 0.004, 0.0140, (0.012, 0.010, 0.012)),
)  # radius, depth, how far forward, colour: the iris and its pupil
GROWN = 1.17  # A head a sixth larger than life looks friendly, not childish.
EYE = np.array([0.0415, 0.002, 0.0905])
SKULL = np.array([0.108, 0.132, 0.118])


def _bump(points: Array, centre: tuple[float, float], size: tuple[float, float]) -> Array:
    """A soft hill on the face at (|x|, y), nothing on the back of the head."""
    x, y = np.abs(points[:, 0]), points[:, 1]
    hill = np.exp(-(((x - centre[0]) / size[0]) ** 2 + ((y - centre[1]) / size[1]) ** 2))
    return np.asarray(hill * (points[:, 2] > 0))


def _bald(p: Array) -> Array:
    """Whether hair leaves each point of the unit ball free: the face and the nape."""
    front = p[:, 2] > 0.24 - 0.5 * np.clip(p[:, 1] - 0.3, 0, 1)
    fringe = p[:, 1] < 0.50 + 0.08 * np.sin(p[:, 0] * 4 + 0.6)
    return np.asarray((front & fringe) | (p[:, 1] < -0.42 - 0.25 * (p[:, 2] < 0)))


def _front(ball: Mesh) -> Mesh:
    """The half that looks to +Z; what nobody sees costs nothing."""
    seen = (ball.positions[ball.triangles][:, :, 2] > -0.1).all(1)
    return replace(ball, triangles=ball.triangles[seen]).cleaned()


def _skull() -> Mesh:
    ball = icosphere(3)
    bare = _bald(ball.positions)[ball.triangles].any(1)
    ball = replace(ball, triangles=ball.triangles[bare]).cleaned()
    p = ball.positions.copy()
    jaw = np.clip(-p[:, 1], 0, 1)
    p[:, 0] *= 1 - 0.20 * jaw**1.5
    p[:, 2] *= 1 - 0.10 * jaw**2
    p = p * SKULL
    p[:, 2] += _bump(p, (0.0, -0.022), (0.0150, 0.020)) * 0.017  # nose
    p[:, 2] += _bump(p, (0.0, 0.006), (0.010, 0.024)) * 0.004  # its bridge
    p[:, 2] -= _bump(p, (0.042, 0.004), (0.027, 0.024)) * 0.007  # eye sockets
    p[:, 2] += _bump(p, (0.050, -0.040), (0.030, 0.026)) * 0.005  # cheeks
    p[:, 2] += _bump(p, (0.0, -0.095), (0.026, 0.018)) * 0.006  # chin
    blush = _bump(p, (0.056, -0.038), (0.026, 0.020))[:, None]
    return ball.with_positions(p).smoothed().painted(1 - blush * np.array([0.0, 0.17, 0.17]))


def _hair() -> Mesh:
    ball = icosphere(3)
    p = ball.positions
    cut = _bald(p)
    swell = 1.10 + 0.035 * noise(p * [1, 0.6, 1], 4.5, 2) + 0.06 * np.clip(p[:, 1], 0, 1)
    swell = (swell + 0.05 * (p[:, 2] < -0.3)) * np.where(cut, 0.90, 1.0)
    kept = ball.triangles[~cut[ball.triangles].all(1)]
    strand = 0.80 + 0.16 * noise(p * [1, 0.2, 1], 9) + 0.12 * p[:, 1]
    shape = Mesh(p * swell[:, None] * SKULL * [1.02, 1.01, 1.02], ball.normals, kept, ball.colors)
    return shape.smoothed().shaded(strand).cleaned()


def _eye(sign: int) -> list[tuple[Mesh, str, Array | None]]:
    """White, iris, pupil, glint, and the lid that a blink lowers."""
    at = EYE * [sign, 1, 1]
    pieces: list[tuple[Mesh, str, Array | None]] = []
    white = _front(icosphere(2)).scaled(0.0200, 0.0220, 0.0150).moved(*at)
    white = white.painted((0.86, 0.86, 0.84))
    pieces.append((white, "own", None))
    for radius, depth, forward, color in IRIS:
        disc = _front(icosphere(1)).scaled(radius, radius * 1.08, depth)
        disc = disc.moved(*(at + [-sign * 0.001, -0.0005, forward]))
        pieces.append((disc.painted(color), "own", None))
    glint = icosphere(0).scaled(0.0034).moved(*(at + [0.0048, 0.0058, 0.0166])).painted((1, 1, 1))
    pieces.append((glint, "own", None))
    lid = icosphere(2)
    upper = lid.triangles[(lid.positions[lid.triangles][:, :, 1] > 0.42).all(1)]
    shell = Mesh(lid.positions, lid.normals, upper, lid.colors * 0.93).cleaned()
    shape = shell.scaled(0.0218, 0.0236, 0.0172).moved(*(at + [0, 0.0004, 0.0004]))
    # Lowering the rim to the lower lid closes the eye; the lid's top stays.
    rim = np.clip((0.0236 - (shape.positions[:, 1] - at[1])) / 0.0126, 0, 1)
    lower = np.c_[rim * 0, -rim * 0.0290, rim * 0.0050]
    pieces.append((shape, "skin", lower * GROWN))
    lash = sweep(
        polygon(0.0014, 3),
        [(sign * x, y, z) for x, y, z in _lash_line()],
        up=(0, 0, 1),
        smooth=True,
    )
    lash = lash.moved(*at).painted((0.05, 0.035, 0.03))
    shut = np.tile([0.0, -0.0275, 0.0046], (len(lash.positions), 1))
    pieces.append((lash, "own", shut * GROWN))
    return pieces


def _lash_line() -> list[tuple[float, float, float]]:
    angle = np.linspace(0.12 * np.pi, 0.90 * np.pi, 7)
    x, y = np.cos(angle) * 0.0206, np.sin(angle) * 0.0060 + 0.0088
    z = 0.0172 * np.sqrt(np.clip(1 - (x / 0.0224) ** 2 - (y / 0.0244) ** 2, 0.02, 1)) + 0.0008
    return list(zip(x.tolist(), y.tolist(), z.tolist(), strict=True))


def _features() -> list[tuple[Mesh, str, Array | None]]:
    pieces: list[tuple[Mesh, str, Array | None]] = []
    for sign in (-1, 1):
        pieces += _eye(sign)
        x = np.linspace(0.020, 0.062, 6)
        y = 0.0395 - 0.06 * (x - 0.022) - 9.0 * (x - 0.040) ** 2
        line = np.c_[sign * x, y, 0.1085 - 6.5 * (x - 0.01) ** 2]
        brow = sweep(polygon(1, 5), line, up=(0, 0, 1), smooth=True,
                     scale=[0.0022, 0.0040, 0.0044, 0.0040, 0.0030, 0.0012])  # fmt: skip
        pieces.append((brow.painted((0.75, 0.75, 0.75)), "hair", None))
        ear = icosphere(1).scaled(0.013, 0.028, 0.021).moved(sign * 0.106, -0.006, -0.002)
        pieces.append((ear, "skin", None))
    x = np.linspace(-0.028, 0.028, 9)
    mouth = np.c_[x, -0.0665 + 13 * x * x, 0.1105 - 5.0 * x * x]
    size = [0.0010, 0.0022, 0.0029, 0.0034, 0.0036, 0.0034, 0.0029, 0.0022, 0.0010]
    smile = sweep(polygon(1, 5), mouth, up=(0, 0, 1), smooth=True, scale=size)
    pieces.append((smile.painted((0.36, 0.11, 0.10)), "own", None))
    return pieces


def add_head(figure: Figure, joints: Rest) -> None:
    """Add the head with its face and hair; everything follows the head joint."""
    middle = joints["head"] + [0, 0.138, 0.012]
    pieces = [(_skull(), "skin", None), (_hair(), "hair", None), *_features()]
    for shape, slot, blink in pieces:
        figure.add(shape.scaled(GROWN).moved(*middle), slot, "head", blink)

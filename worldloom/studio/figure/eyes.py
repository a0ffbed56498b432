"""What a face looks and speaks with: eyeballs, lids, lashes, brows, ears and the open mouth."""

from __future__ import annotations

import numpy as np

from worldloom.studio.figure.face import BALL_M, EYE_LOCAL, Face, mouth_of, solid
from worldloom.studio.figure.flesh import Solid, slope
from worldloom.studio.figure.pieces import SLOTS, Part
from worldloom.studio.figure.rig import EYE, HEAD, SIDES, blend, only
from worldloom.studio.geometry.mesh import Array, Mesh, grid_triangles, mesh
from worldloom.studio.geometry.outlines import polygon
from worldloom.studio.geometry.solids import icosphere
from worldloom.studio.geometry.sweeps import sweep

WHITE, DARK = (0.80, 0.79, 0.77), (0.006, 0.005, 0.006)
# Rings of an eyeball: angle from where it looks, colour, and slot.
BALL = (
    (0.0, DARK, "own"), (0.215, DARK, "own"), (0.215, (0.62, 0.62, 0.62), "eyes"),
    (0.40, (1.25, 1.25, 1.25), "eyes"), (0.530, (0.75, 0.75, 0.75), "eyes"),
    (0.530, (0.05, 0.04, 0.04), "own"), (0.600, (0.10, 0.09, 0.09), "own"),
    (0.640, WHITE, "own"), (1.30, (0.70, 0.66, 0.64), "own"),
)  # fmt: skip
CORNER = 0.98
"""How far round the ball the corners of an eye are, in radians from its middle."""
COLUMNS = 9


def _ball() -> tuple[Mesh, Array]:
    """Return an eyeball of radius 1 that looks to +Z, and its slots."""
    sides = 12
    turn = np.linspace(0, 2 * np.pi, sides + 1)
    angle = np.array([ring[0] for ring in BALL])
    ways = np.stack(
        [
            np.outer(np.sin(angle), np.cos(turn)),
            np.outer(np.sin(angle), np.sin(turn)),
            np.outer(np.cos(angle), np.ones_like(turn)),
        ],
        -1,
    ).reshape(-1, 3)
    colors = np.repeat([ring[1] for ring in BALL], sides + 1, 0)
    slots = np.repeat([SLOTS.index(ring[2]) for ring in BALL], sides + 1)
    # The cornea stands out a little, and catches the light.
    out = 1 + 0.055 * np.clip(1 - (np.arccos(np.clip(ways[:, 2], -1, 1)) / 0.62) ** 2, 0, 1)
    made = mesh(ways * out[:, None], ways, grid_triangles(len(BALL), sides + 1), colors)
    return made.oriented(), slots


def _rim(face: Face, upper: bool) -> tuple[Array, Array]:
    """Return where a lid's edge is: angles outward and up, in radians."""
    s = np.linspace(-1, 1, COLUMNS)
    tilt = (0.05 + face.eye_tilt) * s
    if upper:
        up = 0.52 * face.eye_open * (1 - np.abs(s + 0.06 * (1 - s * s)) ** 2.3) ** 0.85 + tilt
    else:
        up = -0.46 * face.eye_open * (1 - np.abs(s - 0.10 * (1 - s * s)) ** 2.5) ** 0.9 + tilt
    return s * CORNER, up


def _on_ball(side: Array, up: Array, radius: float) -> Array:
    """Return points round an eyeball's middle at angles sideways and up."""
    ways = np.stack([np.sin(side) * np.cos(up), np.sin(up), np.cos(side) * np.cos(up)], -1)
    found: Array = ways * radius * BALL_M
    return found


def _orbit(face: Face, upper: bool) -> Array:
    """Return where a lid meets the face, about the left eyeball's middle."""
    s = np.linspace(-1, 1, COLUMNS)
    high = 0.0178 if upper else -0.0172
    x = s * np.where(s > 0, 0.0256, 0.0212)
    y = high * np.sqrt(np.clip(1 - np.abs(s) ** 2.4, 0, 1)) + 0.0010 * s
    start = np.c_[x + EYE_LOCAL[0], y + EYE_LOCAL[1], np.full(COLUMNS, 0.125)]
    found: Array = _surface(solid(face, sockets=False), start) - EYE_LOCAL
    return found


def _lid(face: Face, upper: bool) -> tuple[Mesh, Array]:
    """Return the left eye's lid, from its rim to the face, and how far each point is a lid's."""
    side, rim = _rim(face, upper)
    orbit = _orbit(face, upper)
    sway = 0.30 if upper else -0.24
    inner = _on_ball(side, rim, 1.0)
    edge = _on_ball(side, rim, 1.085)
    shell = _on_ball(side, rim + sway * (1 - (side / CORNER) ** 4), 1.12)
    rows = [inner, edge, shell * 0.86 + orbit * 0.14, shell * 0.36 + orbit * 0.64,
            orbit * [1.06, 1.08, 1] - [0, 0, 0.0014]]  # fmt: skip
    points = np.concatenate(rows)
    made = mesh(points, points, grid_triangles(len(rows), COLUMNS)).oriented().smoothed()
    face_way = slope(solid(face, sockets=False), points + EYE_LOCAL)
    share = np.repeat([0.0, 0.0, 0.2, 0.75, 1.0], COLUMNS)[:, None]
    made = made.with_normals(made.normals * (1 - share) + face_way * share)
    shade = [0.62, 0.84, 0.98, 1.0, 1.0] if upper else [0.75, 0.98, 1.0, 1.0, 1.0]
    tint = np.repeat(shade, COLUMNS)[:, None] ** [0.7, 1.15, 1.2]
    follows = np.repeat([1.0, 1.0, 0.85, 0.30, 0.0], COLUMNS)
    return made.painted(tint), follows


def _lash(face: Face) -> Mesh:
    side, rim = _rim(face, True)
    line = _on_ball(side * 1.02, rim + 0.015, 1.10)
    size = np.interp(
        np.linspace(-1, 1, COLUMNS), [-1, -0.5, 0.5, 0.9, 1], [0.25, 0.8, 1.25, 1.35, 0.5]
    )
    out = sweep(
        polygon(1, 3) * [0.0015, 0.0013], line, up=(0, 0, 1), smooth=True, scale=size, caps=False
    )
    return out.painted((0.028, 0.020, 0.018))


def add_eyes(part: Part, face: Face) -> None:
    """Add both eyes with their lids and lashes."""
    ball, slots = _ball()
    upper, follows = _lid(face, True)
    lower, _ = _lid(face, False)
    lash = _lash(face)
    weights = blend("head", "lids", follows)
    for sign, side in SIDES:
        at = EYE * [sign * face.wide, 1, 1]
        part.add(ball.scaled(BALL_M).moved(*at), slots, side + "Eye")
        glint = icosphere(0).scaled(0.0022).moved(*(at + [0.0045, 0.0060, 0.0180]))
        part.add(glint.painted((1.0, 1.0, 1.0)), "own", side + "Eye")
        part.add(upper.scaled(sign, 1, 1).moved(*at), "skin", lambda _: weights)
        part.add(lash.scaled(sign, 1, 1).moved(*at), "own", "lids")
        part.add(lower.scaled(sign, 1, 1).moved(*at), "skin", "head")


def add_brows(part: Part, face: Face) -> None:
    """Add the brows, in the colour of the hair."""
    distance = solid(face)
    for sign, side in SIDES:
        t = np.linspace(0, 1, 7)
        x = (0.0135 + 0.041 * t) * face.wide
        y = 0.0172 + 0.0070 * np.sin(t * 2.2) - 0.005 * t + 0.02 * face.eye_tilt * t
        start = np.c_[x * sign, y, np.full(7, 0.12)]
        line = _surface(distance, start)
        out = slope(distance, line)
        size = np.array([0.55, 1.0, 1.12, 1.05, 0.9, 0.62, 0.2]) * (0.7 + 0.3 * face.brow)
        shape = sweep(polygon(1, 5) * [0.0015, 0.0056], line + out * 0.0006, up=(0, 0, 1),
                      smooth=True, scale=size)  # fmt: skip
        part.add(shape.painted((0.78, 0.78, 0.78)).moved(*HEAD), "hair", side + "Brow")


def _surface(distance: Solid, points: Array) -> Array:
    """Return where rays along −Z from points meet the head."""
    low, high = np.zeros(len(points)), np.full(len(points), 0.12)
    for _ in range(20):
        middle = (low + high) / 2
        outside = distance(points - np.c_[middle * 0, middle * 0, middle]) > 0
        low, high = np.where(outside, middle, low), np.where(outside, high, middle)
    found: Array = points - np.c_[low * 0, low * 0, low]
    return found


def add_ears(part: Part, face: Face) -> None:
    """Add the ears: a shell with a rim and a hollow."""
    for sign, _ in SIDES:
        ball = icosphere(1)
        p = ball.positions
        flat = p * [0.0075, 0.0290, 0.0165]
        flat[:, 2] *= 1 + 0.18 * p[:, 1]
        hollow = np.exp(-(((p[:, 1] - 0.1) / 0.55) ** 2 + ((p[:, 2] - 0.10) / 0.45) ** 2)) * (
            p[:, 0] > 0
        )
        flat[:, 0] -= 0.0075 * hollow
        flat[:, 0] += 0.004 * np.clip(-p[:, 2], 0, 1) + 0.0
        shape = ball.with_positions(flat).smoothed().shaded(1 - 0.22 * hollow)
        shape = shape.painted(shape.colors * (1 - np.c_[hollow * 0, hollow * 0.1, hollow * 0.1]))
        shape = shape.turned_y(-0.42).turned_z(-0.10).moved(0.0845, -0.012, -0.010)
        if sign < 0:
            shape = shape.scaled(-1, 1, 1)
        part.add(shape.scaled(face.wide, 1, 1).moved(*HEAD), "skin", "head")


def _lip_lines(face: Face) -> tuple[Array, Array, Array, Array]:
    """Return x of the columns, and y of the upper edge, the mouth's line and the lower edge."""
    s = np.linspace(-1, 1, 13)
    line = mouth_of(face) + 0.0048 * s**2 - 0.0007 * np.exp(-((s / 0.30) ** 2))
    bow = 1 - 0.16 * np.exp(-((s / 0.14) ** 2))
    upper = line + 0.0068 * face.lips * (1 - np.abs(s) ** 2.0) ** 0.9 * bow
    lower = line - 0.0092 * face.lips * (1 - np.abs(s) ** 2.4)
    return s * 0.0255, upper, line, lower


def add_mouth(part: Part, face: Face) -> None:
    """Add the lips, of which the lower one follows the mouth joint, and what is behind them."""
    x, upper, line, lower = _lip_lines(face)
    full = (1 - (x / 0.0262) ** 2) * face.lips
    # Height, how proud of the face, tint (0 skin, 1 lip), shade, how far it is the joint's.
    rows = [
        (upper + 0.0014, full * 0 - 0.0012, 0.0, 1.0, 0.0),
        (upper, full * 0.0002 + 0.0004, 0.75, 1.0, 0.0),
        (upper * 0.45 + line * 0.55, full * 0.0032 + 0.0004, 1.0, 1.0, 0.0),
        (line + 0.0002, full * 0.0010 - 0.0002, 1.0, 0.52, 0.0),
        (line - 0.0002, full * 0.0008 - 0.0002, 1.0, 0.52, 1.0),
        (line * 0.50 + lower * 0.50, full * 0.0042 + 0.0004, 1.0, 1.06, 1.0),
        (lower, full * 0.0008 + 0.0002, 0.6, 1.0, 0.85),
        (lower - 0.0022, full * 0 - 0.0012, 0.0, 1.0, 0.35),
    ]
    distance = solid(face, sockets=False)
    flat = np.concatenate([np.c_[x, row[0], np.full(len(x), 0.13)] for row in rows])
    points = _surface(distance, flat)
    points[:, 2] += np.concatenate([row[1] for row in rows])
    made = mesh(points, points, grid_triangles(len(rows), len(x))).oriented().smoothed()
    ways = slope(distance, points)
    share = np.repeat([1.0, 0.55, 0.1, 0.1, 0.1, 0.1, 0.55, 1.0], len(x))[:, None]
    made = made.with_normals(made.normals * (1 - share) + ways * share)
    tint = np.repeat([row[2] for row in rows], len(x))[:, None]
    shade = np.repeat([row[3] for row in rows], len(x))[:, None]
    colors = (1 - tint * [0.10, 0.40, 0.34]) * shade
    weights = blend("head", "mouth", np.repeat([row[4] for row in rows], len(x)))
    corner = np.tile(0.5 * np.abs(x / x[-1]) ** 3, len(rows))[:, None]
    weights = weights * (1 - corner) + only("head", len(points)) * corner
    part.add(made.painted(np.clip(colors, 0, 1.2)).moved(*HEAD), "skin", lambda _: weights)
    _add_inside(part, face)


def _add_inside(part: Part, face: Face) -> None:
    """Add teeth, tongue and dark behind the lips: seen only while the mouth is open."""
    x, _, line, _ = _lip_lines(face)
    x, line = x[3:-3], line[3:-3]
    wide = 1 - (x / 0.0215) ** 2
    rows = [
        (line + 0.0022, 0.0),
        (line - 0.0012, 0.0),
        (line - 0.0052 * wide, 0.75),
        (line - 0.0110 * wide, 1.0),
    ]
    flat = np.concatenate([np.c_[x, y, np.full(len(x), 0.13)] for y, _ in rows])
    points = _surface(solid(face, sockets=False), flat)
    points[:, 2] -= 0.0002
    colors = np.repeat(
        [(0.70, 0.68, 0.64), (0.55, 0.52, 0.49), (0.05, 0.012, 0.012), (0.32, 0.08, 0.075)],
        len(x),
        0,
    )
    made = mesh(points, (0, 0, 1), grid_triangles(len(rows), len(x)), colors).oriented()
    weights = blend("head", "mouth", np.repeat([row[1] for row in rows], len(x)))
    part.add(made.moved(*HEAD), "own", lambda _: weights)

"""Components that draw more than a solid: what comes from arrays, and what turns."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from msgspec import Meta
from numpy.typing import ArrayLike

from worldloom.kernel import arrays
from worldloom.kernel.assets import AssetName
from worldloom.kernel.components import Hex, Length, Position, Shape, Size, Strength
from worldloom.kernel.errors import Invalid
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.schema import Component

ArrayBytes = bytes
"""A file of NumPy's, checked when it is written; a large one is kept as an asset instead."""
Speed = Annotated[float, Meta(ge=-100, le=100)]
Bound = Annotated[float, Meta(ge=-1e12, le=1e12)]


class Billboard(Component):
    """The entity and all under it turn to whoever looks; upright: about the vertical axis alone.

    From `readable` metres on it keeps its size in the picture instead of shrinking, up to eight
    times as large; with 0 it shrinks as all else does.
    """

    turn: Literal["upright", "free"] = "upright"
    readable: Length = 0.0


class Instances(Component):
    """Many copies of one solid, one for each row of an array, drawn in one call.

    A row has a place in metres, and may have a turn, a factor of size and a colour; `instances`
    makes them from NumPy arrays. Small arrays stand in `data`, large ones in the file `asset`.
    """

    kind: Literal["box", "sphere", "cylinder", "cone", "plane", "torus", "capsule"] = "box"
    size: Size = (0.1, 0.1, 0.1)
    color: Hex = "#cccccc"
    data: ArrayBytes = b""
    asset: AssetName = ""


class Path(Component):
    """A line through points in metres: a tube or a lying ribbon, `width` across.

    `dash` and `gap` part it, metres; `flow` lets the dashes run, metres per second. Many points
    stand in an array (n, 3): `data`, or the file `asset`.
    """

    points: Annotated[tuple[Position, ...], Meta(max_length=LIMITS.path_points_max)] = ()
    kind: Literal["tube", "ribbon"] = "tube"
    width: Length = 0.06
    color: Hex = "#f2a64b"
    closed: bool = False
    smooth: bool = True
    dash: Length = 0.0
    gap: Length = 0.0
    flow: Annotated[float, Meta(ge=-100, le=100)] = 0.0
    glow: Strength = 0.0
    data: ArrayBytes = b""
    asset: AssetName = ""


class Heat(Component):
    """Numbers as colours: over a grid of its own, or over the entity's Shape or Model.

    A grid is an array (rows, columns) on a sheet of `size` metres (x, z), raised by `relief` metres
    at its highest. Over a thing it is an array (n, 4): points x, y, z and their values, between
    which the colours go over. Colours run from `low` to `high`; equal, they follow the numbers.
    All maps are as light as they are high, and safe for colour-blind people. `gaps`: where a grid's
    number is below `low`, nothing is drawn.
    """

    over: Literal["grid", "thing"] = "grid"
    size: tuple[Length, Length] = (4.0, 4.0)
    relief: Length = 0.0
    map: Literal["viridis", "cividis", "magma", "gray", "balance"] = "viridis"
    low: Bound = 0.0
    high: Bound = 0.0
    title: str = ""
    unit: str = ""
    legend: bool = True
    data: ArrayBytes = b""
    asset: AssetName = ""
    gaps: bool = False


def instances(
    positions: ArrayLike,
    *,
    rotations: ArrayLike | None = None,
    scales: ArrayLike | None = None,
    colors: ArrayLike | None = None,
    shape: Shape | None = None,
    color: str = "#cccccc",
) -> Instances:
    """Place copies of a Shape from arrays: positions (n, 3) metres; the others one for each.

    Rotations are radians about +Y (n,) or quaternions xyzw (n, 4); scales factors (n,); colours
    shares from 0 to 1, or bytes, (n, 3) or (n, 4). Raises Invalid.
    """
    places = arrays.positions_of(positions)
    rows = len(places)
    columns = {"position": places}
    if rotations is not None:
        columns["rotation"] = arrays.rotations_of(rotations, rows)
    if scales is not None:
        columns["scale"] = arrays.scales_of(scales, rows)
    if colors is not None:
        columns["color"] = arrays.colors_of(colors, rows)
    if rows > LIMITS.instances_max:
        fix = "spread them over several entities"
        raise Invalid(f"{rows} are over {LIMITS.instances_max}", fix, code="bad_array")
    form = shape or Shape("box", (0.1, 0.1, 0.1))
    return Instances(form.kind, form.size, color, arrays.pack_rows(columns))


def path(points: ArrayLike, *, width: float = 0.06, color: str = "#f2a64b") -> Path:
    """Draw a line through points (n, 3) in metres; more fields by `msgspec.structs.replace`."""
    places = arrays.positions_of(points)
    return Path(width=width, color=color, data=arrays.pack(places))


def heat(values: ArrayLike, *, unit: str = "", title: str = "") -> Heat:
    """Colour a grid (rows, columns) of numbers; raises Invalid."""
    return Heat(title=title, unit=unit, data=arrays.pack(values))


def heat_at(points: ArrayLike, values: ArrayLike, *, unit: str = "", title: str = "") -> Heat:
    """Colour the entity's own Shape or Model by values (n,) measured at points (n, 3), metres."""
    places = arrays.positions_of(points)
    found = np.asarray(values, np.float64).reshape(-1, 1)
    if len(found) != len(places):
        raise Invalid("there is not one value for each point", "give (n,)", code="bad_array")
    return Heat("thing", title=title, unit=unit, data=arrays.pack(np.hstack([places, found])))


class Particles(Component):
    """Many small lights or flakes that drift from a box; the graphics card alone moves them.

    `area` is the box in metres, `velocity` metres per second, `spread` how far each strays from it,
    `gravity` metres per second squared downwards, `life` seconds. `glow`: they add light. Everyone
    sees the same, by the server's clock; who asked for less motion sees a few that stand still.
    """

    count: Annotated[int, Meta(ge=0, le=LIMITS.particles_max)] = 300
    color: Hex = "#fff2c8"
    size: Length = 0.06
    area: Size = (2.0, 0.2, 2.0)
    velocity: tuple[Speed, Speed, Speed] = (0.0, 0.6, 0.0)
    spread: Speed = 0.2
    gravity: Speed = 0.0
    life: Annotated[float, Meta(gt=0, le=120)] = 4.0
    glow: bool = True
    seed: Annotated[int, Meta(ge=0, le=1_000_000)] = 1


class Sketch(Component):
    """A face that one draws on by pointer, finger or keys, `width` by `height` m, towards +Z.

    It lies `depth` metres before the entity's middle. A stroke asks for `action` with `points`: at
    most `most` of them, metres to the right of the middle and up.
    """

    action: str = ""
    width: Length = 1.0
    height: Length = 1.0
    depth: Length = 0.0
    most: Annotated[int, Meta(ge=2, le=LIMITS.path_points_max)] = 64
    line: Length = 0.014
    color: Hex = "#22252a"


class Mirror(Component):
    """A flat mirror that faces +Z, metres; where drawing is slow it shines and shows no picture."""

    width: Length = 1.2
    height: Length = 2.0
    color: Hex = "#e8eef2"

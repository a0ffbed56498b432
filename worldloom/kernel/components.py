"""The standard components: what every client can show, and the helpers that make them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from worldloom.kernel.assets import AssetName
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.schema import Component

Coordinate = Annotated[float, Meta(ge=-LIMITS.extent_m_max, le=LIMITS.extent_m_max)]
Length = Annotated[float, Meta(ge=0, le=LIMITS.extent_m_max)]
Vector = tuple[float, float, float]
Position = tuple[Coordinate, Coordinate, Coordinate]
Size = tuple[Length, Length, Length]
Hex = Annotated[str, Meta(pattern=r"^#[0-9a-fA-F]{6}$(?!\n)")]
Share = Annotated[float, Meta(ge=0, le=1)]
Strength = Annotated[float, Meta(ge=0, le=1_000_000)]
Scale = Annotated[float, Meta(ge=-1000, le=1000)]


class Transform(Component):
    """Where an entity is, relative to its parent: metres, quaternion xyzw, factors."""

    position: Position = (0.0, 0.0, 0.0)
    rotation: tuple[Scale, Scale, Scale, Scale] = (0.0, 0.0, 0.0, 1.0)
    scale: tuple[Scale, Scale, Scale] = (1.0, 1.0, 1.0)


class Color(Component):
    """A colour as `#rrggbb`, how much it hides (0 to 1) and how strongly it glows."""

    value: Hex = "#cccccc"
    opacity: Share = 1.0
    glow: Strength = 0.0


class Shape(Component):
    """A simple solid of a size in metres, with bevelled edges; solid: visitors cannot pass."""

    kind: Literal["box", "sphere", "cylinder", "cone", "plane", "torus", "capsule"] = "box"
    size: Size = (1.0, 1.0, 1.0)
    bevel: Length = 0.02
    solid: bool = True


class Model(Component):
    """A GLB by the sha256 (hex) of its bytes; anchor: its floor's middle or its own origin."""

    asset: AssetName = ""
    solid: bool = True
    animation: str = ""
    anchor: Literal["floor", "origin"] = "origin"


class Text(Component):
    """Writing of a letter size in metres, wrapped at a width; billboard: it turns to the reader."""

    value: str = ""
    size: Length = 0.2
    color: Hex = "#ffffff"
    billboard: bool = False
    width: Length = 4.0


class Light(Component):
    """A lamp: colour, intensity in candela, reach in metres, half angle of a spot in radians."""

    kind: Literal["point", "spot", "sun"] = "point"
    color: Hex = "#ffffff"
    intensity: Strength = 1.0
    reach: Length = 10.0
    angle: Annotated[float, Meta(ge=0, le=1.6)] = 0.8


class Sky(Component):
    """The sky: hour of the day, a packed HDRI's name, clouds (0 to 1), minutes a day lasts.

    With `day_minutes=0` the hour stands still.
    """

    hour: Annotated[float, Meta(ge=0, le=24)] = 12.0
    hdri: str = ""
    clouds: Share = 0.5
    day_minutes: Strength = 0.0


class Sound(Component):
    """A sound asset heard up to `reach` metres away; volume 0 to 1."""

    asset: AssetName = ""
    volume: Share = 1.0
    loop: bool = True
    playing: bool = True
    reach: Length = 12.0


class Portal(Component):
    """A door to another world of the realm, entered within `radius` metres."""

    world: str = ""
    title: str = ""
    color: Hex = "#7fb4ff"
    radius: Length = 1.2


class Annotation(Component):
    """A title and a text that a visitor can read at an entity."""

    title: str = ""
    text: str = ""


class Spawn(Component):
    """Visitors appear within `radius` metres of this entity's Transform."""

    radius: Length = 2.0


class Push(Component):
    """The entity can be pushed about; it is a disc of `radius` metres that friction stops."""

    friction: Annotated[float, Meta(gt=0, le=10)] = 0.5
    radius: Length = 0.4


class Use(Component):
    """Clicking the entity asks for an action with these arguments; a form asks for the others."""

    action: str = ""
    label: str = ""
    arguments: tuple[tuple[str, str], ...] = ()


class Guard(Component):
    """(action, role): what an entity and all under it, or its Zone, ask of who touches them.

    `edit` stands for all actions that change it, `*` for any. Only owners set it.
    """

    rules: tuple[tuple[str, str], ...] = ()


def box(x: float = 1.0, y: float = 1.0, z: float = 1.0, *, bevel: float = 0.02) -> Shape:
    """Make a box of these edges in metres."""
    return Shape("box", (x, y, z), bevel)


def sphere(radius: float = 0.5) -> Shape:
    """Make a ball; radius in metres."""
    return Shape("sphere", (2 * radius,) * 3)


def cylinder(radius: float = 0.5, height: float = 1.0) -> Shape:
    """Make an upright cylinder; metres."""
    return Shape("cylinder", (2 * radius, height, 2 * radius))


def cone(radius: float = 0.5, height: float = 1.0) -> Shape:
    """Make an upright cone; metres."""
    return Shape("cone", (2 * radius, height, 2 * radius))


def capsule(radius: float = 0.3, height: float = 1.6) -> Shape:
    """Make an upright capsule of this whole height; metres."""
    return Shape("capsule", (2 * radius, height, 2 * radius))


def plane(x: float = 10.0, z: float = 10.0) -> Shape:
    """Make a level sheet of these edges in metres."""
    return Shape("plane", (x, 0.0, z), 0.0)


def torus(radius: float = 0.5, thickness: float = 0.1) -> Shape:
    """Make a lying ring: radius to the middle of the tube and the tube's diameter, in metres."""
    outer = 2 * radius + thickness
    return Shape("torus", (outer, thickness, outer))


def model(file: str, *, solid: bool = True, animation: str = "") -> Model:
    """Show a GLB file that lies beside the author's Python file, standing on its floor's middle."""
    return Model(f"file:{file}", solid, animation, "floor")


def label(text: str, *, size: float = 0.2, color: str = "#ffffff") -> Text:
    """Write a line that always turns to the reader."""
    return Text(text, size, color, True)

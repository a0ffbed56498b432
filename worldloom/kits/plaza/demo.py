"""The default realm's first world: the plaza with its garden, hall, board, lantern and ball."""

from __future__ import annotations

import math
from collections.abc import Iterable
from importlib.metadata import entry_points

from worldloom import (
    Annotation,
    Body,
    Grab,
    Light,
    Model,
    Portal,
    Shape,
    Sky,
    Spawn,
    Text,
    Transform,
    Use,
    World,
)  # fmt: skip
from worldloom.kits.plaza import Plaza
from worldloom.kits.plaza.actions import DARK, OUT
from worldloom.kits.plaza.components import Board, Lantern
from worldloom.kits.plaza.places import (
    BALL,
    BALL_RADIUS,
    BOARD,
    GATE_TOPS,
    HALL_KIT,
    LANTERN,
    PLAQUE,
    PLAQUE_LEAN,
    SIGN,
    SPAWN,
    SPAWN_YAW,
    facing_of,
    site_of,
)  # fmt: skip

AFTERNOON = 15.0
HUES = {
    "academy": "#7f9fe0", "theatre": "#e07fa8", "city": "#7fd0e0", "bank": "#e0c27f",
    "mall": "#e0a07f", "workshop": "#b68fe0", "clinic": "#7fe0b4", "factory": "#d6b07f",
    "heritage": "#e08a6f",
}  # fmt: skip


def upright(yaw: float) -> tuple[float, float, float, float]:
    """Return the quaternion of a turn round +Y."""
    return (0.0, math.sin(yaw / 2), 0.0, math.cos(yaw / 2))


def baked(name: str, solid: bool = True) -> Model:
    """Show one of the kit's baked models as it lies, about its own origin."""
    return Model(f"file:baked/{name}.glb", solid)


def installed_kits() -> list[str]:
    """Return the names of all installed kits but this one, sorted."""
    return sorted({entry.name for entry in entry_points(group="worldloom.kits")} - {"plaza"})


def make_world(kits: Iterable[str] | None = None) -> World:
    """Return the plaza, with a portal to the demo of each of `kits` (default: all installed)."""
    world = World("plaza", title="The plaza")
    world.use(Plaza())
    world.spawn("plaza", baked("plaza"), Annotation("The plaza", "Everyone starts here."))
    world.spawn("sky", Sky(hour=AFTERNOON, clouds=0.5))
    world.spawn("start", Spawn(radius=1.0), Transform(SPAWN, upright(SPAWN_YAW)))
    _add_board(world)
    _add_lantern(world)
    _add_signs(world)
    weight = Body(0.6, bounce=0.6, form="sphere", size=(2 * BALL_RADIUS,) * 3)
    world.spawn("ball", baked("ball"), weight, Grab(reach=3.5), Transform(BALL),
                Annotation("A ball", "Walk into it, or take and throw it."))  # fmt: skip
    for kit in installed_kits() if kits is None else kits:
        _add_portal(world, kit)
    return world


def _add_board(world: World) -> None:
    at = Transform(BOARD, upright(facing_of(BOARD)))
    use = Use(action="leave_note", label="Leave a note")
    board = world.spawn("board", baked("board"), Board(), use, at)
    world.spawn("board title", Text("Leave a note", 0.155, "#fff3d9", width=2.0),
                at=(0.0, 2.235, 0.075), parent=board)  # fmt: skip
    # On the cork itself: the notes hang before it.
    invitation = "What brought you here?\nClick the board and pin it up"
    world.spawn("board hint", Text(invitation, 0.1, "#4b3016", width=2.0),
                at=(0.0, 1.45, 0.05), parent=board)  # fmt: skip
    # Under its roof: in the evening the cork would be as dark as the words on it.
    world.spawn("board lamp", Light(color="#ffd9a6", intensity=2.0, reach=3.0),
                at=(0.0, 1.95, 0.6), parent=board)  # fmt: skip


def _add_lantern(world: World) -> None:
    stone = world.spawn("stone lantern", baked("lantern"), Transform(LANTERN),
                        Annotation("A lantern", "Click it to light it."))  # fmt: skip
    flame = Shape("sphere", (0.24, 0.26, 0.24), solid=False)
    world.spawn("lantern", flame, DARK, OUT, Lantern(), at=(0.0, 1.16, 0.0), parent=stone)


def _add_signs(world: World) -> None:
    sign = world.spawn("sign", baked("sign"), Transform(SIGN, upright(facing_of(SIGN))))
    world.spawn(
        "welcome", Text("Welcome", 0.15, "#fff3d9", width=1.3), at=(0.0, 1.40, 0.05), parent=sign
    )
    hint = "Walk about, say hello,\nclick what you like"
    world.spawn("hint", Text(hint, 0.08, "#fff3d9", width=1.3), at=(0.0, 1.2, 0.05), parent=sign)
    lean = (math.sin(PLAQUE_LEAN / 2), 0.0, 0.0, math.cos(PLAQUE_LEAN / 2))
    world.spawn("hall board", Text("The Timber Hall", 0.2, "#f0cf7f", width=1.9),
                Transform(PLAQUE, lean))  # fmt: skip
    for name, title, text, place in (
        (
            "fountain",
            "The fountain",
            "Three bowls of limestone; the middle of everything.",
            (0, 1.5, 4.9),
        ),
        (
            "hall",
            "The timber hall",
            "Built by the rules of Yingzao Fashi (1103). Come in.",
            (0, 3.0, -31),
        ),
        ("lake", "The lake", "It holds the evening sun.", (36.0, 1.0, -16.0)),
        ("gardens", "Gardens that wait", "Each is kept for a kit still to come.", (0.0, 1.0, 27.0)),
    ):
        at = Transform((float(place[0]), float(place[1]), float(place[2])))
        world.spawn(name, Annotation(title, text), at)


def _add_portal(world: World, kit: str) -> None:
    """A gate of the kit's own shape on its site, and the portal inside it."""
    place = site_of(kit)
    if place is None:
        return
    x, y, z, yaw = place
    title = kit.replace("_", " ").title()
    at = Transform((x, y, z), upright(yaw))
    shape = () if kit == HALL_KIT else (baked(f"gate-{kit}"),)
    gate = world.spawn(f"{kit} gate", *shape, at)
    door = Portal(world=kit, title=title, color=HUES.get(kit, "#7fb4ff"), radius=1.4)
    world.spawn(f"{kit} portal", door, at=(0.0, 0.3, 0.2), parent=gate)
    height = 3.4 if kit == HALL_KIT else GATE_TOPS.get(kit, 6.0)
    sign = Text(title, 0.5, "#fff7e6", billboard=True)
    world.spawn(f"{kit} name", sign, at=(0.0, height, 0.6), parent=gate)

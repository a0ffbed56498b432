"""A form that spawns things: choose a shape, a colour and a size, and it stands before you.

Run it with `loom dev examples/13_form.py`. The form is made from the action's own signature, so the
same thing can be asked for by HTTP: `loom do yard place shape=cone`.
"""

from typing import Annotated, Literal

from msgspec import Meta

from worldloom import Color, Component, Panel, Shape, Visitor, World, box

COLOURS = {"red": "#c8372d", "blue": "#2f6db5", "green": "#3f8f4f", "yellow": "#e3b23c"}
Size = Annotated[float, Meta(ge=0.2, le=3)]

world = World("yard", title="The yard")
world.spawn("ground", box(30, 0.2, 30), Color("#b9c2a4"), at=(0, -0.1, 0))


class Placed(Component):
    """Which one of all things that were placed this was."""

    number: int = 0


@world.action
def place(
    visitor: Visitor,
    shape: Literal["box", "sphere", "cone", "cylinder"] = "box",
    colour: Literal["red", "blue", "green", "yellow"] = "red",
    size: Size = 1.0,
    glowing: bool = False,
) -> None:
    """Put a thing before you."""
    number = 1 + max((thing[Placed].number for thing in world.find(Placed)), default=0)
    x, _, z = visitor.position or (0.0, 0.0, 0.0)
    world.spawn(
        f"thing {number}",
        Shape(shape, (size, size, size)),
        Color(COLOURS[colour], glow=0.8 if glowing else 0.0),
        Placed(number),
        at=(x, size / 2, z - 2),
    )
    count()


panel = world.use(Panel("Build something"))
panel.form(place, "A new thing", send="Place it")
things = panel.list(label="Placed so far")
clear = panel.button("Clear the yard", main=False, for_="builder")


@things
def take_away(visitor: Visitor, key: str) -> None:
    """Take a thing away that is pressed in the list."""
    world.despawn(world[key])
    count()


@clear
def clear_all() -> None:
    """Take everything away."""
    for thing in list(world.find(Placed)):
        world.despawn(thing)
    count()


def count() -> None:
    """List what was placed."""
    things.set(
        data=[
            {
                "title": thing.name,
                "text": f"number {thing[Placed].number}",
                "key": thing.name,
                "label": "Take",
            }
            for thing in world.find(Placed)
        ]
    )

"""A chair at its true size: in AR you put it on your own floor and walk around it.

Run it with `loom run examples/16_ar.py --share` and open it on a phone or a headset that sees the
room: press *AR*, look at the floor and press. On a flat page you walk up to the chair instead.
"""

from worldloom import (
    Click,
    Color,
    Component,
    Light,
    Sky,
    Spawn,
    Text,
    World,
    box,
    cylinder,
)

WOODS = ("#b98a5b", "#5b3a29", "#e4e0d8", "#3f6f62")
SEAT_M = 0.46

world = World("chair", title="A chair for your room")


class Wood(Component):
    """Which of the woods the chair is made of."""

    number: int = 0


world.spawn("sky", Sky(hour=11.0))
world.spawn("sun", Light(kind="sun", intensity=2.0), at=(4, 9, 6))
world.spawn("start", Spawn(radius=0.3), at=(0, 0, 1.8))
world.spawn("floor", box(9, 0.1, 9), Color("#c9c2b6"), at=(0, -0.05, 0))

chair = world.spawn("chair", box(0.45, 0.04, 0.44), Wood(), Color(WOODS[0]), at=(0, SEAT_M, 0))
parts = [world.spawn("back", box(0.45, 0.5, 0.03), at=(0, 0.25, -0.2), parent=chair)]
for x in (-0.2, 0.2):
    for z in (-0.19, 0.19):
        leg = cylinder(0.018, SEAT_M)
        parts.append(world.spawn(f"leg {x} {z}", leg, at=(x, -SEAT_M / 2, z), parent=chair))
for part in parts:
    part[Color] = Color(WOODS[0])
size = Text("45 × 44 × 96 cm", size=0.05)
world.spawn("size", size, at=(0, 0.58, -0.2), parent=chair)


@world.on(Click, chair)
def stain(event: Click) -> None:
    """Give the chair the next wood, for everyone who looks at it."""
    number = (chair[Wood].number + 1) % len(WOODS)
    chair[Wood] = Wood(number)
    for part in (chair, *parts):
        part[Color] = Color(WOODS[number])

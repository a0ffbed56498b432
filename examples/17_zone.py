"""A circle that sings: a zone greets who comes in, and its sound is heard only inside."""

from worldloom import (
    Color,
    Light,
    Sky,
    Sound,
    Spawn,
    World,
    Zone,
    ZoneEntered,
    ZoneLeft,
    cylinder,
)

world = World("zone", title="The singing circle")

world.spawn("sky", Sky(hour=10.0))
world.spawn("sun", Light(kind="sun", intensity=2.0), at=(8, 20, 10))
world.spawn("start", Spawn(radius=0.5), at=(0, 0, 7))
disc = world.spawn("disc", cylinder(2.5, 0.04), Color("#7aa5a1"), at=(0, 0.02, 0))

chord = Sound("file:assets/chord.wav", volume=0.6)
circle = world.spawn("circle", Zone("cylinder", (5, 4, 5)), chord, at=(0, 1.5, 0))


@world.on(ZoneEntered, circle)
def came(event: ZoneEntered) -> None:
    disc[Color] = Color("#ffd27f", glow=0.4)
    world.say(f"{event.visitor.name} steps into the circle")


@world.on(ZoneLeft, circle)
def went(event: ZoneLeft) -> None:
    if not circle.inside:
        disc[Color] = Color("#7aa5a1")

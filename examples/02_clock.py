"""A clock: something that happens by itself, once a second, and survives a restart.

Run it with `loom dev examples/02_clock.py`.
"""

from worldloom import Color, Component, Text, World, box, label

world = World("clock", title="A clock")


class Ticks(Component):
    """How often the clock has ticked since the world was made."""

    count: int = 0


face = world.spawn("clock face", box(1.6, 0.8, 0.1), Color("#23324a"), at=(0, 1.6, -3))
dial = world.spawn("clock", label("0 s"), Ticks(), at=(0, 1.55, -2.9))


@world.every(seconds=1)
def tick() -> None:
    """Count one second and show it."""
    count = dial[Ticks].count + 1
    dial[Ticks] = Ticks(count)
    dial.update(Text, value=f"{count} s")

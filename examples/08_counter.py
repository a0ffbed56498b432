"""A counter with undo: everyone counts together, and each takes back only what they counted.

Run it with `loom dev examples/08_counter.py`, click the post from two windows, and press Ctrl Z in
one of them. A number that all of them change would belong to whoever wrote last. A pebble a click
is a thing of its own: an undo finds yours and leaves the others'. The number is a view of them.
"""

import math

from worldloom import Click, Color, Component, Text, World, cylinder, label, sphere

COLOURS = ("#e4572e", "#f3a712", "#7fb069", "#4a8fbf", "#8d6cab")
RING = 12

world = World("counter", title="Count with me")


class Pebble(Component):
    """One that somebody counted."""

    place: int = 0


post = world.spawn("post", cylinder(radius=0.22, height=1.1), Color("#6b5b4b"), at=(0, 0.55, -3))
dial = world.spawn("dial", label("0", size=0.4, color="#2b3242"), at=(0, 1.2, -3))


@world.on(Click, post)
def count(click: Click) -> None:
    """Lay a pebble in the first free place, in a colour of the one who counts."""
    taken = {pebble[Pebble].place for pebble in world.find(Pebble)}
    place = next(free for free in range(len(taken) + 1) if free not in taken)
    ring, step = divmod(place, RING)
    turn, far = step / RING * 2 * math.pi, 0.8 + 0.4 * ring
    world.spawn(
        f"pebble {place + 1}",
        sphere(radius=0.12),
        Color(COLOURS[sum(map(ord, click.visitor.name)) % len(COLOURS)]),
        Pebble(place),
        at=(far * math.sin(turn), 0.12, -3 - far * math.cos(turn)),
    )


@world.every(seconds=0.25)
def show() -> None:
    """Show how many there are, whoever laid them or took them back."""
    number = str(sum(1 for _ in world.find(Pebble)))
    if dial[Text].value != number:
        dial.update(Text, value=number)

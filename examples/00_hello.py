"""Hello, world: a lantern that anyone can light and everyone sees.

Run it with `loom dev examples/00_hello.py`, then open the page in two windows.
"""

from worldloom import Click, Color, Component, World, sphere

world = World("hello")


class Lamp(Component):
    """Whether the lantern is burning."""

    lit: bool = False


lantern = world.spawn("lantern", sphere(radius=0.3), Lamp(), at=(0, 1.5, -2))


@world.on(Click, lantern)
def switch(click: Click) -> None:
    """Light the lantern, or put it out."""
    lit = not lantern[Lamp].lit
    lantern[Lamp] = Lamp(lit)
    lantern[Color] = Color("#ffd27f" if lit else "#3a3a3a", glow=1.5 if lit else 0.0)
    world.say(f"{click.visitor.name} {'lit' if lit else 'put out'} the lantern")

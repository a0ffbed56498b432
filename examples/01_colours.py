"""Colours: five balls whose colours everyone changes together.

Run it with `loom dev examples/01_colours.py` and click the balls from two windows.
"""

from worldloom import Click, Color, World, sphere

COLOURS = ("#e4572e", "#f3a712", "#a8c686", "#669bbc", "#7a5c99")

world = World("colours", title="Five balls")

for place in range(5):
    ball = world.spawn(
        f"ball {place + 1}",
        sphere(radius=0.4),
        Color(COLOURS[place]),
        at=(place - 2.0, 0.8, -3.0),
    )

    @world.on(Click, ball)
    def turn(click: Click) -> None:
        """Give the ball the next colour."""
        now = COLOURS.index(click.entity[Color].value)
        click.entity[Color] = Color(COLOURS[(now + 1) % len(COLOURS)])

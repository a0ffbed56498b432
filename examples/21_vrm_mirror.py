"""A body to try on: click the figure of clay to wear it, look into the mirror, hang it back.

Run it with `loom dev examples/21_vrm_mirror.py`. The figure is a VRM beside this file; put any that
everyone may wear in its place. Under *Name and look* in the menu, visitors bring their own.
"""

from worldloom import Click, Color, Mirror, Model, World, box, cylinder, label, model

world = World("fitting", title="A fitting room")

world.spawn("mirror", Mirror(width=2.4, height=2.4), at=(0, 1.35, -4))
world.spawn("frame", box(2.7, 2.7, 0.08), Color("#6b4a2f"), at=(0, 1.35, -4.06))
world.spawn("plinth", cylinder(radius=0.5, height=0.12), Color("#d8d2c4"), at=(2.2, 0.06, -2.6))
clay = world.spawn("figure of clay", model("assets/clay.vrm"), at=(2.2, 0.12, -2.6))
world.spawn("what to do", label("Click to wear it"), at=(2.2, 2.0, -2.6))
peg = world.spawn("peg", cylinder(radius=0.06, height=1.4), Color("#b5483a"), at=(-2.2, 0.7, -2.6))
world.spawn("or not", label("Click to hang it back"), at=(-2.2, 1.7, -2.6))


@world.on(Click, clay)
def try_on(click: Click) -> None:
    """Lend the figure to whoever clicks it, for this visit."""
    click.visitor.wear(vrm=clay[Model].asset)
    world.say(f"{click.visitor.name} tries on the figure of clay")


@world.on(Click, peg)
def hang_back(click: Click) -> None:
    """Let them look as they did when they came."""
    click.visitor.wear()

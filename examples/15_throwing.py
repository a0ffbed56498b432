"""A ball to take, throw and score with: the hoop notices what flies through it."""

from worldloom import (
    Body,
    BodyEntered,
    Color,
    Component,
    Grab,
    Light,
    Sky,
    Spawn,
    Text,
    World,
    Zone,
    box,
    cylinder,
    sphere,
    torus,
)

world = World("throwing", title="Throw and score")


class Score(Component):
    points: int = 0


world.spawn("sky", Sky(hour=15.0))
world.spawn("sun", Light(kind="sun", intensity=2.0), at=(8, 20, 10))
world.spawn("start", Spawn(radius=0.5), at=(0, 0, 3))
world.spawn("floor", box(14, 0.1, 14), Color("#9aa68c"), at=(0, -0.05, 0))
world.spawn("pole", cylinder(0.06, 2.4), Color("#6b7280"), at=(0, 1.2, -3.6))
world.spawn("board", box(1.6, 1.0, 0.06), Color("#f4efe4"), at=(0, 2.7, -3.5))
hoop = world.spawn("hoop", torus(0.45, 0.06), Color("#e4572e"), at=(0, 2.3, -2.95))
goal = world.spawn("goal", Zone("cylinder", (0.7, 0.2, 0.7)), at=(0, -0.15, 0), parent=hoop)
board = world.spawn("score", Text("0", size=0.5), Score(), at=(0, 3.6, -3.5))

for number, colour in enumerate(("#f2a541", "#3d84a8", "#8ac926")):
    ball = sphere(radius=0.16), Body(0.6, bounce=0.6), Grab(reach=3.5, throw=9.0)
    world.spawn(f"ball {number + 1}", *ball, Color(colour), at=(number - 1, 0.16, 1.2))


@world.on(BodyEntered, goal)
def scored(event: BodyEntered) -> None:
    points = board[Score].points + 1
    board[Score] = Score(points)
    board.update(Text, value=str(points))
    world.say(f"{event.visitor.name or 'Someone'} scores: {points}")

"""Three seats before a screen: the film plays for everyone once all have sat down."""

from worldloom import (
    Color,
    SatDown,
    Screen,
    Seat,
    Sky,
    Spawn,
    StoodUp,
    Text,
    Transform,
    World,
    box,
    screen,
)

world = World("seats", title="Take a seat")

world.spawn("sky", Sky(hour=19.0))
world.spawn("start", Spawn(radius=0.5), at=(0, 0, -4))
world.spawn("floor", box(12, 0.1, 14), Color("#7d6b5d"), at=(0, -0.05, 0))
film = screen("assets/lighthouse.webm", width=4.0, title="The lighthouse")
show = world.spawn("screen", film, at=(0, 1.8, -6))
sign = world.spawn("sign", Text("0 of 3 seats taken", size=0.25), at=(0, 3.4, -6))

# Who sits looks along the seat's +Z: each is turned half round, toward the screen.
HALF_ROUND = (0.0, 1.0, 0.0, 0.0)
for number in range(3):
    x = (number - 1) * 1.2
    chair = world.spawn(f"chair {number + 1}", box(0.5, 0.45, 0.5), at=(x, 0.225, -1))
    chair[Color] = Color("#b5563f")
    world.spawn(f"back {number + 1}", box(0.5, 0.6, 0.08), at=(0, 0.5, 0.25), parent=chair)
    world.spawn(f"seat {number + 1}", Seat(), Transform((x, 0, -1), HALF_ROUND))


def count() -> None:
    taken = sum(seat.sitter is not None for seat in world.find(Seat))
    sign.update(Text, value=f"{taken} of 3 seats taken")
    if taken == 3 and not show[Screen].playing:
        show[Screen] = show[Screen].played(world.now, position=0.0)


@world.on(SatDown)
def sat(event: SatDown) -> None:
    count()


@world.on(StoodUp)
def stood(event: StoodUp) -> None:
    count()

"""An action over HTTP: the same typed function is a click, a form and a web request.

Run it with `loom dev examples/05_http.py`, then, in another terminal:

    curl -X POST localhost:7400/api/worlds/garden/actions/water \
         -H "Authorization: Bearer $(loom token gardener --role member)" \
         -H "Content-Type: application/json" -d '{"plant": "fern", "litres": 0.5}'
"""

from worldloom import Color, Component, Entity, Refused, Use, Visitor, World, cylinder, sphere

world = World("garden", title="A fern")


class Thirst(Component):
    """Litres the plant would still drink."""

    litres: float = 2.0


pot = world.spawn("pot", cylinder(radius=0.3, height=0.4), Color("#b5651d"), at=(0, 0.2, -2.5))
fern = world.spawn(
    "fern",
    sphere(radius=0.4),
    Color("#8a9a5b"),
    Thirst(),
    Use(action="water", label="Water the fern", arguments=(("plant", "fern"),)),
    at=(0, 0.75, -2.5),
)


@world.action
def water(visitor: Visitor, plant: Entity, litres: float = 1.0) -> str:
    """Water a plant."""
    thirst = plant[Thirst].litres
    if litres <= 0 or litres > thirst:
        raise Refused(f"it drinks at most {thirst:g} litres now", fix="pour less")
    plant[Thirst] = Thirst(thirst - litres)
    plant[Color] = Color("#3f8f4f")
    return f"{visitor.name} poured {litres:g} litres"

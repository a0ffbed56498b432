"""A heat map on a model: six sensors on a vase, and the floor under it as a grid.

Run it with `loom dev examples/19_heat.py`. The kiln's fire moves once a second, for everyone.
"""

import numpy as np
from numpy.typing import NDArray

from worldloom import Heat, Sky, World, heat, heat_at, label, model

SENSORS = np.array(
    [(0, 0.05, 0.2), (0.2, 0.3, 0), (0, 0.5, -0.2), (-0.2, 0.3, 0), (0, 0.7, 0.1), (0, 0.3, 0.25)]
)
world = World("kiln", title="A vase in the kiln")


def warmth(places: NDArray[np.float64], turn: float) -> NDArray[np.float64]:
    """Return degrees at places (n, 3) while the fire stands at an angle."""
    fire = np.array([np.cos(turn), 0.2, np.sin(turn)])
    away: NDArray[np.float64] = ((places - fire) ** 2).sum(-1)
    return 180 + 720 / (1 + 2.5 * away)


def floor(turn: float) -> Heat:
    """Return the floor as a grid of 48 by 48 numbers."""
    z, x = np.meshgrid(np.linspace(-1.5, 1.5, 48), np.linspace(-1.5, 1.5, 48), indexing="ij")
    places = np.stack([x, np.zeros_like(x), z], -1).reshape(-1, 3)
    return heat(warmth(places, turn).reshape(48, 48))


world.spawn("sky", Sky(hour=18.5))
vase = world.spawn(
    "vase",
    model("assets/vase.glb"),
    heat_at(SENSORS, warmth(SENSORS, 0.0), unit="°C", title="Clay"),
    at=(0, 0.6, -3),
)
ground = world.spawn("floor", floor(0.0), at=(0, 0.02, -3))
world.spawn("sign", label("The fire goes round"), at=(0, 2.0, -3))


@world.every(seconds=1)
def burn() -> None:
    """Move the fire a little, and measure again."""
    turn = (world.now / 1e6) % 60 / 60 * 2 * np.pi
    measured = heat_at(SENSORS, warmth(SENSORS, turn))
    vase.update(Heat, data=measured.data, low=180.0, high=900.0)
    ground.update(Heat, data=floor(turn).data, low=180.0, high=900.0, map="magma", legend=False)

"""A murmuration: 50,000 things from one array, drawn in one call.

Run it with `loom dev examples/18_instances.py`; the bell lets the flock take another shape.
"""

import numpy as np
from numpy.typing import NDArray

from worldloom import Click, Instances, Sky, World, cone, instances, label, sphere

COUNT = 50_000
world = World("flock", title="A flock")


def flock(season: int) -> Instances:
    """Lay the birds along a knotted ribbon in the air; each looks where the ribbon goes."""
    chance = np.random.default_rng(season)
    way = np.sort(chance.uniform(0, 2 * np.pi, COUNT))
    turns = 2 + season % 3

    def ribbon(at: NDArray[np.float64]) -> NDArray[np.float64]:
        wide = 9 + 4 * np.cos(turns * at)
        x, z = wide * np.cos(at), wide * np.sin(at) - 22
        return np.stack([x, 8 + 3.5 * np.sin(turns * at), z], -1)

    ahead = ribbon(way + 0.01) - ribbon(way)
    share = (np.cos(way * turns) + 1) / 2
    colors = np.outer(1 - share, (0.16, 0.24, 0.42)) + np.outer(share, (0.93, 0.55, 0.30))
    return instances(
        ribbon(way) + chance.normal(0, 0.55, (COUNT, 3)),
        rotations=np.arctan2(ahead[:, 0], ahead[:, 2]),
        scales=chance.uniform(0.6, 1.5, COUNT),
        colors=colors,
        shape=cone(radius=0.05, height=0.14),
    )


world.spawn("sky", Sky(hour=17.5))
birds = world.spawn("birds", flock(0))
bell = world.spawn("bell", sphere(radius=0.3), at=(0, 1.2, -3))
world.spawn("sign", label("Ring: the flock turns"), at=(0, 1.8, -3))


@world.on(Click, bell)
def turn(click: Click) -> None:
    """Let the flock take the shape of another season."""
    birds[Instances] = flock(world.random.randint(1, 9))

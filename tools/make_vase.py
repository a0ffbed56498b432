"""Make the vase of example 03: a profile, turned round its axis, as a small GLB.

python tools/make_vase.py examples/assets/vase.glb
"""

from __future__ import annotations

import sys
from pathlib import Path

from worldloom.studio.geometry.color import oklch
from worldloom.studio.geometry.mesh import merge
from worldloom.studio.geometry.solids import lathe
from worldloom.studio.gltf import GlbWriter

BODY = ((0.0, 0.0), (0.12, 0.0), (0.13, 0.03), (0.21, 0.2), (0.19, 0.34), (0.08, 0.48))
NECK = ((0.08, 0.48), (0.075, 0.54), (0.12, 0.6), (0.11, 0.6), (0.06, 0.53), (0.0, 0.5))
BAND = ((0.2, 0.262), (0.208, 0.27), (0.208, 0.3), (0.2, 0.308))


def make_vase() -> bytes:
    """Return the vase as binary glTF, 0.6 m high, standing on the origin."""
    glaze, clay = oklch(0.52, 0.09, 215), oklch(0.74, 0.11, 60)
    shape = merge(
        [
            lathe(BODY, 48, color=glaze, smooth=True),
            lathe(NECK, 48, color=glaze, smooth=True),
            lathe(BAND, 48, color=clay),
        ]
    )
    writer = GlbWriter("worldloom examples")
    writer.add("vase", shape, writer.material("glaze", roughness=0.35))
    return writer.finish()


if __name__ == "__main__":
    print(Path(sys.argv[1]).write_bytes(make_vase()), "bytes")

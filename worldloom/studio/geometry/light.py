"""Light baked per vertex: ambient occlusion and lamps, by ray casting at build time only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldloom.studio.geometry.mesh import Array, Mesh, unit

GOLDEN_ANGLE = 2.399963


@dataclass(frozen=True, slots=True)
class Lamp:
    """A lamp to bake: place in metres, linear colour times strength, reach in metres."""

    place: tuple[float, float, float]
    color: tuple[float, float, float]
    reach: float


class Baker:
    """Casts rays against fixed occluders (embree, through trimesh)."""

    def __init__(self, occluders: Mesh) -> None:
        from embreex import rtcore_scene
        from embreex.mesh_construction import TriangleMesh

        self._scene: Any = rtcore_scene.EmbreeScene()
        corners = occluders.positions[occluders.triangles].astype(np.float32)
        self._keep = TriangleMesh(self._scene, corners)

    def distances(self, origins: Array, directions: Array) -> Array:
        """Return metres to the first hit of each ray, or more than a million."""
        found = self._scene.run(
            origins.astype(np.float32), directions.astype(np.float32), query="DISTANCE"
        )
        return np.asarray(found, float)

    def occlusion(
        self, target: Mesh, rays: int = 40, reach: float = 4.5, offset: float = 0.015
    ) -> Array:
        """Return how open each vertex is, 0..1, by cosine-weighted rays `reach` metres long."""
        k = np.arange(rays) + 0.5
        u, turn = k / rays, k * GOLDEN_ANGLE
        radius = np.sqrt(u)
        local = np.c_[radius * np.cos(turn), radius * np.sin(turn), np.sqrt(1 - u)]
        normals = target.normals
        helper = np.where(np.abs(normals[:, :1]) > 0.8, [[0.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]])
        side = unit(np.cross(helper, normals))
        other = np.cross(normals, side)
        origins = target.positions + normals * offset
        total = np.zeros(len(origins))
        for x, y, z in local:
            distance = self.distances(origins, side * x + other * y + normals * z)
            total += np.minimum(distance / reach, 1.0) ** 0.8
        return np.asarray(total / rays)

    def lamplight(self, target: Mesh, lamps: list[Lamp], offset: float = 0.02) -> Array:
        """Return linear RGB (n, 3) that lamps leave on each vertex, with soft angle and shadow."""
        total = np.zeros((len(target.positions), 3))
        for lamp in lamps:
            toward = np.asarray(lamp.place) - target.positions
            distance: Array = np.linalg.norm(toward, axis=1)
            near: NDArray[np.int64] = np.where(distance < lamp.reach * 3)[0]
            if not len(near):
                continue
            d = distance[near]
            ray = toward[near] / d[:, None]
            normals = target.normals[near]
            facing = np.clip(np.einsum("ij,ij->i", ray, normals) * 0.8 + 0.2, 0, 1)
            hit = self.distances(target.positions[near] + normals * offset, ray)
            # A hit close to the lamp is its own housing and throws no shadow.
            seen = np.where(hit < d - 0.8, 0.12, 1.0)
            fade = lamp.reach**2 / (d**2 + lamp.reach**2 * 0.35)
            edge = np.clip(1 - d / (lamp.reach * 3), 0, 1) ** 1.5
            total[near] += (facing * seen * fade * edge)[:, None] * np.asarray(lamp.color)
        return total

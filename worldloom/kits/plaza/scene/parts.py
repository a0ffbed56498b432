"""A part of the scene: one mesh with one surface, drawn from one quality tier on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from worldloom.studio.geometry.mesh import Mesh
from worldloom.studio.gltf import Instances


@dataclass(frozen=True, slots=True)
class Part:
    """A mesh to bake: `tier` is the lowest tier that draws it, `until` the highest ("" = all).

    Its light is baked `baked_lift` metres above where it lies; `daylit` parts stand in a room.
    """

    name: str
    mesh: Mesh
    surface: str
    tier: str = "low"
    until: str = ""
    shadow: bool = True
    solid: bool = False
    instances: Instances | None = None
    occlusion_reach: float = 0.0
    occlusion_floor: float = 0.0
    lamplit: bool = False
    daylit: bool = False
    baked_lift: float = 0.0

    def extras(self) -> dict[str, Any]:
        """Return what the view needs to know of this part's material."""
        about: dict[str, Any] = {
            "surface": self.surface,
            "tier": self.tier,
            "shadow": self.shadow,
            "solid": self.solid,
        }
        if self.until:
            about["until"] = self.until
        return {"worldloom": about}

    def triangles_in(self, quality: str) -> int:
        """Return how many triangles this part draws at a quality."""
        rank = ("low", "medium", "high")
        top = rank.index(self.until) if self.until else 2
        if self.surface == "collider" or not rank.index(self.tier) <= rank.index(quality) <= top:
            return 0
        return len(self.mesh.triangles) * (len(self.instances) if self.instances else 1)

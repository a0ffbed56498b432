"""A world's scene as one GLB: shapes, models, colours and text as named nodes with their values.

Every entity becomes a node under its parent with its Transform; all its public components stand
in `extras.worldloom`. Shapes become meshes; a Model's own GLB is embedded once and used by every
entity that shows it; Text becomes a plate of its size, for viewers that cannot write.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from worldloom.kernel.schema import is_private, plain
from worldloom.kernel.state import State
from worldloom.studio.geometry.color import from_hex
from worldloom.studio.geometry.mesh import Array, Mesh
from worldloom.studio.geometry.outlines import arc
from worldloom.studio.geometry.solids import box, icosphere, lathe
from worldloom.studio.geometry.sweeps import sweep
from worldloom.studio.gltf import GlbWriter
from worldloom.studio.transplant import Transplant

ReadAsset = Callable[[str], bytes]
DEFAULT_COLOR = "#cccccc"


def world_to_glb(state: State, read_asset: ReadAsset) -> bytes:
    """Return the scene of a state; `read_asset` gives the bytes of a sha256.

    An asset that is not a readable GLB is left out: its node keeps its name and extras.
    """
    scene = _Scene(state, read_asset)
    for number in sorted(state.entities):
        if state.entities[number].parent is None:
            scene.writer.document["scenes"][0]["nodes"].append(scene.node(number))
    return scene.writer.finish()


def _mapping(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


@dataclass
class _Scene:
    """What is being written: materials by colour and meshes by shape are made once."""

    state: State
    read_asset: ReadAsset
    writer: GlbWriter = field(default_factory=lambda: GlbWriter("worldloom export"))
    materials: dict[tuple[str, float, float], int] = field(default_factory=dict)
    meshes: dict[tuple[Any, ...], tuple[int, Array, float]] = field(default_factory=dict)
    models: dict[str, Transplant | None] = field(default_factory=dict)

    def node(self, number: int) -> int:
        """Write an entity with all below it and return its node."""
        entity = self.state.entities[number]
        components = {
            name: _mapping(plain(cell.data))
            for name, cell in sorted(entity.cells.items())
            if not is_private(name)
        }
        children = [self.node(child) for child in sorted(self.state.children(number))]
        children += self._appearance(components)
        fields: dict[str, Any] = {"name": entity.name, "extras": {"worldloom": components}}
        fields |= _transform(components.get("Transform", {}))
        if children:
            fields["children"] = children
        return self.writer.node(root=False, **fields)

    def _appearance(self, components: dict[str, dict[str, Any]]) -> list[int]:
        """Nodes for what an entity looks like."""
        color = components.get("Color", {})
        made = []
        if "Shape" in components:
            shape = components["Shape"]
            key = (
                shape.get("kind", "box"),
                tuple(shape.get("size", (1, 1, 1))),
                shape.get("bevel", 0.02),
            )
            made.append(self._mesh_node(key, color, solid_of(*key)))
        if "Text" in components:
            text = components["Text"]
            size, width = float(text.get("size", 0.2)), float(text.get("width", 4.0))
            lines = max(1, str(text.get("value", "")).count("\n") + 1)
            wide = min(
                width,
                0.55 * size * max(map(len, str(text.get("value", " ")).split("\n")), default=1),
            )
            key = ("text", (max(wide, size), size * 1.3 * lines, 0.004), 0.0)
            tint = {"value": text.get("color", "#ffffff"), "opacity": 0.35}
            made.append(self._mesh_node(key, tint, solid_of("box", key[1], 0.0)))
        if "Model" in components:
            made += self._model(str(components["Model"].get("asset", "")))
        return made

    def _material(self, color: Mapping[str, Any]) -> int:
        value = str(color.get("value", DEFAULT_COLOR))
        opacity, glow = float(color.get("opacity", 1.0)), float(color.get("glow", 0.0))
        key = (value, opacity, glow)
        if key not in self.materials:
            rgb = from_hex(value)
            more: dict[str, Any] = {"alphaMode": "BLEND"} if opacity < 1 else {}
            if glow:
                more["emissiveFactor"] = [min(1.0, float(c) * glow) for c in rgb]
            r, g, b = (float(c) for c in rgb)
            self.materials[key] = self.writer.material(value, 0.6, (r, g, b, opacity), **more)
        return self.materials[key]

    def _mesh_node(self, key: tuple[Any, ...], color: Mapping[str, Any], shape: Mesh) -> int:
        material = self._material(color)
        full = (*key, material)
        if full not in self.meshes:
            attributes, centre, scale = self.writer.attributes(shape)
            made = self.writer.mesh(str(key[0]), attributes, self.writer.indices(shape), material)
            self.meshes[full] = (made, centre, scale)
        made, centre, scale = self.meshes[full]
        return self.writer.node(
            root=False, mesh=made, translation=centre.tolist(), scale=[scale] * 3
        )

    def _model(self, asset: str) -> list[int]:
        """Nodes of an embedded model; its buffers and meshes are taken over once."""
        if asset not in self.models:
            try:
                self.models[asset] = Transplant(self.read_asset(asset), self.writer)
            except (ValueError, LookupError, OSError):
                self.models[asset] = None
        graft = self.models[asset]
        return graft.nodes() if graft else []


def _transform(values: Mapping[str, Any]) -> dict[str, Any]:
    position = [float(v) for v in values.get("position", (0, 0, 0))]
    rotation = [float(v) for v in values.get("rotation", (0, 0, 0, 1))]
    scale = [float(v) for v in values.get("scale", (1, 1, 1))]
    made: dict[str, Any] = {}
    length = sum(v * v for v in rotation) ** 0.5
    if any(position):
        made["translation"] = position
    if length > 1e-9 and rotation[:3] != [0.0, 0.0, 0.0]:
        made["rotation"] = [v / length for v in rotation]
    if scale != [1.0, 1.0, 1.0]:
        made["scale"] = scale
    return made


def solid_of(kind: str, size: tuple[float, float, float], bevel: float) -> Mesh:
    """Return the mesh of a Shape of a size in metres, about its middle."""
    x, y, z = (max(float(v), 1e-4) for v in size)
    chamfer = bevel / max(x, y, z)  # of a solid that is made one metre large, then scaled
    if kind == "sphere":
        return icosphere(3).scaled(x / 2, y / 2, z / 2)
    if kind == "cylinder":
        turned = lathe([(0, -0.5), (0.5, -0.5), (0.5, 0.5), (0, 0.5)], 32, chamfer)
        return turned.scaled(x, y, z)
    if kind == "cone":
        return lathe([(0, -0.5), (0.5, -0.5), (0.0, 0.5)], 32, chamfer).scaled(x, y, z)
    if kind == "capsule":
        radius = x / 2
        reach = max(y / 2 - radius, 0.0)
        half = arc(radius, 10, -1.5707963, 0.0)
        line = [*(half - [0, reach]), *(-half[::-1] * [-1, 1] + [0, reach])]
        return lathe(line, 28, smooth=True).scaled(1, 1, z / x)
    if kind == "torus":
        tube = y / 2
        ring = arc(max(x / 2 - tube, tube), 49)[:-1]
        path = [(px, 0.0, pz) for px, pz in ring]
        return sweep(arc(tube, 17)[:-1], path, closed=True, smooth=True)
    if kind == "plane":
        return box(x, 0.002, z, 0.0)
    return box(x, y, z, bevel)

"""One GLB inside another: its buffers, materials, meshes and nodes taken over, indices shifted."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from worldloom.studio.gltf import PACKED, GlbWriter, disassemble

# Where a field holds the index of an entry of another list.
LISTS = ("images", "samplers", "textures", "materials", "accessors", "meshes", "skins")


class Transplant:
    """A GLB whose content a writer has taken over; `nodes` makes one more copy of its scene."""

    def __init__(self, glb: bytes, writer: GlbWriter) -> None:
        """Take over everything but the nodes; ValueError when `glb` is not a GLB."""
        try:
            self._source, binary = disassemble(glb)
        except (IndexError, KeyError, OverflowError, RuntimeError) as error:
            raise ValueError("not a glTF 2.0 binary") from error
        self._writer = writer
        document = writer.document
        self._first = {name: len(document.get(name, [])) for name in LISTS}
        views = [self._view(view, binary) for view in self._source.get("bufferViews", [])]
        for name in LISTS:
            for entry in self._source.get(name, []):
                document.setdefault(name, []).append(self._shifted(name, deepcopy(entry), views))
        for extension in self._source.get("extensionsUsed", []):
            writer.use(extension, extension in self._source.get("extensionsRequired", []))

    def _view(self, view: dict[str, Any], binary: bytes) -> int:
        """Copy a buffer view, as packed as it came; return its new index."""
        start, size = view.get("byteOffset", 0), view["byteLength"]
        about: dict[str, Any] = {"target": view.get("target"), "stride": view.get("byteStride")}
        packed = view.get("extensions", {}).get(PACKED)
        if packed is None:
            return self._writer.view(binary[start : start + size], None, **about)
        about |= {"count": packed["count"], "size": packed["byteStride"], "mode": packed["mode"]}
        at = packed.get("byteOffset", 0)
        data = binary[at : at + packed["byteLength"]]
        return self._writer.view(b"\0" * size, data, filter=packed.get("filter"), **about)

    def _shifted(self, name: str, entry: dict[str, Any], views: list[int]) -> dict[str, Any]:
        """An entry with every index moved to where its target now stands."""
        first = self._first
        if "bufferView" in entry:
            entry["bufferView"] = views[entry["bufferView"]]
        if name == "textures":
            for key, target in (("source", "images"), ("sampler", "samplers")):
                if key in entry:
                    entry[key] += first[target]
        elif name == "materials":
            _shift_textures(entry, first["textures"])
        elif name == "meshes":
            for primitive in entry["primitives"]:
                for group in (primitive["attributes"], *primitive.get("targets", [])):
                    for key in group:
                        group[key] += first["accessors"]
                for key, target in (("indices", "accessors"), ("material", "materials")):
                    if key in primitive:
                        primitive[key] += first[target]
        elif name == "skins" and "inverseBindMatrices" in entry:
            entry["inverseBindMatrices"] += first["accessors"]
        return entry

    def nodes(self) -> list[int]:
        """Add the scene's nodes once more and return its roots."""
        source = self._source.get("nodes", [])
        first = len(self._writer.document["nodes"])
        skins: dict[int, int] = {}
        for entry in deepcopy(source):
            if "children" in entry:
                entry["children"] = [first + child for child in entry["children"]]
            if "mesh" in entry:
                entry["mesh"] += self._first["meshes"]
            if "skin" in entry:
                entry["skin"] = self._skin(entry["skin"], first, skins)
            entry.pop("camera", None)
            instanced = entry.get("extensions", {}).get("EXT_mesh_gpu_instancing")
            if instanced:
                for key in instanced["attributes"]:
                    instanced["attributes"][key] += self._first["accessors"]
            self._writer.node(root=False, **entry)
        scenes = self._source.get("scenes", [])
        chosen = self._source.get("scene", 0)
        roots = scenes[chosen].get("nodes", []) if scenes else []
        return [first + root for root in roots]

    def _skin(self, skin: int, first: int, made: dict[int, int]) -> int:
        """A skin for this copy, whose joints are this copy's nodes."""
        if skin not in made:
            skins = self._writer.document["skins"]
            copy = deepcopy(self._source["skins"][skin])
            if "inverseBindMatrices" in copy:
                copy["inverseBindMatrices"] += self._first["accessors"]
            copy["joints"] = [first + joint for joint in copy["joints"]]
            if "skeleton" in copy:
                copy["skeleton"] += first
            # The entry taken over first serves the first copy; later copies add their own.
            place = self._first["skins"] + skin
            if "taken" not in skins[place].get("extras", {}):
                copy["extras"] = {"taken": True}
                skins[place] = copy
                made[skin] = place
            else:
                skins.append(copy)
                made[skin] = len(skins) - 1
        return made[skin]


def _shift_textures(value: Any, by: int) -> None:
    """Move the `index` of every texture reference inside a material."""
    if isinstance(value, dict):
        for key, child in value.items():
            if key.endswith("Texture") and isinstance(child, dict) and "index" in child:
                child["index"] += by
            _shift_textures(child, by)
    elif isinstance(value, list):
        for child in value:
            _shift_textures(child, by)

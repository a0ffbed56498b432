"""What the export promises: each entity is a named node with its values; models come along."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from worldloom import (
    Color,
    Model,
    Text,
    Transform,
    World,
    box,
    capsule,
    cone,
    cylinder,
    plane,
    sphere,
    torus,
)
from worldloom.kernel.realm import Realm
from worldloom.kernel.state import State
from worldloom.stores.memory import MemoryStore
from worldloom.studio.export import solid_of, world_to_glb
from worldloom.studio.geometry.solids import icosphere
from worldloom.studio.glb_check import check_glb
from worldloom.studio.gltf import GlbWriter, disassemble

ASSET = "ab" * 32


def ball_glb() -> bytes:
    writer = GlbWriter()
    writer.add("ball", icosphere(1), writer.material("red"))
    return writer.finish()


@pytest.fixture
def state() -> Iterator[State]:
    world = World("shelf")
    table = world.spawn("table", box(2, 1, 1), Color("#aa5500"), at=(1, 2, 3))
    world.spawn("lamp", sphere(0.2), Color("#ffff00", glow=2), at=(0, 1, 0), parent=table)
    world.spawn("sign", Text("hello"), Transform((0, 2, 0), (0, 1, 0, 0), (2, 2, 2)))
    world.spawn("one", Model(ASSET), at=(5, 0, 0))
    world.spawn("two", Model(ASSET), at=(6, 0, 0))
    world.spawn("lost", Model("cd" * 32))
    clock = count(1_000_000)
    realm = Realm(MemoryStore(), lambda: next(clock), lambda size: bytes(size))
    yield realm.open(world).state


def read(asset: str) -> bytes:
    if asset != ASSET:
        raise LookupError(asset)
    return ball_glb()


def nodes(glb: bytes) -> dict[str, dict[str, Any]]:
    document, _ = disassemble(glb)
    return {node["name"]: node for node in document["nodes"] if "name" in node}


def test_every_entity_is_a_node_with_its_values(state: State) -> None:
    named = nodes(world_to_glb(state, read))
    assert {"table", "lamp", "sign", "one", "two", "lost"} <= set(named)
    assert named["table"]["translation"] == [1, 2, 3]
    assert named["table"]["extras"]["worldloom"]["Color"]["value"] == "#aa5500"
    assert named["sign"]["scale"] == [2, 2, 2]
    assert named["sign"]["extras"]["worldloom"]["Text"]["value"] == "hello"


def test_children_stay_under_their_parents(state: State) -> None:
    document, _ = disassemble(world_to_glb(state, read))
    table = next(node for node in document["nodes"] if node.get("name") == "table")
    names = [document["nodes"][child].get("name") for child in table["children"]]
    assert "lamp" in names


def test_a_model_is_embedded_once_and_shown_twice(state: State) -> None:
    document, _ = disassemble(world_to_glb(state, read))
    shown = [node for node in document["nodes"] if node.get("name") == "ball"]
    assert len(shown) == 2
    assert shown[0]["mesh"] == shown[1]["mesh"]
    assert len([mesh for mesh in document["meshes"] if mesh["name"] == "ball"]) == 1


def test_the_export_is_a_sound_glb_and_the_same_bytes_twice(state: State) -> None:
    glb = world_to_glb(state, read)
    assert check_glb(glb).triangles > 0
    assert world_to_glb(state, read) == glb


@pytest.mark.parametrize(
    "shape",
    [
        box(1, 2, 3),
        sphere(0.5),
        cylinder(0.5, 2),
        cone(1, 2),
        plane(4, 6),
        torus(1, 0.2),
        capsule(),
    ],
)
def test_a_shape_has_its_size(shape: Any) -> None:
    low, high = solid_of(shape.kind, shape.size, shape.bevel).bounds()
    assert high - low == pytest.approx(shape.size, abs=0.02)

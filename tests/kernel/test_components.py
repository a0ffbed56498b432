"""Promised: the standard components have sane bounds, and their helpers make valid ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from worldloom.kernel.components import (
    Color,
    Model,
    Shape,
    Sky,
    Text,
    Transform,
    box,
    capsule,
    cone,
    cylinder,
    label,
    model,
    plane,
    sphere,
    torus,
)  # fmt: skip
from worldloom.kernel.errors import Invalid
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.media import Image, image
from worldloom.kernel.schema import Component, decode, encode
from worldloom.kernel.standard import standard_components

STANDARD = standard_components()
VIEWS = Path(__file__).parents[2] / "client/src/view/components"
UNSEEN = {"Spawn", "Guard", "Body", "Joint", "Grab", "Seat", "Sketch", "Zone"}
"""What the client does not draw: it concerns the server, or hands and feet."""


def test_every_standard_component_has_its_own_file_in_the_client() -> None:
    drawn = {path.stem for path in VIEWS.rglob("*.ts")} - {"table"}
    names = {re.sub(r"\B([A-Z])", r"-\1", kind.__kind__.name).lower() for kind in STANDARD}
    assert drawn == names - {name.lower() for name in UNSEEN}


@pytest.mark.parametrize("kind", STANDARD)
def test_every_standard_component_has_valid_defaults(kind: type[Component]) -> None:
    assert decode(kind, encode(kind())) == kind()


@pytest.mark.parametrize(
    "made",
    [
        box(1, 2, 3), sphere(0.3), cylinder(0.5, 2), cone(), plane(4, 4), torus(), capsule(),
        model("vase.glb"), label("hello"), image("map.png"),
    ],
)  # fmt: skip
def test_every_helper_makes_a_valid_component(made: Component) -> None:
    assert decode(type(made), encode(made)) == made


def test_helpers_measure_in_metres_across_the_whole_thing() -> None:
    assert sphere(radius=0.3).size == (0.6, 0.6, 0.6)
    assert cylinder(radius=0.5, height=2).size == (1.0, 2, 1.0)
    assert torus(radius=0.5, thickness=0.1).size == (1.1, 0.1, 1.1)
    assert plane(4, 6).size == (4, 0.0, 6)


def test_a_model_file_is_named_until_the_loader_keeps_it() -> None:
    assert model("vase.glb") == Model("file:vase.glb", anchor="floor")
    assert label("hi") == Text("hi", billboard=True)


@pytest.mark.parametrize(
    "wrong",
    [
        Transform((LIMITS.extent_m_max + 1, 0, 0)),
        Transform((0, float("nan"), 0)),
        Transform(scale=(0, 0, 1e9)),
        Color("red"),
        Color("#12345"),
        Color(opacity=1.5),
        Shape("blob"),  # type: ignore[arg-type]
        Shape(size=(-1, 1, 1)),
        Sky(hour=25),
        Model("../../etc/passwd"),
        Image("https://example.org/a.png"),
    ],
)
def test_values_out_of_bounds_are_refused(wrong: Component) -> None:
    with pytest.raises(Invalid):
        encode(wrong)

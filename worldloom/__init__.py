"""A shared 3D place for your people, models and live data: the front door for authors.

from worldloom import Click, Color, World, sphere
"""

from __future__ import annotations

import importlib

from worldloom.kernel.components import (
    Annotation,
    Color,
    Light,
    Model,
    Portal,
    Push,
    Shape,
    Sky,
    Sound,
    Spawn,
    Text,
    Transform,
    Use,
    box,
    capsule,
    cone,
    cylinder,
    label,
    model,
    plane,
    sphere,
    torus,
)
from worldloom.kernel.entity import Entity, Visitor
from worldloom.kernel.errors import (
    Conflict,
    Invalid,
    Misused,
    NotAllowed,
    NotFound,
    NotSignedIn,
    OverLimit,
    Refused,
    Unavailable,
    WorldloomError,
)
from worldloom.kernel.events import Banned, Click, Entered, Failed, Granted, Left, Said
from worldloom.kernel.rights import Role
from worldloom.kernel.schema import Component, Event, Input, Request
from worldloom.kernel.world import Kit, World

__version__ = "0.1.0"


def run(world: World, *arguments: str) -> int:
    """Serve a world made in a plain Python program; `arguments` are those of `loom run`."""
    # The door is loaded with every part of the house, so the server is looked for only here.
    server = importlib.import_module("worldloom.server.cli.run")
    code: int = server.run_world(world, list(arguments))
    return code


__all__ = [
    "Annotation",
    "Banned",
    "Click",
    "Color",
    "Component",
    "Conflict",
    "Entered",
    "Entity",
    "Event",
    "Failed",
    "Granted",
    "Input",
    "Invalid",
    "Kit",
    "Left",
    "Light",
    "Misused",
    "Model",
    "NotAllowed",
    "NotFound",
    "NotSignedIn",
    "OverLimit",
    "Portal",
    "Push",
    "Refused",
    "Request",
    "Role",
    "Said",
    "Shape",
    "Sky",
    "Sound",
    "Spawn",
    "Text",
    "Transform",
    "Unavailable",
    "Use",
    "Visitor",
    "World",
    "WorldloomError",
    "box",
    "capsule",
    "cone",
    "cylinder",
    "label",
    "model",
    "plane",
    "run",
    "sphere",
    "torus",
]

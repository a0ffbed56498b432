"""A shared 3D place for your people, models and live data: the front door for authors.

from worldloom import Click, Color, World, sphere
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from worldloom.kernel.components import (
    Annotation,
    Color,
    Guard,
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
from worldloom.kernel.copies import Copies
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
from worldloom.kernel.events import (
    Banned,
    BodyEntered,
    BodyLeft,
    Click,
    Entered,
    Failed,
    Grabbed,
    Granted,
    Left,
    Pushed,
    Released,
    Rested,
    Said,
    SatDown,
    StoodUp,
    ZoneEntered,
    ZoneLeft,
)
from worldloom.kernel.media import Image, Screen, Video, image, screen, video
from worldloom.kernel.personal import Personal
from worldloom.kernel.physical import Body, Grab, Joint, Seat, Zone
from worldloom.kernel.progress import progress
from worldloom.kernel.projection import Entry, Projection, Row, Rows
from worldloom.kernel.rights import Role
from worldloom.kernel.schema import Component, Event, Input, Request
from worldloom.kernel.telemetry import Measured, Telemetry
from worldloom.kernel.things import (
    Billboard,
    Heat,
    Instances,
    Mirror,
    Particles,
    Path,
    Sketch,
    heat,
    heat_at,
    instances,
    path,
)
from worldloom.kernel.webhooks import Undelivered
from worldloom.kernel.world import Kit, World
from worldloom.presence.panels.graphs import Graph, Node
from worldloom.presence.panels.panel import Panel
from worldloom.presence.panels.widget import Widget

# A world's file asks nobody: the clients are loaded when they are named.
if TYPE_CHECKING:
    from worldloom.remote.client import Client
    from worldloom.remote.waiting import AsyncClient

__version__ = "0.1.0"
_REMOTE = {"Client": "client", "AsyncClient": "waiting"}


def __getattr__(name: str) -> Any:
    if name not in _REMOTE:
        raise AttributeError(f"worldloom has no {name}")
    return getattr(importlib.import_module(f"worldloom.remote.{_REMOTE[name]}"), name)


def run(world: World, *arguments: str) -> int:
    """Serve a world made in a plain Python program; `arguments` are those of `loom run`."""
    # The door is loaded with every part of the house, so the server is looked for only here.
    server = importlib.import_module("worldloom.server.cli.run")
    code: int = server.run_world(world, list(arguments))
    return code


__all__ = [
    "Annotation",
    "AsyncClient",
    "Banned",
    "Billboard",
    "Body",
    "BodyEntered",
    "BodyLeft",
    "Click",
    "Client",
    "Color",
    "Component",
    "Conflict",
    "Copies",
    "Entered",
    "Entity",
    "Entry",
    "Event",
    "Failed",
    "Grab",
    "Grabbed",
    "Granted",
    "Graph",
    "Guard",
    "Heat",
    "Image",
    "Input",
    "Instances",
    "Invalid",
    "Joint",
    "Kit",
    "Left",
    "Light",
    "Measured",
    "Mirror",
    "Misused",
    "Model",
    "Node",
    "NotAllowed",
    "NotFound",
    "NotSignedIn",
    "OverLimit",
    "Panel",
    "Particles",
    "Path",
    "Personal",
    "Portal",
    "Projection",
    "Push",
    "Pushed",
    "Refused",
    "Released",
    "Request",
    "Rested",
    "Role",
    "Row",
    "Rows",
    "Said",
    "SatDown",
    "Screen",
    "Seat",
    "Shape",
    "Sketch",
    "Sky",
    "Sound",
    "Spawn",
    "StoodUp",
    "Telemetry",
    "Text",
    "Transform",
    "Unavailable",
    "Undelivered",
    "Use",
    "Video",
    "Visitor",
    "Widget",
    "World",
    "WorldloomError",
    "Zone",
    "ZoneEntered",
    "ZoneLeft",
    "box",
    "capsule",
    "cone",
    "cylinder",
    "heat",
    "heat_at",
    "image",
    "instances",
    "label",
    "model",
    "path",
    "plane",
    "progress",
    "run",
    "screen",
    "sphere",
    "torus",
    "video",
]

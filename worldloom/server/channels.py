"""What every world of a server talks about beside its log: the one place that joins it to hubs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from worldloom.presence.panels.channel import PanelChannel
from worldloom.presence.physics import Physics
from worldloom.presence.reach import Reaching
from worldloom.presence.seats import Seating
from worldloom.presence.showing import Showing
from worldloom.presence.zones import Zones
from worldloom.sync.boundary import Boundary
from worldloom.sync.channel import Channel
from worldloom.sync.evidence import Evidence
from worldloom.sync.hub import Hub

CHANNELS: Final[tuple[Callable[[Hub], Channel], ...]] = (
    PanelChannel,
    Reaching,
    Physics,
    Seating,
    Zones,
    Showing,
    Boundary,
    Evidence,
)
"""Each is made once for every world that is entered."""

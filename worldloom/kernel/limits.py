"""Every limit of the product in one table; the reference page is generated from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits; each name ends in what it bounds: unit first, then `max` or `min`."""

    # A world
    entities_max: int = 200_000
    """Living entities of one world."""
    entity_components_max: int = 64
    """Components on one entity."""
    entity_depth_max: int = 32
    """Parents above one entity."""
    name_characters_max: int = 80
    """Characters of an entity's or a visitor's name."""
    title_characters_max: int = 120
    """Characters of a world's title."""
    extent_m_max: float = 10_000.0
    """How far from the origin anything may stand, along each axis, in metres."""
    visitors_max: int = 5_000
    """Visitors in one world at one time."""

    # The log
    component_bytes_max: int = 65_536
    """Bytes of one encoded component or event."""
    group_records_max: int = 20_000
    """Records of one group."""
    group_bytes_max: int = 16_777_216
    """Payload bytes of one group."""
    queue_groups_max: int = 10_000
    """Groups that may wait for the disk before commands are turned away."""
    queue_bytes_max: int = 67_108_864
    """Payload bytes that may wait for the disk before commands are turned away."""
    snapshot_records_min: int = 10_000
    """Records between two snapshots of a world (or its number of cells, if that is more)."""
    cursor_records_max: int = 1_000
    """Records that the durable cursor of reactions may lag behind."""

    # Actions
    text_characters_max: int = 2_000
    """Characters of one chat message."""
    argument_bytes_max: int = 65_536
    """Bytes of one action's arguments, as msgpack."""
    argument_depth_max: int = 12
    """Levels of nesting in one action's arguments."""
    idempotency_key_characters_max: int = 128
    """Characters of an Idempotency-Key."""
    idempotency_hours: int = 24
    """How long the answer to an Idempotency-Key is kept."""
    push_m_max: float = 3.0
    """How far one push moves a thing, in metres."""
    push_m_per_s_max: float = 8.0
    """The greatest speed that a push gives, in metres per second."""
    reaction_depth_max: int = 16
    """How often a reaction may follow a reaction before the chain is cut."""
    faults_max: int = 100
    """Failures of reactions and timers that a realm remembers."""

    # The live socket
    message_bytes_max: int = 262_144
    """Bytes of one frame on the live socket."""
    hello_seconds_max: float = 5.0
    """How long a new socket may wait with its hello."""
    tick_hz: int = 20
    """Steps per second of a world; a step is 50 ms."""
    poses_per_second_max: int = 40
    """Poses that one session may send per second."""
    full_frame_seconds: float = 5.0
    """How often a session gets a motion frame with everyone near, not the movers only."""


LIMITS: Final = Limits()
"""The limits in force."""

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
    visitors_per_world_max: int = 5_000
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
    batch_records_max: int = 1_000
    """Records after which a commit takes no further group."""
    checkpoint_pages_max: int = 1_000
    """Pages in the write-ahead log that call for a checkpoint."""
    checkpoint_seconds_max: float = 1.0
    """How long a commit may stand in the write-ahead log only."""
    wal_pages_max: int = 16_000
    """Pages in the write-ahead log at which a commit makes the checkpoint itself."""
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
    adapter_seconds_max: float = 60.0
    """How long an adapter may take with one request before it is tried again."""
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
    poses_burst_max: int = 80
    """Poses that one session may send at once, after a pause of its network."""
    commands_per_second_max: int = 50
    """Actions and pings that one session may ask for per second."""
    commands_burst_max: int = 200
    """Actions and pings that one session may ask for at once."""
    floods_per_second_max: int = 20
    """Messages over the rates that are dropped per second before the session is ended."""
    floods_burst_max: int = 400
    """Messages over the rates that are dropped at once before the session is ended."""
    socket_bytes_per_second_max: int = 524_288
    """Bytes that one session may send per second."""
    socket_bytes_burst_max: int = 2_097_152
    """Bytes that one session may send at once."""
    socket_queue_messages_max: int = 4_096
    """Messages that may wait for one slow session before it is told to come again."""
    socket_queue_bytes_max: int = 33_554_432
    """Bytes that may wait for one slow session before it is told to come again."""
    snapshot_part_bytes_max: int = 262_144
    """Bytes of one part of a snapshot or of one message of records, one entity or group aside."""
    resume_records_max: int = 10_000
    """Records that a returning session is sent one by one; past them it gets a snapshot."""
    entering_max: int = 256
    """Sessions that may be entering one world at the same time."""
    visible_visitors_max: int = 200
    """Visitors that one visitor is sent the motion of: the nearest."""
    speed_m_per_s_max: float = 12.0
    """How fast a visitor may move over ground, in metres per second."""
    stride_m_max: float = 24.0
    """How far a visitor may seem to jump after a pause of its network, in metres."""
    placed_seconds_min: float = 0.5
    """How long after setting a visitor's place its refused poses are passed over in silence."""
    spawn_gap_m: float = 0.9
    """How far apart visitors appear, in metres."""
    retry_seconds: int = 5
    """When someone who found a full world should try again."""
    ping_idle_seconds: float = 20.0
    """How long a socket may be silent before it is pinged."""
    ping_reply_seconds: float = 10.0
    """How long a pinged socket may take to answer before it is cut."""
    sockets_max: int = 6_000
    """Live sockets of one server."""
    followers_max: int = 500
    """Requests that follow a world's log live, of one server."""
    events_page_max: int = 1_000
    """Records in one answer of the log."""
    worlds_max: int = 10_000
    """Worlds of one realm."""

    # HTTP
    head_bytes_max: int = 65_536
    """Bytes of a request's address and headers that may come before they end."""

    # Assets
    uploads_max: int = 4
    """Uploads that one server takes at the same time."""
    asset_bytes_max: int = 67_108_864
    """Bytes of one uploaded file."""
    glb_bytes_max: int = 67_108_864
    """Bytes of one GLB."""
    glb_json_bytes_max: int = 8_388_608
    """Bytes of a GLB's JSON chunk."""
    glb_nodes_max: int = 20_000
    """Nodes of one GLB."""
    glb_depth_max: int = 64
    """Levels of a GLB's node tree."""
    glb_parts_max: int = 100_000
    """Accessors, views, primitives, channels and other parts of one GLB, together."""
    glb_joints_max: int = 512
    """Joints of one skin."""
    glb_triangles_max: int = 3_000_000
    """Triangles that one GLB draws, instances counted each."""
    glb_images_max: int = 64
    """Images in one GLB."""
    glb_texture_pixels_max: int = 67_108_864
    """Pixels of all images in one GLB together."""
    glb_decoded_bytes_max: int = 536_870_912
    """Bytes that a GLB's images and packed buffers may unpack to."""
    glb_extent_m_max: float = 100_000.0
    """How far from its origin a point of a GLB may lie, along each axis, in its own units."""
    texture_side_pixels_max: int = 8_192
    """Pixels along one side of an image."""


LIMITS: Final = Limits()
"""The limits in force."""

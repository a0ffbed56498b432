"""Every limit of the product in one table; the reference page is generated from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from worldloom.kernel.limits_live import LiveLimits


@dataclass(frozen=True, slots=True)
class Limits(LiveLimits):
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
    chunk_rows_max: int = 10_000
    """Rows of one chunk of columns: samples of telemetry, or of one person's recorded motion."""
    chunk_columns_max: int = 16
    """Columns of one chunk."""
    recording_chunk_seconds: float = 5.0
    """Seconds of motion in one chunk of a recording: what a crash may lose of it."""
    recording_hours_max: float = 12.0
    """How long one recording of motion may run, in hours."""
    recording_answer_rows_max: int = 2_000_000
    """Samples of motion in one answer; the newest of a longer recording are left out."""
    telemetry_samples_max: int = 200_000
    """Samples of telemetry that one call appends."""
    telemetry_points_max: int = 5_000
    """Points of a series in one answer."""
    telemetry_read_samples_max: int = 20_000_000
    """Samples that one answer reads: a longer range is asked for in parts."""
    table_page_rows_max: int = 10_000
    """Rows of a table in one answer."""
    table_catch_up_records_max: int = 50_000
    """Records that a table which is behind takes in before it answers."""
    proof_bytes_max: int = 1_048_576
    """Bytes of a saved root, proof or checkpoint that `loom verify` reads."""
    batch_records_max: int = 1_000
    """Records after which a commit takes no further group."""
    checkpoint_pages_max: int = 4_000
    """Pages in the write-ahead log that call for a checkpoint."""
    checkpoint_seconds_max: float = 1.0
    """How long a commit may stand in the write-ahead log only."""
    wal_pages_max: int = 16_000
    """Pages in the write-ahead log at which a commit makes the checkpoint itself."""
    disk_doubt_seconds: float = 30.0
    """How long `/readyz` says no after a commit that the disk did not keep."""
    snapshot_records_min: int = 10_000
    """Records between two snapshots of a world, at least."""
    snapshot_records_per_cell: float = 1.15
    """Records between two snapshots for each cell of a world, so that they weigh little."""
    cursor_records_max: int = 1_000
    """Records that the durable cursor of reactions may lag behind."""
    undo_groups_max: int = 1_000
    """Groups of one author that can be undone in one world: the newest."""
    undo_authors_max: int = 1_000
    """Authors of one world whose groups can be undone: those who wrote last."""
    undo_records_max: int = 200_000
    """Old records that one undo may read."""
    restore_records_max: int = 100_000
    """Records since a moment that a world can be restored to."""
    undo_listed_max: int = 1_000
    """Entries of one list in the answer to an undo."""

    # Actions
    text_characters_max: int = 2_000
    """Characters of one chat message."""
    says_per_second_max: float = 2.0
    """Chat messages of one account in one world per second, over a longer time."""
    says_burst_max: int = 20
    """Chat messages of one account in one world at once."""
    report_characters_max: int = 500
    """Characters of the reason that a report gives."""
    reports_per_hour_max: int = 20
    """Reports of one account in one world per hour."""
    evidence_seconds: int = 60
    """How much of what went before a report is kept with it."""
    evidence_limbs_bytes_max: int = 524_288
    """Bytes of one report's ways with head and hands; of who is beyond it places alone are kept."""
    bonds_max: int = 500
    """People whom one account blocks, mutes or is a friend of: each."""
    distance_m: float = 0.6
    """How near strangers may come to one another, in metres."""
    argument_bytes_max: int = 65_536
    """Bytes of one action's arguments, as msgpack."""
    result_bytes_max: int = 1_048_576
    """Bytes of one action's result, as msgpack."""
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
    handler_seconds_max: float = 10.0
    """How long one action, reaction or timer may take before it is stopped: all else waits."""
    adapter_seconds_max: float = 60.0
    """How long an adapter may take with one request before it is tried again."""
    account_waiting_max: int = 100
    """Long requests of one account that may be on their way in one world."""
    adapter_end_seconds_max: float = 5.0
    """How long an adapter may clear up when it is told to end; then it is left where it waits."""
    threads_max: int = 32
    """Threads for what blocks: files, tables, and what adapters and doors hand to one."""
    threads_end_seconds_max: float = 5.0
    """How long the end of a server waits for what still runs in a thread."""
    webhooks_max: int = 16
    """Webhooks of one world."""
    webhook_seconds_max: float = 10.0
    """How long the other side may take to answer a webhook."""
    webhook_tries_max: int = 10
    """How often a record is sent before it is given up, which is an event."""
    webhook_retry_seconds: float = 1.0
    """How long the first wait is before a record is sent again; each is twice the one before."""
    webhook_retry_seconds_max: float = 300.0
    """The longest such wait."""
    load_seconds_max: float = 30.0
    """How long an author's file may take to load again, before it is given up."""
    faults_max: int = 100
    """Failures of reactions and timers that a realm remembers."""

    # Agents
    mcp_message_bytes_max: int = 131_072
    """Bytes of one message to the MCP server."""
    agents_max: int = 500
    """Agents that are in the worlds of one server as visitors."""
    agent_idle_seconds: float = 300.0
    """How long an agent that does nothing stays in a world as a visitor."""
    agent_things_max: int = 200
    """Things, people or records in one answer to an agent."""
    agent_text_characters_max: int = 1_000
    """Characters of one text of the world in an answer to an agent."""
    agent_answer_characters_max: int = 60_000
    """Characters of all that the world says in one answer to an agent."""
    agent_asset_bytes_max: int = 1_048_576
    """Bytes of a file that is given to an agent inside a message."""
    agent_wait_seconds_max: float = 20.0
    """How long an agent may let a call wait for news of a world."""
    agent_slow_reads_max: int = 2
    """Comparisons of two moments by agents that one server makes at the same time."""
    picture_edge_max: int = 768
    """Pixels of an edge of a drawing for an agent."""
    picture_solids_max: int = 600
    """Solids that a drawing for an agent shows, the nearest ones."""
    picture_triangles_max: int = 250_000
    """Triangles of models, arrays and paths in a drawing for an agent, the nearest things' ones."""
    picture_model_triangles_max: int = 100_000
    """Triangles of one model in it; its largest parts are drawn."""
    picture_file_bytes_max: int = 33_554_432
    """Bytes of a model or an array that is opened for it; larger models are drawn as bounds."""
    picture_unpacked_bytes_max: int = 4_194_304
    """Bytes that one part of a packed model may unpack to for it."""
    picture_models_max: int = 24
    """Models whose triangles a server keeps for the next drawing."""
    picture_marks_max: int = 60
    """Numbers in a drawing for an agent, of what covers most of it."""
    picture_seconds_max: float = 4.0
    """How long is drawn for an agent; what was not reached by then is left out."""
    portrait_seconds_max: float = 1.0
    """How long the portrait of a world without a picture is drawn; the rest is left out."""
    client_document_bytes_max: int = 10_240
    """Bytes of what a program says of itself at its own address."""
    client_document_seconds_max: float = 5.0
    """How long it may take to say so."""
    client_documents_at_once_max: int = 4
    """Programs that a server asks at the same time."""
    client_documents_max: int = 256
    """Programs' descriptions that a server keeps for a few minutes."""
    client_id_characters_max: int = 500
    """Characters of an address that is a program's id."""
    approval_hours: int = 20
    """How long what an agent asked for waits for a person; shorter than an answer is kept."""
    account_holds_max: int = 10
    """Deeds of one account's agents that wait for a person."""
    held_argument_bytes_max: int = 4_096
    """Bytes of the arguments of what waits for a person, as JSON."""
    refusals_noted_per_second_max: float = 0.2
    """Refused calls of one account that the log names per second."""
    refusals_noted_burst_max: float = 50.0
    """Refused calls of one account that the log names at once."""
    looks_noted_seconds: float = 60.0
    """After how long the log tells how often an agent read a world, and by what."""
    look_ways_max: int = 32
    """Ways of reading that it tells of by their names."""

    # Feeds
    feeds_max: int = 16
    """Feeds of one world to the outside."""
    feed_retry_seconds: float = 1.0
    """How long the first wait is until events are passed on again; each is twice the last."""
    feed_retry_seconds_max: float = 300.0
    """The longest such wait: it goes on until they are taken."""

    # Panels
    panels_max: int = 64
    """Panels of one world."""
    panel_widgets_max: int = 1_000
    """Widgets of one panel."""
    panel_text_characters_max: int = 20_000
    """Characters of one text of a panel, shown or typed."""
    panel_points_max: int = 200_000
    """Numbers of one chart; the oldest points of a stream are dropped."""
    panel_cells_max: int = 1_000_000
    """Cells of one table; the oldest rows of a stream are dropped."""
    panel_items_max: int = 10_000
    """Options of a choice, items of a list, cards or a timeline."""
    panel_nodes_max: int = 300
    """Nodes of one graph."""
    panel_edges_max: int = 1_000
    """Edges of one graph."""
    panel_picture_pixels_max: int = 4_194_304
    """Pixels of a picture that is given as an array."""
    panel_people_max: int = 10_000
    """People of whom a world's panels remember what they entered: those who did so last."""

    # HTTP
    head_bytes_max: int = 65_536
    """Bytes of a request's address and headers that may come before they end."""
    head_seconds_max: float = 15.0
    """How long a new connection may take with its first request, and any request with its head."""
    body_seconds_max: float = 20.0
    """How long a body may stop, beside one second for each `body_bytes_per_second_min` before."""
    body_bytes_per_second_min: int = 32_768
    """Bytes per second that a body must bring once `body_seconds_max` is over."""
    drain_seconds_max: float = 30.0
    """How long a client may leave an answer unread before its connection is cut."""
    keep_alive_seconds: float = 30.0
    """How long a connection may stay open between two requests."""
    waiting_connections_max: int = 1_000
    """Connections on which nothing is asked just now; the oldest is closed for a new one."""
    waiting_seconds_min: float = 1.0
    """How long a new connection may wait with its request before it is closed for a newer one."""
    handshakes_max: int = 1_000
    """TLS handshakes under way; the one that has taken longest is cut for a new one."""
    pipelined_requests_max: int = 16
    """Requests that one connection may send ahead of their answers."""

    # Sign-in
    oidc_bytes_max: int = 262_144
    """Bytes of one answer of an organisation's provider."""
    oidc_seconds_max: float = 10.0
    """How long one answer of an organisation's provider may take in all."""

    oidc_at_once_max: int = 8
    """Questions to an organisation's provider at the same time; others wait for their turn."""

    # Doors of worlds
    door_body_bytes_max: int = 67_108_864
    """Bytes of one request that a door of a world may take."""
    door_unknown_body_bytes_max: int = 131_072
    """Bytes of one request at a door that are read before it is known who asks."""
    door_requests_max: int = 64
    """Requests at doors of worlds that one server answers at the same time."""

    # Assets
    uploads_max: int = 4
    """Uploads that one server takes at the same time."""
    account_uploads_max: int = 2
    """Uploads of one account at the same time."""
    asset_bytes_max: int = 67_108_864
    """Bytes of one uploaded file."""
    world_file_bytes_max: int = 1_073_741_824
    """Bytes of a `.loom` file that comes in over HTTP."""
    import_ahead_seconds_max: float = 300.0
    """How far ahead of this machine's clock a record of a world from elsewhere may be."""
    world_files_max: int = 4
    """Such files that come in at the same time."""
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
    vrm_bytes_max: int = 33_554_432
    """Bytes of a VRM that someone wears."""
    vrm_triangles_max: int = 100_000
    """Triangles of a VRM."""
    vrm_points_max: int = 250_000
    """Points of a VRM's meshes."""
    vrm_nodes_max: int = 2_048
    """Nodes of a VRM, its bones among them."""
    vrm_joints_max: int = 512
    """Joints of all skins of a VRM together."""
    vrm_draws_max: int = 64
    """Meshes of a VRM, counted by material: each is drawn by itself."""
    vrm_materials_max: int = 32
    """Materials of a VRM."""
    vrm_morph_points_max: int = 4_000_000
    """Points that all expressions of a VRM's face and body move, each counted for each."""
    vrm_texture_bytes_max: int = 134_217_728
    """Bytes that the textures of a VRM unpack to."""
    vrm_expressions_max: int = 256
    """Expressions of a VRM, and of each what it moves."""
    vrm_springs_max: int = 32_768
    """Swinging bones of a VRM, and each of them times the colliders that it is held against."""
    vrm_height_m_min: float = 0.3
    """How high a VRM is at least, from its lowest to its highest point at rest, in metres."""
    vrm_height_m_max: float = 3.0
    """How high a VRM is at most, in metres."""
    vrm_aside_m_max: float = 2.0
    """How far from its axis a point of a VRM may lie at rest, to each side, in metres."""
    vrm_depth_m_max: float = 0.5
    """How far under or over the ground the lowest point of a VRM may lie at rest, in metres."""
    vrm_text_characters_max: int = 200
    """Characters of each text of a VRM's licence that are shown."""
    array_inline_bytes_max: int = 49_152
    """Bytes of an array in a component itself; a larger one becomes an asset."""
    shown_bytes_max: int = 16_777_216
    """Bytes of all components that one world shows and does not keep."""
    array_values_max: int = 4_000_000
    """Numbers, or rows, of one array."""
    instances_max: int = 200_000
    """Copies of one Instances."""
    particles_max: int = 20_000
    """Particles of one Particles."""
    path_points_max: int = 1_000
    """Points that a Path holds itself; more stand in its array."""
    film_side_pixels_max: int = 4_096
    """Pixels along one side of a film."""
    film_seconds_max: float = 21_600.0
    """How long a film may run."""
    captions_bytes_max: int = 1_048_576
    """Bytes of one file of captions."""
    image_markers_max: int = 4_096
    """Markers and filling bytes of a JPEG before the one that tells its size."""
    texture_side_pixels_max: int = 8_192
    """Pixels along one side of an image."""


LIMITS: Final = Limits()
"""The limits in force."""

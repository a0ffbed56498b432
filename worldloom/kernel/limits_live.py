"""The limits of the live socket and of what is seen through it: a part of the one table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LiveLimits:
    """Limits of sockets, motion and crowds; `Limits` has them among its own."""

    # The live socket
    message_bytes_max: int = 262_144
    """Bytes of one frame on the live socket."""
    hello_seconds_max: float = 5.0
    """How long a new socket may wait with its hello."""
    tick_hz: int = 20
    """Steps per second of a world; a step is 50 ms."""
    poses_per_second_max: int = 40
    """Poses that one session may send per second."""
    crowd_sessions_min: int = 100
    """From so many sessions on, input is drained in slices and news go out with the tick."""
    full_frame_seconds: float = 5.0
    """How often a session gets a motion frame with everyone near, not the movers only."""
    capped_full_frame_seconds: float = 1.0
    """The same where more are near than one is shown: who is so no longer is gone by then."""
    far_frames_per_second: int = 5
    """How often a second those are told of who are more than 16 m from one's cell of 32 m."""
    poses_burst_max: int = 80
    """Poses that one session may send at once, after a pause of its network."""
    commands_per_second_max: int = 50
    """Actions and pings that one session may ask for per second."""
    commands_burst_max: int = 200
    """Actions and pings that one session may ask for at once."""
    http_calls_per_second_max: int = 50
    """Actions and other changes that one account may ask for over HTTP per second."""
    http_calls_burst_max: int = 200
    """Actions and other changes that one account may ask for over HTTP at once."""
    mcp_calls_per_second_max: int = 50
    """Messages of MCP that one account may send per second, with all its agents together."""
    mcp_calls_burst_max: int = 200
    """Messages of MCP that one account may send at once."""
    live_per_second_max: int = 120
    """Messages and raw frames to all channels that one session may send per second."""
    live_burst_max: int = 240
    """Messages and raw frames to all channels that one session may send at once."""
    account_sockets_worth: int = 4
    """So many sockets' rates have all sockets of one account together, with all its agents."""
    address_sockets_worth: int = 500
    """So many sockets' rates have all guests of one address together: a school, a hall."""
    address_guests_worth: int = 10
    """So many accounts' rates have all guests of one address together by HTTP, and by MCP."""
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
    socket_unsent_bytes_max: int = 65_536
    """Bytes that the system may hold unsent for one session before its motion is held back."""
    socket_queue_bytes_max: int = 33_554_432
    """Bytes that may wait for one slow session before it is told to come again."""
    queued_bytes_max: int = 268_435_456
    """Bytes that may wait for all slow sessions of a server; over it the slowest are ended."""
    snapshot_part_bytes_max: int = 262_144
    """Bytes of one part of a snapshot or of one message of records, one entity or group aside."""
    resume_records_max: int = 10_000
    """Records that a returning session is sent one by one; past them it gets a snapshot."""
    entries_per_second_max: float = 100.0
    """Visitors who come into one world per second; later ones wait for their turn."""
    entries_burst_max: int = 200
    """Visitors who come into one world at once."""
    copies_max: int = 16
    """Copies that one world may open of itself."""
    waiting_visitors_max: int = 1_000
    """Newcomers who wait at the door of one world; others are asked to come again."""
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
    lean_m_max: float = 0.9
    """How far from over its feet a head with a headset may be, in metres."""
    head_m_max: float = 2.4
    """How high over the feet a head with a headset may be, in metres."""
    arm_m_max: float = 1.15
    """How far a hand may be from its head, in metres."""
    hand_m_per_s_max: float = 16.0
    """How fast a hand or a head with a headset may move, in metres per second."""
    visible_reaches_max: int = 48
    """Visitors whose head and hands one visitor is sent: the nearest."""
    avatar_characters_max: int = 64
    """Characters of the code that an avatar is chosen by."""
    avatars_kept_max: int = 20_000
    """Guests whose avatar a realm keeps, or whose bonds; others' avatars stay in the browser."""
    bodies_max: int = 1_000
    """Entities of one world that physics moves or that hands carry: the first by id."""
    colliders_max: int = 20_000
    """Solid things of one world that bodies can hit: the first by id."""
    collider_triangles_max: int = 50_000
    """Solid triangles of one model that bodies can hit; a model of more is its box to them."""
    visible_bodies_max: int = 300
    """Moving bodies that one visitor is sent: the nearest."""
    body_m_per_s_max: float = 40.0
    """How fast a body moves, in metres per second."""
    throw_m_per_s_max: float = 25.0
    """How fast a hand throws, in metres per second."""
    reach_m_max: float = 20.0
    """How far from a visitor a thing may be that they take or sit on, in metres."""
    hand_m_max: float = 3.0
    """How far from the shoulder a carried thing is held, in metres."""
    rest_m: float = 0.008
    """How far from its Transform a body must come to rest for that to be an event, in metres."""
    rest_radians: float = 0.02
    """How much a body must have turned for its coming to rest to be an event."""
    rests_per_second_max: int = 4
    """Groups of bodies that came to rest per second; all that did meanwhile are in one."""
    zones_max: int = 1_000
    """Zones of one world: the first by id."""
    zone_margin_m: float = 0.25
    """How far out of a zone one must be to have left it, in metres."""
    held_m_max: float = 0.3
    """How far someone who is held may be from where they stood, in metres."""
    zone_events_per_second_max: float = 4.0
    """Events of zones per second about one visitor or body; later ones wait."""
    zone_events_burst_max: int = 8
    """Events of zones at once about one visitor or body."""
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
    account_followers_max: int = 50
    """Those of one account; all who are nobody count as one."""
    events_page_max: int = 1_000
    """Records in one answer of the log."""
    events_page_bytes_max: int = 4_194_304
    """Bytes of JSON after which an answer of the log holds no further record."""
    large_reads_max: int = 2
    """Whole states that one server reads out by HTTP at once; so of logs' pages and recordings."""
    worlds_max: int = 10_000
    """Worlds of one realm."""
    keys_in_memory_max: int = 20_000
    """People's keys that a server holds in memory; the others are read again at need."""
    guest_worlds_max: int = 5
    """Worlds that one guest may make, where guests may make worlds at all."""
    guests_worlds_max: int = 200
    """Worlds of one realm that guests own, all of them together."""
    forks_max: int = 2_000
    """Forks of one realm."""
    account_forks_max: int = 100
    """Forks that one account may make."""
    fork_depth_max: int = 32
    """Worlds that one fork may continue, one after another."""

    own_roles_max: int = 32
    """Roles of its own that one world may have."""
    own_rights_max: int = 200
    """Actions for which one world may ask another role, and actions that one own role names."""
    picture_bytes_max: int = 262_144
    """Bytes of the picture of a world in lists."""
    picture_seconds_min: float = 60.0
    """How long a world keeps its picture at least."""
    invitations_max: int = 200
    """Invitations of one world that can be used."""
    invitation_uses_max: int = 1_000
    """How often an invitation may be used that does not say how often."""
    invitation_arrivals_per_second_max: float = 0.2
    """People of one address let in by invitations, or kept as accounts, per second over time."""
    invitation_arrivals_burst_max: float = 100.0
    """People of one address let in by invitations, or kept as accounts, at once: a class."""
    wrong_secrets_per_second_max: float = 0.5
    """Wrong tokens, passkeys and links of one address that are answered as such per second."""
    wrong_secrets_burst_max: float = 10.0
    """Wrong tokens, passkeys and links of one address that are answered as such at once."""
    account_passkeys_max: int = 20
    """Passkeys of one account."""
    account_devices_max: int = 100
    """Machines with a key of their own of one account."""
    personal_export_bytes_max: int = 268_435_456
    """Bytes of files that a person takes along with their data."""
    account_tokens_max: int = 100
    """Tokens of one account that have not ended."""
    token_scopes_max: int = 64
    """Scopes of one token, and worlds that it is good for."""

"""The bytes of the live socket: messages by msgpack, poses and motion frames by NumPy.

Byte 0 tells the kinds apart: 0 a message, 1 a pose, 2 a motion frame, 3 raw bytes of the channel
whose number is byte 1. All numbers are
little-endian. Whatever a client sends either becomes a typed value or a `BadMessage`.
"""

import math
import struct
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from worldloom.kernel.errors import Refused
from worldloom.kernel.limits import LIMITS
from worldloom.sync.messages import Do, Message, PanelValue, ToClient, ToServer

MESSAGE: Final = 0
POSE: Final = 1
FIRST_MARK: Final = 1
"""What poses bear from the welcome until the server sets a place."""
MOTION: Final = 2
LIVE: Final = 3
LIVE_HEAD_BYTES: Final = 2

CELL_M: Final = 32.0
"""The side of an interest cell in metres."""
STEPS_PER_M: Final = 65536 / CELL_M
"""Steps of x and z inside a cell per metre: 0.5 mm each."""
TILES: Final = 2
"""Tiles along one side of a cell: who is more than one tile away from it is far."""
TILE_SHIFT: Final = 16 - TILES.bit_length() + 1
FAR_TICKS: Final = LIMITS.tick_hz // LIMITS.far_frames_per_second
"""Ticks between two frames with those who are far."""
HEIGHT_MIN_M: Final = -128.0
HEIGHT_STEPS_PER_M: Final = 128.0
"""Steps of y per metre: 7.8 mm each, from -128 m to 384 m."""
YAW_STEPS: Final = 65536 / math.tau

POSE_FORM: Final = struct.Struct("<BBhhHHHHH")
POSE_BYTES: Final = POSE_FORM.size
FRAME_HEAD: Final = struct.Struct("<BBHI")
SECTION_HEAD: Final = struct.Struct("<hhHH")
RECORD: Final = np.dtype(
    [("slot", "<u2"), ("x", "<u2"), ("y", "<u2"), ("z", "<u2"), ("yaw", "<u2"), ("flags", "<u2")]
)
RECORD_BYTES: Final = RECORD.itemsize
FULL: Final = 1
"""Frame flag: every visitor near you is in this frame, not the movers only."""
ANIMATIONS: Final = (
    "idle", "walk", "run", "wave", "in the air", "sit", "point", "dance", "clap", "nod",
    "shake the head", "cheer", "bow",
)  # fmt: skip
"""What an avatar can be seen to do: the low four bits of a pose's flags."""
DIVIDERS: Final = (1, 2, 4)
"""What the tick rate is divided by, as told in bits 4 and 5 of the frame flags."""


class BadMessage(Refused):
    """Bytes that are no message of this wire; the socket is closed with 4002."""

    code = "bad_message"
    status = 422


def bad(why: str) -> BadMessage:
    """Make the error for bytes that the wire does not know."""
    return BadMessage(why, fix="Send the messages of docs/reference/wire.md, each whole.")


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a visitor says it stands: metres, radians, and which of ANIMATIONS its avatar does.

    `mark`: the newest by which the server set its place, 0 where it does not say.
    """

    x: float
    y: float
    z: float
    yaw: float = 0.0
    animation: int = 0
    sequence: int = 0
    mark: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    """The records of one cell, with the cell's column and row."""

    cell_x: int
    cell_z: int
    records: NDArray[np.void]


@dataclass(frozen=True, slots=True)
class MotionFrame:
    """One tick of motion near a visitor; `divider` says how many ticks lie between frames."""

    tick: int
    full: bool
    divider: int
    sections: tuple[Section, ...]


_to_server = msgspec.msgpack.Decoder(ToServer)
_to_client = msgspec.msgpack.Decoder(ToClient)
_encoder = msgspec.msgpack.Encoder()


_last: tuple[bytes, bytes] = (b"", b"")
FINAL_BINARY: Final = 0x82


def framed(data: bytes) -> bytes:
    """Return the bytes of a whole binary frame of a WebSocket server (RFC 6455, 5.2).

    The last one is remembered: what a cell is sent goes to hundreds of sockets, one after another.
    """
    global _last
    known, frame = _last
    if known is data:
        return frame
    size = len(data)
    if size < 126:
        head = bytes((FINAL_BINARY, size))
    elif size < 65536:
        head = bytes((FINAL_BINARY, 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((FINAL_BINARY, 127)) + size.to_bytes(8, "big")
    _last = data, head + data
    return _last[1]


def live_head(number: int) -> bytes:
    """Return what stands before the raw bytes of a channel."""
    return bytes((LIVE, number))


def encode(message: Message) -> bytes:
    """Encode one message for the socket, its kind byte first."""
    buffer = bytearray(1)
    _encoder.encode_into(message, buffer, 1)
    return bytes(buffer)


def decode_from_client(data: bytes | memoryview) -> ToServer:
    """Decode a client's message; raises BadMessage on anything else."""
    if len(data) > LIMITS.message_bytes_max:
        raise bad(f"a message of {len(data)} bytes is over {LIMITS.message_bytes_max}")
    message: ToServer = _decode(_to_server, data)
    if isinstance(message, Do):
        check_plain(message.args)
    elif isinstance(message, PanelValue):
        check_plain(message.value)
    return message


def decode_from_server(data: bytes | memoryview) -> ToClient:
    """Decode a server's message, as a client does; raises BadMessage on anything else."""
    message: ToClient = _decode(_to_client, data)
    return message


def _decode(decoder: "msgspec.msgpack.Decoder[Any]", data: bytes | memoryview) -> Any:
    if len(data) < 2 or data[0] != MESSAGE:
        raise bad("this is not a message")
    try:
        return decoder.decode(memoryview(data)[1:])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, TypeError, ValueError) as why:
        raise bad(f"the message cannot be read: {why}") from None


def check_plain(value: object, depth: int = 0) -> None:
    """Raise BadMessage unless the value is plain, finite data that JSON could carry."""
    if depth > LIMITS.argument_depth_max:
        raise bad("the arguments are nested too deep")
    if value is None or isinstance(value, bool | str):
        return
    if isinstance(value, int):
        if abs(value) > 2**53:
            raise bad("a number is beyond 2^53")
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise bad("a number is not finite")
    elif isinstance(value, list):
        for item in value:
            check_plain(item, depth + 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise bad("a key of the arguments is not text")
            check_plain(item, depth + 1)
    else:
        raise bad(f"the arguments hold a {type(value).__name__}")


def quantise(x: float, y: float, z: float, yaw: float) -> tuple[int, int, int, int, int, int]:
    """Turn metres and radians into (cell_x, cell_z, x, y, z, yaw) steps, inside the extent."""
    extent = LIMITS.extent_m_max
    x = min(max(x, -extent), extent)
    z = min(max(z, -extent), extent)
    cell_x, cell_z = math.floor(x / CELL_M), math.floor(z / CELL_M)
    return (
        cell_x,
        cell_z,
        min(int((x - cell_x * CELL_M) * STEPS_PER_M), 65535),
        min(max(round((y - HEIGHT_MIN_M) * HEIGHT_STEPS_PER_M), 0), 65535),
        min(int((z - cell_z * CELL_M) * STEPS_PER_M), 65535),
        round(yaw * YAW_STEPS) & 0xFFFF,
    )


def encode_pose(pose: Pose) -> bytes:
    """Encode a pose as a client sends it: 16 bytes."""
    cell_x, cell_z, x, y, z, yaw = quantise(pose.x, pose.y, pose.z, pose.yaw)
    sequence, flags = pose.sequence & 0xFF, pose.animation & 0xF | (pose.mark & 0xF) << 4
    return POSE_FORM.pack(POSE, sequence, cell_x, cell_z, x, y, z, yaw, flags)


def decode_pose(data: bytes | memoryview) -> Pose:
    """Decode a pose; raises BadMessage where it is not 16 bytes of kind 1."""
    check_pose(data)
    _, sequence, cell_x, cell_z, x, y, z, yaw, flags = POSE_FORM.unpack(data)
    place = metres(cell_x, x), height(y), metres(cell_z, z)
    return Pose(*place, radians(yaw), flags & 0xF, sequence, flags >> 4 & 0xF)


def check_pose(data: bytes | memoryview) -> None:
    """Raise BadMessage unless these are the bytes of a pose: every value of them is a number."""
    if len(data) != POSE_BYTES or data[0] != POSE:
        raise bad(f"a pose is {POSE_FORM.size} bytes of kind {POSE}")


def metres(cell: int, steps: int) -> float:
    """Turn a cell and the steps in it into metres."""
    return cell * CELL_M + steps / STEPS_PER_M


def height(steps: int) -> float:
    """Turn steps of y into metres."""
    return steps / HEIGHT_STEPS_PER_M + HEIGHT_MIN_M


def radians(steps: int) -> float:
    """Turn steps of yaw into radians from 0 to 2π."""
    return steps / YAW_STEPS


def frame_head(tick: int, sections: int, full: bool, divider: int) -> bytes:
    """Encode the head of a motion frame; `divider` is one of DIVIDERS."""
    flags = (FULL if full else 0) | DIVIDERS.index(divider) << 4
    return FRAME_HEAD.pack(MOTION, flags, sections, tick & 0xFFFFFFFF)


def encode_motion(frame: MotionFrame) -> bytes:
    """Encode a motion frame whole; the server joins ready sections instead."""
    parts = [frame_head(frame.tick, len(frame.sections), frame.full, frame.divider)]
    for section in frame.sections:
        parts.append(SECTION_HEAD.pack(section.cell_x, section.cell_z, len(section.records), 0))
        parts.append(section.records.tobytes())
    return b"".join(parts)


def decode_motion(data: bytes | memoryview) -> MotionFrame:
    """Decode a motion frame; the records are views into the bytes. Raises BadMessage."""
    if len(data) < FRAME_HEAD.size or data[0] != MOTION:
        raise bad("this is not a motion frame")
    _, flags, count, tick = FRAME_HEAD.unpack_from(data)
    if flags >> 4 & 3 >= len(DIVIDERS):
        raise bad("a motion frame has an unknown rate")
    sections = []
    at = FRAME_HEAD.size
    for _ in range(count):
        if at + SECTION_HEAD.size > len(data):
            raise bad("a motion frame is cut short")
        cell_x, cell_z, records, _ = SECTION_HEAD.unpack_from(data, at)
        at += SECTION_HEAD.size
        if at + records * RECORD_BYTES > len(data):
            raise bad("a motion frame is cut short")
        sections.append(Section(cell_x, cell_z, np.frombuffer(data, RECORD, records, at)))
        at += records * RECORD_BYTES
    if at != len(data):
        raise bad("a motion frame is too long")
    return MotionFrame(tick, bool(flags & FULL), DIVIDERS[flags >> 4 & 3], tuple(sections))

"""The bytes of head and hands: places in the frame of the feet, turns by their smallest parts.

A place is 32 bits: x and z in 11 bits of 2 mm from -2.048 m, y in 10 bits of 3 mm from -0.256 m.
A turn is 32 bits: which part of the unit quaternion is largest, and the other three in 10 bits.
"""

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldloom.sync.wire import bad

NUMBER: Final = 3
"""The channel's number, both ways."""
PARTS: Final = 3
"""Head, left hand, right hand."""
HEAD: Final = 1
LEFT: Final = 2
RIGHT: Final = 4
"""Flags: which parts there are; none at all ends the reach."""
GRIPS: Final = ("relaxed", "fist", "point", "open", "thumb")
"""How fingers are held: bits 3 to 5 the left hand's, bits 6 to 8 the right hand's."""
LEFT_GRIP_SHIFT: Final = 3
RIGHT_GRIP_SHIFT: Final = 6
OWN_FLAGS: Final = 0x0FFF
GENERATION_SHIFT: Final = 12

SIDE_STEP_M: Final = 0.002
SIDE_MIN_M: Final = -2.048
UP_STEP_M: Final = 0.003
UP_MIN_M: Final = -0.256
_STEPS: Final = np.array([SIDE_STEP_M, UP_STEP_M, SIDE_STEP_M])
_LOWEST: Final = np.array([SIDE_MIN_M, UP_MIN_M, SIDE_MIN_M])
_MOST: Final = np.array([2047, 1023, 2047])
_PART_MAX: Final = math.sqrt(0.5)

CLAIM: Final = np.dtype([("flags", "<u2"), ("place", "<u4", PARTS), ("turn", "<u4", PARTS)])
RECORD: Final = np.dtype([("slot", "<u2"), *CLAIM.descr])
REACH_BYTES: Final = CLAIM.itemsize
FRAME_HEAD: Final = struct.Struct("<I")

Vector = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Limb:
    """Where a head or a hand is from the feet (metres, -Z ahead) and how it is turned (xyzw)."""

    place: Vector
    turn: Quaternion = (0.0, 0.0, 0.0, 1.0)
    grip: int = 0


@dataclass(frozen=True, slots=True)
class Limbs:
    """What a headset knows of its wearer; without a head it is worn no longer."""

    head: Limb | None = None
    left: Limb | None = None
    right: Limb | None = None


def encode_reach(limbs: Limbs) -> bytes:
    """Encode a reach as a client sends it, after the channel's head: 26 bytes."""
    parts = (limbs.head, limbs.left, limbs.right)
    claim = np.zeros((), CLAIM)
    flags = sum(1 << at for at, part in enumerate(parts) if part is not None)
    for part, shift in ((limbs.left, LEFT_GRIP_SHIFT), (limbs.right, RIGHT_GRIP_SHIFT)):
        flags |= (part.grip & 7) << shift if part else 0
    claim["flags"] = flags
    claim["place"] = steps_of([part.place if part else (0.0, 0.0, 0.0) for part in parts])
    claim["turn"] = [pack_turn(part.turn if part else (0.0, 0.0, 0.0, 1.0)) for part in parts]
    return claim.tobytes()


def check_reach(data: bytes | memoryview) -> None:
    """Raise BadMessage unless these are the bytes of a reach: every value of them is a number."""
    if len(data) != REACH_BYTES:
        raise bad(f"a reach is {REACH_BYTES} bytes, not {len(data)}")


def limbs_of(record: np.void) -> Limbs:
    """Return what a record of a frame, or a claim, says."""
    flags = int(record["flags"])
    places = places_of(record["place"])
    grips = (0, flags >> LEFT_GRIP_SHIFT & 7, flags >> RIGHT_GRIP_SHIFT & 7)
    found: list[Limb | None] = []
    for at in range(PARTS):
        x, y, z = places[at].tolist()
        turn = unpack_turn(int(record["turn"][at]))
        found.append(Limb((x, y, z), turn, grips[at]) if flags >> at & 1 else None)
    return Limbs(*found)


def columns_of(records: NDArray[np.void]) -> NDArray[np.int64]:
    """Return slot, flags, packed places and packed turns (n, 8) of a frame's records."""
    parts = (records["slot"], records["flags"], records["place"], records["turn"])
    return np.column_stack([np.asarray(part, np.int64) for part in parts])


def limbs_in(columns: Sequence[NDArray[np.int64]]) -> list[Limbs | None]:
    """Return what such columns say without the slot, row by row; None where nobody has a head."""
    flags, *parts = columns
    claims = np.zeros(len(flags), CLAIM)
    claims["flags"] = flags & 0xFFFF
    claims["place"] = np.stack(parts[:PARTS], axis=1) & 0xFFFFFFFF
    claims["turn"] = np.stack(parts[PARTS:], axis=1) & 0xFFFFFFFF
    return [limbs_of(claim) if claim["flags"] & HEAD else None for claim in claims]


def frame(tick: int, records: NDArray[np.void]) -> bytes:
    """Encode a frame of reaches, after the channel's head."""
    return FRAME_HEAD.pack(tick & 0xFFFFFFFF) + records.tobytes()


def decode_frame(data: bytes | memoryview) -> tuple[int, NDArray[np.void]]:
    """Return a frame's tick and its records, views into the bytes. Raises BadMessage."""
    count, rest = divmod(len(data) - FRAME_HEAD.size, RECORD.itemsize)
    if count < 0 or rest:
        raise bad("this is no frame of reaches")
    [tick] = FRAME_HEAD.unpack_from(data)
    return tick, np.frombuffer(data, RECORD, count, FRAME_HEAD.size)


def places_of(packed: NDArray[np.uint32]) -> NDArray[np.float64]:
    """Return metres (…, 3) of packed places (…)."""
    parts = np.stack((packed & 0x7FF, packed >> 11 & 0x3FF, packed >> 21), axis=-1)
    found: NDArray[np.float64] = parts * _STEPS + _LOWEST
    return found


def steps_of(places: ArrayLike) -> NDArray[np.uint32]:
    """Return packed places (…) of metres (…, 3), kept within the range."""
    parts = np.clip(np.round((np.asarray(places) - _LOWEST) / _STEPS), 0, _MOST).astype(np.uint32)
    packed: NDArray[np.uint32] = parts[..., 0] | parts[..., 1] << 11 | parts[..., 2] << 21
    return packed


def pitch_of(turn: Quaternion) -> float:
    """Return how far up something faces that is turned so, in radians from -π/2 to π/2."""
    x, y, z, w = turn
    return math.asin(min(1.0, max(-1.0, 2 * (w * x - y * z))))


def pack_turn(turn: Sequence[float]) -> int:
    """Return 32 bits of a unit quaternion xyzw."""
    largest = max(range(4), key=lambda at: abs(turn[at]))
    sign = -1.0 if turn[largest] < 0 else 1.0
    packed = largest
    rest = [turn[at] * sign for at in range(4) if at != largest]
    for at, part in enumerate(rest):
        step = round((min(max(part / _PART_MAX, -1.0), 1.0) + 1) * 511.5)
        packed |= step << 2 + 10 * at
    return packed


def unpack_turn(packed: int) -> Quaternion:
    """Return the unit quaternion xyzw of 32 bits."""
    largest = packed & 3
    rest = [((packed >> 2 + 10 * at & 0x3FF) / 511.5 - 1) * _PART_MAX for at in range(3)]
    # Bytes that no client of ours makes may say more than a unit quaternion holds.
    whole = math.sqrt(max(0.0, 1.0 - sum(part * part for part in rest)))
    rest.insert(largest, whole)
    x, y, z, w = rest
    length = math.sqrt(x * x + y * y + z * z + w * w)
    return x / length, y / length, z / length, w / length

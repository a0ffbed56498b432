"""The bytes of motion frames: all frames of a tick are laid out at once, by arrays.

A frame is a head, then sections, each a head and its records. Everything is whole words of four
bytes, so that a place in the output is a sum of words before it, and no frame needs a loop.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldloom.sync import wire
from worldloom.sync.motion import Indices

WORD: Final = np.dtype("<u4")
HEAD_WORDS: Final = wire.FRAME_HEAD.size // WORD.itemsize
SECTION_WORDS: Final = wire.SECTION_HEAD.size // WORD.itemsize
RECORD_WORDS: Final = wire.RECORD_BYTES // WORD.itemsize


class Bodies:
    """Bodies as words, in the order in which frames hold them: sorted by cell."""

    def __init__(self, bodies: NDArray[np.void], keys: NDArray[np.int64]) -> None:
        """Take bodies whose cell keys are in ascending order."""
        words = np.ascontiguousarray(bodies).view(WORD).reshape(len(bodies), -1)
        self.keys = keys
        self.cells = words[:, 0]
        """The first word of a section's head: column and row of the body's cell."""
        self.records = words[:, 1:]
        # Tiles of half a cell: how near a body is to the edge of a cell beside its own.
        half = wire.TILES * bodies["cell_x"].astype(np.int32), bodies["x"] >> wire.TILE_SHIFT
        self.tiles_x = half[0] + half[1]
        half = wire.TILES * bodies["cell_z"].astype(np.int32), bodies["z"] >> wire.TILE_SHIFT
        self.tiles_z = half[0] + half[1]


def encode_frames(
    tick: int,
    divider: int,
    full: NDArray[np.bool_],
    frame: Indices,
    at: Indices,
    bodies: Bodies,
) -> list[bytes]:
    """Encode a frame for each entry of `full`; one that would hold nobody is empty bytes.

    `frame` (ascending) and `at` (ascending inside a frame) are pairs: this frame holds that body.
    """
    count = len(frame)
    if not count:
        return [b""] * len(full)
    keys = bodies.keys[at]
    begins = np.empty(count, bool)
    begins[0] = True
    np.not_equal(keys[1:], keys[:-1], out=begins[1:])
    begins[1:] |= frame[1:] != frame[:-1]
    first = np.flatnonzero(begins)
    sections = np.bincount(frame[first], minlength=len(full))
    held = np.bincount(frame, minlength=len(full))
    words = HEAD_WORDS + SECTION_WORDS * sections + RECORD_WORDS * held
    ends = np.cumsum(words)
    starts = ends - words
    out = np.empty(int(ends[-1]), WORD)
    flags = np.where(full, wire.FULL, 0) | wire.DIVIDERS.index(divider) << 4
    out[starts] = wire.MOTION | flags << 8 | sections << 16
    out[starts + 1] = tick & 0xFFFFFFFF
    # Before a record lie all records before it, and the heads up to its own section and frame.
    place = RECORD_WORDS * np.arange(count)
    place += SECTION_WORDS * np.cumsum(begins)
    place += HEAD_WORDS * (frame + 1)
    heads = place[first] - SECTION_WORDS
    out[heads] = bodies.cells[at[first]]
    out[heads + 1] = np.diff(first, append=count)
    records = bodies.records[at]
    for word in range(RECORD_WORDS):
        out[place + word] = records[:, word]
    data = out.tobytes()
    size = WORD.itemsize
    return [
        data[start * size : end * size] if some else b""
        for start, end, some in zip(starts.tolist(), ends.tolist(), held.tolist(), strict=True)
    ]


def without(payload: bytes, rows: frozenset[int]) -> bytes:
    """Cut the records of some rows out of a frame: at a quarter of the cost of encoding it anew."""
    kind, flags, count, tick = wire.FRAME_HEAD.unpack_from(payload)
    parts = []
    at = wire.FRAME_HEAD.size
    for _ in range(count):
        cell_x, cell_z, bodies, _ = wire.SECTION_HEAD.unpack_from(payload, at)
        begin = at + wire.SECTION_HEAD.size
        end = begin + bodies * wire.RECORD_BYTES
        records = np.frombuffer(payload, wire.RECORD, bodies, begin)
        slots = records["slot"]
        spared = np.zeros(bodies, bool)
        for row in rows:
            spared |= slots == row
        left = bodies - int(np.count_nonzero(spared))
        if left == bodies:
            parts.append(payload[at:end])
        elif left:
            head = wire.SECTION_HEAD.pack(cell_x, cell_z, left, 0)
            parts.append(head + records[~spared].tobytes())
        at = end
    return wire.FRAME_HEAD.pack(kind, flags, len(parts), tick) + b"".join(parts)

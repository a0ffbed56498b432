"""Write WebM: encoded frames and sound into one Matroska document (RFC 9559) that can be sought.

Every key frame begins a cluster and has a cue, and the duration stands in the head, so that a
browser knows where everything is before it has read it.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

VIDEO, SOUND = 1, 2


@dataclass(frozen=True)
class Block:
    """One encoded frame or piece of sound: its track, its time in milliseconds, its bytes."""

    track: int
    ms: int
    key: bool
    data: bytes


@dataclass(frozen=True)
class Picture:
    """What is seen: codec (`V_VP9`), width and height in pixels."""

    codec: str
    width: int
    height: int


@dataclass(frozen=True)
class Opus:
    """What is heard: the head that the encoder gives, channels, samples a second."""

    head: bytes
    channels: int = 1
    rate: int = 48_000


def webm(
    blocks: Sequence[Block], picture: Picture, duration_ms: float, opus: Opus | None = None
) -> bytes:
    """Return a WebM file; the first picture must be a key frame."""
    head = element(0x1A45DFA3, element(0x4282, b"webm"), number(0x4287, 4), number(0x4285, 2))
    info = element(
        0x1549A966,
        number(0x2AD7B1, 1_000_000),
        element(0x4489, struct.pack(">d", duration_ms)),
        element(0x4D80, b"worldloom"),
        element(0x5741, b"worldloom"),
    )
    tracks = element(0x1654AE6B, _picture(picture), _sound(opus) if opus else b"")
    starts, clusters = _clusters(sorted(blocks, key=lambda block: (block.ms, block.track)))
    # Cues of one length whatever stands in them, so that their own size is known beforehand.
    first = len(info) + len(tracks) + len(_cues(starts, [0] * len(starts)))
    places = [first + sum(map(len, clusters[:n])) for n in range(len(clusters))]
    body = info + tracks + _cues(starts, places) + b"".join(clusters)
    return head + element(0x18538067, body)


def element(id: int, *parts: bytes) -> bytes:
    """Return one element with its length in eight bytes."""
    body = b"".join(parts)
    return _id(id) + struct.pack(">Q", 1 << 56 | len(body)) + body


def number(id: int, value: int) -> bytes:
    """Return an element that holds a whole number in eight bytes."""
    return element(id, struct.pack(">Q", value))


def _id(id: int) -> bytes:
    return id.to_bytes((id.bit_length() + 7) // 8, "big")


def _picture(picture: Picture) -> bytes:
    return element(
        0xAE,
        number(0xD7, VIDEO),
        number(0x73C5, VIDEO),
        number(0x83, 1),
        element(0x86, picture.codec.encode()),
        element(0xE0, number(0xB0, picture.width), number(0xBA, picture.height)),
    )


def _sound(opus: Opus) -> bytes:
    skip = int.from_bytes(opus.head[10:12], "little")
    return element(
        0xAE,
        number(0xD7, SOUND),
        number(0x73C5, SOUND),
        number(0x83, 2),
        element(0x86, b"A_OPUS"),
        number(0x56AA, skip * 1_000_000_000 // 48_000),
        number(0x56BB, 80_000_000),
        element(0x63A2, opus.head),
        element(
            0xE1,
            element(0xB5, struct.pack(">d", opus.rate)),
            number(0x9F, opus.channels),
        ),
    )


def _clusters(blocks: Sequence[Block]) -> tuple[list[int], list[bytes]]:
    """Return the times of the clusters and their bytes."""
    starts: list[int] = []
    parts: list[list[bytes]] = []
    for block in blocks:
        if not starts or (block.key and block.track == VIDEO):
            starts.append(block.ms)
            parts.append([number(0xE7, block.ms)])
        flags = 0x80 if block.key else 0
        head = bytes((0x80 | block.track,)) + struct.pack(">hB", block.ms - starts[-1], flags)
        parts[-1].append(element(0xA3, head, block.data))
    return starts, [element(0x1F43B675, *part) for part in parts]


def _cues(starts: Sequence[int], places: Sequence[int]) -> bytes:
    points = [
        element(
            0xBB,
            number(0xB3, ms),
            element(0xB7, number(0xF7, VIDEO), number(0xF1, place)),
        )
        for ms, place in zip(starts, places, strict=True)
    ]
    return element(0x1C53BB6B, *points)

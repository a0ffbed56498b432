"""Values that no honest sender would send, drawn by chance."""

from __future__ import annotations

import random
import struct
from typing import Any

WORDS = ("", "hello", "..", "../../etc/passwd", "e1", "v1", "people", "\x00", "a" * 5000, "🙂",
         "NaN", "null", "<script>", "%00", "lantern", "#ff8800", "local", "owner",
         "\u202e", " ", "guest:x")  # fmt: skip
NUMBERS = (0, -1, 1, 2**31, 2**53, 2**63 - 1, -(2**63), 2**64, 1e308, -1e308, float("nan"),
           float("inf"), float("-inf"), 1e-320, 0.1, -0.0)  # fmt: skip


def anything(chance: random.Random, depth: int = 3) -> Any:
    """Return a value of any type."""
    kind = chance.randrange(8 if depth else 5)
    if kind == 0:
        return chance.choice((None, True, False))
    if kind in (1, 2):
        return chance.choice(NUMBERS)
    if kind in (3, 4):
        return chance.choice(WORDS)
    if kind in (5, 6):
        return [anything(chance, depth - 1) for _ in range(chance.randrange(4))]
    return {chance.choice(WORDS): anything(chance, depth - 1) for _ in range(chance.randrange(4))}


def harmed(chance: random.Random, data: bytes) -> bytes:
    """Return bytes that were whole once: cut, flipped, doubled, or with lies in them."""
    way = chance.randrange(6)
    if way == 0 and data:
        return data[: chance.randrange(len(data))]
    if way == 1:
        return data + chance.randbytes(chance.randrange(1, 64))
    if way == 2:
        return chance.randbytes(chance.randrange(200))
    found = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8)) if found else 0):
        at = chance.randrange(len(found))
        if way == 3:
            found[at] ^= 1 << chance.randrange(8)
        elif way == 4:
            found[at : at + 4] = struct.pack("<I", chance.choice((0, 1, 2**31, 2**32 - 1)))
        else:
            found[at : at + 1] = chance.choice((b"\xff\xfe", b"\xc1", b"\xdd\xff\xff\xff\xff", b""))
    return bytes(found)

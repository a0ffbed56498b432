"""Bitstring Status List (W3C, 1.0): a bit a badge, packed, so that looking one up tells nobody."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable

from worldloom.kits.academy.lms.jose import BadToken, from_base64url, to_base64url
from worldloom.kits.academy.lms.limits import LMS_LIMITS as LIMITS


def encode(positions: Iterable[int]) -> str:
    """Return the list with the bits at these positions set: gzip in base64url after `u`."""
    bits = bytearray(LIMITS.status_bits // 8)
    for at in positions:
        # The first bit is the leftmost one (section 3.3).
        bits[at // 8] |= 0x80 >> at % 8
    return "u" + to_base64url(gzip.compress(bytes(bits), mtime=0))


def is_set(encoded: str, position: int) -> bool:
    """Tell whether a bit is set; raises BadToken for what is no list, or has no such bit."""
    if not encoded.startswith("u"):
        raise BadToken("its status list is not in base64url")
    reader = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        bits = reader.decompress(from_base64url(encoded[1:]), LIMITS.status_bits)
    except zlib.error:
        raise BadToken("its status list is not packed by gzip") from None
    if reader.unconsumed_tail or not reader.eof or len(bits) * 8 < LIMITS.status_bits:
        raise BadToken("its status list is cut off, too short or too long")
    if not 0 <= position < len(bits) * 8:
        raise BadToken("its status list has no such place")
    return bool(bits[position // 8] & 0x80 >> position % 8)

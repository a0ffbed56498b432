"""What an image file says it is, read from its first bytes: nothing is decoded, nothing grows."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from worldloom.kernel.limits import LIMITS

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
KTX2_SIGNATURE = b"\xabKTX 20\xbb\r\n\x1a\n"
KTX2_HEAD = struct.Struct("<9I")
KTX2_LEVEL = struct.Struct("<3Q")
# Start-of-frame markers of JPEG; C4, C8 and CC are tables and extensions, not frames.
JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Markers that stand alone, without a length.
JPEG_ALONE = frozenset(range(0xD0, 0xD9)) | {0x01}


@dataclass(frozen=True, slots=True)
class ImageHead:
    """An image's media type, its width and height in pixels, and the bytes that decoding takes."""

    media: str
    width: int
    height: int
    decoded_bytes: int


def read_image_head(data: bytes | memoryview) -> ImageHead | None:
    """Return what a PNG, JPEG, WebP or KTX2 file says of itself, or None where it says nothing."""
    start = bytes(data[:16])
    try:
        if start.startswith(PNG_SIGNATURE):
            return _png(bytes(data[:64]))
        if start.startswith(b"\xff\xd8\xff"):
            return _jpeg(bytes(data))
        if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
            return _webp(bytes(data[:64]))
        if start.startswith(KTX2_SIGNATURE):
            return _ktx2(bytes(data))
    except (struct.error, IndexError):
        return None
    return None


def _plain(media: str, width: int, height: int) -> ImageHead | None:
    if width < 1 or height < 1:
        return None
    return ImageHead(media, width, height, width * height * 4)


def _png(data: bytes) -> ImageHead | None:
    length, kind, width, height = struct.unpack_from(">I4sII", data, 8)
    if length != 13 or kind != b"IHDR":
        return None
    return _plain("image/png", width, height)


def _jpeg(data: bytes) -> ImageHead | None:
    at = 2
    # Millions of empty markers would keep a server busy for minutes.
    for _ in range(LIMITS.image_markers_max):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return _plain("image/jpeg", width, height)
        elif marker in JPEG_ALONE:
            at += 2
        else:
            (length,) = struct.unpack_from(">H", data, at + 2)
            if length < 2:
                return None
            at += 2 + length
    return None


def _webp(data: bytes) -> ImageHead | None:
    kind = data[12:16]
    if kind == b"VP8X":
        width = int.from_bytes(data[24:27], "little") + 1
        height = int.from_bytes(data[27:30], "little") + 1
    elif kind == b"VP8L":
        if data[20] != 0x2F:
            return None
        bits = int.from_bytes(data[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 ":
        if data[23:26] != b"\x9d\x01\x2a":
            return None
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))
    else:
        return None
    return _plain("image/webp", width, height)


def _ktx2(data: bytes) -> ImageHead | None:
    """Read the head of a KTX2 file; its levels must lie inside it and their sizes must agree."""
    _, _, width, height, depth, layers, faces, levels, _ = KTX2_HEAD.unpack_from(data, 12)
    levels = max(levels, 1)
    if depth or layers > 1 or faces != 1 or levels > 16 or width < 1 or height < 1:
        return None
    decoded = 0
    for level in range(levels):
        offset, length, unpacked = KTX2_LEVEL.unpack_from(data, 80 + level * KTX2_LEVEL.size)
        if offset + length > len(data):
            return None
        decoded += max(unpacked, length)
    return ImageHead("image/ktx2", width, height, max(decoded, width * height))

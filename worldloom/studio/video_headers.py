"""What a film's file says it is, read from its heads: nothing is decoded, nothing grows.

WebM is a Matroska document (RFC 9559 over EBML, RFC 8794); MP4 a tree of boxes (ISO 14496-12).
Both are walked by their lengths, in a bounded number of steps.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

STEPS_MAX: Final = 4_096
"""Elements or boxes that are looked at before a file is given up."""

EBML, DOC_TYPE, SEGMENT, INFO, TRACKS, CLUSTER = (
    0x1A45DFA3, 0x4282, 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675,
)  # fmt: skip
SCALE, DURATION, TRACK, CODEC, PICTURE, WIDTH, HEIGHT = (
    0x2AD7B1, 0x4489, 0xAE, 0x86, 0xE0, 0xB0, 0xBA,
)  # fmt: skip
WEBM_CODECS: Final = {"V_VP8": "vp8", "V_VP9": "vp9", "V_AV1": "av1",
                      "A_OPUS": "opus", "A_VORBIS": "vorbis"}  # fmt: skip
MP4_CODECS: Final = {"avc1": "h264", "avc3": "h264", "hvc1": "h265", "hev1": "h265", "av01": "av1",
                     "vp09": "vp9", "mp4a": "aac", "Opus": "opus", "fLaC": "flac"}  # fmt: skip
NESTED: Final = frozenset((b"moov", b"trak", b"mdia", b"minf", b"stbl"))


@dataclass(slots=True)
class VideoHead:
    """A film's media type, size in pixels, length in seconds (0: not told) and codecs."""

    media: str
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    codecs: list[str] = field(default_factory=list)


def read_video_head(data: bytes | memoryview) -> VideoHead | None:
    """Return what a WebM or MP4 file with a picture says of itself, or None where it says none."""
    view = memoryview(data)
    try:
        if bytes(view[:4]) == b"\x1aE\xdf\xa3":
            head = _webm(view)
        elif bytes(view[4:8]) == b"ftyp":
            head = _mp4(view)
        else:
            return None
    except (struct.error, IndexError, ValueError):
        return None
    return head if head is not None and head.width > 0 and head.height > 0 else None


class _Steps:
    """Counts what is looked at."""

    def __init__(self) -> None:
        self.left = STEPS_MAX

    def take(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise ValueError("more parts than any film has")


def _webm(view: memoryview) -> VideoHead | None:
    steps = _Steps()
    head = VideoHead("video/webm")
    scale, duration = 1_000_000, 0.0
    for name, body in _elements(view, steps):
        if name == EBML:
            kinds = [bytes(part) for id, part in _elements(body, steps) if id == DOC_TYPE]
            if kinds != [b"webm"]:
                return None
        elif name == SEGMENT:
            for part, inner in _elements(body, steps):
                if part == CLUSTER:
                    break
                if part == INFO:
                    for id, value in _elements(inner, steps):
                        scale = _whole(value) if id == SCALE else scale
                        duration = _real(value) if id == DURATION else duration
                elif part == TRACKS:
                    for id, track in _elements(inner, steps):
                        if id == TRACK:
                            _webm_track(track, head, steps)
    head.seconds = duration * scale / 1e9
    return head


def _webm_track(track: memoryview, head: VideoHead, steps: _Steps) -> None:
    for id, value in _elements(track, steps):
        if id == CODEC:
            name = bytes(value[:32]).rstrip(b"\0").decode("ascii", "replace")
            head.codecs.append(WEBM_CODECS.get(name, name))
        elif id == PICTURE:
            for side, pixels in _elements(value, steps):
                if side == WIDTH:
                    head.width = max(head.width, _whole(pixels))
                elif side == HEIGHT:
                    head.height = max(head.height, _whole(pixels))


def _elements(view: memoryview, steps: _Steps) -> Iterator[tuple[int, memoryview]]:
    """Yield (id, body) of the elements of an EBML body; one of unknown length is the rest."""
    at = 0
    while at < len(view):
        steps.take()
        id, at = _variable(view, at, keep_mark=True)
        size, at = _variable(view, at, keep_mark=False)
        end = len(view) if size < 0 else at + size
        yield id, view[at:end]
        at = end


def _variable(view: memoryview, at: int, keep_mark: bool) -> tuple[int, int]:
    """Return a number of variable length and where it ends; -1 where all its bits are set."""
    first = view[at]
    length = 9 - first.bit_length()
    if length > 8 or at + length > len(view):
        raise ValueError("a number without its end")
    value = int.from_bytes(view[at : at + length], "big")
    if not keep_mark:
        value &= (1 << 7 * length) - 1
        if value == (1 << 7 * length) - 1:
            value = -1
    return value, at + length


def _whole(view: memoryview) -> int:
    if len(view) > 8:
        raise ValueError("a number of more than eight bytes")
    return int.from_bytes(view, "big")


def _real(view: memoryview) -> float:
    value: float = struct.unpack(">f" if len(view) == 4 else ">d", view)[0]
    if not 0 <= value < 1e12:
        raise ValueError("no length of a film")
    return value


def _mp4(view: memoryview) -> VideoHead:
    head = VideoHead("video/mp4")
    _boxes(view, head, _Steps(), 0)
    return head


def _boxes(view: memoryview, head: VideoHead, steps: _Steps, depth: int) -> None:
    """Walk boxes; those that hold others are gone into."""
    at = 0
    while at + 8 <= len(view):
        steps.take()
        size, kind = struct.unpack_from(">I4s", view, at)
        start = at + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", view, start)
            start += 8
        end = len(view) if size == 0 else at + size
        if end < start or (depth and end > len(view)):
            raise ValueError("a box outside its own")
        body = view[start:end]
        if kind in NESTED:
            _boxes(body, head, steps, depth + 1)
        elif kind == b"mvhd":
            head.seconds = _movie_seconds(body)
        elif kind == b"tkhd":
            width, height = struct.unpack_from(">II", body, len(body) - 8)
            head.width, head.height = max(head.width, width >> 16), max(head.height, height >> 16)
        elif kind == b"stsd":
            name = bytes(body[12:16]).decode("ascii", "replace")
            head.codecs.append(MP4_CODECS.get(name, name))
        at = end


def _movie_seconds(body: memoryview) -> float:
    scale, length = struct.unpack_from(
        ">IQ" if body[0] == 1 else ">II", body, 20 if body[0] else 12
    )
    if not scale:
        raise ValueError("a film without a time scale")
    return float(length / scale)

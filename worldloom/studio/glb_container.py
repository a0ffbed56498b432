"""The container of a GLB: its head and chunks taken apart, its JSON read into typed parts."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import msgspec

from worldloom.kernel.limits import LIMITS
from worldloom.studio.glb_parts import Document, GlbRefused

MAGIC = 0x46546C67
JSON_CHUNK = 0x4E4F534A
BINARY_CHUNK = 0x004E4942


def open_glb(data: bytes) -> tuple[Document, memoryview]:
    """Return the document and the binary chunk (empty when there is none); raises GlbRefused."""
    document, binary = _chunks(data)
    return _parse(document), binary


def _chunks(data: bytes) -> tuple[memoryview, memoryview]:
    """Return the JSON and the binary chunk of a GLB container."""
    if len(data) > LIMITS.glb_bytes_max:
        raise GlbRefused("glb_too_large", f"{len(data)} bytes are over {LIMITS.glb_bytes_max}")
    if len(data) < 20:
        raise GlbRefused("glb_not_glb", "the file is too short to be a GLB")
    magic, version, length = struct.unpack_from("<III", data)
    if magic != MAGIC:
        raise GlbRefused("glb_not_glb", "the file does not begin with 'glTF'")
    if version != 2:
        raise GlbRefused("glb_version", f"this is GLB version {version}, not 2")
    if length != len(data):
        raise GlbRefused("glb_length", f"the head says {length} bytes, the file has {len(data)}")
    chunks: list[tuple[int, memoryview]] = []
    at, view = 12, memoryview(data)
    while at < length:
        if at + 8 > length:
            raise GlbRefused("glb_length", "the last chunk has no head")
        size, kind = struct.unpack_from("<II", data, at)
        if size % 4 or at + 8 + size > length:
            raise GlbRefused("glb_length", f"a chunk of {size} bytes does not fit in the file")
        chunks.append((kind, view[at + 8 : at + 8 + size]))
        at += 8 + size
    if chunks[0][0] != JSON_CHUNK:
        raise GlbRefused("glb_chunks", "the first chunk is not JSON")
    if len(chunks[0][1]) > LIMITS.glb_json_bytes_max:
        raise GlbRefused("glb_too_large", "the JSON chunk is too large")
    kinds = [kind for kind, _ in chunks[1:]]
    if kinds.count(JSON_CHUNK) or kinds.count(BINARY_CHUNK) > 1:
        raise GlbRefused("glb_chunks", "a chunk comes twice")
    if BINARY_CHUNK in kinds and kinds[0] != BINARY_CHUNK:
        raise GlbRefused("glb_chunks", "the binary chunk is not the second one")
    binary = chunks[1][1] if kinds and kinds[0] == BINARY_CHUNK else view[:0]
    return chunks[0][1], binary


def _parse(document: memoryview) -> Document:
    """Read the JSON chunk into typed parts, and refuse any reference to another file in it."""
    try:
        for uri in _uris(msgspec.json.decode(document)):
            if not isinstance(uri, str) or not uri.startswith("data:"):
                raise GlbRefused("glb_external", f"the file refers to {str(uri)[:80]!r}")
        return msgspec.json.decode(document, type=Document)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as why:
        raise GlbRefused("glb_json", f"the JSON chunk is not glTF: {why}") from None


def _uris(value: object) -> Iterator[object]:
    """Yield every value under a key `uri`, at any depth; the stack is ours, not Python's."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if "uri" in part:
                yield part["uri"]
            waiting.extend(item for key, item in part.items() if key != "extras")
        elif isinstance(part, list):
            waiting.extend(part)

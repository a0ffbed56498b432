"""multipart/mixed (RFC 2046): a statement and its attachments in one body; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from email.message import Message
from typing import Final

from msgspec import Struct

from worldloom.kits.academy.xapi.limits import LIMITS
from worldloom.kits.academy.xapi.values import wrong

_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{1,70}(?<! )").fullmatch


class Part(Struct, frozen=True):
    """One part: headers by their names in lower case, and its bytes."""

    headers: Mapping[str, str]
    body: bytes


def media_of(header: str) -> tuple[str, dict[str, str]]:
    """Return the media type of a Content-Type in lower case, and its parameters."""
    message = Message()
    message["content-type"] = header
    found = message.get_params() or []
    return found[0][0].lower() if found else "", {name.lower(): value for name, value in found[1:]}


def parts_of(body: bytes, boundary: str) -> list[Part]:
    """Return the parts of a body; raises Invalid."""
    if not _BOUNDARY(boundary):
        raise wrong("Content-Type", "names no boundary", 'multipart/mixed; boundary="…"')
    mark = b"--" + boundary.encode()
    pieces = (b"\r\n" + body).split(b"\r\n" + mark)
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        raise wrong("body", "has no parts between its boundaries", "see RFC 2046, 5.1")
    if len(pieces) - 2 > LIMITS.attachments_max + 1:
        raise wrong("body", f"has more than {LIMITS.attachments_max} attachments", "send fewer")
    return [_part(piece) for piece in pieces[1:-1]]


def _part(piece: bytes) -> Part:
    start, line, rest = piece.partition(b"\r\n")
    if start.strip(b" \t") or not line:
        raise wrong("body", "has a broken boundary")
    if rest.startswith(b"\r\n"):
        return Part({}, rest[2:])
    head, gap, body = rest.partition(b"\r\n\r\n")
    if not gap:
        raise wrong("body", "has a part whose headers do not end")
    headers: dict[str, str] = {}
    for text in head.split(b"\r\n"):
        name, colon, value = text.partition(b":")
        if not colon:
            raise wrong("body", "has a part with a broken header")
        headers[name.strip().decode("latin-1").lower()] = value.strip().decode("latin-1")
    return Part(headers, body)


def joined(parts: Iterable[tuple[Mapping[str, str], bytes]], boundary: str) -> bytes:
    """Return a body of these parts."""
    lines = []
    for headers, body in parts:
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        lines.append(f"--{boundary}\r\n{head}\r\n".encode() + body + b"\r\n")
    return b"".join(lines) + f"--{boundary}--\r\n".encode()

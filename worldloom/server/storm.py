"""Turning away at once those for whom there is no room, while thousands come in one moment.

A newcomer costs half a millisecond until it is known who it is and what it asks for. Where the
queue is full that is spent for nothing, and the last of a storm would wait seconds for a no.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Final

from worldloom.kernel.errors import WorldloomError
from worldloom.sync import wire
from worldloom.sync.door import close_code
from worldloom.sync.messages import SUBPROTOCOL, Bye
from worldloom.sync.session import error_row, short_reason

if TYPE_CHECKING:
    from worldloom.server.protocol import Gate

CLOSED: Final = 0x88
"""The first byte of a close frame."""
NAME: Final = rb"([a-z0-9][a-z0-9_-]{0,63})"
UPGRADE: Final = re.compile(rb"GET /w/" + NAME + rb"/live(?:\?\S*)? HTTP/1\.1\r\n").match
KEY: Final = re.compile(rb"\r\nsec-websocket-key: *([A-Za-z0-9+/=]{24}) *\r\n", re.I).search
KNOWN: Final = re.compile(rb"\r\n(?:cookie|authorization):", re.I).search
OFFER: Final = re.compile(rb"\r\nsec-websocket-protocol:[^\r]*" + SUBPROTOCOL.encode(), re.I).search
MAGIC: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""RFC 6455, 1.3."""


def answer_at_once(gate: Gate, data: bytes, promises: bool = False) -> bytes | None:
    """Return all that is said to a guest whose upgrade is hopeless: accepted, why not, closed.

    Nothing where there is room, and with `promises` the guest counts from now on; None where it
    has to be looked who it is. A browser tells its page nothing of an upgrade that was not
    accepted.
    """
    found = UPGRADE(data)
    key = KEY(data) if found else None
    if found is None or key is None or not data.endswith(b"\r\n\r\n") or KNOWN(data):
        return None
    if not OFFER(data):
        return None  # it is told of its version
    try:
        gate.check_door(found[1].decode(), promises)
    except WorldloomError as error:
        accept = base64.b64encode(hashlib.sha1(key[1] + MAGIC).digest())
        said = wire.framed(wire.encode(Bye(error_row(error))))
        why = close_code(error).to_bytes(2, "big") + short_reason(error.message).encode()
        return (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\nSec-WebSocket-Protocol: "
            + SUBPROTOCOL.encode() + b"\r\n\r\n" + said + bytes((CLOSED, len(why))) + why
        )  # fmt: skip
    return b""

"""The live socket on the server's one port: uvicorn hands each upgrade to picows.

picows' `WSProtocol` is no public API: its constructor is called at one place, here, and
`tests/server/test_protocol.py` notices when it changes.
"""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Protocol

import msgspec
from picows import (
    WSAutoPingStrategy,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
)
from picows.picows import WSProtocol  # type: ignore[attr-defined]
from uvicorn.middleware.proxy_headers import _TrustedHosts

from worldloom.kernel.errors import Refused, Unavailable, WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.server.intake import Intake
from worldloom.sync import wire
from worldloom.sync.messages import SUBPROTOCOL, Bye, Close
from worldloom.sync.session import Identity, Phase, Session, error_row, short_reason

log = logging.getLogger("worldloom.socket")
picows_log = logging.getLogger("worldloom.picows")
# One child logger a connection and a line a crossing of the write mark: megabytes under load.
picows_log.setLevel(logging.CRITICAL)

PATH = re.compile(r"/w/([a-z0-9][a-z0-9_-]{0,63})/live(?:\?[^#]*)?").fullmatch
TOKEN = re.compile(r"[A-Za-z0-9.!#$%&'*+^_`|~-]{1,64}").fullmatch
BINARY, CLOSE, PING = WSMsgType.BINARY, WSMsgType.CLOSE, WSMsgType.PING
CONTROLS = (PING, WSMsgType.PONG)
SMALL_BYTES = 4_096
LINGER_SECONDS = 3.0
"""How long a closed socket may take to read what was sent before it is cut."""


class OtherVersion(Refused):
    """The client speaks another version of the wire."""

    code = "other_version"


class Crowded(Unavailable):
    """The server holds as many sockets as it may."""

    code = "crowded"


class Gate(Protocol):
    """What the protocol asks of the server; raises WorldloomError to turn a socket away."""

    def identify(self, headers: Mapping[str, str], address: str) -> Identity:
        """Return who connects; raises NotSignedIn or NotAllowed."""
        ...

    def check_door(self, world: str, promises: bool = False) -> None:
        """Raise Unavailable where it is certain already that a guest finds no room.

        With `promises` the guest counts from now on, before there is a session.
        """
        ...

    def connect(self, world: str, transport: Socket, identity: Identity) -> Session:
        """Return a session in a world; raises NotFound."""
        ...


class Socket(WSListener):
    """One client's socket: the transport of a session."""

    __slots__ = (
        "_closing", "_gate", "_identity", "_ignored", "_line", "_refuse", "_session", "_wire",
        "_world", "paused",
    )  # fmt: skip

    def __init__(
        self, gate: Gate, world: str, identity: Identity, refuse: WorldloomError | None
    ) -> None:
        self._gate = gate
        self._world = world
        self._identity = identity
        self._refuse = refuse
        self._wire: WSTransport | None = None
        self._line: asyncio.Transport | None = None
        self._session: Session | None = None
        self._closing = False
        self._ignored = 0
        """Frames that came after the end."""
        self.paused = False

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Join the world, or say why not and close."""
        self._wire, self._line = transport, transport.underlying_transport
        # The pause must come at the first unsent bytes, or whole frames pile up for a slow reader.
        # Not 0: uvloop's TLS pauses at the mark itself, so that nothing at all would be too much.
        transport.underlying_transport.set_write_buffer_limits(high=1)
        _keep_little_unsent(transport.underlying_transport)
        SocketProtocol.open_sockets.add(self)
        if self._refuse is None:
            try:
                self._session = self._gate.connect(self._world, self, self._identity)
                self._session.write = self._line.write
                SocketProtocol.entered_at = time.monotonic()
            except WorldloomError as error:
                self._refuse = error
        if self._refuse is not None:
            self.send(wire.encode(Bye(error_row(self._refuse))))
            self.close(close_code_of(self._refuse), short_reason(self._refuse.message))

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Hand a frame to the session; text and fragments are not of this wire."""
        kind, session = frame.msg_type, self._session
        if kind == CLOSE:
            self.close(1000, "")
            transport.disconnect()
        elif session is None or self._closing:
            self._ignore()
        elif kind == BINARY and frame.fin:
            # A pose, nearly always: sixteen bytes are copied faster than looked at in place.
            session.receive(frame.get_payload_as_bytes())
            if frame.payload_size == wire.POSE_BYTES and not frame.tail_size:
                self._join_crowd(session)
        elif kind in CONTROLS:
            if session.receive_control() and kind == PING:
                transport.send_pong(frame.get_payload_as_bytes())
        else:
            session.receive_text()

    def _join_crowd(self, session: Session) -> None:
        """Have the poses of a crowd read together, from plain sockets of who is in."""
        intake, line = SocketProtocol.intake, self._line
        if (
            intake is not None
            and line is not None
            and session.slot is not None
            and session.phase is Phase.INSIDE
            and len(SocketProtocol.open_sockets) > LIMITS.crowd_sessions_min
            and line.get_extra_info("sslcontext") is None
        ):
            intake.adopt(self, line, session)

    def feed(self, data: bytes) -> None:
        """Take bytes as if the loop had read them."""
        if self._line is not None and not self._line.is_closing():
            protocol: Any = self._line.get_protocol()
            protocol.data_received(data)

    def _leave_crowd(self) -> None:
        if SocketProtocol.intake is not None:
            SocketProtocol.intake.release(self)

    def _ignore(self) -> None:
        """Count what comes after the end; who floods on is not read until the line is cut."""
        self._ignored += 1
        line = self._line
        if self._ignored == LIMITS.floods_burst_max and line is not None and not line.is_closing():
            line.pause_reading()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Tell the session that its client is gone."""
        SocketProtocol.open_sockets.discard(self)
        self._leave_crowd()
        self._closing = True
        if self._session is not None:
            self._session.disconnected()

    def pause_writing(self) -> None:
        """Note that bytes wait."""
        self.paused = True
        if self._session is not None:
            self._session.ready = False

    def resume_writing(self) -> None:
        """Note that none wait, and send what the session holds back."""
        self.paused = False
        if self._session is not None and not self._closing:
            self._session.drained()

    def send(self, data: bytes) -> None:
        """Send one binary frame."""
        if self._line is not None and not self._closing:
            self._line.write(wire.framed(data))

    def send_many(self, frames: Sequence[bytes]) -> None:
        """Send several binary frames in one write."""
        if self._line is not None and not self._closing:
            small = framed_small
            self._line.writelines(
                [small(data) if len(data) < SMALL_BYTES else wire.framed(data) for data in frames]
            )

    def close(self, code: int, reason: str) -> None:
        """Say why; the line is cut when the client has answered, or soon after.

        Cut at once, a client that is still sending would lose our last words with the line.
        """
        if self._closing or self._wire is None:
            return
        self._closing = True
        self._leave_crowd()
        if self._session is not None:
            self._session.write, self._session.ready = None, False
        wire_ = self._wire
        if not wire_.is_close_frame_sent:
            wire_.send_close(code, reason.encode())  # type: ignore[arg-type]
        asyncio.get_running_loop().call_later(LINGER_SECONDS, wire_.disconnect, False)

    def restart(self) -> None:
        """Close because the server stops; the client connects again by itself."""
        error = Unavailable("the server is restarting", code="restarting")
        if self._session is not None and not self._closing:
            self._session.end(Close.RESTARTING, error)
        self.close(Close.RESTARTING, error.message)

    @property
    def queued_bytes(self) -> int:
        """Bytes that wait here and in the session."""
        own = self._wire.underlying_transport.get_write_buffer_size() if self._wire else 0
        return own + (self._session.queued_bytes if self._session else 0)

    @property
    def session(self) -> Session | None:
        """The session, once there is one."""
        return self._session


framed_small = lru_cache(1_024)(wire.framed)
"""The same for what is small: of a tick's news, each goes to everyone of a crowd."""


def _keep_little_unsent(transport: asyncio.Transport) -> None:
    """Have the system hold back little: it would keep half a minute of motion for a slow reader."""
    option = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    line = transport.get_extra_info("socket")
    if option is not None and line is not None:
        line.setsockopt(socket.IPPROTO_TCP, option, LIMITS.socket_unsent_bytes_max)


def close_code_of(error: WorldloomError) -> int:
    """Return the close code that says the same as an error."""
    if isinstance(error, OtherVersion):
        return Close.VERSION
    if error.status == 404:
        return Close.UNKNOWN_WORLD
    if error.code == "banned":
        return Close.BANNED
    if isinstance(error, Crowded):
        return Close.TRY_LATER
    return Close.RESTARTING if error.status == 503 else Close.NOT_ALLOWED


class SocketProtocol(WSProtocol):  # type: ignore[misc]
    """uvicorn's WebSocket protocol class; `gate` is set before the server starts."""

    gate: Gate
    open_sockets: set[Socket] = set()
    intake: Intake | None = None
    """Who reads the poses of a crowd; whoever serves sets it, where the system can do that."""
    entered_at: float = -1.0
    """When the last one got a session, by the monotonic clock."""

    @classmethod
    def door_is_busy(cls) -> bool:
        """Tell whether somebody got a session in the last tick's time; who is refused counts not.

        Else anybody could keep the poses of a crowd from being read together.
        """
        return time.monotonic() - cls.entered_at < 1 / LIMITS.tick_hz

    def __init__(self, config: Any, server_state: Any, app_state: Any, _loop: Any = None) -> None:
        self._peer = ""
        # As uvicorn itself asks for what is no socket.
        self._proxies = _TrustedHosts(config.forwarded_allow_ips)
        super().__init__(
            None,  # host and port, for clients
            None,  # path, for clients
            False,  # is a client
            self._admit,
            picows_log,
            True,  # disconnect on exception
            LIMITS.hello_seconds_max,  # for the handshake
            True,  # automatic ping
            LIMITS.ping_idle_seconds,
            LIMITS.ping_reply_seconds,
            WSAutoPingStrategy.PING_WHEN_IDLE,
            False,  # automatic pong: it would answer a flood, too
            LIMITS.message_bytes_max,
            None,  # extra headers, for clients
            4096,  # read buffer at the start
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note where it comes from."""
        peer = transport.get_extra_info("peername")
        self._peer = str(peer[0]) if isinstance(peer, tuple) else ""
        super().connection_made(transport)

    def _address(self, request: WSUpgradeRequest) -> str:
        """Return who connects: where a proxy of ours does, whom that one names."""
        said = ", ".join(request.headers.getall("x-forwarded-for", ()))
        if not said or self._peer not in self._proxies:
            return self._peer
        return self._proxies.get_trusted_client_address(said)[0] or self._peer

    def data_received(self, data: bytes) -> None:
        """Take the request's head that uvicorn replays; later bytes come into our buffers."""
        rest = memoryview(data)
        while len(rest):
            room = self.get_buffer(-1)
            count = min(len(room), len(rest))
            room[:count] = rest[:count]
            self.buffer_updated(count)
            rest = rest[count:]

    def _admit(self, request: WSUpgradeRequest) -> WSUpgradeResponseWithListener:
        """Decide about one upgrade; what a browser must be told is told after accepting."""
        found = PATH(request.path.decode("latin-1"))
        if found is None:
            return _turn_away(404, "no_socket", "there is no live socket here")
        # Firefox says `keep-alive, Upgrade`, which picows does not take; uvicorn checked it.
        request.headers["Connection"] = "Upgrade"
        refuse: WorldloomError | None = None
        identity = Identity("", "")
        try:
            identity = self.gate.identify(request.headers, self._address(request))
            if len(self.open_sockets) >= LIMITS.sockets_max:
                raise Crowded("the server is full", retry_after_seconds=5)
        except WorldloomError as error:
            refuse = error
        offered = _subprotocols(request.headers.get("sec-websocket-protocol", ""))
        chosen = SUBPROTOCOL if SUBPROTOCOL in offered else offered[0] if offered else None
        if refuse is None and chosen != SUBPROTOCOL:
            refuse = OtherVersion(
                f"this server speaks {SUBPROTOCOL}, not {chosen or 'nothing'}", "reload the page"
            )
        extra = {"Sec-WebSocket-Protocol": chosen} if chosen else {}
        return WSUpgradeResponseWithListener(
            WSUpgradeResponse.create_101_response(extra),
            Socket(self.gate, found[1], identity, refuse),
        )


def _subprotocols(header: str) -> list[str]:
    return [name for part in header.split(",") if TOKEN(name := part.strip())]


def _turn_away(status: int, code: str, message: str) -> WSUpgradeResponseWithListener:
    body = msgspec.json.encode({"error": {"code": code, "message": message, "fix": ""}})
    response = WSUpgradeResponse.create_error_response(
        HTTPStatus(status), body, {"Content-Type": "application/json", "Connection": "close"}
    )
    return WSUpgradeResponseWithListener(response, None)

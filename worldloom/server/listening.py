"""The sockets that listen at the one port: nobody else's beside them, and room for a storm.

The system lets so many newcomers wait at one listening socket as `net.core.somaxconn` says, 4,096
on most Linux systems; the next one is not answered, and asks again a second later. So there are
several at each address, among which Linux spreads who comes.
"""

from __future__ import annotations

import os
import socket
import sys
from typing import Final

from worldloom.kernel.errors import Unavailable
from worldloom.kernel.limits import LIMITS

QUEUES: Final = 4
"""Listening sockets at one address, where the system spreads newcomers among them."""


def bind(host: str, port: int, waiting: int = LIMITS.sockets_max) -> list[socket.socket]:
    """Return listening sockets for every address of a host, all at one port; raises Unavailable.

    `waiting`: how many newcomers may wait at each, as far as the system lets them.
    """
    try:
        found = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except OSError as error:
        raise Unavailable(f"{host} is no address here: {error}", "use --host localhost") from None
    # IPv4 first: its choice of a free port is then asked for on IPv6 too.
    addresses = sorted({str(entry[4][0]): entry[0] for entry in found}.items(), key=lambda a: a[1])
    bound: list[socket.socket] = []
    for address, family in addresses:
        try:
            listeners = _listen(family, address, port, waiting)
        except OSError as error:
            if family == socket.AF_INET6 and bound:
                continue  # a machine without IPv6, or a port that is taken there only
            raise Unavailable(
                f"port {port} of {host} cannot be used: {error.strerror}",
                "stop what uses it, or choose another by --port 0",
                code="port_taken",
            ) from None
        bound += listeners
        port = bound[0].getsockname()[1]
    return bound


def _listen(family: int, address: str, port: int, waiting: int) -> list[socket.socket]:
    """Return the sockets that listen at one address; raises OSError."""
    # Alone at first: of two servers that begin at once one is refused, as the first one listens.
    listeners = [_open(_bind(family, address, port), waiting)]
    if sys.platform != "linux":  # others do not spread: the socket that came last would get all
        return listeners
    port = listeners[0].getsockname()[1]
    listeners[0].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        for _ in range(QUEUES - 1):
            listeners.append(_open(_bind(family, address, port, beside=True), waiting))
    except OSError:
        for listener in listeners:
            listener.close()
        raise
    return listeners


def _bind(family: int, address: str, port: int, beside: bool = False) -> socket.socket:
    """Return a socket bound to an address, alone or `beside` others that say so, too."""
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if beside:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((address, port))
    except OSError:
        listener.close()
        raise
    return listener


def _open(listener: socket.socket, waiting: int) -> socket.socket:
    """Let a bound socket listen; whoever asks it waits for nothing."""
    try:
        listener.listen(waiting)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener

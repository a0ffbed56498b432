"""Promised: more come at one moment than may wait at one socket, and a port has one server."""

from __future__ import annotations

import select
import socket
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from worldloom.kernel.errors import Unavailable
from worldloom.server.listening import QUEUES, bind

NARROW = 32
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere newcomers are not spread")


def connected(port: int, count: int) -> int:
    """Ask for so many connections at one moment; return how many there are a moment later."""
    with ExitStack() as stack:
        lines = [stack.enter_context(socket.socket()) for _ in range(count)]
        for line in lines:
            line.setblocking(False)
            line.connect_ex(("127.0.0.1", port))
        # A system that has no room says nothing: the line asks again a second later.
        return len(select.select([], lines, [], 0.3)[1])


def closed(sockets: Sequence[socket.socket]) -> None:
    for one in sockets:
        one.close()


@LINUX
def test_more_wait_at_the_port_than_at_one_socket() -> None:
    bound = bind("127.0.0.1", 0, waiting=NARROW)
    try:
        assert len(bound) == QUEUES
        assert len({one.getsockname() for one in bound}) == 1
        assert connected(bound[0].getsockname()[1], 2 * NARROW) == 2 * NARROW
    finally:
        closed(bound)


def test_a_port_has_one_server_and_is_free_at_once_when_that_ends() -> None:
    bound = bind("localhost", 0)
    port = bound[0].getsockname()[1]
    try:
        with pytest.raises(Unavailable) as caught:
            bind("localhost", port)
        assert caught.value.code == "port_taken"
        with socket.create_connection(("127.0.0.1", port)):
            pass
    finally:
        closed(bound)
    again = bind("localhost", port)
    assert {one.getsockname()[1] for one in again} == {port}
    closed(again)


def test_of_servers_that_begin_at_one_moment_one_has_the_port() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
    for _ in range(150):
        together = threading.Barrier(2)
        won: list[list[socket.socket]] = []

        def begin(together: threading.Barrier = together, won: list[Any] = won) -> None:
            together.wait()
            with suppress(Unavailable):
                won.append(bind("127.0.0.1", port))

        servers = [threading.Thread(target=begin) for _ in range(2)]
        for server in servers:
            server.start()
        for server in servers:
            server.join()
        count = len(won)
        for bound in won:
            closed(bound)
        assert count <= 1


def test_a_port_that_others_have_is_refused_however_they_share_it() -> None:
    with socket.socket() as other:
        if hasattr(socket, "SO_REUSEPORT"):
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(Unavailable):
            bind("127.0.0.1", other.getsockname()[1])

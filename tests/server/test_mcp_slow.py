"""A client of the MCP server that is slow, or gone, is cut off and delays nobody else.

The limits are shortened, so that what would take half a minute is over at once.
"""

from __future__ import annotations

import json
import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.server.agent import Agent
from tests.server.asking import Browser, Site
from tests.server.test_mcp_listening import HOME, listening
from tests.server.test_time import (
    PATIENCE_SECONDS,
    SHORT,
    check_refused,
    line_to,
    until_the_end,
)
from worldloom.kernel.limits import LIMITS
from worldloom.server.mcp.rpc import CAPABILITIES_KEY, STATELESS, VERSION_KEY
from worldloom.testing.fixtures import Server

ADDRESSES = 3_000
"""So many that what a listener is told of one change does not fit into what a line holds."""

WAITS_SECONDS = LIMITS.agent_wait_seconds_max


@pytest.fixture(scope="module")
def hasty(hello_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve with short limits of time, and let a listener name many addresses."""
    realm = tmp_path_factory.mktemp("hasty") / "realm.loom"
    limits = {**SHORT, "agent_things_max": ADDRESSES}
    server = Server(realm, str(hello_file), limits=limits).start()
    yield Site(server)
    assert server.stop() == 0
    assert "Traceback" not in "".join(server.errors)


def request_of(who: Browser, method: str, /, **params: Any) -> bytes:
    """Return a whole request, to be sent as slowly as one likes."""
    meta = {VERSION_KEY: STATELESS, CAPABILITIES_KEY: {}}
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}
    body = json.dumps(message).encode()
    head = (
        f"POST /mcp/hello HTTP/1.1\r\nHost: localhost\r\nMCP-Protocol-Version: {STATELESS}\r\n"
        f"Authorization: {who.headers['Authorization']}\r\nMcp-Method: {method}\r\n"
        f"Mcp-Name: {params.get('name', '')}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def agent_of(site: Site, account: str) -> Browser:
    return site.bearer(account=account, role="visitor", agent=True)[0]


def until_there_is_room(agent: Agent) -> None:
    """Wait until an account may follow a world again that followed it too often.

    It must be long before those who waited would have stopped by themselves.
    """
    until = time.monotonic() + WAITS_SECONDS / 2
    newest = agent.browser.get("/api/worlds/hello").json["seq"]
    while (found := agent.call("history", after=newest, wait_seconds=0.1).error) == "over_limit":
        assert time.monotonic() < until, "its places did not come free"
        time.sleep(0.1)
    assert found == ""


def test_a_call_that_drips_is_refused_while_others_are_answered(hasty: Site) -> None:
    data = request_of(agent_of(hasty, "dripping"), "tools/call", name="look", arguments={})
    quick = Agent(agent_of(hasty, "quick"), "hello")
    with line_to(hasty) as line:
        line.sendall(data[:-60])
        line.setblocking(False)
        heard = b""
        for number in range(60 - 1):
            assert quick.call("look").error == ""
            try:
                line.sendall(data[number - 60 :][:1])
                heard += line.recv(65_536)
            except BlockingIOError:
                time.sleep(0.05)
            except ConnectionError:
                break
            if heard:
                break
        line.setblocking(True)
        line.settimeout(PATIENCE_SECONDS)
        check_refused(heard + until_the_end(line), 408, "request_timeout")


def test_listeners_that_never_read_are_cut_off_and_the_others_are_told(hasty: Site) -> None:
    deaf, quick = agent_of(hasty, "never-reads"), agent_of(hasty, "reads")
    addresses = [f"{HOME}/events/after/{number}" for number in range(ADDRESSES)]
    wanted = {"resourceSubscriptions": addresses}
    with ExitStack() as stack:
        told = stack.enter_context(listening(quick, [f"{HOME}/events/after/0"]))
        next(told)
        for _ in range(LIMITS.account_followers_max):
            line = stack.enter_context(line_to(hasty))
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            line.sendall(request_of(deaf, "subscriptions/listen", notifications=wanted))
            assert line.recv(16).startswith(b"HTTP/1.1 200")
        newest = deaf.get("/api/worlds/hello").json["seq"]
        full = Agent(deaf, "hello").call("history", after=newest, wait_seconds=1)
        assert full.error == "over_limit"
        until = time.monotonic() + 2 * PATIENCE_SECONDS
        while full.error == "over_limit":
            assert time.monotonic() < until, "who never reads keeps what they hold"
            assert hasty.owner().act("hello", "say", text="is anyone there?").status == 200
            assert next(told)["method"] == "notifications/resources/updated"
            newest = deaf.get("/api/worlds/hello").json["seq"]
            full = Agent(deaf, "hello").call("history", after=newest, wait_seconds=0.1)
    until_there_is_room(Agent(deaf, "hello"))


def test_who_hangs_up_while_waiting_leaves_the_place_to_the_next(hasty: Site) -> None:
    gone = agent_of(hasty, "gone")
    newest = gone.get("/api/worlds/hello").json["seq"]
    waits = {"name": "history", "arguments": {"after": newest, "wait_seconds": WAITS_SECONDS}}
    with ExitStack() as stack:

        def one_more() -> socket.socket:
            line = stack.enter_context(line_to(hasty))
            line.sendall(request_of(gone, "tools/call", **waits))
            return line

        lines = [one_more() for _ in range(LIMITS.account_followers_max)]
        agent = Agent(gone, "hello")
        until = time.monotonic() + PATIENCE_SECONDS
        while agent.call("history", after=newest, wait_seconds=0.1).error != "over_limit":
            assert time.monotonic() < until, "they do not wait"
            # Who came while the agent itself had the last place was refused.
            for refused in select.select(lines, (), (), 0)[0]:
                lines[lines.index(refused)] = one_more()
    until_there_is_room(agent)

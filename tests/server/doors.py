"""The doors of a server, each as one function: who asks for an action, and whether they may.

A door says `True` where the right was there, whatever else was wrong, and `False` where it was
refused. Another door is another entry of `DOORS`.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field

from tests.server.agent import Agent
from tests.server.asking import Browser, Site
from worldloom.kernel.errors import WorldloomError
from worldloom.server.cli.main import main
from worldloom.testing import Robot

REFUSED = frozenset({"not_allowed", "missing_scope", "not_signed_in", "other_world"})


@dataclass
class Caller:
    """An account with a role and a token for it."""

    site: Site
    world: str
    browser: Browser
    answers: dict[str, bool] = field(default_factory=dict)

    @property
    def token(self) -> str:
        return self.browser.headers["Authorization"].removeprefix("Bearer ")


Door = Callable[[Caller, Iterable[str]], dict[str, bool]]


def by_http(caller: Caller, actions: Iterable[str]) -> dict[str, bool]:
    found = {}
    for action in actions:
        reply = caller.browser.act(caller.world, action)
        found[action] = reply.status == 200 or reply.code not in REFUSED
    return found


def by_socket(caller: Caller, actions: Iterable[str]) -> dict[str, bool]:
    return asyncio.run(_by_socket(caller, list(actions)))


async def _by_socket(caller: Caller, actions: list[str]) -> dict[str, bool]:
    found = {}
    try:
        url = caller.site.server.world(caller.world)
        async with Robot(url, token=caller.token) as robot:
            for action in actions:
                try:
                    await robot.do(action)
                    found[action] = True
                except WorldloomError as error:
                    found[action] = error.code not in REFUSED
    except WorldloomError as error:
        assert error.code in REFUSED, error
        return dict.fromkeys(actions, False)
    return found


def by_command_line(caller: Caller, actions: Iterable[str]) -> dict[str, bool]:
    found = {}
    realm = str(caller.site.server.realm)
    for action in actions:
        said = io.StringIO()
        with redirect_stderr(said), redirect_stdout(io.StringIO()):
            code = main(["do", caller.world, action, "--token", caller.token, "--realm", realm])
        refused = any(f"[{one}]" in said.getvalue() for one in REFUSED)
        assert code == 0 or "[" in said.getvalue()
        found[action] = code == 0 or not refused
    return found


def by_mcp(caller: Caller, actions: Iterable[str]) -> dict[str, bool]:
    agent, found = Agent(caller.browser, caller.world), {}
    offered = set(agent.tools())
    for action in actions:
        answer = agent.call(action)
        found[action] = answer.error not in REFUSED
        assert (action in offered) == found[action], action
    return found


DOORS: dict[str, Door] = {
    "http": by_http,
    "socket": by_socket,
    "command line": by_command_line,
    "mcp": by_mcp,
}

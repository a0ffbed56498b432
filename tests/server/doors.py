"""The doors of a server, each as one function: who asks for an action, and whether they may.

A door says `True` where the right was there, whatever else was wrong, and `False` where it was
refused. Another door is another entry of `DOORS`; those of `PANELLED` need a world whose panel
`forms` has a form of each wish, by the wish's name.
"""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from typing import Any

from tests.server.agent import Agent
from tests.server.asking import Browser, Site
from worldloom.kernel.errors import WorldloomError
from worldloom.server.cli.main import main
from worldloom.testing import Robot

REFUSED = frozenset({"not_allowed", "missing_scope", "not_signed_in", "other_world"})


@dataclass
class Caller:
    """An account with a role, and a token for it or the cookie of its browser."""

    site: Site
    world: str
    browser: Browser
    answers: dict[str, bool] = field(default_factory=dict)

    @property
    def token(self) -> str:
        return self.browser.headers["Authorization"].removeprefix("Bearer ")


Wish = tuple[str, Mapping[str, Any]]
"""An action and its arguments."""
Wishes = Mapping[str, Wish]
"""What each wish is called → it."""
Door = Callable[[Caller, Wishes], dict[str, bool]]


def wishes(actions: Iterable[str]) -> Wishes:
    """Return a wish without arguments for each action."""
    return {action: (action, {}) for action in actions}


def by_http(caller: Caller, wanted: Wishes) -> dict[str, bool]:
    found = {}
    for name, (action, args) in wanted.items():
        reply = caller.browser.post(f"/api/worlds/{caller.world}/actions/{action}", dict(args))
        assert reply.status == 200 or reply.code != "too_often", "which says nothing of a right"
        found[name] = reply.status == 200 or reply.code not in REFUSED
    return found


def by_socket(caller: Caller, wanted: Wishes) -> dict[str, bool]:
    return asyncio.run(_by_robot(caller, wanted, _plainly))


def by_form(caller: Caller, wanted: Wishes) -> dict[str, bool]:
    """Send the form that a panel shows for each wish, as a page does it."""
    return asyncio.run(_by_robot(caller, wanted, _by_its_form))


async def _plainly(robot: Robot, name: str, wish: Wish) -> None:
    await robot.do(wish[0], **wish[1])


async def _by_its_form(robot: Robot, name: str, wish: Wish) -> None:
    form = robot.panel("forms").widgets[name]
    assert (form["k"], form["action"]) == ("form", wish[0])
    await robot.do(form["action"], **(form.get("arguments") or {}))


def robot_of(browser: Browser, world: str) -> Robot:
    """Return who comes to a world's live socket by what a browser sends."""
    headers = browser.headers
    token = headers.get("Authorization", "").removeprefix("Bearer ")
    robot = Robot(f"{browser.url}/w/{world}", token=token)
    robot._cookie = headers.get("Cookie", "")
    return robot


async def _by_robot(
    caller: Caller, wanted: Wishes, ask: Callable[[Robot, str, Wish], Any]
) -> dict[str, bool]:
    found = {}
    try:
        async with robot_of(caller.browser, caller.world) as robot:
            if ask is _by_its_form:
                await robot.wait_until(lambda robot: "forms" in robot.core.panels.panels)
            for name, wish in wanted.items():
                try:
                    await ask(robot, name, wish)
                    found[name] = True
                except WorldloomError as error:
                    assert error.code != "too_often", "which says nothing of a right"
                    found[name] = error.code not in REFUSED
    except WorldloomError as error:
        assert error.code in REFUSED, error
        return dict.fromkeys(wanted, False)
    return found


def by_command_line(caller: Caller, wanted: Wishes) -> dict[str, bool]:
    found = {}
    realm = str(caller.site.server.realm)
    for name, (action, args) in wanted.items():
        plain = {key: value if isinstance(value, str) else json.dumps(value)
                 for key, value in args.items()}  # fmt: skip
        given = [f"{key}={value}" for key, value in plain.items()]
        said = io.StringIO()
        with redirect_stderr(said), redirect_stdout(io.StringIO()):
            code = main(["do", caller.world, action, *given, "--token", caller.token,
                         "--realm", realm])  # fmt: skip
        refused = any(f"[{one}]" in said.getvalue() for one in REFUSED)
        assert code == 0 or "[" in said.getvalue() and "[too_often]" not in said.getvalue()
        found[name] = code == 0 or not refused
    return found


def by_mcp(caller: Caller, wanted: Wishes) -> dict[str, bool]:
    agent, found = Agent(caller.browser, caller.world), {}
    offered = set(agent.tools())
    for name, (action, args) in wanted.items():
        answer = agent.call(action, **args)
        assert answer.error != "too_often", "which says nothing of a right"
        found[name] = answer.error not in REFUSED
        # What is done to no thing and no place is offered to exactly those who may do it.
        assert args or (action in offered) == found[name], action
    return found


DOORS: dict[str, Door] = {
    "http": by_http,
    "socket": by_socket,
    "command line": by_command_line,
    "mcp": by_mcp,
}
PANELLED: dict[str, Door] = {**DOORS, "form": by_form}
IN_A_BROWSER: dict[str, Door] = {"http": by_http, "socket": by_socket}
"""The doors that a cookie opens; a form is one of them where there is a panel."""

"""`loom agents` and `loom stop`: every agent of the realm is seen, and stopped at once."""

from __future__ import annotations

import argparse

from worldloom.kernel.agents import MARK
from worldloom.kernel.errors import Invalid
from worldloom.server.cli.door import open_realm
from worldloom.server.cli.words import Commands, add_json, add_realm, command, dump


def add(commands: Commands) -> None:
    """Add the family."""
    seeing = command(
        commands, "agents", "list every agent of the realm: whose it is, and what it may",
        "loom agents", agents,
    )  # fmt: skip
    stopping = command(
        commands, "stop", "stop agents: all that they come in by ends at once",
        "loom stop ada/agent:scout-3f2a9c01", stop,
    )  # fmt: skip
    stopping.add_argument(
        "agent", metavar="ACCOUNT[/agent:NAME]", nargs="?", default="",
        help="one agent as `loom agents` lists it, or all of an account",
    )  # fmt: skip
    stopping.add_argument("--all", action="store_true", help="every agent and machine of the realm")
    for parser in (seeing, stopping):
        add_realm(parser)
        add_json(parser)


def agents(given: argparse.Namespace) -> int:
    """Print one line an agent."""
    with open_realm(given.realm) as door:
        found = door.agents()
    if given.json:
        print(dump({"agents": found}))
        return 0
    for one in found:
        budget = "" if one["budget"] is None else f"spent {one['spent']} of {one['budget']}"
        parts = (one["actor"], " ".join(one["scopes"]), " ".join(one["worlds"]), budget,
                 one["label"])  # fmt: skip
        print("  ".join(part for part in parts if part))
    return 0


def stop(given: argparse.Namespace) -> int:
    """Stop one agent, those of an account, or all, at once on a running server too."""
    if bool(given.agent) == given.all:
        raise Invalid("say which agents to stop", "loom stop ACCOUNT[/agent:NAME], or --all")
    account, _, name = given.agent.partition(MARK)
    with open_realm(given.realm) as door:
        door.stop(account, name)
    if given.json:
        print(dump({}))
    else:
        print(f"{given.agent or 'every agent'} is stopped")
    return 0

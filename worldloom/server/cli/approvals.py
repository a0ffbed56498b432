"""`loom approvals`, `approve` and `deny`: a person's word on what agents ask for."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from worldloom.server.cli.door import open_realm
from worldloom.server.cli.words import Commands, add_json, add_realm, command, dump


def add(commands: Commands) -> None:
    """Add the family."""
    listing = command(
        commands, "approvals", "list what agents ask a person for",
        "loom approvals", approvals,
    )  # fmt: skip
    for name, doc in (
        ("approve", "let an agent do what it asked for, if it still may"),
        ("deny", "let it not"),
    ):
        parser = command(commands, name, doc, f"loom {name} 5d1498ce0a1f2f37", decide)
        parser.set_defaults(yes=name == "approve")
        parser.add_argument("id", metavar="ID", help="as `loom approvals` lists it")
        add_realm(parser)
        add_json(parser)
    add_realm(listing)
    add_json(listing)


def approvals(given: argparse.Namespace) -> int:
    """Print one line for each."""
    with open_realm(given.realm) as door:
        found = door.approvals()
    if given.json:
        print(dump({"approvals": found}))
        return 0
    for one in found:
        when = f"{datetime.fromtimestamp(one['asked'] / 1e6, UTC):%Y-%m-%d %H:%M}Z"
        parts = (one["id"], one["state"], when, one["account"], one["world"], one["action"])
        print("  ".join(parts), dump(one["args"]) if one["args"] else "", *terms(one))
    return 0


def terms(one: dict[str, Any]) -> Iterator[str]:
    """Yield what a person must know before they say yes: what it comes to, and its price."""
    if one["does"] != one["action"]:
        yield f"which does {one['does']}"
        if one["does_args"]:
            yield dump(one["does_args"])
    if one["cost"]:
        left = "" if one["left"] is None else f", {one['left']} of its budget left"
        yield f"(cost {one['cost']}{left})"


def decide(given: argparse.Namespace) -> int:
    """Print what came of it; 1 where it was approved and is refused by now."""
    with open_realm(given.realm) as door:
        found = door.approve(given.id, given.yes)
    if given.json:
        print(dump(found))
    else:
        code = f" [{found['code']}]" if found["code"] else ""
        print(f"{found['action']} for {found['account']}: {found['state']}{code}")
    return 1 if found["state"] == "failed" else 0

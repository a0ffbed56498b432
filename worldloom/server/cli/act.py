"""`loom do`, `undo`, `redo` and `fork`: act in a realm as its local owner, or by a token."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from worldloom.kernel.errors import Invalid
from worldloom.server.cli.door import open_realm
from worldloom.server.cli.taking_back import take_all_back
from worldloom.server.cli.words import (
    Commands,
    add_json,
    add_realm,
    command,
    dump,
    not_empty,
    whole,
)


def add(commands: Commands) -> None:
    """Add the family."""
    doing = command(
        commands, "do", "do one action as the local owner, or by a token; without one: list them",
        'loom do plaza say text="Good morning"', do,
    )  # fmt: skip
    doing.add_argument("world", metavar="WORLD")
    doing.add_argument("action", metavar="ACTION", nargs="?")
    doing.add_argument(
        "arguments", nargs="*", metavar="key=value", help="value as JSON, or as text"
    )
    doing.add_argument(
        "--dry-run",
        action="store_true",
        help="only decide it: tell what would come, change nothing",
    )
    doing.add_argument(
        "--key", type=not_empty, metavar="KEY",
        help="an Idempotency-Key: asked again with it within a day, it is done once",
    )  # fmt: skip
    doing.add_argument(
        "--no-wait",
        action="store_true",
        help="do not wait for what takes long; else its progress is told, and Ctrl-C cancels it",
    )
    add_token(doing)
    forking = command(
        commands, "fork", "make a world that continues another one, to try an idea in",
        "loom fork garden garden-2 --at 120", fork,
    )  # fmt: skip
    forking.add_argument("world", metavar="WORLD")
    forking.add_argument("new", metavar="NEW", help="the fork's name")
    forking.add_argument(
        "--at", type=whole, metavar="SEQ", help="rounded down to a whole group; default: now"
    )
    forking.add_argument(
        "--title", default="", metavar="TEXT", help="how people read it; default: as its parent"
    )
    for name, doc, example in (
        ("undo", "take back what was done last", "loom undo plaza --by ada"),
        ("redo", "do again what was undone last", "loom redo plaza"),
    ):
        turning = command(commands, name, doc, example, turn)
        turning.set_defaults(deed=name)
        turning.add_argument("world", metavar="WORLD")
        turning.add_argument(
            "--by", metavar="ACCOUNT", help="what this account did; default: the local owner"
        )
        turning.add_argument(
            "--group", type=whole, metavar="SEQ", help="one group, by its first record's seq"
        )
        if name == "undo":
            turning.add_argument(
                "--all", action="store_true", help="all that it did, as far as that can be undone"
            )
        add_token(turning)
        add_realm(turning)
        add_json(turning)
    for parser in (doing, forking):
        add_realm(parser)
        add_json(parser)


def add_token(parser: argparse.ArgumentParser) -> None:
    """Let a command be done by somebody else."""
    parser.add_argument(
        "--token", type=not_empty, metavar="TOKEN",
        default=os.environ.get("WORLDLOOM_TOKEN") or None,
        help="do it as whom a token stands for (default: $WORLDLOOM_TOKEN, if set)",
    )  # fmt: skip


def do(given: argparse.Namespace) -> int:
    """Print the result and the seq of the group's last record, or that it was only tried."""
    with open_realm(given.realm) as door:
        known = {action["name"]: action for action in door.actions(given.world)}
        if given.action is None:
            print(dump({"actions": [*known.values()]}) if given.json else listed(known))
            return 0
        schema = known.get(given.action, {}).get("schema", {})
        arguments = read_arguments(given.arguments, schema)
        answer = door.do(
            given.world,
            given.action,
            arguments,
            given.token or "",
            given.dry_run,
            given.key or "",
        )
        if requests := () if given.no_wait else answer.get("requests", ()):
            # What no other command needs.
            from worldloom.server.cli.awaiting import await_all

            answer["answers"] = await_all(door, given.world, requests, given.token or "")
    if given.json:
        print(dump(answer))
        return 0
    if answer["result"] is not None:
        result = answer["result"]
        print(result if isinstance(result, str) else dump(result))
    for one in answer.get("answers", ()):
        print(dump(one["data"]))
    if given.dry_run:
        print("tried only: nothing was changed")
    elif held := answer.get("held"):
        print(f"waits for a person's word: loom approve {held}")
    else:
        print(f"seq {answer['seq']}")
    return 0


def listed(actions: Mapping[str, dict[str, Any]]) -> str:
    """Return a line an action: its name, its arguments (those in brackets may be left out)."""
    lines = []
    for name, action in sorted(actions.items()):
        schema = action["schema"]
        needed = schema.get("required", ())
        asked = (one if one in needed else f"[{one}]" for one in schema.get("properties", {}))
        doc = str(action["doc"]).partition("\n")[0]
        if action.get("cost"):
            doc += f" Costs {action['cost']}."
        if action.get("approval"):
            doc += " A person is asked first."
        lines.append(f"{' '.join((name, *asked)):<44} {doc}".rstrip())
    return "\n".join(lines)


def read_arguments(pairs: Iterable[str], schema: dict[str, Any]) -> dict[str, Any]:
    """Return key=value pairs as arguments; what the action wants as text stays text."""
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise Invalid(
                f"{pair} is not key=value", 'for instance text="Good morning"', code="bad_argument"
            )
        wanted = schema.get("properties", {}).get(name, {})
        found[name] = value if wanted.get("type") == "string" else _value(value)
    return found


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def turn(given: argparse.Namespace) -> int:
    """Print which group was undone or redone, and what stays because others changed it since."""
    if getattr(given, "all", False):
        return turn_all(given)
    wish = {"by": given.by, "group": given.group}
    with open_realm(given.realm) as door:
        asked = {name: value for name, value in wish.items() if value is not None}
        answer = door.do(given.world, given.deed, asked, given.token or "")
    if given.json:
        print(dump(answer))
        return 0
    result = answer["result"]
    changes = len(result["restored"])
    done = "undone" if given.deed == "undo" else "redone"
    print(f"{done} group {result['group']}: {changes} change{'' if changes == 1 else 's'}")
    _print_kept(result["kept"])
    print(f"seq {answer['seq']}")
    return 0


def turn_all(given: argparse.Namespace) -> int:
    """Print what was undone of all that an account did, and what stays for which reason."""
    if given.group is not None:
        raise Invalid("--all and --group exclude each other", "leave one out", field="group")
    with open_realm(given.realm) as door:
        found = take_all_back(door, given.world, given.by, given.token or "")
    if given.json:
        print(dump(found))
        return 0 if found["stopped"] is None else 1
    count = len(found["undone"])
    print(f"undone {count} group{'' if count == 1 else 's'}")
    _print_kept(found["kept"])
    for one in found["stays"]:
        print(f"stays: {one['why']}")
    if found["stopped"] is not None:
        print(f"stopped early: {found['stopped']}", file=sys.stderr)
        return 1
    return 0


def _print_kept(kept: list[dict[str, str]]) -> None:
    for one in kept:
        what = " ".join(filter(None, (one["entity"], one["component"])))
        print(f"kept {what}: {one['by']} changed it since")


def fork(given: argparse.Namespace) -> int:
    """Print the fork's name, and the world and the seq that it continues."""
    with open_realm(given.realm) as door:
        made = door.fork(given.world, given.new, given.at, given.title)
    if given.json:
        print(dump(made))
    else:
        print(f"{made['world']} continues {made['parent']} from seq {made['seq']}")
    return 0

"""`loom worlds`, `log` and `at`: read a realm."""

from __future__ import annotations

import argparse
import datetime
from typing import Any

from worldloom.server.cli.door import open_realm
from worldloom.server.cli.words import (
    Commands,
    add_json,
    add_realm,
    command,
    dump,
    one_line,
    whole,
)


def add(commands: Commands) -> None:
    """Add the family."""
    listing = command(
        commands, "worlds", "list the worlds of a realm", "loom worlds --json", worlds
    )
    logging = command(
        commands, "log", "print a world's records in order", "loom log plaza --after 120", log
    )
    logging.add_argument("world", metavar="WORLD")
    logging.add_argument("--after", type=whole, default=0, metavar="SEQ", help="skip up to here")
    moment = command(
        commands, "at", "print a world's state and hash at a seq", "loom at plaza 120", at
    )
    moment.add_argument("world", metavar="WORLD")
    moment.add_argument("seq", type=whole, metavar="SEQ", help="rounded down to a whole group")
    for parser in (listing, logging, moment):
        add_realm(parser)
        add_json(parser)


def worlds(given: argparse.Namespace) -> int:
    """Print one line a world: name, seq, title."""
    with open_realm(given.realm) as door:
        found = door.worlds()
    if given.json:
        print(dump({"worlds": found}))
    else:
        for card in found:
            print(one_line(f"{card['name']:<24} {card['seq']:>9}  {card['title']}"))
    return 0


def log(given: argparse.Namespace) -> int:
    """Print one line a record."""
    with open_realm(given.realm) as door:
        for record in door.log(given.world, given.after):
            print(dump(record) if given.json else one_line(_line(record)))
    return 0


def _line(record: dict[str, Any]) -> str:
    if record.get("redacted"):
        return f"{record['seq']:>8}  (not shown)"
    moment = datetime.datetime.fromtimestamp(record["time"] / 1e6, datetime.UTC)
    when = moment.strftime("%Y-%m-%d %H:%M:%S")
    data = dump(record["data"])
    shown = data if len(data) <= 160 else data[:159] + "…"
    return f"{record['seq']:>8}  {when}  {record['actor']:<24} {record['kind']:<16} {shown}"


def at(given: argparse.Namespace) -> int:
    """Print the state, and its seq and hash first."""
    with open_realm(given.realm) as door:
        found = door.at(given.world, given.seq)
    if given.json:
        print(dump(found))
        return 0
    print(f"seq {found['seq']}")
    print(f"state_hash {found['state_hash']}")
    for id, entity in found["entities"].items():
        under = f" under {entity['parent']}" if entity["parent"] else ""
        print(one_line(f"{id} {entity['name']}{under} {dump(entity['components'])}"))
    return 0

"""`loom forget`: a person's key is destroyed, and with it all that they said."""

from __future__ import annotations

import argparse

from worldloom.server.cli.door import open_realm
from worldloom.server.cli.words import Commands, add_json, add_realm, command, dump


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands, "forget", "forget a person: nobody can read their name and words any more",
        "loom forget guest:3f2a9c01b7d4e865", forget,
    )  # fmt: skip
    parser.add_argument("account", metavar="ACCOUNT", help="as `loom log` names who acted")
    add_realm(parser)
    add_json(parser)


def forget(given: argparse.Namespace) -> int:
    """Do it at once and say what is gone and what is not."""
    with open_realm(given.realm) as door:
        done = door.forget(given.account)
    if given.json:
        print(dump(done))
        return 0
    worlds = ", ".join(done["worlds"]) or "no world"
    print(f"{given.account} is forgotten: their key is destroyed.")
    print(f"Nobody can read any more what they were called and said in: {worlds}.")
    if done["plain"]:
        print(f"{done['plain']} records of before format 3 hold plain text of theirs: it is hidden")
        print("from now on, but it stays in the file, as the log's hashes hold it.")
    print("What they built stays. Copies of this file made before now still hold the key.")
    return 0

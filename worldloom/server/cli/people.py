"""`loom claim` and `loom forget`: the first owner comes, and a person goes with all they said."""

from __future__ import annotations

import argparse

from worldloom.kernel.errors import Conflict, Unavailable
from worldloom.server.cli.door import Remote, is_claimed, open_realm, running_server
from worldloom.server.cli.words import Commands, add_json, add_realm, command, dump


def add(commands: Commands) -> None:
    """Add the commands."""
    claiming = command(
        commands, "claim", "print the link by which somebody becomes the owner, once",
        "loom claim --realm my.loom", claim,
    )  # fmt: skip
    claiming.add_argument(
        "--again", action="store_true",
        help="make another link, though somebody owns the realm: for a browser that is lost",
    )  # fmt: skip
    add_realm(claiming)
    add_json(claiming)
    parser = command(
        commands, "forget", "forget a person: nobody can read their name and words any more",
        "loom forget guest:3f2a9c01b7d4e865", forget,
    )  # fmt: skip
    parser.add_argument("account", metavar="ACCOUNT", help="as `loom log` names who acted")
    add_realm(parser)
    add_json(parser)


def claim(given: argparse.Namespace) -> int:
    """Print the link that the running server said at its start, unless somebody used it."""
    server = running_server(given.realm)
    if server is None:
        raise Unavailable("no server runs on this realm", "loom run")
    if given.again:
        server["claim"] = Remote(server).renew_claim()
    elif not server.get("claim") or is_claimed(given.realm):
        raise Conflict(
            "somebody owns this realm already", "make another link by `loom claim --again`",
            code="claim_spent",
        )  # fmt: skip
    url = f"{server['url']}#claim={server['claim']}"
    print(dump({"owner": url}) if given.json else url)
    return 0


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
